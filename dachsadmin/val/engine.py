"""One validation run: find the RDs, run both engines over them, and bring what they say together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dachsadmin.check.cache import Cache, rules_fingerprint
from dachsadmin.errors import AdminError, EnvironmentFault, TargetError, UsageError
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import Language
from dachsadmin.system import dachs as dachs_package
from dachsadmin.system import gavorc
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase
from dachsadmin.val import changes, languages, merge, static, targets
from dachsadmin.val.compat import runs_on
from dachsadmin.val.rule import Rule, SiteRule
from dachsadmin.val.site import Site

if TYPE_CHECKING:
    from dachsadmin.val.against import Against
    from dachsadmin.val.deep_run import Place
    from dachsadmin.val.trial import Trial

ENGINES = ("auto", "static", "deep")


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    words: tuple[str, ...]
    tree: str | None = None
    engine: str = "auto"
    profile: str = "publish"
    for_dachs: str = ""
    shard: str = ""
    changed_since: str = ""
    against: str = ""
    scratch: bool = False
    pre_publication: bool = False
    compare_db: bool = False
    run_tests: bool = False
    test_timeout: int = 15
    free_units: bool = False
    examples: bool = False
    cache: Path | None = None
    interpreter: str = dachs_package.INTERPRETER
    processes: int = 0
    timeout: float = 120.0
    memory_mb: int = 1500
    speedups: bool = True
    compatible: bool = False
    fix: bool = False
    diff: bool = False
    update_vocabularies: bool = False


class NoDachs(EnvironmentFault):
    """There is no DaCHS: normal on a CI runner, where only the text of RDs is checked."""


@dataclass
class Outcome:
    """What came of a run.

    `missing` are targets that are not there; `broken` is why the deep engine did not run. `verdicts` are DaCHS's own,
    by RD id. `paths` has every RD that was checked; that of a built-in one is empty. `whole_site`: the rules on the
    installation as a whole had their look.
    """

    findings: list[Finding] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    missing: list[AdminError] = field(default_factory=list)
    broken: AdminError | None = None
    database_fault: AdminError | None = None
    cached: set[str] = field(default_factory=set)
    looked_at: int = 0
    dachs_version: str = ""
    language: str = ""
    engines: tuple[str, ...] = ()
    tree: str = ""
    whole_site: bool = False
    cache_problem: str = ""
    notes: list[str] = field(default_factory=list)
    versions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    recheck: Callable[[Document], list[Finding]] = field(default=lambda rd: list[Finding]())

    @property
    def shown(self) -> dict[str, str]:
        """The file of each RD as findings show it."""
        return {rd_id: document.file for rd_id, document in self.documents.items()}

    def ran(self, chosen: Iterable[Rule]) -> tuple[Rule, ...]:
        """Those of the rules that had a look at every RD of this run."""
        return tuple(rule for rule in chosen if ("deep" if rule.stage == "deep" else "static") in self.engines
                     and (self.whole_site or not isinstance(rule, SiteRule) or not rule.whole))

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings of the deep engine, without those that a static rule has made already."""
        self.findings = merge.merged(self.findings, findings)


def run(request: Request, chosen: tuple[Rule, ...], host: Host, config: GavoRc, *,
        progress: Callable[[str, int, int], None] = lambda what, done, total: None) -> Outcome:
    """Check what the request names. Raises AdminError where nothing can be checked at all."""
    if request.engine not in ENGINES:
        raise UsageError(f"no engine is called {request.engine!r}", f"use one of {', '.join(ENGINES)}")
    if not request.against:
        return _run(request, chosen, host, config, dachs_package.find(host, request.interpreter), progress)
    from dachsadmin.val import against

    progress(f"unpacking DaCHS {request.against}", 0, 0)
    with against.unpacked(request.against, host, config, interpreter=request.interpreter) as other:
        return run_with(other, request, chosen, host, config, progress=progress)


def run_with(other: Against, request: Request, chosen: tuple[Rule, ...], host: Host, config: GavoRc, *,
             progress: Callable[[str, int, int], None] = lambda what, done, total: None) -> Outcome:
    """Check with a DaCHS that is unpacked already, which is what `request.against` names."""
    if other.fault is not None:
        if request.engine == "deep":
            raise other.fault
        request = replace(request, engine="static")
    outcome = _run(request, chosen, host, config, other.dachs, progress)
    outcome.notes += other.notes
    outcome.findings += [finding for finding in other.findings if finding.code in {rule.code for rule in chosen}]
    if other.fault is not None:
        _did_not_run(outcome, other.fault)
    return outcome


def _run(request: Request, chosen: tuple[Rule, ...], host: Host, config: GavoRc, installed: Dachs | None,
         progress: Callable[[str, int, int], None]) -> Outcome:
    """Check with one DaCHS, or with none."""
    if request.for_dachs and not re.fullmatch(r"\d+(\.\d+)*", request.for_dachs):
        raise UsageError(f"--for-dachs takes a version such as {Language.versions()[-1]}, not {request.for_dachs!r}")
    # Without a DaCHS nobody knows where the RDs are to run; the newest language refuses least.
    cache = Cache(request.cache)
    language = languages.choose(request.for_dachs, installed, host, cache)
    found = targets.find(list(request.words), tree=request.tree, inputs=config.inputs,
                         builtin=installed.builtin if installed else (), published=lambda: _published(config))
    outcome = Outcome(missing=found.missing, language=language.version, tree=found.layout.inputs,
                      engines=("static",) if request.engine != "deep" else ())
    site = Site(found.layout, language, config=config, database=_database(request, config, found.layout.inputs, outcome))
    site.database_fault = outcome.database_fault
    outcome.recheck = lambda rd: static.again(rd, site, chosen)
    circumstance = {"rules": rules_fingerprint(), "inputs": [found.layout.inputs, found.layout.mount],
                    "language": language.version, "root": str(config.path("rootDir"))}
    wanted = targets.shard(found.rds, request.shard) if request.shard else found.rds
    checked = _static(wanted, site, () if request.engine == "deep" else chosen, cache, circumstance, progress)
    if request.changed_since:
        outcome.looked_at = len(checked)
        checked = changes.affected(checked, host, request.changed_since, found.layout)
    for one in checked:
        outcome.paths[one.target.rd_id] = one.target.path or ""
        outcome.documents[one.target.rd_id] = one.rd
        outcome.findings += one.findings
        if request.compatible and one.rd.root is not None:
            outcome.versions[one.target.rd_id] = runs_on(one.rd)
    for target in wanted:
        if target.path is None and not request.changed_since:
            outcome.paths[target.rd_id] = ""
    _no_green_nothing(outcome, request)
    if request.engine != "deep":
        whole = bool({"ALL", "ALL_RECURSE"} & set(request.words)) and not request.changed_since
        outcome.whole_site = whole and request.shard[:2] in ("", "1/")
        outcome.findings += static.of_site(site, chosen, whole=outcome.whole_site)
    if request.engine != "static" and outcome.paths:
        _deep(request, host, config, site, outcome, installed, chosen, cache, circumstance, progress)
    elif request.scratch and outcome.documents:
        _try_sql(host, config, site, outcome, installed, chosen, cache, circumstance, progress)
    outcome.cache_problem = cache.problem
    return outcome


def _static(wanted: list[targets.Target], site: Site, chosen: tuple[Rule, ...], cache: Cache,
            circumstance: dict[str, Any], progress: Callable[[str, int, int], None]) -> list[static.Checked]:
    of_tree = [target for target in wanted if target.path is not None]
    checked = []
    for one in static.check(of_tree, site, chosen, cache, circumstance):
        checked.append(one)
        progress("static", len(checked), len(of_tree))
    return checked


def _no_green_nothing(outcome: Outcome, request: Request) -> None:
    """0 RDs checked is never a success; that no RD of a tree is affected by a change is one."""
    if outcome.paths:
        return
    if request.changed_since and outcome.looked_at:
        outcome.notes.append(f"no RD is affected by the changes since {request.changed_since}, of {outcome.looked_at} looked at")
        return
    raise TargetError("no RD was checked" + (f" in shard {request.shard}" if request.shard else ""),
                      "name RDs that exist, or use fewer shards than there are RDs")


def _published(config: GavoRc) -> list[str]:
    from dachsadmin.system import postgres

    return postgres.published_rds(config)


def _database(request: Request, config: GavoRc, inputs: str, outcome: Outcome) -> LiveDatabase | None:
    """The configured database, if the tree is the configured one and a server answers."""
    from dachsadmin.system import postgres

    if request.scratch or request.against or os.path.realpath(config.inputs) != os.path.realpath(inputs):
        return None
    try:
        return postgres.configured(config)
    except AdminError as error:
        outcome.database_fault = error
        return None


def _deep(request: Request, host: Host, config: GavoRc, site: Site, outcome: Outcome, installed: Dachs | None,
          chosen: tuple[Rule, ...], cache: Cache, circumstance: dict[str, Any],
          progress: Callable[[str, int, int], None]) -> None:
    """Have DaCHS validate what could be parsed, and add what it says. What keeps it from running ends in `broken`."""
    from dachsadmin.system.worker.client import Options
    from dachsadmin.val import deep_run

    rds = {rd_id: outcome.documents.get(rd_id) for rd_id in outcome.paths
           if (rd := outcome.documents.get(rd_id)) is None or rd.root is not None}
    outcome.verdicts.update({rd_id: "Fail" for rd_id in outcome.paths if rd_id not in rds})
    options = Options(pre_publication=request.pre_publication, compare_db=request.compare_db, run_tests=request.run_tests,
                      timeout=request.test_timeout, accept_free_units=request.free_units, examples=request.examples)
    codes = {rule.code for rule in chosen}
    without: dict[str, list[Finding]] = {}
    try:
        place = _place(request, host, config, site, outcome, installed, progress)
        outcome.dachs_version = place.dachs.version
        trial = _trial(place, outcome, site, chosen, cache, circumstance) if request.engine != "deep" else None
        if trial is not None:
            place = trial.around(place)
        for number, verdict in enumerate(deep_run.run(rds, place, options, cache, circumstance), 1):
            outcome.verdicts[verdict.rd_id] = verdict.verdict
            if verdict.cached:
                outcome.cached.add(verdict.rd_id)
            outcome.add(finding for finding in verdict.findings if finding.code in codes and finding.code != merge.NO_VOCABULARY)
            for finding in verdict.findings:
                if finding.code == merge.NO_VOCABULARY and finding.code in codes:
                    without.setdefault(finding.value, []).append(finding)
            progress("deep", number, len(rds))
        if trial is not None:
            if trial.waiting:
                with place.open():
                    pass
            _add_trial(outcome, trial)
        outcome.engines += ("deep",)
        outcome.findings += [merge.without_vocabulary(name, findings) for name, findings in sorted(without.items())]
    except AdminError as error:
        if request.engine == "deep" and not outcome.verdicts:
            raise
        _did_not_run(outcome, error)


def _did_not_run(outcome: Outcome, error: AdminError) -> None:
    outcome.broken = error
    outcome.findings.append(Finding(
        "DA990", "deep-validation-did-not-run", Severity.INFO, "", Location(""), error.message, hint=error.hint,
        engine="deep", tested=False))


def _trial(place: Place, outcome: Outcome, site: Site, chosen: tuple[Rule, ...], cache: Cache,
           circumstance: dict[str, Any]) -> Trial | None:
    """What SQL can be tried on a throw-away database; None on a configured one, where that is done."""
    from dachsadmin.val.trial import Trial

    if place.kind != "scratch" or site.database is not None:
        return None
    return Trial(outcome.documents, site, [rule for rule in chosen if rule.stage == "database"], place.dachs.version, cache,
                 circumstance)


def _try_sql(host: Host, config: GavoRc, site: Site, outcome: Outcome, installed: Dachs | None, chosen: tuple[Rule, ...],
             cache: Cache, circumstance: dict[str, Any], progress: Callable[[str, int, int], None]) -> None:
    """Try SQL on a throw-away database, without the deep engine. What keeps it from being tried ends in `broken`."""
    from dachsadmin.val import place
    from dachsadmin.val.trial import Trial

    trial = Trial(outcome.documents, site, [rule for rule in chosen if rule.stage == "database"],
                  installed.version if installed else "", cache, circumstance)
    try:
        if trial.waiting:
            progress("making a throw-away database", 0, 0)
            with place.database_only(installed, config, host) as database:
                trial.run(database)
    except AdminError as error:
        outcome.broken = error
        outcome.notes.append(f"SQL was not tried: {error.message}" + (f"; {error.hint}" if error.hint else ""))
    _add_trial(outcome, trial)


def _add_trial(outcome: Outcome, trial: Trial) -> None:
    """Put what the trial found in place of what could be said without a database."""
    outcome.findings = [finding for finding in outcome.findings
                        if finding.code not in trial.codes or finding.rd not in trial.found]
    outcome.findings += [finding for found in trial.found.values() for finding in found]


def _place(request: Request, host: Host, config: GavoRc, site: Site, outcome: Outcome, installed: Dachs | None,
           progress: Callable[[str, int, int], None]) -> Place:
    """Where the deep engine runs. Raises EnvironmentFault if there is no DaCHS, or no database can be had."""
    from dachsadmin.system.worker.client import WorkerSettings
    from dachsadmin.val import place

    workers = WorkerSettings(interpreter=request.interpreter, processes=request.processes or os.cpu_count() or 1,
                             timeout=request.timeout, memory_mb=request.memory_mb, speedups=request.speedups)
    if installed is None:
        raise NoDachs(f"{request.interpreter} has no DaCHS, so its own validation did not run",
                      "run 'apt-get install python3-gavo', or leave it out with --engine static")
    if isinstance(site.database, LiveDatabase):
        return place.configured(installed, config, host, site.database, replace(workers, environment=gavorc.passed_on()))
    if outcome.database_fault is not None:
        outcome.notes.append(f"{outcome.database_fault.message}; DaCHS's validation runs on a throw-away database")
    return place.throw_away(installed, config, host, site.layout, workers, lambda text: progress(text, 0, 0))
