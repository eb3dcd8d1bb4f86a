"""Where DaCHS's own validation can run: the configured installation, or a throw-away one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system import leftovers
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase
from dachsadmin.system.scratch import Scratch
from dachsadmin.system.worker.client import WorkerSettings
from dachsadmin.val.deep_run import Place
from dachsadmin.val.layout import Layout


def configured(dachs: Dachs, config: GavoRc, host: Host, database: LiveDatabase, workers: WorkerSettings) -> Place:
    """The operator's installation, asked as its server's user."""
    @contextmanager
    def ready() -> Iterator[WorkerSettings]:
        yield replace(workers, user=config.server_user if host.is_root else None,
                      environment={**workers.environment, "PYTHONPATH": dachs.pythonpath})

    return Place("configured", dachs, config, ready, database.fingerprint, (config.path("configDir"),))


def throw_away(dachs: Dachs, config: GavoRc, host: Host, layout: Layout, workers: WorkerSettings,
               told: Callable[[str], None]) -> Place:
    """A cluster and a configuration made for this run; the tree is where it is, or linked in under its mount."""
    etc = (config.path("configDir"),) if layout.mount else (Path(layout.inputs).parent / "etc", config.path("configDir"))

    @contextmanager
    def ready() -> Iterator[WorkerSettings]:
        with ExitStack() as stack:
            inputs = Path(layout.inputs)
            if layout.mount:
                inputs = stack.enter_context(leftovers.folder(switching=host.is_root))
                (inputs / layout.mount).parent.mkdir(parents=True, exist_ok=True)
                (inputs / layout.mount).symlink_to(layout.inputs)
            told("making a throw-away database")
            scratch = stack.enter_context(Scratch(inputs, interpreter=dachs.interpreter, pythonpath=dachs.pythonpath,
                                                  config=config, etc=etc, host=host))
            yield replace(workers, user=scratch.user, environment=scratch.environment)

    return Place("scratch", dachs, config, ready, lambda: "scratch", etc)


@contextmanager
def database_only(dachs: Dachs | None, config: GavoRc, host: Host) -> Iterator[LiveDatabase]:
    """A throw-away database in which DaCHS, if there is one, has its own tables; nothing of the tree is loaded for it."""
    with leftovers.folder(switching=host.is_root) as empty, \
            Scratch(empty, interpreter=dachs.interpreter if dachs else None, pythonpath=dachs.pythonpath if dachs else "",
                    config=config, host=host) as scratch:
        yield scratch.database


def reachable(user: str | None, path: str) -> None:
    """Raise EnvironmentFault if `user` may not enter the directories that lead to the tree."""
    if user is None:
        return
    import pwd

    account = pwd.getpwnam(user)
    groups = set(os.getgrouplist(user, account.pw_gid))
    for folder in [path, *map(str, Path(path).parents)]:
        found = os.stat(folder)
        bit = 6 if found.st_uid == account.pw_uid else 3 if found.st_gid in groups else 0
        if not found.st_mode >> bit & 1:
            raise EnvironmentFault(f"user {user}, whom RD code runs as, may not enter {folder}",
                                   f"run 'chmod a+x {folder}', or copy the tree to where {user} may read it")
