"""Units, UCDs and metadata are judged as the real DaCHS judges them."""

from __future__ import annotations

import json
import os
import random
import subprocess

from bad_metadata import BAD_RDS

from dachsadmin.check.rule import discover
from dachsadmin.model import ucd, unit_symbols, vounits
from dachsadmin.rd.document import parse
from dachsadmin.rd.language import load
from dachsadmin.val.site import Site as Place

RULES = {rule.code: rule for rule in discover("dachsadmin.val.rules")}
ASK_UNITS = """
import json, sys
from gavo import api
def judge(text):
    try:
        return "unknown" if api.parseUnit(text).isUnknown else "known"
    except Exception:
        return "bad"
json.dump([judge(text) for text in json.load(sys.stdin)], sys.stdout)
"""
ASK_UCDS = """
import json, sys
from gavo.imp import astropyucd
def judge(text):
    try:
        return bool(astropyucd.parse_ucd(text, check_controlled_vocabulary=True, has_colon=True))
    except ValueError:
        return False
json.dump([judge(text) for text in json.load(sys.stdin)], sys.stdout)
"""


def ask(site, program: str, texts: list[str]) -> list:
    run = subprocess.run([site.settings.interpreter, "-c", program], input=json.dumps(texts), capture_output=True,
                         text=True, cwd=site.scratch.home, env={**os.environ, **site.settings.environment},
                         **site.switch())
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def units() -> list[str]:
    """Every symbol with every prefix, and a few thousand expressions, half of them broken."""
    dice = random.Random(7)
    symbols = [*unit_symbols.KNOWN, "furlong", "'foo'", "degree"]
    pieces = [*symbols, "**2", "**-1", "**(1/2)", "**(2.5)", "**+2", ".", ".", "/", "(", ")", "10**3", "1e5", "2.54",
              "log(", "sqrt(", "foo(", " ", "^2", "2", "-1", "**2.5", "1", "10"]
    made = {"".join(dice.choice(pieces) for _ in range(dice.choice((2, 3, 4, 5)))) for _ in range(4000)}
    made |= {f"{dice.choice(symbols)}{link}{dice.choice(symbols)}" for link in (".", "/", "**2.", "**-1/")
             for _ in range(400)}
    made |= {prefix + base for prefix in unit_symbols.PREFIXES for base in unit_symbols.KNOWN if base != "%"}
    return sorted(text.strip() for text in made | set(symbols) if text.strip())


def strange_to_dachs(text: str) -> bool:
    """Whether a unit has what VOUnits 1.1 lists and DaCHS up to 2.13 does not: B, Ba, dB, ta and newer prefixes."""
    parser = vounits._Parser(text)
    try:
        parser.whole()
    except vounits._Bad:
        return False
    return any(symbol.base in ("B", "Ba", "dB", "ta") or (symbol.base == "au" and symbol.prefix)
               or symbol.prefix in {"r", "q", "R", "Q", *unit_symbols.BINARY_PREFIXES} for symbol in parser.symbols)


def test_units_are_read_as_dachs_reads_them(site):
    version = tuple(int(part) for part in site.dachs.version.split("+")[0].split(".")[:2])
    texts = units()
    differ = []
    for text, verdict in zip(texts, ask(site, ASK_UNITS, texts)):
        unit = vounits.parse(text)
        readable = unit.readable_since is not None and unit.readable_since <= version
        ours = "bad" if not readable else "unknown" if unit.kind is vounits.Kind.UNKNOWN else "known"
        if ours != verdict and not (strange_to_dachs(text) and {ours, verdict} == {"known", "unknown"}):
            differ.append((text, ours, verdict))
    assert len(texts) > 6000 and differ == []


def test_ucds_are_judged_as_dachs_judges_them_but_for_newer_words(site):
    dice = random.Random(7)
    known = ucd.vocabulary()
    words = [word for _flag, word in known.words.values()] + list(known.retired)
    words += ["foo", "VOX:x", "a_b", "x:y:z", "pos eq"]
    texts = words + [";".join(dice.choice(words) for _ in range(dice.choice((2, 2, 3)))) for _ in range(4000)]
    verdicts = dict(zip(texts, ask(site, ASK_UCDS, texts)))
    # Words of the vocabularies 1.5 and 1.6 that this DaCHS does not have, or has with other rights.
    newer = {word for word in words if verdicts[word] is not (ucd.check(word).problem == "")} | {
        "obs.atmos.turbulence", "obs.atmos.wind", "stat.stdev", "src.var.amplitude", "stat.confidenceLevel"}
    differ = [text for text, accepted in verdicts.items()
              if accepted is not (ucd.check(text).problem == "") and not newer & set(text.split(";"))]
    assert len(newer) < 40 and differ == []


def test_what_the_rules_call_errors_makes_dachs_fail_and_what_they_like_does_not(site):
    place = Place(str(site.inputs), load(site.dachs.version))
    rds = {f"rd{number}/{kind}": (code, text, kind == "bad") for number, (code, bad, good) in enumerate(BAD_RDS)
           for kind, text in (("bad", bad), ("good", good))}
    site.write(**{name.replace("/", "__"): text for name, (_code, text, _bad) in rds.items()})
    results = site.validate(*rds)
    wrong = []
    for name, (code, text, bad) in rds.items():
        found = list(RULES[code].check(parse(text.encode(), name, name), place))
        refused = results[name].verdict != "OK"
        if (bool(found), refused) != (bad, bad):
            said = [finding.message for finding in found], [message.text for message in results[name].messages]
            wrong.append((code, name, text, said))
    assert wrong == []
