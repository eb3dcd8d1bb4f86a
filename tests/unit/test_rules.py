"""Every rule is tried on the cases of its YAML file, and on the Bad and Good examples of its own page."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from fake_database import fake

from dachsadmin.check.rule import PROFILES, discover, page
from dachsadmin.rd.document import parse
from dachsadmin.rd.language import load
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.site import Site

RULES = {rule.code: rule for rule in discover("dachsadmin.val.rules")}
STATIC = {code: rule for code, rule in RULES.items() if rule.stage not in ("load", "deep", "ignores", "site")}
FOLDER = Path(__file__).parents[1] / "rules"
CASES = [(path.stem, name, case, content) for path in sorted(FOLDER.glob("*.yaml"))
         for content in [yaml.safe_load(path.read_text(encoding="utf-8"))]
         for name, case in content.items() if name not in ("rule", "page")]


def findings(rule, text: str, case: dict) -> list[str]:
    """`line: message`, or `line:column: message` where the case says `columns: true`."""
    files = {f"/inputs/{name}": content.encode() for name, content in case.get("files", {}).items()}
    files |= {f"/inputs/{rd}.rd": content.encode() for rd, content in case.get("rds", {}).items()}
    files |= {f"/var/gavo/etc/{name}": content.encode() for name, content in case.get("etc", {}).items()}
    rd_id = case.get("id", "res/q")
    raw = text.encode(case.get("encoding", "utf-8"))
    files[f"/inputs/{rd_id}.rd"] = raw
    config = {tuple(key.lower().split(".")): str(value) for key, value in case.get("config", {}).items()}
    modes = {f"/inputs/{name}": int(str(mode), 8) for name, mode in case.get("modes", {}).items()}
    site = Site("/inputs", load(str(case.get("for_dachs", "2.7"))), config=GavoRc(config),
                files=MemoryFiles(files, modes), database=fake(case.get("database")))
    rd = parse(raw, rd_id, f"{rd_id}.rd")
    assert rd.root is not None, rd.failure
    shown = []
    for found in sorted(rule.check(rd, site), key=lambda found: found.location):
        assert found.code == rule.code
        assert not rule.only_with or not rd.names.isdisjoint(rule.only_with), "this RD would not be shown to the rule"
        place = f"{found.location.line}:{found.location.column}" if case.get("columns") else str(found.location.line)
        shown.append(f"{place}: {'' if found.tested else 'untested: '}{found.message}")
    return shown


@pytest.mark.parametrize(("stem", "name", "case", "content"), CASES, ids=[f"{stem}-{name}" for stem, name, *_ in CASES])
def test_the_rule_finds_what_its_case_says(stem, name, case, content):
    rule = RULES[content["rule"]]
    assert stem == rule.name.replace("-", "_")
    assert findings(rule, case["rd"], case) == case["finds"]


@pytest.mark.parametrize("rule", STATIC.values(), ids=STATIC)
def test_each_rule_has_a_firing_and_a_silent_case(rule):
    path = FOLDER / f"{rule.name.replace('-', '_')}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    cases = [case for name, case in content.items() if name not in ("rule", "page")]
    assert any(case["finds"] for case in cases)
    assert any(not case["finds"] for case in cases)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_is_documented(rule):
    text = page(rule)
    assert text.title.endswith(".") and text.why and text.bad and text.good and text.see, rule.code
    assert rule.profile in PROFILES
    assert type(rule).__module__.rsplit(".", 1)[1] == rule.name.replace("-", "_")


@pytest.mark.parametrize("rule", STATIC.values(), ids=STATIC)
def test_the_examples_of_each_page_hold(rule):
    text = page(rule)
    path = FOLDER / f"{rule.name.replace('-', '_')}.yaml"
    surroundings = yaml.safe_load(path.read_text(encoding="utf-8")).get("page", {})
    case = {key: value for key, value in surroundings.items() if key not in ("rd", "finds")}
    assert findings(rule, _complete(text.bad), case), "the Bad example finds nothing"
    assert not findings(rule, _complete(text.good), case), "the Good example has findings"


def _complete(example: str) -> str:
    return example if "<resource" in example else f'<resource schema="res">{example}</resource>'


def test_no_code_and_no_name_is_used_twice():
    rules = discover("dachsadmin.val.rules")
    assert len({rule.code for rule in rules}) == len({rule.name for rule in rules}) == len(rules)
