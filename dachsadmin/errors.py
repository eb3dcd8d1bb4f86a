"""Exit codes, and the errors that tell the operator the way out."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What the exit status of every command means; docs/exit-codes.md is made from this."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    TARGET = 3
    ENVIRONMENT = 4
    REFUSED = 5
    PARTLY_DONE = 6
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "all is well",
    ExitCode.FINDINGS: "findings at or above --fail-on",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.TARGET: "a configuration or a target is wrong, for example an RD that does not exist",
    ExitCode.ENVIRONMENT: "the environment is missing: database, DaCHS, network",
    ExitCode.REFUSED: "refused: not root, lock held, not confirmed, or unsafe",
    ExitCode.PARTLY_DONE: "partly done; running the command again is safe",
    ExitCode.BUG: "a bug in dachsadmin",
    ExitCode.INTERRUPTED: "interrupted (SIGINT)",
    ExitCode.TERMINATED: "terminated (SIGTERM)",
}


class AdminError(Exception):
    """Something the operator can mend.

    `message` is lower case, names the object and has no full stop; `hint` is an imperative that can be pasted.
    """

    exit_code = ExitCode.TARGET

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AdminError):
    """The command line asks for what cannot be."""

    exit_code = ExitCode.USAGE


class ConfigurationError(AdminError):
    """A configuration file or value is wrong."""


class TargetError(AdminError):
    """A named target (RD, table, file) is not there or not usable."""


class EnvironmentFault(AdminError):
    """The database, DaCHS, a program or the network is missing or broken."""

    exit_code = ExitCode.ENVIRONMENT


class Refused(AdminError):
    """Nothing was done, because doing it would not be safe or was not confirmed."""

    exit_code = ExitCode.REFUSED


class PartlyDone(AdminError):
    """Some steps are done, some are not; running the command again is safe."""

    exit_code = ExitCode.PARTLY_DONE


class Stopped(BaseException):
    """A signal wants us to end; no AdminError, so that nothing but clean-up comes between it and the end."""

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__(exit_code.meaning)
        self.exit_code = exit_code
