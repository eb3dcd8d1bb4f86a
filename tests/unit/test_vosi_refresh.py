"""Refreshing runs commands in batches: what each said is heard, and what fails stops nothing but its own RD."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from published import HOLDING, with_stored, with_table

from dachsadmin.errors import ExitCode, TargetError
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.worker import batch
from dachsadmin.vosi.refresh import command, steps
from dachsadmin.vosi.status.stock import Installation, Stock

FAKE_CLI = """
import os, sys
def main():
    words = sys.argv[1:]
    print("ran", *words)
    if "broken" in words[-1]: print("*** Error: no such thing", file=sys.stderr); sys.exit(1)
    if "deadly" in words[-1]: os._exit(3)
    if "odd" in words[-1]: raise ValueError("odd")
"""


@pytest.fixture
def gavo(tmp_path):
    """A package gavo that has just enough for the batch program."""
    for name, text in (("__init__", ""), ("api", ""), ("registry/__init__", ""), ("registry/publication", ""),
                       ("user/__init__", ""), ("user/importing", ""), ("user/limits", ""), ("user/cli", FAKE_CLI)):
        path = tmp_path / "gavo" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.children
def test_a_batch_runs_all_groups_and_tells_each_end(gavo):
    groups = [[["imp", "a"], ["pub", "a"]], [["imp", "broken"], ["pub", "broken"]], [["imp", "deadly"]], [["imp", "odd"]],
              [["imp", "z\u00e9"]]]
    done = subprocess.run([sys.executable, "-", *map(json.dumps, groups)], input=Path(batch.__file__).read_text(),
                          capture_output=True, text=True, env={"PYTHONPATH": str(gavo)})
    told = [(" ".join(one["words"]), one["status"]) for one in map(json.loads, done.stdout.splitlines())]
    assert told == [("imp a", 0), ("pub a", 0), ("imp broken", 1), ("imp deadly", 3), ("imp odd", 70), ("imp z\u00e9", 0)]
    assert "ran imp broken" in done.stdout and "no such thing" in done.stdout and done.stderr == ""


@pytest.mark.parametrize(("said", "status", "reason"), [
    ("Making it\n*** Error: While building table x.y:\n  it broke\nHint: none\n", 1, "While building table x.y: it broke Hint: none"),
    ("** WARNING: a\nTraceback\nValueError: odd\n", 70, "ValueError: odd"), ("", 7, "exit status 7")])
def test_the_reason_is_what_dachs_calls_its_error(said, status, reason):
    assert steps._reason(said, status) == reason


@pytest.fixture
def planned(tmp_path):
    """The plan for some holdings, on a tree of ours."""
    def plan(*holdings, **options):
        config = GavoRc({("general", "inputsdir"): str(tmp_path), ("web", "user"): "gavo"})
        of = Installation(Host(), config, Dachs("2.7", "/gavo", "3.11"), {})
        return command.plan_for(Stock(list(holdings)), of, **options)
    return plan


STALE = replace(with_table(description="Suns."), rd="suns/q", stored=replace(HOLDING.stored, noted={
    name: replace(noted, rd="suns/q") for name, noted in HOLDING.stored.noted.items()}))
BROKEN = replace(HOLDING, rd="bad/q", declared=None, fault="it is no XML")


def test_the_plan_has_what_is_stale_and_tells_what_is_left_out(planned):
    plan = planned(HOLDING, STALE, BROKEN)
    [step] = plan.steps
    assert step.action.rds == ("suns/q",) and step.title == "refresh the metadata of 1 RD"
    assert plan.left_out == ("bad/q: the RD does not load: it is no XML; run 'dachsadmin val bad/q'",)
    assert planned(HOLDING).steps == () and planned(HOLDING, force=True).steps[0].action.rds == ("stars/q",)


def test_a_broken_rd_that_was_named_is_an_error(planned):
    with pytest.raises(TargetError, match="bad/q cannot be refreshed: the RD does not load"):
        planned(BROKEN, strict=True)


def test_the_metadata_of_tap_schema_itself_is_for_another_command(planned):
    tap = replace(HOLDING, rd="__system__/tap", stored=with_stored(listed={}, listed_by={}).stored)
    plan = planned(tap)
    assert plan.steps == () and plan.notes == ("//tap: run 'dachs upgrade -t'",)


def test_a_step_survives_the_journal(planned):
    [step] = planned(STALE).steps
    again = steps.RefreshMetadata(**json.loads(json.dumps(step.action.arguments())))
    assert again == step.action and again.verb == "refresh-metadata" and "change the RD back" in again.stays


def test_the_command_line_knows_its_options(capfd):
    from dachsadmin.cli.main import run

    assert run(["vosi", "status", "--explain", "DV203"]) == ExitCode.OK
    assert capfd.readouterr().out.startswith("DV203 columns-out-of-date")
    assert run(["vosi", "refresh", "--stale", "a/q"]) == ExitCode.USAGE
    assert "--stale goes with neither names nor --force" in capfd.readouterr().err
    assert run(["vosi", "refresh", "--stale", "--force"]) == ExitCode.USAGE
