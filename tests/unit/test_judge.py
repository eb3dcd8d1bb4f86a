"""What a run says of the baseline depends on what the run looked at."""

from __future__ import annotations

import pytest

from dachsadmin.check.rule import discover
from dachsadmin.errors import ExitCode
from dachsadmin.inspection import Wanted, begin
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.rd.document import parse
from dachsadmin.system.host import Host
from dachsadmin.val.engine import Outcome, Request
from dachsadmin.val.judge import judge

RULES = discover("dachsadmin.val.rules")
SITE = next(rule for rule in RULES if rule.stage == "site" and rule.whole)


def finding(rd="a/q", code="DA200", message="bad unit", **more):
    return Finding(code, "a-name", Severity.ERROR, rd, Location(f"{rd}.rd" if rd else "", 1, 1), message, **more)


def outcome(*findings, rds=("a/q", "b/q"), engines=("static", "deep"), whole=True, text=b"<resource/>"):
    return Outcome(findings=list(findings), documents={rd: parse(text, rd, f"{rd}.rd") for rd in rds},
                   paths={rd: f"/inputs/{rd}.rd" for rd in rds}, engines=engines, whole_site=whole)


@pytest.fixture
def run(tmp_path):
    """Judge an outcome against the baseline file of this test; {RD: how many entries} tells what is then in it."""
    def judged(found, *words, update=False, **more):
        wanted = Wanted(baseline=str(tmp_path / "baseline.json"), update_baseline=update)
        return judge(found, Request(words or ("ALL_RECURSE",), **more), begin("val", RULES, wanted, Host()))

    judged(outcome(finding(), finding("b/q", engine="deep"), finding("", SITE.code), finding("b/q", SITE.code)), update=True)
    return judged


def test_known_findings_are_quiet_and_new_ones_fail(run):
    again = run(outcome(finding(), finding("b/q", engine="deep"), finding("", SITE.code), finding("b/q", SITE.code)))
    assert (again.code, again.findings, again.run.baselined, again.run.vanished) == (ExitCode.OK, [], 4, 0)
    assert run(outcome(finding(message="another"))).code is ExitCode.FINDINGS


@pytest.mark.parametrize(("found", "words", "more", "vanished"), [
    (outcome(), ["ALL_RECURSE"], {}, 4),
    (outcome(engines=("static",)), ["ALL_RECURSE"], {}, 3),
    (outcome(rds=["a/q"]), ["ALL_RECURSE"], {}, 4),
    (outcome(rds=["a/q"]), ["ALL"], {}, 2),
    (outcome(rds=["a/q"], whole=False), ["a/q"], {}, 1),
    (outcome(whole=False), ["ALL_RECURSE"], {"changed_since": "main"}, 2),
    (outcome(text=b"<no"), ["ALL_RECURSE"], {}, 1),
    (outcome(finding(tested=False)), ["ALL_RECURSE"], {}, 2),
], ids=["everything", "no DaCHS", "an RD removed", "published only", "one RD", "changes only", "no XML", "untested"])
def test_only_what_was_looked_at_can_vanish(run, found, words, more, vanished):
    assert run(found, *words, **more).run.vanished == vanished
    run(found, *words, update=True, **more)
    everything = outcome(finding(), finding("b/q", engine="deep"), finding("", SITE.code), finding("b/q", SITE.code))
    assert len(run(everything).findings) == vanished
