"""The one fake: a machine whose files are real, below a temporary directory, and whose programs are scripted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO, Union

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system.command import Completed, Sink
from dachsadmin.system.host import Host

Reply = Union[str, int, Completed, Exception, Callable[..., Union[str, int, Completed]]]


class UnscriptedCommand(AssertionError):
    """The code under test ran a program that the test did not expect."""


class FakeHost(Host):
    """A Host below `root`. `replies` says how a program answers, by its argv.

    A reply is what it writes (a text), its exit status (a number), a Completed, an error to raise, or a function of
    the host (and of `stdin`, if it wants it by that name) that returns one of these. `ran` lists the command lines in
    order.
    """

    def __init__(self, root: str | os.PathLike[str], replies: Mapping[tuple[str, ...], Reply] | None = None, *,
                 is_root: bool = True) -> None:
        super().__init__(root)
        self.replies = dict(replies or {})
        self.ran: list[str] = []
        self._owners = Path(f"{self.root}.owners")
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
        self._is_root = is_root

    @property
    def is_root(self) -> bool:
        return self._is_root

    @property
    def hostname(self) -> str:
        return "vo.example.org"

    def clock(self) -> datetime:
        """A second later every time."""
        self.now += timedelta(seconds=1)
        return self.now

    def which(self, program: str) -> str | None:
        """Only scripted programs are installed."""
        return f"/usr/bin/{program}" if any(argv[0] == program for argv in self.replies) else None

    def _execute(self, argv: tuple[str, ...], shown: str, user: str | None, timeout: float | None,
                 env: Mapping[str, str], stdin: bytes | BinaryIO, cwd: str, sink: Sink | None) -> Completed:
        if argv not in self.replies:
            raise UnscriptedCommand(f"no reply is scripted for {argv!r}")
        self.ran.append(shown)
        reply = self.replies[argv]
        if callable(reply):
            stdin = stdin if isinstance(stdin, bytes) else stdin.read()
            wants_stdin = "stdin" in reply.__code__.co_varnames[:reply.__code__.co_argcount]
            reply = reply(self, stdin=stdin) if wants_stdin else reply(self)
        if isinstance(reply, Exception):
            raise reply
        if not isinstance(reply, Completed):
            reply = Completed(argv, reply) if isinstance(reply, int) else Completed(argv, 0, reply)
        if sink is not None:
            sink(reply.stdout_bytes)
            return replace(reply, stdout="")
        return reply

    def _give(self, path: str, descriptor: int, owner: str) -> None:
        if owner.startswith("nobody-such"):
            raise EnvironmentFault(f"there is no user or group {owner}, to whom {path} should belong")
        self._owners.write_text(json.dumps(self.owners | {path: owner}))

    def _owner_of(self, path: str, found: os.stat_result) -> str:
        return self.owners.get(path, "root:root")

    @property
    def owners(self) -> dict[str, str]:
        """Which file was given to whom; kept on disk, so that a child process that is killed leaves it."""
        return json.loads(self._owners.read_text()) if self._owners.exists() else {}
