"""The tables say what the real DaCHS says, and no RD that it loads gets an error from the structure rules.

Tried with the installed DaCHS, and with those of $CHECK_DACHS. Needs no database.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

import dachsadmin
from dachsadmin.check.rule import discover, page
from dachsadmin.model.finding import Severity
from dachsadmin.rd import tables
from dachsadmin.rd.document import parse
from dachsadmin.rd.language import Language, load
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.site import Site
from mutations import mutated
from places import PLACES, named

pytestmark = pytest.mark.dachs
PYTHON = "/usr/bin/python3"
DESCRIBE = str(Path(dachsadmin.__file__).parent / "system" / "worker" / "describe.py")
RULES = {rule.code: rule for rule in discover("dachsadmin.val.rules") if "DA100" <= rule.code <= "DA119"}
MUTATIONS = 250


class Dachs:
    """A DaCHS that can be asked whether it loads an RD, and for its built-in RDs and templates."""

    def __init__(self, described: dict, environment: dict[str, str]) -> None:
        self.described = described
        self.language = load(described["version"])
        program = [PYTHON, str(Path(__file__).with_name("loading.py")), os.path.dirname(DESCRIBE)]
        self.process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=environment)

    def ask(self, **question: str) -> dict:
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def refuses(self, text: str) -> str | None:
        return self.ask(text=text)["refused"]


@pytest.fixture(scope="module", params=PLACES, ids=named)
def dachs(request):
    path = ":".join(filter(None, [request.param, os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"LC_ALL": "C.UTF-8"} | ({"PYTHONPATH": path} if path else {})
    run = subprocess.run([PYTHON, DESCRIBE], capture_output=True, text=True, env=environment)
    if "No module named 'gavo'" in run.stderr:
        pytest.skip(f"{PYTHON} has no gavo")
    assert run.returncode == 0, run.stderr
    known = Dachs(json.loads(run.stdout), environment)
    yield known
    known.process.stdin.close()
    known.process.wait(10)


def errors(text: str, language: Language) -> list[str]:
    rd = parse(text.encode(), "x/q", "q.rd")
    if rd.root is None:
        return []
    site = Site("/inputs", language, files=MemoryFiles({}))
    return [f"{finding.location.line}: {finding.code} {finding.message}" for rule in RULES.values()
            for finding in rule.check(rd, site) if finding.severity is Severity.ERROR]


def test_the_table_is_what_the_package_says(dachs):
    version = dachs.described["version"]
    if version not in Language.versions():
        pytest.skip(f"there is no table of DaCHS {version}")
    assert tables.text_of(dachs.described) == tables.text_of(tables.read(version))


def test_built_in_rds_have_no_findings(dachs):
    names = dachs.ask(names="built-in")["names"]
    assert len(names) >= 25
    assert {name: found for name in names
            if (found := errors(dachs.ask(**{"built-in": name})["text"], dachs.language))} == {}


def test_templates_get_an_error_only_where_dachs_refuses_them(dachs):
    names = dachs.ask(names="templates")["names"]
    assert "ssap+datalink" in names
    for name in names:
        text = dachs.ask(template=name)["text"]
        assert not errors(text, dachs.language) or dachs.refuses(text), name


@pytest.mark.parametrize("seed", range(4))
def test_dachs_refuses_every_mutant_that_gets_an_error(dachs, seed):
    dice = random.Random(seed)
    texts = [text for name in dachs.ask(names="built-in")["names"]
             if dachs.refuses(text := dachs.ask(**{"built-in": name})["text"]) is None]
    tried = found = 0
    while tried < MUTATIONS:
        mutant = mutated(dice.choice(texts), dachs.language, dice)
        if mutant is None:
            continue
        tried += 1
        said = errors(mutant, dachs.language)
        if said:
            found += 1
            assert dachs.refuses(mutant), (said, mutant)
    assert found > MUTATIONS / 5


def _whole(example: str) -> str:
    return example if "<resource" in example else f'<resource schema="res">{example}</resource>'


@pytest.mark.parametrize("code", [code for code, rule in RULES.items() if rule.severity is Severity.ERROR])
def test_dachs_refuses_the_bad_examples_and_loads_the_good_ones(dachs, code):
    if dachs.described["version"] != "2.7":
        pytest.skip("the examples are written for DaCHS 2.7")
    example = page(RULES[code])
    assert dachs.refuses(_whole(example.bad))
    assert dachs.refuses(_whole(example.good)) is None
