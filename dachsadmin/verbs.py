"""The verbs of plans: kinds of changes that can be written down, done, done again after a crash, and undone."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from dachsadmin.errors import EnvironmentFault, Refused
from dachsadmin.system import gavorc
from dachsadmin.system.command import command_line, redact
from dachsadmin.system.dbprofile import read_profile
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import DatabaseLacks, LiveDatabase


class Action:
    """A verb with its arguments; subclasses are frozen dataclasses whose fields survive a trip through JSON.

    For one step this happens: `done` is asked; if it is not, `before` finds out (and copies) what undoing will need,
    that goes to the journal, `do` runs, and the journal notes the end. After a crash anywhere in between the same
    begins again with the first `before`, so `do` has to be safe to repeat. `undo` has to be so too, and to be safe
    where `do` was never reached.
    """

    verb: ClassVar[str]

    def preview(self, host: Host) -> tuple[str, ...]:
        """What the plan shows below the step's title: command lines after `$ `, differences of files."""
        return ()

    @property
    def stays(self) -> str:
        """Why it cannot be undone, `` if it can."""
        return ""

    def done(self, host: Host) -> bool:
        """Whether the machine is as it should be already. Changes nothing."""
        raise NotImplementedError

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        """What undoing needs, as JSON; may copy files below `backups`, and changes nothing else."""
        raise NotImplementedError

    def overtaken(self, host: Host, before: Mapping[str, Any]) -> bool:
        """Whether somebody else has changed what this is about since `before` was written down."""
        return False

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        """Make it so. Raises AdminError, Refused if that would destroy what somebody else has done since `before`."""
        raise NotImplementedError

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        """Make it as it was. Raises Refused where that would destroy what somebody else has done since."""
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """The fields, as the journal has them."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


_PREVIEW = 30
"""So many lines of a file's differences are shown."""
VERBS: dict[str, type[Action]] = {}
_Kind = TypeVar("_Kind", bound=type[Action])


def verb(name: str) -> Callable[[_Kind], _Kind]:
    """Make an Action known under a name, which stays for ever: journals have it.

    `resume` and `undo` run in a process of their own, so cli/change.py has to import every module that has verbs.
    """
    def register(kind: _Kind) -> _Kind:
        assert name not in VERBS, name
        kind.verb = name
        VERBS[name] = kind
        return kind
    return register


def recreate(name: str, arguments: Mapping[str, Any]) -> Action:
    """The action that a journal entry describes. Raises EnvironmentFault if this dachsadmin does not know it."""
    try:
        return VERBS[name](**arguments)
    except (KeyError, TypeError):
        raise EnvironmentFault(
            f"this dachsadmin does not know the verb {name!r} with {', '.join(arguments) or 'nothing'}",
            "use the version of dachsadmin that made the change ('dachsadmin show ID' names it)") from None


@verb("write-file")
@dataclass(frozen=True)
class WriteFile(Action):
    """Give a file this content, in a directory that exists; `mode` and `owner` None: as they are (new: 0644, ours)."""

    path: str
    content: str
    mode: int | None = None
    owner: str | None = None

    def preview(self, host: Host) -> tuple[str, ...]:
        old = host.text(self.path).splitlines() if host.exists(self.path) else []
        changes = list(difflib.unified_diff(old, self.content.splitlines(), lineterm="", n=1))[2:]
        lines = [redact(line) for line in changes if not line.startswith("@@")]
        return (*lines[:_PREVIEW], *([f"... {len(lines) - _PREVIEW} more lines"] if len(lines) > _PREVIEW else []))

    def done(self, host: Host) -> bool:
        state = _state(host, self.path)
        return (state["sha256"] == _digest(self.content) and (self.mode is None or state["mode"] == self.mode)
                and (self.owner is None or _same_owner(state["owner"], self.owner)))

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return _copied(host, self.path, backups)

    def overtaken(self, host: Host, before: Mapping[str, Any]) -> bool:
        return _state(host, self.path)["sha256"] not in (before["sha256"], _digest(self.content))

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        _demand_not_overtaken(self, self.path, host, before)
        host.write_atomic(self.path, self.content, mode=self.mode, owner=self.owner)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        _restore(host, self.path, before, ours=_digest(self.content))


@verb("remove-file")
@dataclass(frozen=True)
class RemoveFile(Action):
    """Remove a regular file, keeping a copy."""

    path: str

    def done(self, host: Host) -> bool:
        return not host.exists(self.path)

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return _copied(host, self.path, backups)

    def overtaken(self, host: Host, before: Mapping[str, Any]) -> bool:
        return _state(host, self.path)["sha256"] not in (before["sha256"], None)

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        _demand_not_overtaken(self, self.path, host, before)
        host.remove(self.path)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        _restore(host, self.path, before, ours=None)


@verb("make-folder")
@dataclass(frozen=True)
class MakeFolder(Action):
    """Make a directory, and those above it that are missing. Undoing removes the ones that are empty then."""

    path: str
    mode: int = 0o755

    def done(self, host: Host) -> bool:
        return host.is_folder(self.path)

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        missing, path = [], self.path
        while not host.exists(path):
            missing.append(path)
            path = os.path.dirname(path)
        return {"missing": missing}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        host.make_folder(self.path, self.mode)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        for path in before["missing"]:
            host.remove_folder(path)


@verb("run")
@dataclass(frozen=True)
class RunProgram(Action):
    """Run a program, as `user` if named.

    It is done if the program `unless` (which must change nothing) ends with status 0; without that nobody can tell.
    `undo_argv` undoes it, also where `argv` failed or did not run; () says that there is nothing to undo. After a
    crash `argv` runs again, so it has to be safe to repeat. No argument may hold a secret: arguments are shown, and
    kept in the journal.
    """

    argv: tuple[str, ...]
    user: str | None = None
    undo_argv: tuple[str, ...] | None = None
    unless: tuple[str, ...] | None = None
    timeout: float | None = None

    def __post_init__(self) -> None:
        for name in ("argv", "undo_argv", "unless"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else tuple(value))

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ {command_line(self.argv, user=self.user)}",)

    @property
    def stays(self) -> str:
        return "" if self.undo_argv is not None else "what this program does cannot be undone"

    def done(self, host: Host) -> bool:
        if self.unless is None:
            return False
        return host.run(self.unless, user=self.user, timeout=self.timeout, check=False).returncode == 0

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        host.run(self.argv, user=self.user, timeout=self.timeout)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        assert self.undo_argv is not None
        if self.undo_argv:
            host.run(self.undo_argv, user=self.user, timeout=self.timeout)


@verb("run-unless-true")
@dataclass(frozen=True)
class RunUnlessTrue(Action):
    """Run a program, as `user` if named, unless a query on DaCHS's database says true already.

    It has to say so afterwards if the program `achieves` it: `dachs` ends well whatever happens. With `again`, what it says
    before does not count. `rc` is the gavo.rc that names the database; `undo_argv` undoes it, () where there is nothing to
    undo.
    """

    argv: tuple[str, ...]
    query: str
    rc: str
    achieves: bool = True
    undo_argv: tuple[str, ...] = ()
    user: str | None = None
    again: bool = False

    def __post_init__(self) -> None:
        for name in ("argv", "undo_argv"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ {command_line(self.argv, user=self.user)}",)

    def done(self, host: Host) -> bool:
        return not self.again and self._is_true()

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        said = host.run(self.argv, user=self.user)
        if self.achieves and not self._is_true():
            last = [line.strip() for line in (said.stdout + said.stderr).splitlines() if line.strip()][-1:]
            raise EnvironmentFault(f"'{command_line(self.argv, user=self.user)}' ended well, but did not do it"
                                   + "".join(f": {line}" for line in last), "run it by hand, and read what it says")

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        if self.undo_argv:
            host.run(self.undo_argv, user=self.user)

    def _is_true(self) -> bool:
        database = LiveDatabase(read_profile(gavorc.read({"GAVOSETTINGS": self.rc}), "feed"))
        try:
            return bool(database.scalar(self.query))
        except DatabaseLacks:
            return False
        finally:
            database.close()


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()


def _same_owner(found: str, wanted: str) -> bool:
    return found == wanted if ":" in wanted else found.partition(":")[0] == wanted


def _state(host: Host, path: str) -> dict[str, Any]:
    """Content (as a digest), mode and owner of a file; all None if there is none."""
    if not host.exists(path):
        return {"sha256": None, "mode": None, "owner": None}
    mode, owner = host.mode_and_owner(path) or (None, None)
    return {"sha256": hashlib.sha256(host.read(path)).hexdigest(), "mode": mode, "owner": owner}


def _copied(host: Host, path: str, backups: str) -> dict[str, Any]:
    state = _state(host, path)
    if state["sha256"] is None:
        return {**state, "backup": None}
    copy = host.backup(path, backups)
    return {**state, "sha256": hashlib.sha256(host.read(copy)).hexdigest(), "backup": copy}


def _demand_not_overtaken(action: Action, path: str, host: Host, before: Mapping[str, Any]) -> None:
    """Between a crash and its resumption somebody may have edited the file: their work is not ours to overwrite."""
    if action.overtaken(host, before):
        raise Refused(f"{path} was changed after this change began",
                      "run the command that made the plan again, so that it sees the new content")


def _restore(host: Host, path: str, before: Mapping[str, Any], *, ours: str | None) -> None:
    """Bring a file back to what it was, if it is still as we left it."""
    now = _state(host, path)
    if before["sha256"] is not None and all(now[name] == before[name] for name in now):
        return
    if now["sha256"] not in (ours, before["sha256"]):
        copy = f"compare it with {before['backup']}" if before["backup"] else f"look at {path}"
        raise Refused(f"{path} was changed since and is left as it is", f"{copy}, and undo by hand what is needed")
    if before["sha256"] is None:
        host.remove(path)
    else:
        host.write_atomic(path, host.read(before["backup"]), mode=before["mode"], owner=before["owner"])
