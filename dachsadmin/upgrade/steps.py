"""The verbs of `upgrade finish`: commands that releases ask for, judged by what they achieve, and what is remembered."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dachsadmin.client import availability
from dachsadmin.errors import AdminError, EnvironmentFault
from dachsadmin.obscore import installation
from dachsadmin.system import gavorc
from dachsadmin.system.command import Completed, command_line
from dachsadmin.system.databases import server_of
from dachsadmin.system.dbprofile import read_profile
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase
from dachsadmin.upgrade import memory
from dachsadmin.verbs import Action, RunUnlessTrue, verb

if TYPE_CHECKING:
    from dachsadmin.upgrade.catalogue import Action as ReleaseAction

_WRITTEN = """
SELECT md5(coalesce(string_agg(version, ',' ORDER BY version), '')) FROM (
  SELECT xmin::text AS version FROM dc.rdmeta WHERE sourcerd = %s
  UNION ALL SELECT xmin::text FROM dc.tablemeta WHERE sourcerd = %s
  UNION ALL SELECT xmin::text FROM dc.resources WHERE sourcerd = %s{more}) written"""
_OBSCORE = " UNION ALL SELECT xmin::text FROM ivoa._obscoresources"
"""What DaCHS has in its own tables of an RD: each row has a version of its own, which changes whenever it is written."""


@verb("run-for-release")
@dataclass(frozen=True)
class RunForRelease(Action):
    """Run a command that actions of releases ask for, as `user`.

    What the actions `verified` (by their ids) look for must not be found any more then; for `noted` ones, something of the RD
    has to be new in DaCHS's tables. That it ran is remembered below `state` under `line` for `release`, the installed one;
    without noted ones it is also done where nothing is found. `environment` decides which configuration DaCHS reads.
    """

    argv: tuple[str, ...]
    user: str
    line: str
    rd: str
    verified: tuple[str, ...]
    noted: tuple[str, ...]
    release: str
    state: str
    environment: Mapping[str, str] = field(hash=False)

    def __post_init__(self) -> None:
        for name in ("argv", "verified", "noted"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ {command_line(self.argv, user=self.user)}",)

    @property
    def stays(self) -> str:
        return "what DaCHS writes into its database for a newer release is not taken back"

    def done(self, host: Host) -> bool:
        if memory.read(host, self.state).knows(self.release, self.line):
            return True
        return not self.noted and bool(self.verified) and not any(self._owed(host))

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {"written": self._written()}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        said = self._run(host)
        told = [line.strip() for line in (said.stdout + said.stderr).splitlines() if line.strip()][-1:]
        owed = next(self._owed(host), None)
        new = self._written() != before["written"]
        # 'dachs limits' may have nothing to tell of a table, so what is left for it then is no fault.
        limits = self.line.startswith("dachs limits ") and not said.returncode
        if (owed is not None and not limits) or (self.noted and not new and not limits):
            why = f"{owed.title}: that is still to be done" if owed else "nothing of it is new in the database"
            raise EnvironmentFault(f"'{self.line}' has not helped: {why}" + "".join(f" ({line})" for line in told),
                                   f"run '{command_line(self.argv, user=self.user)}' yourself, and read what it says")
        memory.note(host, self.state, self.release, self.line)

    def _run(self, host: Host) -> Completed:
        return host.run(self.argv, user=self.user, check=False)

    def _owed(self, host: Host) -> Iterator[ReleaseAction]:
        """The actions that find something to do after all."""
        from dachsadmin.upgrade import catalogue, facts
        from dachsadmin.upgrade.detector import Verdict

        asked = [action for _, action in catalogue.load().actions if action.id in self.verified]
        if not asked:
            return
        kinds = {part.kind for action in asked for part in action.detect.parts()}
        known = facts.asked_by(kinds, host, self._config, self.release)
        try:
            for action in asked:
                answer = action.detect.answer(known)
                about = not self.rd or not answer.rds or self.rd in answer.rds or self.rd.startswith("//")
                if answer.verdict is Verdict.UNKNOWN or answer.applies and about:
                    yield action
        finally:
            if isinstance(known.database, LiveDatabase):
                known.database.close()

    @property
    def _config(self) -> gavorc.GavoRc:
        return gavorc.read({**os.environ, **self.environment})

    def _written(self) -> str:
        database = LiveDatabase(read_profile(self._config, "feed"))
        try:
            obscore = database.scalar("SELECT to_regclass('ivoa._obscoresources') IS NOT NULL")
            rd = self.rd.replace("//", "__system__/")
            return str(database.scalar(_WRITTEN.format(more=_OBSCORE if obscore else ""), (rd, rd, rd)))
        except AdminError:
            return ""
        finally:
            database.close()


@verb("sql-for-release")
@dataclass(frozen=True)
class SqlForRelease(RunForRelease):
    """Run a statement in DaCHS's database as PostgreSQL's administrator; `argv` is how it is shown."""

    def _run(self, host: Host) -> Completed:
        server = server_of(installation.look(self.state, self.environment).rc)
        server.change(host, self.argv[-1], database=server.database)
        return Completed(self.argv, 0)


@verb("upgrade-schema")
@dataclass(frozen=True)
class UpgradeSchema(RunUnlessTrue):
    """Have DaCHS bring its database to the schema of its code; it loads RDs for that, and runs code in them."""

    @property
    def stays(self) -> str:
        return "a newer schema has no way back but a backup of the database"

    def preview(self, host: Host) -> tuple[str, ...]:
        return (*super().preview(host), "DaCHS loads RDs for this, and runs code in them, as its package does")


@verb("restart-server")
@dataclass(frozen=True)
class RestartServer(Action):
    """Restart the server at `url`, and wait until the DaCHS that is installed answers: a reload keeps the old code."""

    argv: tuple[str, ...]
    url: str
    version: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "argv", tuple(self.argv))

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ {command_line(self.argv)}",)

    @property
    def stays(self) -> str:
        return "it goes on with the code that is installed"

    def done(self, host: Host) -> bool:
        return False

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        host.run(self.argv)
        availability.wait(lambda: availability.version(self.url) == self.version,
                          f"no DaCHS {self.version} answers at {self.url}")


@verb("remember-release")
@dataclass(frozen=True)
class RememberRelease(Action):
    """Remember up to which release nothing is owed."""

    state: str
    finished: str

    def done(self, host: Host) -> bool:
        return memory.read(host, self.state).finished == self.finished

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {"finished": memory.read(host, self.state).finished}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        self._remember(host, self.finished)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        self._remember(host, before["finished"])

    def _remember(self, host: Host, release: str) -> None:
        memory.write(host, self.state, replace(memory.read(host, self.state), finished=release))
