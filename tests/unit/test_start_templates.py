"""Every template has a golden RD, which is without a finding for every DaCHS that the RD is written for."""

from __future__ import annotations

import dataclasses
import datetime
import os
from pathlib import Path

import pytest
import surveys

from dachsadmin.check import suppress
from dachsadmin.check.rule import discover
from dachsadmin.rd.document import parse
from dachsadmin.rd.language import Language, load
from dachsadmin.start import answers, catalogue, command, fill
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.site import Site

GOLDEN = Path(__file__).parents[1] / "golden" / "start"
CREATED = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.timezone.utc)
TEMPLATES = {each.name: each for each in catalogue.templates()}
RULES = [rule for rule in discover("dachsadmin.val.rules") if rule.stage not in ("load", "deep", "ignores", "site")]
DEFAULT_META = b"""publisher: Example Observatory
contact.name: Jane Doe
contact.address: Example Street 1
contact.email: jane@example.org
contact.telephone: 1
creator.name: Jane Doe
"""
CASES = sorted(path.parent for path in GOLDEN.glob("*/survey.yaml"))
"""A folder `ssap`, and others of the same template as `ssap-table`."""


def made(folder: Path, version: str = "2.7") -> fill.Made:
    template = TEMPLATES[folder.name.partition("-")[0]]
    survey = surveys.read(folder / "survey.yaml")
    given = answers.from_yaml((folder / "answers.yaml").read_text(encoding="utf-8"), "answers.yaml")
    settled = answers.settle(template, survey, given)
    numbers = tuple(map(int, version.split(".")))
    return fill.fill(template, survey, settled, fill.Place("res", "res", CREATED, numbers))


def findings(folder: Path, text: str, version: str = "2.7") -> list[str]:
    """What the rules of the profile strict say, as `CODE line: message`."""
    files = {os.path.join("/inputs/res", name): b"" for name in surveys.read(folder / "survey.yaml").files}
    files |= {"/inputs/res/q.rd": text.encode(), "/var/gavo/etc/defaultmeta.txt": DEFAULT_META}
    site = Site("/inputs", load(version), config=GavoRc({("ivoa", "authority"): "org.example"}),
                files=MemoryFiles(files, modes=dict.fromkeys(files, 0o600)))
    rd = parse(text.encode(), "res/q", "res/q.rd")
    outcome = suppress.apply([found for rule in RULES for found in rule.check(rd, site)
                              if found.tested], rd)
    return [f"{found.code} {found.location.line}: {found.message}" for found in outcome.kept] + [
        f"{ignore.location.line}: nothing to ignore" for ignore in outcome.idle]


def test_every_template_has_a_golden_rd():
    assert {path.name.partition("-")[0] for path in CASES} == set(TEMPLATES)


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_the_golden_rd_is_made(folder):
    """Run this file to write them all anew: PYTHONPATH=.:tests python3 tests/unit/test_start_templates.py"""
    rd = made(folder)
    assert rd.text == (folder / "q.rd").read_text(encoding="utf-8")
    assert rd.open == ()


@pytest.mark.parametrize("version", Language.versions())
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_no_rule_finds_anything_in_it(folder, version):
    assert findings(folder, made(folder, version).text, version) == []


@pytest.mark.parametrize("told", ["as found", "nothing"])
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_without_answers_every_open_question_is_a_hole_that_val_reports(folder, told):
    template, survey = TEMPLATES[folder.name.partition("-")[0]], surveys.read(folder / "survey.yaml")
    if told == "nothing":
        survey = dataclasses.replace(survey, proposals=())
    rd = fill.fill(template, survey, answers.settle(template, survey, {}), fill.Place("res", "res", CREATED, (2, 7)))
    reported = {finding.split()[1].rstrip(":") for finding in findings(folder, rd.text) if finding.startswith("DA226")}
    assert rd.open and {str(each.line) for each in rd.open} <= reported


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_its_questions_are_listed_as_an_answers_file(template):
    commented = command.questions_of(template)
    lines = [line[1:] for line in commented.splitlines() if not line.startswith("# ")]
    assert set(answers.from_yaml("\n".join(lines), "x")) <= {each.key for each in template.questions}
    assert len(lines) == len(template.questions)


if __name__ == "__main__":
    for case in CASES:
        (case / "q.rd").write_text(made(case).text, encoding="utf-8")
