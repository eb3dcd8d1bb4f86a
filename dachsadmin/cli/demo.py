"""`dachsadmin demo`: build an example service of synthetic spectra, prove that it works, and take it away again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dachsadmin.cli import output

if TYPE_CHECKING:
    from dachsadmin.journal import Journal
    from dachsadmin.system.host import Host


def demo(
    spectra: int = typer.Option(2000, "--spectra", metavar="N", min=200, help="How many spectra to invent."),
    remove: bool = typer.Option(False, "--remove", help="Take all of it away again."),
) -> None:
    """Build the example service lamost5, from invented spectra to a server that answers, with the commands of real life.

    It is for machines that nobody depends on, and refuses one that has published resources of its own.
    """
    from dachsadmin.cli import change
    from dachsadmin.demo import command, proof, site

    host = change.machine()
    journal = change.journal_of(host)
    if remove:
        _remove(host, journal)
        return
    here = site.look(host)
    change.carry_out(command.plan(host, here, spectra, output.settings()["dachs.interpreter"]), host)
    if output.options().dry_run:
        return
    proven = proof.prove(host, here, output.terminal())
    lines = [line for entry in reversed(command.changes(journal)) for line in entry.command_lines]
    ran = "".join(f"  $ {line}\n" for line in (*lines, *proven.command_lines))
    output.payload(output.printable(f"{proven.report}\nThe commands that were run:\n{ran}\n{command.to_try(here)}"))
    raise typer.Exit(int(proven.exit_code))


def _remove(host: Host, journal: Journal) -> None:
    """Undo all that built it, the last change first."""
    from dachsadmin import plan
    from dachsadmin.cli import change
    from dachsadmin.demo import command, site
    from dachsadmin.system import gavorc, postgres

    host.demand_root("taking the demo away")
    built = command.changes(journal)
    if not built:
        output.note("the demo is not on this machine")
        return
    config = gavorc.read()
    site.demand_no_others(postgres.published_rds(config), command.way_without_what_others_need(built))
    output.payload(output.printable("".join(map(plan.describe_undo, built))
                                    + "  note: files that you have changed or added stay where they are\n"))
    if output.options().dry_run:
        return
    output.confirm("take the demo away?", consequence="taking the demo away")
    with change.telling_ways_on(journal), host.showing(output.terminal().progress):
        for entry in built:
            plan.undo(journal, host, entry.id, tell=output.note)
    output.note(command.farewell(host, str(config.inputs / site.RESOURCE)))
