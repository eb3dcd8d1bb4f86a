"""What an upgrade asks for: which actions apply, and the steps of those, each once and in the right order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dachsadmin.upgrade.catalogue import Action, Catalogue, Cost
from dachsadmin.upgrade.commands import OBSCORE, Command, Phase
from dachsadmin.upgrade.detector import Answer, Verdict
from dachsadmin.upgrade.facts import Absent, Facts, Tree

LIMITS = Cost(per_rd=2.7)
"""What `dachs limits` takes for a small RD (measured with DaCHS 2.7); a second per table, where there are many."""

_OBSCORE = Command("run-dachs", ("imp", OBSCORE))
_UPGRADE = Command("run-dachs", ("upgrade",))
_RESTART = Command("restart-server")
_RESTORES = "brings back what the steps before it wipe"


@dataclass(frozen=True)
class Judged:
    """An action, the release that it came with (`` for every upgrade), and whether it applies."""

    version: str
    action: Action
    answer: Answer

    @property
    def name(self) -> str:
        return f"{self.version} {self.action.id}".strip()


@dataclass(frozen=True)
class Step:
    """Something that will be done, once, for whatever actions ask for it. `seconds` is an estimate."""

    command: Command
    because: tuple[str, ...]
    heavy: bool
    seconds: float


@dataclass(frozen=True)
class UpgradePlan:
    """The way from one release to another, with all that was judged on it. `unread` are RDs that nothing is known of."""

    start: str
    end: str
    releases: int
    judged: tuple[Judged, ...]
    steps: tuple[Step, ...]
    unread: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    def by_hand(self, *, first: bool = False, advice: bool = False) -> tuple[Judged, ...]:
        """What applies and only the operator can do: before the upgrade, besides, or if he likes."""
        return tuple(each for each in self.judged if each.answer.applies and each.action.mode == "told"
                     and each.action.first is first and each.action.advice is advice)

    def having(self, verdict: Verdict) -> tuple[Judged, ...]:
        return tuple(each for each in self.judged if each.answer.verdict is verdict)


def judge(catalogue: Catalogue, start: str, end: str, facts: Facts,
          progress: Callable[[str, int, int], None] = lambda what, done, total: None) -> tuple[Judged, ...]:
    """What each action on the way has to say of an installation, in the order of the releases."""
    actions = [("", action) for action in catalogue.every]
    actions += [(release.version, action) for release in catalogue.between(start, end) for action in release.actions]
    found = []
    for number, (version, action) in enumerate(actions):
        progress(action.title, number, len(actions))
        found.append(Judged(version, action, action.detect.answer(facts)))
    progress("", len(actions), len(actions))
    return tuple(found)


def plan(judged: Sequence[Judged], start: str, end: str, releases: int, tree: Tree | Absent) -> UpgradePlan:
    """The plan of what was judged."""
    ours = [each for each in judged if each.answer.applies and each.action.mode != "told"]
    return UpgradePlan(start, end, releases, tuple(judged), steps(ours, tree), () if isinstance(tree, Absent) else tree.unread)


def steps(applying: Iterable[Judged], tree: Tree | Absent) -> tuple[Step, ...]:
    """The steps of actions that apply: each command once, what is part of another one left out, in the order of phases.

    What is wiped on the way is brought back: limits after each import. The server is restarted at the end.
    """
    found: dict[Command, Step] = {}
    for each in applying:
        for command in each.action.do:
            for one in _for_rds(command, each.answer, tree):
                _add(found, _step(one, each))
    for command in list(found):
        whole = _whole(command, found)
        if whole != command:
            step = found.pop(command)
            _add(found, Step(whole, step.because, step.heavy and whole in found, 0 if whole in found else step.seconds))
    for rd in [rd for command in found for rd in _wiped(command)]:
        _add(found, Step(Command("run-dachs", ("limits", rd)), (_RESTORES,), True, LIMITS.per_rd))
    if found:
        _add(found, Step(_RESTART, ("the server reads its own RDs and gavo.rc when it starts",), False, 2))
    return tuple(sorted(found.values(), key=lambda step: (step.command.phase, step.command.line)))


def _for_rds(command: Command, answer: Answer, tree: Tree | Absent) -> Iterable[Command]:
    """A command for each RD that the evidence is about; as it is, where that names none."""
    if not command.per_rd or not answer.rds:
        return [command]
    named = {rd: () if isinstance(tree, Absent) or "{dds}" not in command.words else tree.to_name(rd) for rd in answer.rds}
    return [command.for_rd(rd, dds) for rd, dds in named.items()]


def _step(command: Command, judged: Judged) -> Step:
    cost, evidence = judged.action.cost, judged.answer.evidence
    if judged.action.mode == "automatic" or not command.rd:
        seconds = cost.of(len(judged.answer.rds), sum(each.rows for each in evidence))
    else:
        seconds = cost.of(1, sum(each.rows for each in evidence if each.rd == command.rd))
    return Step(command, (judged.name,), judged.action.heavy, seconds)


def _add(found: dict[Command, Step], step: Step) -> None:
    """Note a step. One that is there already gets further reasons, and takes as long as the longer one.

    `dachs upgrade` alone does more for each of them.
    """
    before = found.get(step.command)
    if before is not None:
        both = before.seconds, step.seconds
        step = Step(step.command, tuple(dict.fromkeys((*before.because, *step.because))), before.heavy or step.heavy,
                    sum(both) if step.command == _UPGRADE else max(both))
    found[step.command] = step


def _whole(command: Command, others: Iterable[Command]) -> Command:
    """The command that this one is part of, else itself.

    `imp -m //obscore` is always replaced: it makes an empty view where there is none (DaCHS 2.7, measured).
    """
    if command.verb != "run-dachs" or command.words[0] != "imp" or len(command.words) < 3:
        return command
    if command.phase is Phase.OBSCORE:
        return _OBSCORE
    wider = [Command("reimport", (command.rd,))]
    if command.words[1] == "-m":
        wider.append(Command("run-dachs", ("imp", "-I", command.rd)))
    return next((each for each in wider if each in others), command)


def _wiped(command: Command) -> list[str]:
    """The RD whose limits a command wipes."""
    imports = command.verb == "reimport" or command.verb == "run-dachs" and command.words[0] == "imp"
    return [command.rd] if imports and (command.rd == OBSCORE or not command.rd.startswith("//")) else []
