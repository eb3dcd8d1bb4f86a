"""What is known of an installation that is to be upgraded; each thing that is not at hand says what it is, and why."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from dachsadmin.errors import AdminError
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.language import load
from dachsadmin.rd.references import Reference, canonical, look_up
from dachsadmin.system import debian, gavorc
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase, configured
from dachsadmin.val import static, targets
from dachsadmin.val.database_facts import is_on_disk
from dachsadmin.val.site import Site

_MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Absent:
    """Something that is not at hand: what it is (`the database`), and why it is not."""

    what: str
    why: str


@dataclass(frozen=True)
class Tree:
    """The RDs of a service tree that can be read, and the ids of those that cannot."""

    site: Site
    documents: tuple[Document, ...] = ()
    unread: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Document]:
        return {canonical(rd.rd_id): rd for rd in self.documents}

    def to_name(self, rd_id: str) -> tuple[str, ...]:
        """The data items of an RD that have to be named to `dachs imp -I`; () if it takes the RD as a whole.

        It fails where any data item makes a table in memory (DaCHS 2.7 and 2.13, measured).
        """
        rd = self.by_id.get(rd_id)
        if rd is None:
            return ()
        made = [(data.get("id") or "", self._is_on_disk(make)) for data in all_nodes(rd, self.site, "data")
                if (data.get("auto") or "True").strip().lower() != "false"
                for make in children(data, self.site) if make.tag == "make"]
        if all(on_disk for _, on_disk in made):
            return ()
        return tuple(dict.fromkeys(name for name, on_disk in made if name and on_disk))

    def _is_on_disk(self, make: Node) -> bool:
        table = next((child for child in children(make, self.site) if child.tag == "table" and child.element.attrib), None)
        if table is None:
            table = look_up(Reference(make, "table", make.get("table") or "", frozenset()), make.rd, self.site).node
        return table is None or is_on_disk(table)


@dataclass(frozen=True)
class Folders:
    """The places where DaCHS keeps files: inputs, config, web, state, cache and `dachs` around them; `root` is the machine's own.

    `others` is told of places that are not known.
    """

    places: Mapping[str, Path]
    others: Absent = Absent("DaCHS's folders", "they are not known")

    def find(self, place: str, pattern: str) -> Iterator[Path]:
        """The files below a place whose paths match a shell pattern (`**` for any folders)."""
        for path in sorted(glob.iglob(str(self.places[place] / pattern), recursive=True)):
            if os.path.isfile(path):
                yield Path(path)

    def text(self, path: Path) -> str:
        """The beginning of a file. Raises OSError."""
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES).decode("utf-8", "replace")

    def shown(self, place: str, path: Path) -> str:
        """A path as it is told: relative in the service tree, as RDs are."""
        return str(path.relative_to(self.places[place])) if place == "inputs" else str(path)


@dataclass(frozen=True)
class Facts:
    """All that detectors are told. `schema` is the version of the database's schema, `schema_of` who says so."""

    tree: Tree | Absent
    database: LiveDatabase | Absent
    config: GavoRc | Absent
    packages: Mapping[str, str] | Absent
    folders: Folders
    schema: int
    schema_of: str


def nothing(schema: int, schema_of: str, why: str = "this is a plan without an installation") -> Facts:
    """What is known where there is no DaCHS."""
    return Facts(Absent("the service tree", f"{why}; name one with --inputs"), Absent("the database", why), Absent("gavo.rc", why),
                 Absent("dpkg", why), Folders({}, Absent("the machine's files", why)), schema, schema_of)


def gather(host: Host, installed: Dachs | None, inputs: str, target: str, schema: int, schema_of: str) -> Facts:
    """The facts of this machine; with `inputs`, only those of that service tree, which may be anybody's.

    `target` is the version that RDs are going to be read by; `schema` holds where the database cannot say.
    """
    if inputs:
        tree = _tree(Path(inputs), inputs, target, GavoRc(), None)
        known = nothing(schema, schema_of, "with --inputs, only that service tree is looked at")
        return replace(known, tree=tree, folders=replace(known.folders, places={"inputs": Path(tree.site.inputs)}))
    config = gavorc.read()
    packages = debian.installed(host, ["*"])
    if installed is None and not config.files and not any(name.startswith("gavodachs") for name in packages):
        return nothing(schema, schema_of, "there is no DaCHS here")
    database, found = _database(config)
    return Facts(_of_machine(config, target, database), database, config, packages or Absent("dpkg", "it is not there"),
                 _folders(host, config), found or schema, f"the database {database}" if found else schema_of)


def asked_by(kinds: Collection[str], host: Host, config: GavoRc, release: str) -> Facts:
    """What detectors of these kinds ask this machine for; `release` is the DaCHS that is installed."""
    database, found = _database(config)
    left = Absent("this", "it was not looked at")
    return Facts(_of_machine(config, release, database) if {"rd", "rule"} & set(kinds) else left, database, config,
                 debian.installed(host, ["*"]) if "package" in kinds else left, _folders(host, config), found,
                 f"the database {database}")


def _database(config: GavoRc) -> tuple[LiveDatabase | Absent, int]:
    """The database with the version of its schema."""
    try:
        database = configured(config, "feed")
        return database, int(database.scalar("SELECT value FROM dc.metastore WHERE key = 'schemaversion'"))
    except (TypeError, ValueError):
        return Absent("the database", "it has no schema version"), 0
    except AdminError as error:
        return Absent("the database", error.message), 0


def _of_machine(config: GavoRc, target: str, database: LiveDatabase | Absent) -> Tree | Absent:
    if not config.inputs.is_dir():
        return Absent("the service tree", f"there is no {config.inputs}; name yours with --inputs")
    return _tree(config.inputs, None, target, config, None if isinstance(database, Absent) else database)


def _folders(host: Host, config: GavoRc) -> Folders:
    return Folders({"inputs": config.inputs, "config": config.path("configDir"), "web": config.path("webDir"),
                    "state": config.path("stateDir"), "cache": config.path("cacheDir"),
                    "dachs": config.path("rootDir"), "root": Path(host.real("/"))})


def _tree(inputs: Path, named: str | None, target: str, config: GavoRc, database: LiveDatabase | None) -> Tree:
    """The tree below `inputs`, which may be empty unless somebody `named` it."""
    try:
        found = targets.find(["ALL_RECURSE"], tree=named, inputs=inputs, builtin=(), published=list)
    except AdminError:
        if named:
            raise
        return Tree(Site(str(inputs), load(target), config=config, database=database))
    site = Site(found.layout, load(target), config=config, database=database)
    read = [static.read(each, site) for each in found.rds]
    good = tuple(rd for rd in read if rd.root is not None)
    return Tree(site, good, tuple(rd.rd_id for rd in read if rd.root is None))
