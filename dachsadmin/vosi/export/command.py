"""All that `dachsadmin vosi export` does, apart from the terminal."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dachsadmin.check.terminal import Terminal
from dachsadmin.client.schemata import Schemata
from dachsadmin.errors import ExitCode, TargetError
from dachsadmin.report.wording import counted
from dachsadmin.system import servedtables
from dachsadmin.system.generations import Generations
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import configured
from dachsadmin.vosi.export import assembly, capabilities, manifest, rules
from dachsadmin.vosi.export.content import Content, Contents, Source
from dachsadmin.vosi.export.manifest import Manifest
from dachsadmin.vosi.status.stock import Installation

_CONTENTS = "contents.json"
_SETS = ("max.xml", "min.xml")
_CAPABILITIES = "capabilities.xml"


@dataclass(frozen=True)
class Export:
    """A complete set of files: documents, what else is beside them, and what is said of them all."""

    documents: dict[str, bytes]
    private: dict[str, bytes]
    manifest: Manifest


def run(folder: Path, of: Installation, terminal: Terminal, *, dry_run: bool, reload: str = "") -> ExitCode:
    """Bring the export in a folder up to date, and return the exit status. `reload` is a service that has nginx's maps."""
    generations = Generations(folder)
    with _alone(folder, of.host, dry_run=dry_run):
        before = manifest.read(generations.read(manifest.NAME))
        contents, tables, problem = _contents(of, generations, before, terminal, dry_run=dry_run)
        made = _made(of, generations, before, contents, tables, terminal)
        same = {path for path, kept in made.manifest.documents.items() if before.documents.get(path) == kept}
        gone = len(set(before.documents) - set(made.documents))
        current = generations.complete(made.manifest.documents) and not gone and all(
            generations.read(path) == content for path, content in made.private.items())
        if current and not dry_run:
            generations.sweep()
        elif not dry_run:
            generations.replace(made.documents, made.manifest.documents, made.private)
        verb = "would be " if dry_run else ""
        terminal.note(f"{counted(len(tables), 'table')}: {counted(len(made.documents) - len(same), 'document')} {verb}written, "
                      f"{len(same)} unchanged, {gone} {verb}removed")
        if reload and not dry_run:
            _reload(reload, folder, made.private[rules.MAPS], of.host)
    if problem:
        terminal.note(problem)
    faults = list(_told(made.manifest))
    for line in faults:
        terminal.payload(line)
    return ExitCode.FINDINGS if faults else ExitCode.OK


@contextlib.contextmanager
def _alone(folder: Path, host: Host, *, dry_run: bool) -> Iterator[None]:
    if dry_run:
        yield
        return
    host.make_folder(str(folder))
    with host.lock(f"dachsadmin vosi export {folder}", str(folder / ".lock")):
        yield


def _contents(of: Installation, generations: Generations, before: Manifest, terminal: Terminal, *,
              dry_run: bool) -> tuple[Contents, list[servedtables.Served], str]:
    """What DaCHS tells of the tables. Documents that are older than that are withdrawn before it is asked."""
    database = configured(of.config)
    try:
        tables = servedtables.served(database)
        if not tables:
            raise TargetError("TAP_SCHEMA lists no tables, and nothing is exported", "run 'dachs imp //tap'")
        source = Source(of, database, tables)
        contents = source.known()
        names = {one["name"] for told in contents.told.values() for one in told["tables"].values()}
        waiting = set(contents.waiting)
        stale = before.paths_of(waiting, names | {name for name, (_, rd) in before.tables.items() if rd in contents.faults})
        if not dry_run and (stale or waiting):
            generations.withdraw([*stale, *_SETS])
        source.ask(contents, terminal.progress)
    finally:
        database.close()
    return contents, tables, source.cache.problem


def _made(of: Installation, generations: Generations, before: Manifest, contents: Contents,
          served: list[servedtables.Served], terminal: Terminal) -> Export:
    """All files as they should be. RDs that do not load keep what they told last."""
    last: dict[str, Content] = json.loads(generations.read(_CONTENTS) or b"{}") if contents.faults else {}
    told = {**{rd: last[rd] for rd in contents.faults if rd in last}, **contents.told}
    tables = assembly.listed(served, told)
    if not tables:
        raise TargetError(f"no RD of {counted(len(contents.faults), 'RD')} loads, and nothing is exported",
                          "run 'dachsadmin vosi status'")
    documents, paths = assembly.documents(tables, told)
    tap = capabilities.ask(of.config)
    if tap.document:
        documents[_CAPABILITIES] = tap.document
    else:
        terminal.note(f"capabilities are left to DaCHS: {tap.why}")
    kept = generations.kept(documents, before.documents, int(of.host.clock().timestamp()))
    changed = {path: content for path, content in documents.items() if before.documents.get(path) != kept[path]}
    invalid = {path: faults for path, faults in before.invalid.items() if path in documents and path not in changed}
    if changed:
        schemata = Schemata(Path(of.dachs.folder) / "resources" / "schemata")
        invalid |= assembly.faults(changed, schemata.faults)
    lost = {one.name: one.rd for one in served if one.table in told.get(one.rd, {"lost": [one.table]})["lost"]
            and one.rd not in contents.faults}
    said = Manifest(kept, {table.name: (paths[table.name], table.rd) for table in tables}, contents.faults, lost, invalid)
    return Export(documents, {
        _CONTENTS: json.dumps(told, sort_keys=True).encode(), manifest.NAME: manifest.written(said),
        rules.MAPS: rules.nginx_maps(generations.folder, paths, detail=_detail(of), challenge=tap.challenge).encode(),
        rules.TABLES: rules.apache_tables(paths, detail=_detail(of)).encode()}, said)


def _detail(of: Installation) -> str:
    return of.config.get("ivoa", "VOSITableDetail")


def _reload(service: str, folder: Path, maps: bytes, host: Host) -> None:
    """Have nginx read its maps, unless it has read these."""
    known = str(folder / "reloaded.conf")
    if not host.exists(known) or host.read(known) != maps:
        host.run(["systemctl", "reload", service], timeout=60)
        host.write_atomic(known, maps)


def _told(made: Manifest) -> Iterator[str]:
    """What the operator should mend."""
    for rd, why in made.rds.items():
        number = sum(of == rd for _, of in made.tables.values())
        yield f"{rd} does not load, {counted(number, 'table')} kept as it was last: {why}"
    for name, rd in made.lost.items():
        yield f"{name} is in TAP_SCHEMA, but {f'{rd} has no such table' if rd else 'dc.tablemeta names no RD for it'}"
    for path, faults in made.invalid.items():
        yield f"{path} is exported as DaCHS has it, but is not valid: {faults[0]}"
