"""DA606: passwords of remote databases that everybody can read."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.named_files import absolute
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_OTHERS_READ = 0o004


class OdbcPasswordReadable(Rule):
    """The connection files of odbcGrammars must not be readable by others.

    They hold connection strings with the password of the remote database.

    Bad:
        <data id="import"><sources>connection.txt</sources><odbcGrammar query="select * from t"/></data>
    Good:
        <data id="import"><sources>private.txt</sources><odbcGrammar query="select * from t"/></data>
    See: DaCHS reference documentation, element odbcGrammar
    """

    code, name, severity, since = "DA606", "odbc-password-readable", Severity.WARNING, "0.1"
    only_with = ("odbcGrammar",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for grammar in rd.elements("odbcGrammar"):
            data = grammar.parent
            if data is None or data.tag != "data" or data.replayed:
                continue
            for element, name in _files(data):
                path = absolute(name, site.resdir(rd))
                mode = site.mode(path)
                if mode is not None and mode & _OTHERS_READ:
                    yield self.finding(rd, element, f"everybody on this machine can read {site.shown(path)}, which "
                                       "holds the password of a database", value=name, subject=data.get("id") or "",
                                       hint=f"run 'chmod o= {path}'")


def _files(data: Element) -> Iterator[tuple[Element, str]]:
    """The sources that are named as files: no patterns, no macros."""
    for sources in data.children:
        if sources.tag != "sources":
            continue
        names = [(sources, sources.text), (sources, sources.attrib.get("pattern", "")),
                 *((child, child.text) for child in sources.children if child.tag in ("item", "items", "pattern"))]
        for element, name in names:
            if name.strip() and not set(name) & set("*?[\\"):
                yield element, name.strip()
