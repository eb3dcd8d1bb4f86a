"""`dachsadmin upgrade check`: what an upgrade of DaCHS would stumble over; changes nothing."""

from __future__ import annotations

from typing import List, Optional

import typer

from dachsadmin.cli import findings, output


def check(
    target: str = typer.Option("", "--target-release", "-t", metavar="SUITE", help="Look at the DaCHS of this suite: release, "
        "beta, backports, any, or one of Debian's; without it, at the one that apt would take."),
    select: List[str] = findings.SELECT, ignore: List[str] = findings.IGNORE, fail_on: str = findings.fail_on("warning"),
    report: List[str] = findings.REPORT, baseline: Optional[str] = findings.BASELINE,
    update_baseline: bool = findings.UPDATE_BASELINE, no_grouping: bool = findings.NO_GROUPING,
    explain: Optional[str] = findings.EXPLAIN,
) -> None:
    """Look whether this machine, its database and its service tree are ready for the next DaCHS. Changes nothing."""
    from dachsadmin.cli import change
    from dachsadmin.system import gavorc
    from dachsadmin.upgrade.preflight import command

    findings.explain_only(explain, command.explained)
    wanted = findings.wanted(select, ignore, fail_on, report, baseline, update_baseline, no_grouping)
    settings = output.settings()
    site = command.Site(change.machine(), gavorc.read(), settings["dachs.interpreter"], settings["paths.backup"],
                        settings["paths.state"], settings.cache_folder)
    raise typer.Exit(int(command.run(site, target, wanted, output.terminal())))
