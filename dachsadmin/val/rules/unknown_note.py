"""DA145: columns with notes that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownNote(Rule):
    """The note of a column must be in its table (or RD).

    `note="x"` refers to `<meta name="note" tag="x">`. DaCHS silently forgets a note that it does not find.

    Bad:
        <table id="t"><meta name="note" tag="1">See the paper.</meta><column name="a" note="2"/></table>
    Good:
        <table id="t"><meta name="note" tag="1">See the paper.</meta><column name="a" note="1"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-column
    """

    code, name, severity, since = "DA145", "unknown-note", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"note" not in rd.raw:
            return
        for table in all_nodes(rd, site, "table"):
            content = children(table, site)
            notes = [child for child in content if child.tag == "column" and child.get("note")]
            if not notes or table.get("original") or any(child.unknown for child in content):
                continue
            tags = _tags(content) | (_tags(children(table.parent, site)) if table.parent is not None else set())
            if None in tags:
                continue
            for column in notes:
                note = column.get("note") or ""
                if "\\" not in note and note not in tags and column.element.parent is not None:
                    place, name = place_of(column), column.get("name") or ""
                    yield self.finding(
                        rd, place, f"column {name!r} has the note {note!r}, which its table does not have",
                        attribute="note" if place is column.element else "", value=note,
                        subject=f"{table.get('id') or ''}.{name}")


def _tags(content: list[Node]) -> set[str | None]:
    """The tags of notes; None among them if one cannot be known."""
    tags: set[str | None] = set()
    for child in content:
        if child.unknown:
            tags.add(None)
        elif child.tag == "meta" and (child.get("name") or "").lstrip("!") == "note":
            tag = child.get("tag")
            tags.add(None if tag is not None and "\\" in tag else tag or "")
    return tags
