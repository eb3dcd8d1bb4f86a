"""`upgrade check` on a fresh machine with a real DaCHS, real apt, and a repository of GAVO's kind that has a newer one."""

from __future__ import annotations

import json
import re

import pytest

import fresh

REPOSITORY = """
pg_ctlcluster 15 main start
apt-get update
apt-get install -y --no-install-recommends apt-utils gpg unattended-upgrades /out/dachsadmin_*_all.deb
mkdir -p /srv/repo/pool /srv/repo/dists/release/main/binary-amd64 /tmp/sid/lists/partial /tmp/sid/cache/archives/partial
echo "deb http://deb.debian.org/debian sid main" >/tmp/sid/sources.list
sid() {
  apt-get -q -o Dir::Etc::SourceList=/tmp/sid/sources.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists=/tmp/sid/lists \\
    -o Dir::Cache=/tmp/sid/cache -o Acquire::Check-Valid-Until=false "$@"
}
sid update
(cd /srv/repo/pool && sid download gavodachs2-server python3-gavo python3-gavo-utils python3-gavo-stc python3-gavo-votable \\
  python3-python-multipart)
cd /srv/repo
apt-ftparchive packages pool >dists/release/main/binary-amd64/Packages
form=APT::FTPArchive::Release
apt-ftparchive -o $form::Origin=GAVO -o $form::Suite=release -o $form::Codename=release -o $form::Components=main \\
  -o $form::Architectures=amd64 release dists/release >/tmp/Release
mv /tmp/Release dists/release/
echo "deb [trusted=yes] file:/srv/repo release main" >/etc/apt/sources.list.d/gavo.list
mkdir -p /var/gavo/inputs/good /var/gavo/inputs/bad
cat >/var/gavo/inputs/good/q.rd <<X
<resource schema="good"><meta name="title">Good</meta><table id="t"><column name="a" description="A"/></table></resource>
X
chown -R dachsroot:gavo /var/gavo/inputs
cd /
look() {
  echo "== $1"; shift
  rc=0; dachsadmin upgrade check --no-grouping "$@" >/tmp/said 2>/tmp/notes || rc=$?
  cat /tmp/said /tmp/notes; echo "status $rc"
}
mark() { find /var/lib/apt /var/lib/dpkg /etc /var/gavo -xdev -printf '%p %m %u %s %T@\\n' | sort; }
"""

LOOK = REPOSITORY + """
mark >/tmp/before
look "as it is" -t release
mark | diff /tmp/before - && echo "NOTHING CHANGED"

apt-get install -y --no-install-recommends python3-platformdirs
look "mended" -t release --select DU2

cat >/var/gavo/inputs/bad/q.rd <<X
<resource schema="bad">
<table id="t"><column nome="a"/></table></resource>
X
mkdir -p /var/gavo/inputs/__system__
cp /usr/lib/python3/dist-packages/gavo/resources/inputs/__system__/tap.rd /var/gavo/inputs/__system__/
apt-mark hold python3-gavo-stc
python3 - <<X
path = "/var/lib/dpkg/status"
text = open(path).read()
before, name, after = text.partition("Package: apt-utils\\\\nStatus: install ok ")
open(path, "w").write(before + name + after.replace("installed", "half-configured", 1))
X
printf 'Types: deb\\nURIs: http://me:geheim@vo.ari.uni-heidelberg.de/debian\\nSuites:\\n stable\\nComponents: main\\n' \\
  >/etc/apt/sources.list.d/old.sources
su postgres -c "psql -q gavo -c 'DROP EXTENSION q3c CASCADE'"
look "spoiled" -t release
rm /etc/apt/sources.list.d/old.sources
dpkg --configure -a

pg_ctlcluster 15 main stop
look "no database" --select DU3
look "nix" -t nix --select DU2
echo "== as another user"
su nobody -s /bin/sh -c "dachsadmin upgrade check --select DU1,DU200,DU203,DU300"; echo "status $?"
echo "== json"
dachsadmin -q upgrade check --select DU1 --report json
"""


@pytest.mark.full
def test_what_a_real_upgrade_stumbles_over_is_found_before_it_happens(package):
    done = fresh.run("bookworm-dachs", LOOK, read={package: "/out"}, minutes=20)
    assert done.returncode == 0, done.stdout[-8000:]
    said = dict(zip(*[iter(re.split("^== (.*)\n", done.stdout, flags=re.MULTILINE)[1:])] * 2))
    platformdirs = "error: DaCHS 2.13 needs the Python module platformdirs"
    assert platformdirs in said["as it is"] and "apt-get install python3-platformdirs" in said["as it is"]
    assert "DaCHS 2.7+dfsg-2 would become 2.13+dfsg-2" in said["as it is"]
    assert "status 1" in said["as it is"] and "NOTHING CHANGED" in said["as it is"]
    assert platformdirs not in said["mended"] and " error: " not in said["mended"] and "status 0" in said["mended"]
    spoiled = said["spoiled"]
    for found in ("bad/q.rd:2: error: DaCHS 2.13 does not load it", "warning: python3-gavo-stc is kept at 2.7+dfsg-2",
                  "error: apt-utils", "/etc/apt/sources.list.d/old.sources:4: error: GAVO's repository has no suite stable",
                  "__system__/tap.rd: warning: it replaces a file that is another one in DaCHS 2.13",
                  "error: the database gavo has no extension q3c"):
        assert found in spoiled, found
    assert "geheim" not in done.stdout and "status 1" in spoiled
    assert "error: no PostgreSQL server answers" in said["no database"] and "untested: no PostgreSQL" in said["no database"]
    assert "error: no source of packages has a suite nix" in said["nix"] and "status 3" in said["nix"]
    assert "status 0" in said["as another user"] and "untested: " in said["as another user"]
    told = json.loads(said["json"])
    assert told["run"]["command"] == "upgrade check" and {each["code"] for each in told["findings"]} >= {"DU105", "DU111"}
