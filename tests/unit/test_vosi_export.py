"""An export has what DaCHS tells, in its order, in files that are replaced as a whole and only where they differ."""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
import time
from pathlib import Path

import pytest
from lxml import etree

from dachsadmin.cli import main
from dachsadmin.errors import EnvironmentFault, ExitCode
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.generations import Generations, Kept
from dachsadmin.system.servedtables import Served
from dachsadmin.vosi.export import assembly, manifest, rules
from dachsadmin.vosi.export.manifest import Manifest

ROOT = """<?xml version='1.0' encoding='utf-8'?>
<?xml-stylesheet href='/static/xsl/vosi.xsl' type='text/xsl'?>
<vtm:{kind} xmlns:vtm="http://www.ivoa.net/xml/VOSITables/v1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xsi:schemaLocation="http://www.ivoa.net/xml/VOSITables/v1.0 x.xsd">"""
COLUMN = '<column><name>a</name><dataType xsi:type="vs:VOTableType">int</dataType></column>'


def document(name, *keys, body=COLUMN):
    told = "".join(f"<foreignKey><targetTable>{key}</targetTable></foreignKey>" for key in keys)
    escaped = name.replace("&", "&amp;").replace("<", "&lt;")
    return f"{ROOT.format(kind='table')}<name>{escaped}</name><description>Ä</description>{body}{told}</vtm:table>"


def content(schema, *names, rank=0, keys=(), stub="", ranks=None, **facts):
    return {
        "schema": f"{ROOT.format(kind='tableset')}<schema><name>{schema}</name></schema></vtm:tableset>", "name": schema,
        "rank": rank, "lost": [], "stub": stub, "tables": {name: {
            "name": name.lower(), "document": document(name.lower(), *keys), "filtered": bool(keys),
            "rank": (ranks or {}).get(name, 0), "obscore": bool(stub), **facts} for name in names}}


def made(contents):
    served = sorted((Served(name.lower(), rd, name, "") for rd, told in contents.items() for name in told["tables"]),
                    key=lambda one: one.name)
    return assembly.documents(assembly.listed(served, contents), contents)


def names_of(xml):
    return {schema.findtext("name"): [table.findtext("name") for table in schema.findall("table")]
            for schema in etree.fromstring(xml).findall("schema")}


def test_sets_have_all_tables_by_schema_and_name_and_documents_are_those_of_dachs():
    contents = {"b/q": content("b", "b.y", "b.X"), "a/q": content("a", "a.t")}
    documents, paths = made(contents)
    assert list(names_of(documents["max.xml"]).items()) == [("a", ["a.t"]), ("b", ["b.x", "b.y"])]
    assert names_of(documents["min.xml"]) == names_of(documents["max.xml"])
    assert b"<column>" in documents["max.xml"] and b"<column>" not in documents["min.xml"]
    assert documents[paths["b.x"]] == document("b.x").encode()
    root = etree.fromstring(documents["max.xml"])
    assert root.tag == "{http://www.ivoa.net/xml/VOSITables/v1.0}tableset" and documents["max.xml"].count(b"schemaLocation") == 1
    assert root.getprevious().target == "xml-stylesheet" and root.nsmap["vs"].endswith("VODataService/v1.1")


def test_ranks_come_before_names():
    contents = {"a/q": content("a", "a.t", "a.u", rank=7, ranks={"a.t": 2, "a.u": 1}), "b/q": content("b", "b.t", rank=3)}
    assert list(names_of(made(contents)[0]["max.xml"]).items()) == [("b", ["b.t"]), ("a", ["a.u", "a.t"])]


def test_several_rds_of_a_schema_are_one_schema():
    contents = {"a/q": content("a", "a.t"), "a/r": content("a", "a.u")}
    assert names_of(made(contents)[0]["max.xml"]) == {"a": ["a.t", "a.u"]}


def test_keys_to_tables_that_are_not_listed_are_left_out_where_dachs_does_so():
    contents = {"a/q": content("a", "a.t", keys=("b.t", "b.hidden")), "b/q": content("b", "b.t")}
    documents, paths = made(contents)
    for path in (paths["a.t"], "max.xml"):
        assert re.findall(rb"<targetTable>(.*?)<", documents[path]) == [b"b.t"]
    assert b"<foreignKey>" not in documents["min.xml"] and b"xml-stylesheet" in documents[paths["a.t"]]
    contents["a/q"]["tables"]["a.t"]["filtered"] = False
    assert re.findall(rb"<targetTable>(.*?)<", made(contents)[0]["max.xml"]) == [b"b.t", b"b.hidden"]


STUB = f"""{ROOT.format(kind='tableset')}<schema><name>a</name><table><name>a.t</name></table></schema>
<schema><name>ivoa</name><table><name>ivoa.obscore</name></table></schema></vtm:tableset>"""


def test_an_obscore_that_is_not_listed_is_told_of_by_its_contributors():
    contents = {"a/q": content("a", "a.t", stub=STUB)}
    assert names_of(made(contents)[0]["max.xml"]) == {"a": ["a.t"], "ivoa": ["ivoa.obscore"]}
    contents["o/q"] = content("ivoa", "ivoa.other")
    assert names_of(made(contents)[0]["max.xml"]) == {"a": ["a.t"], "ivoa": ["ivoa.other", "ivoa.obscore"]}
    contents["o/q"] = content("ivoa", "ivoa.ObsCore")
    assert names_of(made(contents)[0]["max.xml"]) == {"a": ["a.t"], "ivoa": ["ivoa.obscore"]}


ODD = ['a."Mixed Case"', "a.größe", "a.b.c", "a.t/../../x", "a.x & <y>", "a." + "n" * 300, 'a."$1;{}\\"', "../a", "a.\n"]


def test_unusual_names_are_file_names_all_the_same():
    contents = {"a/q": content("a", *ODD, "a.plain_1")}
    for name, told in contents["a/q"]["tables"].items():
        told["name"] = name
    documents, paths = made(contents)
    assert paths["a.plain_1"] == "tables/a.plain_1.xml" and len(set(paths.values())) == len(ODD) + 1
    assert all(re.fullmatch(r"tables/x-[0-9a-f]{64}\.xml", paths[name]) for name in ODD)
    assert set(paths.values()) < set(documents)


def test_ten_thousand_columns_are_no_trouble():
    wide = {"name": "a.t", "document": document("a.t", body=COLUMN * 10_000), "filtered": False, "rank": 0, "obscore": False}
    documents, _ = made({"a/q": {**content("a", "a.t"), "tables": {"a.t": wide}}})
    assert documents["max.xml"].count(b"<column>") == 10_000 and b"<column>" not in documents["min.xml"]


def test_tables_without_an_rd_or_that_it_lost_are_not_listed():
    served = [Served("a.t", "a/q", "a.t", ""), Served("a.lost", "a/q", "a.lost", ""), Served("x.y", "", "", "")]
    assert [table.name for table in assembly.listed(served, {"a/q": content("a", "a.t")})] == ["a.t"]


def test_invalid_documents_are_named():
    assert assembly.faults({"a": b"<x/>", "b": b"<y/>"}, lambda root: ["wrong"] if root.tag == "x" else []) == {"a": ["wrong"]}


def written(folder, now, known=None, **documents):
    generations = Generations(folder)
    content = {f"{name}.xml": text.encode() for name, text in documents.items()}
    kept = generations.kept(content, known or {}, now)
    fresh = generations.replace(content, kept, {"private.json": b"{}"})
    return kept, fresh


def test_what_is_the_same_is_the_same_file_and_keeps_its_time(tmp_path):
    kept, fresh = written(tmp_path, 1000, a="A", b="B", c="C")
    assert fresh == {"a.xml", "b.xml", "c.xml"}
    before = (tmp_path / "current/a.xml").stat()
    kept, fresh = written(tmp_path, 1000, kept, a="A", b="new")
    assert fresh == {"b.xml"} and not (tmp_path / "current/c.xml").exists()
    after = (tmp_path / "current/a.xml").stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, 1000) and kept["b.xml"].modified == 1001
    assert gzip.decompress((tmp_path / "current/b.xml.gz").read_bytes()) == b"new"
    assert (tmp_path / "current/b.xml.gz").stat().st_mtime == 1001
    assert [path.name for path in (tmp_path / "generations").iterdir()] == ["2"]


def test_what_was_withdrawn_or_spoilt_is_written_again_with_its_old_time(tmp_path):
    kept, _ = written(tmp_path, 1000, a="A", b="B", c="C")
    Generations(tmp_path).withdraw(["a.xml", "never.xml"])
    (tmp_path / "current/b.xml").write_text("spoilt")
    (tmp_path / "current/c.xml.gz").unlink()
    assert not Generations(tmp_path).complete(kept)
    kept, fresh = written(tmp_path, 5000, kept, a="A", b="B", c="C")
    assert fresh == {"a.xml", "b.xml", "c.xml"} and (tmp_path / "current/b.xml").read_text() == "B"
    assert (tmp_path / "current/a.xml").stat().st_mtime == 1000 and Generations(tmp_path).complete(kept)


def test_what_a_killed_run_left_is_swept(tmp_path):
    written(tmp_path, 1000, a="A")
    store = tmp_path / "generations"
    (store / "2").mkdir()
    (store / "2/half.xml").write_text("x")
    (store / "current-4711").symlink_to("1")
    kept, _ = written(tmp_path, 1000, a="A")
    assert len(list(store.iterdir())) == 1 and (tmp_path / "current/a.xml").read_text() == "A"


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    kept, _ = written(tmp_path, 1000, a="A")

    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EnvironmentFault, match="disk is full"):
        written(tmp_path, 1000, kept, a="B")
    monkeypatch.undo()
    assert (tmp_path / "current/a.xml").read_text() == "A" and len(list((tmp_path / "generations").iterdir())) == 1


def test_everyone_may_read_an_export_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        written(tmp_path / "new", 1000, a="A")
    finally:
        os.umask(before)
    assert oct((tmp_path / "new/current/a.xml").stat().st_mode)[-3:] == "644"
    for folder in ("new", "new/generations", "new/current"):
        assert oct((tmp_path / folder).stat().st_mode)[-3:] == "755"


def test_a_manifest_is_read_back_and_a_foreign_one_is_none():
    known = Manifest({"a.xml": Kept("d", 1, 2)}, {"a.t": ("a.xml", "a/q")}, {"b/q": "broken"}, {"x.y": ""}, {"a.xml": ["bad"]})
    assert manifest.read(manifest.written(known)) == known
    for other in (b"", b"{", b"[]", b'{"format": 99}', json.dumps({"format": 1}).encode()):
        assert manifest.read(other) == Manifest()


def test_the_documents_of_changed_rds_and_of_removed_tables_are_stale():
    known = Manifest(tables={"a.t": ("1", "a/q"), "b.t": ("2", "b/q"), "c.t": ("3", "c/q")})
    assert known.paths_of({"a/q"}, {"a.t", "b.t"}) == {"1", "3"}


@pytest.mark.parametrize(("name", "hits", "misses"), [
    ("a.stars", [], []),
    ("a.größe", ["a.größe", "A.GRößE"], ["a.grosse"]),
    ('a."Mixed Case"', ['a."Mixed Case"', 'A."Mixed Case"'], ['a."mixed case"', 'a."Mixed Case"\n', 'xa."Mixed Case"']),
    ("a.b+c", ["a.b+c"], ["a.bbc"]), ("a." + "n" * 60, ["A." + "N" * 60], [])])
def test_nginx_finds_names_in_any_case_and_what_stands_in_quotes_exactly(name, hits, misses):
    key = rules._key(name)
    if key == name:
        return
    pattern = re.compile(key.removeprefix("~^").removesuffix(r"\z") + r"\Z")
    assert all(pattern.match(hit) for hit in hits) and not any(pattern.match(miss) for miss in misses)


def test_maps_of_nginx_are_quoted_and_say_what_no_detail_means():
    maps = rules.nginx_maps(Path("/srv/a b"), {'a."x"': "tables/x-1.xml", "a.t": "tables/a.t.xml"}, detail="min",
                            challenge='Basic realm="A"')
    assert '"a.t" tables/a.t.xml;' in maps and '"" min.xml;' in maps and r'"Basic realm=\"A\""' in maps
    assert r'"~^(?i:a\\.)\"x\"\\z" tables/x-1.xml;' in maps and '"/srv/a b/current"' in maps
    assert rules.apache_tables({'a."x"': "1", "a.t": "2"}, detail="max") == "= max.xml\na.t 2\n"


def test_rules_are_for_the_path_that_dachs_stands_below():
    config = GavoRc({("web", "nevowroot"): "/vo/"})
    assert rules.prefix(config) == "/vo" and rules.prefix(GavoRc()) == ""
    told = rules.nginx(Path("/srv/v"), "http://127.0.0.1:8080", "/vo")
    assert 'location ~ "^/vo/(?:tap|__system__/tap/run)/(?:tables|tableMetadata)$"' in told
    assert "proxy_pass http://127.0.0.1:8080;" in told and "/srv/v/current/nginx.conf" in told
    assert '"^/vo/(?:tap|__system__/tap/run)' in rules.apache(Path("/srv/v"), "http://127.0.0.1:8080", "/vo")


@pytest.mark.parametrize(("words", "told"), [
    (["export"], "there is no folder to export to"), (["serve-config", "nginx"], "there is no folder to export to"),
    (["serve-config", "lighttpd", "/srv/v"], "there are no rules for 'lighttpd'")])
def test_a_command_line_without_a_folder_or_with_another_server_is_wrong(monkeypatch, tmp_path, capsys, words, told):
    (tmp_path / "none.yaml").write_text("")
    monkeypatch.setenv("DACHSADMIN_CONFIG", str(tmp_path / "none.yaml"))
    assert main.run(["vosi", *words]) == ExitCode.USAGE and told in capsys.readouterr().err


def test_rules_are_printed_for_the_folder_and_the_dachs_of_the_settings(monkeypatch, tmp_path, capsys):
    (tmp_path / "gavo.rc").write_text("[web]\nbindAddress: \nserverPort: 8088\n")
    (tmp_path / "set.yaml").write_text("vosi:\n  export_folder: /srv/vosi\n")
    monkeypatch.setenv("DACHSADMIN_CONFIG", str(tmp_path / "set.yaml"))
    monkeypatch.setenv("GAVOSETTINGS", str(tmp_path / "gavo.rc"))
    assert main.run(["vosi", "serve-config", "nginx"]) == ExitCode.OK
    printed = capsys.readouterr().out
    assert "proxy_pass http://127.0.0.1:8088;" in printed and 'include "/srv/vosi/current/nginx.conf";' in printed
    assert main.run(["vosi", "serve-config", "apache", "--upstream", "http://dachs:80"]) == ExitCode.OK
    assert "ProxyPass / http://dachs:80/" in capsys.readouterr().out


def test_assembling_two_thousand_tables_is_quick():
    contents = {f"s{number}/q": content(f"s{number}", *(f"s{number}.t{at}" for at in range(10))) for number in range(200)}
    began = time.process_time()
    documents, _ = made(contents)
    assert len(documents) == 2002 and time.process_time() - began < 5
