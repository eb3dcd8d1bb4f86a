"""How large a backup will be, how long it takes, and which kind of it is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dachsadmin.errors import EnvironmentFault, UsageError
from dachsadmin.system import dumps
from dachsadmin.system.databases import Server
from dachsadmin.system.host import Host

KINDS = ("auto", "full", "system", "hook", "none")
RATE = 10_000_000
"""Bytes of tables, without their indexes, that pg_dump reads and compresses in a second (measured: 12 MB/s with random
values, PostgreSQL 15, one core of a busy machine)."""
MOST_SECONDS = 3600
"""`auto` takes a full backup if it is made in this time ..."""
MOST_OF_DISK = 0.8
"""... and takes no more than this part of the room that is left on the disk."""

_MEASURED = """
SELECT json_build_object('database', pg_database_size(current_database()), 'server',
  current_setting('server_version_num')::int / 10000,
  'may_restore', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'tables', (SELECT coalesce(json_object_agg(n.nspname || '.' || c.relname, pg_table_size(c.oid)), '{}')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'))"""
_LOST = "a rollback loses what is written to the database after the dump: imports (cron's, too), UWS jobs"
_WORDS = {
    "full": ("a rollback restores the whole database, with its privileges and settings",),
    "system": ("a rollback restores DaCHS's own tables (schemas dc, tap_schema, ivoa) and the tables that the upgrade writes",
               "it does not restore other tables, nor functions, operators and extensions: those of public are in the backup, "
               "to be put back by hand"),
    "hook": ("your own command makes it, and a rollback of the database is yours, too",),
    "none": ("there is no way back for the database",)}


@dataclass(frozen=True)
class Sizes:
    """What decides about a backup; all in bytes.

    `database` is with indexes, `tables` are without, by `schema.table`. `server` and `programs` are the major versions of
    the server and of pg_dump. `may_restore` tells whether we may make databases.
    """

    name: str
    database: int
    free: int
    files: int = 0
    tables: Mapping[str, int] = field(default_factory=dict)
    server: int = 0
    programs: int = 0
    is_local: bool = True
    may_restore: bool = True


@dataclass(frozen=True)
class Estimate:
    """A kind of backup with the bytes that it takes at most, and the seconds that it takes, in words for the plan."""

    kind: str
    bytes: int
    seconds: float
    words: tuple[str, ...]


def measure(host: Host, server: Server, folder: str, files: Sequence[str]) -> Sizes:
    """Look at a database, and at what is free where backups go. `files` are files and folders that are kept, too."""
    told = host.run(["du", "-sbcD", "--", *files], check=False).stdout.splitlines()[-1:] if files else []
    return Sizes(server.database, free=host.room(folder), files=int(told[0].split()[0]) if told else 0,
                 programs=dumps.version(host, server), is_local=server.profile.is_local,
                 **server.ask(host, _MEASURED, database=server.database))


def choose(wanted: str, sizes: Sizes, tables: Sequence[str] = (), *, most_seconds: float = MOST_SECONDS,
           most_of_disk: float = MOST_OF_DISK) -> Estimate:
    """The kind of backup to make. `tables` are those that the upgrade writes outside of DaCHS's own schemas.

    Raises UsageError for an unknown kind, EnvironmentFault where none can be made: pg_dump is older than the server, or
    `auto` finds too little room for any.
    """
    if wanted not in KINDS:
        raise UsageError(f"there is no backup {wanted!r}", f"use one of {', '.join(KINDS)}")
    if wanted in ("hook", "none"):
        return Estimate(wanted, sizes.files, 0, _WORDS[wanted])
    if sizes.programs < sizes.server:
        raise EnvironmentFault(f"pg_dump {sizes.programs} cannot dump a database of PostgreSQL {sizes.server}",
                               f"run 'apt-get install postgresql-client-{sizes.server}'")
    full, system = _estimate("full", sizes, sizes.tables.values()), _estimate("system", sizes, [
        each for name, each in sizes.tables.items() if name in tables or name.split(".")[0] in (*dumps.SYSTEM, "public")])
    if wanted != "auto":
        return full if wanted == "full" else system
    if full.bytes <= sizes.free * most_of_disk and full.seconds <= most_seconds:
        return full
    if system.bytes <= sizes.free * most_of_disk:
        return replace(system, words=(f"not all of the database, which would take up to {size(full.bytes)} and "
                                      f"{duration(full.seconds)} ({size(sizes.free)} are free)", *system.words))
    raise EnvironmentFault(f"a backup of DaCHS's own tables takes up to {size(system.bytes)}, and {size(sizes.free)} are free",
                           "set paths.backup in /etc/dachsadmin/dachsadmin.yaml to a directory with more room")


def _estimate(kind: str, sizes: Sizes, tables: Iterable[int]) -> Estimate:
    dumped = sum(tables)
    needed, seconds = dumped + sizes.files, dumped / RATE
    words = [f"up to {size(needed)} in {duration(seconds)}, reckoned with {size(RATE)} of tables in a second", *_WORDS[kind], _LOST]
    if needed > sizes.free:
        words.append(f"{size(sizes.free)} are free: it may not fit, although dumps are mostly smaller than the tables")
    if not sizes.is_local:
        words.append("the server is another machine, and the network may make it slower")
    if not sizes.may_restore:
        words.append("we may make no databases on this server: it can be restored by its administrator only")
    return Estimate(kind, needed, seconds, tuple(words))


def size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000:
            return f"{count:.0f} {unit}" if count >= 10 else f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} TB"


def duration(seconds: float) -> str:
    """A time that is not known exactly."""
    if seconds < 90:
        return f"about {max(seconds, 1):.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
