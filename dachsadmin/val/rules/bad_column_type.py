"""DA141: types of columns that DaCHS does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.fields import fields
from dachsadmin.rd.language import load, since, suggest
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_SUBSCRIPT = re.compile(r"([^\[(]*)[\[(][0-9*\[\]()]*[\])]\Z")
_WITH_LENGTH = frozenset({"varchar", "character varying", "character", "char"})
_MEANT = {
    "int": "integer", "float": "double precision", "double": "double precision", "string": "text", "str": "text",
    "varchar": "text", "character varying": "text", "long": "bigint", "short": "smallint", "bool": "boolean",
    "datetime": "timestamp", "int4": "integer", "int8": "bigint", "int2": "smallint", "float4": "real",
    "float8": "double precision", "numeric": "double precision", "decimal": "double precision", "blob": "bytea",
    "moc": "smoc", "circle": "scircle", "polygon": "spoly", "point": "spoint", "serial": "integer",
    "timestamp with time zone": "timestamp", "unicodechar": "unicode",
}


class BadColumnType(Rule):
    """The type of a column must be one that DaCHS knows.

    These are PostgreSQL's names, in lower case, but not all of them, and not their abbreviations; arrays are written
    `real[3]` or `real[]`. DaCHS refuses the RD otherwise. Where there is a subscript, it believes any name, and
    PostgreSQL fails when the table is made.

    Bad:
        <table id="t"><column name="a" type="float"/></table>
    Good:
        <table id="t"><column name="a" type="double precision"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-column
    """

    code, name, severity, since, profile = "DA141", "bad-column-type", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        known = site.language.types
        for node, _name, written in fields(rd, site):
            if written is None or "\\" in written or written in known:
                continue
            subscript = _SUBSCRIPT.match(written)
            if subscript and (subscript[1] in known or subscript[1] in _WITH_LENGTH):
                continue
            yield self._bad(rd, node, written, subscript[1] if subscript else written, site)

    def _bad(self, rd: Document, node: Node, written: str, base: str, site: Site) -> Finding:
        word = " ".join(base.lower().split())
        meant = _MEANT.get(word) or (word if word in site.language.types else suggest(word, site.language.types))
        history = since(tuple(v for v in site.language.versions() if base in load(v).types), site.language.version)
        place = place_of(node)
        message = f"DaCHS {site.language.version} knows no type {written!r}"
        return self.finding(
            rd, place, message + (f" ({history})" if history else ""),
            attribute="type" if place is node.element else "", value=written, subject=node.get("name") or "",
            hint=f"write '{meant}{written[len(base):]}'" if meant else "")
