"""A run checks against the language of the DaCHS that it is for, also if that DaCHS is newer than we are."""

from __future__ import annotations

import json

from dachsadmin.check.cache import Cache
from dachsadmin.errors import EnvironmentFault
from dachsadmin.rd import tables
from dachsadmin.system.dachs import Dachs
from dachsadmin.val.languages import DESCRIBE, choose
from fakes import FakeHost


def newer(tmp_path, version: str = "2.15") -> Dachs:
    return Dachs(version, str(tmp_path / "gavo"), "3.13", pythonpath="/new")


def answering(tmp_path, **changes) -> FakeHost:
    table = tables.read("2.13") | {"version": "2.15", "renderers": ["brandnew"]} | changes
    return FakeHost(tmp_path / "root", {("/usr/bin/python3", DESCRIBE): json.dumps(table)})


def test_a_dachs_that_we_know_is_not_asked(tmp_path):
    host = FakeHost(tmp_path)
    assert choose("", newer(tmp_path, "2.7+dfsg-2"), host, Cache(None)).exact
    assert choose("2.11", newer(tmp_path), host, Cache(None)).version == "2.11"
    assert choose("", None, host, Cache(None)).version == "2.13"
    assert not host.ran


def test_a_newer_dachs_is_asked_once(tmp_path):
    host, cache = answering(tmp_path), Cache(tmp_path / "cache")
    for _ in range(2):
        language = choose("", newer(tmp_path), host, cache)
        assert language.exact and language.version == "2.15" and language.renderers == {"brandnew"}
    assert len(host.ran) == 1


def test_another_version_of_the_package_is_asked_again(tmp_path):
    host, cache = answering(tmp_path), Cache(tmp_path / "cache")
    choose("", newer(tmp_path), host, cache)
    choose("", newer(tmp_path, "2.15.1"), host, cache)
    assert len(host.ran) == 2


def test_a_dachs_that_cannot_answer_is_judged_by_the_nearest_table(tmp_path):
    for reply in (EnvironmentFault("no"), "rubbish", json.dumps({"format": 99})):
        host = FakeHost(tmp_path / "root", {("/usr/bin/python3", DESCRIBE): reply})
        language = choose("", newer(tmp_path), host, Cache(None))
        assert not language.exact and language.version == "2.15" and language.table_version == "2.13"


def test_only_the_version_that_is_there_can_be_asked(tmp_path):
    host = answering(tmp_path)
    assert not choose("2.14", newer(tmp_path), host, Cache(None)).exact
    assert not host.ran
