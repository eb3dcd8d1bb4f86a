"""The walk through an RD sees what DaCHS would see, and survives whatever it meets."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dachsadmin.check.rule import discover
from dachsadmin.rd.document import parse
from dachsadmin.rd.grammar import Is
from dachsadmin.rd.language import Language, load
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.compat import compatible_versions
from dachsadmin.val.site import Site

RULES = [rule for rule in discover("dachsadmin.val.rules") if "DA100" <= rule.code <= "DA119"]


def rd(text: str):
    document = parse(text.encode(), "res/q", "res/q.rd")
    assert document.root is not None, document.failure
    return document


def test_each_element_has_the_class_of_its_context():
    document = rd('<resource schema="res"><table id="t"><publish/></table><service id="s"><publish render="form"/>'
                  '<dbCore queriedTable="t"><condDesc><inputKey name="x"/></condDesc></dbCore></service></resource>')
    found = structure(document, load("2.7"))
    assert [found.owner(element).name for element in document.order] == [
        "RD", "TableDef", "Registration", "Service", "Publication", "DBCore", "CondDesc", "InputKey"]


def test_values_have_no_class_and_streams_are_not_judged():
    document = rd('<resource schema="res"><STREAM id="s"><column name="a"/></STREAM>'
                  '<table id="t"><onDisk>True</onDisk></table></resource>')
    found = structure(document, load("2.7"))
    column, = document.elements("column")
    on_disk, = document.elements("onDisk")
    assert found.what(column) is Is.ANYTHING and found.owner(column) is None
    assert found.what(on_disk) is Is.VALUE and found.owner(on_disk) is None


def test_a_stream_is_seen_in_each_element_that_it_is_fed_to():
    document = rd('<resource schema="res"><STREAM id="s"><publish render="form"/></STREAM>'
                  '<table id="t"><FEED source="s"/></table>'
                  '<service id="u" core="c"><FEED source="s"/></service></resource>')
    problem, = structure(document, load("2.7")).problems
    assert (problem.kind, problem.name, problem.owner.name) == (Kind.UNKNOWN_ATTRIBUTE, "render", "Registration")


def test_streams_that_feed_each_other_end():
    document = rd('<resource schema="res"><STREAM id="s"><FEED source="t"/></STREAM><STREAM id="t"><FEED source="s"/>'
                  '<FEED source="t"/></STREAM><table id="x"><FEED source="t"/><FEED source="s"/></table></resource>')
    assert structure(document, load("2.7")).problems == []


def test_the_walk_is_done_once_for_each_language():
    document = rd('<resource schema="res"/>')
    assert structure(document, load("2.7")) is structure(document, load("2.7"))
    assert structure(document, load("2.7")) is not structure(document, load("2.13"))


@pytest.mark.parametrize("text", [
    '<resource schema="a">' + "<table>" * 20_000 + "</table>" * 20_000 + "</resource>",
    '<resource schema="a"><table><column>' + "<name>a</name>" * 20_000 + "</column></table></resource>",
    '<resource schema="a"><table><LOOP listItems="a">' + "<events><FEED/></events>" * 3_000
    + "</LOOP></table></resource>",
    '<resource schema="a"><table>' + '<column name="a" onDisk="7"/>' * 20_000 + "</table></resource>",
    '<resource schema="a"><STREAM id="s">' + '<FEED source="s"/>' * 5_000
    + '</STREAM><table><FEED source="s"/></table></resource>',
    '<resource schema="a"><table>' + "".join(f'<a{n} b{n}=""/>' for n in range(20_000)) + "</table></resource>",
    '<resource schema="a"><table>' + "<original>a</original><original>a</original>" * 5_000 + "</table></resource>",
], ids=["deep", "repeated values", "repeated events", "repeated problems", "players in a stream", "many names",
        "many originals"])
def test_hostile_rds_take_no_more_than_a_moment(text):
    document = rd(text)
    begun = time.process_time()
    site = Site("/inputs", load("2.7"), files=MemoryFiles({}))
    for rule in RULES:
        sum(1 for _ in rule.check(document, site))
    assert time.process_time() - begun < 5


WORDS = sorted(load("2.7").words - {"content_"})
NAMES = st.sampled_from(["x", "brandNew", *WORDS])
VALUES = st.sampled_from(["", "a", "True", "1", "s", "//ssap#hcd", "//procs#dictMap", "\\foo", "a b", "x,y\na,b,c"])


COMMON = ["table", "column", "FEED", "LOOP", "STREAM", "mixin", "meta", "events", "service", "data", "apply", "bind",
          "mixinDef", "property", "script"]


@st.composite
def elements(draw, depth: int = 3) -> str:
    tag = draw(st.one_of(NAMES, st.sampled_from(COMMON)))
    attributes = "".join(f' {name}="{value}"' for name, value in
                         draw(st.dictionaries(NAMES, VALUES, max_size=3)).items())
    children = draw(st.lists(elements(depth - 1), max_size=3)) if depth else []
    return f"<{tag}{attributes}>{draw(VALUES)}{''.join(children)}</{tag}>"


@settings(max_examples=100, deadline=None)
@given(st.lists(elements(), max_size=4), st.sampled_from(Language.versions()))
def test_no_tree_of_known_words_makes_a_rule_fail(content, version):
    document = rd(f'<resource schema="res">{"".join(content)}</resource>')
    site = Site("/inputs", load(version), files=MemoryFiles({}))
    for rule in RULES:
        for finding in rule.check(document, site):
            assert finding.code == rule.code and finding.message and 1 <= finding.location.line
    assert set(compatible_versions(document)) == set(Language.versions())
