"""Check DU204: rd-not-loadable."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.errors import TargetError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation
from dachsadmin.val import against, engine, static

LOADING = frozenset({"DA010", "DA011", "DA012", "DA013"})
"""What val calls an RD that DaCHS does not load."""
NOT_RUN = frozenset({"DA901", "DA990"})


class RdNotLoadable(Check):
    """The next DaCHS loads every RD of the service tree.

    Its package loads the published RDs when it upgrades the database, and one that does not load can stop that half-way. So
    all RDs are loaded with the code of the next version, on a throw-away database, as
    `dachsadmin val ALL_RECURSE --against VERSION` does; that tells all that DaCHS has to say of them.

    See:
        docs/val.md
    """

    code, name, severity, since = "DU204", "rd-not-loadable", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        candidate = here.candidate
        if candidate is None:
            return
        rules = tuple(rule for rule in static.rules() if rule.stage in ("load", "deep"))
        loading = LOADING | {rule.code for rule in rules if rule.stage == "load"}
        request = engine.Request(("ALL_RECURSE",), against=here.version, profile="min", cache=here.cache,
                                 interpreter=here.interpreter)
        try:
            outcome = engine.run_with(against.of(candidate), request, rules, here.host, here.config, progress=here.progress)
        except TargetError as error:
            yield self.untested(error.message, hint="look at inputsDir: 'dachs config general inputsDir'")
            return
        for told in outcome.findings:
            if not told.tested and told.code in NOT_RUN:
                yield self.untested(f"whether DaCHS {candidate.dachs.version} loads the RDs: {told.message}", hint=told.hint)
            elif told.tested and told.code in loading and told.severity is Severity.ERROR:
                yield self.finding(
                    f"DaCHS {candidate.dachs.version} does not load it: {told.message}", file=told.location.file,
                    line=told.location.line, rd=told.rd, value=told.value,
                    hint=told.hint or f"mend it: 'dachsadmin val {told.rd} --against {here.version}' tells more")
