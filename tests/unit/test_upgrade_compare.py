"""Snapshots of a data centre: what is told of each difference, and of files that are none."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, replace
from pathlib import Path

import jsonschema
import pytest

from dachsadmin.check.rule import page
from dachsadmin.cli.output import terminal
from dachsadmin.errors import ExitCode, TargetError
from dachsadmin.inspection import Wanted
from dachsadmin.system.host import Host
from dachsadmin.upgrade import before_after, contract
from dachsadmin.upgrade.comparison import compare, comparisons
from dachsadmin.upgrade.contract import (
    NOT_ASKED_FOR, PARTS, Capability, Column, Identifier, Known, Relation, Snapshot, Table, Trial, Validation)
from dachsadmin.upgrade.snapshot import Request

HOST = Host()
DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "snapshot.schema.json").read_text())
COLUMNS = {"ra": Column("double", "deg", "pos.eq.ra", "", "RA"), '"B mag"': Column("float", "mag", "", "", "Größe")}
TABLE = Table(COLUMNS, "stars/q", "Some stars.", "", ("stars.other(ra=ra)",))
SERVER = {"interfaces": ("ParamHTTP /stars/q/cone/scs.xml?",)}
TAP = Capability(("ParamHTTP /tap",), ("ivo://ivoa.net/std/ObsCore",), ("2.1",), ("ivo_hasword(a TEXT)",))
TRIAL = Trial("DP420", "cone-search", "stars/q", "stars/q/cone", "ok", 0.1)
FINDING = Known("stars/q", "DA210", "warning", "0" * 32, "column 'ra' has no description")
SNAPSHOT = Snapshot(
    "2026-03-01T12:00:00Z", "http://localhost:8080", {"server": "", "database": ""}, {"DaCHS": "2.7"},
    {"PostgreSQL": "15.18", "extension q3c": "2.0.0"},
    {"stars.data": Relation("table", {"ra": "double precision", "B mag": "real"}, 100, True),
     "stars.raw": Relation("table", {"n": "integer"}, 9_000_000, False), "stars.v": Relation("view", {}, None, False)},
    {"stars.data": 100}, {"stars.data": TABLE}, {"stars/q#cone": "ivo://org.example/stars/q/cone"},
    Validation(("DA210", "DA355"), (FINDING,)), {"stars/q": {"cones": "OK", "old fault": "FAIL"}},
    {"stars.data": replace(TABLE, rd="", keys=())}, {"tap": {"ivo://ivoa.net/std/TAP": TAP},
                                   "stars/q/cone": {"ivo://ivoa.net/std/ConeSearch": Capability(**SERVER)}},
    {"ivo://org.example/stars/q/cone": Identifier("2026-01-01T00:00:00Z"),
     "ivo://org.example/old": Identifier("2020-01-01T00:00:00Z", True)},
    (TRIAL, replace(TRIAL, code="DP200", name="tap-sync", rd="", subject="tap", outcome="untested")))


def told(after: Snapshot, before: Snapshot = SNAPSHOT, explained=None) -> list[str]:
    return [f"{found.code} {found.severity.label if found.tested else 'untested'} {found.subject}"
            for found in compare(before, after, comparisons(), explained)]


def both(**changes) -> Snapshot:
    """TAP_SCHEMA and /tap/tables with other facts of the table."""
    return replace(SNAPSHOT, tap_schema={"stars.data": replace(TABLE, **changes)},
                   tap_tables={"stars.data": replace(TABLE, rd="", keys=(), **{
                       fact: value for fact, value in changes.items() if fact != "keys"})})


def columns(**changes) -> dict[str, Column]:
    return {**COLUMNS, "ra": replace(COLUMNS["ra"], **changes)}


def test_a_snapshot_is_the_same_as_itself():
    assert told(SNAPSHOT) == []
    assert told(replace(SNAPSHOT, tests=None, not_taken={"tests": NOT_ASKED_FOR}),
                replace(SNAPSHOT, tests=None, not_taken={"tests": NOT_ASKED_FOR})) == []


def test_every_comparison_has_a_code_and_a_page():
    codes = [one.code for one in comparisons()]
    assert len(set(codes)) == len(codes) > 20 and all(re.fullmatch(r"DD[1-69]\d\d", code) for code in codes)
    for one in comparisons():
        text = page(one)
        assert text.title.endswith(".") and text.why and text.see, one.code
    assert before_after.explained("DD100").startswith("DD100 table-gone\nerror, since")


RELATIONS = SNAPSHOT.relations
EXAMPLES = {
    "table gone": (replace(SNAPSHOT, tap_schema={}, tap_tables={}, relations={**RELATIONS, "stars.data": Relation("table", {}, 100, True)}),
                   ["DD100 error stars.data", "DD101 error stars.data.B mag", "DD101 error stars.data.ra"]),
    "table gone from the server only": (replace(SNAPSHOT, tap_tables={}), ["DD100 error stars.data"]),
    "table new": (replace(SNAPSHOT, tap_schema={**SNAPSHOT.tap_schema, 'stars."Ö ""x"': TABLE}), ['DD110 info stars."Ö ""x"']),
    "column gone": (both(columns={"ra": COLUMNS["ra"]}), ['DD101 error stars.data."B mag"']),
    "column new": (both(columns={**COLUMNS, "dec": COLUMNS["ra"]}), ["DD111 info stars.data.dec"]),
    "type": (both(columns=columns(type="float")), ["DD102 warning stars.data.ra"]),
    "unit": (both(columns=columns(unit="rad")), ["DD102 warning stars.data.ra"]),
    "ucd": (both(columns=columns(ucd="")), ["DD102 warning stars.data.ra"]),
    "utype": (both(columns=columns(utype="stc:x")), ["DD102 warning stars.data.ra"]),
    "type in the database": (replace(SNAPSHOT, relations={**RELATIONS, "stars.raw": Relation("table", {"n": "text"}, 9_000_000)}),
                             ["DD102 warning stars.raw.n"]),
    "description of a column": (both(columns=columns(description="R")), ["DD103 info stars.data.ra"]),
    "description": (both(description="Many stars."), ["DD103 info stars.data"]),
    "utype of a table": (both(utype="x"), ["DD104 warning stars.data"]),
    "keys": (both(keys=()), ["DD104 warning stars.data"]),
    "fewer rows": (replace(SNAPSHOT, relations={**RELATIONS, "stars.data": replace(RELATIONS["stars.data"], rows=99)}),
                   ["DD200 error stars.data"]),
    "more rows": (replace(SNAPSHOT, relations={**RELATIONS, "stars.data": replace(RELATIONS["stars.data"], rows=101)}),
                  ["DD201 info stars.data"]),
    "another estimate": (replace(SNAPSHOT, relations={**RELATIONS, "stars.raw": replace(RELATIONS["stars.raw"], rows=8_700_000)}),
                         []),
    "a much lower estimate": (replace(SNAPSHOT, relations={**RELATIONS, "stars.raw": replace(
        RELATIONS["stars.raw"], rows=7_000_000)}), ["DD200 error stars.raw"]),
    "rows that cannot be counted": (replace(SNAPSHOT, relations={**RELATIONS, "stars.data": replace(
        RELATIONS["stars.data"], rows=None, exact=False)}), ["DD200 untested stars.data"]),
    "rows of obscore": (replace(SNAPSHOT, obscore={}), ["DD200 error ivoa.obscore: stars.data"]),
    "service gone": (replace(SNAPSHOT, services={"tap": SNAPSHOT.services["tap"]}), ["DD300 error stars/q/cone"]),
    "service new": (replace(SNAPSHOT, services={**SNAPSHOT.services, "x/y": {}}), ["DD310 info x/y"]),
    "capability gone": (replace(SNAPSHOT, services={**SNAPSHOT.services, "tap": {}}),
                        ["DD301 error tap: capability ivo://ivoa.net/std/TAP"]),
    "functions": (replace(SNAPSHOT, services={**SNAPSHOT.services, "tap": {"ivo://ivoa.net/std/TAP": replace(
        TAP, functions=("other(x)",))}}), [
            "DD301 error tap: function ivo_hasword(a TEXT) of ivo://ivoa.net/std/TAP",
            "DD311 info tap: function other(x) of ivo://ivoa.net/std/TAP"]),
    "capability new": (replace(SNAPSHOT, services={**SNAPSHOT.services, "tap": {**SNAPSHOT.services["tap"], "x": TAP}}),
                       ["DD311 info tap: capability x"]),
    "server gone": (replace(SNAPSHOT, answers={"server": "nothing listens", "database": ""}), ["DD302 error server"]),
    "server elsewhere": (replace(SNAPSHOT, address="https://example.org"), ["DD303 warning server"]),
    "record gone": (replace(SNAPSHOT, records={}), ["DD400 error stars/q#cone"]),
    "record of another name": (replace(SNAPSHOT, records={"stars/q#cone": "ivo://other/stars/q/cone"}), ["DD400 error stars/q#cone"]),
    "record new": (replace(SNAPSHOT, records={**SNAPSHOT.records, "a/b#c": ""}), ["DD410 info a/b#c"]),
    "identifier gone": (replace(SNAPSHOT, identifiers={}), ["DD401 error ivo://org.example/stars/q/cone"]),
    "identifier deleted": (replace(SNAPSHOT, identifiers={"ivo://org.example/stars/q/cone": Identifier("2026-02-01T00:00:00Z", True)}),
                           ["DD401 error ivo://org.example/stars/q/cone"]),
    "identifier back": (replace(SNAPSHOT, identifiers={**SNAPSHOT.identifiers, "ivo://org.example/old": Identifier(
        "2026-01-01T00:00:00Z")}), ["DD411 info ivo://org.example/old"]),
    "datestamp": (replace(SNAPSHOT, identifiers={"ivo://org.example/stars/q/cone": Identifier("2025-01-01T00:00:00Z")}),
                  ["DD402 warning ivo://org.example/stars/q/cone"]),
    "finding of val": (replace(SNAPSHOT, val=Validation(("DA210",), (FINDING, Known("x/q", "DA210", "error", "1" * 32, "it is wrong")))),
                       ["DD500 error x/q DA210"]),
    "finding of val, once more": (replace(SNAPSHOT, val=Validation(("DA210",), (replace(FINDING, count=2),))),
                                  ["DD500 warning stars/q DA210"]),
    "finding of a new rule": (replace(SNAPSHOT, val=Validation(("DA210", "DA999"), (Known("x/q", "DA999", "error", "1" * 32, "wrong"),))),
                              ["DD500 info x/q DA999"]),
    "RD gone": (replace(SNAPSHOT, val=replace(SNAPSHOT.val, missing=("x/q is published, but there is no x/q.rd",))),
                ["DD500 error x/q is published, but there is no x/q.rd"]),
    "regression tests": (replace(SNAPSHOT, tests={"stars/q": {"cones": "ERROR", "old fault": "ERROR", "new": "FAIL"}}),
                         ["DD501 error stars/q cones", "DD501 info stars/q new"]),
    "no regression tests": (replace(SNAPSHOT, tests={}), ["DD501 untested stars/q"]),
    "probe": (replace(SNAPSHOT, probe=(replace(TRIAL, outcome="error"),)), ["DD502 error stars/q/cone cone-search"]),
    "probe, of something new": (replace(SNAPSHOT, probe=(replace(TRIAL, subject="x", outcome="warning"),)),
                                ["DD502 info x cone-search"]),
    "probe, not tested": (replace(SNAPSHOT, probe=(replace(TRIAL, outcome="untested"),)), ["DD502 untested stars/q/cone cone-search"]),
    "slower": (replace(SNAPSHOT, probe=(replace(TRIAL, seconds=0.7),)), ["DD503 info stars/q/cone cone-search"]),
    "hardly slower": (replace(SNAPSHOT, probe=(replace(TRIAL, seconds=0.5),)), []),
    "versions": (replace(SNAPSHOT, packages={"DaCHS": "2.13"}, database={"PostgreSQL": "15.18"}),
                 ["DD600 info packages DaCHS", "DD600 info database extension q3c"]),
    "not taken": (replace(SNAPSHOT, relations=None, probe=None, not_taken={"relations": "no database"}),
                  ["DD900 untested relations", "DD900 untested probe"]),
}


@pytest.mark.parametrize("case", EXAMPLES)
def test_each_difference_is_told(case):
    after, expected = EXAMPLES[case]
    assert told(after) == expected


def test_one_change_in_several_places_is_told_once_with_all_of_them():
    [found] = compare(SNAPSHOT, both(columns=columns(unit="rad")), comparisons())
    assert found.message == ("the column stars.data.ra has changed: unit was 'deg' and is 'rad' (TAP_SCHEMA and /tap/tables)")
    assert found.rd == "stars/q" and found.engine == "upgrade"
    without = replace(SNAPSHOT, tap_schema={}, tap_tables={}, relations={"stars.raw": RELATIONS["stars.raw"]})
    gone = [one.message for one in compare(SNAPSHOT, without, comparisons())]
    assert gone[0] == "the table stars.data is gone from TAP_SCHEMA, /tap/tables and the database" and len(gone) == 2


def test_names_that_differ_in_case_or_quotes_only_are_different():
    tables = {name: TABLE for name in ("s.a", 's."A"', 's."a"')}
    before = replace(SNAPSHOT, tap_schema=tables, tap_tables=tables)
    assert told(replace(before, tap_schema={}, tap_tables={}), before) == ['DD100 error s."A"', 'DD100 error s."a"', "DD100 error s.a"]


def test_a_difference_that_is_explained_is_information_with_the_reason():
    after = both(columns=columns(ucd="x", description="y"))
    explained = {"column-changed stars.*": "DaCHS 2.13 mends UCDs"}
    assert told(after, explained=explained) == ["DD102 info stars.data.ra", "DD103 info stars.data.ra"]
    found = compare(SNAPSHOT, after, comparisons(), explained)
    assert found[0].message.endswith("(explained: DaCHS 2.13 mends UCDs)") and "explained" not in found[1].message
    not_taken = replace(SNAPSHOT, probe=None)
    assert told(not_taken, explained={"*": "whatever"}) == ["DD900 untested probe"]


def test_ten_thousand_columns_are_compared_in_no_time():
    many = {f"t{number}.data": Table({f"c{column}": COLUMNS["ra"] for column in range(100)}) for number in range(100)}
    other = {name: replace(table, columns={column: replace(one, unit="rad") for column, one in table.columns.items()})
             for name, table in many.items()}
    before, after = (replace(SNAPSHOT, tap_schema=tables, tap_tables=tables) for tables in (many, other))
    began = time.monotonic()
    assert len(told(after, before)) == 10_000
    assert time.monotonic() - began < 2


def test_a_snapshot_that_cannot_be_written_is_not_taken(tmp_path):
    with pytest.raises(TargetError, match="there is no directory"):
        before_after.keep(str(tmp_path / "none" / "x.json"), Request("http://127.0.0.1:9", None), terminal())


# -- files

@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "before.json"
    contract.save(str(path), SNAPSHOT, HOST)
    return path


def test_a_snapshot_is_read_as_it_was_written(kept):
    assert contract.load(str(kept), HOST) == SNAPSHOT
    content = json.loads(kept.read_text())
    jsonschema.validate(content, SCHEMA)
    assert set(content) == set(SCHEMA["properties"]) and set(PARTS) <= set(asdict(SNAPSHOT))
    empty = Snapshot("2026-03-01T12:00:00Z", not_taken=dict.fromkeys(PARTS, "no server"))
    contract.save(str(kept), empty, HOST)
    assert contract.load(str(kept), HOST) == empty
    jsonschema.validate(json.loads(kept.read_text()), SCHEMA)


def test_what_a_later_version_adds_is_left_out(kept):
    content = json.loads(kept.read_text())
    content["more"], content["tap_schema"]["stars.data"]["more"] = 1, {}
    kept.write_text(json.dumps(content))
    assert contract.load(str(kept), HOST) == SNAPSHOT


def broken(**changes) -> str:
    return json.dumps({"schema_version": 1, "tool": contract.TOOL, **asdict(SNAPSHOT), **changes})


@pytest.mark.parametrize(("content", "said"), [
    ("", "no snapshot, or not whole"), (broken()[:-200], "no snapshot, or not whole"), ("\0\xff", "no snapshot, or not whole"),
    ("[" * 100_000, "no snapshot, or not whole"), ("[]", "no snapshot of a data centre"), ("null", "no snapshot of a data centre"),
    ('{"schema_version": 1, "findings": []}', "no snapshot of a data centre"), ('{"x": NaN}', "NaN is no number"),
    (broken(schema_version=2), "schema version 2, and this dachsadmin knows 1"), (broken(schema_version=True), "no snapshot of"),
    (broken(tool="other"), "no snapshot of"), (broken(taken=None), "taken is of type NoneType, not str"),
    (broken(relations=[]), "relations is of type list, not dict"), (broken(obscore={"x": "3"}), r"obscore\['x'\] is of type str"),
    (broken(obscore={"x": 1.5}), "is of type float, not int"), (broken(tests={"x": []}), "is of type list"),
    (broken(probe=[{"code": "DP1"}]), r"probe\[0\] is not complete"), (broken(probe={}), "probe is of type dict, not list"),
    (broken(probe=[asdict(replace(TRIAL)) | {"outcome": "fine"}]), "'fine' is none of"),
    (broken(val={"rules": [], "findings": [asdict(FINDING) | {"severity": "bad"}]}), "'bad' is none of"),
    ('{"schema_version": 1, "tool": "dachsadmin upgrade snapshot"}', "snapshot is not complete"),
], ids=lambda text: text if len(text) < 50 else "file")
def test_files_that_are_none_are_told_as_such(kept, content, said):
    kept.write_text(content, encoding="latin-1")
    with pytest.raises(TargetError, match=said) as told:
        contract.load(str(kept), HOST)
    assert told.value.hint and "before.json" in told.value.message


def test_a_file_that_is_not_there_is_told(tmp_path):
    for path, said in ((tmp_path / "none.json", "does not exist"), (tmp_path, "Is a directory")):
        with pytest.raises(TargetError, match=said):
            contract.load(str(path), HOST)


# -- the command

def run(before: Path, after: Path, **wanted) -> ExitCode:
    request = Request("http://127.0.0.1:9", None)
    return before_after.run(str(before), str(after), request, Wanted(**wanted), terminal(), host=HOST)


def test_the_exit_status_says_whether_something_broke(kept, tmp_path, capfd):
    after = tmp_path / "after.json"
    contract.save(str(after), replace(SNAPSHOT, records={}), HOST)
    report = tmp_path / "report.json"
    assert run(kept, after, reports=("text", f"json:{report}")) == ExitCode.FINDINGS
    said = capfd.readouterr()
    assert said.out == ("stars/q: error: stars/q#cone is not published any more [DD400 record-gone]\n"
                        "    hint: run 'dachs pub stars/q'\n") and ": 1 error" in said.err
    jsonschema.validate(json.loads(report.read_text()), json.loads((DOCS / "report.schema.json").read_text()))
    assert run(after, kept) == ExitCode.OK and run(after, kept, fail_on="info") == ExitCode.FINDINGS
    assert run(kept, kept, fail_on="info") == ExitCode.OK
    contract.save(str(after), replace(SNAPSHOT, probe=None, not_taken={"probe": "no server"}), HOST)
    capfd.readouterr()
    assert run(kept, after) == ExitCode.OK and run(after, after) == ExitCode.OK
    said = capfd.readouterr()
    assert "untested: checks of probe: not taken now (no server) [DD900 not-compared]" in said.out
    assert "in neither snapshot: checks of probe" in said.err


def test_names_that_no_terminal_should_obey_are_told_in_every_format(kept, tmp_path, capfd):
    after = tmp_path / "after.json"
    odd = 'a\ud800."\x1b[31m\n]]>&%s' + "\u202e"
    contract.save(str(after), replace(SNAPSHOT, tap_schema={odd: replace(TABLE, columns={odd: Column(odd, odd)})}), HOST)
    formats = ("text", "json", "sarif", "junit", "github", "gitlab")
    assert run(kept, after, reports=tuple(f"{one}:{tmp_path}/{one}" for one in formats)) == ExitCode.FINDINGS
    assert all((tmp_path / one).stat().st_size for one in formats)
    assert "\x1b" not in "".join((tmp_path / one).read_text() for one in formats)
