"""What is checked: the documents in which a service tells of itself and its tables, as they were got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dachsadmin.client import tablestream, vosi
from dachsadmin.client.schemata import Schemata
from dachsadmin.client.vo import NotUnderstood

STANDARD = "ivo://ivoa.net/std/vosi#"
ROOTS = {"availability": "{http://www.ivoa.net/xml/VOSIAvailability/v1.0}availability",
         "capabilities": "{http://www.ivoa.net/xml/VOSICapabilities/v1.0}capabilities",
         "tableset": "{http://www.ivoa.net/xml/VOSITables/v1.0}tableset",
         "table": "{http://www.ivoa.net/xml/VOSITables/v1.0}table"}
"""The root element of each kind of document (VOSI 1.1, 3)."""


@dataclass(frozen=True)
class Document:
    """One document. `kind` is one of ROOTS, `` for a file that is none; `place` is its address or file.

    `name` is how findings call it whatever the address; `fault` why there is nothing in it, and then `status` may still
    tell what the server said (0 for files, and without an answer). `invalid` is what the XML schemata have against it,
    None if there are none. `asked` is the value of detail, or the name of the table, that was asked for.
    """

    kind: str
    place: str
    name: str
    fault: str = ""
    status: int = 0
    media_type: str = ""
    tag: str = ""
    version: str = ""
    invalid: tuple[str, ...] | None = None
    tables: tuple[vosi.Table, ...] = ()
    capabilities: tuple[vosi.Capability, ...] = ()
    available: tuple[str, str] = ("", "")
    asked: str = ""


@dataclass(frozen=True)
class TapSchema:
    """What TAP_SCHEMA has: the names of all tables, and the columns of some by the folded names of their tables.

    `fault` is why there is nothing.
    """

    place: str
    tables: tuple[str, ...] = ()
    columns: Mapping[str, tuple[vosi.Column, ...]] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Publication:
    """All that was got. `bogus` answers a value of detail that there is not, `unknown` a table that there is not.

    `left_out` counts the tables whose own documents were not asked for; `given_up` tells that not all was asked, since
    the server did not answer in time any more.
    """

    place: str
    documents: tuple[Document, ...]
    served: bool = False
    bogus: Document | None = None
    unknown: Document | None = None
    tap_schema: TapSchema | None = None
    left_out: int = 0
    given_up: bool = False

    def understood(self, *kinds: str) -> tuple[Document, ...]:
        """The documents of some kinds that have something in them."""
        return tuple(document for document in self.documents if document.kind in kinds and not document.fault)

    @cached_property
    def full(self) -> Document | None:
        """The tableset with columns; None if there is none, or it has tables only."""
        return next((one for one in self.understood("tableset")
                     if one.asked != "min" and any(table.columns for table in one.tables)), None)

    @cached_property
    def brief(self) -> Document | None:
        """The tableset that was asked for without columns; of saved ones, one that has none."""
        return next((one for one in self.understood("tableset") if one.asked == "min" or not one.asked
                     and not any(table.columns for table in one.tables)), None)

    @cached_property
    def listed(self) -> tuple[vosi.Table, ...]:
        """The tables of the tableset, with columns if they can be had."""
        found = self.full or self.brief
        return found.tables if found else ()

    @property
    def promises_1_1(self) -> bool:
        """Whether the capabilities say that the tables are those of VOSI 1.1."""
        return any(capability.standard.lower() == f"{STANDARD}tables-1.1"
                   for document in self.understood("capabilities") for capability in document.capabilities)


def read(content: bytes, kind: str, place: str, name: str, schemata: Schemata | None, *, status: int = 0,
         media_type: str = "", asked: str = "") -> Document:
    """A document of some kind, `` if that is to be seen from it."""
    try:
        local = tablestream.root_of(content, name)
        found = kind or (local if local in ROOTS else "")
        if local in ("tableset", "table"):
            told = tablestream.read(content, name)
            faults = _tolerated(schemata.faults_of_tables(content), told.tag) if schemata else None
            return Document(found, place, name, "", status, media_type, told.tag, told.version, faults, told.tables, asked=asked)
        root = vosi.parse(content, name)
        return Document(
            found, place, name, "", status, media_type, str(root.tag), invalid=tuple(schemata.faults(root)) if schemata else None,
            capabilities=vosi.capabilities(root) if found == "capabilities" else (),
            available=vosi.availability(root) if root.tag == ROOTS["availability"] else ("", ""), asked=asked)
    except NotUnderstood as error:
        return Document(kind, place, name, error.message, status, media_type, asked=asked)


def _tolerated(faults: Sequence[str], tag: str) -> tuple[str, ...]:
    """The faults without the attribute version of the root, which VOSI 1.1 has in its examples and not in its schema."""
    return tuple(fault for fault in faults
                 if fault != f"Element '{tag}', attribute 'version': The attribute 'version' is not allowed.")
