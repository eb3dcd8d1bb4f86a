"""Plans: what will be changed, shown before it is done, done step by step with a journal, resumed and undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dachsadmin.errors import AdminError, EnvironmentFault, PartlyDone, TargetError
from dachsadmin.journal import Entry, Journal, StepRecord
from dachsadmin.system.host import Host
from dachsadmin.verbs import Action, recreate

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One change. `id` is a slug that is unique in its plan; `title` an imperative without full stop."""

    id: str
    title: str
    action: Action


@dataclass(frozen=True)
class Plan:
    """Changes in the order in which they are made.

    `title` is an imperative; `notes` are things that the operator should know beforehand, or do by hand; `left_out` is what
    should change, too, but cannot, and why.
    """

    title: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ids = [step.id for step in self.steps]
        assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name) for name in ids), ids


@dataclass(frozen=True)
class Applied:
    """What came of it: the number of the change in the journal (None if nothing had to be done), a line per step."""

    change: int | None
    results: tuple[str, ...]


def outstanding(plan: Plan, host: Host) -> tuple[Step, ...]:
    """The steps that are not done already. Changes nothing."""
    return tuple(step for step in plan.steps if not step.action.done(host))


def describe(plan: Plan, host: Host) -> str:
    """The plan as the operator sees it before saying yes."""
    todo = outstanding(plan, host)
    lines = [plan.title]
    for count, step in enumerate(plan.steps, 1):
        lines.append(f"{count:3}. {step.title}" + ("" if step in todo else "  (done already)"))
        if step in todo:
            lines += [f"       {line}" for line in step.action.preview(host)]
            lines += [f"       note: {step.action.stays}"] if step.action.stays else []
    lines += [f"  note: {note}" for note in plan.notes] + [f"  left out: {what}" for what in plan.left_out]
    done = len(plan.steps) - len(todo)
    lines.append(f"{_steps(len(todo))} to do" + (f", {done} done already" if done else "") if todo else "nothing to do")
    return "\n".join(lines) + "\n"


def apply(plan: Plan, host: Host, journal: Journal, *, dry_run: bool = False, command: str = "", by: str = "",
          version: str = "", tell: Tell = lambda line: None) -> Applied:
    """Make the plan's changes that are not made yet, one after the other, each written to the journal first.

    With `dry_run` nothing at all is changed. A change with this title that did not come to an end and had all these
    steps is resumed. Raises Refused (not root, somebody else is at it), and PartlyDone or a step's own error when one
    fails; the rest is not tried then.
    """
    if dry_run:
        todo = outstanding(plan, host)
        return Applied(None, tuple(f"{'would' if step in todo else 'skip '} {step.title}" for step in plan.steps))
    todo = outstanding(plan, host)
    begun = _same_change(plan, host, journal)
    if not todo and begun is None:
        return Applied(None, tuple(f"skip  {step.title}" for step in plan.steps))
    with journal.lock(plan.title):
        if begun is not None:
            return _continue(begun.id, host, journal, tell)
        number = journal.begin(plan.title, [
            {"id": step.id, "title": step.title, "verb": step.action.verb, "arguments": step.action.arguments()}
            for step in plan.steps], command=command, by=by, version=version)
        return _carry_on(number, host, journal, tell)


def resume(journal: Journal, host: Host, number: int, *, tell: Tell = lambda line: None) -> Applied:
    """Bring a change to its end that did not get there: go on doing, or undoing if that had begun. Raises as apply."""
    entry = journal.intact(number)
    if not entry.unfinished:
        raise TargetError(f"change {number} is {entry.outcome}: there is nothing to resume")
    _demand_known(entry)
    with journal.lock(f"resume {number}"):
        return _continue(number, host, journal, tell)


def undo(journal: Journal, host: Host, number: int, *, leave: Sequence[str] = (),
         tell: Tell = lambda line: None) -> Applied:
    """Undo the steps of a change that were done or begun, the last one first, but for those that `leave` names.

    Raises PartlyDone when something stays as the change left it: it cannot be undone, or somebody has changed it since.
    """
    entry = journal.intact(number)
    for name in leave:
        if name not in {step.id for step in entry.steps}:
            raise TargetError(f"change {number} has no step {name!r}",
                              f"run 'dachsadmin show {number}' to see its steps")
    if not undoable(entry) and not entry.unfinished:
        raise TargetError(f"change {number} is {entry.outcome}: there is nothing to undo")
    _demand_known(entry)
    with journal.lock(f"undo {number}"):
        journal.mend(number)
        journal.record(number, "undo")
        return _carry_back(number, host, journal, tell, leave)


def undoable(entry: Entry) -> tuple[StepRecord, ...]:
    """The steps that undoing will visit, in its order."""
    touched = ("started", "done", "being undone", "stays")
    return tuple(step for step in reversed(entry.steps) if step.state in touched)


def describe_undo(entry: Entry, leave: Sequence[str] = ()) -> str:
    """What undoing a change will do, as the operator sees it before saying yes."""
    lines = [f"undo change {entry.id}: {entry.title}"]
    for count, step in enumerate(undoable(entry), 1):
        why = "you asked to leave it" if step.id in leave else recreate(step.verb, step.arguments).stays
        lines.append(f"{count:3}. undo: {step.title}" if not why else f"{count:3}. stays: {step.title} ({why})")
    return "\n".join(lines if len(lines) > 1 else [*lines, "nothing to do"]) + "\n"


def describe_rest(entry: Entry, host: Host) -> str:
    """What resuming a change will do, as the operator sees it before saying yes."""
    rest = tuple(Step(step.id, step.title, recreate(step.verb, step.arguments)) for step in entry.steps
                 if step.state in ("waiting", "started"))
    return describe(Plan(f"resume change {entry.id}: {entry.title}", rest), host)


def _demand_known(entry: Entry) -> None:
    """Raise EnvironmentFault, before anything is touched, unless we can do and undo all of a change."""
    for step in entry.steps:
        recreate(step.verb, step.arguments)


def _same_change(plan: Plan, host: Host, journal: Journal) -> Entry | None:
    """The last change, if it did not come to an end, was to do all that the plan is to do, and still can."""
    for entry in reversed(journal.entries()):
        if entry.title != plan.title or not entry.unfinished or entry.undoing:
            return None
        try:
            actions = {step.id: recreate(step.verb, step.arguments) for step in entry.steps}
        except EnvironmentFault:
            return None
        stuck = any(step.state == "started" and step.before is not None and not actions[step.id].done(host)
                    and actions[step.id].overtaken(host, step.before) for step in entry.steps)
        same = all(actions.get(step.id) == step.action for step in plan.steps)
        return entry if same and not stuck else None
    return None


def _continue(number: int, host: Host, journal: Journal, tell: Tell) -> Applied:
    entry = journal.intact(number)
    journal.mend(number)
    journal.record(number, "resume")
    return _carry_back(number, host, journal, tell) if entry.undoing else _carry_on(number, host, journal, tell)


def _carry_on(number: int, host: Host, journal: Journal, tell: Tell) -> Applied:
    """Do what is left of a change."""
    entry = journal.intact(number)
    results: list[str] = []
    for step in entry.steps:
        if step.state in ("done", "skipped"):
            results.append(f"skip  {step.title}")
            continue
        try:
            results.append(_take(step, entry, host, journal, tell))
        except AdminError as error:
            journal.record(number, "end", outcome="failed", why=f"{step.title}: {error.message}")
            _explain(error, number, step)
            if any(line.startswith("done") for line in results):
                raise PartlyDone(error.message, error.hint) from error
            raise
        tell(results[-1])
    journal.record(number, "end", outcome="done")
    return Applied(number, tuple(results))


def _take(step: StepRecord, entry: Entry, host: Host, journal: Journal, tell: Tell) -> str:
    action = recreate(step.verb, step.arguments)
    if action.done(host):
        journal.record(entry.id, "done" if step.before is not None else "skip", step=step.id)
        return f"{'done ' if step.before is not None else 'skip '} {step.title}"
    before = step.before
    if before is None:
        before = action.before(host, f"{entry.backups}/{step.id}")
        journal.record(entry.id, "start", step=step.id, before=before)
    with host.announcing(_announcer(entry.id, step, journal, tell)):
        action.do(host, before)
    journal.record(entry.id, "done", step=step.id)
    return f"done  {step.title}"


def _carry_back(number: int, host: Host, journal: Journal, tell: Tell, leave: Sequence[str] = ()) -> Applied:
    """Undo what is left to undo of a change."""
    entry = journal.intact(number)
    results: list[str] = []
    for step in undoable(entry):
        why = "you asked to leave it" if step.id in leave else ""
        try:
            why = why or _take_back(step, entry, host, journal, tell)
        except AdminError as error:
            journal.record(number, "end", outcome="failed", why=f"undo {step.title}: {error.message}")
            raise PartlyDone(f"undoing change {number} stopped at '{step.title}': {error.message}",
                             f"{error.hint}; then run 'dachsadmin undo {number}' again, or leave this step as it is "
                             f"with 'dachsadmin undo {number} --leave {step.id}'".lstrip("; ")) from error
        journal.record(number, "stays" if why else "undone", step=step.id, why=why)
        results.append(f"stays {step.title}: {why}" if why else f"undid {step.title}")
        tell(results[-1])
    stays = sum(line.startswith("stays") for line in results)
    journal.record(number, "end", outcome="partly undone" if stays else "undone")
    if stays:
        raise PartlyDone(f"change {number} is undone except for {_steps(stays)}",
                         f"run 'dachsadmin show {number}' to see what stays, and why")
    return Applied(number, tuple(results))


def _take_back(step: StepRecord, entry: Entry, host: Host, journal: Journal, tell: Tell) -> str:
    """Undo one step; return why it stays, if it does."""
    action = recreate(step.verb, step.arguments)
    if action.stays:
        return action.stays
    assert step.before is not None
    journal.record(entry.id, "undo-start", step=step.id)
    with host.announcing(_announcer(entry.id, step, journal, tell)):
        action.undo(host, step.before)
    return ""


def _announcer(number: int, step: StepRecord, journal: Journal, tell: Tell) -> Tell:
    def announce(line: str) -> None:
        journal.record(number, "ran", step=step.id, line=line)
        tell(f"$ {line}")
    return announce


def _explain(error: AdminError, number: int, step: StepRecord) -> None:
    """Add to a step's error which change has stopped where, and the ways on."""
    ways = f"run 'dachsadmin resume {number}' when that is mended, or 'dachsadmin undo {number}' to go back"
    error.hint = f"{error.hint}; then {ways}" if error.hint else ways
    error.message = f"change {number} stopped at '{step.title}': {error.message}"
    error.args = (error.message,)


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"
