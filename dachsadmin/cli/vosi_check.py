"""`dachsadmin vosi check`: whether a server, or saved documents, tell of tables as VOSI 1.1 wants it."""

from __future__ import annotations

from typing import List, Optional

import typer

from dachsadmin.cli import output


def check(
    targets: Optional[List[str]] = typer.Argument(None, metavar="URL|FILE...", help="The address of a service, or of a "
        "server that has TAP; or files with VOSI documents."),
    everything: bool = typer.Option(False, "--all", help="Ask for the document of every table, not of twenty."),
    timeout: float = typer.Option(60, "--timeout", min=0.1, metavar="SECONDS", help="How long one answer may take."),
    select: List[str] = typer.Option([], "--select", metavar="CHECK", help="Make only these checks, by code or name; "
        "repeatable."),
    ignore: List[str] = typer.Option([], "--ignore", metavar="CHECK", help="Leave out these checks, by code or name; "
        "repeatable."),
    fail_on: str = typer.Option("error", "--fail-on", metavar="error|warning|info|never",
        help="The least severity that makes the exit status 1."),
    report: List[str] = typer.Option([], "--report", metavar="FORMAT[:FILE]", help="Write a report: text, json, sarif, "
        "junit, github or gitlab; repeatable."),
    baseline: Optional[str] = typer.Option(None, "--baseline", metavar="FILE", help="Findings in this file are silent."),
    update_baseline: bool = typer.Option(False, "--update-baseline", help="Put all findings of now into the baseline."),
    no_grouping: bool = typer.Option(False, "--no-grouping", help="Tell every single finding."),
    explain: Optional[str] = typer.Option(None, "--explain", metavar="CHECK|ALL", help="Print a check's page."),
) -> None:
    """Check what a server tells of itself and its tables against VOSI 1.1, of whatever software it is; or saved documents."""
    from dachsadmin.vosi.conformance import command

    if explain is not None:
        output.payload(command.explained(explain))
        raise typer.Exit(0)
    wanted = command.Wanted(
        everything=everything, timeout=timeout, select=tuple(select), ignore=tuple(ignore), reports=tuple(report or ["text"]),
        baseline=baseline, update_baseline=update_baseline, grouping=not no_grouping, fail_on=fail_on,
        interpreter=output.settings()["dachs.interpreter"])
    raise typer.Exit(int(command.run(targets or [], wanted, output.terminal())))
