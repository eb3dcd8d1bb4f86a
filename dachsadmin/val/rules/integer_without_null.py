"""DA144: columns whose empty values cannot be told from others."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, children
from dachsadmin.rd.fields import fields
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_TYPES = frozenset({"smallint", "integer", "bigint", "char", "boolean", "bytea"})


class IntegerWithoutNull(Rule):
    """A column of integers that may be empty needs a value that means NULL.

    In a VOTable, integers, single characters and booleans have no NULL of their own: DaCHS must be told which value
    stands for it (`nullLiteral`), one that does not occur; or that there are no empty values (`required="True"`).

    Bad:
        <table id="t"><column name="flag" type="smallint"/></table>
    Good:
        <table id="t"><column name="flag" type="smallint"><values nullLiteral="-1"/></column></table>
    See: VOTable 1.4, section 4.4
    """

    code, name, severity, since = "DA144", "integer-without-null", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for column, name, kind in fields(rd, site):
            if kind not in _TYPES or column.tag not in ("column", "outputField") or column.get("original") is not None:
                continue
            required = column.get("required") or ""
            if not is_true(required) and "\\" not in required and not _has_null(column, site):
                place = place_of(column)
                yield self.finding(
                    rd, place, f"the {kind} column {name!r} may be empty, but no value means NULL",
                    attribute="type" if place is column.element else "", subject=name,
                    hint='add <values nullLiteral="-1"/> or required="True"')


def _has_null(column: Node, site: Site) -> bool:
    return any(child.unknown or (child.tag == "values" and (
        child.get("nullLiteral") is not None or child.get("original") is not None))
        for child in children(column, site))
