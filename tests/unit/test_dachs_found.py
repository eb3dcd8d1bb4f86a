"""Which DaCHS is found: by our own interpreter, and by another process of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dachsadmin.system import dachs
from dachsadmin.system.host import Host


@pytest.fixture
def gavo(tmp_path, monkeypatch):
    """A folder with a package gavo, and what pip leaves beside it."""
    (tmp_path / "gavo").mkdir()
    (tmp_path / "gavo" / "__init__.py").write_text("raise SystemExit('this is not to be imported')")
    metadata = tmp_path / "gavodachs-2.99.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: gavodachs\nVersion: 2.99\n")
    return tmp_path


def test_our_own_interpreter_is_not_started_to_find_dachs(gavo, monkeypatch):
    monkeypatch.setattr(sys, "path", ["/nonexistent", *sys.path, str(gavo)])
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    ran = []
    host = Host()
    with host.announcing(ran.append):
        found = dachs.find(host, sys.executable)
    assert found is not None and ran == []
    if Path(found.folder).parent == gavo:
        assert found.version == "2.99"


@pytest.mark.children
def test_another_process_finds_the_same(gavo):
    host = Host()
    found = dachs.find(host, sys.executable, str(gavo))
    assert found == dachs.Dachs("2.99", str(gavo / "gavo"), sys.version.split()[0], sys.executable, str(gavo))


def test_what_is_found_by_an_accident_of_the_shell_does_not_count(gavo, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(gavo))
    monkeypatch.setattr(sys, "path", [str(gavo / "started"), str(gavo), "/elsewhere"])
    assert dachs._own_path() == ["/elsewhere"]


def test_what_is_installed_counts_wherever_the_shell_stands(monkeypatch):
    installed = dachs.site.getsitepackages()[0]
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir("/")
    monkeypatch.setattr(sys, "path", [installed, "/", "/elsewhere"])
    assert dachs._own_path() == [installed, "/", "/elsewhere"]
