"""The apt guard on a fresh machine: real apt upgrades a real DaCHS while dachsadmin works, hangs, cannot write, and is gone."""

from __future__ import annotations

import json
import re

import pytest

import fresh

APT = r"""
pg_ctlcluster 15 main start
apt-get update
apt-get install -y --no-install-recommends unattended-upgrades python3-platformdirs /out/dachsadmin_*_all.deb
hook=/etc/apt/apt.conf.d/90dachsadmin
test ! -e $hook
look() {
  echo "== $1"; shift
  rc=0; begun=$(date +%s)
  "$@" >/tmp/said 2>/tmp/notes </dev/null || rc=$?
  cat /tmp/notes; echo "status $rc, $(($(date +%s) - begun)) s, dpkg: $(dpkg --audit | wc -l)"
}
latest() {
  mkdir -p /tmp/latest/DEBIAN
  printf 'Package: gavodachs2-latest\nVersion: %s\nArchitecture: all\nMaintainer: me <me@x.org>\nDescription: x\n' $1 >/tmp/latest/DEBIAN/control
  dpkg-deb -b /tmp/latest /srv/latest_$1.deb
}
for version in 1 2 3 4 5 6 7; do latest $version; done
install="apt-get -q=2 -o Dpkg::Use-Pty=0 install -y --no-install-recommends"
$install /srv/latest_1.deb

look "switched on" dachsadmin upgrade guard snapshot --yes
apt-config dump | grep -i -e pre-install -e 'options::/usr/share/dachsadmin'
look "about others" $install patch
look "DaCHS" $install gavodachs2-server
cd /var/backups/dachsadmin/apt-*
sha256sum --quiet --strict -c SHA256SUMS
pg_restore --list system.dump | grep -c 'TABLE DATA dc ' && test "$(stat -c %a "$PWD")" = 700
cd /
echo "== noted"; cat /var/lib/dachsadmin/seen/*
echo "== told again"; dachsadmin upgrade guard
look "finish" dachsadmin upgrade finish --yes
cat /tmp/said
look "finish again" dachsadmin upgrade finish --yes
cat /tmp/said

su postgres -c "psql -q gavo -c 'BEGIN; LOCK TABLE dc.resources; SELECT pg_sleep(20)'" >/dev/null &
sleep 1
look "locked" $install /srv/latest_7.deb
su postgres -c "psql -At gavo -c \"SELECT 'dumps: ' || count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump'\""
wait; echo "snapshots: $(ls -d /var/backups/dachsadmin/apt-* | wc -l)"
dachsadmin upgrade guard warn --yes

look "our own run" env NO_DACHSADMIN_GUARD=1 $install --allow-downgrades /srv/latest_2.deb
mount -t tmpfs -o size=4k,nr_inodes=2 none /var/lib/dachsadmin
echo >/var/lib/dachsadmin/full
look "full disk" $install /srv/latest_3.deb
umount /var/lib/dachsadmin
mount -t tmpfs none /var/lib/dachsadmin; mount -o remount,ro /var/lib/dachsadmin
look "read only" $install --allow-downgrades /srv/latest_2.deb
umount /var/lib/dachsadmin
mv /usr/bin/dachsadmin /tmp/dachsadmin
printf '#!/bin/sh\necho beginning\nexec sleep 1000\n' >/usr/bin/dachsadmin; chmod 755 /usr/bin/dachsadmin
look "hangs" $install /srv/latest_3.deb
printf '#!/nowhere/python3\n' >/usr/bin/dachsadmin
look "no python" $install /srv/latest_4.deb
mv /tmp/dachsadmin /usr/bin/dachsadmin
look "without proc" unshare --mount sh -c 'umount -l /proc
  echo "gavodachs2-latest 4 all none < 5 all none x" | /usr/share/dachsadmin/apt-guard warn 3>&2'

cp /srv/latest_5.deb /srv/repo/pool
(cd /srv/repo && apt-ftparchive packages pool >dists/release/main/binary-amd64/Packages
 apt-ftparchive -o APT::FTPArchive::Release::Origin=GAVO -o APT::FTPArchive::Release::Suite=release release dists/release >/tmp/Release
 mv /tmp/Release dists/release/)
printf '#clear Unattended-Upgrade::Origins-Pattern;\nUnattended-Upgrade::Origins-Pattern { "origin=GAVO"; };\n' >/etc/apt/apt.conf.d/99test
apt-get update --allow-releaseinfo-change
look "unattended" unattended-upgrade
dpkg-query -W -f 'now ${Version}\n' gavodachs2-latest
cat /var/log/unattended-upgrades/unattended-upgrades-dpkg.log

apt-get remove -y dachsadmin
test -e $hook
look "removed" $install /srv/latest_6.deb
look "removed, much" apt-get -q=2 -o Dpkg::Use-Pty=0 -o Test::Much="$(head -c 100000 /dev/zero | tr '\0' x)" remove -y gavodachs2-latest
apt-get purge -y dachsadmin
test ! -e $hook -a ! -e /var/lib/dachsadmin && echo "== purged"
"""


@pytest.mark.full
def test_apt_tells_what_an_upgrade_brings_and_nothing_that_befalls_dachsadmin_hurts_it(package):
    done = fresh.run("bookworm-release", APT, read={package: "/out"}, minutes=20)
    assert done.returncode == 0, done.stdout[-8000:]
    said = dict(zip(*[iter(re.split("^== (.*)\n", done.stdout + "\n", flags=re.MULTILINE)[1:])] * 2))
    assert 'Options::/usr/share/dachsadmin/apt-guard::Version "3";' in said["switched on"]
    upgraded = said["DaCHS"]
    assert "dachsadmin: DaCHS goes from 2.7+dfsg-2 to 2.13+dfsg-2\n" in upgraded
    assert "when apt is done, run 'dachsadmin upgrade finish'\n" in upgraded and "  DaCHS 2.7 to 2.13, 6 releases: " in upgraded
    assert "DaCHS's own tables are kept in /var/backups/dachsadmin/apt-" in upgraded
    assert re.search(r"^[1-9]\d*$", upgraded, re.MULTILINE)
    assert "no snapshot was made: 'runuser -u postgres" in said["locked"]
    assert "dumps: 0\nsnapshots: 1\n" in said["locked"]
    assert {each["package"] for each in json.loads(said["noted"])["changes"]} >= {"python3-gavo", "gavodachs2-server"}
    assert said["told again"].startswith("the apt guard is set to snapshot\n") and "from 2.7+dfsg-2 to 2.13+dfsg-2" in said["told again"]
    assert said["finish again"].endswith("nothing to do\n")
    for silent in ("about others", "our own run", "removed", "removed, much"):
        assert "dachsadmin" not in said[silent].partition("status")[0], silent
    assert "could not be noted: the disk is full" in said["full disk"]
    assert "could not be noted: /var/lib/dachsadmin/seen" in said["read only"] and "from 3 to 2" in said["read only"]
    assert said["hangs"].startswith("beginning\n")
    for broken in ("hangs", "no python"):
        assert "dachsadmin could not tell all about this" in said[broken]
    assert "gavodachs2-latest goes from 4 to 5" in said["without proc"]
    assert "now 5\n" in said["unattended"] and said["unattended"].count("dachsadmin: gavodachs2-latest goes from 4 to 5") == 1
    ends = {name: re.search(r"^status (\d+), (\d+) s, dpkg: (\d+)$", text, re.MULTILINE) for name, text in said.items()}
    assert [name for name, end in ends.items() if end and (end[1], end[3]) != ("0", "0")] == []
    assert 10 <= int(ends["hangs"][2]) <= 60 and "purged" in said
