"""What the README promises of ./demo, on a minimal machine with nothing but the checkout."""

from __future__ import annotations

import re

import pytest

import fresh

DEMO = """
snapshot() { find /beside -printf '%p %y %m %s %T@\\n' | sort; }
! command -v make; ! command -v git; ! command -v gcc; ! command -v python3
snapshot >/tmp/before
/beside/dachsadmin/demo
times >/tmp/times; echo "CPU $(tail -n 1 /tmp/times)"
snapshot | diff /tmp/before - && echo "NOTHING WRITTEN"
test -s /usr/share/doc/dachsadmin/examples/lamost5_hk.py
/usr/bin/python3 -c "
import pyvo
found = pyvo.dal.TAPService('http://localhost:8080/tap').run_sync('SELECT COUNT(*) AS n FROM lamost5.data')
print('SERVED', found[0]['n'])"

echo "AGAIN"
/source/demo

echo "REFUSALS"
refusal() { rc=0; /source/demo || rc=$?; echo "refused with $rc"; }
mv /etc/gavo.rc /tmp/gavo.rc; touch /etc/gavo.rc; refusal; mv /tmp/gavo.rc /etc/gavo.rc
mkdir /var/gavo/inputs/mine; refusal; rmdir /var/gavo/inputs/mine
touch /var/gavo/inputs/__system/tap.rd; refusal; rm /var/gavo/inputs/__system/tap.rd
ln -s /nowhere /var/gavo/inputs/.mine; refusal; rm /var/gavo/inputs/.mine

echo "REMOVED"
dachsadmin demo --remove --yes
test ! -e /etc/gavo.rc
ls /var/gavo/inputs
su postgres -c "psql -At gavo -c \\"SELECT 'relations left: ' || count(*) FROM pg_class WHERE relnamespace = to_regnamespace('lamost5')\\""
"""


def test_the_demo_sets_a_fresh_machine_up_and_runs_again_and_refuses_the_machines_of_others_and_goes(source):
    done = fresh.run("bookworm", DEMO, write={source.parent: "/beside"}, read={source: "/source"}, minutes=25)
    assert done.returncode == 0, done.stdout[-8000:]
    first, again, refusals, removed = re.split("^(?:AGAIN|REFUSALS|REMOVED)\n", done.stdout, flags=re.MULTILINE)
    assert "NOTHING WRITTEN" in first and "SERVED 2000" in first
    minutes = [int(each) for each in re.findall("([0-9]+)m", re.search("^CPU .*", first, re.MULTILINE)[0])]
    assert sum(minutes) < 10, "ten minutes are what it may take where nobody else works on the machine"
    for said in (first, again):
        assert "DaCHS 2.7" in said
        assert "demo_plates/q.rd:14:29: error: <column> has no attribute 'units'" in said
        assert "demo_weather/q.rd:30:5: error: the shortName 'weather at the dome'" in said
        assert "3 RDs checked" in said
        assert "\nNO " not in said and "yes both engines ran" in said
        assert "TAP URL http://localhost:8080/tap" in said
    assert "nothing to do" in again
    assert refusals.count("refused with 5") == 4 and "refused with 0" not in refusals
    assert "the demo is gone" in removed and removed.rstrip().endswith("__system\nrelations left: 0")


@pytest.mark.full
def test_the_demo_works_on_the_next_debian(source):
    done = fresh.run("trixie", "/source/demo", read={source: "/source"}, minutes=25)
    assert done.returncode == 0, done.stdout[-5000:]
    assert "DaCHS 2.11" in done.stdout and "yes both engines ran" in done.stdout
    assert "TAP URL http://localhost:8080/tap" in done.stdout
