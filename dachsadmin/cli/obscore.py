"""`dachsadmin obscore`: the table of all observations: what is in it, what is wrong, making it anew without a gap."""

from __future__ import annotations

from typing import List, Optional

import typer

from dachsadmin.cli import output

app = typer.Typer(rich_markup_mode=None, help="Keep the ObsCore table whole, current and fast.")
_SELECT = typer.Option([], "--select", metavar="CHECK", help="Make only these checks, by code or name; repeatable.")
_IGNORE = typer.Option([], "--ignore", metavar="CHECK", help="Leave out these checks, by code or name; repeatable.")
_FAIL_ON = typer.Option("error", "--fail-on", metavar="error|warning|info|never",
                        help="The least severity that makes the exit status 1.")
_REPORT = typer.Option([], "--report", metavar="FORMAT[:FILE]", help="Write a report: text, json, sarif, junit, github or "
                       "gitlab; repeatable.")
_NO_GROUPING = typer.Option(False, "--no-grouping", help="Tell every single finding.")
_EXPLAIN = typer.Option(None, "--explain", metavar="CHECK|ALL", help="Print a check's page.")


@app.command("status", short_help="Tell what is in ivoa.obscore, and what is wrong with it.")
def status(
    select: List[str] = _SELECT, ignore: List[str] = _IGNORE, fail_on: str = _FAIL_ON, report: List[str] = _REPORT,
    whole: bool = typer.Option(False, "--full", help="Look at all rows, not just at the first 100,000 of each table."),
    no_grouping: bool = _NO_GROUPING, explain: Optional[str] = _EXPLAIN,
) -> None:
    """Tell which tables contribute to ivoa.obscore, and what is wrong: with the view, its description and its values."""
    _look(True, select, ignore, fail_on, report, whole, no_grouping, explain)


@app.command("check", short_help="Try each contribution alone.")
def check(
    select: List[str] = _SELECT, ignore: List[str] = _IGNORE, fail_on: str = _FAIL_ON, report: List[str] = _REPORT,
    no_grouping: bool = _NO_GROUPING, explain: Optional[str] = _EXPLAIN,
) -> None:
    """Try each contribution to ivoa.obscore alone: one that is broken blocks all imports."""
    _look(False, select, ignore, fail_on, report, False, no_grouping, explain)


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


def _look(everything: bool, select: List[str], ignore: List[str], fail_on: str, report: List[str], whole: bool,
          no_grouping: bool, explain: Optional[str]) -> None:
    from dachsadmin.obscore import command

    if explain is not None:
        output.payload(command.explained(explain))
        raise typer.Exit(0)
    wanted = command.Wanted(everything, tuple(select), tuple(ignore), tuple(report or ["text"]), fail_on, whole,
                            not no_grouping, output.settings()["dachs.interpreter"])
    raise typer.Exit(int(command.run(_here(), wanted, output.terminal())))
