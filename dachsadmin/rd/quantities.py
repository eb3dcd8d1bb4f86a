"""The columns, params and their kin of an RD: what says which unit and UCD a value has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dachsadmin.model.vounits import Unit, parse
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import played, sites
from dachsadmin.rd.surroundings import Surroundings, remembered

_SHOWN = {"column": "column", "columns": "column", "param": "param", "params": "param", "outputField": "field",
          "outputFields": "field", "inputKey": "input key", "inputKeys": "input key"}
TAGS = tuple(_SHOWN)
_NULL = frozenset({"__NULL__", "__EMPTY__"})


class Quantity(NamedTuple):
    """A column, param, output field or input key as it is written, with its unit and UCD (None: not given there).

    `table` is the table it is written in, directly or in a LOOP. `judged`: DaCHS's own validation looks at it, because
    it is a column of a table below the root.
    """

    element: Element
    unit: str | None
    ucd: str | None
    table: Element | None
    judged: bool

    @property
    def name(self) -> str:
        return self.element.get("name") or self.element.get("original") or ""

    @property
    def path(self) -> str:
        """`table.column`, or the name alone."""
        owner = self.table.get("id") if self.table is not None else None
        return f"{owner}.{self.name}" if owner else self.name

    @property
    def shown(self) -> str:
        """How messages call it."""
        kind = _SHOWN[self.element.tag]
        return f"{kind} {self.name!r}" if self.name else f"a {kind}"


def quantities(rd: Document) -> tuple[Quantity, ...]:
    """All quantities that are written in an RD, in streams too."""
    known = rd.facts.get("quantities")
    if known is None:
        known = rd.facts["quantities"] = tuple(_quantity(element) for element in rd.elements(*TAGS))
    result: tuple[Quantity, ...] = known
    return result


def odd_units(rd: Document) -> list[tuple[Quantity, Unit]]:
    """The quantities with units that are not in order for each DaCHS."""
    known = rd.facts.get("odd units")
    if known is None:
        known = rd.facts["odd units"] = [
            (quantity, unit) for quantity in quantities(rd) if quantity.unit and "\\" not in quantity.unit
            and not (unit := parse(quantity.unit.strip())).in_order]
    result: list[tuple[Quantity, Unit]] = known
    return result


def _quantity(element: Element) -> Quantity:
    unit, ucd = element.get("unit"), element.get("ucd")
    table, top = _home(element)
    return Quantity(element, None if _says_nothing(unit) else unit, None if _says_nothing(ucd) else ucd, table,
                    judged=top and _SHOWN[element.tag] == "column")


def _says_nothing(value: str | None) -> bool:
    """Whether a value is none: not there, DaCHS's word for that, or a place of a template to be filled in."""
    return value is None or value in _NULL or (value[:1] == value[-1:] == "%" and len(value) > 2)


def _home(element: Element) -> tuple[Element | None, bool]:
    """The table an element is written in, and whether that stands directly below the root."""
    parent = element.parent
    while parent is not None and parent.tag in ("LOOP", "events", "FEED", "LFEED", "group"):
        parent = parent.parent
    if parent is None or parent.tag not in ("table", "outputTable", "inputTable"):
        return None, False
    above = parent.parent
    return parent, parent.tag == "table" and above is not None and above.parent is None and above.tag == "resource"


class Stated(NamedTuple):
    """A unit or UCD that a mixin is given, or that a stream makes of macros: `kind` is `unit` or `ucd`.

    `attribute` is the parameter, `` if the value is not written as one. `judged`: columns are made with it, which DaCHS's
    own validation looks at.
    """

    element: Element
    attribute: str
    kind: str
    value: str
    judged: bool


_UNITS = frozenset({"fluxunit", "spectralunit", "ssafluxunit", "ssaspectralunit", "photunit"})
_UCDS = frozenset({"fluxucd", "spectralucd", "ssafluxucd", "ssaspectralucd", "photucd", "oucd", "emucd"})
_SQL_MIXINS = re.compile(r"//ssap#view|//obscore#")
_COLUMN_MIXINS = re.compile(r"//ssap#sdm-instance|//timeseries#phot-0")
_QUOTED = re.compile(r"'([^']*)'\Z")


@remembered
def stated(rd: Document, world: Surroundings) -> tuple[Stated, ...]:
    """The units and UCDs that mixins are given, as they are or as SQL strings, and those that streams make of macros."""
    return (*_stated(rd), *_filled_in(rd, world))


def _filled_in(rd: Document, world: Surroundings) -> Iterator[Stated]:
    """What stands with macros in the streams and mixins that an RD plays. What is literal there is told there."""
    if not sites(rd):
        return
    seen: set[tuple[int, str, str]] = set()
    for node in played(rd, world):
        if node.tag not in _SHOWN:
            continue
        for kind in ("unit", "ucd"):
            written = node.element.attrib.get(kind)
            value = (node.get(kind) or "").strip() if written is not None and "\\" in written else ""
            site = node.site
            if value and "\\" not in value and not _says_nothing(value) and (site.offset, kind, value) not in seen:
                seen.add((site.offset, kind, value))
                top = _home(site)[1] or (site.tag == "table" and site.parent is rd.root)
                yield Stated(site, "", kind, value, top and _SHOWN[node.tag] == "column")


def _stated(rd: Document) -> Iterator[Stated]:
    for element in rd.elements("mixin"):
        reference = element.text
        in_sql = _SQL_MIXINS.search(reference) is not None
        given = [*element.attrib.items(), *((child.tag, child.text) for child in element.children)]
        for name, value in given:
            plain = name.lower().replace("_", "")
            kind = "unit" if plain in _UNITS else "ucd" if plain in _UCDS else ""
            quoted = _QUOTED.match(value.strip())
            if not kind or (in_sql and quoted is None):
                continue
            value = quoted[1] if quoted else value.strip()
            if plain == "oucd" and value.startswith("em."):
                continue  # What DaCHS's own documentation recommends for images.
            if value and "\\" not in value and not _says_nothing(value):
                yield Stated(element, name, kind, value, _COLUMN_MIXINS.search(reference) is not None)
