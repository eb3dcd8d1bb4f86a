"""Makes the checks before an upgrade, and keeps what each has found."""

from __future__ import annotations

from collections.abc import Sequence

from dachsadmin.check.rule import discover
from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding
from dachsadmin.upgrade.preflight.check import Check, way_out
from dachsadmin.upgrade.preflight.installation import Installation


def checks() -> tuple[Check, ...]:
    """All checks, by their codes."""
    return tuple(check for check in discover("dachsadmin.upgrade.preflight.checks") if isinstance(check, Check))


def run(here: Installation, chosen: Sequence[Check]) -> list[Finding]:
    """What the checks find. One that cannot be made is told as not tested; the others go on."""
    found: list[Finding] = []
    for number, check in enumerate(chosen):
        here.progress("checks", number, len(chosen))
        try:
            for finding in check.check(here):
                found.append(finding)
        except AdminError as error:
            found.append(check.untested(error.message, hint=way_out(error)))
    here.progress("checks", len(chosen), len(chosen))
    return found
