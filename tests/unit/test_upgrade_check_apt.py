"""What apt and dpkg have on this machine: sources in both formats, pins, states, locks, keys, and what apt says."""

from __future__ import annotations

import os
from datetime import datetime, timezone

import pytest
from fakes import FakeHost

from dachsadmin.errors import EnvironmentFault, TargetError
from dachsadmin.system import aptpreview, aptsources, keyrings, packages
from dachsadmin.system.aptpreview import Complaint, Preview, Removal
from dachsadmin.system.command import CommandFailed, Completed
from dachsadmin.system.debs import Change, Offer

ONE_LINE = """\
# deb http://vo.ari.uni-heidelberg.de/debian commented main
deb http://vo.ari.uni-heidelberg.de/debian release main   # the usual one
deb [ arch=amd64,arm64 signed-by=/usr/share/keyrings/gavo.gpg,/etc/apt/two.asc ] https://soft.g-vo.org/repo beta main contrib
deb-src\thttp://deb.debian.org/debian\tbookworm   main
deb [trusted=yes] file:/srv/repo release main
deb cdrom:[Debian GNU/Linux 12.1.0 _Bookworm_ - Official]/ bookworm main
deb https://user:pa$$word@mirror.example:8443/debian bookworm main
deb [signed-by+=/a.gpg] http://mirror.example/flat ./

deb
deb http://only.example/uri
nonsense http://deb.debian.org/debian bookworm main
"""

DEB822 = """\
# The first stanza
Types: deb deb-src
URIs: http://deb.debian.org/debian https://me:secret@mirror.example/debian
Suites: bookworm
# a comment between
 bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
  /etc/apt/keyrings/more.gpg

Enabled: no
Types: deb
URIs: http://vo.ari.uni-heidelberg.de/debian
Suites: stable
Components: main


types: deb
uris: https://soft.g-vo.org/repo
suites:
 release
trusted: YES
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBFit2ioBEADhWpZ8/wvZ6hUTiXOwQHXMAlaFHcPH9hAtr4F1y2+OYdbtMuth
 -----END PGP PUBLIC KEY BLOCK-----
"""


def test_sources_of_one_line_are_read_with_options_and_comments():
    found = list(aptsources.parse("/etc/apt/sources.list", ONE_LINE))
    assert [(source.line, source.uri, source.suite) for source in found] == [
        (2, "http://vo.ari.uni-heidelberg.de/debian", "release"), (3, "https://soft.g-vo.org/repo", "beta"),
        (4, "http://deb.debian.org/debian", "bookworm"), (5, "file:/srv/repo", "release"),
        (6, "cdrom:[Debian GNU/Linux 12.1.0 _Bookworm_ - Official]/", "bookworm"),
        (7, "https://mirror.example:8443/debian", "bookworm"), (8, "http://mirror.example/flat", "./")]
    assert found[1].signed_by == ("/usr/share/keyrings/gavo.gpg", "/etc/apt/two.asc")
    assert found[1].components == ("main", "contrib") and found[2].kind == "deb-src" and found[2].components == ("main",)
    assert [source.trusted for source in found] == [False, False, False, True, False, False, False]
    assert found[6].signed_by == ("/a.gpg",) and found[6].components == ()
    assert [source.of_gavo for source in found] == [True, True, False, False, False, False, False]
    assert [source.host for source in found] == ["vo.ari.uni-heidelberg.de", "soft.g-vo.org", "deb.debian.org", "", "",
                                                 "mirror.example", "mirror.example"]


def test_sources_in_stanzas_are_read_with_continuations_and_without_those_that_are_off():
    found = list(aptsources.parse("/etc/apt/sources.list.d/x.sources", DEB822))
    assert [(source.kind, source.uri, source.suite, source.line) for source in found] == [
        ("deb", "http://deb.debian.org/debian", "bookworm", 4), ("deb", "http://deb.debian.org/debian", "bookworm-updates", 6),
        ("deb", "https://mirror.example/debian", "bookworm", 4), ("deb", "https://mirror.example/debian", "bookworm-updates", 6),
        ("deb-src", "http://deb.debian.org/debian", "bookworm", 4),
        ("deb-src", "http://deb.debian.org/debian", "bookworm-updates", 6),
        ("deb-src", "https://mirror.example/debian", "bookworm", 4),
        ("deb-src", "https://mirror.example/debian", "bookworm-updates", 6),
        ("deb", "https://soft.g-vo.org/repo", "release", 22)]
    assert found[0].components == ("main", "contrib")
    assert found[0].signed_by == ("/usr/share/keyrings/debian-archive-keyring.gpg", "/etc/apt/keyrings/more.gpg")
    assert found[-1].embedded and found[-1].trusted and found[-1].signed_by == () and found[-1].deb822


@pytest.mark.parametrize("uri", [
    "https://user:geheim@mirror.example/debian", "http://geheim@mirror.example/debian", "http://user:ge/heim@mirror.example/debian",
    "https://user:geheim@mirror.example:8443/debian"])
def test_passwords_in_addresses_never_get_any_further(uri):
    one, = aptsources.parse("/a.list", f"deb {uri} bookworm main")
    other, = aptsources.parse("/a.sources", f"Types: deb\nURIs: {uri}\nSuites: bookworm\n")
    assert one.uri == other.uri and one.host == "mirror.example" and one.uri.endswith("/debian")
    assert "heim" not in repr([one, other]) and "user" not in repr([one, other])


@pytest.mark.parametrize("uri", ["http://mirror.example:8080/a@b/debian", "http://mirror.example/~user@host/debian"])
def test_an_at_sign_in_a_path_is_no_login(uri):
    assert next(iter(aptsources.parse("/a.list", f"deb {uri} bookworm main"))).uri == uri


def test_files_are_those_that_apt_reads(tmp_path):
    host = FakeHost(tmp_path)
    folder = tmp_path / "etc/apt/sources.list.d"
    folder.mkdir(parents=True)
    line = "deb http://deb.debian.org/debian {} main\n"
    (tmp_path / "etc/apt/sources.list").write_text(line.format("main-file"))
    for name in ("b.list", "a.list.disabled", "with space.list", "c.sources~", "a.list"):
        (folder / name).write_text(line.format(name))
    assert [source.suite for source in aptsources.read(host)] == ["main-file", "a.list", "b.list"]


def test_no_sources_at_all_are_no_error(tmp_path):
    assert aptsources.read(FakeHost(tmp_path)) == ()


def test_a_file_without_a_known_encoding_is_read_all_the_same(tmp_path):
    (tmp_path / "etc/apt").mkdir(parents=True)
    (tmp_path / "etc/apt/sources.list").write_bytes(b"# Universit\xe4t\ndeb http://soft.g-vo.org/repo release main\n")
    assert [source.line for source in aptsources.read(FakeHost(tmp_path))] == [2]


@pytest.mark.children
def test_a_suite_is_renamed_in_its_line_only_and_not_in_the_address(tmp_path):
    file = tmp_path / "gavo.list"
    file.write_text("deb http://soft.g-vo.org/stable stable main\ndeb http://soft.g-vo.org/stable stable-x main\n")
    source = next(iter(aptsources.parse(str(file), file.read_text())))
    command = aptsources.renamed(source, "stable", "release").removeprefix('run "').partition(" && ")[0]
    assert os.system(command) == 0
    assert file.read_text() == "deb http://soft.g-vo.org/stable release main\ndeb http://soft.g-vo.org/stable stable-x main\n"


# -- dpkg

STATES = ("dpkg-query", "-W", "-f=${db:Status-Want}\t${db:Status-Status}\t${db:Status-Eflag}\t${Package}\t${Version}\n")


def test_packages_are_told_with_states_and_holds(tmp_path):
    host = FakeHost(tmp_path, {STATES: (
        "install\tinstalled\tok\tpython3-gavo\t2.7+dfsg-2\nhold\tinstalled\tok\tgavodachs2-server\t2.7+dfsg-2\n"
        "install\thalf-configured\tok\tfoo\t1\ninstall\thalf-installed\treinstreq\tbar\t2\ndeinstall\tconfig-files\tok\told\t1\n"
        "unknown\tnot-installed\tok\tnever\t\n")})
    assert packages.known(host) == (
        packages.Package("python3-gavo", "2.7+dfsg-2"), packages.Package("gavodachs2-server", "2.7+dfsg-2", held=True),
        packages.Package("foo", "1", "half-configured"), packages.Package("bar", "2", "half-installed", to_reinstall=True))


def test_a_machine_without_dpkg_is_told(tmp_path):
    with pytest.raises(EnvironmentFault, match="no dpkg"):
        packages.known(FakeHost(tmp_path))


def test_pins_are_told_with_their_lines_and_whom_they_are_about(tmp_path):
    folder = tmp_path / "etc/apt/preferences.d"
    folder.mkdir(parents=True)
    (tmp_path / "etc/apt/preferences").write_text("Package: *\nPin: release a=sid\nPin-Priority: 90\n")
    (folder / "dachs.pref").write_text("# ours\n\nExplanation: stay\nPackage: gavodachs2-* /^python3-gavo/\nPin: version 2.7*\n"
                                       "Pin-Priority: 1001\n\nPackage: incomplete\nPin: origin x\n")
    (folder / "backup.old.txt").write_text("Package: gavodachs2-server\nPin: version 1\nPin-Priority: 1\n")
    every, ours = packages.pins(FakeHost(tmp_path))
    assert ours == packages.Pin("/etc/apt/preferences.d/dachs.pref", 4, ("gavodachs2-*", "/^python3-gavo/"), "version 2.7*", 1001)
    assert ours.of("gavodachs2-server") and ours.of("python3-gavo-stc") and not ours.of("postgresql-15")
    assert not every.of("gavodachs2-server") and every.priority == 90


def test_who_holds_a_lock_is_read_from_the_kernel(tmp_path):
    lock = tmp_path / "var/lib/dpkg/lock-frontend"
    lock.parent.mkdir(parents=True)
    lock.write_text("")
    told = lock.stat()
    (tmp_path / "proc/4711").mkdir(parents=True)
    (tmp_path / "proc/4711/comm").write_text("apt-get\n")
    here = f"{os.major(told.st_dev):02x}:{os.minor(told.st_dev):02x}:{told.st_ino}"
    elsewhere = f"{os.major(told.st_dev):02x}:{os.minor(told.st_dev):02x}:{told.st_ino + 1}"
    (tmp_path / "proc/locks").write_text(f"1: POSIX  ADVISORY  WRITE 4711 {here} 0 EOF\n1: -> POSIX  ADVISORY  WRITE 99 {here} 0 EOF\n"
                                         f"2: FLOCK  ADVISORY  WRITE 12 {elsewhere} 0 EOF\n3: OFDLCK ADVISORY  WRITE -1 {here} 0 EOF\n")
    assert packages.holders(FakeHost(tmp_path)) == (packages.Holder("/var/lib/dpkg/lock-frontend", 4711, "apt-get"),
                                                   packages.Holder("/var/lib/dpkg/lock-frontend", 0))


def test_the_configuration_of_apt_is_told_with_its_lists(tmp_path):
    host = FakeHost(tmp_path, {("apt-config", "dump"): 'APT "";\nUnattended-Upgrade::Origins-Pattern "";\n'
                               'Unattended-Upgrade::Origins-Pattern:: "origin=Debian,label=Debian";\nA::B "1";\n'})
    told = packages.configuration(host)
    assert packages.values(told, "unattended-upgrade::origins-pattern") == ["origin=Debian,label=Debian"]
    assert packages.values(told, "A::B") == ["1"]


# -- keys

COLONS = """\
pub:e:4096:1:73A4F27B8DD47936:1610882316:1700000000:::::scSC::::::23::0:
rvk:::1::::::80E976F14A508A48E9CA3FE9BC372252CA1CF964:80:
fpr:::::::::1F89983E0081FDE018F3CC9673A4F27B8DD47936:
uid:e::::1610882316::8B21::GAVO\\x3a Archive <gavo@example.org>::::::::::0:
uid:e::::1610882316::8B22::second name::::::::::0:
sub:e:4096:1:0E98404D386FA1D9:1610882316:1700000000:::::s::::::23:
fpr:::::::::A7236886F3CCCAAD148A27F80E98404D386FA1D9:
pub:-:4096:1:A48449044AAD5C5D:1610882224::::::scSC::::::23::0:
fpr:::::::::AC530D520F2F3269F5E98313A48449044AAD5C5D:
"""


def test_keys_are_told_with_their_owners_and_ends():
    assert keyrings.parse(COLONS) == (
        keyrings.Key("1F89983E0081FDE018F3CC9673A4F27B8DD47936", "GAVO: Archive <gavo@example.org>",
                     datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)),
        keyrings.Key("AC530D520F2F3269F5E98313A48449044AAD5C5D", ""))


def test_without_gpg_nobody_knows_of_keys(tmp_path):
    with pytest.raises(EnvironmentFault, match="without gpg"):
        keyrings.keys(FakeHost(tmp_path), "/a.gpg", tmp_path)


# -- what apt says

SAID = """\
W: GPG error: https://soft.g-vo.org/repo release InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY D8C139FC
E: The repository 'https://soft.g-vo.org/repo release InRelease' is not signed.
E: The repository 'http://vo.ari.uni-heidelberg.de/debian stable Release' does not have a Release file.
E: Release file for http://deb.debian.org/debian/dists/bookworm/InRelease is not valid yet (invalid for another 3h 2min 1s).
W: Failed to fetch https://user:geheim@mirror.example/debian/dists/bookworm/InRelease  Could not resolve 'mirror.example'
W: Failed to fetch https://user:geheim@mirror.example/debian/dists/bookworm/InRelease  Could not resolve 'mirror.example'
W: Some index files failed to download. They have been ignored, or old ones used instead.
N: this is nothing
"""


def test_what_apt_complains_of_is_told_once_and_by_its_kind():
    found = aptpreview.complaints(SAID)
    assert [each.kind for each in found] == ["key", "key", "gone", "clock", "network"]
    assert found[-1] == Complaint("network", "Failed to fetch https://mirror.example/debian/dists/bookworm/InRelease  "
                                  "Could not resolve 'mirror.example'")


class Sources:
    """An apt that offers some versions, and says what it is told to say to a simulation."""

    def __init__(self, offers, told=""):
        self.all, self.told, self.asked, self.preferred = offers, told, [], ""

    def offers(self, package):
        return self.all

    def add_suite(self, suite):
        if suite == "sid":
            self.all = [Offer("2.13", "sid"), *self.all]

    def prefer(self, suite):
        self.preferred = suite

    def run(self, program, *arguments):
        self.asked.append(" ".join((program, *arguments)))
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


BOTH = [Offer("2.11", "beta"), Offer("2.9", "release"), Offer("2.7", "bookworm")]


@pytest.mark.parametrize(("target", "preferred", "wanted"), [
    ("", "", "python3-gavo"), ("release", "release", "python3-gavo"), ("sid", "sid", "python3-gavo"),
    ("any", "", "python3-gavo=2.11")])
def test_a_target_release_is_what_apt_prefers(target, preferred, wanted):
    apt = Sources(BOTH)
    aptpreview.preview(apt, ["python3-gavo"], target, "bookworm")
    assert apt.asked == [f"apt-get -s -q install --only-upgrade {wanted}"] and apt.preferred == preferred


def test_backports_are_those_of_this_debian():
    apt = Sources([Offer("2.8", "bookworm-backports"), *BOTH])
    aptpreview.preview(apt, ["python3-gavo"], "backports", "bookworm")
    assert apt.preferred == "bookworm-backports"
    with pytest.raises(TargetError, match=r"suite trixie-backports with DaCHS; there is beta, bookworm, bookworm-backports, rel"):
        aptpreview.preview(apt, ["python3-gavo"], "backports", "trixie")


def test_a_simulation_tells_what_comes_and_what_goes():
    found = aptpreview.preview(Sources(BOTH, (
        "Remv postgresql-15-q3c [2.0.0-5] \nPurg gone:amd64 [1]\nInst python3-multipart (1 Debian:sid [all])\n"
        "Inst python3-gavo [2.7] (2.11 GAVO:beta [all])\n")), ["python3-gavo"], "", "bookworm")
    assert found == Preview((Change("python3-multipart", "1"), Change("python3-gavo", "2.11", "2.7")),
                            (Removal("postgresql-15-q3c", "2.0.0-5"), Removal("gone", "1")))
    assert found.version("python3-gavo") == "2.11" and found.version("python3-multipart") == ""


def test_why_apt_refuses_is_told_in_its_words():
    refusal = CommandFailed(Completed(("apt-get",), 100, "The following packages have unmet dependencies:\n"
                                      " python3-gavo : Depends: python3-x but it is not going to be installed\n",
                                      "E: Unable to correct problems, you have held broken packages.\n"), "apt-get -s")
    found = aptpreview.preview(Sources(BOTH, refusal), ["python3-gavo"], "", "bookworm")
    assert found.refused == ("python3-gavo : Depends: python3-x but it is not going to be installed",)


@pytest.mark.parametrize(("release", "name"), [
    ('ID=debian\nVERSION_CODENAME=bookworm\n', "bookworm"), ('ID="debian"\nVERSION_CODENAME="trixie"\n', "trixie"),
    ("ID=ubuntu\nVERSION_CODENAME=noble\n", ""), ("", "")])
def test_the_name_of_this_debian(tmp_path, release, name):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text(release)
    assert aptpreview.codename(FakeHost(tmp_path)) == name
