"""What comments in an RD silence, and what is to be said about comments that silence nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dachsadmin.check import suppress
from dachsadmin.check.rule import Rule, discover
from dachsadmin.model.finding import Finding
from dachsadmin.rd.document import Document
from dachsadmin.val.rules.ignore_without_effect import IgnoreWithoutEffect


def silence(findings: Iterable[Finding], rd: Document, *, ran: Sequence[Rule]) -> tuple[list[Finding], list[Finding]]:
    """(kept, silenced) findings of one RD. `ran` are the rules that have looked at it.

    A comment that silences nothing although all rules that it names ran is a finding, if rule DA092 is among `ran`.
    """
    outcome = suppress.apply(findings, rd)
    effect = next((rule for rule in ran if isinstance(rule, IgnoreWithoutEffect)), None)
    if effect is None or not outcome.idle:
        return outcome.kept, outcome.silenced
    codes = {rule.code for rule in ran}
    notes = []
    for ignore in outcome.idle:
        named = {rule.code for rule in discover("dachsadmin.val.rules") for word in ignore.rules
                 if suppress.names(word, rule.code, rule.name)}
        if named and named <= codes:
            notes.append(effect.about(ignore, rd))
    about_notes = suppress.apply(notes, rd)
    return outcome.kept + about_notes.kept, outcome.silenced + about_notes.silenced
