"""The fingerprint of a database changes with everything that a cached verdict may have read, and with nothing else."""

from __future__ import annotations

import pytest


@pytest.fixture
def tables(superuser):
    superuser.execute("CREATE SCHEMA dc; CREATE TABLE dc.rdmeta (sourcerd text, spatial text); CREATE TABLE dc.secret (x int);"
                      "CREATE SCHEMA s; CREATE TABLE s.t (x int); GRANT USAGE ON SCHEMA dc TO PUBLIC;"
                      "GRANT SELECT ON dc.rdmeta TO PUBLIC; INSERT INTO dc.rdmeta VALUES ('a/q', 'x'), ('b/q', NULL)")
    yield superuser
    superuser.execute("DROP SCHEMA dc, s CASCADE")


@pytest.mark.parametrize("change", [
    "INSERT INTO dc.rdmeta VALUES ('c/q', NULL)", "UPDATE dc.rdmeta SET spatial = NULL WHERE sourcerd = 'a/q'",
    "DELETE FROM dc.rdmeta", "ALTER TABLE s.t ADD y text", "ALTER TABLE s.t ALTER x TYPE bigint", "DROP TABLE s.t",
    "CREATE TABLE s.u (x int)", "ALTER TABLE s.t RENAME x TO z", "ALTER TABLE s.t ALTER x SET STATISTICS 500",
    "CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
])
def test_a_change_shows(tables, database, change):
    before = database.fingerprint()
    tables.execute(change)
    assert database.fingerprint() != before


def test_what_no_verdict_reads_does_not_show(tables, database):
    before = database.fingerprint()
    tables.execute("INSERT INTO s.t VALUES (1); INSERT INTO dc.secret VALUES (1); UPDATE dc.rdmeta SET spatial = spatial")
    assert database.fingerprint() == before
