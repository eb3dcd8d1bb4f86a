"""Statements are analysed by a real server, and none of them has any effect, however hostile."""

from __future__ import annotations

import os
import subprocess

import psycopg
import pytest

from dachsadmin.errors import EnvironmentFault
from dachsadmin.rd.document import parse
from dachsadmin.rd.language import load
from dachsadmin.system.dbprofile import Profile
from dachsadmin.system.postgres import DatabaseLacks, DatabaseUnreachable, LiveDatabase, connect
from dachsadmin.system.scratch import find_programs
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.site import Site
from dachsadmin.val.sqlcheck import verdicts

HOSTILE = [
    "DROP TABLE own.precious", "DELETE FROM own.precious", "TRUNCATE own.precious", "SELECT 1; DROP TABLE own.precious",
    "COMMIT", "COMMIT; DROP TABLE own.precious", "ROLLBACK; DROP TABLE own.precious; BEGIN",
    "END; DELETE FROM own.precious", "PREPARE TRANSACTION 'x'", "COPY own.precious TO PROGRAM 'touch {marker}'",
    "COPY (SELECT 1) TO PROGRAM 'touch {marker}'", "COPY own.precious FROM PROGRAM 'touch {marker}; echo 7'",
    "COPY (SELECT 1) TO '{marker}'", "SELECT own.burn()", "WITH x AS (DELETE FROM own.precious RETURNING *) SELECT * FROM x",
    "SELECT nextval('own.counter')", "SELECT setval('own.counter', 99)", "DO $$ BEGIN DELETE FROM own.precious; END $$",
    "CREATE TABLE own.intruder (x int)", "CREATE TEMP TABLE x AS SELECT own.burn()", "CREATE ROLE intruder SUPERUSER",
    "ALTER ROLE gavo SUPERUSER", "GRANT ALL ON own.precious TO PUBLIC", "SET ROLE postgres", "RESET ALL",
    "SET default_transaction_read_only = off", "SET SESSION AUTHORIZATION postgres", "NOTIFY x", "LISTEN x",
    "SELECT lo_create(4711)", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity", "SELECT pg_sleep(600)",
    "EXECUTE x", "DEALLOCATE ALL", "DISCARD ALL", "LOCK TABLE own.precious", "VACUUM own.precious", "CHECKPOINT",
    "CREATE FUNCTION own.f() RETURNS int AS 'SELECT own.burn()' LANGUAGE SQL", "CALL own.burn()", "LOAD 'x'",
    "INSERT INTO own.precious SELECT own.burn()", "EXPLAIN ANALYZE DELETE FROM own.precious",
    "REFRESH MATERIALIZED VIEW own.snapshot", "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO own", "SELECT 1 INTO own.intruder",
]


@pytest.fixture(scope="module")
def furnished(cluster):
    """A schema with things to destroy, owned by the very role that asks."""
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute("""
            CREATE SCHEMA own; CREATE TABLE own.precious (x int); INSERT INTO own.precious VALUES (1), (2);
            CREATE SEQUENCE own.counter; CREATE MATERIALIZED VIEW own.snapshot AS SELECT count(*) AS n FROM own.precious;
            CREATE FUNCTION own.burn() RETURNS int LANGUAGE plpgsql IMMUTABLE AS
              'BEGIN DELETE FROM own.precious; RETURN 1; END';
            CREATE TABLE own.spectra (accref text, "Fancy Name" int, pos spoint);
            ALTER SCHEMA own OWNER TO gavo; ALTER TABLE own.precious OWNER TO gavo; ALTER TABLE own.spectra OWNER TO gavo;
            ALTER SEQUENCE own.counter OWNER TO gavo; ALTER MATERIALIZED VIEW own.snapshot OWNER TO gavo""")
    return cluster


def everything(cluster) -> str:
    """The whole database and its roles as text, without pg_dump's random lines."""
    folder = find_programs().folder
    texts = [subprocess.run([str(folder / program), *arguments, "-d", cluster.dsn], check=True, capture_output=True,
                            text=True).stdout
             for program, arguments in (("pg_dump", ()), ("pg_dumpall", ("--roles-only",)))]
    return "\n".join(line for text in texts for line in text.splitlines()
                     if not line.startswith(("\\restrict", "\\unrestrict", "--")))


@pytest.mark.parametrize("as_superuser", [False, True], ids=["as gavo", "as superuser"])
def test_hostile_statements_have_no_effect_whoever_asks(furnished, tmp_path, as_superuser):
    tmp_path.chmod(0o777)
    marker = tmp_path / "marker"
    profile = Profile("postgres", str(furnished.home), "5432", "postgres" if as_superuser else "gavo")
    database = LiveDatabase(profile)
    before = everything(furnished)
    for statement in HOSTILE:
        database.prepare(statement.format(marker=marker), {"t": [("x", "integer")]})
        database.prepare(statement.format(marker=marker), {})
        connection = database.connection
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE, statement
        assert database.scalar("SHOW default_transaction_read_only") == "on", statement
    assert everything(furnished) == before
    assert not marker.exists()
    assert database.scalar("SELECT last_value FROM own.counter") == 1
    assert database.scalar("SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()") == 0
    database.close()


def test_the_connection_cannot_be_made_to_write(database, furnished):
    with pytest.raises(EnvironmentFault, match="read-only"):
        database.rows("DELETE FROM own.precious RETURNING 1")
    assert database.scalar("SELECT count(*) FROM own.precious") == 2


@pytest.mark.parametrize(("statement", "kind", "at"), [
    ("SELECT 1 FRM x", "syntax", "x"), ("SELECT nix FROM own.precious", "column", "nix"),
    ("SELECT 1 FROM own.nix", "relation", "own.nix"), ("SELECT 1 FROM nix.nix", "relation", "nix.nix"),
    ("SELECT nix(1)", "function", "nix"), ("SELECT 1::nix", "type", "nix"), ("SELECT x + 'a'::text FROM own.precious",
                                                                          "function", "+"),
    ("SELECT 1; SELECT 2", "syntax", None), ("SELECT count(*), x FROM own.precious", "other", "x FROM"),
    ("INSERT INTO own.precious (nix) VALUES (1)", "column", "nix"), ("CREATE VIEW x AS SELEC 1", "syntax", "SELEC"),
    ("DELETE own.precious", "syntax", "own"), ("SELECT 'unclosed", "syntax", "'unclosed"),
])
def test_what_is_wrong_is_told_with_its_place(database, furnished, statement, kind, at):
    problem = database.prepare(statement, {})
    assert problem is not None and problem.kind == kind, problem
    assert problem.position == (None if at is None else statement.index(at))


@pytest.mark.parametrize("statement", [
    "SELECT x FROM own.precious", "INSERT INTO own.precious VALUES (1)", "CREATE TABLE own.new (a int)",
    "GRANT SELECT ON own.nix TO gavo", "CREATE INDEX ON nix (nix)", "", "WITH a AS (SELECT 1 AS b) SELECT b FROM a",
    'SELECT "Fancy Name", pos @ scircle(pos, 0.1), q3c_join(1, 2, 3, 4, 0.1) FROM own.spectra',
    "SELECT 'Käse' || accref FROM own.spectra",
])
def test_what_is_right_is_silent(database, furnished, statement):
    assert database.prepare(statement, {}) is None


def test_positions_count_characters_not_bytes(database, furnished):
    problem = database.prepare("SELECT 'Grüße aus München', nix", {})
    assert problem is not None and problem.position == 28


def test_stubs_stand_in_for_tables_that_are_not_there(database, furnished):
    stubs = {"data": [("ra", "double precision"), ("Odd Name", "text[]"), ("pos", "spoint")], "empty": []}
    query = 'SELECT data.ra, "Odd Name"[1] FROM pg_temp.data, pg_temp.empty WHERE pos IS NULL'
    assert database.prepare(query, stubs) is None
    assert database.prepare("SELECT dec FROM pg_temp.data", stubs).kind == "column"
    assert database.prepare("SELECT 1 FROM pg_temp.data", {}).kind in ("relation", "schema")


@pytest.mark.parametrize("kind", ["nix", "integer); DROP TABLE own.precious; --", "integer default own.burn()", ""])
def test_a_stub_with_an_impossible_type_is_told_apart_from_a_wrong_statement(database, furnished, kind):
    problem = database.prepare("SELECT 1", {"t": [("x", kind)]})
    assert problem is not None and (problem.kind, problem.stub) == ("stub", "t")


def test_a_table_that_somebody_holds_locked_is_not_waited_for_long(database, furnished):
    with psycopg.connect(furnished.dsn) as other:
        other.execute("LOCK TABLE own.precious IN ACCESS EXCLUSIVE MODE")
        problem = database.prepare("SELECT * FROM own.precious", {})
        assert problem is not None and problem.kind == "unavailable"
        other.rollback()
    assert database.prepare("SELECT * FROM own.precious", {}) is None


def test_a_connection_that_died_is_made_anew(database, superuser):
    first = database.scalar("SELECT pg_backend_pid()")
    superuser.execute("SELECT pg_terminate_backend(%s)", (first,))
    assert database.prepare("SELECT 1", {}) is None
    assert database.scalar("SELECT pg_backend_pid()") != first


def test_a_server_that_is_gone_is_told_with_the_way_out(tmp_path):
    database = LiveDatabase(Profile("gavo", "/nonexistent", "5432", "gavo"))
    with pytest.raises(DatabaseUnreachable, match="no PostgreSQL server answers for .* gavo on /nonexistent") as fault:
        database.prepare("SELECT 1", {})
    assert "--scratch" in fault.value.hint


def test_a_database_without_dachs_is_told(database):
    with pytest.raises(DatabaseLacks, match="none that DaCHS has set up") as fault:
        database.published()
    assert "dachs init" in fault.value.hint


def test_a_database_that_is_not_there_is_told(cluster):
    with pytest.raises(DatabaseUnreachable, match='"nix" does not exist'):
        connect(Profile("nix", str(cluster.home), "5432", "gavo"))


def test_a_fork_does_not_share_the_connection(database):
    before = database.scalar("SELECT pg_backend_pid()")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(database.scalar("SELECT pg_backend_pid()")).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reading, 100)) != before
    os.close(reading)
    os.close(writing)
    assert database.scalar("SELECT pg_backend_pid()") == before


def test_facts_about_a_table(database, furnished, superuser):
    superuser.execute("""
        CREATE TABLE own.facts (ra double precision, kind text, pos spoint);
        INSERT INTO own.facts SELECT i, CASE WHEN i % 10 = 0 THEN 'rare' || i ELSE 'common' END FROM generate_series(1, 1000) i;
        ALTER TABLE own.facts ALTER kind SET STATISTICS 500; GRANT SELECT ON own.facts TO gavo;
        CREATE INDEX facts_pos ON own.facts USING GIST (pos); CREATE UNIQUE INDEX facts_both ON own.facts (ra, lower(kind));
        ANALYZE own.facts""")
    facts = database.table("OWN.Facts")
    assert (facts.kind, facts.rows) == ("table", 1000) and facts.bytes > 0
    assert [(column.name, column.type, column.target) for column in facts.columns] == [
        ("ra", "double precision", -1), ("kind", "text", 500), ("pos", "spoint", -1)]
    assert facts.column("Kind").common >= 0.9 and facts.column("ra").distinct == -1
    assert [(index.name, index.method, index.columns, index.unique) for index in facts.indexes] == [
        ("facts_both", "btree", ("ra", "lower(kind)"), True), ("facts_pos", "gist", ("pos",), False)]
    assert database.table("own.absent") is None


RD = r"""<resource schema="own">
  <table id="spectra" onDisk="True"><column name="accref" type="text"/><column name="newCol" type="integer"/></table>
  <table id="later" onDisk="True"><column name="ra" type="double precision"/>
    <script lang="SQL" type="postCreation" name="s">
      UPDATE \qName SET ra=later.ra+1 WHERE ra IN (SELECT newcol FROM own.spectra);
      UPDATE \qName SET nix=1;
      INSERT INTO \schema.log VALUES (1);
      CREATE TABLE \schema.log (n int);
      DROP TABLE own.precious; COMMIT;
      DELETE FROM own.precious
    </script>
  </table>
  <table id="v" onDisk="True"><column original="later.ra"/>
    <viewStatement>CREATE VIEW \qName AS (SELECT \colNames, 7 %% 2 AS x FROM \schema.later)</viewStatement>
  </table>
  <fixedQueryCore id="a" query="SELECT v.ra FROM \schema.v"/>
  <fixedQueryCore id="b" query="SELECT ra FROM \schema.vv"/>
  <fixedQueryCore id="c" query="SELECT gavo_nix(ra) FROM own.later"/>
</resource>"""


CONTRIBUTING = r"""<resource schema="own">
  <table id="t" onDisk="True"><column name="ra"/><column name="title" type="text"/>
    <mixin obs_title="titel" s_ra="ra+" s_dec="ra) FROM own.t; DELETE FROM own.precious; --">//obscore#publish
      <t_min>
        ra * nix</t_min>
      <obs_collection>'it''s ' || title -- or so</obs_collection>
      <obs_publisher_did>__COMPUTE__</obs_publisher_did>
      <target_name>\sqlquote{x}</target_name>
      <em_min>(SELECT min(x) FROM own.precious)</em_min>
    </mixin></table>
  <table id="view" onDisk="True"><mixin fluxUnit="Jy" fluxCalibration="x">//ssap#hcd</mixin>
    <mixin obs_title="nowhere">//obscore#publishSSAPHCD</mixin><FEED source="other/q#more"/></table>
</resource>"""


def test_what_goes_into_obscore_is_tried_on_its_table(furnished):
    database = LiveDatabase(furnished.profile)
    site = Site("/inputs", load("2.7"), files=MemoryFiles({}), database=database)
    before = everything(furnished)
    found = [(verdict.location.line, verdict.location.column, verdict.tested, verdict.message)
             for verdict in verdicts(parse(CONTRIBUTING.encode(), "own/q", "own/q.rd"), site)]
    database.close()
    assert everything(furnished) == before
    assert found == [
        (3, 12, True, "ObsCore's obs_title: column \"titel\" does not exist"),
        (3, 30, True, "ObsCore's s_ra: syntax error at or near \")\""),
        (3, 41, True, "ObsCore's s_dec: syntax error at or near \")\""),
        (5, 14, True, "ObsCore's t_min: column \"nix\" does not exist"),
        (12, 12, False, "ObsCore's obs_title: column \"nowhere\" does not exist; "
                        "not all columns of own.view are known before it is imported"),
    ]


def test_an_rd_is_judged_as_it_will_be_after_import(furnished):
    database = LiveDatabase(furnished.profile)
    site = Site("/inputs", load("2.7"), files=MemoryFiles({}), database=database)
    rd = parse(RD.encode(), "own/q", "own/q.rd")
    before = everything(furnished)
    found = [(verdict.location.line, verdict.tested, verdict.message) for verdict in verdicts(rd, site)]
    database.close()
    assert everything(furnished) == before
    assert found == [
        (6, True, "SQL script 's': column \"nix\" of relation \"later\" does not exist"),
        (7, False, "SQL script 's': relation \"own.log\" does not exist; SQL in this RD makes something of that name"),
        (17, True, "query of a fixedQueryCore: relation \"own.vv\" does not exist"),
        (18, True, "query of a fixedQueryCore: function gavo_nix(double precision) does not exist"),
    ]
