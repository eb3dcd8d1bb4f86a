"""`upgrade finish` behind a plain `apt-get install` of DaCHS 2.13 over 2.7, in a small data centre on a fresh machine."""

from __future__ import annotations

import re

import pytest

import fresh

BEGIN = """
pg_ctlcluster 15 main start
apt-get update
apt-get install -y --no-install-recommends /out/dachsadmin_*_all.deb python3-platformdirs
dachs serve start
ask() { su postgres -c "psql -At gavo -c \\"$1\\""; }
state() {
  echo "rows $(ask 'SELECT count(*) FROM ivoa.obscore') of $(ask 'SELECT count(*) FROM oa.data') and $(ask 'SELECT count(*) FROM ob.data')"
  echo "schema $(ask "SELECT value FROM dc.metastore WHERE key = 'schemaversion'")"
  echo "bigint counts $(ask "SELECT count(*) FROM pg_attribute WHERE attrelid = 'ivoa.obscore'::regclass AND atttypid = 'bigint'::regtype AND attname IN ('s_xel1', 's_xel2', 't_xel', 'em_xel', 'pol_xel')")"
  echo "described as $(ask "SELECT datatype FROM tap_schema.columns WHERE table_name = 'ivoa.obscore' AND column_name = 't_xel'")"
  echo "with statistics $(ask "SELECT count(DISTINCT tablename) FROM dc.simple_col_stats WHERE tablename IN ('oa.data', 'ob.data')")"
  echo "registered $(ask "SELECT count(DISTINCT sourcerd) FROM dc.resources WHERE NOT deleted AND sourcerd IN ('ob/q', '__system__/obscore')")"
  echo "served by $(/usr/bin/python3 -c "import urllib.request as u; print(u.urlopen('http://localhost:8080/tap/availability').headers['server'])")"
}
echo "== before"; state
apt-get install -y --no-install-recommends gavodachs2-server
echo "== upgraded"; state
"""
FINISH = BEGIN + """
echo "== dry"; dachsadmin upgrade finish --dry-run; state
echo "== finish"; dachsadmin upgrade finish --yes; state
echo "== again"; dachsadmin upgrade finish; state
echo "== undone"; dachsadmin undo 1 --yes || echo "status $?"; state
echo "== anew"; dachsadmin upgrade finish --yes; state; cat /var/lib/dachsadmin/upgrade.json
"""
KILLED = BEGIN + """
dachsadmin upgrade finish --yes &
until grep -q '"done"' /var/lib/dachsadmin/journal/1.jsonl 2>/dev/null; do sleep 0.2; done
sleep 1; kill -9 $!; wait $! || true
echo "== killed"; dachsadmin history
echo "== resume"; dachsadmin resume 1 --yes; state
echo "== again"; dachsadmin upgrade finish; state
"""
FINISHED = ["rows 1200 of 500 and 700", "schema 36", "bigint counts 0", "described as int", "with statistics 2", "registered 2"]


def parts(script: str, package) -> dict[str, str]:
    """What a script says under each of its headings."""
    done = fresh.run("bookworm-centre", script, read={package: "/out"}, minutes=20)
    assert done.returncode == 0, done.stdout[-8000:]
    return dict(zip(*[iter(re.split("^== (.*)\n", done.stdout, flags=re.MULTILINE)[1:])] * 2))


@pytest.mark.full
def test_what_apt_leaves_undone_is_done_once(package):
    said = parts(FINISH, package)
    assert "schema 33" in said["before"] and "served by DaCHS/2.7" in said["before"]
    assert "schema 36" in said["upgraded"] and "with statistics 0" in said["upgraded"]
    assert "served by DaCHS/2.7" in said["upgraded"], "without systemd, nobody has restarted the server"
    assert "dachs limits oa/q" in said["dry"] and "with statistics 0" in said["dry"] and "DaCHS/2.7" in said["dry"]
    for each in (*FINISHED, "served by DaCHS/2.13"):
        assert each in said["finish"] and each in said["again"], said["finish"]
    assert "nothing to do" in said["again"]
    assert "status 6" in said["undone"] and "bigint counts 5" in said["undone"] and "rows 1200" in said["undone"]
    for each in (*FINISHED, "served by DaCHS/2.13", '"finished": "2.13"'):
        assert each in said["anew"], said["anew"]


@pytest.mark.full
def test_a_finish_that_was_killed_is_resumed(package):
    said = parts(KILLED, package)
    assert "interrupted" in said["killed"]
    for each in (*FINISHED, "served by DaCHS/2.13"):
        assert each in said["resume"], said["resume"]
    assert "nothing to do" in said["again"]
