"""Each rule explains itself at the terminal."""

from __future__ import annotations

import pytest

from dachsadmin.check.rule import describe, discover
from dachsadmin.errors import UsageError
from dachsadmin.check.explain import explain

RULES = discover("dachsadmin.val.rules")


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_a_page_tells_all_that_the_rule_documents(rule):
    made, text = explain(rule.code, RULES), describe(rule)
    assert made.startswith(f"{rule.code} {rule.name}\n{rule.severity.label}, ")
    flat = " ".join(made.split())
    for part in (text.title, text.why, text.bad, text.good, *text.see):
        assert part and " ".join(part.split()) in flat
    assert made.endswith("the reason -->\n") == (rule.stage != "load")


@pytest.mark.parametrize("word", ["DA006", "da006", "not-well-formed"])
def test_a_rule_is_found_by_code_and_name(word):
    assert explain(word, RULES).startswith("DA006 not-well-formed\n")


def test_the_table_has_a_line_per_rule():
    lines = explain("ALL", RULES).splitlines()
    assert [line.split()[0] for line in lines] == ["CODE", *(rule.code for rule in RULES)]
    assert next(line for line in lines if line.startswith("DA006")).split()[1:4] == ["not-well-formed", "error", "min"]


def test_the_beginning_of_codes_lists_its_rules():
    lines = explain("DA00", RULES).splitlines()[1:]
    assert lines and all(line.startswith("DA00") for line in lines)


def test_a_word_that_names_no_rule_gets_a_suggestion():
    with pytest.raises(UsageError) as caught:
        explain("not-wel-formed", RULES)
    assert caught.value.hint == "did you mean not-well-formed?"
