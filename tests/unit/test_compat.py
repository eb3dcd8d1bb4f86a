"""An RD tells by what it uses which DaCHS versions can run it."""

from __future__ import annotations

from dachsadmin.rd.document import parse
from dachsadmin.val.compat import builtin_references, compatible_versions, runs_on


def rd(text: str):
    document = parse(f'<resource schema="res">{text}</resource>'.encode(), "res/q", "res/q.rd")
    assert document.root is not None, document.failure
    return document


def test_a_plain_rd_runs_everywhere():
    assert runs_on(rd('<table id="t"><column name="a"/></table>')) == ("2.3", "2.7", "2.11", "2.13")


def test_attributes_and_literals_that_came_later_keep_older_versions_out():
    reasons = compatible_versions(rd('<execute title="e" on="loaded"><job><code>pass</code></job></execute>\n'
                                     '<coverage><spectral>325[nm] 1000[nm]</spectral></coverage>'))
    assert reasons["2.7"] == ["line 1: attribute 'on' of <execute>", "line 2: spectral='325[nm] 1000[nm]'"]
    assert reasons["2.11"] == ["line 2: spectral='325[nm] 1000[nm]'"]
    assert reasons["2.13"] == []


def test_built_in_things_that_came_and_went():
    reasons = compatible_versions(rd('<table id="t" mixin="//siap2#pgs"/>'
                                     '<table id="u"><mixin>//obsvis#publish</mixin></table>'))
    assert reasons["2.7"] == ["line 1: //siap2#pgs"]
    assert reasons["2.13"] == ["line 1: //obsvis#publish"]
    assert reasons["2.3"] == ["line 1: //siap2#pgs", "line 1: //obsvis#publish"]


def test_what_the_tree_replaces_is_no_reason():
    document = rd('<table id="t" mixin="//siap2#pgs"/>')
    assert not any(compatible_versions(document, lambda rd_id: rd_id == "//siap2").values())


def test_mixin_parameters_that_came_later():
    document = rd('<table id="t"><mixin fluxCalibration="ABSOLUTE" refposition="BARYCENTER">//ssap#hcd</mixin></table>')
    assert compatible_versions(document)["2.7"] == ["line 1: parameter 'refposition' of //ssap#hcd"]
    assert runs_on(document) == ("2.11", "2.13")


def test_what_no_version_knows_is_no_matter_of_versions():
    document = rd('<tabel/><table id="t"><mixin foo="1" fluxCalibration="A">//ssap#hcd</mixin></table>')
    assert runs_on(document) == ("2.3", "2.7", "2.11", "2.13")


def test_references_are_found_in_attributes_and_elements_but_not_in_code_or_links():
    document = rd('<table id="t"><column original="//obscore#ObsCore.em_min"/>'
                  '<FEED><source>//procs#foo</source></FEED></table>'
                  '<meta name="source">http://x.org/a#b</meta><rowmaker id="r"><map key="a">"//rds#x"</map></rowmaker>')
    assert [reference for _element, reference in builtin_references(document)] == ["//obscore#ObsCore", "//procs#foo"]
