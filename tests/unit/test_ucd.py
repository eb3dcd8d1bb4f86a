"""UCDs are judged by the UCD1+ vocabulary."""

from __future__ import annotations

import pytest

from dachsadmin.model import ucd


@pytest.mark.parametrize("text", [
    "pos.eq.ra", "pos.eq.ra;meta.main", "POS.EQ.RA", "phot.color;em.opt.B;em.opt.V", "VOX:Image_Title",
    "ivoa:pos.eq.ra", "em.wl;stat.min", "instr.fov", "phys.voltage", "stat.error;pos.eq.dec",
])
def test_valid_ucds_are_accepted(text):
    assert ucd.check(text) == ucd.Verdict()


@pytest.mark.parametrize(("text", "problem", "suggestion", "certain"), [
    ("stat.min;em.wl", "stat.min must not come first", "em.wl;stat.min", True),
    ("meta.ref.ivorn", "meta.ref.ivorn is no longer a word, meta.ref.ivoid replaces it", "meta.ref.ivoid", True),
    ("pos.eq.ra; meta.main", "a UCD has no blanks", "pos.eq.ra;meta.main", True),
    ("phot.mag;em.opt.I.z", "em.opt.I.z is no word of the vocabulary", "phot.mag;em.opt.I", False),
    ("meta.main;meta.id", "meta.main must not come first", "meta.id;meta.main", True),
    ("phys.temperature.meta.modelled", "phys.temperature.meta.modelled is no word of the vocabulary",
     "phys.temperature;meta.modelled", True),
    ("POS_EQ_RA_MAIN", "POS_EQ_RA_MAIN is no word of the vocabulary", "pos.eq.ra;meta.main", True),
    ("phys.atmol", "phys.atmol must not come first", "", False),
    ("foo", "foo is no word of the vocabulary", "", False),
    ("phot.mag;", "a word is empty", "phot.mag", True),
    ("a:b:c", "'a:b:c' is no word with a namespace", "", False),
    ("em.wl;arith.factor", "arith.factor must come first", "arith.factor;em.wl", True),
])
def test_bad_ucds_say_why(text, problem, suggestion, certain):
    assert ucd.check(text) == ucd.Verdict(problem, suggestion, certain)


def test_every_word_that_replaces_a_retired_one_exists():
    known = ucd.vocabulary()
    for old, new in known.retired.items():
        assert old not in known.words
        assert all(word.lower() in known.words for word in new.split(";")), old


def test_the_data_file_can_be_made_again_from_the_lists_of_the_ivoa():
    listing = "#EN-UCDlist\nQ | pos.eq.ra    |  Right ascension\nS | meta.main | Main\n"
    assert ucd.condense(listing, "# x\npos.ra pos.eq.ra\n") == "Q pos.eq.ra\nS meta.main\npos.ra > pos.eq.ra\n"
