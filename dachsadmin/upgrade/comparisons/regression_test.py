"""Comparison DD501: regression-test."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class RegressionTest(Comparison):
    """Regression tests that passed still pass.

    They are what the authors of services thought must not break. `dachs test RD` runs those of an RD again, and tells what
    is wrong.

    See:
        DaCHS reference documentation, Regression testing
    """

    code, name, severity, since = "DD501", "regression-test", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        before, after = pair.of("tests")
        for rd, tests in sorted(after.items()):
            for title, outcome in sorted(tests.items()):
                was = before.get(rd, {}).get(title)
                if outcome != "OK" and was in ("OK", None):
                    since = "fails now" if was else "is new, and fails"
                    yield self.finding(f"{rd} {title}", f"the regression test {title!r} {since}", rd=rd,
                                       hint=f"run 'dachs test {rd}'", severity=None if was else Severity.INFO)
        for rd in sorted(set(before) - set(after)):
            yield self.untested(rd, f"no regression test of {rd} was run now", rd=rd)
