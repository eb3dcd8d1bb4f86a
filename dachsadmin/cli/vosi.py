"""`dachsadmin vosi`: published metadata that is never stale; its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

import typer

from dachsadmin.cli import findings, output, vosi_check, vosi_export
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
    select: List[str] = findings.SELECT, ignore: List[str] = findings.IGNORE, fail_on: str = findings.fail_on("warning"),
    report: List[str] = findings.REPORT, baseline: Optional[str] = findings.BASELINE,
    update_baseline: bool = findings.UPDATE_BASELINE, no_grouping: bool = findings.NO_GROUPING,
    explain: Optional[str] = findings.EXPLAIN,
) -> None:
    """Compare what RDs say of published tables with TAP_SCHEMA, DaCHS's notes, the database and the registry."""
    from dachsadmin.vosi.status import command

    findings.explain_only(explain, command.explained)
    wanted = findings.wanted(select, ignore, fail_on, report, baseline, update_baseline, no_grouping)
    raise typer.Exit(int(command.run(words or [], installation(), wanted, output.terminal(), server=_server(served))))


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
