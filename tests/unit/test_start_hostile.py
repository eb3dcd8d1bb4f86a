"""Whatever headers, columns and answers say, an RD stays well-formed, and nothing of it becomes code or a macro."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import surveys
from hypothesis import given, settings
from hypothesis import strategies as st
from test_start_templates import CASES, CREATED, TEMPLATES

from dachsadmin.rd.code import snippets, verdict
from dachsadmin.rd.document import parse
from dachsadmin.start import answers, fill
from dachsadmin.start.introspect.names import all_proposed, reference
from dachsadmin.start.survey import Field

NASTY = ["]]>", "--><table/>", "\\inputRelativePath", "\\quote{x}", "{{ 7*7 }}", "{% raw %}", "%(x)s", "%hole: x%", "@RA", "'''", '"""',
         "'; DROP TABLE x; --", "\x00\x1b[31m", "\n</meta><script/>\n", "&lt;&amp;", "\ud800", "é\u2028\uffff", "__import__('os').system('x')#"]
TEXT = st.lists(st.sampled_from(NASTY) | st.text(max_size=8), max_size=4).map("".join)
MACROS = re.compile(r"\\(?=[A-Za-z])\w+")
SAID_FREELY = {"title", "description", "creators", "collection", "short_name", "facility", "instrument", "source",
               "target_region"}


def hostile(folder, text, source):
    """The golden RD of a folder, with other descriptions and answers, and with one more field."""
    survey = surveys.read(folder / "survey.yaml")
    fields = [replace(each, description=text, unknown_unit=text) for each in survey.fields]
    name = all_proposed([*(each.source for each in fields), source])[-1]
    fields.append(Field(source, name, "text", description=text, examples=(text,), value=reference(source)))
    survey = replace(survey, fields=tuple(fields), files=(), remarks=(text,))
    template = TEMPLATES[folder.name.partition("-")[0]]
    said = answers.from_yaml((folder / "answers.yaml").read_text(encoding="utf-8"), "answers.yaml")
    said.pop("columns", None)
    said |= {each.key: (f"x{text}", "fuzz") for each in template.questions if each.key in SAID_FREELY and each.type != "value"}
    place = fill.Place("res", "res", CREATED, (2, 7))
    return fill.fill(template, survey, answers.settle(template, survey, said), place).text


def check(folder, text, source):
    usual, made = (folder / "q.rd").read_text(encoding="utf-8"), hostile(folder, text, source)
    rd, expected = (parse(each.encode(), "res/q", "res/q.rd") for each in (made, usual))
    assert rd.root is not None, rd.failure
    for tag in ("resource", "table", "data", "service", "script", "code", "regTest", "mixin", "STREAM"):
        assert len(rd.elements(tag)) == len(expected.elements(tag)), tag
    assert [each.text for each in snippets(rd) if not verdict(each).compiles] == []
    assert set(MACROS.findall(made)) <= set(MACROS.findall(usual)) | {"\\metaString"}


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_nothing_that_a_file_says_becomes_code(folder):
    check(folder, " ".join(NASTY), "".join(NASTY))


@settings(max_examples=12, deadline=None)
@given(folder=st.sampled_from(CASES), text=TEXT, source=TEXT)
def test_whatever_it_says(folder, text, source):
    check(folder, text, source)
