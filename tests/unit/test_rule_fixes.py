"""What --fix does is what the rule asked for: afterwards the rule is content, and the RD is still an RD."""

from __future__ import annotations

import pytest
from test_rules import CASES, RULES, STATIC

from dachsadmin.rd.document import parse
from dachsadmin.rd.language import load
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.fix import mend
from dachsadmin.val.site import Site


def surroundings(case: dict) -> Site:
    files = {f"/inputs/{name}": content.encode() for name, content in case.get("files", {}).items()}
    files |= {f"/inputs/{rd}.rd": content.encode() for rd, content in case.get("rds", {}).items()}
    config = {tuple(key.lower().split(".")): str(value) for key, value in case.get("config", {}).items()}
    return Site("/inputs", load(str(case.get("for_dachs", "2.7"))), config=GavoRc(config), files=MemoryFiles(files))


FIRING = [(stem, name, case, content["rule"]) for stem, name, case, content in CASES
          if case.get("finds") and content["rule"] in STATIC and "database" not in case]


@pytest.mark.parametrize(("stem", "name", "case", "code"), FIRING, ids=[f"{stem}-{name}" for stem, name, *_ in FIRING])
def test_after_a_safe_fix_the_rule_finds_nothing_that_it_could_mend(stem, name, case, code):
    rule, site = RULES[code], surroundings(case)
    rd = parse(case["rd"].encode(case.get("encoding", "utf-8")), case.get("id", "res/q"), "res/q.rd")
    before = list(rule.check(rd, site))
    mended = mend(rd, before, lambda document: rule.check(document, site))
    assert not mended.skipped
    after = parse(mended.raw, rd.rd_id, rd.file)
    assert after.root is not None, after.failure
    left = list(rule.check(after, surroundings(case)))
    assert not [finding for finding in left if finding.fix and finding.fix.safe]
    assert len(before) - len(left) == sum(1 for finding in before if finding.fix and finding.fix.safe)


@pytest.mark.parametrize(("code", "before", "after"), [
    ("DA200", '<column name="a" unit="erg sec-1 cm-2"/>', '<column name="a" unit="erg.s**-1.cm**-2"/>'),
    ("DA200", "<column name='a'><unit> W/m^2\n</unit></column>", "<column name='a'><unit> W/m**2\n</unit></column>"),
    ("DA201", '<column name="a" unit="Msun/yr"/>', '<column name="a" unit="solMass/yr"/>'),
    ("DA201", '<column name="a" unit="MJD"/>', '<column name="a" unit="MJD"/>'),
    ("DA205", '<column name="a" ucd="stat.min;em.wl"/>', '<column name="a" ucd="em.wl;stat.min"/>'),
    ("DA609", '<column name="a"/><forceUnique>True</forceUnique>', '<column name="a"/><forceUnique>True</forceUnique>'),
    ("DA604", '<meta name="_associatedDatalinkSvc"/>', '<meta name="_associatedDatalinkService"/>'),
    ("DA508", '<mixin productType="image" title="My Survey">//obscore#publish</mixin>',
     '''<mixin productType="'image'" title="'My Survey'">//obscore#publish</mixin>'''),
])
def test_fixes_write_what_they_promise(code, before, after):
    def whole(inner: str) -> bytes:
        return f'<resource schema="res">\n<table id="t" onDisk="True">{inner}</table></resource>'.encode()

    site = surroundings({})
    rd = parse(whole(before), "res/q", "res/q.rd")
    mended = mend(rd, list(RULES[code].check(rd, site)), lambda document: RULES[code].check(document, site))
    assert mended.raw == whole(after)
