"""The options of every command that checks: which checks are made, and what is done with their findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional

import typer

from dachsadmin.cli import output

if TYPE_CHECKING:
    from dachsadmin.inspection import Wanted

SELECT = typer.Option([], "--select", metavar="CHECK", help="Make only these checks, by code or name; repeatable.")
IGNORE = typer.Option([], "--ignore", metavar="CHECK", help="Leave out these checks, by code or name; repeatable.")
REPORT = typer.Option([], "--report", metavar="FORMAT[:FILE]", help="Write a report: text, json, sarif, junit, github or "
                      "gitlab; repeatable.")
BASELINE = typer.Option(None, "--baseline", metavar="FILE", help="Findings in this file are silent.")
UPDATE_BASELINE = typer.Option(False, "--update-baseline", help="Put all findings of now into the baseline.")
NO_GROUPING = typer.Option(False, "--no-grouping", help="Tell every single finding.")
EXPLAIN = typer.Option(None, "--explain", metavar="CHECK|ALL", help="Print a check's page.")


def fail_on(default: Optional[str]) -> Any:
    """The option --fail-on; without a default, a setting has it."""
    return typer.Option(default, "--fail-on", metavar="error|warning|info|never",
                        help="The least severity that makes the exit status 1.")


def explain_only(word: Optional[str], explained: Callable[[str], str]) -> None:
    """Where --explain was given, print the page, and be done."""
    if word is not None:
        output.payload(explained(word))
        raise typer.Exit(0)


def wanted(select: Sequence[str], ignore: Sequence[str], fail_on: str, report: Sequence[str], baseline: Optional[str],
           update_baseline: bool, no_grouping: bool) -> Wanted:
    """What these options say."""
    from dachsadmin.inspection import Wanted

    return Wanted(tuple(select), tuple(ignore), tuple(report or ["text"]), baseline, update_baseline, not no_grouping, fail_on)
