"""The static engine never raises, whatever stands in a file."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dachsadmin.check.cache import Cache
from dachsadmin.rd.language import load
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val import static
from dachsadmin.val.site import Site
from dachsadmin.val.targets import Target
from bench import tree

SEEDS = [kind(number, random.Random(number)) for number, kind in enumerate(tree.KINDS, 1)]
PIECES = ["<", ">", "/>", "</", "&amp;", "&#0;", "]]>", "<![CDATA[", "<!--", "-->", '"', "'", "=", "\\", "\\schema{", "}", "@",
          "@x", "%", "\0", "é", "\U0001f52d", "\ud7ff", "<STREAM id='s'>", "<FEED source='#s'/>", "<LOOP listItems='a b'>",
          "<events>", "<mixin>", "<column name=''/>", "original='x.y'", 'ref="a#b#c"', 'id="main"', "<meta name='title'>",
          "<code>", "def f(:", "lambda", "print 'x'", "//ssap#view", "%#x", "<resource>", "</resource>", "DA210", "\n" * 50,
          "<!-- dachsadmin: ignore -->", "<!DOCTYPE x>", "<?xml version='1.0' encoding='x'?>", "1e999", "-", "[", "(", "\t"]


def check(raw: bytes, version: str = "2.7") -> None:
    site = Site("/inputs", load(version), files=MemoryFiles({"/inputs/res/q.rd": raw}))
    for one in static.check([Target("res/q", "/inputs/res/q.rd")], site, static.rules(), Cache(None), {}):
        for finding in one.findings:
            assert finding.location.line >= 0 and finding.message


@pytest.mark.parametrize("seed", range(len(SEEDS)))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(choices=st.data())
def test_rds_with_pieces_put_in_and_cut_out_do_not_break_it(seed, choices):
    text = SEEDS[seed]
    for _ in range(choices.draw(st.integers(1, 6))):
        at = choices.draw(st.integers(0, len(text)))
        cut = choices.draw(st.sampled_from((0, 0, 1, 5, 80, 1000)))
        text = text[:at] + choices.draw(st.sampled_from(PIECES)) + text[at + cut:]
    check(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("seed", range(len(SEEDS)))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(choices=st.data())
def test_well_formed_rds_that_make_no_sense_do_not_break_it(seed, choices):
    """Values and names are swapped about, so that the text stays XML and every rule gets to see it."""
    import re

    text = SEEDS[seed]
    values = re.findall(r'="([^"<&]*)"', text) + ["", " ", "\\", "%", "a.b.c", "#", "//", "x#y.z", "0", "-1", "nan", "T" * 300]
    names = re.findall(r"<(\w+)", text)

    def value(match: re.Match[str]) -> str:
        return f'="{choices.draw(st.sampled_from(values))}"' if dice.random() < 0.05 else match[0]

    dice = random.Random(choices.draw(st.integers(0, 2**32)))
    text = re.sub(r'="([^"<&]*)"', value, text)
    old, new = dice.choice(names), dice.choice(names)
    if old != "resource":
        text = re.sub(rf"(</?){old}\b", rf"\1{new}", text)
    check(text.encode(), dice.choice(("2.3", "2.7", "2.11", "2.13")))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw=st.binary(max_size=400))
def test_bytes_do_not_break_it(raw):
    check(raw)


@settings(max_examples=20, deadline=None)
@given(depth=st.integers(1, 3000))
def test_deep_nesting_does_not_break_it(depth):
    check(b"<resource>" + b"<table>" * depth + b"</table>" * depth + b"</resource>")
