"""`dachsadmin upgrade finish`: what releases ask for, when their packages are there already."""

from __future__ import annotations

from enum import Enum
from typing import Optional

import typer

from dachsadmin.cli import output
from dachsadmin.errors import ExitCode


class Deferred(str, Enum):
    """What may wait."""

    HEAVY = "heavy"


def finish(
    start: str = typer.Option("", "--from", metavar="VERSION", help="The release that was here before; without it, what is "
                              "remembered, or what dpkg's log and the database say."),
    defer: Optional[Deferred] = typer.Option(None, "--defer", metavar="heavy", help="Leave what can take hours for the next "
                                             "time."),
) -> None:
    """Do what is still owed to the DaCHS that is installed: after 'apt upgrade', a new image, or a new Debian.

    Nothing is installed. What only the operator can do is told. Once all is done, that is remembered. Where the database has an
    old schema, the rest is planned, and asked for, behind 'dachs upgrade'.
    """
    from dachsadmin.cli import change
    from dachsadmin.upgrade import finish as finishing

    def next_plan() -> finishing.Owed:
        return finishing.owed(host, settings["dachs.interpreter"], settings["paths.state"], start, output.terminal().progress,
                              defer_heavy=defer is not None)

    host, settings = change.machine(), output.settings()
    found = next_plan()
    change.carry_out(found.plan, host)
    if found.again and not output.options().dry_run:
        found = next_plan()
        change.carry_out(found.plan, host)
    if found.plan.left_out:
        raise typer.Exit(int(ExitCode.FINDINGS))
