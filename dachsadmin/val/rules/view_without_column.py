"""DA147: views that do not have the columns that the RD promises."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import suggest
from dachsadmin.rd.sql import Sql, snippets
from dachsadmin.rd.sqltext import UNKNOWN, Token, Unsplittable, names, query_inside, tokens
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.sqlcheck import statements

_CLAUSES = frozenset({"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT"})


class ViewWithoutColumn(Rule):
    """A view has the columns that the RD gives it.

    DaCHS creates whatever the viewStatement says, and compares it with the columns of the RD only in `dachs val -c`.
    Each query for a column that is not there fails. `\\colNames` in the statement keeps the two together. Where the
    names cannot be told from the statement (`*`, for example), nothing is said.

    Bad:
        <table id="bright" onDisk="True"><column name="ra"/><column name="mag"/>
          <viewStatement>CREATE VIEW \\qName AS (SELECT ra, vmag FROM \\schema.stars)</viewStatement></table>
    Good:
        <table id="bright" onDisk="True"><column name="ra"/><column name="mag"/>
          <viewStatement>CREATE VIEW \\qName AS (SELECT ra, vmag AS mag FROM \\schema.stars)</viewStatement></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-table
    """

    code, name, severity, since = "DA147", "view-without-column", Severity.ERROR, "0.2"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for sql in snippets(rd, site):
            made = _made(sql, rd, site) if sql.kind == "view" else None
            if made is None:
                continue
            assert sql.table is not None
            known = columns_of(sql.table, site)
            table = sql.table.get("id") or ""
            for column in known.columns if known.complete else ():
                folded = column.removeprefix("quoted/") if column.startswith("quoted/") else column.lower()
                if folded not in made:
                    near = suggest(folded, made)
                    yield self.finding(rd, sql.location(rd, len(sql.raw) - len(sql.raw.lstrip())),
                                       f"the statement of view {table!r} makes no column {column!r}", value=column,
                                       subject=f"{table}.{column}",
                                       hint=f"write '{near} AS {column}'" if near else "")


def _made(sql: Sql, rd: Document, site: Site) -> set[str] | None:
    """The names of the columns that a view statement makes; None if they cannot be told."""
    found = statements(sql, rd, site)
    if isinstance(found, Unsplittable) or len(found) != 1:
        return None
    query = query_inside(found[0])
    head = tokens(found[0].text[:found[0].text.find(query.text)] if query else "")
    if query is None or any(token.text == "(" for token in head):
        return None
    words = tokens(query.text)
    while words and words[0].text == "(":
        words = words[1:]
    if [token.keyword for token in words[:1]] != ["SELECT"] or words[1:2] and words[1].keyword == "DISTINCT":
        return None
    made = {_name(item) for item in _select_list(words[1:])}
    return None if None in made else {name for name in made if name is not None}


def _select_list(words: list[Token]) -> Iterator[list[Token]]:
    depth, item = 0, list[Token]()
    for token in words:
        if depth == 0 and (token.keyword in _CLAUSES or token.text == ")"):
            break
        if depth == 0 and token.text == "," and token.kind == "other":
            yield item
            item = []
            continue
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0) if token.kind == "other" else 0
        item.append(token)
    yield item


def _name(item: list[Token]) -> str | None:
    """The name that PostgreSQL gives to an expression in a select list; None if only PostgreSQL can tell."""
    if any(token.text == UNKNOWN for token in item):
        return None
    if len(item) > 2 and item[-2].keyword == "AS" and item[-1].kind in ("word", "quoted"):
        return item[-1].name
    whole = list(names(item))
    if len(whole) == 1 and len(whole[0].tokens) * 2 - 1 == len(item):
        return whole[0].parts[-1]
    return None
