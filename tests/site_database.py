"""A database with all that gets lost easily, for the tests of backups: odd names, privileges, settings, large objects."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from dachsadmin.system.databases import Server, identifier, properties, server_of
from dachsadmin.system.host import Host

ROOT = Path(__file__).parents[1]
PATTERN = "pattern"
NAME = 'Gä"v\'o =x'
CONTENT = """
CREATE EXTENSION pg_sphere; CREATE EXTENSION q3c;
CREATE FUNCTION public.gavo_half(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT x / 2';
CREATE SCHEMA dc AUTHORIZATION gavoadmin; CREATE SCHEMA tap_schema AUTHORIZATION gavoadmin;
CREATE SCHEMA ivoa AUTHORIZATION gavoadmin; CREATE SCHEMA oa AUTHORIZATION gavoadmin; CREATE SCHEMA "O'dd ""B";
GRANT USAGE ON SCHEMA dc, ivoa, oa TO gavo, untrusted; ALTER DEFAULT PRIVILEGES IN SCHEMA oa GRANT SELECT ON TABLES TO untrusted;
SET ROLE gavoadmin;
CREATE TABLE dc.metastore (key text PRIMARY KEY, value text);
INSERT INTO dc.metastore VALUES ('schemaversion', '33'), ('odd', E'\\\\ tab\\t "quotes" ''q'' line\\nend \u00e4');
CREATE TABLE dc.products (accref text PRIMARY KEY, mime text, id serial);
INSERT INTO dc.products (accref, mime) SELECT 'oa/' || n, 'image/fits' FROM generate_series(1, 50) n;
CREATE TABLE tap_schema.tables (table_name text, nrows bigint); INSERT INTO tap_schema.tables VALUES ('oa.data', 20);
CREATE TABLE oa.data (id int PRIMARY KEY, ra float8, mime text, pos spoint, blob bytea);
INSERT INTO oa.data SELECT n, n / 3.0, 'image/fits', spoint(n / 100.0, 0), '\\xff00' FROM generate_series(1, 20) n;
CREATE INDEX ON oa.data (q3c_ang2ipix(ra, ra)); CREATE INDEX ON oa.data (public.gavo_half(ra));
CREATE TABLE ivoa._obscoresources (tablename text PRIMARY KEY, sqlfragment text);
CREATE VIEW ivoa.obscore AS SELECT id, ra AS s_ra FROM oa.data; GRANT SELECT ON ivoa.obscore, oa.data TO untrusted;
CREATE RULE cleanupproducts AS ON DELETE TO oa.data DO ALSO DELETE FROM dc.products WHERE accref = 'oa/' || OLD.id;
COMMENT ON TABLE oa.data IS 'it''s \\ mine';
RESET ROLE;
CREATE TABLE "O'dd ""B"."T\u00e4ble" AS SELECT 'x' AS "C ol"; CREATE MATERIALIZED VIEW "O'dd ""B".m AS SELECT count(*) FROM oa.data;
CREATE TYPE "O'dd ""B".mood AS ENUM ('a', '\u00df');
SELECT lo_from_bytea(4711, '\\xdeadbeef'); COMMENT ON LARGE OBJECT 4711 IS 'large';
"""
OF_DATABASE = """
REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE {name} TO untrusted;
GRANT CONNECT ON DATABASE {name} TO gavo WITH GRANT OPTION; GRANT ALL ON DATABASE {name} TO gavoadmin;
SET ROLE gavo; GRANT CONNECT ON DATABASE {name} TO "O'dd ""role"; RESET ROLE;
ALTER DATABASE {name} SET statement_timeout TO '30s'; ALTER DATABASE {name} SET default_transaction_read_only TO on;
ALTER DATABASE {name} SET "my.own" TO 'it''s \\ mine';
ALTER ROLE untrusted IN DATABASE {name} SET search_path TO public, "O'dd ""B";
ALTER ROLE "O'dd ""role" IN DATABASE {name} SET extra_float_digits TO 3;
ALTER DATABASE {name} CONNECTION LIMIT 50; COMMENT ON DATABASE {name} IS 'of the centre''s';
"""


class Site:
    """An installation on a throw-away cluster: a gavo.rc of its own, whose database is a copy of PATTERN."""

    def __init__(self, cluster, folder: Path, name: str = NAME) -> None:
        self.cluster, self.folder, self.name = cluster, folder, name
        (folder / "etc").mkdir()
        (folder / "web").mkdir()
        (folder / "etc" / "defaultmeta.txt").write_text("publisher: Me\n")
        self.rc = str(folder / "gavo.rc")
        Path(self.rc).write_text(f"[general]\nrootDir: {folder}\n[db]\nprofilePath: {folder}/etc\n")
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        (folder / "etc" / "feed").write_text(
            f'database = "{quoted}"\nhost = {cluster.home}\nport = 5432\nuser = gavoadmin\npassword = geheim\n')
        self.by = {"user": cluster.user or "", "role": "postgres"}
        self.host = Bare()

    @property
    def server(self) -> Server:
        return server_of(self.rc, **self.by)

    def connect(self, name: str = "", **more):
        return psycopg.connect(host=str(self.cluster.home), port=5432, user="postgres", dbname=name or self.name,
                               autocommit=True, options="-c default_transaction_read_only=off", **more)

    def names(self) -> set[str]:
        """The databases that belong to this one."""
        with self.connect("postgres") as connection:
            return {name for name, in connection.execute("SELECT datname FROM pg_database")} - {
                "postgres", "template0", "template1", PATTERN}

    def state(self, name: str = "") -> tuple[str, dict]:
        """All that there is in a database, and what it is besides; the same for two that are the same."""
        name = name or self.name
        plain = self.server.run(self.host, "pg_dump", database=name).stdout
        lines = [line for line in plain.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))]
        return "\n".join(lines), {key: value for key, value in properties(self.host, self.server, name).items() if key != "bytes"}


class Bare(Host):
    """This machine, but without packages: those of the machine are no business of a test."""

    def which(self, program: str) -> str | None:
        return None if program in ("dpkg-query", "apt-get") else super().which(program)


def make_pattern(cluster) -> None:
    """Make the database that those of sites are copied from, and the role with an odd name."""
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE \"O'dd \"\"role\" LOGIN")
        connection.execute(f"CREATE DATABASE {PATTERN} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
    with psycopg.connect(cluster.dsn, dbname=PATTERN, autocommit=True) as connection:
        connection.execute(CONTENT)


def drop_pattern(cluster) -> None:
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {PATTERN}")
        connection.execute("DROP ROLE \"O'dd \"\"role\"")


@contextmanager
def on(cluster, folder: Path, name: str = NAME) -> Iterator[Site]:
    """A site, for as long as the with statement lasts."""
    site = Site(cluster, folder, name)
    name = identifier(site.name)
    with site.connect("postgres") as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER gavoadmin TEMPLATE {PATTERN}")
        for statement in OF_DATABASE.format(name=name).split(";\n"):
            connection.execute(statement)
    try:
        yield site
    finally:
        with site.connect("postgres") as connection:
            for name in map(identifier, site.names()):
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def killed(module: str, plan: str, site: Site, folder: Path, moment: str, *, half: bool = False, then: bool = False) -> None:
    """Apply a plan in a process that is killed before the first program that changes something with `moment` in its command
    line; a little after its beginning (`half`), or after its end (`then`)."""
    program = f"""
import importlib, os, signal, threading
from pathlib import Path
from dachsadmin.plan import apply
from site_database import Bare, Site
def die():
    os.kill(os.getpid(), signal.SIGKILL)
class Killed(Bare):
    def run(self, argv, **more):
        if {moment!r} in " ".join(argv) and "-At" not in argv and "--list" not in argv:
            if {half}:
                threading.Timer(0.15, die).start()
            if {then}:
                super().run(argv, **more)
            if not {half}:
                die()
        return super().run(argv, **more)
site = object.__new__(Site)
site.rc, site.by, site.host = {site.rc!r}, {site.by!r}, Killed()
plan, journal = importlib.import_module({module!r}).{plan}(site, Path({str(folder)!r}))
apply(plan, site.host, journal)
"""
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "postgres")))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
