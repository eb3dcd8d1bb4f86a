"""What the words after `dachsadmin val` find, in trees of every layout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dachsadmin.errors import EnvironmentFault, TargetError, UsageError
from dachsadmin.val.layout import Layout
from dachsadmin.val.targets import Target, find, shard


def make(folder: Path, *names: str, text: str = "<resource/>") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def nothing_published() -> list[str]:
    return []


def ids(*words: str, inputs: Path, tree: Path | None = None, published=nothing_published) -> list[str]:
    found = find(list(words), tree=str(tree) if tree else None, inputs=inputs, builtin=["//tap", "//ssap"],
                 published=published)
    return [target.rd_id for target in found.rds]


def test_all_recurse_means_every_rd_of_the_tree(tmp_path):
    make(tmp_path, "b/q.rd", "a/q.rd", "a/deep/down/x.rd", "a/README", "a/.git/q.rd", ".hidden.rd")
    assert ids("ALL_RECURSE", inputs=tmp_path) == ["a/q", "a/deep/down/x", "b/q"]


def test_a_pruned_directory_is_left_out_with_all_below_it(tmp_path):
    make(tmp_path, "a/q.rd", "old/q.rd", "old/deep/q.rd", "old/DACHS_PRUNE")
    assert ids("ALL_RECURSE", inputs=tmp_path) == ["a/q"]


def test_an_rd_in_a_pruned_directory_can_still_be_named(tmp_path):
    make(tmp_path, "old/q.rd", "old/DACHS_PRUNE")
    assert ids("old/q", inputs=tmp_path) == ["old/q"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every directory; run as another user")
def test_a_directory_that_nobody_may_look_into_is_told(tmp_path):
    make(tmp_path, "a/q.rd", "b/q.rd", "lost+found/q.rd")
    for name in ("b", "lost+found"):
        (tmp_path / name).chmod(0)
    found = find(["ALL_RECURSE"], tree=None, inputs=tmp_path, builtin=[], published=list)
    for name in ("b", "lost+found"):
        (tmp_path / name).chmod(0o755)
    assert [target.rd_id for target in found.rds] == ["a/q"]
    assert [error.message for error in found.missing] == [f"{tmp_path}/b cannot be searched for RDs: permission denied"]


def test_symlink_loops_end(tmp_path):
    make(tmp_path, "a/q.rd")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert ids("ALL_RECURSE", inputs=tmp_path) == ["a/q"]


def test_all_means_what_is_published(tmp_path):
    make(tmp_path, "a/q.rd", "b/q.rd")
    assert ids("ALL", inputs=tmp_path, published=lambda: ["b/q", "__system__/tap"]) == ["//tap", "b/q"]


def test_all_is_not_green_where_nothing_is_published(tmp_path):
    make(tmp_path, "a/q.rd")
    with pytest.raises(TargetError, match="none is published"):
        ids("ALL", inputs=tmp_path)


def test_all_is_not_green_without_a_database(tmp_path):
    def no_database() -> list[str]:
        raise EnvironmentFault("no server")

    make(tmp_path, "a/q.rd")
    with pytest.raises(EnvironmentFault):
        ids("ALL", inputs=tmp_path, published=no_database)


def test_a_published_rd_whose_file_is_gone_is_missing_and_the_others_are_found(tmp_path):
    make(tmp_path, "a/q.rd")
    found = find(["ALL"], tree=None, inputs=tmp_path, builtin=[], published=lambda: ["a/q", "gone/q"])
    assert [target.rd_id for target in found.rds] == ["a/q"]
    assert "gone/q is published" in found.missing[0].message


def test_a_missing_rd_does_not_keep_the_others_from_being_found(tmp_path):
    make(tmp_path, "a/q.rd")
    found = find(["a/q", "nix/q"], tree=None, inputs=tmp_path, builtin=[], published=nothing_published)
    assert [target.rd_id for target in found.rds] == ["a/q"]
    assert "'nix/q'" in found.missing[0].message


@pytest.mark.parametrize("word", ["nix", "nix/q", "/nowhere/q.rd", "", "a\0b", "//nix", "ALL_RECURS", "a" * 5000])
def test_a_word_that_finds_nothing_is_an_error(tmp_path, word):
    make(tmp_path, "a/q.rd")
    with pytest.raises(TargetError):
        ids(word, inputs=tmp_path)


def test_a_tree_without_rds_is_an_error(tmp_path):
    with pytest.raises(TargetError, match="no RD"):
        ids("ALL_RECURSE", inputs=tmp_path)


def test_a_tree_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(TargetError, match="no directory"):
        ids("ALL_RECURSE", inputs=tmp_path, tree=tmp_path / "nix")


@pytest.mark.parametrize("spelling", ["a/q", "a/q.rd", "./a/q.rd", "//tap a/q //tap a/q.rd"])
def test_an_rd_is_found_once_however_it_is_spelled(tmp_path, spelling):
    make(tmp_path, "a/q.rd")
    assert "a/q" in ids(*spelling.split(), inputs=tmp_path)
    assert len(ids(*spelling.split(), inputs=tmp_path)) == len(set(spelling.replace(".rd", "").split()))


def test_built_in_rds_are_found_by_name_and_by_pattern(tmp_path):
    assert ids("//tap", inputs=tmp_path) == ["//tap"]
    assert ids("//*", inputs=tmp_path) == ["//ssap", "//tap"]


def test_a_directory_means_the_rds_below_it(tmp_path):
    make(tmp_path, "a/q.rd", "a/b/x.rd", "c/q.rd")
    assert ids(str(tmp_path / "a"), inputs=tmp_path) == ["a/q", "a/b/x"]
    assert ids("a", inputs=tmp_path) == ["a/q", "a/b/x"]


def test_a_plain_checkout_has_the_ids_of_production(tmp_path):
    checkout = tmp_path / "checkout"
    make(checkout, "dachs/lamost6/q.rd", text='<resource schema="lamost6"/>')
    make(checkout, "dachs/other/x.rd", text='<resource schema="other" resdir="."/>')
    assert ids(str(checkout), inputs=tmp_path / "var") == ["lamost6/q", "other/x"]
    assert ids("ALL_RECURSE", inputs=tmp_path / "var", tree=checkout) == ["lamost6/q", "other/x"]


def test_a_checkout_may_be_the_content_of_one_resource_directory(tmp_path):
    checkout = tmp_path / "dachs-lamost"
    make(checkout, "q.rd", "res/aux.rd", text='<resource schema="lamost6" resdir="lamost6"/>')
    found = find([str(checkout)], tree=None, inputs=tmp_path / "var", builtin=[], published=nothing_published)
    assert found.layout == Layout(str(checkout), "lamost6")
    assert found.rds == [Target("lamost6/q", f"{checkout}/q.rd"), Target("lamost6/res/aux", f"{checkout}/res/aux.rd")]


def test_a_single_file_outside_of_inputsdir_brings_its_tree_along(tmp_path):
    make(tmp_path, "site/ogle/q.rd", "site/other/q.rd", text='<resource schema="ogle"/>')
    found = find([str(tmp_path / "site/ogle/q.rd")], tree=None, inputs=tmp_path / "var", builtin=[],
                 published=nothing_published)
    assert found.layout == Layout(str(tmp_path / "site"))
    assert [target.rd_id for target in found.rds] == ["ogle/q"]


def test_files_of_two_trees_are_not_mixed(tmp_path):
    make(tmp_path, "one/a/q.rd", "two/b/q.rd")
    found = find([str(tmp_path / "one/a/q.rd"), str(tmp_path / "two/b/q.rd")], tree=None, inputs=tmp_path / "var",
                 builtin=[], published=nothing_published)
    assert len(found.rds) == 1 and "tree begins" in found.missing[0].message


def test_inputsdir_may_be_a_symbolic_link_and_so_may_an_rd(tmp_path):
    make(tmp_path, "real/a/q.rd", "elsewhere/shared.rd")
    (tmp_path / "inputs").symlink_to(tmp_path / "real")
    (tmp_path / "real/a/linked.rd").symlink_to(tmp_path / "elsewhere/shared.rd")
    inputs = tmp_path / "inputs"
    assert ids(str(inputs / "a/q.rd"), inputs=inputs) == ["a/q"]
    assert ids(str(inputs / "a/linked.rd"), inputs=inputs) == ["a/linked"]
    assert ids(str(tmp_path / "real/a/q.rd"), inputs=inputs) == ["a/q"]


def test_a_path_that_is_no_utf8_is_found(tmp_path):
    os.makedirs(os.fsencode(tmp_path) + b"/gr\xfc\xdfe")
    with open(os.fsencode(tmp_path) + b"/gr\xfc\xdfe/q.rd", "wb") as stream:
        stream.write(b"<resource/>")
    assert ids("ALL_RECURSE", inputs=tmp_path) == ["gr\udcfc\udcdfe/q"]


def test_shards_share_the_rds_out_and_none_is_lost():
    rds = [Target(f"{name}/q", "") for name in "hgfedcba"]
    parts = [shard(rds, f"{number}/3") for number in (1, 2, 3)]
    assert [len(part) for part in parts] == [3, 3, 2]
    assert sorted(sum(parts, []), key=lambda target: target.rd_id) == sorted(rds, key=lambda target: target.rd_id)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/", "/2", "a/b", "-1/2", "1/0", "1/2/3"])
def test_a_shard_that_makes_no_sense_is_a_usage_error(text):
    with pytest.raises(UsageError):
        shard([], text)
