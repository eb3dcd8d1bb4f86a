"""DA148: output fields made from columns that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd.columns import NOTHING_KNOWN, Columns, core_of, queried_table
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes
from dachsadmin.rd.language import suggest
from dachsadmin.rd.references import place_of
from dachsadmin.rd.sqltext import Token, tokens
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_CORES = frozenset({"dbCore", "scsCore", "ssapCore", "siapCutoutCore"})
_BETWEEN = frozenset({"CASE", "WHEN", "THEN", "ELSE", "END", "AND", "OR", "NOT", "IS", "IN", "LIKE", "ILIKE", "BETWEEN", "ARRAY"})
"""Words that may stand beside a name; beside any other, the expression is left to PostgreSQL."""
_VALUES = frozenset({"NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER",
                     "LOCALTIME", "LOCALTIMESTAMP", "SESSION_USER", "USER", "CTID", "OID", "TABLEOID", "XMIN", "XMAX"})


class UnknownColumnInSelect(Rule):
    """What an outputField selects is made of columns of the queried table.

    `select` is SQL over the table that the core queries. Each query that has the field in its answer fails if a
    column is not there; DaCHS does not look before. Expressions with words that are neither columns nor functions (types,
    intervals, queries in queries) are not judged.

    Bad:
        <table id="stars"><column name="ra"/><column name="dec"/></table>
        <service id="q"><dbCore queriedTable="stars"/>
          <outputTable><outputField name="pos" select="array[ra, de]"/></outputTable></service>
    Good:
        <table id="stars"><column name="ra"/><column name="dec"/></table>
        <service id="q"><dbCore queriedTable="stars"/>
          <outputTable><outputField name="pos" select="array[ra, dec]"/></outputTable></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-outputfield
    """

    code, name, severity, since = "DA148", "unknown-column-in-select", Severity.ERROR, "0.2"
    profile, confidence = "min", Confidence.MEDIUM

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"select" not in rd.raw:
            return
        for field in all_nodes(rd, site, "outputField"):
            expression = field.get("select")
            if not expression or "\\" in expression:
                continue
            known = _table_behind(field, site)
            for column in _columns_in(expression) if known.complete else ():
                if not known.has_in_database(column):
                    near, place = suggest(column, known.columns), place_of(field)
                    yield self.finding(
                        rd, place, f"the select of {field.get('name')!r} has {column!r}, which is no column of the queried table",
                        attribute="select" if place is field.element else "", value=column, subject=field.get("name") or "",
                        hint=f"write {near!r}" if near else "")


def _table_behind(field: Node, site: Site) -> Columns:
    """The table that a field's select is evaluated in; nothing is known of tables behind other cores than dbCores."""
    owner = field.parent.parent if field.parent is not None and field.parent.tag == "outputTable" else None
    if owner is not None and owner.tag == "service":
        core = core_of(owner, site)
        owner = core.node if core is not None else None
    return queried_table(owner, site) if owner is not None and owner.tag in _CORES else NOTHING_KNOWN


def _columns_in(expression: str) -> list[str]:
    """The columns that an expression must be over, as far as that is certain; else none."""
    found = tokens(expression)
    columns = []
    for index, token in enumerate(found):
        if token.kind not in ("word", "quoted"):
            continue
        before, after = _beside(found, index - 1), _beside(found, index + 1)
        if token.keyword in _BETWEEN:
            continue
        if not _stands_alone(before) or not _stands_alone(after) or "." in (before.text, after.text):
            return []
        if after.kind == "string" or before.text == ":":
            return []
        if after.text != "(" and token.keyword not in _VALUES:
            columns.append(token.text)
    return columns


def _beside(found: list[Token], index: int) -> Token:
    return found[index] if 0 <= index < len(found) else Token("other", "", 0)


def _stands_alone(neighbour: Token) -> bool:
    return neighbour.kind not in ("word", "quoted", "number") or neighbour.keyword in _BETWEEN
