"""The publishing registry of a server: OAI-PMH 2.0 as IVOA's Registry Interfaces 1.1 use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dachsadmin.client import vosi
from dachsadmin.client.vo import NotUnderstood, QueryFailed
from dachsadmin.client.web import Web

_PAGES = 50
"""So many pages of a list are asked for at most; DaCHS puts 500 records on one."""


@dataclass(frozen=True)
class Record:
    """A record of the registry. `resource` is its ri:Resource element, None for a deleted one."""

    identifier: str
    datestamp: str
    deleted: bool
    resource: Any = None

    @property
    def path(self) -> str:
        """What follows the authority: `lamost6/q/ssa`."""
        return self.identifier.removeprefix("ivo://").partition("/")[2]


def ask(web: Web, verb: str, **arguments: str) -> Any:
    """The root of an OAI-PMH answer. Raises NoAnswer, NotUnderstood, or QueryFailed for an OAI error."""
    root = vosi.xml(web.get("/oai.xml", {"verb": verb, **arguments}), f"OAI-PMH {verb}")
    if vosi.local(root) != "OAI-PMH":
        raise NotUnderstood(f"OAI-PMH {verb} answers with a {vosi.local(root)!r} element")
    for error in vosi.find(root, "error"):
        raise QueryFailed(f"OAI-PMH {verb} failed: {error.get('code', '')}: {''.join(error.itertext()).strip()}")
    return root


def identifiers(web: Web) -> tuple[Record, ...]:
    """What ListIdentifiers tells: records without resource. An empty registry has none."""
    return tuple(_of_header(header) for page in _pages(web, "ListIdentifiers") for header in vosi.find(page, "header"))


def records(web: Web) -> tuple[Record, ...]:
    """What ListRecords tells."""
    return tuple(_of_record(record) for page in _pages(web, "ListRecords") for record in vosi.find(page, "record"))


def record(web: Web, identifier: str) -> Record:
    """What GetRecord tells of one identifier."""
    root = ask(web, "GetRecord", metadataPrefix="ivo_vor", identifier=identifier)
    for found in vosi.find(root, "GetRecord/record"):
        return _of_record(found)
    raise NotUnderstood(f"OAI-PMH GetRecord of {identifier} has no record")


def _pages(web: Web, verb: str) -> Iterator[Any]:
    arguments = {"metadataPrefix": "ivo_vor"}
    for _ in range(_PAGES):
        try:
            root = ask(web, verb, **arguments)
        except QueryFailed as error:
            if "noRecordsMatch" in error.message:
                return
            raise
        page = next(vosi.find(root, verb), None)
        if page is None:
            raise NotUnderstood(f"OAI-PMH {verb} has no {verb} element")
        yield page
        token = vosi.text(page, "resumptionToken")
        if not token:
            return
        arguments = {"resumptionToken": token}
    raise NotUnderstood(f"OAI-PMH {verb} has more than {_PAGES} pages")


def _of_header(header: Any) -> Record:
    return Record(vosi.text(header, "identifier"), vosi.text(header, "datestamp"), header.get("status") == "deleted")


def _of_record(element: Any) -> Record:
    header = next(vosi.find(element, "header"), None)
    if header is None:
        raise NotUnderstood("a record of the registry has no header")
    head = _of_header(header)
    return Record(head.identifier, head.datestamp, head.deleted, next(vosi.find(element, "metadata/Resource"), None))
