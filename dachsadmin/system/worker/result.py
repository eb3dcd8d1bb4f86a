"""What goes to the worker and what comes back: settings, options, messages and verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dachsadmin.model.finding import Severity

LONGEST_TEXT = 20_000
"""Longer messages are cut; nobody reads more."""


@dataclass(frozen=True)
class WorkerSettings:
    """How to run the worker.

    `user` is whom RD code runs as; None means ourselves, which must not be root. `environment` is what DaCHS is to see
    (GAVOSETTINGS, GAVO_INPUTSDIR, PYTHONPATH, ...); nothing else of our environment gets there. `timeout` is in s per
    RD, `memory_mb` the limit of each process (address space) and of all processes of one RD together (resident).
    """

    interpreter: str = "/usr/bin/python3"
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    processes: int = 2
    timeout: float = 120.0
    memory_mb: int = 1500
    speedups: bool = True


@dataclass(frozen=True)
class Options:
    """What `dachs val` has options for: -p, -c, -t, -T (s), -u and -x."""

    pre_publication: bool = False
    compare_db: bool = False
    run_tests: bool = False
    timeout: int = 15
    accept_free_units: bool = False
    examples: bool = False


@dataclass(frozen=True)
class DeepMessage:
    """One thing that DaCHS says about an RD.

    `family`: load, services, rowmakers, tables, code, rst, examples, tests, memory, crash (the process ended itself or
    broke), killed (by a signal from elsewhere), timeout; and what could not be tested: vocabulary, database, or any of
    the above with `untested`. `text` is one line. `line` and `column` count from 1, 0 means unknown; they are in the
    RD's own file. `context` has facts: kind, exception, table, table_id, column, unit, ucd, resource, element, subject,
    failures, file, hint, ... (see worker/wording.py).
    """

    family: str
    severity: Severity
    text: str
    line: int = 0
    column: int = 0
    context: Mapping[str, Any] = field(default_factory=dict)
    untested: bool = False


@dataclass(frozen=True)
class RegressionTest:
    """How a regression test of an RD came out: OK, FAIL (not as expected) or ERROR (it could not run)."""

    title: str
    outcome: str
    message: str
    seconds: float


@dataclass(frozen=True)
class DeepResult:
    """What DaCHS says of one RD.

    `verdict` is OK or Fail exactly as `dachs val` says it, or crash where `dachs val` ends with an exception or does
    not end. (A vocabulary that cannot be had, for which `dachs val` aborts, is a message; the verdict is that of the
    rest.) `dependencies` are absolute paths of all files that the verdict depends on; also directories whose listing
    does, and files that are absent, where their absence matters. `read_database` is whether the content of the database
    could have changed the verdict. `output` is the end of what RD code printed.
    """

    rd_id: str
    verdict: str
    messages: tuple[DeepMessage, ...]
    dependencies: tuple[str, ...] = ()
    read_database: bool = False
    seconds: float = 0.0
    tests: tuple[RegressionTest, ...] = ()
    output: str = ""


@dataclass(frozen=True)
class Declared:
    """What one RD says of its tables (see worker/declared.py), None if it does not load or could not be asked.

    `fault` is why; `passing` that it may be another one next time (a process that was killed, took too long or too much
    memory). `dependencies` are as in DeepResult; `asked_database` is whether loading the RD asked the database for
    more than statistics.
    """

    rd_id: str
    content: Mapping[str, Any] | None
    fault: str = ""
    passing: bool = False
    dependencies: tuple[str, ...] = ()
    asked_database: bool = False


def message(entry: Mapping[str, Any]) -> DeepMessage:
    """A message as the worker sends it. Raises ValueError, KeyError or TypeError for what is none."""
    return DeepMessage(
        str(entry["family"]), Severity[str(entry["severity"]).upper()], str(entry["text"])[:LONGEST_TEXT],
        int(entry.get("line", 0)), int(entry.get("column", 0)), dict(entry.get("context", {})), bool(entry.get("untested")))


def result(rd_id: str, messages: list[DeepMessage], reply: Mapping[str, Any] | None, seconds: float,
           stage: str) -> DeepResult:
    """A verdict from what the worker has replied; without a reply, the messages say why."""
    done = dict((reply or {}).get("done") or {})
    if reply is not None and reply.get("error"):
        messages = [*messages, DeepMessage("crash", Severity.ERROR, str(reply["error"]),
                                           context={"stage": stage, "kind": "exception"})]
    verdict = str(done.get("verdict", ""))
    tests = [RegressionTest(str(test["title"]), str(test["outcome"]), str(test["message"]), float(test["seconds"]))
             for test in done.get("tests", ())]
    return DeepResult(
        rd_id=rd_id, verdict=verdict if verdict in ("OK", "Fail") else "crash", messages=tuple(messages),
        dependencies=tuple(map(str, done.get("dependencies", ()))), read_database=bool(done.get("read_database", True)),
        seconds=seconds, tests=tuple(tests), output=str(done.get("output", "")))


def declared(rd_id: str, messages: list[DeepMessage], reply: Mapping[str, Any] | None) -> Declared:
    """What an RD declares, from what the worker has replied; without a reply, the messages say why."""
    done = (reply or {}).get("done") or {}
    content = done.get("declared")
    if not done:
        why = str((reply or {}).get("error") or messages[-1].text)
        return Declared(rd_id, None, why[:LONGEST_TEXT], passing=True)
    return Declared(rd_id, dict(content) if content else None, str(done.get("fault", ""))[:LONGEST_TEXT],
                    dependencies=tuple(map(str, done.get("dependencies", ()))),
                    asked_database=bool(done.get("asked_database", True)))


def line(content: Mapping[str, Any]) -> bytes:
    """A line of the protocol."""
    return json.dumps(content).encode("ascii") + b"\n"
