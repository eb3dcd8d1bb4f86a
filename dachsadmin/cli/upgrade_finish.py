"""`dachsadmin upgrade finish`: what releases ask for, when their packages are there already."""

from __future__ import annotations

from enum import Enum
from typing import Optional

import typer

from dachsadmin.cli import output
from dachsadmin.errors import ExitCode, PartlyDone

_ROUNDS = 3
"""So often is planned anew: once more behind a new schema, and once to see that nothing is left."""


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

    Nothing is installed. What only the operator can do is told. Once all is done, that is remembered.
    """
    from dachsadmin.cli import change
    from dachsadmin.plan import outstanding
    from dachsadmin.upgrade import finish as finishing

    host, settings = change.machine(), output.settings()
    before: list[str] = []
    for _ in range(_ROUNDS):
        found = finishing.owed(host, settings["dachs.interpreter"], settings["paths.state"], start,
                               output.terminal().progress, defer_heavy=defer is not None)
        titles = [step.title for step in outstanding(found.plan, host)]
        if titles and titles == before:
            raise PartlyDone(f"DaCHS says that it is done, but it is still owed: {titles[0]}",
                             "run the command in the plan yourself, and read what it says")
        change.carry_out(found.plan, host)
        if not titles or not found.again or output.options().dry_run:
            break
        before = titles
    if found.plan.left_out:
        raise typer.Exit(int(ExitCode.FINDINGS))
