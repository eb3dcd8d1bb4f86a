"""`dachsadmin upgrade snapshot` and `compare`: what a data centre shows and promises, before and after a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

import typer

from dachsadmin.cli import findings, output
from dachsadmin.errors import UsageError

if TYPE_CHECKING:
    from dachsadmin.upgrade.snapshot import Request

_URL = typer.Option(None, "--url", metavar="URL", help="The root of the server; without it, serverURL of gavo.rc.")
_TIMEOUT = typer.Option(60, "--timeout", min=0.1, metavar="SECONDS", help="How long one answer of the server may take.")


def snapshot(
    file: str = typer.Argument(..., metavar="FILE", help="Where the snapshot is written, as JSON."),
    url: Optional[str] = _URL,
    no_val: bool = typer.Option(False, "--no-val", help="Without validating the published RDs."),
    tests: bool = typer.Option(False, "--tests", help="Also run the regression tests in all RDs, which query the server."),
    timeout: float = _TIMEOUT,
) -> None:
    """Write down what this data centre shows and promises, for 'upgrade compare': tables, rows, services, records, checks.

    Nothing else is changed. What cannot be taken is told, and in the file; then the exit status is 6.
    """
    from dachsadmin.upgrade import before_after

    before_after.keep(file, _request(url, timeout, val=not no_val, tests=tests), output.terminal(),
                      write=not output.options().dry_run)


def compare(
    before: Optional[str] = typer.Argument(None, metavar="BEFORE", help="A snapshot."),
    after: str = typer.Argument("now", metavar="AFTER|now", help="A later snapshot; without it, what there is now."),
    url: Optional[str] = _URL,
    timeout: float = _TIMEOUT,
    select: List[str] = findings.SELECT, ignore: List[str] = findings.IGNORE, fail_on: str = findings.fail_on("error"),
    report: List[str] = findings.REPORT, baseline: Optional[str] = findings.BASELINE,
    update_baseline: bool = findings.UPDATE_BASELINE, no_grouping: bool = findings.NO_GROUPING,
    explain: Optional[str] = findings.EXPLAIN,
) -> None:
    """Tell what is gone, new, different, slower, or fails since a snapshot was taken."""
    from dachsadmin.upgrade import before_after

    findings.explain_only(explain, before_after.explained)
    if before is None:
        raise UsageError("compare needs a snapshot", "make one with 'dachsadmin upgrade snapshot FILE' before a change")
    wanted = findings.wanted(select, ignore, fail_on, report, baseline, update_baseline, no_grouping)
    raise typer.Exit(int(before_after.run(before, after, _request(url, timeout, val=True, tests=True), wanted,
                                          output.terminal())))


def _request(url: Optional[str], timeout: float, *, val: bool, tests: bool) -> Request:
    from dachsadmin.probe.command import address
    from dachsadmin.upgrade.snapshot import Request
    from dachsadmin.val import engine

    settings = output.settings()
    validated = engine.Request(
        words=("ALL",), compare_db=True, profile=settings["val.profile"], cache=settings.cache_folder,
        interpreter=settings["dachs.interpreter"], processes=settings["val.processes"], timeout=settings["val.timeout"],
        memory_mb=settings["val.memory_mb"])
    return Request(address(url), validated if val else None, tests, timeout, settings["dachs.interpreter"])
