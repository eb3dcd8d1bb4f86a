"""`dachsadmin upgrade`: from one DaCHS release to another; its commands."""

from __future__ import annotations

import sys
from typing import List

import typer

from dachsadmin.cli import output, upgrade_check, upgrade_compare, upgrade_finish, upgrade_guard

app = typer.Typer(rich_markup_mode=None, help="Bring DaCHS from one release to another, with all that each release asks for.")
app.command("check", short_help="Find what an upgrade would stumble over.")(upgrade_check.check)
app.command("snapshot", short_help="Write down what this data centre shows and promises.")(upgrade_compare.snapshot)
app.command("compare", short_help="Tell what has changed since a snapshot.")(upgrade_compare.compare)
app.command("finish", short_help="Do what is owed to the DaCHS that is installed.")(upgrade_finish.finish)
app.command("guard", short_help="Have apt tell what an upgrade of DaCHS brings.")(upgrade_guard.guard)


@app.command("plan", short_help="Tell what the way from one release to another asks for.")
def plan(
    start: str = typer.Option("", "--from", metavar="VERSION", help="The version to begin with; without it, the one that is "
                              "installed here."),
    end: str = typer.Option("", "--to", metavar="VERSION", help="The version to come to; without it, the newest one known."),
    inputs: str = typer.Option("", "--inputs", metavar="DIR", help="Look at this service tree, and at nothing else here."),
    everything: bool = typer.Option(False, "--all", help="Also tell what does not apply and why, and all evidence; so does "
                                    "--verbose."),
    report: List[str] = typer.Option([], "--report", metavar="text|json[:FILE]", help="Write it as text, or as JSON, "
                                     "which upgrade-plan.schema.json describes; repeatable."),
) -> None:
    """Tell what all releases on the way ask for: what applies here and why, what does not, and what cannot be told.

    Nothing is changed, and neither DaCHS nor its database has to be there.
    """
    from dachsadmin.cli import change
    from dachsadmin.report.formats import parse_requests, write
    from dachsadmin.upgrade import command, rendering

    wanted = parse_requests(report or ["text"], ("text", "json"))
    host = change.machine()
    found = command.make_plan(host, output.settings()["dachs.interpreter"], start, end, inputs, output.terminal().progress)
    made = {"text": rendering.text(found, everything=everything or bool(output.options().verbose)),
            "json": rendering.json(found)}
    write([(each, made[each.format]) for each in wanted], host=host, stdout=sys.stdout.buffer)
