"""DA508: words where obscore wants SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Edit, Finding, Fix, Severity
from dachsadmin.rd.columns import Columns, columns_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.obscore import PRODUCT_TYPES, TEXTS, Given, contributions
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_WORDS = re.compile(r"[A-Za-z][\w.:;,/&-]*(?: +[\w.:;,/&()-]+)+\Z")
_MEDIA_TYPE = re.compile(r"(?:application|image|text|video|audio|multipart)/[\w.+-]+(?:;[\w=+.-]+)*\Z")
_SQL = re.compile(r"\b(?:case|when|or|and|not|is|null|in|like|ilike|at|between|collate|from|select|over|as|similar|any"
                  r"|operator|interval|array|row|cast)\b|\|\||::|[()+*<>='\"]", re.IGNORECASE)
_CONSTANTS = frozenset({"null", "true", "false", "current_date", "current_timestamp", "current_user", "default",
                        "__compute__", "__empty__"})


class ObscoreTextNotQuoted(Rule):
    """Texts in obscore mixins must be SQL strings, in single quotes.

    What the parameters of //obscore#publish and its kin are given becomes part of an SQL view. A text without quotes
    is taken for a column; then the view cannot be made, and one such table takes away ivoa.obscore with all its
    other contributions.

    Bad:
        <resource schema="res"><table id="spectra" onDisk="True" adql="True"><column name="id" type="text"/>
          <mixin collectionName="My Survey" productType="spectrum">//obscore#publish</mixin>
        </table></resource>
    Good:
        <resource schema="res"><table id="spectra" onDisk="True" adql="True"><column name="id" type="text"/>
          <mixin collectionName="'My Survey'" productType="'spectrum'" obsId="id">//obscore#publish</mixin>
        </table></resource>
    See: DaCHS reference documentation, mixin //obscore#publish
    """

    code, name, severity, since = "DA508", "obscore-text-not-quoted", Severity.ERROR, "0.1"
    only_with = ("mixin",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for contribution in contributions(rd, site):
            table = contribution.table
            columns: Columns | None = None
            for given in contribution.given:
                value = given.value
                if not value or "\\" in value or value.lower() in _CONSTANTS:
                    continue
                if value.count("'") % 2:
                    yield self._finding(rd, given, f"{given.written} has a single quote without its partner: {value}")
                    continue
                if _WORD.match(value):
                    if columns is None:
                        columns = columns_of(Node(table, rd), site) if table is not None else Columns({}, {}, False)
                    if not columns.has_in_database(value):
                        yield from self._word(rd, given, complete=columns.complete and not given.element.replayed)
                elif given.column in TEXTS and (_MEDIA_TYPE.match(value) or (
                        _WORDS.match(value) and not _SQL.search(value))):
                    yield self._finding(rd, given, f"{given.written} {value!r} is no SQL: a text wants single quotes")

    def _word(self, rd: Document, given: Given, *, complete: bool) -> Iterator[Finding]:
        """A single word that is no column as far as we know."""
        if complete:
            yield self._finding(rd, given, f"{given.written} names {given.value!r}, but there is no such column; "
                                "a text wants single quotes")
        elif given.column == "dataproduct_type" and given.value in PRODUCT_TYPES:
            yield self._finding(rd, given, f"{given.written} {given.value!r} wants single quotes",
                                confidence=Confidence.MEDIUM)

    def _finding(self, rd: Document, given: Given, message: str, confidence: Confidence = Confidence.HIGH) -> Finding:
        quoted = given.column in TEXTS and "'" not in given.value
        return self.finding(rd, given.element, message, attribute=given.written, value=given.value,
                            subject=given.column, confidence=confidence,
                            hint=f"write '{given.value}'" if quoted else "", fix=_fix(rd, given) if quoted else None)


def _fix(rd: Document, given: Given) -> Fix | None:
    span = rd.value_span(given.element, given.written)
    if span is None:
        return None
    if given.written in given.element.attrib and rd.raw[span[0] - 1:span[0]] == b"'":
        return None
    sure = not _WORD.match(given.value) or given.value in PRODUCT_TYPES
    return Fix(f"put {given.value!r} in single quotes", (Edit(*span, f"'{given.value}'"),), safe=sure)
