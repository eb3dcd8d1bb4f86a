"""Meta items are found as DaCHS finds them."""

from __future__ import annotations

from dachsadmin.rd.document import parse
from dachsadmin.rd.language import load
from dachsadmin.rd.metas import given, lookup, written
from dachsadmin.rd.publication import resources
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.site import Site


def document(text: str):
    return parse(text.encode(), "res/q", "res/q.rd")


def place(files: dict[str, str] | None = None) -> Site:
    return Site("/inputs", load("2.7"), files=MemoryFiles({path: text.encode() for path, text in (files or {}).items()}))


def test_elements_streams_and_children_all_give_full_keys():
    rd = document("""<resource schema="x">
      <meta name="title">T</meta>
      <meta>
        # a comment
        description: one \\
          two
        source: rst: *x*
      </meta>
      <meta name="creator"><meta name="name">N</meta></meta>
      <meta name="_news" date="2020-01-01" format="rst">Hm</meta>
      <meta name="note" tag="1">Text</meta></resource>""")
    assert [(meta.key, meta.value, meta.format, meta.location(rd).line) for meta in written(rd)] == [
        ("title", "T", "plain", 2), ("description", "one two", "plain", 5), ("source", "*x*", "rst", 7),
        ("creator", "", "plain", 9), ("creator.name", "N", "plain", 9), ("_news", "Hm", "rst", 10),
        ("_news.date", "2020-01-01", "plain", 10), ("note", "Text", "rst", 11), ("note.tag", "1", "plain", 11)]


def test_the_innermost_carrier_wins_and_defaultmeta_comes_last():
    rd = document("""<resource schema="x"><meta name="title">R</meta>
      <table id="t"><meta name="title">T</meta></table><table id="u"/></resource>""")
    world = place({"/var/gavo/etc/defaultmeta.txt": "publisher: P\ntitle: never\n"})
    first, second = [lookup(resource.chain, rd, world) for resource in resources(rd, world)]
    assert [meta.value for meta in first.find("title").items] == ["T"]
    assert [meta.value for meta in second.find("title").items] == ["R"]
    assert second.find("publisher").values == ("P",)
    assert second.lacks("subject") and not second.lacks("publisher")


def test_streams_of_the_tree_and_of_userconfig_bring_what_is_in_them():
    rd = document("""<resource schema="x"><FEED source="%#common"/><table id="t"><FEED source="y/q#more"/></table>
      <service id="s"><FEED source="gone/q#what"/></service></resource>""")
    world = place({"/var/gavo/etc/userconfig.rd": """<resource schema="s"><STREAM id="common">
                     <meta name="subject">stars</meta></STREAM></resource>""",
                   "/inputs/y/q.rd": """<resource schema="y"><STREAM id="more"><publish sets="ivo_managed"/>
                     <meta name="title">T</meta></STREAM></resource>"""})
    table, service = resources(rd, world)
    assert table.in_vo and "title" in given(table.node, rd, world).keys
    assert not lookup(table.chain, rd, world).lacks("subject")
    assert lookup(table.chain, rd, world).lacks("description")
    assert service.open and not lookup(service.chain, rd, world).lacks("description")


def test_a_creator_in_one_line_has_names():
    rd = document('<resource schema="x"><meta name="creator">A, B.; C, D.</meta><table id="t"/></resource>')
    world = place()
    assert not lookup(resources(rd, world)[0].chain, rd, world).lacks("creator.name")


def test_of_what_the_streams_of_dachs_make_nothing_is_demanded():
    rd = document('<resource schema="x"><FEED source="%#registry-interfacerecords"/><resRec id="own"/></resource>')
    assert [resource.id for resource in resources(rd, place())] == ["own"]


def test_macros_and_places_of_templates_hold_no_value():
    rd = document(r'<resource schema="x"><meta name="a">\rdId</meta><meta name="b">%fill in%</meta>'
                  '<meta name="c">5 %</meta><meta name="d">%</meta></resource>')
    assert [meta.open for meta in written(rd)] == [True, True, False, False]
