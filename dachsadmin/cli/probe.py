"""`dachsadmin probe`: ask a running server what its users will ask, and tell what does not work."""

from __future__ import annotations

from typing import List, Optional

import typer

from dachsadmin.cli import output


def probe(
    url: Optional[str] = typer.Argument(None, metavar="URL", help="The root of the server; without it, serverURL of "
        "gavo.rc on this machine."),
    service: Optional[str] = typer.Option(None, "--service", metavar="RD", help="Ask only the services and tables of this "
        "RD (lamost6/q), or one service (lamost6/q/ssa); it need not be published."),
    registry: bool = typer.Option(False, "--registry", help="Also look through the publishing registry (OAI-PMH)."),
    bench: bool = typer.Option(False, "--bench", help="Also measure how long queries, links and cutouts take."),
    taplint: bool = typer.Option(False, "--taplint", help="Also run taplint of STILTS, if it is installed."),
    timeout: Optional[int] = typer.Option(None, "--timeout", metavar="SECONDS", help="How long one answer may take."),
    select: List[str] = typer.Option([], "--select", metavar="CHECK", help="Make only these checks, by code or name; "
        "repeatable."),
    ignore: List[str] = typer.Option([], "--ignore", metavar="CHECK", help="Leave out these checks, by code or name; "
        "repeatable."),
    fail_on: Optional[str] = typer.Option(None, "--fail-on", metavar="error|warning|info|never",
        help="The least severity that makes the exit status 1."),
    report: List[str] = typer.Option([], "--report", metavar="FORMAT[:FILE]", help="Write a report: text, json, sarif, "
        "junit, github or gitlab; repeatable."),
    baseline: Optional[str] = typer.Option(None, "--baseline", metavar="FILE", help="Findings in this file are silent."),
    update_baseline: bool = typer.Option(False, "--update-baseline", help="Put all findings of now into the baseline."),
    no_grouping: bool = typer.Option(False, "--no-grouping", help="Tell every single finding."),
    explain: Optional[str] = typer.Option(None, "--explain", metavar="CHECK|ALL", help="Print a check's page."),
) -> None:
    """Ask a running server as its users do: tables, spectra, images, links, cutouts; changes nothing on it."""
    from dachsadmin.probe import command, engine

    if explain is not None:
        output.payload(command.explained(explain))
        raise typer.Exit(0)
    settings = output.settings({"probe.timeout": timeout, "probe.fail_on": fail_on})
    request = engine.Request(command.address(url), (service or "").replace("#", "/"), registry=registry, bench=bench,
                             taplint=taplint, timeout=settings["probe.timeout"])
    wanted = command.Wanted(
        select=tuple(select), ignore=(*settings["probe.ignore"], *ignore),
        reports=tuple(report or settings["probe.report"]), baseline=baseline, update_baseline=update_baseline,
        grouping=not no_grouping, fail_on=settings["probe.fail_on"], interpreter=settings["dachs.interpreter"],
        memory=settings.cache_folder / "probe")
    raise typer.Exit(int(command.run(request, wanted, output.terminal())))
