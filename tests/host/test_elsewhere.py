"""dachsadmin on machines that are no DaCHS servers: CI runners and laptops."""

from __future__ import annotations

import json

import fresh

PIP = """
apt-get update; apt-get install -y --no-install-recommends python3-venv
cp -r /src /tmp/source
useradd --create-home astronomer
chown -R astronomer /tmp/source
cat >/tmp/as-astronomer <<'END'
set -e
python3 -m venv ~/venv
~/venv/bin/pip install -q /tmp/source
cd ~; cp -r /src/dachsadmin/demo/tree my-tree
~/venv/bin/dachsadmin --version
rc=0; ~/venv/bin/dachsadmin val my-tree || rc=$?; echo "val ended with $rc"
rc=0; ~/venv/bin/dachsadmin val --engine static my-tree/demo_stars || rc=$?; echo "val ended with $rc"
~/venv/bin/dachsadmin val --explain DA101 | head -n 3
END
su astronomer -s /bin/sh -c "sh /tmp/as-astronomer"
"""

SCRATCH = """
! getent passwd gavo
! pg_lsclusters -h | grep .
apt-get update
apt-get install -y --no-install-recommends /out/dachsadmin_*_all.deb
mkdir /srv/checkout; cp -r /src/dachsadmin/demo/tree/. /srv/checkout; cd /srv/checkout
find . | sort >/tmp/before
rc=0; dachsadmin val --scratch --report text --report json:/tmp/report.json . || rc=$?; echo "val ended with $rc"
find . | sort | diff /tmp/before -
cp /tmp/report.json /reports
if pgrep -a postgres; then exit 9; fi
"""


def test_pip_install_gives_the_static_engine_without_root_and_without_dachs(source):
    done = fresh.run("bookworm", PIP, read={source: "/src"})
    assert done.returncode == 0, done.stdout[-5000:]
    assert "my-tree/demo_plates/q.rd:14:29: error: <column> has no attribute 'units'" in done.stdout
    assert done.stdout.count("val ended with 1") == 1 and done.stdout.count("val ended with 0") == 1
    assert "DA101 unknown-attribute" in done.stdout


def test_scratch_gives_dachs_own_validation_without_an_installation(source, package, tmp_path):
    done = fresh.run("bookworm-scratch", SCRATCH, read={source: "/src", package: "/out"}, write={tmp_path: "/reports"})
    assert done.returncode == 0 and "val ended with 1" in done.stdout, done.stdout[-5000:]
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["run"]["engines"] == ["static", "deep"] and report["run"]["dachs"].startswith("2.7")
    assert not {"DA901", "DA990"} & {found["code"] for found in report["findings"]}  # DaCHS did validate
    assert "demo_stars/q" not in {found["rd"] for found in report["findings"] if found["severity"] == "error"}
