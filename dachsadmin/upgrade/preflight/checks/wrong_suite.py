"""Check DU100: wrong-suite."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system.aptsources import GAVO_SUITES, renamed
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

BETA = frozenset({"testing", "unstable", "sid"})
"""What was called so long ago had what beta has now."""


class WrongSuite(Check):
    """GAVO's repository has the suites release and beta, and no others.

    Until 2016 they were called stable and unstable, and some think of Debian's releases: with such a name apt finds no newer
    DaCHS, and says so in one line among many. `release` is what data centres want.

    See:
        Installing DaCHS (https://docs.g-vo.org/DaCHS/install.html)
    """

    code, name, severity, since = "DU100", "wrong-suite", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for source in here.sources:
            if source.of_gavo and source.suite.rstrip("/") not in GAVO_SUITES:
                right = "beta" if source.suite in BETA else "release"
                yield self.finding(
                    f"GAVO's repository has no suite {source.suite}", file=source.file, line=source.line, subject=source.uri,
                    value=source.suite, hint=renamed(source, source.suite, right))
