"""A backup on the disk: a folder with dumps, files and packages, sealed by checksums when it is complete."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from dachsadmin.errors import AdminError, EnvironmentFault, Refused, TargetError
from dachsadmin.system import databases, dumps, keptdebs, postgres
from dachsadmin.system.command import CommandFailed
from dachsadmin.system.databases import Server
from dachsadmin.system.host import Host
from dachsadmin.upgrade.estimate import size

SEAL = "SHA256SUMS"
FACTS = "backup.json"
DATABASE, TABLES, PUBLIC, ROWS = "database.dump", "system.dump", "public.dump", "rows.dump"
ROLES = "roles.sql"
FILES = "files.tar.gz"
DEBS = "debs"
HOOK = "hook"
_FORMAT = 1


def dumps_of(kind: str, tables: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The dumps that a kind of backup has, with the options of pg_dump."""
    rows = {ROWS: dumps.of_tables(tables)} if tables else {}
    system: dict[str, tuple[str, ...]] = {TABLES: dumps.of_schemas(dumps.SYSTEM), PUBLIC: dumps.of_schemas(["public"]), **rows}
    return system if kind == "system" else {DATABASE: ("-C",)} if kind == "full" else {}


def keep_database(host: Host, server: Server, folder: str, kind: str, tables: Sequence[str] = ()) -> None:
    """Write the dumps, all of one moment, and after them what they do not say."""
    if host.exists(os.path.join(folder, FACTS)):
        return
    noted: dict[str, Any] = {"format": _FORMAT, "kind": kind, "tables": list(tables),
                             "made": host.clock().isoformat(timespec="seconds")}
    if wanted := dumps_of(kind, tables):
        noted["properties"] = databases.properties(host, server, server.database)
        with postgres.snapshot(server.profile) as moment:
            noted["content"] = dumps.content(host, server, tables, snapshot=moment)
            for name, options in wanted.items():
                dumps.dump(host, server, os.path.join(folder, name), f"--snapshot={moment}", *options)
                dumps.demand_readable(host, os.path.join(folder, name))
    host.write_atomic(os.path.join(folder, FACTS), json.dumps(noted, indent=1), mode=0o600)


def keep_files(host: Host, folder: str, paths: Sequence[str]) -> None:
    """Write an archive of files and folders (those of them that are there), as they are on the disk."""
    file = os.path.join(folder, FILES)
    if host.exists(file):
        return
    real = sorted({os.path.realpath(path) for path in paths if host.exists(path)})
    with host.writing(file, mode=0o600) as stream:
        done = host.run(["tar", "-cz", "--acls", "--xattrs", "--numeric-owner", "-C", "/", "--",
                         *[path.lstrip("/") for path in real]], sink=stream.write, check=False)
        if done.returncode > 1:  # 1: a file has changed meanwhile, as files of a running server do
            raise CommandFailed(done, "tar -cz")


def seal(host: Host, folder: str) -> None:
    """Write the checksums of all files, last of all: what has none is no backup. What a hook keeps is its own business."""
    names = [os.path.relpath(path, folder) for path in host.files(folder)]
    sums = [f"{host.sha256(os.path.join(folder, name))}  {name}\n" for name in names
            if name != SEAL and not name.startswith((f"{HOOK}/", "."))]
    host.write_atomic(os.path.join(folder, SEAL), "".join(sums), mode=0o600)


def is_sealed(host: Host, folder: str) -> bool:
    return host.exists(os.path.join(folder, SEAL))


def opened(host: Host, folder: str) -> dict[str, Any]:
    """What is known of a complete backup, when all of its files are as they were written. Raises Refused, naming the file."""
    if not is_sealed(host, folder):
        raise Refused(f"{folder} is no complete backup: it has no {SEAL}", f"run 'ls -l {folder}'")
    lines = [line.partition("  ") for line in host.text(os.path.join(folder, SEAL)).splitlines()]
    sums = {name: digest for digest, _, name in lines}
    for name, digest in sums.items():
        path = os.path.join(folder, name)
        try:
            right = host.sha256(path) == digest
        except TargetError as error:
            raise Refused(f"a file of the backup is missing: {error.message}", "use another backup") from None
        if not right:
            raise Refused(f"{path} is not as it was written: its checksum is wrong", "use another backup")
    found = facts(host, folder)
    for name in (FACTS, *dumps_of(found["kind"], found["tables"])):
        if name not in sums:
            raise Refused(f"{folder}/{name} has no checksum in {SEAL}", "use another backup")
    return found


def facts(host: Host, folder: str) -> dict[str, Any]:
    """What the dumps of a backup do not say. Raises Refused if that cannot be read."""
    path = os.path.join(folder, FACTS)
    try:
        found: dict[str, Any] = json.loads(host.read(path))
        if found["format"] == _FORMAT:
            return found
    except (ValueError, TypeError, KeyError):
        raise Refused(f"{path} is damaged", "use another backup") from None
    raise Refused(f"{folder} was made by another version of dachsadmin (format {found['format']})", "use that version")


def remove(host: Host, folder: str) -> None:
    """Remove a backup, but for what a hook has kept."""
    for path in host.files(folder):
        if not os.path.relpath(path, folder).startswith(f"{HOOK}/"):
            host.remove(path)
    for name in (f"{DEBS}/.new", DEBS, HOOK, ""):
        host.remove_folder(os.path.join(folder, name))


def bring_back(host: Host, server: Server, folder: str, of: Mapping[str, Any], name: str) -> None:
    """Make a database of a full backup under another name; it is gone again if that fails."""
    databases.drop(host, server, name)
    _demand_room(host, server, of["properties"])
    try:
        databases.create_like(host, server, of["properties"], name)
        dumps.restore(host, server, os.path.join(folder, DATABASE), name)
        databases.put_on(host, server, of["properties"], name)
        if other := dumps.difference(of["content"], dumps.content(host, server, of["tables"], database=name)):
            raise _other(folder, other)
    except AdminError:
        with suppress(AdminError):
            databases.drop(host, server, name)
        raise


def put_back(host: Host, server: Server, folder: str, of: Mapping[str, Any]) -> None:
    """Make DaCHS's own tables, and the rows of those that were kept besides, what they were: all of it, or nothing."""
    kept = [os.path.join(folder, name) for name in (TABLES, ROWS) if host.exists(os.path.join(folder, name))]
    script = os.path.join(folder, ".script.sql")
    try:
        dumps.replace_system(host, server, kept, of["tables"], script)
    finally:
        host.remove(script)
    found = dumps.content(host, server, of["tables"])
    if not is_same(of["content"], found):
        raise _other(folder, dumps.difference(of["content"], found))


def is_same(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether DaCHS's own tables, and the rows of those that were kept besides, are what they were."""
    own = [[relation for relation in content["relations"] if relation[0] in dumps.SYSTEM] for content in (wanted, found)]
    return own[0] == own[1] and bool(wanted["rows"] == found["rows"])


def _other(folder: str, how: str) -> EnvironmentFault:
    return EnvironmentFault(f"what was restored from {folder} is not what it was: {how}", "use another backup")


def _demand_room(host: Host, server: Server, properties: Mapping[str, Any]) -> None:
    """A disk that fills up stops the whole server. Where we cannot look, PostgreSQL has to tell."""
    if not server.user or properties["tablespace"] != "pg_default":
        return
    place = server.ask(host, "SELECT to_json(current_setting('data_directory'))")
    free = host.room(place)
    if free < properties["bytes"]:
        raise Refused(f"the restored database takes {size(properties['bytes'])} besides the one that is there, and {place} has "
                      f"room for {size(free)}", f"make room there; 'df -h {place}' shows it")
