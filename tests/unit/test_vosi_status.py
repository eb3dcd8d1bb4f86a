"""Each way in which published metadata can be wrong is told, and gives the table its verdict; what is right is silent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from published import COLUMNS, DECLARED, HOLDING, LISTED, RESOURCE, STORED, TABLE, with_columns, with_stored, with_table

from dachsadmin.check.rule import page
from dachsadmin.client import vosi
from dachsadmin.errors import TargetError, UsageError
from dachsadmin.model.published import Column, Noted, Relation
from dachsadmin.model.sqltypes import same_type
from dachsadmin.vosi.refresh.commands import by_name, commands
from dachsadmin.vosi.status import command, engine
from dachsadmin.vosi.status.stock import Stock, wanted

SERVED = {"stars.data": vosi.Table("stars.data", (
    vosi.Column("ra", "double", "", "deg", "pos.eq.ra"), vosi.Column('"B mag"', "float", "", "mag", "")))}


def judged(*holdings, tables=None):
    return engine.judge(Stock(list(holdings), tables), engine.checks())


def codes(holding):
    return [finding.code for finding in judged(holding).findings]


def test_what_is_in_order_is_silent_and_current():
    found = judged(replace(HOLDING, served=SERVED))
    assert found.findings == [] and found.mends == {} and found.broken == {}
    assert found.verdicts == {"stars.data": ("stars/q", "current")}


WRONG = {
    "DV101": (replace(HOLDING, declared=None, fault="RD stars/q could not be located"), "broken", "dachs drop -f stars/q"),
    "DV102": (with_stored(relations={"stars.notes": STORED.relations["stars.notes"]}), "broken", "dachs imp stars/q"),
    "DV103": (with_stored(relations={**STORED.relations, "stars.data": Relation("table", 100, (("ra", "real"),))}), "broken",
              "dachs imp stars/q"),
    "DV201": (with_stored(listed={}, listed_by={}), "stale", "vosi refresh stars/q"),
    "DV202": (with_stored(listed={**STORED.listed, "stars.gone": LISTED},
                          listed_by={**STORED.listed_by, "stars.gone": "stars/q"}), "stale", "vosi refresh stars/q"),
    "DV203": (with_columns(replace(COLUMNS[0], unit="rad"), COLUMNS[1]), "stale", "vosi refresh stars/q"),
    "DV204": (with_table(published=replace(LISTED, description="Suns.")), "stale", "vosi refresh stars/q"),
    "DV205": (with_stored(noted={**STORED.noted, "stars.gone": Noted("stars.Gone", "stars/q", "", "Some stars.", True, 1)}),
              "broken", "dachs purge stars.Gone"),
    "DV301": (with_stored(covered=frozenset()), "stale", "dachs limits stars/q"),
    "DV302": (with_stored(noted={**STORED.noted, "stars.data": replace(STORED.noted["stars.data"], nrows=None)}), "current",
              "dachs limits stars/q"),
    "DV303": (with_stored(noted={**STORED.noted, "stars.data": replace(STORED.noted["stars.data"], nrows=10)}), "current",
              "dachs limits stars/q"),
    "DV401": (with_stored(resources={"stars/q": {"s": replace(RESOURCE, title="Suns")}}), "stale", "dachs pub stars/q"),
    "DV501": (replace(HOLDING, served={}), "stale", "dachs serve reload"),
    "DV901": (replace(HOLDING, unserved="it is asleep"), "current", "dachs serve start"),
    "DV902": (replace(HOLDING, declared=None, fault="not done after 120 s", passing=True), "untested", "dachsadmin val stars/q"),
}


@pytest.mark.parametrize("code", WRONG)
def test_what_is_wrong_is_told_with_what_mends_it(code):
    holding, verdict, mend = WRONG[code]
    found = judged(holding)
    assert {finding.code for finding in found.findings} == {code}
    assert all(mend in finding.hint and finding.engine == "vosi" for finding in found.findings)
    assert verdict in {verdict for _, verdict in found.verdicts.values()}


def test_every_check_is_among_those_and_has_a_page():
    assert [check.code for check in engine.checks()] == list(WRONG)
    for check in engine.checks():
        told = page(check)
        assert told.title.endswith(".") and told.why and told.see and check.verdict in engine.VERDICTS, check.code
        assert check.mends in ("", "imp -m", "limits", "pub"), check.code


@pytest.mark.parametrize(("columns", "said"), [
    ((*COLUMNS, Column("new", "int")), "lacks the columns new"),
    (COLUMNS[:1], "has the columns \"B mag\", which the RD has not"),
    (COLUMNS[::-1], "has the columns in another order"),
    ((replace(COLUMNS[0], ucd=""), COLUMNS[1]), "has another ucd of ra ('pos.eq.ra', in the RD nothing)"),
    ([replace(column, utype="x", std=1) for column in COLUMNS], "and 1 more"),
])
def test_how_columns_differ_is_told(columns, said):
    [finding] = judged(with_columns(*columns)).findings
    assert said in finding.message and finding.subject == "stars.data"


def test_a_missing_row_of_dc_tablemeta_and_another_rd_are_differences_of_the_table():
    for noted in ({}, {"stars.data": replace(STORED.noted["stars.data"], rd="other/q")}):
        assert codes(with_stored(noted=noted)) == ["DV204"]


def test_the_types_of_views_are_not_compared_and_their_columns_are():
    for kind, found in (("view", []), ("table", ["DV103"])):
        relation = Relation(kind, 100, (("ra", "real[]"), ("B mag", "real")))
        assert codes(with_stored(relations={**STORED.relations, "stars.data": relation})) == found
    lacking = Relation("view", -1, (("ra", "real"),))
    assert codes(with_stored(relations={**STORED.relations, "stars.data": lacking})) == ["DV103"]


def test_coverage_is_missed_only_where_there_are_rows_to_take_it_from():
    empty = replace(STORED.relations["stars.data"], rows=0)
    held = with_stored(covered=frozenset(), relations={**STORED.relations, "stars.data": empty},
                       noted={**STORED.noted, "stars.data": replace(STORED.noted["stars.data"], nrows=0)})
    assert codes(held) == []


def test_a_resource_that_was_never_published_is_left_alone_and_one_that_is_gone_is_not():
    assert codes(with_stored(resources={})) == []
    assert codes(replace(HOLDING, declared=replace(DECLARED, resources=None))) == []
    assert codes(replace(HOLDING, declared=replace(DECLARED, resources={}))) == ["DV401"]


def test_only_the_tables_that_were_asked_about_are_told():
    held = with_stored(listed={**STORED.listed, "stars.gone": LISTED},
                       listed_by={**STORED.listed_by, "stars.gone": "stars/q"})
    assert judged(held, tables=frozenset({"stars.data"})).findings == []
    assert list(judged(held, tables=frozenset({"stars.gone"})).verdicts) == ["stars.gone"]


def test_words_are_rds_tables_or_all(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "q.rd").write_text("<resource schema='new'/>")
    stored = replace(STORED, listed_by={**STORED.listed_by, "tap_schema.tables": "__system__/tap"})
    assert wanted([], stored, tmp_path) == (["__system__/tap", "stars/q"], None)
    assert wanted(["ALL"], stored, tmp_path) == (["__system__/tap", "stars/q"], None)
    assert wanted(["stars/q.rd", "new/q"], stored, tmp_path) == (["new/q", "stars/q"], None)
    assert wanted(["//tap"], stored, tmp_path) == (["__system__/tap"], None)
    assert wanted(["Stars.DATA"], stored, tmp_path) == (["stars/q"], frozenset({"stars.data"}))
    assert wanted(["stars/q", "stars.data"], stored, tmp_path) == (["stars/q"], None)
    for word in ("nowhere/q", "../new/q", "a'b.c\"d", "stars.dota"):
        with pytest.raises(TargetError, match="knows no RD and no table"):
            wanted([word], stored, tmp_path)


def test_commands_come_in_the_order_that_works():
    assert commands(HOLDING, {"imp -m", "pub"}) == (("imp", "-m", "stars/q"), ("imp", "-m", "stars/q", "more"),
                                                    ("limits", "stars/q"), ("pub", "stars/q"))
    assert commands(HOLDING, set()) == () and commands(HOLDING, {"pub"}) == (("pub", "stars/q"),)


def test_quick_limits_are_for_rds_without_statistics_which_they_would_wipe():
    bare = with_stored(counted=frozenset(), covered=frozenset())
    assert commands(bare, {"limits"}) == (("limits", "-t", "stars/q"),)
    assert commands(HOLDING, {"limits"}) == (("limits", "stars/q"),)
    uncounted = WRONG["DV302"][0]
    assert commands(uncounted, set()) == () and commands(uncounted, set(), statistics=True) == (("limits", "stars/q"),)


def test_data_items_are_named_where_dachs_wants_it():
    def made_by(*makers):
        return replace(HOLDING, stored=replace(STORED, covered=frozenset()), declared=replace(
            DECLARED, tables=(replace(TABLE, makers=makers),), coverage=()))

    assert commands(made_by(("a", False), ("b", False)), {"imp -m"}) == (("imp", "-m", "stars/q", "a", "b"),)
    assert commands(made_by(("a", False), ("", True)), {"imp -m"}) == (("imp", "-m", "stars/q"),)
    assert commands(made_by(), {"imp -m"}) == (("imp", "-m", "stars/q"),)
    assert by_name(made_by(("", True))) == () and by_name(HOLDING) == ("imp", "-m", "stars/q", "import", "more")


@pytest.mark.parametrize(("declared", "found", "same"), [
    ("integer", "bigint", True), ("real", "double precision", True), ("text", "character varying(8)", True),
    ("unicode", "text", True), ("char(4)", "character(4)", True), ("integer[3]", "integer[]", True),
    ("timestamp", "timestamp without time zone", True), ("spoint", "spoint", True), ("integer", "text", False),
    ("integer[3]", "integer", False), ("date", "timestamp without time zone", False)])
def test_types_are_compared_as_dachs_does(declared, found, same):
    assert same_type(declared, found) is same


@pytest.mark.parametrize(("now", "said"), [(10_001, "lacks the columns c10000"), (9_999, "has the columns c9999")])
def test_ten_thousand_columns_are_judged(now, said):
    columns = tuple(Column(f"c{number}", "float") for number in range(10_001))
    held = with_columns(*columns[:now])
    held = replace(held, stored=replace(STORED, listed={"stars.data": replace(LISTED, columns=columns[:10_000])}))
    [finding] = judged(held).findings
    assert said in finding.message


def test_the_page_of_a_check_is_printed():
    assert "DV203 columns-out-of-date" in command.explained("DV203")
    assert command.explained("ALL").count("DV") == len(WRONG)
    with pytest.raises(UsageError):
        command.explained("DV999")
