"""Backing up before an upgrade: the verb that keeps the database, files and packages, and what makes it up."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dachsadmin.errors import Refused
from dachsadmin.system import debian, dumps, gavorc, keptdebs, packages
from dachsadmin.system.command import command_line
from dachsadmin.system.databases import ADMINISTRATOR, Server, beside, drop, server_of
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.upgrade import kept
from dachsadmin.verbs import Action, verb


@verb("back-up")
@dataclass(frozen=True)
class BackUp(Action):
    """Keep in a folder what a rollback needs; `kind` (full, system, hook, none) tells what of the database.

    `rc` is the gavo.rc of the installation, `tables` those outside of DaCHS's schemas whose rows a system backup has,
    `hook` the operator's command, whose own folder is in its environment as DACHSADMIN_BACKUP. With `try_it`, a full backup
    is restored into a database of its own, which is dropped again. `user` of the operating system may do everything to the
    database server as `role`; `` where we connect as DaCHS does.
    """

    folder: str
    kind: str
    rc: str
    tables: tuple[str, ...] = ()
    hook: tuple[str, ...] = ()
    try_it: bool = False
    user: str = ADMINISTRATOR
    role: str = ADMINISTRATOR

    def __post_init__(self) -> None:
        for name in ("tables", "hook"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @property
    def server(self) -> Server:
        return server_of(self.rc, self.user, self.role)

    def preview(self, host: Host) -> tuple[str, ...]:
        lines = [f"$ {command_line(['pg_dump', '-Fc', *options, self.server.database], user=self.user or None)} "
                 f"> {os.path.join(self.folder, name)}" for name, options in kept.dumps_of(self.kind, self.tables).items()]
        return (*lines, f"$ {command_line(self.hook)}") if self.kind == "hook" else tuple(lines)

    def done(self, host: Host) -> bool:
        return kept.is_sealed(host, self.folder)

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        """Each part that is complete has its name, so that what was interrupted goes on with the next one."""
        host.make_folder(self.folder, 0o700)
        host.make_folder(os.path.join(self.folder, kept.DEBS), 0o700)
        kept.keep_database(host, self.server, self.folder, self.kind, self.tables)
        if self.kind in ("full", "system"):
            dumps.dump_roles(host, self.server, os.path.join(self.folder, kept.ROLES))
        if self.kind == "hook":
            self._run_hook(host)
        config = gavorc.read({"GAVOSETTINGS": self.rc})
        kept.keep_files(host, self.folder, files_of(config))
        keptdebs.keep(host, debian.installed(host, packages.DACHS), os.path.join(self.folder, kept.DEBS))
        if self.try_it and self.kind == "full":
            self._try(host)
        kept.seal(host, self.folder)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        """A complete backup changes nothing, and is the way back: it stays. One that is not complete is of no use."""
        if not kept.is_sealed(host, self.folder):
            kept.remove(host, self.folder)

    def _run_hook(self, host: Host) -> None:
        place = os.path.join(self.folder, kept.HOOK)
        host.make_folder(place, 0o700)
        host.run(self.hook, env={"DACHSADMIN_BACKUP": host.real(place)})

    def _try(self, host: Host) -> None:
        tried = beside(self.server.database, "tried")
        kept.bring_back(host, self.server, self.folder, kept.facts(host, self.folder), tried)
        drop(host, self.server, tried)


def files_of(config: GavoRc) -> tuple[str, ...]:
    """The files and folders of an installation that a backup keeps; DaCHS can make all others anew."""
    folders = [config.path(item) for item in ("configDir", "webDir", "stateDir")]
    return tuple(str(path) for path in (*config.files, *folders))


def lacking_packages(host: Host, folder: str) -> dict[str, str]:
    """The packages, with their versions, that a rollback would have to get from elsewhere."""
    return keptdebs.lacking(host, debian.installed(host, packages.DACHS), os.path.join(folder, kept.DEBS))
