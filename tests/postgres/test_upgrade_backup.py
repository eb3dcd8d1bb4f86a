"""Backups of a real database: complete or not there at all, private, sound, and never half."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from site_database import NAME, ROOT, Bare, killed

from dachsadmin.errors import EnvironmentFault, Refused
from dachsadmin.journal import Journal
from dachsadmin.plan import Plan, Step, apply, describe, resume, undo
from dachsadmin.system import dumps
from dachsadmin.system.command import CommandFailed
from dachsadmin.upgrade import kept
from dachsadmin.upgrade.backup import BackUp
from dachsadmin.upgrade.estimate import choose, measure


def backup(site, tmp_path, kind: str = "full", **more) -> tuple[Plan, Journal]:
    action = BackUp(str(tmp_path / "kept"), kind, site.rc, **{**site.by, **more})
    return (Plan("back up", (Step("backup", "keep the database", action),)),
            Journal(site.host, str(tmp_path / "state"), str(tmp_path / "backup")))


def writers(folder: Path) -> list[str]:
    """The programs that have a file open below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(file).startswith(str(folder)) for file in (process / "fd").iterdir()):
                found.append((process / "comm").read_text())
        except OSError:
            continue
    return found


def test_a_dry_run_shows_what_it_does_and_leaves_no_trace(site, tmp_path):
    plan, journal = backup(site, tmp_path)
    assert apply(plan, site.host, journal, dry_run=True).results == ("would keep the database",)
    assert f"pg_dump -Fc -C '{NAME[:3]}" in describe(plan, site.host).replace("'\"'\"'", "'") and not (tmp_path / "kept").exists()
    assert not (tmp_path / "state").exists()


def test_a_full_backup_is_made_once_is_private_and_stays(site, tmp_path):
    plan, journal = backup(site, tmp_path)
    state = site.state()
    (site.folder / "etc" / "link").symlink_to("/etc/passwd")
    apply(plan, site.host, journal)
    folder = tmp_path / "kept"
    names = {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert names == {"database.dump": 0o600, "backup.json": 0o600, "roles.sql": 0o600, "files.tar.gz": 0o600, "debs": 0o700,
                     "SHA256SUMS": 0o600} and folder.stat().st_mode & 0o777 == 0o700
    assert subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True).returncode == 0
    assert 'CREATE ROLE "O\'dd ""role"' in (folder / "roles.sql").read_text()
    with tarfile.open(folder / "files.tar.gz") as archive:
        packed = [name for name in archive.getnames() if name.startswith(str(site.folder)[1:])]
    assert {Path(name).name for name in packed} == {"gavo.rc", "etc", "feed", "defaultmeta.txt", "link", "web"}
    facts = json.loads((folder / "backup.json").read_text())
    assert facts["content"]["rows"]["dc.products"].startswith("50 ") and ["ivoa", "obscore", "v"] in facts["content"]["relations"]
    assert facts["properties"]["comment"] == "of the centre's" and "geheim" not in "".join(journal.entry(1).command_lines)
    assert apply(plan, site.host, journal).results == ("skip  keep the database",) and len(journal.entries()) == 1
    undo(journal, site.host, 1)
    assert kept.opened(site.host, str(folder)) == facts and site.state() == state


def test_a_system_backup_has_what_dachs_itself_needs_and_the_rows_that_are_named_of_one_moment(site, tmp_path):
    plan, journal = backup(site, tmp_path, "system", tables=("oa.data", "O'dd \"B.T\u00e4ble"))

    class Meddled(Bare):
        """Somebody writes while it is made."""

        def run(self, argv, **more):
            if "-Fc" in argv:
                with site.connect() as connection:
                    connection.execute("INSERT INTO oa.data (id) SELECT max(id) + 1 FROM oa.data; DELETE FROM dc.metastore")
            return super().run(argv, **more)

    apply(plan, Meddled(), journal)
    folder = tmp_path / "kept"
    facts = kept.opened(site.host, str(folder))
    assert facts["content"]["rows"]["oa.data"].startswith("20 ") and facts["content"]["rows"]["dc.metastore"].startswith("2 ")
    listed = {name: subprocess.run(["pg_restore", "-f", "-", str(folder / name)], capture_output=True, text=True).stdout
              for name in (kept.TABLES, kept.PUBLIC, kept.ROWS)}
    assert "COPY dc.products" in listed[kept.TABLES] and "oa.data (" not in listed[kept.TABLES] and "36" not in listed
    assert "FUNCTION public.gavo_half" in listed[kept.PUBLIC]
    assert 'COPY "O\'dd ""B"."T\u00e4ble" ("C ol")' in listed[kept.ROWS] and "schemaversion" in listed[kept.TABLES]
    with pytest.raises(CommandFailed, match="no matching tables .*oa.*gone"):
        BackUp(str(tmp_path / "other"), "system", site.rc, ("oa.gone",), **site.by).do(site.host, {})


@pytest.mark.parametrize("moment, half", [("pg_dump -Fc", True), *[pytest.param(*each, marks=pytest.mark.full) for each in (
    ("pg_dump -Fc", False), ("pg_dumpall", False), ("tar", False))]])
def test_kill_9_at_any_moment_leaves_no_half_dump_and_resuming_ends_it(site, tmp_path, moment, half):
    with site.connect() as connection:
        connection.execute("CREATE TABLE oa.large AS SELECT md5(n::text) AS a, random() AS b FROM generate_series(1, 200000) n")
    killed(__name__, "backup", site, tmp_path, moment, half=half)
    folder = tmp_path / "kept"
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} <= {
        "debs", *(["database.dump", "backup.json"] if moment != "pg_dump -Fc" else []), *(["roles.sql"] if moment == "tar" else [])}
    time.sleep(1)
    assert writers(folder) == []
    with pytest.raises(Refused, match="no complete backup"):
        kept.opened(site.host, str(folder))
    plan, journal = backup(site, tmp_path)
    resume(journal, site.host, 1)
    assert kept.opened(site.host, str(folder))["kind"] == "full" and not list(folder.glob(".*"))


def test_undoing_what_is_not_complete_removes_it(site, tmp_path):
    plan, journal = backup(site, tmp_path, "hook", hook=("false",))
    with pytest.raises(CommandFailed, match="'false' failed with exit status 1"):
        apply(plan, site.host, journal)
    assert not kept.is_sealed(site.host, str(tmp_path / "kept"))
    undo(journal, site.host, 1)
    assert not (tmp_path / "kept").exists()


def test_a_hook_keeps_what_it_wants_in_its_folder(site, tmp_path):
    plan, journal = backup(site, tmp_path, "hook", hook=("sh", "-c", "echo snapshot > \"$DACHSADMIN_BACKUP/it\""))
    apply(plan, site.host, journal)
    assert (tmp_path / "kept" / "hook" / "it").read_text() == "snapshot\n"
    assert kept.opened(site.host, str(tmp_path / "kept"))["kind"] == "hook"


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk needs root")
def test_a_full_disk_is_told_and_nothing_half_stays(site, tmp_path):
    with site.connect() as connection:
        connection.execute("CREATE TABLE oa.large AS SELECT md5(n::text) AS a, random() AS b FROM generate_series(1, 60000) n")
    (tmp_path / "small").mkdir()
    program = f"""
import sys
from dachsadmin.errors import AdminError
from dachsadmin.upgrade.backup import BackUp
from site_database import Bare
try:
    BackUp({str(tmp_path / "small" / "kept")!r}, "full", {site.rc!r}, **{site.by!r}).do(Bare(), {{}})
except AdminError as error:
    print(error.message, error.hint, int(error.exit_code))
"""
    script = f"mount -t tmpfs -o size=600k tmpfs {tmp_path}/small; \"$@\"; cd {tmp_path}/small; ls -A kept; du -k . | tail -1"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-c", program], capture_output=True,
                          text=True, env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"})
    told, *names, used = done.stdout.splitlines()
    assert told.startswith("the disk is full: ") and "database.dump cannot be written" in told and told.endswith("' 4"), done
    assert names == ["debs"] and used.split()[0] == "0"


def test_a_dump_that_cannot_be_restored_is_found_by_trying_it(site, tmp_path):
    """The classic: an index on a function that relies on a search_path, which pg_restore empties."""
    plan, journal = backup(site, tmp_path, try_it=True)
    with site.connect() as connection:
        connection.execute("CREATE FUNCTION public.lax(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT gavo_half(x)';"
                           " CREATE INDEX lax ON oa.data (public.lax(ra))")
    with pytest.raises(EnvironmentFault, match="pg_restore: error.*gavo_half.*does not exist"):
        apply(plan, site.host, journal)
    assert site.names() == {NAME} and not kept.is_sealed(site.host, str(tmp_path / "kept"))
    undo(journal, site.host, 1)
    with site.connect() as connection:
        connection.execute("DROP INDEX oa.lax")
    apply(plan, site.host, journal)
    assert site.names() == {NAME} and kept.opened(site.host, str(tmp_path / "kept"))


def test_a_table_that_is_locked_is_not_waited_for_without_end(site, tmp_path, monkeypatch):
    monkeypatch.setattr(dumps, "_LOCK_WAIT", 300)
    with closing(site.connect()) as importing:
        importing.execute("BEGIN; LOCK TABLE oa.data")
        with pytest.raises(EnvironmentFault, match="pg_dump"):
            BackUp(str(tmp_path / "kept"), "full", site.rc, **site.by).do(site.host, {})
    assert not (tmp_path / "kept" / kept.DATABASE).exists()


def test_two_at_once_do_not_meet(site, tmp_path):
    plan, journal = backup(site, tmp_path)
    with journal.lock("another upgrade"), pytest.raises(Refused, match="another upgrade"):
        apply(plan, site.host, journal)
    assert not (tmp_path / "kept").exists()


def test_a_server_that_goes_away_is_told_and_the_backup_ends_when_it_is_back(site, tmp_path):
    plan, journal = backup(site, tmp_path)

    class Cut(Bare):
        def run(self, argv, **more):
            if "-Fc" in argv:
                argv = tuple("nowhere" if word == str(site.cluster.home) else word for word in argv)
            return super().run(argv, **more)

    with pytest.raises(EnvironmentFault, match="pg_dump .* failed"):
        apply(plan, Cut(), journal)
    assert not (tmp_path / "kept" / kept.DATABASE).exists()
    resume(journal, site.host, 1)
    assert kept.opened(site.host, str(tmp_path / "kept"))


@pytest.mark.skipif(os.geteuid() != 0, reason="being another user needs root")
def test_only_the_administrator_s_own_user_of_the_machine_connects_as_administrator(site, tmp_path):
    """As Debian sets PostgreSQL up: nobody else is let in as postgres."""
    rules = site.cluster.home / "pgdata" / "pg_hba.conf"
    trusting, names = rules.read_text(), rules.with_name("pg_ident.conf")
    with closing(site.connect()) as connection:
        try:
            rules.write_text(f"local all postgres peer map=administrators\n{trusting}")
            names.write_text(f"administrators {site.by['user']} postgres\n")
            connection.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")
            with pytest.raises(psycopg.OperationalError, match="(?i)peer authentication failed"):
                site.connect()
            BackUp(str(tmp_path / "kept"), "full", site.rc, try_it=True, **site.by).do(site.host, {})
        finally:
            rules.write_text(trusting)
            connection.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")
    assert kept.opened(site.host, str(tmp_path / "kept"))


def test_without_an_administrator_what_dachs_may_read_is_kept(site, tmp_path):
    with site.connect() as connection:
        connection.execute("DROP SCHEMA \"O'dd \"\"B\" CASCADE; SELECT lo_unlink(4711)")
    BackUp(str(tmp_path / "kept"), "full", site.rc, user="").do(site.host, {})
    roles = (tmp_path / "kept" / kept.ROLES).read_text()
    assert "CREATE ROLE gavoadmin" in roles and "PASSWORD" not in roles
    assert kept.opened(site.host, str(tmp_path / "kept"))["content"]["rows"]["dc.products"].startswith("50 ")
    assert not measure(site.host, BackUp("", "full", site.rc, user="").server, str(tmp_path), ()).may_restore


def test_what_decides_about_the_kind_is_measured(site, tmp_path):
    server = BackUp("", "full", site.rc, **site.by).server
    sizes = measure(site.host, server, str(tmp_path / "not" / "yet"), (str(site.folder),))
    assert sizes.tables["oa.data"] == 16384 and sizes.server == sizes.programs >= 13 and sizes.is_local and sizes.may_restore
    assert sizes.free == shutil.disk_usage(tmp_path).free or abs(sizes.free - shutil.disk_usage(tmp_path).free) < 10**9
    assert sizes.database > sum(sizes.tables.values()) > 0 and sizes.files > 100
    assert choose("auto", sizes).kind == "full"
