"""Comparison DD500: val-finding."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class ValFinding(Comparison):
    """val finds nothing that it did not find before.

    The findings of `dachsadmin val ALL -c` are told apart as its baselines do, so that other lines make no difference. A
    finding is as severe here as val says. One of a rule that was not looked at the first time is information, for it may
    have been there.

    See:
        dachsadmin-val(1)
    """

    code, name, severity, since = "DD500", "val-finding", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        if pair.before.val is None or pair.after.val is None:
            return
        known = {one.fingerprint: one.count for one in pair.before.val.findings}
        for one in pair.after.val.findings:
            if one.count > known.get(one.fingerprint, 0):
                looked = one.code in pair.before.val.rules
                yield self.finding(f"{one.rd} {one.code}", f"val finds now: {one.message} [{one.code}]", rd=one.rd,
                                   severity=Severity[one.severity.upper()] if looked else Severity.INFO,
                                   hint=f"run 'dachsadmin val {one.rd}'" if one.rd else "")
        for missing in sorted(set(pair.after.val.missing) - set(pair.before.val.missing)):
            yield self.finding(missing, missing)
