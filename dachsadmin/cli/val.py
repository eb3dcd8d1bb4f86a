"""`dachsadmin val`: check resource descriptors, and say so in as many reports as are wanted."""

from __future__ import annotations

from typing import List, Optional

import typer

from dachsadmin.cli import findings, output


def val(
    targets: List[str] = typer.Argument(None, metavar="ALL|ALL_RECURSE|RD...", help="ALL: the published RDs; "
        "ALL_RECURSE: every RD of the tree; RD ids (lamost6/q), built-in ones (//tap, '//*'), files or directories."),
    tree: Optional[str] = typer.Option(None, "--tree", metavar="DIR", help="The service tree, if it is not the "
        "inputsDir of gavo.rc; a plain checkout will do."),
    engine: str = typer.Option("auto", "--engine", metavar="auto|static|deep", help="static: the text of the RDs only, "
        "no RD code runs; deep: DaCHS's own validation only; auto: both, as far as there is a DaCHS."),
    scratch: bool = typer.Option(False, "--scratch", help="Run DaCHS's validation, and try SQL, on a "
        "throw-away database."),
    against: Optional[str] = typer.Option(None, "--against", metavar="SUITE|VERSION|DEBS", help="Validate with another "
        "DaCHS, unpacked for this run: release, beta, sid, a version, or a directory with .deb files."),
    for_dachs: Optional[str] = typer.Option(None, "--for-dachs", metavar="VERSION", help="Check the text against the RD "
        "language of this DaCHS version; without it, against that of the installed one."),
    profile: Optional[str] = typer.Option(None, "--profile", metavar="min|publish|strict", help="How much is checked."),
    select: List[str] = typer.Option([], "--select", metavar="CODE|NAME", help="Check only these rules; repeatable."),
    ignore: List[str] = typer.Option([], "--ignore", metavar="CODE|NAME", help="Leave out these rules; repeatable."),
    fail_on: Optional[str] = findings.fail_on(None), report: List[str] = findings.REPORT,
    baseline: Optional[str] = findings.BASELINE, update_baseline: bool = findings.UPDATE_BASELINE,
    no_grouping: bool = findings.NO_GROUPING,
    changed_since: Optional[str] = typer.Option(None, "--changed-since", metavar="GITREF", help="Only RDs that changed "
        "since then, and those that depend on what changed."),
    shard: Optional[str] = typer.Option(None, "--shard", metavar="K/N", help="Only part K of N, for parallel CI jobs."),
    compatible: bool = typer.Option(False, "--compatible", help="Tell for each RD on which DaCHS versions it can run."),
    fix: bool = typer.Option(False, "--fix", help="Apply the safe fixes to the RDs."),
    diff: bool = typer.Option(False, "--diff", help="Show what --fix would change, and change nothing."),
    explain: Optional[str] = typer.Option(None, "--explain", metavar="CODE|NAME|ALL", help="Print a rule's page."),
    update_vocabularies: bool = typer.Option(False, "--update-vocabularies", help="Fetch the vocabularies that DaCHS "
        "validates with to where it looks for them."),
    pre_publication: bool = typer.Option(False, "-p", "--pre-publication", help="Validate as if all services were "
        "published in the VO."),
    compare_db: bool = typer.Option(False, "-c", "--compare-db", help="Compare tables that are on disk with the RD."),
    run_tests: bool = typer.Option(False, "-t", "--run-tests", help="Run the regression tests in the RDs."),
    test_timeout: int = typer.Option(15, "-T", "--timeout", metavar="SECONDS", help="How long a test may take."),
    accept_free_units: bool = typer.Option(False, "-u", "--accept-free-units", help="No warning about units that "
        "VOUnits does not list."),
    validate_examples: bool = typer.Option(False, "-x", "--validate-examples", help="Run the TAP examples in the RDs "
        "(DaCHS 2.12 or later)."),
    processes: Optional[int] = typer.Option(None, "--processes", metavar="N", help="RDs that DaCHS validates at a time."),
    no_cache: bool = typer.Option(False, "--no-cache", help="Neither use nor keep verdicts of earlier runs."),
    no_speedups: bool = typer.Option(False, "--no-speedups", help="Run DaCHS exactly as it is, without our faster macro "
        "expansion."),
) -> None:
    """Check resource descriptors: rules of our own on their text, and DaCHS's own validation, with lines and codes."""
    from dachsadmin.val import command

    findings.explain_only(explain, command.explained)
    settings = output.settings({"val.profile": profile, "val.fail_on": fail_on, "val.processes": processes})
    request = command.Request(
        words=tuple(targets or ()), tree=tree, engine=engine, scratch=scratch, against=against or "",
        for_dachs=for_dachs or "", profile=settings["val.profile"], shard=shard or "", changed_since=changed_since or "",
        pre_publication=pre_publication, compare_db=compare_db, run_tests=run_tests, test_timeout=test_timeout,
        free_units=accept_free_units, examples=validate_examples,
        cache=None if no_cache else settings.cache_folder,
        interpreter=settings["dachs.interpreter"], processes=settings["val.processes"], timeout=settings["val.timeout"],
        memory_mb=settings["val.memory_mb"], speedups=not no_speedups,
        compatible=compatible, fix=fix, diff=diff, update_vocabularies=update_vocabularies)
    wanted = findings.wanted(select or settings["val.select"], (*settings["val.ignore"], *ignore), settings["val.fail_on"],
                             report or settings["val.report"], baseline, update_baseline, no_grouping)
    raise typer.Exit(int(command.run(request, wanted, output.terminal())))
