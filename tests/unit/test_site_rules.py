"""Rules on the installation as a whole, asked once per run."""

from __future__ import annotations

import pytest
from fake_database import fake

from dachsadmin.check.rule import discover
from dachsadmin.errors import EnvironmentFault
from dachsadmin.rd.language import load
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val import static
from dachsadmin.val.rule import SiteRule
from dachsadmin.val.site import Site

RULES = {rule.code: rule for rule in discover("dachsadmin.val.rules") if isinstance(rule, SiteRule)}
GONE = {"kept_in": "tap_schema.tables", "table": "Res.Data", "rd": "res/q", "exists": False}

CASES = {
    "DA405": [
        ({}, []),
        ({"records": [{**GONE, "exists": True}]}, []),
        ({"records": [GONE, {**GONE, "kept_in": "dc.tablemeta", "table": "res.data"}, {**GONE, "table": "res.other"}]},
         ["res/q res/q.rd: dc.tablemeta and tap_schema.tables have res.data, which is not in the database",
          "res/q res/q.rd: tap_schema.tables has res.other, which is not in the database"]),
    ],
    "DA406": [
        ({"records": [{"kept_in": "dc.tablemeta", "table": "res.data", "rd": "res/q"},
                      {"kept_in": "dc.tablemeta", "table": "dc.x", "rd": "__system__/users"},
                      {"kept_in": "dc.tablemeta", "table": "y", "rd": ""}]}, []),
        ({"records": [{"kept_in": "dc.resources", "table": "", "rd": "old/q"},
                      {"kept_in": "dc.tablemeta", "table": "old.data", "rd": "old/q"}]},
         ["old/q old/q.rd: dc.resources and dc.tablemeta have old/q, but there is no such RD"]),
    ],
    "DA407": [
        ({}, []),
        ({"obscore": {"view": True, "contributors": ["res.data"]}}, []),
        ({"obscore": {"view": True, "stub": True}}, []),
        ({"obscore": {"view": False}}, ["//obscore : there is no view ivoa.obscore"]),
        ({"obscore": {"view": True, "stub": True, "contributors": ["a.b", "c.d"], "missing": ["a.b", "c.d"]}},
         ["//obscore : ivoa.obscore is an empty stub, though 2 tables should be in it"]),
        ({"obscore": {"view": True, "contributors": ["a.b", "c.d"], "missing": ["c.d"]}},
         ["//obscore : ivoa.obscore lacks c.d"]),
        ({"obscore": {"view": True, "old_utypes": True}},
         ["//obscore : TAP_SCHEMA describes ivoa.obscore with the utypes of ObsCore 1.0"]),
    ],
}


def site(database, fault=None):
    return Site("/inputs", load("2.7"), files=MemoryFiles({"/inputs/res/q.rd": b""}), database=fake(database),
                database_fault=fault)


@pytest.mark.parametrize(("code", "database", "finds"),
                         [(code, *case) for code, cases in CASES.items() for case in cases])
def test_a_site_rule_finds_what_the_database_shows(code, database, finds):
    found = RULES[code].check_site(site(database))
    assert [f"{one.rd} {one.location.file}: {one.message}" for one in found] == finds


@pytest.mark.parametrize("code", CASES)
def test_without_a_database_site_rules_say_nothing(code):
    assert list(RULES[code].check_site(site(None))) == []


def test_a_database_that_should_answer_and_does_not_is_a_could_not_test():
    fault = EnvironmentFault("no PostgreSQL server answers", "start it")
    found, = RULES["DA921"].check_site(site(None, fault))
    assert (found.tested, found.hint) == (False, "start it")
    assert found.message == "the facts in the database were not looked at: no PostgreSQL server answers"
    assert list(RULES["DA921"].check_site(site(None))) == []


def test_a_database_that_goes_away_in_the_middle_ends_in_one_could_not_test():
    found = static.of_site(site({"unreachable": True}), tuple(RULES.values()), whole=True)
    assert [(one.code, one.tested) for one in found] == [("DA921", False)]


def test_a_run_over_one_rd_tells_nothing_of_others():
    there = site({"records": [GONE], "obscore": {"view": False}})
    assert static.of_site(there, tuple(RULES.values()), whole=False) == []
    assert {one.code for one in static.of_site(there, tuple(RULES.values()), whole=True)} == {"DA405", "DA407"}
