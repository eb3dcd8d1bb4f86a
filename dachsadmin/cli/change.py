"""How every command that changes an installation does it: show the plan, ask, apply, and tell the way back."""

from __future__ import annotations

import os
import pwd
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dachsadmin.cli import output
from dachsadmin.demo import command as _verbs_of_the_demo  # noqa: F401 - so that resume and undo know them
from dachsadmin.errors import Stopped
from dachsadmin.journal import Journal
from dachsadmin.obscore import steps as _verbs_of_obscore  # noqa: F401
from dachsadmin.plan import Plan, apply, describe, outstanding
from dachsadmin.system.command import redact
from dachsadmin.system.host import Host
from dachsadmin.upgrade import steps as _verbs_of_upgrade  # noqa: F401
from dachsadmin.upgrade import backup as _verbs_of_backups  # noqa: F401
from dachsadmin.upgrade import restore as _verbs_of_rollbacks  # noqa: F401
from dachsadmin.version import version
from dachsadmin.vosi.refresh import steps as _verbs_of_vosi  # noqa: F401


def machine() -> Host:
    """The machine that we administer."""
    return Host()


def journal_of(host: Host) -> Journal:
    """The journal where the settings say that it is."""
    settings = output.settings()
    return Journal(host, settings["paths.state"], settings["paths.backup"])


def carry_out(plan: Plan, host: Host) -> None:
    """Show a plan, and unless --dry-run is given, have it confirmed and apply it. Raises AdminError."""
    output.payload(output.printable(describe(plan, host)))
    if output.options().dry_run:
        return
    journal = journal_of(host)
    if outstanding(plan, host):
        host.demand_root("changing this installation")
        output.confirm("make these changes?", consequence=f"'{plan.title}'")
    with telling_ways_on(journal), host.showing(output.terminal().progress):
        applied = apply(plan, host, journal, command=_command(), by=_operator(), version=version(), tell=output.note)
    if applied.change is not None:
        stays = [bool(step.action.stays) for step in plan.steps]
        back = f"; 'dachsadmin undo {applied.change}' takes {'back what can be taken back' if any(stays) else 'it back'}"
        output.note(f"change {applied.change} is done" + ("" if all(stays) else back))


@contextmanager
def telling_ways_on(journal: Journal) -> Iterator[None]:
    """Where a signal stops a change, tell how to go on or back."""
    try:
        yield
    except Stopped:
        for entry in journal.entries()[-1:]:
            if entry.unfinished:
                output.note(f"change {entry.id} is unfinished: 'dachsadmin resume {entry.id}' goes on, "
                            f"'dachsadmin undo {entry.id}' goes back")
        raise


def _command() -> str:
    return redact(shlex.join(["dachsadmin", *sys.argv[1:]]))


def _operator() -> str:
    """Who is at it: the person behind sudo, if there is one."""
    try:
        return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
