"""`dachsadmin vosi`: published metadata that is never stale; its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

import typer

from dachsadmin.cli import output, vosi_check, vosi_export
from dachsadmin.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from dachsadmin.vosi.status import stock

app = typer.Typer(rich_markup_mode=None, help="Keep the published metadata of tables right.")
app.command("check", short_help="Check VOSI documents against the standard.")(vosi_check.check)
app.command("export", short_help="Write VOSI documents as files for a web server.")(vosi_export.export)
app.command("serve-config", short_help="Print how nginx or Apache serves an export.")(vosi_export.serve_config)


@app.command("status", short_help="Find published metadata that is stale or broken.")
def status(
    words: Optional[List[str]] = typer.Argument(None, metavar="TABLE|RD|ALL...", help="Tables and RDs that DaCHS knows; "
        "without any, all of them."),
    served: Optional[str] = typer.Option(None, "--served", metavar="URL|here", help="Also compare with what the running "
        "server tells, which takes it seconds; here: the one of this machine."),
    select: List[str] = typer.Option([], "--select", metavar="CHECK", help="Make only these checks, by code or name; "
        "repeatable."),
    ignore: List[str] = typer.Option([], "--ignore", metavar="CHECK", help="Leave out these checks, by code or name; "
        "repeatable."),
    fail_on: str = typer.Option("warning", "--fail-on", metavar="error|warning|info|never",
        help="The least severity that makes the exit status 1."),
    report: List[str] = typer.Option([], "--report", metavar="FORMAT[:FILE]", help="Write a report: text, json, sarif, "
        "junit, github or gitlab; repeatable."),
    baseline: Optional[str] = typer.Option(None, "--baseline", metavar="FILE", help="Findings in this file are silent."),
    update_baseline: bool = typer.Option(False, "--update-baseline", help="Put all findings of now into the baseline."),
    no_grouping: bool = typer.Option(False, "--no-grouping", help="Tell every single finding."),
    explain: Optional[str] = typer.Option(None, "--explain", metavar="CHECK|ALL", help="Print a check's page."),
) -> None:
    """Compare what RDs say of published tables with TAP_SCHEMA, DaCHS's notes, the database and the registry."""
    from dachsadmin.vosi.status import command

    if explain is not None:
        output.payload(command.explained(explain))
        raise typer.Exit(0)
    wanted = command.Wanted(
        select=tuple(select), ignore=tuple(ignore), reports=tuple(report or ["text"]), baseline=baseline,
        update_baseline=update_baseline, grouping=not no_grouping, fail_on=fail_on, server=_server(served))
    raise typer.Exit(int(command.run(words or [], installation(), wanted, output.terminal())))


@app.command("refresh", short_help="Bring published metadata up to date.")
def refresh(
    words: Optional[List[str]] = typer.Argument(None, metavar="TABLE|RD|ALL...", help="Tables and RDs that DaCHS knows; of "
        "a table, its whole RD is refreshed."),
    stale: bool = typer.Option(False, "--stale", help="All that is stale; the same as ALL without --force."),
    statistics: bool = typer.Option(False, "--statistics", help="Also find column statistics where there are none, which "
        "takes a second per table, and more for large ones."),
    force: bool = typer.Option(False, "--force", help="Also refresh what is current."),
) -> None:
    """Run 'dachs imp -m', 'limits' and 'pub' where published metadata is stale, and look whether that helped."""
    from dachsadmin.cli import change
    from dachsadmin.vosi.refresh import command

    if stale and (words or force):
        raise UsageError("--stale goes with neither names nor --force", "run 'dachsadmin vosi refresh --stale'")
    of = installation()
    wanted = ["ALL"] if stale else words or []
    plan = command.plan(wanted, of, output.terminal().progress, statistics=statistics, force=force)
    change.carry_out(plan, of.host)
    vosi_export.after_change(of)
    if plan.left_out:
        raise typer.Exit(int(ExitCode.FINDINGS))


def _server(served: Optional[str]) -> str:
    from dachsadmin.system import gavorc

    return gavorc.read().get("web", "serverURL") if served == "here" else (served or "").removesuffix("/tap")


def installation() -> stock.Installation:
    """The DaCHS of this machine, as the settings name it."""
    from dachsadmin.cli import change
    from dachsadmin.system import gavorc
    from dachsadmin.vosi.status import stock

    settings = output.settings()
    return stock.installation(change.machine(), gavorc.read(), settings["dachs.interpreter"], gavorc.passed_on(),
                              settings.cache_folder / "vosi")
