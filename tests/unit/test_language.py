"""The tables of the RD language answer what RDs of each DaCHS version may contain."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dachsadmin.rd import tables
from dachsadmin.rd.language import Language, load, nearest, since, suggest

VERSIONS = ("2.3", "2.7", "2.11", "2.13")


def test_there_is_a_table_for_each_version_that_debian_had():
    assert Language.versions() == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_table_is_stored_in_its_stable_form(version):
    with open(f"{tables.FOLDER}/{version}.json", encoding="utf-8") as stream:
        text = stream.read()
    assert tables.text_of(json.loads(text)) == text


@pytest.mark.parametrize("version", VERSIONS)
def test_every_class_that_a_table_names_is_in_it(version):
    language = load(version)
    for name in language.class_names:
        for member in language.of(name).members.values():
            for tag, class_name in member.classes.items():
                assert class_name in language.class_names, f"{tag} in {name}"
    assert not [rd for rd in language.builtin_rds for thing in language.builtin(rd).values()
                if thing.class_name not in language.class_names]


def test_the_class_of_an_element_depends_on_its_parent():
    language = load("2.7")
    assert language.child_class("RD", "table") == "TableDef"
    assert language.child_class("RD", "data") == "DataDescriptor"
    assert language.child_class("Service", "publish") == "Publication"
    assert language.child_class("TableDef", "publish") == "Registration"
    assert language.child_class("Service", "dbCore") == "DBCore"
    assert language.child_class("TableDef", "FEED") == "ReplayedEvents"
    assert language.child_class("TableDef", "onDisk") is None
    assert language.child_class("TableDef", "service") is None


def test_what_a_class_accepts_requires_and_enumerates():
    language = load("2.7")
    assert language.accepts("Column", "ucd") and not language.accepts("Column", "ucdd")
    assert language.accepts("ReplayedEvents", "anything")
    assert language.required("Column") == {"name"}
    assert "drop" in language.values("TableDef", "dupePolicy")
    assert language.of("TableDef").members["column"].kind == "structs"
    assert language.of("Script").members["lang"].values == {"SQL", "python", "AC_SQL"}
    assert language.of("Column").members["required"].type == "bool"


def test_an_attribute_knows_its_versions():
    language = load("2.7")
    assert language.known_in("Column", "ucd") == VERSIONS
    assert language.known_in("Column", "nonsense") == ()
    assert language.builtin_known_in("//siap2#pgs") == ("2.11", "2.13")
    assert language.builtin_known_in("//obsvis") == ("2.7",)
    assert language.known_in("Publication", "render") == VERSIONS
    assert language.counterpart(load("2.13"), "Publication") == "service.Publication"
    assert since(("2.11", "2.13"), "2.7") == "known since DaCHS 2.11"
    assert since(("2.3",), "2.7") == "known until DaCHS 2.3"
    assert since((), "2.7") == ""


def test_built_in_rds_tell_what_they_define():
    language = load("2.7")
    hcd = language.resolve("//ssap#hcd")
    assert hcd.kind == "mixinDef"
    assert hcd.parameters["fluxCalibration"].required and not hcd.parameters["publisher"].required
    assert hcd.parameters["datasource"].also == "dataSource"
    assert hcd.columns["ssa_pubDID"] == "text" and "ssa_fluxucd" in hcd.params
    assert language.resolve("//obscore#ObsCore").columns["em_min"] == "double precision"
    assert language.resolve("//procs#mapValue").parameters["destination"].required
    assert language.resolve("//tap#run").kind == "service"
    assert language.resolve("__system__/products#table").brings_tag("index")
    assert language.resolve("//tap#nothing") is None and language.builtin("//nothing") is None


def test_metadata_and_services():
    language = load("2.7")
    assert "siap2.xml" in language.renderers and "ssap.xml" in language.renderers
    assert "_news" in language.meta_keys
    assert language.meta_attributes("title") == {"format"}
    assert {"author", "date", "format"} <= language.meta_attributes("_news")
    assert "schema" in language.macros("Column") and "tablename" in language.macros("TableDef")
    assert "double precision" in language.types


def test_the_nearest_known_version_stands_in_for_others():
    assert nearest("2.9") == "2.7" and nearest("2.1") == "2.3" and nearest("3.0") == "2.13"
    assert nearest("2.7.1") == "2.7"
    assert load("2.7").exact and load("2.7+dfsg-2").exact and not load("2.9").exact
    assert load("2.9").version == "2.9" and load("2.9").accepts("Column", "ucd")


def test_a_table_of_a_newer_dachs_can_be_used_as_it_was_printed():
    described = tables.read("2.13") | {"version": "2.15"}
    described["renderers"] = [*described["renderers"], "brandnew"]
    language = Language("2.15", described)
    assert language.exact and "brandnew" in language.renderers


def test_suggestions_are_near_or_absent():
    assert suggest("colum", ["column", "condDesc"]) == "column"
    assert suggest("ondisk", ["onDisk", "id"]) == "onDisk"
    assert suggest("zzz", ["column"]) == ""


@pytest.mark.children
def test_importing_the_language_reads_no_table():
    program = "import dachsadmin.rd.language as language; print(language._versions.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "0\n"
