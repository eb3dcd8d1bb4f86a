"""Our side of the worker: hands it work, and survives whatever RD code does to it."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any

from dachsadmin.errors import EnvironmentFault, UsageError
from dachsadmin.model.finding import Severity
from dachsadmin.system.worker import result
from dachsadmin.system.worker.process import Process
from dachsadmin.system.worker.result import Declared, DeepMessage, DeepResult, Options, RegressionTest, WorkerSettings

__all__ = ["Declared", "DeepMessage", "DeepResult", "Options", "Pool", "RegressionTest", "WorkerSettings", "update_vocabularies"]

_log = logging.getLogger(__name__)
START_TIMEOUT = 60.0
"""Seconds for starting the interpreter and importing gavo."""
PATIENCE = 10.0
"""Seconds for the keeper to carry out an order, and for a child to begin: no RD code runs before that."""
GRACE = 1.0
"""Seconds between the end of a child's line and the news of its death; without news, it has closed the line only."""
CROWD = 8
"""More processes than this of one RD may keep the others from getting done in time."""
LONGEST = 50_000_000
"""The longest message in bytes; a longer one is not DaCHS's."""


@dataclass
class _Task:
    order: dict[str, Any]
    again: bool = False
    first: bool = False
    begun: float = 0.0
    timeout: float = 0.0
    deadline: float = 0.0
    stage: str = ""
    messages: list[DeepMessage] = field(default_factory=list)
    reply: dict[str, Any] | None = None


@dataclass
class _Child:
    """A forked process that works for us.

    `task` is what it is busy with, `arrived` the beginning of a message. `gone`: its line is closed; `doomed`: why the
    keeper has been told to end it.
    """

    key: int
    wire: socket.socket
    arrived: bytes = b""
    task: _Task | None = None
    finished: int = 0
    gone: bool = False
    doomed: str = ""


class Pool:
    """A running worker; a context manager. Enter it in a thread that outlives it: the worker ends with that thread.

    The interpreter imports gavo while the caller does other things; the first question waits for it.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self._keys = 0

    def __enter__(self) -> Pool:
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the worker and all that it started."""
        for child in list(self._children.values()):
            self._forget(child)
        self._selector.close()
        self._process.close()

    def versions(self) -> dict[str, Any]:
        """`dachs` and `python`; `examples`: whether this DaCHS knows -x; `speedups`: what is made faster, or "".

        Raises EnvironmentFault if gavo cannot be imported.
        """
        if self._ready is None:
            told = self._process.hear(START_TIMEOUT)
            if told is None or "ready" not in told:
                why = self._process.complaint() if told is None else told.get("failed")
                _log.debug("%s", (told or {}).get("trace"))
                raise EnvironmentFault(f"{self.settings.interpreter} cannot import gavo: {why}",
                                       f"run '{self.settings.interpreter} -c \"import gavo.api\"'")
            self._ready = told["ready"]
        return self._ready

    def request(self, verb: str, **arguments: Any) -> Any:
        """Have one child answer one request other than validation, such as `vocabularies`."""
        done = list(self._work([_Task({"do": verb, **arguments})], START_TIMEOUT, processes=1))[0]
        if done.reply is None or done.reply.get("error"):
            reason = done.reply["error"] if done.reply else done.messages[-1].text
            raise EnvironmentFault(f"the worker cannot {verb}: {reason}", "run again with -vv and report this as a bug")
        return done.reply["done"]

    def validate(self, rd_ids: Iterable[str], options: Options | None = None) -> Iterator[DeepResult]:
        """Validate RDs; results come in the order they finish, one for each id."""
        options = options or Options()
        if options.examples and not self.versions()["examples"]:
            raise UsageError(f"DaCHS {self.versions()['dachs']} cannot validate examples (-x); DaCHS can since 2.12",
                             "leave -x out, or validate --against a newer DaCHS")
        tasks = [_Task({"do": "validate", "rd": rd_id, "options": asdict(options)}) for rd_id in rd_ids]
        for task in self._work(tasks, self.settings.timeout, self.settings.processes):
            yield result.result(task.order["rd"], task.messages, task.reply, time.monotonic() - task.begun, task.stage)

    def declared(self, rd_ids: Iterable[str]) -> Iterator[Declared]:
        """What RDs say of their tables; results come in the order they finish, one for each id."""
        yield from self._told([{"do": "declared", "rd": rd_id} for rd_id in rd_ids])

    def rendered(self, tables: Mapping[str, Sequence[str]]) -> Iterator[Declared]:
        """The VOSI documents of tables by their RDs (see worker/rendered.py), as DaCHS makes them; one for each RD."""
        yield from self._told([{"do": "rendered", "rd": rd_id, "tables": list(names)} for rd_id, names in tables.items()])

    def _told(self, orders: Iterable[dict[str, Any]]) -> Iterator[Declared]:
        tasks = [_Task(order) for order in orders]
        for task in self._work(tasks, self.settings.timeout, self.settings.processes):
            yield result.declared(task.order["rd"], task.messages, task.reply)

    def _start(self) -> None:
        self._children: dict[int, _Child] = {}
        self._ready: dict[str, Any] | None = None
        self._process = Process(self.settings)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.wire, selectors.EVENT_READ, None)

    def _work(self, tasks: list[_Task], timeout: float, processes: int) -> Iterator[_Task]:
        """Do the tasks; doubtful ones are done again at the end, alone in a fresh process, so that no bystander is blamed."""
        waiting, suspects = deque(tasks), deque[_Task]()
        self.versions()
        while waiting or suspects or any(child.task for child in self._children.values()):
            if waiting:
                for child in self._idle(min(processes, len(waiting))):
                    if waiting:
                        self._hand_out(child, waiting.popleft(), timeout)
            elif suspects and not any(child.task for child in self._children.values()):
                self._hand_out(self._idle(1, fresh=True)[0], suspects.popleft(), timeout)
            for task in self._wait():
                if not task.again and "rd" in task.order and _is_doubtful(task):
                    suspects.append(_Task(task.order, again=True))
                else:
                    yield task

    def _idle(self, wanted: int, *, fresh: bool = False) -> list[_Child]:
        """Children that have nothing to do; new ones are forked up to the number wanted.

        With `fresh`, only those that have done nothing before.
        """
        for child in list(self._children.values()):
            if fresh and child.finished and not child.doomed:
                self._doom(child, "retired")
        usable = [child for child in self._children.values() if not child.doomed and not child.gone]
        for _ in range(wanted - len(usable)):
            usable.append(self._fork())
        return [child for child in usable if child.task is None]

    def _fork(self) -> _Child:
        ours, theirs = socket.socketpair()
        self._keys += 1
        with theirs:
            if not self._process.tell({"do": "fork", "child": self._keys}, theirs.fileno()):
                _log.info("the worker is gone; a new one is started")
        child = self._children[self._keys] = _Child(self._keys, ours)
        self._selector.register(ours, selectors.EVENT_READ, child)
        return child

    def _hand_out(self, child: _Child, task: _Task, timeout: float) -> None:
        child.task = task
        task.begun = time.monotonic()
        task.timeout = timeout
        task.deadline = task.begun + PATIENCE
        with contextlib.suppress(OSError):
            child.wire.sendall(result.line(task.order))

    def _wait(self) -> list[_Task]:
        """Wait until something happens; the tasks that are done with."""
        now = time.monotonic()
        deadlines = [child.task.deadline for child in self._children.values() if child.task]
        done = []
        for key, _ in self._selector.select(max(0.0, min(deadlines, default=now + 1) - now)):
            if key.data is None:
                done += self._hear_keeper()
            elif self._children.get(key.data.key) is key.data:
                done += self._hear_child(key.data)
        now = time.monotonic()
        for child in list(self._children.values()):
            if child.task and now > child.task.deadline + (PATIENCE if child.doomed else 0):
                if child.doomed or not (child.task.stage or child.gone):
                    return done + self._restart()
                self._doom(child, "lost" if child.gone else "timeout")
        return done

    def _hear_child(self, child: _Child) -> list[_Task]:
        try:
            chunk = child.wire.recv(1 << 20)
        except OSError:
            chunk = b""
        if not chunk:
            self._selector.unregister(child.wire)
            child.gone = True
            if child.task is None:
                self._doom(child, "lost")
            elif not child.doomed:
                child.task.deadline = time.monotonic() + GRACE
            return []
        child.arrived += chunk
        if len(child.arrived) > LONGEST and not child.doomed:
            self._doom(child, "babble")
        return self._take_lines(child)

    def _take_lines(self, child: _Child) -> list[_Task]:
        done = []
        while b"\n" in child.arrived:
            line, child.arrived = child.arrived.split(b"\n", 1)
            try:
                done += self._take(child, json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                _log.debug("RD code wrote on the line: %r (%s)", line[:100], error)
        return done

    def _take(self, child: _Child, told: dict[str, Any]) -> list[_Task]:
        """A message of a child. RD code can write to the line, too: what makes no sense raises."""
        task = child.task
        if task is None:
            return []
        if "stage" in told:
            if not task.stage:
                task.deadline = time.monotonic() + task.timeout
            task.stage = str(told["stage"])
            if "allow" in told:
                task.deadline = max(task.deadline, time.monotonic() + min(float(told["allow"]), 600))
        elif "messages" in told:
            task.messages += [result.message(entry) for entry in told["messages"]]
        elif "done" in told:
            retire = bool(told["retire"])
            task.reply, child.task, task.first = told, None, child.finished == 0
            child.finished += 1
            if retire:
                self._doom(child, "retired")
            return [task]
        return []

    def _doom(self, child: _Child, reason: str) -> None:
        """Have the keeper end a child; it tells us when that is done."""
        child.doomed = reason
        if child.task:
            child.task.deadline = time.monotonic()
        self._process.tell({"do": "kill", "child": child.key, "reason": reason})

    def _hear_keeper(self) -> list[_Task]:
        done = []
        while True:
            told = self._process.hear(PATIENCE)
            if told is None:
                return done + self._restart()
            child = self._children.get(told.get("died", 0))
            if child is not None:
                done += self._bury(child, told)
            if not self._process.more:
                return done

    def _bury(self, child: _Child, told: dict[str, Any]) -> list[_Task]:
        """A child is dead. What it said before counts still."""
        child.wire.setblocking(False)
        with contextlib.suppress(OSError):
            while chunk := child.wire.recv(1 << 20):
                child.arrived += chunk
        done = self._take_lines(child)
        self._forget(child)
        if child.task:
            child.task.messages.append(self._obituary(child, child.task, told))
            done.append(child.task)
        return done

    def _forget(self, child: _Child) -> None:
        del self._children[child.key]
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(child.wire)
        child.wire.close()

    def _restart(self) -> list[_Task]:
        """The keeper is gone or hangs, which only RD code can have done: start over. Returns the tasks under way."""
        _log.info("the worker was broken by RD code; it is started anew")
        broken = []
        for child in list(self._children.values()):
            if child.task:
                child.task.messages.append(self._obituary(child, child.task, {"status": -signal.SIGKILL}))
                broken.append(child.task)
        self.close()
        self._start()
        self.versions()
        return broken

    def _obituary(self, child: _Child, task: _Task, told: dict[str, Any]) -> DeepMessage:
        """What a child died of, as a message about the RD that it was busy with."""
        status, reason = int(told.get("status", 0)), child.doomed or str(told.get("reason", ""))
        where, output = f"while checking {task.stage or 'load'}", self._process.output_of(child.key)
        if reason == "timeout":
            family, text = "timeout", f"not done after {time.monotonic() - task.begun:.0f} s, ended {where}"
        elif reason == "memory" or "MemoryError" in output:
            family, text = "memory", f"its processes took more than {self.settings.memory_mb} MB {where}"
        elif reason in ("lost", "babble"):
            family, text = "crash", f"RD code broke the validating process {where}"
        elif status < 0:
            family = "killed" if status in (-signal.SIGKILL, -signal.SIGTERM) else "crash"
            text = f"the validating process ended with {_signal_name(-status)} {where}"
        else:
            family, text = "crash", f"RD code ended the validating process (exit status {status}) {where}"
        return DeepMessage(family, Severity.ERROR, text, context={
            "kind": reason or "died", "stage": task.stage, "output": output, "status": status,
            "fresh": child.finished == 0, "crowd": int(told.get("crowd", 1)), **_busy_at(str(told.get("trace", "")))})


def update_vocabularies(settings: WorkerSettings, names: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """Fetch vocabularies to where DaCHS looks for them, as the server's user.

    Without names, those that this DaCHS asks for. Gives {name: {"path": where, "fault": why not or ""}}.
    """
    with Pool(settings) as pool:
        fetched: dict[str, dict[str, str]] = pool.request("vocabularies", names=list(names))
        return fetched


def _is_doubtful(task: _Task) -> bool:
    """Whether what another RD did may be the reason why this one broke its process, or raised what DaCHS does not catch."""
    if task.reply is not None:
        return not task.first and (task.reply.get("done") or {}).get("verdict") not in ("OK", "Fail")
    last = task.messages[-1]
    if not task.stage:
        return True
    if last.family == "timeout":
        return bool(last.context["crowd"] > CROWD)
    return last.family == "killed" or not last.context["fresh"]


def _busy_at(trace: str) -> dict[str, Any]:
    """Where code of the tree was busy, by faulthandler's account (the innermost call first)."""
    frames = re.findall(r'File "([^"]+)", line (\d+) in (.+)', trace)
    for file, line, function in frames:
        if file.startswith("/") and "/lib/python" not in file and "-packages/" not in file:
            return {"python_file": file, "python_line": int(line), "function": function}
    inner = [f"{function} ({file}, line {line})" for file, line, function in frames if not file.startswith("<dachsadmin")]
    return {"function": inner[0]} if inner else {}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
