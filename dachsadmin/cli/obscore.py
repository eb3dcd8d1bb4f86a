"""`dachsadmin obscore`: the table of all observations: what is in it, what is wrong, making it anew without a gap."""

from __future__ import annotations

from typing import List, Optional

import typer

from dachsadmin.cli import findings, output

app = typer.Typer(rich_markup_mode=None, help="Keep the ObsCore table whole, current and fast.")


@app.command("status", short_help="Tell what is in ivoa.obscore, and what is wrong with it.")
def status(
    whole: bool = typer.Option(False, "--full", help="Look at all rows, not just at the first 100,000 of each table."),
    select: List[str] = findings.SELECT, ignore: List[str] = findings.IGNORE, fail_on: str = findings.fail_on("error"),
    report: List[str] = findings.REPORT, baseline: Optional[str] = findings.BASELINE,
    update_baseline: bool = findings.UPDATE_BASELINE, no_grouping: bool = findings.NO_GROUPING,
    explain: Optional[str] = findings.EXPLAIN,
) -> None:
    """Tell which tables contribute to ivoa.obscore, and what is wrong: with the view, its description and its values."""
    from dachsadmin.obscore import command

    findings.explain_only(explain, command.explained)
    wanted = findings.wanted(select, ignore, fail_on, report, baseline, update_baseline, no_grouping)
    raise typer.Exit(int(command.run(_here(), wanted, output.terminal(), whole=whole,
                                     interpreter=output.settings()["dachs.interpreter"])))


@app.command("check", short_help="Try each contribution alone.")
def check(
    select: List[str] = findings.SELECT, ignore: List[str] = findings.IGNORE, fail_on: str = findings.fail_on("error"),
    report: List[str] = findings.REPORT, baseline: Optional[str] = findings.BASELINE,
    update_baseline: bool = findings.UPDATE_BASELINE, no_grouping: bool = findings.NO_GROUPING,
    explain: Optional[str] = findings.EXPLAIN,
) -> None:
    """Try each contribution to ivoa.obscore alone: one that is broken blocks all imports."""
    from dachsadmin.obscore import command

    findings.explain_only(explain, command.explained)
    wanted = findings.wanted(select, ignore, fail_on, report, baseline, update_baseline, no_grouping)
    raise typer.Exit(int(command.run(_here(), wanted, output.terminal(), parts_only=True,
                                     interpreter=output.settings()["dachs.interpreter"])))


@app.command("reimport", short_help="Make ivoa.obscore anew while it is asked.")
def reimport(
    quarantine: bool = typer.Option(False, "--quarantine", help="Leave out contributions that do not work, and remember "
                                    "them."),
    fewer: bool = typer.Option(False, "--fewer-rows", help="Allow that a table has fewer rows in it than now."),
) -> None:
    """Make ivoa.obscore anew of all contributions, without a moment in which it is gone; describe it, and find its limits."""
    from dachsadmin.cli import change
    from dachsadmin.obscore import plans

    host = change.machine()
    change.carry_out(plans.reimport(host, _here(), quarantine=quarantine, fewer=fewer), host)


@app.command("restore", short_help="Bring back a contribution that was left out.")
def restore(table: str = typer.Argument(..., metavar="TABLE", help="The table whose contribution was left out.")) -> None:
    """Bring a contribution back into ivoa.obscore that 'reimport --quarantine' has left out."""
    from dachsadmin.cli import change
    from dachsadmin.obscore import plans

    host = change.machine()
    change.carry_out(plans.restore(host, _here(), table), host)


@app.command("explain", short_help="Tell which contribution makes queries slow.")
def explain(query: Optional[str] = typer.Argument(None, metavar="QUERY", help="A query in PostgreSQL's SQL (not ADQL); "
                                                  "without it, those that clients usually make.")) -> None:
    """Run queries on ivoa.obscore, and tell what each contributing table took, and which indexes are missing."""
    from dachsadmin.obscore import command, slowness

    output.payload(output.printable(slowness.as_text(slowness.explain(command.plain_survey(_here()), query or ""))))


def _here():  # type: ignore[no-untyped-def]
    from dachsadmin.obscore import installation

    return installation.look(output.settings()["paths.state"])
