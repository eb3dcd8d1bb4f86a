"""The plan of `dachsadmin upgrade finish`: what is still owed to the DaCHS that is installed, without apt."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dachsadmin.client import availability
from dachsadmin.errors import EnvironmentFault
from dachsadmin.obscore import plans as obscore
from dachsadmin.obscore.installation import Installation, look
from dachsadmin.plan import Plan, Step
from dachsadmin.system import aptsources, dachs
from dachsadmin.system.databases import ADMINISTRATOR
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase
from dachsadmin.upgrade import beginning, catalogue, facts, planner
from dachsadmin.upgrade.catalogue import Catalogue
from dachsadmin.upgrade.commands import OBSCORE, Command, Phase
from dachsadmin.upgrade.detector import Verdict
from dachsadmin.upgrade.planner import UpgradePlan
from dachsadmin.upgrade.steps import RememberRelease, RestartServer, RunForRelease, SqlForRelease, UpgradeSchema
from dachsadmin.verbs import WriteFile
from dachsadmin.vosi.export.capabilities import address

Progress = Callable[[str, int, int], None]
_SCHEMA = "SELECT value::int >= {schema} FROM dc.metastore WHERE key = 'schemaversion'"


@dataclass(frozen=True)
class Owed:
    """What is owed after a release. `again` says that the plan has to be made again when this one is carried out."""

    plan: Plan
    again: bool


@dataclass(frozen=True)
class _Site:
    """Where the steps run. `start` and `end` are releases of the catalogue, `version` that of the installed DaCHS."""

    host: Host
    here: Installation
    operator: str
    administrator: str
    version: str
    start: str
    end: str
    catalogue: Catalogue
    database: LiveDatabase


def owed(host: Host, interpreter: str, state: str, told: str, progress: Progress, *, defer_heavy: bool = False) -> Owed:
    """What is owed to the installed DaCHS, after the release `told`, or the one that is found out.

    Raises EnvironmentFault without DaCHS or its database, UsageError where nothing tells which release was here before.
    """
    installed = dachs.find(host, interpreter)
    if installed is None:
        raise EnvironmentFault(f"{interpreter} has no DaCHS", "run 'apt-get install gavodachs2-server'")
    releases = catalogue.load()
    end = releases.version(installed.version)
    here = look(state)
    known = facts.gather(host, installed, "", end, 0, "")
    if isinstance(known.database, facts.Absent):
        raise EnvironmentFault(f"without its database nothing can be finished: {known.database.why}",
                               "start PostgreSQL, and run again")
    start = beginning.find(host, told, state, releases, end, known.schema)
    operator = dachs.operator(host, here.config)
    # An installation with a gavo.rc of its own was not set up by the package, whose administrator does not know it.
    administrator = "" if here.environment.get("GAVOSETTINGS") else dachs.administrator(host)
    site = _Site(host, here, operator, administrator or operator, installed.version, start, end, releases, known.database)
    judged = planner.judge(releases, start, end, known, progress)
    try:
        return _owed(site, planner.plan(judged, start, end, len(releases.between(start, end)), known.tree), defer_heavy)
    finally:
        known.database.close()


def _owed(site: _Site, found: UpgradePlan, defer_heavy: bool) -> Owed:
    upgrade = next((step for step in found.steps if step.command == Command("run-dachs", ("upgrade",))), None)
    # Some detectors cannot tell on an older schema, so what comes behind it is planned when it is there.
    now = [step for step in found.steps if upgrade is None or step.command.phase <= Phase.SCHEMA]
    later = [step.command.line for step in found.steps if step not in now]
    waiting = [step for step in now if defer_heavy and step.heavy]
    steps, left = _steps(site, [step for step in now if step not in waiting], found)
    if upgrade:
        if site.database.scalar("SELECT to_regclass('ivoa._obscoresources') IS NOT NULL"):
            obscore.demand_sound(site.here)
        # With the new schema, nothing may tell any more which release was here before.
        steps = [_remember(site, site.start), *steps]
        notes = [f"then the rest is planned, such as: {', '.join(later)}"] if later else []
        notes += _told(found, found.by_hand(first=True))
        return Owed(Plan(f"bring the database to DaCHS {site.end}", tuple(steps), tuple(notes), tuple(left)), again=True)
    restart, notes = _restart(site, owing=any(not step.action.done(site.host) for step in steps))
    steps += restart
    finished = site.start if waiting or left else site.end
    steps.append(_remember(site, finished))
    notes += [f"later, as it is heavy: {step.command.line}" for step in waiting]
    notes += _told(found, (*found.by_hand(first=True), *found.by_hand()))
    return Owed(Plan(f"finish the upgrade to DaCHS {site.end}", tuple(steps), tuple(notes), tuple(left)), again=False)


def _remember(site: _Site, release: str) -> Step:
    return Step("remember", f"remember that nothing is owed up to DaCHS {release}", RememberRelease(site.here.state, release))


def _steps(site: _Site, wanted: Iterable[planner.Step], found: UpgradePlan) -> tuple[list[Step], list[str]]:
    """The steps that can be made, in the order of `found`, and what is left for the operator."""
    wanted = [step for step in wanted if step.command.verb != "restart-server"]
    asked = {judged.name for judged in found.judged}
    restoring = [step for step in wanted if asked.isdisjoint(step.because)]
    published = frozenset(site.database.published())
    made = {step.command: _made(site, step, found, published) for step in wanted if step not in restoring}
    wiped = {command.rd for command, steps in made.items() if command.words[:1] == ("imp",)
             and not all(step.action.done(site.host) for step in steps or ())}
    made |= {step.command: _made(site, step, found, published) for step in restoring if step.command.rd in wiped}
    left = [f"{_title(step, found)}: {_by_hand(step.command)}" for step in wanted if made.get(step.command, ()) is None]
    return _with_ids([each for step in found.steps for each in made.get(step.command) or ()]), left


def _made(site: _Site, step: planner.Step, found: UpgradePlan, published: frozenset[str]) -> tuple[Step, ...] | None:
    """What stands for a step of the upgrade plan; None for what is left to the operator."""
    command, title = step.command, _title(step, found)
    if command == Command("run-dachs", ("imp", OBSCORE)):
        swap = next(each for each in obscore.reimport(site.host, site.here).steps if each.id == "swap")
        described = _run(site, step, found, site.here.dachs("imp", "-m", OBSCORE), site.operator)
        return swap, Step("describe", "describe it in TAP_SCHEMA as this release does",
                          replace(described, noted=(*described.noted, *described.verified)))
    if command.phase is Phase.PUBLICATION and command.rd.replace("//", "__system__/") not in published:
        return ()  # An upgrade is no reason to publish what is not.
    if command.verb == "rewrite-apt-source":
        return tuple(Step("", f"{title}: {path}", WriteFile(path, aptsources.with_suite(path, site.host.text(path))))
                     for path in sorted({each.file for each in aptsources.read(site.host) if each.of_gavo}))
    action: RunForRelease | UpgradeSchema
    if command == Command("run-dachs", ("upgrade",)):
        query = _SCHEMA.format(schema=site.catalogue.schema(site.end))
        action = UpgradeSchema(site.here.dachs("upgrade"), query, site.here.rc, user=site.administrator)
    elif command.verb == "init-nodb":
        action = _run(site, step, found, site.here.dachs("init", "--nodb"), site.administrator)
    elif command.verb == "sql" and site.here.profile.is_local:
        psql = ("psql", "-d", site.here.profile.database, "-c", *command.words)
        action = SqlForRelease(**_run(site, step, found, psql, ADMINISTRATOR).arguments())
    elif command.verb != "run-dachs" or command.phase is Phase.FUNCTIONS:
        return None
    else:
        action = _run(site, step, found, site.here.dachs(*command.words), site.operator)
    return (Step(re.sub(r"[^a-z0-9.]+", "-", command.line.lower()).strip("-."), title, action),)


def _with_ids(steps: Iterable[Step]) -> list[Step]:
    """The same, no two of them with one id, which are made of lines and may look alike."""
    found: dict[str, Step] = {}
    for step in steps:
        name = step.id or re.sub(r"[^a-z0-9.]+", "-", getattr(step.action, "path", "").lower()).strip("-.")
        while name in found:
            name += "-again"
        found[name] = replace(step, id=name)
    return list(found.values())


def _run(site: _Site, step: planner.Step, found: UpgradePlan, argv: tuple[str, ...], user: str) -> RunForRelease:
    asking = [judged.action for judged in found.judged if judged.name in step.because]
    line = step.command.line
    verified = tuple(action.id for action in asking if action.verify.how == "gone" and _is_last(step.command, action.do))
    noted = tuple(action.id for action in asking if action.id not in verified)
    return RunForRelease(argv, user, line, step.command.rd, verified, noted, site.end, site.here.state, site.here.environment)


def _is_last(command: Command, do: tuple[Command, ...]) -> bool:
    """Whether an action has nothing more to do behind this command."""
    last = do[-1].for_rd(command.rd)
    return command == last or "{dds}" in do[-1].words and command.words[:len(last.words)] == last.words


def _restart(site: _Site, *, owing: bool) -> tuple[list[Step], list[str]]:
    """The restart of a server that has old code, or old tables; a server that does not run is not started."""
    url = address(site.here.config)
    running = availability.version(url)
    if not running:
        return [], [f"no DaCHS answers at {url}: start it when you want it"]
    if not owing and running == site.version:
        return [], []
    if dachs.is_service(site.host) and not site.here.environment.get("GAVOSETTINGS"):
        argv: tuple[str, ...] = ("systemctl", "restart", "dachs")
    elif site.host.exists(os.path.join(site.here.config.path("stateDir"), "web.pid")):
        argv = site.here.dachs("serve", "restart")
    else:
        return [], [f"restart the server at {url}, which runs DaCHS {running} and was not started by 'dachs serve start'"]
    return [Step("restart", "restart the server, which reads its own RDs and its code when it starts",
                 RestartServer(argv, url, site.version))], []


def _title(step: planner.Step, found: UpgradePlan) -> str:
    """What a step is for: the titles of the actions that ask for it."""
    titles = [f"{each.version} {each.action.title}".strip() for each in found.judged if each.name in step.because]
    more = f" (and {len(titles) - 1} more)" if len(titles) > 1 else ""
    return f"{step.command.line}: {titles[0] if titles else step.because[0]}{more}"


def _told(found: UpgradePlan, by_hand: Iterable[planner.Judged]) -> list[str]:
    """What only the operator can do, and what cannot be told, in a line each."""
    lines = [f"by hand: {each.name}: {each.action.title}: {'; '.join(_by_hand(command) for command in each.action.do)}"
             for each in by_hand]
    if found.unread:
        lines.append(f"left out, as DaCHS does not load them: {', '.join(found.unread)}; 'dachsadmin val' says why")
    unknown = len(found.having(Verdict.UNKNOWN))
    if unknown:
        lines.append(f"of {unknown} more nobody can tell here whether they apply")
    if lines:
        lines.append(f"'dachsadmin upgrade plan --from {found.start} --to {found.end}' tells why")
    return lines


def _by_hand(command: Command) -> str:
    if command.verb == "run-dachs" and command.phase is Phase.FUNCTIONS:
        return ("run 'dachs imp //adql'; where that fails with 'operator already exists', drop the operators && and !&& between "
                "smoc and scircle or spoly that belong to gavoadmin, and run it again")
    return command.line
