"""What of obscore needs no database: the catalogue of checks, how contributions are read, the plan's names."""

from __future__ import annotations

import re

import pytest

from dachsadmin.check.rule import page
from dachsadmin.errors import TargetError
from dachsadmin.obscore import command, engine, slowness
from dachsadmin.obscore.contributions import Contribution, Live, is_stub, same_definition, union
from dachsadmin.obscore.installation import look, record_of
from dachsadmin.obscore.plans import _slug
from dachsadmin.obscore.standard import COLUMNS, DECLARED
from fakes import FakeHost

PART = Contribution('o"a.Däta', "oa/q", "SELECT 1 AS x")


def test_every_check_has_a_code_and_a_page():
    codes = [check.code for check in engine.checks()]
    assert len(set(codes)) == len(codes) > 15 and all(re.fullmatch(r"DO[1-6]\d\d", code) for code in codes)
    for check in engine.checks():
        text = page(check)
        assert text.title.endswith(".") and text.why and text.see, check.code
    assert command.explained("DO200").startswith("DO200 broken-contribution\nerror, since")


def test_the_thirty_mandatory_columns_are_known():
    assert len({column.name for column in COLUMNS}) == 30 and {column.family for column in COLUMNS} == set(DECLARED)


def test_definitions_are_the_same_whatever_the_order_and_the_layout():
    one, other = " SELECT a.x\n   FROM a\nUNION ALL\n SELECT b.x FROM b;", "SELECT b.x\nFROM b UNION ALL SELECT a.x FROM a"
    assert same_definition(one, other) and not same_definition(one, other.replace("b.x", "b.y"))
    assert union([PART, PART]) == "(SELECT 1 AS x) UNION ALL (SELECT 1 AS x)"


def test_the_view_without_rows_is_known_by_its_condition():
    assert is_stub(Live("view", "SELECT q.column1 FROM (VALUES (NULL)) q WHERE (0 = 1);"))
    assert not is_stub(Live("view", "SELECT a.x FROM a;")) and not is_stub(Live())


def test_expressions_are_read_from_contributions():
    sql = "SELECT CAST(a.ra AS double precision) AS s_ra, ('ivo://' || f(x, ')')) AS did, x AS em_min FROM t"
    assert [slowness.expression(sql, name) for name in ("s_ra", "em_min", "none")] == ["a.ra", "x", None]


def test_step_names_are_as_plans_want_them_and_tell_tables_apart():
    names = {_slug(table) for table in ("a.b", 'a"b', "a_b", "A.b", "ä.b", '"a.b"')}
    assert len(names) == 6 and all(re.fullmatch(r"[a-z0-9.-]+", f"withdraw.{name}") for name in names)


def test_what_is_kept_of_a_contribution_is_read_again(tmp_path):
    host, here = FakeHost(tmp_path), look("/state", {"GAVOSETTINGS": "/etc/my.rc", "HOME": "/nonexistent"})
    assert here.dachs("imp") == ("env", "GAVOSETTINGS=/etc/my.rc", "dachs", "imp") and here.kept(host) == ()
    host.make_folder(here.quarantine)
    host.write_atomic(here.record(PART), record_of(PART))
    assert here.kept(host) == (PART,)
    host.write_atomic(here.record(PART), "{}")
    with pytest.raises(TargetError, match="not what dachsadmin wrote"):
        here.kept(host)
