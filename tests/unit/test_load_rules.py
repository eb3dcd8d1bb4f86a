"""Files that are no RDs: each kind of failure is found by its own rule, and by no other."""

from __future__ import annotations

import pytest

from dachsadmin.check.rule import discover
from dachsadmin.model.finding import Severity
from dachsadmin.rd.document import MAX_BYTES, parse
from dachsadmin.rd.language import load
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.site import Site

LAUGHS = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><resource>&b;</resource>'
CASES = [
    (b"", "DA001", 1, 1),
    (b" \n\n", "DA001", 1, 1),
    (b"<resource>\n a\0b</resource>", "DA002", 2, 3),
    (b"\x7fELF\x02\x01\x01\x00", "DA002", 1, 8),
    (b"x" * (MAX_BYTES + 1), "DA003", 1, 1),
    (b'<?xml version="1.0" encoding="klingon"?><resource/>', "DA004", 1, 1),
    ("<resource/>".encode("utf-16"), "DA004", 1, 1),
    (b"<resource>\n<meta name='title'>Gr\xfc\xdfe</meta></resource>", "DA004", 2, 22),
    (LAUGHS, "DA005", 1, 1),
    (b'<?xml version="1.0"?>\n<!DOCTYPE resource SYSTEM "file:///etc/passwd">\n<resource/>', "DA005", 2, 1),
    (b"<resource>\n  <table></resource>", "DA006", 2, 10),
    (b"This is a README", "DA006", 1, 1),
    (b"<VOTABLE/>", "DA007", 1, 1),
    (b"<resource/>\n<resource/>", "DA006", 2, 1),
]


@pytest.mark.parametrize(("raw", "code", "line", "column"), CASES, ids=range(len(CASES)))
def test_a_file_that_is_no_rd_gets_one_error_with_its_position(raw, code, line, column):
    rd = parse(raw, "res/q", "res/q.rd")
    assert rd.root is None
    site = Site("/inputs", load("2.7"), files=MemoryFiles({}))
    rules = [rule for rule in discover("dachsadmin.val.rules") if rule.stage == "load"]
    found = [finding for rule in rules for finding in rule.check(rd, site)]
    assert [(one.code, one.location.line, one.severity) for one in found] == [(code, line, Severity.ERROR)]
    assert found[0].location.column == column


@pytest.mark.parametrize("raw", [
    b"<resource/>",
    b"\xef\xbb\xbf<resource/>",
    b'<?xml version="1.0" encoding="iso-8859-1"?><resource><meta name="title">Gr\xfc\xdfe</meta></resource>',
    "<resource><meta name='title'>Grüße</meta></resource>".encode(),
])
def test_an_rd_in_any_encoding_that_it_declares_is_read(raw):
    assert parse(raw, "res/q", "res/q.rd").root is not None
