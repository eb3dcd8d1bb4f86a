"""The findings that were there when checking began: they stay quiet, new ones fail."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from dachsadmin.errors import AdminError, ConfigurationError
from dachsadmin.model.finding import Finding
from dachsadmin.model.fingerprint import fingerprint
from dachsadmin.system.host import Host

FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """One known finding, which engine made it, and how often it is in the RD. `message` is for the reader only."""

    rd: str
    code: str
    engine: str
    fingerprint: str
    message: str
    count: int = 1


@dataclass(frozen=True)
class Scope:
    """What was looked at: RDs, rules and engines. None means all."""

    rds: Container[str] | None = None
    codes: Collection[str] | None = None
    engines: Collection[str] | None = None

    def has(self, entry: Entry) -> bool:
        return ((self.rds is None or entry.rd in self.rds) and (self.codes is None or entry.code in self.codes)
                and (self.engines is None or entry.engine in self.engines))


EVERYTHING = Scope()


@dataclass(frozen=True)
class Baseline:
    """The known findings, by fingerprint."""

    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """`new` findings are to be told, `known` ones not; of the `vanished` entries there are now fewer or none."""

    new: list[Finding]
    known: list[Finding]
    vanished: list[Entry]


@dataclass(frozen=True)
class Settled:
    """What is left to tell, how many findings are known, how many entries vanished, and what was done with the file."""

    new: list[Finding]
    known: int = 0
    vanished: int = 0
    note: str = ""


def settle(findings: Sequence[Finding], path: str | None, scope: Scope, host: Host, *, write: bool) -> Settled:
    """Tell new findings from those in a baseline file, if there is to be one; with `write`, put them into it first.

    Raises ConfigurationError for a file that is none.
    """
    if not path:
        return Settled(list(findings))
    exists = host.exists(os.path.abspath(path))
    before = load(path, host) if exists or not write else Baseline()
    note = ""
    if write:
        before = update(findings, before, scope)
        written = save(path, before, host)
        number = len(before.entries)
        note = f"{path}: {number} known finding{'' if number == 1 else 's'}, {'written' if written else 'unchanged'}"
    compared = compare(findings, before, scope)
    return Settled(compared.new, len(compared.known), len(compared.vanished), note)


def load(path: str, host: Host) -> Baseline:
    """Read a baseline file. Raises ConfigurationError if it is not there or is no baseline."""
    if not host.exists(os.path.abspath(path)):
        raise ConfigurationError(f"the baseline {path} does not exist", "make it with --update-baseline")
    try:
        content = json.loads(host.read(os.path.abspath(path)))
        return _parse(content)
    except AdminError as error:
        raise ConfigurationError(f"the baseline {path} cannot be read: {error.message}", error.hint) from None
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"the baseline {path} is broken: {error or type(error).__name__}",
                                 "restore it, or make a new one with --update-baseline") from None


def compare(findings: Sequence[Finding], baseline: Baseline, scope: Scope = EVERYTHING) -> Comparison:
    """Tell new findings from known ones, before they are grouped.

    Entries outside of `scope` did not vanish. What could not be tested is always new, for a baseline of it would be
    silence about a check that never ran.
    """
    left = Counter({mark: entry.count for mark, entry in baseline.entries.items()})
    new: list[Finding] = []
    known: list[Finding] = []
    for finding in findings:
        mark = fingerprint(finding)
        if finding.tested and left[mark] > 0:
            left[mark] -= 1
            known.append(finding)
        else:
            new.append(finding)
    vanished = [entry for mark, entry in baseline.entries.items() if left[mark] > 0 and scope.has(entry)]
    return Comparison(new, known, vanished)


def update(findings: Sequence[Finding], baseline: Baseline, scope: Scope = EVERYTHING) -> Baseline:
    """The baseline that makes this run quiet. Entries outside of `scope` stay as they are."""
    entries = {mark: entry for mark, entry in baseline.entries.items() if not scope.has(entry)}
    counts: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.tested:
            counts[fingerprint(finding)].append(finding)
    for mark, members in counts.items():
        first = min(members, key=lambda finding: finding.location)
        entries[mark] = Entry(first.rd, first.code, first.engine, mark, first.message, len(members))
    return Baseline(entries)


def save(path: str, baseline: Baseline, host: Host) -> bool:
    """Write a baseline file, unless it says the same already; return whether it was written.

    An entry a line, in a fixed order, so that version control shows what came and went.
    """
    told = sorted(baseline.entries.values(), key=lambda entry: (entry.rd, entry.code, entry.message, entry.fingerprint))
    lines = [json.dumps({"rd": entry.rd, "code": entry.code, "engine": entry.engine, "fingerprint": entry.fingerprint,
                         "count": entry.count, "message": entry.message}, ensure_ascii=True) for entry in told]
    body = "".join(f"\n    {line}{',' if number < len(lines) else ''}" for number, line in enumerate(lines, 1))
    end = "\n  ]" if lines else "]"
    content = f'{{\n  "dachsadmin_baseline": {FORMAT},\n  "findings": [{body}{end}\n}}\n'.encode()
    whole = os.path.abspath(path)
    if host.exists(whole) and host.read(whole) == content:
        return False
    host.write_atomic(whole, content)
    return True


def _parse(content: Any) -> Baseline:
    if not isinstance(content, dict) or "dachsadmin_baseline" not in content:
        raise ValueError("it is no baseline of dachsadmin")
    if content["dachsadmin_baseline"] != FORMAT:
        raise ValueError(f"it has format {content['dachsadmin_baseline']!r}, and this dachsadmin knows {FORMAT}")
    entries = {}
    for item in content["findings"]:
        entry = Entry(_typed(item, "rd", str), _typed(item, "code", str), _typed(item, "engine", str),
                      _typed(item, "fingerprint", str), _typed(item, "message", str), _typed(item, "count", int))
        if entry.count < 1 or entry.fingerprint in entries:
            raise ValueError(f"the entry {entry.fingerprint!r} is there twice or counts {entry.count}")
        entries[entry.fingerprint] = entry
    return Baseline(entries)


def _typed(item: dict[str, Any], key: str, kind: type) -> Any:
    value = item[key]
    if type(value) is not kind:
        raise ValueError(f"{key} is {value!r}, not a {'number' if kind is int else 'text'}")
    return value
