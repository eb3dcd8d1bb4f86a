"""A database brought back from a backup on a real PostgreSQL: what it was, whoever is connected, wherever it is killed."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from site_database import NAME, Bare, killed

from dachsadmin.errors import AdminError, EnvironmentFault, Refused
from dachsadmin.journal import Journal
from dachsadmin.plan import Plan, Step, apply, resume, undo
from dachsadmin.system import dumps
from dachsadmin.system.databases import Server, beside, identifier, properties
from dachsadmin.upgrade import kept
from dachsadmin.upgrade.backup import BackUp
from dachsadmin.upgrade.restore import PutBackSystem, RestoreDatabase, SwapDatabase

UPGRADED = """
ALTER TABLE dc.products ADD COLUMN embargo date; UPDATE dc.metastore SET value = '36' WHERE key = 'schemaversion';
ALTER TABLE dc.products ADD UNIQUE (id); CREATE TABLE dc.made_by_the_upgrade (id int REFERENCES dc.products (id));
UPDATE oa.data SET mime = 'application/fits';
CREATE OR REPLACE VIEW ivoa.obscore AS SELECT id, ra AS s_ra, mime FROM oa.data; GRANT ALL ON dc.products TO PUBLIC;
"""


@pytest.fixture(scope="module")
def before(sites, tmp_path_factory):
    """The state of a site, and where a full and a system backup of it are: all sites are the same."""
    kept_in = tmp_path_factory.mktemp("backups")
    with sites() as site:
        for kind, tables in (("full", ()), ("system", ("oa.data",))):
            BackUp(str(kept_in / kind), kind, site.rc, tables, **site.by).do(site.host, {})
        return site.state(), kept_in


@pytest.fixture
def upgraded(site, before, tmp_path):
    """A site with a full backup that an upgrade has changed since; its state before, and after."""
    shutil.copytree(before[1] / "full", tmp_path / "kept")
    with site.connect() as connection:
        connection.execute(UPGRADED)
        connection.execute("DROP TABLE \"O'dd \"\"B\".\"T\u00e4ble\"; SELECT lo_unlink(4711);")
        connection.execute(f"ALTER DATABASE {identifier(site.name)} RESET ALL; REVOKE ALL ON DATABASE {identifier(site.name)}"
                           " FROM gavoadmin, gavo CASCADE")
    return before[0], site.state()


def rollback(site, tmp_path, mark: str = "7") -> tuple[Plan, Journal]:
    common = {"rc": site.rc, "mark": mark, **site.by}
    return (Plan("roll back", (Step("restore", "restore the database", RestoreDatabase(folder=str(tmp_path / "kept"), **common)),
                               Step("swap", "put it in its place", SwapDatabase(**common)))),
            Journal(site.host, str(tmp_path / "state"), str(tmp_path / "backup")))


def test_a_dry_run_leaves_no_trace(site, upgraded, tmp_path):
    plan, journal = rollback(site, tmp_path)
    assert [line[:5] for line in apply(plan, site.host, journal, dry_run=True).results] == ["would", "would"]
    assert site.names() == {NAME} and site.state() == upgraded[1] and not (tmp_path / "state").exists()


def test_all_of_it_is_what_it_was_and_the_failed_one_is_kept(site, upgraded, tmp_path):
    plan, journal = rollback(site, tmp_path)
    apply(plan, site.host, journal)
    assert site.state() == upgraded[0] and site.names() == {NAME, beside(NAME, "failed_7")}
    assert site.state(beside(NAME, "failed_7")) == upgraded[1]
    with site.connect() as connection:
        assert connection.execute("SELECT lo_get(4711)").fetchone() == (b"\xde\xad\xbe\xef",)
        assert connection.execute("SELECT reltuples FROM pg_class WHERE oid = 'oa.data'::regclass").fetchone() == (20,)
    assert [line[:5] for line in apply(plan, site.host, journal).results] == ["skip ", "skip "]
    assert len(journal.entries()) == 1
    undo(journal, site.host, 1)
    assert site.state() == upgraded[1] and site.names() == {NAME, beside(NAME, "undone_7")}
    assert site.state(beside(NAME, "undone_7")) == upgraded[0]


def test_a_database_that_is_called_as_usual_is_no_exception(sites, tmp_path):
    with sites("gavo") as site:
        before = site.state()
        BackUp(str(tmp_path / "kept"), "full", site.rc, try_it=True, **site.by).do(site.host, {})
        with site.connect() as connection:
            connection.execute(UPGRADED)
        plan, journal = rollback(site, tmp_path)
        apply(plan, site.host, journal)
        assert site.state() == before and site.names() == {"gavo", "gavo_failed_7"}


def test_dachs_may_work_with_it_as_before(site, upgraded, tmp_path):
    """Without the privileges of the database, an import into a new schema fails."""
    apply(rollback(site, tmp_path)[0], site.host, rollback(site, tmp_path)[1])
    with psycopg.connect(host=str(site.cluster.home), port=5432, user="gavoadmin", dbname=NAME) as connection:
        connection.execute("SET TRANSACTION READ WRITE; CREATE SCHEMA new; INSERT INTO oa.data (id) VALUES (99)")
    with psycopg.connect(host=str(site.cluster.home), port=5432, user="untrusted", dbname=NAME) as connection:
        assert connection.execute("SHOW search_path").fetchone() == ('public, "O\'dd ""B"',)
        assert connection.execute("SELECT count(*) FROM ivoa.obscore").fetchone() == (21,)


def test_whoever_is_connected_is_thrown_out_and_who_comes_again_and_again_does_not_stop_it(site, upgraded, tmp_path):
    stop, told = threading.Event(), []

    def client():
        while not stop.is_set():
            try:
                with psycopg.connect(host=str(site.cluster.home), port=5432, user="untrusted", dbname=NAME) as connection:
                    while not stop.is_set():
                        told.append(connection.execute("SELECT count(*) FROM information_schema.columns"
                                                       " WHERE table_schema = 'ivoa'").fetchone()[0])
                        time.sleep(0.01)
            except psycopg.Error as error:
                told.append(str(error))

    clients = [threading.Thread(target=client) for _ in range(4)]
    plan, journal = rollback(site, tmp_path)
    with closing(site.connect()) as idle, closing(site.connect()) as busy:
        idle.execute("BEGIN; LOCK TABLE oa.data")
        asking = threading.Thread(target=lambda: pytest.raises(psycopg.Error, busy.execute, "SELECT pg_sleep(60)"))
        for thread in (*clients, asking):
            thread.start()
        try:
            apply(plan, site.host, journal)
            time.sleep(0.3)
        finally:
            stop.set()
            for thread in (*clients, asking):
                thread.join()
    assert site.state() == upgraded[0] and told[0] == 3 and told[-1] == 2


@pytest.mark.parametrize("moment", ["pg_restore half", "swapped", *[pytest.param(moment, marks=pytest.mark.full) for moment in (
    "CREATE DATABASE", "pg_restore", "ANALYZE", "psql -f", "RENAME TO restored", "RENAME TO failed")]])
def test_kill_9_at_any_moment_converges(site, upgraded, tmp_path, moment):
    half, then = moment == "pg_restore half", moment == "swapped"
    at = {"pg_restore half": "pg_restore", "psql -f": "-f - -h", "RENAME TO restored": "restored_7",
          "RENAME TO failed": "failed_7", "swapped": "failed_7"}.get(moment, moment)
    killed(__name__, "rollback", site, tmp_path, at, half=half, then=then)
    plan, journal = rollback(site, tmp_path)
    assert NAME in site.names() or {beside(NAME, "failed_7")} <= site.names()
    assert site.state() == upgraded[0 if moment == "swapped" else 1]
    resume(journal, site.host, 1)
    assert site.state() == upgraded[0] and site.names() == {NAME, beside(NAME, "failed_7")}
    assert journal.entry(1).outcome == "done"


def test_undoing_what_was_killed_half_way_leaves_nothing(site, upgraded, tmp_path):
    plan, journal = rollback(site, tmp_path)

    class Broken(Bare):
        def run(self, argv, **more):
            if "ANALYZE" in argv:
                raise EnvironmentFault("the power is out")
            return super().run(argv, **more)

    with pytest.raises(EnvironmentFault, match="the power is out"):
        apply(plan, Broken(), Journal(Broken(), journal.state, journal.backups))
    assert site.names() == {NAME}
    undo(journal, site.host, 1)
    assert site.names() == {NAME} and site.state() == upgraded[1]


def test_a_backup_that_is_not_as_it_was_written_is_never_used(site, upgraded, tmp_path):
    plan, journal = rollback(site, tmp_path)
    dump = tmp_path / "kept" / kept.DATABASE
    whole = dump.read_bytes()
    for damaged in (whole[:-100], whole[:2000] + b"x" + whole[2001:], None):
        dump.unlink() if damaged is None else dump.write_bytes(damaged)
        with pytest.raises(Refused, match="kept/database.dump"):
            apply(plan, site.host, journal)
        assert site.names() == {NAME} and site.state() == upgraded[1]
    (tmp_path / "kept" / kept.SEAL).unlink()
    with pytest.raises(Refused, match="is no complete backup"):
        RestoreDatabase(folder=str(tmp_path / "kept"), rc=site.rc, mark="8", **site.by).do(site.host, {})


def noting(site, folder: Path, change) -> None:
    """Change what a backup notes of itself."""
    facts = json.loads((folder / kept.FACTS).read_text())
    change(facts)
    (folder / kept.FACTS).write_text(json.dumps(facts))
    kept.seal(site.host, str(folder))


def test_what_was_restored_is_used_only_if_it_is_what_it_was(site, upgraded, tmp_path):
    plan, journal = rollback(site, tmp_path)
    noting(site, tmp_path / "kept", lambda facts: facts["content"]["rows"].update({"dc.metastore": "3 14"}))
    with pytest.raises(EnvironmentFault, match="other rows are in dc.metastore"):
        apply(plan, site.host, journal)
    assert site.names() == {NAME} and site.state() == upgraded[1]
    noting(site, tmp_path / "kept", lambda facts: facts["properties"].update(bytes=10**17))
    with pytest.raises(AdminError, match="the restored database takes 100000.0 TB"):
        RestoreDatabase(folder=str(tmp_path / "kept"), rc=site.rc, mark="8", **site.by).do(site.host, {})


def test_two_at_once_do_not_meet(site, upgraded, tmp_path):
    plan, journal = rollback(site, tmp_path)
    with journal.lock("another rollback"), pytest.raises(Refused, match="another rollback"):
        apply(plan, site.host, journal)
    assert site.names() == {NAME}
    swap = SwapDatabase(rc=site.rc, mark="7", **site.by)
    with pytest.raises(Refused, match="there is no database .*restored_7"):
        swap.do(site.host, {})


def test_a_database_that_stays_in_use_is_told_and_nothing_has_happened(site, upgraded, tmp_path, monkeypatch):
    """What a role without all rights cannot throw out."""
    from dachsadmin.system import databases

    monkeypatch.setattr(databases, "_ATTEMPTS", 1)
    common = {"rc": site.rc, "mark": "7"}
    RestoreDatabase(folder=str(tmp_path / "kept"), **common, **site.by).do(site.host, {})
    with site.connect("postgres") as connection:
        connection.execute("ALTER ROLE gavoadmin CREATEDB")
        with site.connect(application_name="pgAdmin"), pytest.raises(AdminError, match="stays connected|terminate"):
            SwapDatabase(user="", **common).do(site.host, {})
        connection.execute("ALTER ROLE gavoadmin NOCREATEDB")
    assert site.names() == {NAME, beside(NAME, "restored_7")} and site.state() == upgraded[1]


@pytest.mark.full
def test_a_database_with_another_encoding_stays_what_it_is(site, tmp_path):
    latin = Server(replace(site.server.profile, database="latin"), **site.by)
    with site.connect("postgres") as connection:
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with site.connect("latin") as connection:
        connection.execute("CREATE SCHEMA dc; CREATE TABLE dc.\"\u00e4\" AS SELECT '\u00f6'::text AS \"\u00fc\"")
    dumps.dump(site.host, latin, str(tmp_path / "database.dump"), "-C")
    noted = {"properties": properties(site.host, latin, "latin"), "content": dumps.content(site.host, latin), "tables": []}
    kept.bring_back(site.host, latin, str(tmp_path), noted, "l\u00e4tin")
    assert site.state("l\u00e4tin") == site.state("latin") and '"\u00fc"' in site.state("latin")[0]
    assert 'dc."\u00e4"' in noted["content"]["rows"]


# -- DaCHS's own tables only


@pytest.fixture
def half(site, before, tmp_path):
    """A site with a system backup that an upgrade has changed since; its state before, and after."""
    shutil.copytree(before[1] / "system", tmp_path / "kept")
    with site.connect() as connection:
        connection.execute(UPGRADED)
    return before[0], site.state()


def put_back(site, tmp_path) -> tuple[Plan, Journal]:
    action = PutBackSystem(folder=str(tmp_path / "kept"), rc=site.rc, mark="7", **site.by)
    return Plan("put back", (Step("system", "put DaCHS's own tables back", action),)), rollback(site, tmp_path)[1]


def test_a_dry_run_of_putting_back_leaves_no_trace(site, half, tmp_path):
    plan, journal = put_back(site, tmp_path)
    assert apply(plan, site.host, journal, dry_run=True).results == ("would put DaCHS's own tables back",)
    assert site.state() == half[1] and not (tmp_path / "state").exists() and not (tmp_path / "backup").exists()


def test_dachs_s_own_tables_and_those_that_were_named_are_what_they_were_and_undoing_takes_that_back(site, half, tmp_path):
    plan, journal = put_back(site, tmp_path)
    with site.connect() as connection:
        connection.execute("CREATE TABLE oa.imported_since AS SELECT 1 AS one")
    with closing(site.connect()) as idle:
        idle.execute("BEGIN; SELECT FROM dc.products")
        apply(plan, site.host, journal)
    with site.connect() as connection:
        connection.execute("DROP TABLE oa.imported_since")
    assert site.state() == half[0]
    assert apply(plan, site.host, journal).results == ("skip  put DaCHS's own tables back",)
    undo(journal, site.host, 1)
    assert site.state() == half[1]
    undo_again = PutBackSystem(folder=str(tmp_path / "kept"), rc=site.rc, mark="7", **site.by)
    undo_again.undo(site.host, {"folder": journal.entry(1).backups + "/system"})
    assert site.state() == half[1]


@pytest.mark.parametrize("moment", ["DROP SCHEMA", *[pytest.param(moment, marks=pytest.mark.full) for moment in (
    "pg_dump", "pg_restore", "ANALYZE")]])
def test_kill_9_while_putting_back_converges(site, half, tmp_path, moment):
    killed(__name__, "put_back", site, tmp_path, moment)
    plan, journal = put_back(site, tmp_path)
    assert site.state() == half[0 if moment == "ANALYZE" else 1]
    resume(journal, site.host, 1)
    assert site.state() == half[0] and journal.entry(1).outcome == "done"


def test_what_others_have_made_of_dachs_s_tables_is_not_lost(site, half, tmp_path):
    plan, journal = put_back(site, tmp_path)
    with site.connect() as connection:
        connection.execute("CREATE VIEW oa.mine AS SELECT * FROM dc.products")
        was = site.state()
        with pytest.raises(EnvironmentFault, match="view oa.mine is made of tables of DaCHS, and would be lost"):
            apply(plan, site.host, journal)
    assert site.state() == was
    with site.connect() as connection:
        connection.execute("DROP VIEW oa.mine")
    resume(journal, site.host, 1)
    assert site.state() == half[0]


def test_a_full_backup_is_asked_for_where_the_whole_database_is_to_be_restored(site, half, tmp_path):
    plan, journal = rollback(site, tmp_path)
    with pytest.raises(Refused, match="a backup of kind system"):
        apply(plan, site.host, journal)
    assert site.names() == {NAME}
