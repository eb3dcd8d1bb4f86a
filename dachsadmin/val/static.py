"""The static engine: all rules over the text of RDs, without DaCHS, database or network."""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dachsadmin.check.cache import Cache, from_json, to_json
from dachsadmin.check.rule import discover
from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.finding import Finding
from dachsadmin.rd.document import MAX_BYTES, Document, ParseFailure, parse
from dachsadmin.val.rule import Rule, SiteRule
from dachsadmin.val.site import Site
from dachsadmin.val.targets import Target


@dataclass
class Checked:
    """What the static engine says of one RD, and which files it asked for."""

    target: Target
    rd: Document
    findings: list[Finding] = field(default_factory=list)
    files: set[str] = field(default_factory=set)


def rules() -> tuple[Rule, ...]:
    """All static rules, and the pages of the deep ones."""
    return tuple(rule for rule in discover("dachsadmin.val.rules") if isinstance(rule, Rule))


def read(target: Target, site: Site) -> Document:
    """Parse a target of the tree; a file that cannot be read becomes a document with a failure."""
    assert target.path is not None
    raw = site.files.read(target.path, MAX_BYTES)
    if raw is None:
        rd = parse(b"", target.rd_id, site.shown(target.path))
        rd.failure = ParseFailure("unreadable", f"{target.path} cannot be read: {site.files.fault(target.path)}", 0)
        return rd
    return parse(raw, target.rd_id, site.shown(target.path))


def check(targets: Iterable[Target], site: Site, chosen: tuple[Rule, ...], cache: Cache,
          circumstance: dict[str, Any]) -> Iterator[Checked]:
    """Check each RD with the chosen rules, fast ones first. `circumstance` is what makes cached verdicts comparable."""
    stages = {stage: [rule for rule in chosen if rule.stage == stage] for stage in ("load", "fast", "slow", "database")}
    with _not_looking_for_garbage():
        for target in targets:
            rd = read(target, site)
            result = Checked(target, rd, files={target.path or ""})
            with site.recording() as asked:
                if rd.root is None:
                    result.findings += _apply(stages["load"], rd, site)
                else:
                    result.findings += _apply(stages["fast"], rd, site)
                    result.findings += _apply(stages["database"], rd, site)
                    if stages["slow"]:
                        result.findings += _cached(stages["slow"], rd, site, cache, circumstance, asked)
                result.files |= {path for _question, path in asked}
            rd.facts.clear()
            yield result


@contextmanager
def _not_looking_for_garbage() -> Iterator[None]:
    """Looking for garbage takes a third of the time otherwise, and there is none: the documents are kept for the deep
    engine, and what was found out about them goes with Document.facts."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def of_site(site: Site, chosen: tuple[Rule, ...], *, whole: bool) -> list[Finding]:
    """What there is to say of the installation; of it as a whole only if the whole tree is looked at."""
    found: list[Finding] = []
    for rule in chosen:
        if isinstance(rule, SiteRule) and (whole or not rule.whole):
            try:
                found += rule.check_site(site)
            except EnvironmentFault as fault:
                site.lose_database(fault)
    return found


def again(rd: Document, site: Site, chosen: tuple[Rule, ...]) -> list[Finding]:
    """What the rules that need no database say of an RD's text, for instance after a fix."""
    if rd.root is None:
        return _apply([rule for rule in chosen if rule.stage == "load"], rd, site)
    return _apply([rule for rule in chosen if rule.stage in ("fast", "slow")], rd, site)


def _apply(rules: list[Rule], rd: Document, site: Site) -> list[Finding]:
    names = rd.names
    return [finding for rule in rules if not rule.only_with or not names.isdisjoint(rule.only_with)
            for finding in rule.check(rd, site)]


def _cached(rules: list[Rule], rd: Document, site: Site, cache: Cache, circumstance: dict[str, Any],
            asked: dict[tuple[str, str], Any]) -> list[Finding]:
    """Slow rules depend on the text of the RD and on the files that they ask for."""
    key = {**circumstance, "kind": "slow", "rd": rd.rd_id, "codes": [rule.code for rule in rules],
           "content": hashlib.sha256(rd.raw).hexdigest()}
    hits = cache.hits
    entry = cache.get(key)
    cache.hits = hits
    if entry is not None:
        return from_json(entry["findings"])
    before = time.time()
    with site.recording() as own:
        found = _apply(rules, rd, site)
    asked.update(own)
    cache.put(key, {path for _question, path in own}, {"findings": to_json(found)}, before)
    return found
