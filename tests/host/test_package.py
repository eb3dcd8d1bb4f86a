"""The Debian package: how it is built, what it installs, and what is left when it is gone."""

from __future__ import annotations

import hashlib
import re

import pytest

import fresh

TESTS = fresh.ROOT / "debian/tests"

LIFE = """
snapshot() { find /etc /usr /var /root -xdev -path /var/cache/apt -prune -o -path /var/log -prune -o -print | sort; }
apt-get update
apt-get satisfy -y --no-install-recommends "$(dpkg-deb -f /out/dachsadmin_*_all.deb Depends)"
snapshot >/tmp/before
apt-get install -y --no-install-recommends /out/dachsadmin_*_all.deb
export AUTOPKGTEST_TMP=$(mktemp -d)
sh /tests/superficial
dachsadmin config show
test -f /usr/share/bash-completion/completions/dachsadmin -a -f /usr/share/zsh/vendor-completions/_dachsadmin
test -s /usr/share/doc/dachsadmin/examples/dachsadmin.yaml
test "$(find /etc/dachsadmin -type f)" = /etc/dachsadmin/dachsadmin.yaml
test -n "$(find /var/cache/dachsadmin -type f)" || { echo "no verdict was kept"; exit 1; }
mkdir -p /var/lib/dachsadmin/journal /var/backups/dachsadmin
apt-get purge -y dachsadmin
rmdir /var/backups/dachsadmin
snapshot | diff /tmp/before - && echo "NOTHING LEFT"
"""

LOOPBACK = """
python3 -c "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack(\\"16sh\\", b\\"lo\\", 0x41))"
"""
"""Brings up what a machine without a network has all the same (SIOCSIFFLAGS; IFF_UP, IFF_RUNNING): Debian's builders do, too."""


def test_lintian_has_no_errors_and_no_warnings(package):
    done = fresh.run("bookworm-build", "lintian -EvIL +pedantic --allow-root /out/*.changes", read={package: "/out"})
    assert done.returncode == 0, done.stdout[-5000:]
    assert "P: dachsadmin source: no-homepage-field" in done.stdout  # it did look, and says what is merely desirable
    assert not [line for line in done.stdout.splitlines() if line.startswith(("E:", "W:"))], done.stdout[-5000:]


def test_the_package_installs_works_and_goes_without_leaving_anything(package):
    done = fresh.run("bookworm", LIFE, read={package: "/out", TESTS: "/tests"})
    assert done.returncode == 0, done.stdout[-5000:]
    assert "demo/q.rd:1:" in done.stdout and "stay in /var/backups/dachsadmin" in done.stdout
    assert done.stdout.splitlines()[-1] == "NOTHING LEFT"


@pytest.mark.full
def test_the_package_of_bookworm_installs_on_the_next_debian(package):
    done = fresh.run("trixie", LIFE, read={package: "/out", TESTS: "/tests"})
    assert done.returncode == 0, done.stdout[-5000:]
    assert done.stdout.splitlines()[-1] == "NOTHING LEFT"


@pytest.mark.full
def test_piuparts_finds_nothing_left(package):
    done = fresh.run("bookworm-piuparts", "piuparts --distribution bookworm --basetgz /srv/base.tar.gz --no-eatmydata "
                     "--no-upgrade-test --proxy \"$http_proxy\" /out/dachsadmin_*_all.deb", read={package: "/out"})
    assert done.returncode == 0 and "PASS: All tests." in done.stdout, done.stdout[-5000:]


@pytest.mark.full
def test_it_builds_with_its_tests_without_a_network_into_the_same_bytes(source, package, tmp_path):
    done = fresh.run("bookworm-build", fresh.BUILD + "mv /build/dachsadmin /build/elsewhere; cd /build/elsewhere\n"
                     "umask 027; export TZ=Asia/Tokyo LC_ALL=C\n"
                     f"env -u http_proxy -u https_proxy unshare --net sh -ec '{LOOPBACK} dpkg-buildpackage --build=binary --no-sign'\n"
                     "cp /build/*.deb /out", read={source: "/src"}, write={tmp_path: "/out"})
    assert done.returncode == 0, done.stdout[-5000:]
    assert re.search(r"^\d+ passed\b", done.stdout, re.MULTILINE) and "dh_auto_test" in done.stdout
    one, other = (next(folder.glob("*.deb")) for folder in (package, tmp_path))
    assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()


@pytest.mark.full
@pytest.mark.parametrize("name", ["unit", "postgres", "installation"])
def test_the_tests_of_the_package_pass_on_the_installed_one(source, package, name):
    done = fresh.run("bookworm", f"""
        apt-get update
        apt-get install -y --no-install-recommends /out/dachsadmin_*_all.deb
        cp -r /src /tmp/source; cd /tmp/source
        wanted=$(sed -n '/^Tests: {name}$/,/^$/s/^Depends: @, *//p' debian/tests/control)
        case $wanted in *@builddeps@*) apt-get build-dep -y --no-install-recommends ./ ;; esac
        apt-get satisfy -y --no-install-recommends "$(echo "$wanted" | sed 's/@builddeps@/dachsadmin/')"
        AUTOPKGTEST_TMP=$(mktemp -d); chmod 755 "$AUTOPKGTEST_TMP"; export AUTOPKGTEST_TMP
        debian/tests/{name}
    """, read={package: "/out", source: "/src"})
    assert done.returncode == 0, done.stdout[-5000:]
