"""What the tables of an RD contribute to ivoa.obscore, as it is written in their mixins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import find_builtin
from dachsadmin.rd.surroundings import Surroundings, remembered

_MIXIN = re.compile(r"\s*//obscore#(publish\w*)\s*\Z")

TEXTS = frozenset({
    "dataproduct_type", "dataproduct_subtype", "obs_collection", "obs_id", "obs_title", "obs_publisher_did",
    "obs_creator_did", "access_url", "access_format", "target_name", "target_class", "o_ucd", "pol_states",
    "facility_name", "instrument_name", "em_ucd", "preview", "source_table"})
"""The columns of ObsCore that hold text."""

NOT_SQL = frozenset({"createDIDIndex"})
PRODUCT_TYPES = frozenset({"image", "cube", "spectrum", "sed", "timeseries", "visibility", "event", "measurements"})
"""What ObsCore 1.1, 3.3.1 allows as dataproduct_type."""


class Given(NamedTuple):
    """An SQL expression that a mixin is given for the ObsCore column `column`, under the name `written`."""

    element: Element
    written: str
    column: str
    value: str


class Contribution(NamedTuple):
    """A table's mixin of the kind //obscore#publish, with the expressions that it is given."""

    element: Element
    mixin: str
    table: Element | None
    given: tuple[Given, ...]


@remembered
def contributions(rd: Document, world: Surroundings) -> list[Contribution]:
    """The obscore mixins that are written in an RD, in streams too."""
    return list(_contributions(rd, world)) if b"//obscore#publish" in rd.raw else []


def _contributions(rd: Document, world: Surroundings) -> Iterator[Contribution]:
    for element in rd.elements("mixin"):
        match = _MIXIN.match(element.text)
        builtin = find_builtin(element.text.strip(), world) if match else None
        if match is None or builtin is None:
            continue
        canonical = {parameter.also: name for name, parameter in builtin.parameters.items() if parameter.also}
        given = [*element.attrib.items(), *((child.tag, child.text) for child in element.children)]
        expressions = tuple(Given(element, name, canonical.get(name, name), value.strip()) for name, value in given
                            if canonical.get(name, name) not in NOT_SQL)
        yield Contribution(element, match[1], element.within("table"), expressions)
