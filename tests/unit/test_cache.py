"""A kept verdict holds exactly as long as everything that it depends on is as it was."""

from __future__ import annotations

import os
import time

import pytest

from dachsadmin.check.cache import Cache, from_json, to_json
from dachsadmin.model.finding import Confidence, Edit, Finding, Fix, Location, Severity

KEY = {"kind": "deep", "rd": "a/q", "rules": "1"}
LONG_AGO = 0.0


@pytest.fixture
def dependency(tmp_path):
    path = tmp_path / "q.rd"
    path.write_text("<resource/>")
    return path


def keep(folder, *files, before=None) -> None:
    Cache(folder).put(KEY, map(str, files), {"verdict": "OK"}, time.time() + 1 if before is None else before)


def test_what_was_put_comes_back(tmp_path, dependency):
    keep(tmp_path / "cache", dependency)
    cache = Cache(tmp_path / "cache")
    assert cache.get(KEY)["verdict"] == "OK"
    assert cache.hits == 1


def test_another_key_is_another_verdict(tmp_path, dependency):
    keep(tmp_path / "cache", dependency)
    assert Cache(tmp_path / "cache").get({**KEY, "rules": "2"}) is None


def test_changed_content_is_seen_even_if_size_and_mtime_are_set_back(tmp_path, dependency):
    keep(tmp_path / "cache", dependency)
    before = dependency.stat()
    dependency.write_text("<resourcE/>")
    os.utime(dependency, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert Cache(tmp_path / "cache").get(KEY) is None


def test_a_touched_file_with_the_same_content_does_no_harm(tmp_path, dependency):
    keep(tmp_path / "cache", dependency)
    os.utime(dependency)
    assert Cache(tmp_path / "cache").get(KEY)["verdict"] == "OK"


def test_a_file_that_was_not_there_and_now_is_counts_as_a_change(tmp_path):
    keep(tmp_path / "cache", tmp_path / "later.py")
    assert Cache(tmp_path / "cache").get(KEY) is not None
    (tmp_path / "later.py").write_text("")
    assert Cache(tmp_path / "cache").get(KEY) is None


def test_a_new_file_in_a_directory_that_was_listed_counts_as_a_change(tmp_path):
    (tmp_path / "data").mkdir()
    keep(tmp_path / "cache", tmp_path / "data")
    assert Cache(tmp_path / "cache").get(KEY) is not None
    (tmp_path / "data" / "new.csv").write_text("")
    assert Cache(tmp_path / "cache").get(KEY) is None


def test_a_file_that_changed_while_it_was_checked_is_not_kept(tmp_path, dependency):
    keep(tmp_path / "cache", dependency, before=LONG_AGO)
    assert Cache(tmp_path / "cache").get(KEY) is None


@pytest.mark.parametrize("damage", [lambda raw: b"", lambda raw: raw[:-5], lambda raw: raw.replace(b"OK", b"KO"),
                                    lambda raw: b"\xff" * 100, lambda raw: b"rubbish\n{}"])
def test_a_broken_entry_is_no_entry(tmp_path, dependency, damage):
    keep(tmp_path / "cache", dependency)
    entry = next(path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    entry.write_bytes(damage(entry.read_bytes()))
    assert Cache(tmp_path / "cache").get(KEY) is None
    keep(tmp_path / "cache", dependency)
    assert Cache(tmp_path / "cache").get(KEY)["verdict"] == "OK"


def test_a_cache_that_cannot_be_written_is_told_once_and_does_no_harm(tmp_path, dependency):
    (tmp_path / "cache").write_text("this is a file")
    cache = Cache(tmp_path / "cache")
    cache.put(KEY, [str(dependency)], {"verdict": "OK"}, time.time() + 1)
    assert "nothing is kept" in cache.problem
    assert cache.get(KEY) is None


def test_no_cache_keeps_nothing(dependency):
    cache = Cache(None)
    cache.put(KEY, [str(dependency)], {}, time.time() + 1)
    assert cache.get(KEY) is None and not cache.problem


def test_findings_survive_the_cache_unchanged():
    finding = Finding("DA210", "some-rule", Severity.WARNING, "a/q", Location("a/q.rd", 3, 4), "unit 'x' is \udcff",
                      confidence=Confidence.LOW, value="x", subject="t.c", hint="h", engine="deep",
                      fix=Fix("replace", (Edit(1, 2, "deg"),)), places=(Location("a/q.rd", 5, 6),), tested=False)
    assert from_json(to_json([finding])) == [finding]
