"""The release catalogue: it has every release, every entry holds what it promises, and nothing wrong in it is let in."""

from __future__ import annotations

import re
import shutil

import pytest

from dachsadmin.errors import ConfigurationError
from dachsadmin.rd.document import parse
from dachsadmin.rd.language import load as language
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.upgrade import catalogue
from dachsadmin.upgrade.commands import VERBS
from dachsadmin.upgrade.detectors import File
from dachsadmin.upgrade.rd_detectors import FoundByVal, Rd
from dachsadmin.upgrade.versions import numbers
from dachsadmin.val.site import Site

CATALOGUE = catalogue.load()
ACTIONS = {action.id: action for _, action in CATALOGUE.actions}
PARTS = [(action.id, part) for action in ACTIONS.values() for part in action.detect.parts()]
PATTERNS = [(name, part) for name, part in PARTS if isinstance(part, Rd)]
CONTENTS = [(name, part) for name, part in PARTS if isinstance(part, File) and part.contains]
RULES = sorted({part.name for _, part in PARTS if isinstance(part, FoundByVal)})


def site(*, version: str = "2.13") -> Site:
    return Site("/inputs", language(version), files=MemoryFiles({}))


def test_every_release_is_there_once_and_in_order():
    assert CATALOGUE.versions == (
        "0.9.8", "1.0", "1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "2.10",
        "2.11", "2.12", "2.13")
    assert [release.after for release in CATALOGUE.releases] == ["", *CATALOGUE.versions[:-1]]


def test_releases_and_schemas_never_go_back():
    days = [release.released for release in CATALOGUE.releases]
    schemas = [release.schema for release in CATALOGUE.releases]
    assert days == sorted(days) and schemas == sorted(schemas)
    assert {version: CATALOGUE.schema(version) for version in ("2.3", "2.7", "2.11", "2.13")} == {
        "2.3": 26, "2.7": 33, "2.11": 36, "2.13": 36}


def test_the_schema_of_each_release_is_reached_by_its_automatic_actions():
    """Else `dachs upgrade` would have something to do that no plan tells of."""
    last = CATALOGUE.releases[1]
    for release in CATALOGUE.releases[2:]:
        wanted = {part.below for action in release.actions if action.mode == "automatic"
                  for part in action.detect.parts() if part.kind == "schema"}
        assert not wanted or max(wanted) == release.schema > last.schema, release.version
        assert wanted or release.schema == last.schema, release.version
        last = release


@pytest.mark.parametrize(("name", "part"), PATTERNS, ids=[f"{name}-{place}" for place, (name, _) in enumerate(PATTERNS)])
def test_what_is_looked_for_in_rds_is_found_in_the_example_alone(name, part):
    for text, found in ((part.example, True), (part.counterexample, False)):
        rd = parse(text.encode(), "a/q", "a/q.rd")
        assert rd.root is not None, rd.failure
        places = list(part.find(rd, site()))
        assert bool(places) is found, text
        assert all(place.rd == "a/q" and place.location.file == "a/q.rd" and place.location.line for place in places)


@pytest.mark.parametrize(("name", "part"), CONTENTS, ids=[f"{name}-{place}" for place, (name, _) in enumerate(CONTENTS)])
def test_what_is_looked_for_in_files_is_found_in_the_example_alone(name, part):
    assert part.contains.search(part.example)
    assert not part.contains.search(part.counterexample)


@pytest.mark.parametrize("name", RULES)
def test_the_rules_that_are_asked_say_what_they_find_of_an_rd(name):
    rule = FoundByVal(name).rule
    assert rule.name == name
    assert rule.stage in ("fast", "slow", "database")


@pytest.mark.parametrize(("action", "text"), [
    ("soda-procedures", '<resource schema="a"><service id="s"><datalinkCore><metaMaker procDef="//datalink#fits_gone"/>'
                        '</datalinkCore></service></resource>'),
    ("astropy-for-fits", '<resource schema="a"><rowmaker id="r"><apply name="p"><code>import pyfits</code></apply></rowmaker></resource>'),
])
def test_a_rule_is_asked_for_some_of_its_findings_only(action, text):
    part = next(part for part in ACTIONS[action].detect.parts() if isinstance(part, FoundByVal))
    messages = [finding.message for finding in part.rule.check(parse(text.encode(), "a/q", "a/q.rd"), site())]
    assert any(part.saying.search(message) for message in messages), messages


def test_suites_are_found_in_both_forms_of_sources():
    pattern = next(part.contains for part in ACTIONS["suite-of-repository"].detect.parts() if isinstance(part, File))
    wrong = ["URIs: https://soft.g-vo.org/repo\nComponents: main\nSuites: bookworm\n", "Suites: stable\nURIs: http://soft.g-vo.org/repo\n",
             "deb [signed-by=/x] http://vo.ari.uni-heidelberg.de/debian bookworm main"]
    right = ["URIs: https://soft.g-vo.org/repo\nSuites: release\n", "Suites: beta\nURIs: http://soft.g-vo.org/repo\n",
             "Suites: stable\nURIs: http://deb.debian.org\n\nURIs: http://soft.g-vo.org/repo\nSuites: release\n",
             "# deb http://soft.g-vo.org/repo stable main", "deb http://deb.debian.org/debian stable main"]
    assert [bool(pattern.search(text)) for text in [*wrong, *right]] == [True] * len(wrong) + [False] * len(right)


def test_every_action_says_what_it_is_about_in_words():
    for action in ACTIONS.values():
        assert action.why.endswith(".") and not action.title.endswith("."), action.id
        assert len(action.title) < 110 and action.source, action.id
        assert all(command.verb in VERBS and command.line for command in action.do), action.id


def test_what_is_done_for_us_is_verified_by_more_than_a_word_of_the_operator():
    assert [action.id for action in ACTIONS.values() if action.mode != "told" and action.verify.how == "operator"] == []


def test_what_is_done_has_a_price():
    assert [action.id for action in ACTIONS.values() if action.mode != "told" and not action.cost.of(1, 1_000_000)] == []


@pytest.mark.parametrize(("version", "known"), [
    ("2.7", "2.7"), ("2.7+dfsg-2", "2.7"), ("2.10", "2.10"), ("2.1.3", "2.1"), ("0.9", "0.9"), ("0.9.5", "0.9.5"),
    (" 1:2.13-1~bpo12", "2.13")])
def test_versions_are_known_as_packages_write_them(version, known):
    assert CATALOGUE.version(version) == known


def test_who_comes_from_before_the_first_release_known_gets_all_of_it():
    assert CATALOGUE.between("0.9", "1.0") == CATALOGUE.releases[:2]
    assert CATALOGUE.between("0.9.8", "1.0") == CATALOGUE.releases[1:2]
    assert CATALOGUE.between("2.9", "2.10") == tuple(each for each in CATALOGUE.releases if each.version == "2.10")
    assert numbers("2.10") > numbers("2.9")


# -- wrong entries

RIGHT = """
version: "1.0"
released: 2020-01-01
after: ""
schema: 1
schema_known: measured
actions:
  - id: one
    title: A title
    why: Because.
    source: changelog
    mode: assisted
    detect: {schema: {below: 2}}
    do:
      - run-dachs: imp -m {rd}
    cost: {seconds: 1}
    verify: gone
"""


def read(folder, **files: str):
    for name, text in files.items():
        (folder / f"{name.lstrip('v').replace('_', '.')}.yaml").write_text(text, encoding="utf-8")
    return catalogue.load(folder)


def test_the_entry_that_the_wrong_ones_are_made_of_is_right(tmp_path):
    assert read(tmp_path, v1_0=RIGHT).releases[0].actions[0].id == "one"


@pytest.mark.parametrize(("old", "new", "told"), [
    ("after:", "aftr:", "1.0.yaml: there is no field 'aftr'"),
    ('version: "1.0"', "version: 1.0", "1.0.yaml, version: it has to be a text, not 1.0"),
    ('version: "1.0"', 'version: "1.1"', "it is called otherwise than its version 1.1"),
    ('version: "1.0"', 'version: "new"', "'new' is no version"),
    ("released: 2020-01-01", "released: soon", "released: it has to be a date, not 'soon'"),
    ("schema: 1\n", "schema: yes\n", "schema: it has to be a whole number, not True"),
    ("schema_known: measured", "schema_known: guessed", "it cannot be 'guessed'"),
    ("    title: A title\n", "", "1.0.yaml, actions one: the field 'title' is missing"),
    ("    title: A title\n", "    title: A title\n    colour: red\n", "actions one: there is no field 'colour'"),
    ("    title: A title\n", "    title: A title\n    title: Two\n", "1.0.yaml:10: this is no valid YAML: 'title' is given twice"),
    ("  - id: one\n", "  - id: One!\n", "'One!' is no id"),
    ("  - id: one\n    title", "  - title", "actions 1: the field 'id' is missing"),
    ("{schema: {below: 2}}", "{scheme: {below: 2}}", "detect: there is no detector 'scheme'"),
    ("{schema: {below: 2}}", "{schema: {below: two}}", "detect, schema, below: it has to be a whole number, not 'two'"),
    ("{schema: {below: 2}}", "{schema: {above: 2}}", "detect, schema: there is no field 'above'"),
    ("{schema: {below: 2}}", "{schema: 2}", "detect, schema: there have to be fields such as 'below:' here, not 2"),
    ("{schema: {below: 2}}", "never", "a detector is one of"),
    ("{schema: {below: 2}}", "{schema: {below: 2}, rule: bad-unit}", "a detector is one of"),
    ("{schema: {below: 2}}", "{rule: bad-weather}", "there is no rule 'bad-weather'"),
    ("{schema: {below: 2}}", "{any: [{schema: {below: x}}]}", "any, of 1, schema, below: it has to be a whole number"),
    ("{schema: {below: 2}}", "{rd: {what: x, example: a, counterexample: b}}", "either by 'uses', 'element', 'code' or 'markup'"),
    ("{schema: {below: 2}}", "{rd: {what: x, markup: y}}", "the field 'example' is missing"),
    ("{schema: {below: 2}}", "{rd: {what: x, markup: '(', example: a, counterexample: b}}", "'(' is no regular expression"),
    ("{schema: {below: 2}}", "{postgres: {has: table, name: x}}", "it cannot be 'table'"),
    ("{schema: {below: 2}}", "{postgres: {has: type, name: \"x'y\"}}", "is no name of something in a database"),
    ("{schema: {below: 2}}", "{file: {place: root, glob: x, contains: y}}", "needs 'what', an 'example' and a 'counterexample'"),
    ("run-dachs: imp -m {rd}", "run-cat: imp", "do 1: there is no verb 'run-cat'"),
    ("run-dachs: imp -m {rd}", "run-dachs: 'imp \"'", "cannot be taken apart into words"),
    ("run-dachs: imp -m {rd}", "run-dachs: [imp]", "run-dachs: it has to be a text"),
    ("run-dachs: imp -m {rd}", "edit-config: web port", "edit-config cannot have 2 words"),
    ("run-dachs: imp -m {rd}", "tell: do it", "what is to be told is an action of its own"),
    ("run-dachs: imp -m {rd}", "sql: ''", "sql says nothing"),
    ("{seconds: 1}", "{minutes: 1}", "cost: there is no field 'minutes'"),
    ("verify: gone", "verify: perhaps", "verify: it cannot be 'perhaps'"),
    ("verify: gone", "verify: {scheme: 1}", "verify: there is no detector 'scheme'"),
    ("mode: assisted", "mode: automatic", "what is automatic is done by 'run-dachs: upgrade'"),
    ("mode: assisted", "mode: assisted\n    advice: true", "what is advice is only told"),
    ("mode: assisted", "mode: assisted\n    heavy: perhaps", "heavy: it has to be true or false, not 'perhaps'"),
    ("actions:", "actions: [", "this is no valid YAML"),
])
def test_a_wrong_entry_is_named_with_its_file(tmp_path, old, new, told):
    assert old in RIGHT
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, v1_0=RIGHT.replace(old, new, 1))
    assert told in caught.value.message and "1.0.yaml" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "[]", "3", "a: [", "\t", "a: !!python/object/apply:os.getcwd []", "&a [*a]", "2020-13-45"])
def test_what_is_no_release_at_all_is_told_in_words(tmp_path, text):
    with pytest.raises(ConfigurationError, match=r"1\.0\.yaml"):
        read(tmp_path, v1_0=text)


def test_bytes_that_are_no_text_are_told(tmp_path):
    (tmp_path / "1.0.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"1\.0\.yaml cannot be read"):
        catalogue.load(tmp_path)


def test_a_gap_in_the_chain_is_told(tmp_path):
    folder = tmp_path / "releases"
    shutil.copytree(catalogue.FOLDER, folder)
    (folder / "2.5.yaml").unlink()
    with pytest.raises(ConfigurationError, match=re.escape("2.6.yaml: it comes after 2.5, but the release before it is 2.4")):
        catalogue.load(folder)


def test_an_id_that_is_there_twice_is_told(tmp_path):
    second = RIGHT.replace('version: "1.0"', 'version: "1.1"').replace('after: ""', 'after: "1.0"')
    with pytest.raises(ConfigurationError, match="two actions are called one"):
        read(tmp_path, v1_0=RIGHT, v1_1=second)


def test_an_empty_catalogue_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="there is no release catalogue"):
        catalogue.load(tmp_path)
