"""What streams, loops and mixins make, and where what they make belongs."""

from __future__ import annotations

import pytest

from dachsadmin.rd import expansion
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import parse
from dachsadmin.rd.expansion import Node, played
from dachsadmin.rd.language import load
from dachsadmin.rd.references import ids
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.site import Site


def read(content: str, files: dict[str, str] | None = None):
    raw = f'<resource schema="res">{content}</resource>'.encode()
    contents = {path: text.encode() for path, text in (files or {}).items()}
    site = Site("/inputs", load("2.7"), config=GavoRc(), files=MemoryFiles(contents | {"/inputs/res/q.rd": raw}))
    return parse(raw, "res/q", "res/q.rd"), site


def columns(content: str, table: str = "t", files: dict[str, str] | None = None):
    rd, site = read(content, files)
    element = next(element for element in rd.elements("table") if element.get("id") == table)
    return columns_of(Node(element, rd), site)


@pytest.mark.parametrize(("content", "names"), [
    ('<STREAM id="s"><column name="a"/></STREAM><table id="t"><FEED source="s"/><column name="b"/></table>', "a b"),
    ('<STREAM id="s"><column name="\\xx\\+_err"/></STREAM><table id="t"><FEED source="s" xx="y"/></table>', "y_err"),
    ('<STREAM id="s"><column name="\\xx"/></STREAM><table id="t"><FEED source="s"><xx>y</xx></FEED></table>', "y"),
    ('<STREAM id="s"><DEFAULTS xx="y"/><column name="\\xx"/></STREAM><table id="t"><FEED source="s"/></table>', "y"),
    ('<table id="t"><LOOP listItems="a b"><events><column name="e_\\item"/></events></LOOP></table>', "e_a e_b"),
    ('<table id="t"><LOOP><csvItems>n, d\n a, x\n b, y</csvItems><events><column name="\\n\\+1"/></events></LOOP>'
     '</table>', None),
    ('<table id="t"><LOOP><csvItems>nn, dd\n a, x\n b, y</csvItems><events><column name="\\nn\\+1"/></events></LOOP>'
     '</table>', "a1 b1"),
    ('<NXSTREAM id="s"><LOOP listItems="\\of"><events><column name="\\\\item"/></events></LOOP></NXSTREAM>'
     '<table id="t"><FEED source="s" of="a b"/></table>', "a b"),
    ('<STREAM id="s"><LOOP listItems="a b"><events><column name="\\item"/></events></LOOP></STREAM>'
     '<table id="t"><FEED source="s"/></table>', "a b"),
    ('<STREAM id="s"><column name="a"/><column name="b"/></STREAM>'
     '<table id="t"><FEED source="s"><PRUNE name="^a"/></FEED></table>', "b"),
    ('<STREAM id="s"><column name="\\lower{\\xx}"/></STREAM><table id="t"><FEED source="s" xx="AB"/></table>', "ab"),
    ('<mixinDef id="m"><mixinPar name="of">c</mixinPar><events><column name="a"/><column name="\\of"/></events>'
     '</mixinDef><table id="t" mixin="#m"/>', None),
    ('<mixinDef id="m"><mixinPar name="of">c</mixinPar><events><column name="a"/><column name="\\of"/></events>'
     '</mixinDef><table id="t" mixin="m"/>', "a c"),
    ('<mixinDef id="m"><mixinPar name="of">c</mixinPar><events><column name="a"/><column name="\\of"/></events>'
     '</mixinDef><table id="t"><mixin of="d">m</mixin></table>', "a d"),
    ('<table id="t" mixin="//products#table"><column name="a"/></table>', "accref owner embargo mime accsize a"),
    ('<table id="s"><column name="a"/></table><table id="t" original="s"><column name="b"/></table>', "a b"),
    ('<table id="s"><column name="a" id="ax"/></table>'
     '<table id="t"><column original="s.a"/><column original="ax" name="z"/></table>', "a z"),
    ('<table id="s"><column name="a" id="ax"/></table><table id="t" namePath="s"><column original="a"/></table>', "a"),
    ('<table id="t"><LOOP codeItems="yield {}"><events><column name="\\item"/></events></LOOP></table>', None),
    ('<table id="t"><FEED source="nowhere"/></table>', None),
    ('<table id="t"><FEED source="%#own"/></table>', None),
    ('<table id="t" original="t"><column name="a"/></table>', None),
])
def test_a_table_has_the_columns_that_dachs_gives_it(content, names):
    found = columns(content)
    if names is None:
        assert not found.complete
    else:
        assert found.complete
        assert set(found.columns) == set(names.split())


def test_the_operators_own_userconfig_is_played():
    userconfig = '<resource schema="site"><STREAM id="own"><column name="\\xx"/></STREAM></resource>'
    found = columns('<table id="t"><FEED source="%#own" xx="a"/></table>',
                    files={"/var/gavo/etc/userconfig.rd": userconfig})
    assert list(found.columns) == ["a"] and found.complete


def test_streams_of_other_rds_of_the_tree_are_played():
    other = '<resource schema="o"><STREAM id="s"><column name="a"/></STREAM></resource>'
    found = columns('<table id="t"><FEED source="o/x#s"/></table>', files={"/inputs/o/x.rd": other})
    assert list(found.columns) == ["a"] and found.complete


def test_an_edit_changes_what_a_stream_makes():
    rd, site = read('<STREAM id="s"><column name="a" ucd="x"/></STREAM>'
                    '<table id="t"><FEED source="s"><EDIT ref="column[a]" ucd="y"/></FEED></table>')
    found = columns_of(Node(rd.elements("table")[0], rd), site)
    assert found.columns["a"].get("ucd") == "y"
    assert found.columns["a"].site.tag == "FEED"


def test_ids_made_by_loops_are_ids():
    rd, site = read('<LOOP listItems="a b"><events><table id="t_\\item"/></events></LOOP>')
    assert set(ids(rd, site).nodes) == {"t_a", "t_b"} and not ids(rd, site).open


def test_a_stream_that_feeds_itself_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(expansion, "_MOST_PLAYED", 2000)
    feeds = '<FEED source="s"/>' * 10
    found = columns(f'<NXSTREAM id="s"><column name="a"/>{feeds}</NXSTREAM><table id="t"><FEED source="s"/></table>')
    assert not found.complete


def test_each_use_of_a_mixin_has_parameters_and_a_place_of_its_own():
    rd, site = read("""<mixinDef id="phot"><mixinPar key="band">V</mixinPar><events><column name="mag_\\band"/></events>
      </mixinDef><table id="t"><mixin band="B">phot</mixin></table><table id="u"><mixin>phot</mixin></table>""")
    made = [(node.get("name"), rd.location(node.site).line) for node in played(rd, site)]
    assert made == [("mag_B", 2), ("mag_V", 2)] and len({node.site for node in played(rd, site)}) == 2


def test_what_an_answer_asked_of_the_file_system_counts_for_whoever_asks_again():
    rd, site = read('<table id="t"><FEED source="other/q#s"/></table>', {
        "/inputs/other/q.rd": '<resource schema="other"><STREAM id="s"><column name="a" id="a"/></STREAM></resource>'})
    collected = []
    for _ in range(2):
        with site.recording() as asked:
            assert "a" in ids(rd, site).nodes
            assert ids(rd, site) is ids(rd, site)
        collected.append(asked)
    assert collected[0] == collected[1] and ("stamp", "/inputs/other/q.rd") in collected[1]
