"""Obscore on a real PostgreSQL: the swap under the eyes of clients, locks, crashes, and what checks find."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from asking import client
from fakes import FakeHost
from obscore_view import Rows, state

from dachsadmin.errors import AdminError, PartlyDone, Refused, TargetError
from dachsadmin.journal import Journal
from dachsadmin.obscore import engine, plans, slowness, swap
from dachsadmin.obscore.contributions import Contribution, contributions, live
from dachsadmin.obscore.installation import feed
from dachsadmin.obscore.steps import PutObscore, ReturnContribution, WithdrawContribution
from dachsadmin.obscore.survey import Survey
from dachsadmin.plan import Plan, Step, apply, resume, undo
from dachsadmin.system.dbprofile import Profile
from dachsadmin.system.postgres import DatabaseRefuses, LiveDatabase

ROOT = Path(__file__).parents[2]
COLUMNS = (("dataproduct_type", "text"), ("calib_level", "smallint"), ("obs_collection", "text"), ("obs_id", "text"),
           ("obs_publisher_did", "text"), ("s_ra", "double precision"), ("s_dec", "double precision"), ("s_region", "spoly"),
           ("t_min", "double precision"),
           ("t_max", "double precision"), ("t_exptime", "real"), ("em_min", "real"), ("em_max", "real"),
           ("source_table", "text"))
ODD = 'o"B.D\u00e4ta'
"""A name as an operator may give it."""


def fragment(table: str, **given: str) -> str:
    """What a table contributes; columns that are not given are NULL."""
    given = {"source_table": "'%s'" % table.replace("'", "''"), **given}
    items = ",\n".join(f"CAST({given.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in COLUMNS)
    return f"SELECT {items} FROM {quoted(table)}"


def quoted(table: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))


GIVEN = {"calib_level": "2", "obs_collection": "'c'", "obs_id": "name", "obs_publisher_did": "'ivo://x/' || name", "s_ra": "ra", "s_dec": "1.0"}


@pytest.fixture
def obscore(cluster, superuser):
    """Three tables that contribute to a view, as DaCHS leaves them; what is asked belongs to gavoadmin."""
    superuser.execute("CREATE SCHEMA ivoa AUTHORIZATION gavoadmin; CREATE SCHEMA oa AUTHORIZATION gavoadmin;"
                      " CREATE SCHEMA \"o\"\"B\" AUTHORIZATION gavoadmin; GRANT USAGE ON SCHEMA ivoa, oa TO gavo, untrusted;"
                      " GRANT USAGE ON SCHEMA \"o\"\"B\" TO gavo, untrusted")
    superuser.execute("SET ROLE gavoadmin")
    superuser.execute("CREATE TABLE ivoa._obscoresources (tablename text PRIMARY KEY, sqlfragment text, sourcerd text);"
                      f"CREATE TABLE ivoa.emptyobscore ({', '.join(' '.join(column) for column in COLUMNS)})")
    for table, rows in (("oa.data", 5), ("oa.more", 3), (ODD, 7)):
        superuser.execute(f"CREATE TABLE {quoted(table)} AS SELECT 'n' || n || {len(table)} AS name, n::float8 AS ra"
                          f" FROM generate_series(1, {rows}) n; GRANT SELECT ON {quoted(table)} TO gavo, untrusted")
        contribute(superuser, table, fragment(table, **GIVEN))
    contribute(superuser, "ivoa.emptyobscore", "SELECT " + ", ".join(name for name, _ in COLUMNS) + " FROM ivoa.emptyobscore")
    superuser.execute("GRANT SELECT ON ivoa.emptyobscore TO gavo, untrusted")
    superuser.execute(f"CREATE VIEW ivoa.obscore AS ({union(superuser)}); GRANT SELECT ON ivoa.obscore TO gavo, untrusted")
    superuser.execute("RESET ROLE")
    yield superuser
    superuser.execute("DROP SCHEMA ivoa, oa, \"o\"\"B\" CASCADE")


def contribute(connection, table: str, sql: str, rd: str = "oa/q") -> None:
    connection.execute("INSERT INTO ivoa._obscoresources VALUES (%s, %s, %s) ON CONFLICT (tablename) DO UPDATE"
                       " SET sqlfragment = excluded.sqlfragment", (table, sql, rd))


def union(connection) -> str:
    return " UNION ALL ".join(f"({sql})" for sql, in connection.execute("SELECT sqlfragment FROM ivoa._obscoresources"))


@pytest.fixture
def rc(cluster) -> str:
    return cluster.environment["GAVOSETTINGS"]


def slow_reader(cluster, seconds: float) -> threading.Thread:
    """A query on the view that takes so long."""
    def ask():
        with psycopg.connect(cluster.dsn, autocommit=True) as connection:
            connection.execute(f"SELECT pg_sleep({seconds}) FROM (SELECT FROM ivoa.obscore LIMIT 1) q")

    reading = threading.Thread(target=ask)
    reading.start()
    time.sleep(0.2)
    return reading


@pytest.mark.parametrize("kinds", [("smallint",) * 3, ("integer", "smallint", "bigint")], ids=["same types", "other types"])
def test_clients_see_no_error_no_stall_and_never_fewer_rows(obscore, cluster, rc, kinds):
    """Also while a slow query keeps the view locked, and while a view is made of it."""
    obscore.execute("SET ROLE gavoadmin; CREATE VIEW ivoa.above AS SELECT obs_id, source_table AS \"T\" FROM ivoa.obscore;"
                    " CREATE VIEW oa.top AS SELECT \"T\" FROM ivoa.above; GRANT SELECT ON ivoa.above, oa.top TO untrusted;"
                    " COMMENT ON VIEW oa.top IS 'it''s \\ mine'; RESET ROLE")
    with client(cluster) as told:
        for number, kind in enumerate(kinds):
            obscore.execute("INSERT INTO oa.data SELECT 'x', 1.0")
            contribute(obscore, "oa.more", fragment("oa.more", **GIVEN | {"obs_collection": f"'c{number}'"}).replace(
                "smallint", kind))
            reading = slow_reader(cluster, 1.0) if number == 1 else None
            had = dict(live(Rows(obscore)).columns)["calib_level"]
            assert plans.retyped(LiveDatabase(feed(rc))) == (had != kind)
            swap.put_contributions(feed(rc), fewer=False)
            assert not plans.retyped(LiveDatabase(feed(rc)))
            if reading:
                reading.join()
    assert [found for _, found in told if not isinstance(found, int)] == []
    counts = [found for _, found in told]
    assert len(told) > 20 and counts == sorted(counts) and (counts[0], counts[-1]) == (15, 18)
    assert max(seconds for seconds, _ in told) < 0.5
    assert swap.is_current(feed(rc)) and dict(live(Rows(obscore)).columns)["calib_level"] == kinds[-1]
    top = live(Rows(obscore), "oa.top")
    assert obscore.execute("SELECT count(*), obj_description('oa.top'::regclass) FROM oa.top").fetchone() == (18, "it's \\ mine")
    assert top.owner == "gavoadmin" and ("untrusted", "SELECT") in top.grants


def test_a_materialised_table_is_made_anew_with_its_indexes_while_it_is_asked(obscore, cluster, rc):
    """As DaCHS 2.13 makes it with [ivoa]materialiseObscore."""
    obscore.execute(f"DROP VIEW ivoa.obscore; SET ROLE gavoadmin; CREATE TABLE ivoa.obscore AS ({union(obscore)});"
                    " CREATE INDEX obscore_did ON ivoa.obscore (obs_publisher_did); CREATE UNIQUE INDEX \"Odd name\" ON ivoa.obscore"
                    " (q3c_ang2ipix(s_ra, s_dec), obs_id, source_table); GRANT SELECT ON ivoa.obscore TO gavo, untrusted;"
                    " CREATE VIEW ivoa.above AS SELECT obs_id FROM ivoa.obscore; RESET ROLE")
    assert swap.is_current(feed(rc))
    before = state(obscore), indexes(obscore)
    with client(cluster) as told:
        for number in range(2):
            obscore.execute(f"INSERT INTO oa.data SELECT 'new{number}', 1.0")
            assert not swap.is_current(feed(rc))
            reading = slow_reader(cluster, 1.0) if number else None
            swap.put_contributions(feed(rc), fewer=False)
            if reading:
                reading.join()
    assert [found for _, found in told if not isinstance(found, int)] == []
    counts = [found for _, found in told]
    assert counts == sorted(counts) and (counts[0], counts[-1]) == (15, 17) and max(seconds for seconds, _ in told) < 0.5
    after = state(obscore)
    assert after[:5] == before[0][:5] and after[-1] == before[0][-1] | {"oa.data": 7} and indexes(obscore) == before[1]
    assert swap.is_current(feed(rc)) and obscore.execute("SELECT count(*) FROM ivoa.above").fetchone() == (17,)


def indexes(connection) -> list[str]:
    return [text for text, in connection.execute(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'ivoa' AND tablename = 'obscore' ORDER BY 1")]


def test_what_is_made_belongs_to_and_is_open_to_whom_dachs_wants(obscore, cluster, rc):
    before = state(obscore)
    obscore.execute("DROP VIEW ivoa.obscore")
    swap.put_contributions(feed(rc), fewer=False)
    assert state(obscore) == before
    swap.put_contributions(Profile(database="postgres", host=str(cluster.home), port="5432", user="postgres"), fewer=False)
    assert state(obscore) == before


def test_whoever_is_in_the_way_is_named_and_waited_for_no_longer_than_agreed(obscore, cluster, rc):
    contribute(obscore, "oa.data", fragment("oa.data", **GIVEN | {"obs_collection": "'d'"}))
    with psycopg.connect(cluster.dsn) as other:
        other.execute("SELECT FROM ivoa.obscore")
        pid = other.info.backend_pid
        begun = time.monotonic()
        with pytest.raises(PartlyDone, match=f"process {pid} of postgres keeps ivoa.obscore locked"):
            swap.put_contributions(feed(rc), fewer=False, patience=1)
        assert time.monotonic() - begun < 3
        other.rollback()
        other.execute(f"LOCK TABLE {quoted(ODD)} IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(PartlyDone, match=f"process {pid} of postgres keeps .*locked"):
            swap.put_contributions(feed(rc), fewer=False, patience=1)
        other.rollback()
    swap.put_contributions(feed(rc), fewer=False, patience=1)
    assert swap.is_current(feed(rc))


def test_a_table_that_would_lose_rows_stops_it(obscore, rc):
    contribute(obscore, "oa.data", fragment("oa.data", **GIVEN) + " WHERE ra > 2")
    before = state(obscore)
    with pytest.raises(Refused, match="3 rows of oa.data, where it has 5 now"):
        swap.put_contributions(feed(rc), fewer=False)
    assert state(obscore) == before
    swap.put_contributions(feed(rc), fewer=True)
    assert state(obscore)[-1]["oa.data"] == 3


def test_a_materialised_view_of_it_is_not_thrown_away(obscore, rc):
    obscore.execute("SET ROLE gavoadmin; CREATE MATERIALIZED VIEW oa.kept AS SELECT obs_id FROM ivoa.obscore; RESET ROLE")
    contribute(obscore, "oa.more", fragment("oa.more", **GIVEN).replace("smallint", "integer"))
    before = state(obscore)
    with pytest.raises(Refused, match="oa.kept is a materialised view of it"):
        swap.put_contributions(feed(rc), fewer=False)
    assert state(obscore) == before


def test_a_view_whose_rows_cannot_be_read_is_not_put_there_but_replaced(obscore, rc):
    before = state(obscore)
    good, bad = fragment("oa.more", **GIVEN), fragment("oa.more", **GIVEN | {"source_table": "(1 / (ra::int - 1))::text"})
    contribute(obscore, "oa.more", bad)
    with pytest.raises(DatabaseRefuses, match="division by zero"):
        swap.put_contributions(feed(rc), fewer=False)
    assert state(obscore) == before
    obscore.execute(f"SET ROLE gavoadmin; CREATE OR REPLACE VIEW ivoa.obscore AS ({union(obscore)}); RESET ROLE")
    contribute(obscore, "oa.more", good)
    swap.put_contributions(feed(rc), fewer=False)
    assert state(obscore) == before


def test_two_that_do_it_at_once_both_end_well(obscore, rc):
    contribute(obscore, "oa.more", fragment("oa.more", **GIVEN).replace("smallint", "integer"))
    failed = []

    def put():
        try:
            swap.put_contributions(feed(rc), fewer=False)
        except AdminError as error:
            failed.append(error.message)

    both = [threading.Thread(target=put) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert failed == [] and swap.is_current(feed(rc))


# -- the plan: five tests, with a contribution that is left out


@pytest.fixture
def change(obscore, rc, tmp_path):
    """A plan that leaves out oa.more, and what a test does with it."""
    host = FakeHost(tmp_path / "root")
    (tmp_path / "root").mkdir()
    journal = Journal(host, "/state", "/backup")
    part = next(part for part in contributions(Rows(obscore)) if part.table == "oa.more")
    plan = Plan("leave out oa.more", (Step("withdraw", "leave out oa.more", WithdrawContribution(rc, part.table, part.rd, part.sql)),
                                      Step("swap", "make the view", PutObscore(rc, fewer=True, without=(part.table,)))))
    return plan, host, journal, part


def test_a_dry_run_leaves_no_trace(obscore, change, tmp_path):
    plan, host, journal, _ = change
    before = state(obscore), contributions(Rows(obscore))
    assert apply(plan, host, journal, dry_run=True).results == ("would leave out oa.more", "would make the view")
    assert (state(obscore), contributions(Rows(obscore))) == before and list((tmp_path / "root").iterdir()) == []


def test_apply_does_it_and_a_second_one_does_nothing_and_undo_restores(obscore, change):
    plan, host, journal, part = change
    before = state(obscore)
    assert apply(plan, host, journal).results == ("done  leave out oa.more", "done  make the view")
    assert state(obscore)[-1] == {"oa.data": 5, ODD: 7}
    assert apply(plan, host, journal).change is None
    undo(journal, host, 1)
    assert state(obscore) == before and part in contributions(Rows(obscore))


def test_undo_leaves_alone_what_dachs_has_imported_since(obscore, change):
    plan, host, journal, _ = change
    apply(plan, host, journal)
    contribute(obscore, "oa.data", fragment("oa.data", **GIVEN | {"obs_collection": "'d'"}))
    with pytest.raises(PartlyDone, match="tables were imported since"):
        undo(journal, host, 1)


def test_a_contribution_returns_unless_an_import_has_brought_another(obscore, rc, change):
    plan, host, journal, part = change
    apply(plan, host, journal)
    back = ReturnContribution(rc, part.table, part.rd, part.sql)
    assert not back.done(host)
    back.do(host, {})
    assert back.done(host) and part in contributions(Rows(obscore))
    newer = fragment("oa.more", **GIVEN | {"obs_collection": "'newer'"})
    contribute(obscore, "oa.more", newer)
    assert back.done(host)
    back.undo(host, {})
    assert Contribution("oa.more", "oa/q", newer) in contributions(Rows(obscore))


@pytest.mark.parametrize("moment", ["CREATE VIEW ivoa.obscore_dachsadmin", "CREATE OR REPLACE", "COMMIT"])
def test_kill_9_at_any_moment_leaves_the_old_view_or_the_new_one_and_resuming_ends_it(obscore, change, tmp_path, moment):
    plan, host, journal, _ = change
    before = state(obscore)
    program = f"""
import os, signal, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from dachsadmin.system import postgres
from dachsadmin.obscore.steps import PutObscore, WithdrawContribution
from dachsadmin.journal import Journal
from dachsadmin.plan import Plan, Step, apply
from fakes import FakeHost
from obscore_view import Rows, state
asked = postgres.Change.rows
def rows(self, statement, parameters=()):
    if statement.startswith({moment!r}) and looked.count(1) > 2:
        os.kill(os.getpid(), signal.SIGKILL)
    looked.append(1)
    return asked(self, statement, parameters)
looked = []
actions = {[step.action.arguments() for step in plan.steps]!r}
plan = Plan({plan.title!r}, (Step("withdraw", "leave out oa.more", WithdrawContribution(**actions[0])),
                             Step("swap", "make the view", PutObscore(**actions[1]))))
host = FakeHost({str(tmp_path / "root")!r})
journal = Journal(host, "/state", "/backup")
begun = Journal.record
def record(self, number, event, **facts):
    begun(self, number, event, **facts)
    if event == "start" and facts["step"] == "swap":
        postgres.Change.rows = rows
Journal.record = record
apply(plan, host, journal)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ})
    assert done.returncode == -signal.SIGKILL, done.stderr
    time.sleep(0.3)
    assert state(obscore)[-1] in (before[-1], {"oa.data": 5, ODD: 7})
    resume(journal, host, 1)
    assert state(obscore)[-1] == {"oa.data": 5, ODD: 7} and journal.entry(1).outcome == "done"


def test_a_server_that_goes_away_in_the_middle_stops_it_and_resuming_ends_it(obscore, change):
    plan, host, journal, _ = change
    before = state(obscore)
    obscore.execute("CREATE FUNCTION public.go_away() RETURNS event_trigger LANGUAGE plpgsql AS"
                    " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END';"
                    " CREATE EVENT TRIGGER gone ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION public.go_away()")
    try:
        with pytest.raises(PartlyDone, match="the database postgres on .* went away"):
            apply(plan, host, journal)
    finally:
        obscore.execute("DROP EVENT TRIGGER gone; DROP FUNCTION public.go_away")
    assert state(obscore) == before
    resume(journal, host, 1)
    assert state(obscore)[-1] == {"oa.data": 5, ODD: 7}


# -- checks


def survey(cluster, rc, tmp_path, **facts) -> Survey:
    users = LiveDatabase(Profile(database="postgres", host=str(cluster.home), port="5432", user="untrusted"))
    return Survey(LiveDatabase(feed(rc)), users, tmp_path, **facts)


def found(surveyed: Survey, *codes: str) -> list[tuple[str, str, str]]:
    chosen = [check for check in engine.checks() if check.code in codes]
    return [(finding.code, finding.subject, finding.message) for finding in engine.run(surveyed, chosen, lambda *_: None)]


def test_broken_contributions_are_told_in_words_each_alone(obscore, cluster, rc, tmp_path):
    contribute(obscore, "oa.gone", fragment("oa.gone", **GIVEN))
    contribute(obscore, "oa.more", fragment("oa.more", **GIVEN | {"s_ra": "raj2000"}))
    contribute(obscore, ODD, fragment(ODD, **GIVEN | {"obs_id": "nix(name)"}))
    told = found(survey(cluster, rc, tmp_path), "DO200")
    assert [subject for _, subject, _ in told] == ["oa.gone", "oa.more", ODD] or len(told) == 3
    words = {subject: message for _, subject, message in told}
    assert words["oa.gone"] == "the table oa.gone contributes to ivoa.obscore, but is not there"
    assert 'a column that it takes is not there: column "raj2000" does not exist' in words["oa.more"]
    assert "a function is not there, or not for these types" in words[ODD]


def test_what_users_may_not_read_and_what_is_locked_is_told(obscore, cluster, rc, tmp_path):
    obscore.execute("REVOKE SELECT ON oa.data FROM untrusted")
    with psycopg.connect(cluster.dsn) as other:
        other.execute("LOCK TABLE oa.more IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        surveyed = survey(cluster, rc, tmp_path)
        findings = engine.run(surveyed, [check for check in engine.checks() if check.of_parts], lambda *_: None)
        assert time.monotonic() - begun < 2
    told = {finding.code: finding for finding in findings}
    assert told["DO201"].subject == "oa.data" and "permission denied" in told["DO201"].message
    assert told["DO200"].subject == "oa.more" and not told["DO200"].tested


def test_columns_and_types_that_differ_are_told(obscore, cluster, rc, tmp_path):
    contribute(obscore, "oa.more", fragment("oa.more", **GIVEN).replace("AS real) AS em_min", "AS double precision) AS em_min"))
    contribute(obscore, ODD, fragment(ODD, **GIVEN).replace(" AS t_min", " AS tmin"))
    words = [message for _, _, message in found(survey(cluster, rc, tmp_path), "DO202")]
    assert sorted(words) == sorted([
        "oa.more contributes other types than most: em_min is double precision, not real",
        f"{ODD} contributes other columns than most: it lacks t_min and it has tmin besides"])


def test_a_view_that_is_not_made_of_the_contributions_as_they_are_is_told(obscore, cluster, rc, tmp_path):
    assert found(survey(cluster, rc, tmp_path), "DO100", "DO101", "DO102") == []
    contribute(obscore, "oa.more", fragment("oa.more", **GIVEN | {"s_ra": "ra + 1"}))
    obscore.execute("REVOKE SELECT ON ivoa.obscore FROM untrusted")
    assert [(code, subject) for code, subject, _ in found(survey(cluster, rc, tmp_path), "DO100", "DO101", "DO102")] == [
        ("DO101", "oa.more"), ("DO101", "ivoa.obscore"), ("DO102", "ivoa.obscore")]


def test_values_are_looked_at(obscore, cluster, rc, tmp_path):
    wrong = {"calib_level": "7", "obs_id": "NULL", "em_min": "2", "em_max": "1", "t_min": "55000", "t_max": "55001",
             "t_exptime": "100000", "dataproduct_type": "'Spectrum'", "obs_publisher_did": "'ivo://x/' || 'n14'"}
    contribute(obscore, "oa.more", fragment("oa.more", **GIVEN | wrong))
    told = found(survey(cluster, rc, tmp_path), *(f"DO40{number}" for number in range(6)))
    assert {(code, subject) for code, subject, _ in told} == {(f"DO40{number}", "oa.more") for number in range(5)} | {
        ("DO405", "oa.more")}
    assert "3 rows of oa.more have no calib_level from 0 to 4" in [message for _, _, message in told]


def test_the_tables_that_make_queries_slow_are_told_with_the_index_that_they_lack(obscore, cluster, rc, tmp_path):
    obscore.execute("INSERT INTO oa.data SELECT 'x' || n, n / 100.0 FROM generate_series(1, 3000) n; ANALYZE oa.data;"
                    "INSERT INTO oa.more SELECT 'y' || n, n / 100.0 FROM generate_series(1, 3000) n;"
                    "CREATE INDEX more_did ON oa.more (('ivo://x/' || name)); ANALYZE oa.more")
    branches = slowness.explain(survey(cluster, rc, tmp_path))
    told = {(branch.query, branch.table): branch for branch in branches}
    assert told["cone", "oa.data"].read == 3005 and "an index on ra and 1.0" in told["cone", "oa.data"].wanted
    assert told["identifier", "oa.data"].wanted == "an index on 'ivo://x/' || name"
    assert "more_did" in told["identifier", "oa.more"].how and told["identifier", "oa.more"].wanted == ""
    assert told["cone", ODD].wanted == "" and ("time", "oa.data") not in told
    assert "hint: give the table in oa/q" in slowness.as_text(branches)
    own = slowness.explain(survey(cluster, rc, tmp_path), "SELECT obs_id FROM ivoa.obscore WHERE obs_id = 'x7'")
    assert {branch.table for branch in own} >= {"oa.data", "oa.more", ODD}
    with pytest.raises(TargetError, match="cannot be run"):
        slowness.explain(survey(cluster, rc, tmp_path), "DELETE FROM ivoa.obscore")


def test_a_row_that_cannot_be_read_spoils_the_whole_view_and_is_told(obscore, cluster, rc, tmp_path):
    contribute(obscore, "oa.more", fragment("oa.more", **GIVEN | {"calib_level": "1 / (ra::int - 1)"}))
    told = found(survey(cluster, rc, tmp_path), "DO200", "DO400")
    assert [(code, subject) for code, subject, _ in told] == [("DO200", "oa.more")] and "division by zero" in told[0][2]
