"""DA619: cone searches of one's own from before DaCHS 2.1."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_DEFINITION = re.compile(r"def\s+genQuery\s*\(\s*\w+\s*,\s*\w+\s*\)")
_CALL = re.compile(r"(?<!def )\bgenQuery\s*\(\s*\w+\s*,\s*\w+\s*\)")


class OldConeSearchFunction(Rule):
    """The genQuery of a custom cone search takes three arguments.

    DaCHS 2.1 calls it with the table before the other two; a function with two arguments fails with each query.

    Bad:
        <resource schema="res"><condDesc id="c" original="//scs#protoInput"><phraseMaker>
          <setup original="//scs#scsSetup"><code>
            def genQuery(inPars, outPars):
              return "1=1"
          </code></setup></phraseMaker></condDesc></resource>
    Good:
        <resource schema="res"><condDesc id="c" original="//scs#protoInput"><phraseMaker>
          <setup original="//scs#scsSetup"><code>
            def genQuery(td, inPars, outPars):
              return "1=1"
          </code></setup></phraseMaker></condDesc></resource>
    See: DaCHS 2.1 release notes
    """

    code, name, severity, since = "DA619", "old-cone-search-function", Severity.WARNING, "0.1"
    only_with = ("phraseMaker",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for maker in rd.elements("phraseMaker"):
            codes = [element for element in maker.iter("code", "setup") if "genQuery" in element.text]
            defined = next((element for element in codes if _DEFINITION.search(element.text)), None)
            called = next((element for element in codes if _CALL.search(element.text)), None)
            # Who defines it and calls it with two arguments needs nothing of DaCHS.
            if defined is not None and called is None:
                yield self.finding(rd, defined, "genQuery takes the table as its first argument since DaCHS 2.1",
                                   value="genQuery", hint="write def genQuery(td, inPars, outPars)")
            elif called is not None and defined is None:
                yield self.finding(rd, called, "genQuery wants the table as its first argument since DaCHS 2.1",
                                   value="genQuery", hint="write genQuery(core.queriedTable, inPars, outPars)")
