"""An upgrade plan as text for operators, and as JSON, which docs/upgrade-plan.schema.json describes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from dachsadmin.report.spelling import as_json, plain
from dachsadmin.upgrade.detector import Evidence, Verdict
from dachsadmin.upgrade.planner import Judged, Step, UpgradePlan

SCHEMA_VERSION = 1
"""Counted up when something that is there now goes away or changes its meaning; additions do not count."""

_MOST_PLACES = 5
_WIDTH = 110


def text(plan: UpgradePlan, *, everything: bool = False) -> str:
    """The plan as text; with `everything`, also what does not apply, and all evidence."""
    return "\n".join([_headline(plan), *_by_hand("Before you begin:", plan.by_hand(first=True), everything),
                      *_steps(plan, everything),
                      *_by_hand("What you have to do by hand:", plan.by_hand(), everything),
                      *_advice(plan.by_hand(advice=True), everything),
                      *_unknown(plan.having(Verdict.UNKNOWN), everything), *_unread(plan, everything),
                      *_idle(plan.having(Verdict.NOT), everything)]) + "\n"


def _headline(plan: UpgradePlan) -> str:
    told = len(plan.by_hand(first=True)) + len(plan.by_hand())
    return (f"DaCHS {plan.start} to {plan.end}, {_count(plan.releases, 'release')}: {_count(len(plan.steps), 'step')}, "
            f"{told} to do by hand, {len(plan.having(Verdict.UNKNOWN))} cannot be told here")


def _by_hand(heading: str, items: tuple[Judged, ...], everything: bool) -> Iterator[str]:
    if items:
        yield from ("", heading)
        for each in items:
            yield from _item(each, everything)


def _steps(plan: UpgradePlan, everything: bool) -> Iterator[str]:
    if not plan.steps:
        yield from ("", "There is nothing for dachsadmin to do.")
        return
    titles = {each.name: each for each in plan.judged}
    yield from ("", f"What will be done, in this order ({_time(plan.seconds)}):")
    for number, step in enumerate(plan.steps, 1):
        yield f"{number:4}. {plain(step.command.line)}   ({_time(step.seconds)}{', heavy' if step.heavy else ''})"
        for name in step.because:
            each = titles.get(name)
            yield from _wrapped(f"{name}: {each.action.title}" if each else name, 6)
            if each and everything:
                yield from _wrapped(f"because {each.answer.reason}", 8)
                yield from _places(each.answer.evidence, everything)


def _advice(items: tuple[Judged, ...], everything: bool) -> Iterator[str]:
    if everything:
        yield from _by_hand("What you may do besides:", items, everything)
    elif items:
        yield from ("", "What you may do besides (--all tells more):")
        for each in items:
            yield from _wrapped(f"{each.name}: {each.action.title} ({each.answer.reason})", 2)


def _unknown(items: tuple[Judged, ...], everything: bool) -> Iterator[str]:
    if items:
        yield from ("", "What cannot be told here:")
    by_lack: dict[str, list[Judged]] = {}
    for each in items:
        by_lack.setdefault(each.answer.reason, []).append(each)
    for reason, some in by_lack.items():
        why = "; ".join(dict.fromkeys(absent.why for absent in some[0].answer.without if absent.why))
        yield from _wrapped(f"{reason}{f' ({why})' if why else ''}:", 2)
        for each in some:
            yield from _wrapped(f"{each.name}: {each.action.title}", 4)
            if everything:
                yield from _wrapped(each.action.why, 8)
                yield from (line for command in each.action.do for line in _wrapped(f"> {command.line}", 8))


def _unread(plan: UpgradePlan, everything: bool) -> Iterator[str]:
    if plan.unread:
        yield from ("", "RDs that cannot be read, and were left out; 'dachsadmin val' says what is wrong with them:")
        shown = plan.unread if everything else plan.unread[:_MOST_PLACES]
        yield from (f"  {plain(rd)}" for rd in shown)
        if len(plan.unread) > len(shown):
            yield f"  and {len(plan.unread) - len(shown)} more; --all tells them"


def _idle(items: tuple[Judged, ...], everything: bool) -> Iterator[str]:
    if items and everything:
        yield from ("", "What does not apply:")
        for each in items:
            yield from _wrapped(f"{each.name}: {each.answer.reason}", 2)
    elif items:
        verb = "does" if len(items) == 1 else "do"
        yield from ("", f"{_count(len(items), 'action')} of these releases {verb} not concern this installation; --all tells why.")


def _item(judged: Judged, everything: bool) -> Iterator[str]:
    yield from _wrapped(f"{judged.name}: {judged.action.title}", 2)
    yield from _wrapped(judged.action.why, 6)
    if not judged.answer.evidence:
        yield from _wrapped(f"because {judged.answer.reason}", 6)
    yield from _places(judged.answer.evidence, everything)
    for command in judged.action.do:
        several = [command.for_rd(rd) for rd in judged.answer.rds[:_MOST_PLACES]] if command.per_rd else []
        for one in several or [command]:
            yield from _wrapped(f"> {one.line}", 6)


def _places(evidence: tuple[Evidence, ...], everything: bool) -> Iterator[str]:
    shown = evidence if everything else evidence[:_MOST_PLACES]
    yield from (f"      - {plain(str(each))}" for each in shown)
    if len(evidence) > len(shown):
        yield f"      - and {len(evidence) - len(shown)} more; --all tells them"


def _wrapped(text: str, indent: int) -> list[str]:
    blank = " " * indent
    return textwrap.wrap(plain(text), _WIDTH, initial_indent=blank, subsequent_indent=blank + "  ", break_long_words=False,
                         break_on_hyphens=False)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(seconds, 1):.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def json(plan: UpgradePlan) -> str:
    """The plan as JSON."""
    return as_json({
        "schema_version": SCHEMA_VERSION, "from": plan.start, "to": plan.end, "seconds": round(plan.seconds, 1),
        "steps": [_step(number, step) for number, step in enumerate(plan.steps, 1)],
        "actions": [_action(each) for each in plan.judged], "unread": [plain(rd) for rd in plan.unread],
    }, 3)


def _step(number: int, step: Step) -> dict[str, Any]:
    return {"number": number, "phase": step.command.phase.name.lower(), "verb": step.command.verb,
            "words": list(step.command.words), "line": plain(step.command.line), "because": list(step.because),
            "heavy": step.heavy, "seconds": round(step.seconds, 1)}


def _action(judged: Judged) -> dict[str, Any]:
    action, answer = judged.action, judged.answer
    return {"id": action.id, "release": judged.version or None, "title": action.title, "why": action.why,
            "source": action.source, "mode": action.mode, "heavy": action.heavy, "first": action.first, "advice": action.advice,
            "verdict": answer.verdict.value, "reason": plain(answer.reason),
            "without": [{"what": plain(absent.what), "why": plain(absent.why)} for absent in answer.without],
            "evidence": [_evidence(each) for each in answer.evidence], "do": [command.line for command in action.do]}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    location = evidence.location
    return {"text": plain(evidence.text), "rd": evidence.rd or None, "file": plain(location.file) or None,
            "line": location.line or None}
