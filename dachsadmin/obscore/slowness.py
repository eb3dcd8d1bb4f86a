"""Why queries on ivoa.obscore are slow: what PostgreSQL does for the usual ones in each contributing table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dachsadmin.errors import AdminError, TargetError
from dachsadmin.obscore.contributions import Contribution
from dachsadmin.obscore.survey import Survey

_MANY = 1000
"""So many rows may be read one by one."""


@dataclass(frozen=True)
class Usual:
    """A query that clients make, for a place where nothing is: who reads many rows for that lacks an index.

    `snippet` is what an RD needs for it; `{s_ra}` stands for what the table gives for s_ra.
    """

    name: str
    sql: str
    columns: tuple[str, ...]
    snippet: str


USUAL = (
    Usual("cone", "SELECT * FROM ivoa.obscore WHERE q3c_radial_query(s_ra, s_dec, 150.1, 2.2, 0.1)", ("s_ra", "s_dec"),
          '<index columns="{s_ra},{s_dec}" kind="q3c"/>'),
    Usual("region", "SELECT * FROM ivoa.obscore WHERE spoint(radians(150.1), radians(2.2)) @ s_region", ("s_region",),
          '<index columns="{s_region}" method="GIST"/>'),
    Usual("wavelength", "SELECT * FROM ivoa.obscore WHERE em_min <= 1e-30 AND em_max >= 2e-30", ("em_min", "em_max"),
          '<index columns="{em_min},{em_max}"/>'),
    Usual("time", "SELECT * FROM ivoa.obscore WHERE t_min <= 1 AND t_max >= 1", ("t_min", "t_max"),
          '<index columns="{t_min},{t_max}"/>'),
    Usual("identifier", "SELECT * FROM ivoa.obscore WHERE obs_publisher_did = 'ivo://example.org/none?none'",
          ("obs_publisher_did",), 'createDIDIndex="True" in the mixin, or <index columns="{obs_publisher_did}"/>'),
)


@dataclass(frozen=True)
class Branch:
    """What a query costs in one contributing table: seconds, rows read one by one, and how.

    `wanted` is what the RD should have for it, `` for nothing.
    """

    query: str
    table: str
    rd: str
    seconds: float
    read: int
    how: str
    wanted: str = ""


def explain(survey: Survey, query: str = "") -> tuple[Branch, ...]:
    """Run the usual queries, or another one in SQL, and tell what each branch took, the slowest first.

    A query is run as TAP's users run it, in a transaction that may change nothing. Raises TargetError for one that fails.
    """
    if query:
        return _run(survey, Usual("query", query, (), ""))
    return tuple(branch for usual in USUAL for branch in _run(survey, usual))


def _run(survey: Survey, usual: Usual) -> tuple[Branch, ...]:
    database = survey.users or survey.database
    try:
        told = database.rows(f"EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) {usual.sql}")[0][0][0]["Plan"]
    except AdminError as error:
        raise TargetError(f"the query {usual.name!r} cannot be run: {error.message}",
                          "run 'dachsadmin obscore status' to see whether the view is all right") from None
    found = [_branch(survey, usual, node) for node in _branches(told)]
    return tuple(sorted((branch for branch in found if branch is not None), key=lambda branch: -branch.seconds))


def _branches(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parts of a plan that are about one table each."""
    below = node.get("Plans", [])
    if node["Node Type"] in ("Append", "Merge Append", "Gather", "Gather Merge") or len(_tables(node)) > 1:
        for child in below:
            yield from _branches(child)
    elif _tables(node):
        yield node


def _tables(node: Mapping[str, Any]) -> frozenset[str]:
    own = {f"{node['Schema']}.{node['Relation Name']}"} if "Relation Name" in node and "Schema" in node else set()
    return frozenset(own).union(*map(_tables, node.get("Plans", [])))


def _branch(survey: Survey, usual: Usual, node: Mapping[str, Any]) -> Branch | None:
    table = min(_tables(node))
    part = next((part for part in survey.parts if part.table.lower() == table.lower()), None)
    scans = [scan for scan in _nodes(node) if "Relation Name" in scan]
    read = sum((scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"] for scan in scans
               if scan["Node Type"] == "Seq Scan")
    wanted = _snippet(part, usual) if part is not None and read > _MANY else ""
    return Branch(usual.name, part.table if part else table, part.rd if part else "", node["Actual Total Time"] / 1000,
                  int(read), " and ".join(sorted({_how(scan) for scan in scans})), wanted)


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)


def _how(scan: Mapping[str, Any]) -> str:
    return str(scan["Node Type"]).lower() + (f" with {scan['Index Name']}" if "Index Name" in scan else "")


def _snippet(part: Contribution, usual: Usual) -> str:
    """What the RD needs, with the expressions that the table gives for the columns; `` if they are no columns of it."""
    given = {name: expression(part.sql, name) or "NULL" for name in usual.columns}
    if not usual.snippet or any(value.upper() == "NULL" for value in given.values()):
        return ""
    if all(re.fullmatch(r"\w+", value) for value in given.values()):
        return usual.snippet.format(**given)
    return f"an index on {' and '.join(given.values())}"


def expression(sql: str, column: str) -> str | None:
    """What a contribution gives for a column; None if that cannot be read from its text."""
    found = re.search(rf"\bAS {column}\b(?=\s*(?:,|FROM\b))", sql)
    if found is None:
        return None
    head = sql[:found.start()].rstrip()
    if head.endswith(")"):
        depth = 0
        for place in range(len(head) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(head[place], 0)
            if depth == 0:
                inner = head[place + 1:-1]
                return re.sub(r"\s+AS\s+[\w ]+$", "", inner).strip()
    return head.split(",")[-1].strip()


def as_text(branches: Sequence[Branch]) -> str:
    """A line per branch, what is missing indented below."""
    lines = []
    for branch in branches:
        rows = f", {branch.read} rows read one by one" if branch.read > _MANY else ""
        lines.append(f"{branch.query}: {branch.table}: {branch.seconds * 1000:.1f} ms, {branch.how}{rows}")
        if branch.wanted:
            lines.append(f"    hint: give the table in {branch.rd} {branch.wanted}, and run 'dachs imp -I {branch.rd}'")
    return "".join(line + "\n" for line in lines)
