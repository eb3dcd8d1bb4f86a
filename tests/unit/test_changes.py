"""--changed-since: RDs that changed, and those that depend on what changed."""

from __future__ import annotations

import os
import subprocess

import pytest

from dachsadmin.check.cache import Cache
from dachsadmin.errors import TargetError
from dachsadmin.rd.language import load
from dachsadmin.system.host import Host
from dachsadmin.val import changes, static
from dachsadmin.val.layout import Layout
from dachsadmin.val.site import Site
from dachsadmin.val.targets import find

pytestmark = pytest.mark.children


def git(folder, *words: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(["git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.org", *words], check=True,
                          capture_output=True, text=True, env=clean).stdout


@pytest.fixture
def tree(tmp_path):
    """a/q uses a stream of b/lib, which uses one of c/base; d/q stands alone."""
    if not Host().which("git"):
        pytest.skip("git is not installed")
    folder = tmp_path / "tree"
    for name, text in {"a/q": '<FEED source="b/lib#s"/>', "b/lib": '<STREAM id="s"/><FEED source="c/base#t"/>',
                       "c/base": '<STREAM id="t"/>', "d/q": ""}.items():
        path = folder / f"{name}.rd"
        path.parent.mkdir(parents=True)
        path.write_text(f"<resource>{text}</resource>")
    git(folder.parent, "init", "-q", "-b", "main", "tree")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "start")
    return folder


def affected(tree, since: str = "main") -> list[str]:
    layout = Layout(str(tree))
    found = find(["ALL_RECURSE"], tree=str(tree), inputs=tree, builtin=[], published=lambda: [])
    site = Site(layout, load("2.7"))
    checked = []
    for target in found.rds:
        with site.recording() as asked:
            rd = static.read(target, site)
            for feed in rd.elements("FEED"):
                site.document(feed.get("source").partition("#")[0])
            checked.append(static.Checked(target, rd, files={target.path} | {path for _question, path in asked}))
    return [one.target.rd_id for one in changes.affected(checked, Host(), since, layout)]


def test_nothing_changed_concerns_no_rd(tree):
    assert affected(tree) == []


def test_a_changed_rd_concerns_all_that_depend_on_it_however_indirectly(tree):
    (tree / "c/base.rd").write_text('<resource><STREAM id="t"/> </resource>')
    assert affected(tree) == ["a/q", "b/lib", "c/base"]


def test_an_rd_that_git_does_not_know_yet_has_changed(tree):
    (tree / "e").mkdir()
    (tree / "e/new.rd").write_text("<resource/>")
    assert affected(tree) == ["e/new"]


def test_a_committed_change_is_seen_from_an_older_commit(tree):
    before = git(tree, "rev-parse", "HEAD").strip()
    (tree / "d/q.rd").write_text("<resource> </resource>")
    git(tree, "commit", "-q", "-a", "-m", "change")
    assert affected(tree) == []
    assert affected(tree, before) == ["d/q"]


def test_a_deleted_rd_concerns_those_that_ask_for_it(tree):
    (tree / "b/lib.rd").unlink()
    assert affected(tree) == ["a/q"]


def test_default_metadata_concerns_all(tree):
    (tree / "defaultmeta.txt").write_text("publisher: x\n")
    assert affected(tree) == ["a/q", "b/lib", "c/base", "d/q"]


@pytest.mark.parametrize("since", ["nowhere", "--output=/tmp/x", "", "HEAD:a/q.rd"])
def test_a_commit_that_is_not_there_is_an_error(tree, since):
    with pytest.raises(TargetError, match="no commit"):
        affected(tree, since)


def test_a_tree_outside_of_git_is_an_error(tmp_path):
    with pytest.raises(TargetError, match="no git repository"):
        changes.changed_files(Host(), "main", str(tmp_path))
