"""Bringing the database of a backup back: beside the one that is there, in its place, or DaCHS's own tables within it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dachsadmin.errors import Refused
from dachsadmin.system import dumps
from dachsadmin.system.databases import ADMINISTRATOR, Server, beside, drop, identifier, rename, server_of
from dachsadmin.system.host import Host
from dachsadmin.upgrade import kept
from dachsadmin.verbs import Action, verb


@dataclass(frozen=True, kw_only=True)
class _OnServer(Action):
    """What verbs on whole databases have in common. `mark` tells one rollback from others in the names of databases."""

    rc: str
    mark: str
    user: str = ADMINISTRATOR
    role: str = ADMINISTRATOR

    @property
    def server(self) -> Server:
        return server_of(self.rc, self.user, self.role)

    def _beside(self, word: str) -> str:
        return beside(self.server.database, f"{word}_{self.mark}")

    def _is_there(self, host: Host, word: str) -> bool:
        return self.server.exists(host, self._beside(word))

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {}


@verb("restore-database")
@dataclass(frozen=True, kw_only=True)
class RestoreDatabase(_OnServer):
    """Make the database DATABASE_restored_MARK of a full backup; it has that name when it is proven to be what it was."""

    folder: str

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ pg_restore --exit-on-error < {self.folder}/{kept.DATABASE}",
                f"into the new database {self._beside('restored')}")

    def done(self, host: Host) -> bool:
        return self._is_there(host, "restored") or self._is_there(host, "failed")

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        noted = kept.opened(host, self.folder)
        if noted["kind"] != "full":
            raise Refused(f"{self.folder} is a backup of kind {noted['kind']}: it does not have the whole database",
                          f"look at {self.folder}/{kept.FACTS}")
        kept.bring_back(host, self.server, self.folder, noted, self._beside("restoring"))
        rename(host, self.server, [(self._beside("restoring"), self._beside("restored"))])

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        for word in ("restoring", "restored"):
            drop(host, self.server, self._beside(word))


@verb("swap-database")
@dataclass(frozen=True, kw_only=True)
class SwapDatabase(_OnServer):
    """Put DATABASE_restored_MARK in the place of DATABASE, which is kept as DATABASE_failed_MARK.

    Undoing keeps the restored one, with what was written to it meanwhile, as DATABASE_undone_MARK.
    """

    def preview(self, host: Host) -> tuple[str, ...]:
        name = identifier(self.server.database)
        return (f"ALTER DATABASE {name} RENAME TO {identifier(self._beside('failed'))}",
                f"ALTER DATABASE {identifier(self._beside('restored'))} RENAME TO {name}",
                "whoever is connected with the database is thrown out")

    def done(self, host: Host) -> bool:
        return self._is_there(host, "failed") and not self._is_there(host, "restored")

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        if self._is_there(host, "failed"):
            raise Refused(f"there is a database {self._beside('failed')} already", "run 'psql -l', and see what it is")
        if not self._is_there(host, "restored"):
            raise Refused(f"there is no database {self._beside('restored')} to put in the place of {self.server.database}",
                          "restore it first")
        rename(host, self.server, [(self.server.database, self._beside("failed")),
                                   (self._beside("restored"), self.server.database)])

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        if self.done(host):
            rename(host, self.server, [(self.server.database, self._beside("undone")),
                                       (self._beside("failed"), self.server.database)])


@verb("put-back-system")
@dataclass(frozen=True, kw_only=True)
class PutBackSystem(_OnServer):
    """Put DaCHS's own tables, and the rows of others that were kept, back from a system backup, in one transaction.

    What is there now is dumped before. Functions and operators in public, extensions and all other tables stay as they are.
    """

    folder: str

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"DROP SCHEMA {', '.join(dumps.SYSTEM)} CASCADE, and make them anew from {self.folder}, or neither",
                "whoever is connected with the database is thrown out",
                "functions, operators and extensions stay as they are, and so do all other tables")

    def done(self, host: Host) -> bool:
        noted = kept.facts(host, self.folder)
        return kept.is_same(noted["content"], dumps.content(host, self.server, noted["tables"]))

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        kept.remove(host, backups)
        host.make_folder(backups, 0o700)
        kept.keep_database(host, self.server, backups, "system", kept.facts(host, self.folder)["tables"])
        kept.seal(host, backups)
        return {"folder": backups}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        kept.put_back(host, self.server, self.folder, kept.opened(host, self.folder))

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        noted = kept.opened(host, before["folder"])
        if not kept.is_same(noted["content"], dumps.content(host, self.server, noted["tables"])):
            kept.put_back(host, self.server, before["folder"], noted)
