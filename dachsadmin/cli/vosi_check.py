"""`dachsadmin vosi check`: whether a server, or saved documents, tell of tables as VOSI 1.1 wants it."""

from __future__ import annotations

from typing import List, Optional

import typer

from dachsadmin.cli import findings, output


def check(
    targets: Optional[List[str]] = typer.Argument(None, metavar="URL|FILE...", help="The address of a service, or of a "
        "server that has TAP; or files with VOSI documents."),
    everything: bool = typer.Option(False, "--all", help="Ask for the document of every table, not of twenty."),
    timeout: float = typer.Option(60, "--timeout", min=0.1, metavar="SECONDS", help="How long one answer may take."),
    select: List[str] = findings.SELECT, ignore: List[str] = findings.IGNORE, fail_on: str = findings.fail_on("error"),
    report: List[str] = findings.REPORT, baseline: Optional[str] = findings.BASELINE,
    update_baseline: bool = findings.UPDATE_BASELINE, no_grouping: bool = findings.NO_GROUPING,
    explain: Optional[str] = findings.EXPLAIN,
) -> None:
    """Check what a server tells of itself and its tables against VOSI 1.1, of whatever software it is; or saved documents."""
    from dachsadmin.vosi.conformance import command

    findings.explain_only(explain, command.explained)
    wanted = findings.wanted(select, ignore, fail_on, report, baseline, update_baseline, no_grouping)
    raise typer.Exit(int(command.run(targets or [], wanted, output.terminal(), everything=everything, timeout=timeout,
                                     interpreter=output.settings()["dachs.interpreter"])))
