"""DA317: fancy queries without the place for the conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_PERCENT = re.compile(r"%(.?)", re.DOTALL)


class QueryWithoutHole(Rule):
    """The query of a fancyQueryCore has exactly one %s, where the conditions go.

    All other percent signs are doubled. Otherwise every request fails; `dachs val` does not look.

    Bad:
        <table id="t"><column name="name" type="text"/></table>
        <service id="q"><fancyQueryCore queriedTable="t" query="SELECT name FROM res.t WHERE name LIKE 'a%'"/></service>
    Good:
        <table id="t"><column name="name" type="text"/></table>
        <service id="q"><fancyQueryCore queriedTable="t" query="SELECT name FROM res.t %s"/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-fancyquerycore
    """

    code, name, severity, since, profile = "DA317", "query-without-hole", Severity.ERROR, "0.1", "min"
    only_with = ("fancyQueryCore",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for element in rd.elements("fancyQueryCore"):
            query = element.get("query")
            if query is None or element.replayed:
                continue
            signs = _PERCENT.findall(query)
            single = [sign for sign in signs if sign not in ("%", "s")]
            if single:
                yield self.finding(rd, element, f"%{single[0]} in the query must be written %%{single[0]}",
                                   attribute="query")
            holes = signs.count("s")
            if holes != 1:
                message = f"the query has {holes or 'no'} %s, where the conditions go; it needs one"
                yield self.finding(rd, element, message, attribute="query")
