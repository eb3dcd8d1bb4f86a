"""`dachsadmin probe`: ask a running server what its users will ask, and tell what does not work."""

from __future__ import annotations

from typing import List, Optional

import typer

from dachsadmin.cli import findings, output


def probe(
    url: Optional[str] = typer.Argument(None, metavar="URL", help="The root of the server; without it, serverURL of "
        "gavo.rc on this machine."),
    service: Optional[str] = typer.Option(None, "--service", metavar="RD", help="Ask only the services and tables of this "
        "RD (lamost6/q), or one service (lamost6/q/ssa); it need not be published."),
    registry: bool = typer.Option(False, "--registry", help="Also look through the publishing registry (OAI-PMH)."),
    bench: bool = typer.Option(False, "--bench", help="Also measure how long queries, links and cutouts take."),
    taplint: bool = typer.Option(False, "--taplint", help="Also run taplint of STILTS, if it is installed."),
    timeout: Optional[int] = typer.Option(None, "--timeout", metavar="SECONDS", help="How long one answer may take."),
    select: List[str] = findings.SELECT, ignore: List[str] = findings.IGNORE, fail_on: Optional[str] = findings.fail_on(None),
    report: List[str] = findings.REPORT, baseline: Optional[str] = findings.BASELINE,
    update_baseline: bool = findings.UPDATE_BASELINE, no_grouping: bool = findings.NO_GROUPING,
    explain: Optional[str] = findings.EXPLAIN,
) -> None:
    """Ask a running server as its users do: tables, spectra, images, links, cutouts; changes nothing on it."""
    from dachsadmin.probe import command, engine

    findings.explain_only(explain, command.explained)
    settings = output.settings({"probe.timeout": timeout, "probe.fail_on": fail_on})
    request = engine.Request(command.address(url), (service or "").replace("#", "/"), registry=registry, bench=bench,
                             taplint=taplint, timeout=settings["probe.timeout"])
    wanted = findings.wanted(select, (*settings["probe.ignore"], *ignore), settings["probe.fail_on"],
                             report or settings["probe.report"], baseline, update_baseline, no_grouping)
    raise typer.Exit(int(command.run(request, wanted, output.terminal(), interpreter=settings["dachs.interpreter"],
                                     memory=settings.cache_folder / "probe")))
