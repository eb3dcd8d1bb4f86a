"""What RDs say of their tables is told as DaCHS itself would write it into TAP_SCHEMA."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import public_folder

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system.worker.client import Pool

TABLES = """<table id="Stars" onDisk="True" adql="True" primary="n">
    <meta name="description">Stars.</meta>
    <LOOP listItems="a b"><events><column name="\\item" type="real" unit="mag" ucd="phot.mag" description="In \\item"/></events></LOOP>
    <column name="n" type="integer" required="True"/><column name="quoted/B mag"/><column name="where" hidden="True"/></table>
  <table id="notes" onDisk="True" adql="hidden"><column name="n" type="integer"/>
    <foreignKey inTable="Stars" source="n"/></table>
  <table id="inside"><column name="x"/></table>
  <coverage><updater sourceTable="Stars"/></coverage>
  <data id="import"><nullGrammar/><make table="Stars"/></data>
  <data id="more" auto="False"><nullGrammar/><make table="notes"/></data>
  <service id="s" allowed="form"><nullCore/><publish render="form" sets="local"/></service>"""


def declared(site, *rd_ids):
    with Pool(site.settings) as pool:
        return {one.rd_id: one for one in pool.declared(rd_ids)}


def test_tables_are_told_with_what_loops_and_macros_make_of_them(site):
    site.rd("told/q", TABLES)
    told = declared(site, "told/q")["told/q"]
    assert told.fault == "" and str(site.inputs / "told" / "q.rd") in told.dependencies and not told.asked_database
    stars, notes = told.content["tables"]
    assert (stars["name"], stars["adql"], stars["makers"]) == ("told.Stars", True, [{"data": "import", "auto": True}])
    assert (notes["name"], notes["published"], notes["makers"]) == ("told.notes", None, [{"data": "more", "auto": False}])
    published = stars["published"]
    assert (published["schema"], published["kind"], published["description"]) == ("told", "table", "Stars.")
    assert [column[0] for column in published["columns"]] == ["a", "b", "n", '"B mag"']
    assert published["columns"][0][1:8] == ["float", "", "", "mag", "phot.mag", "", "In a"]
    assert stars["columns"][3:] == [["B mag", "real"], ["where", "real"]]
    assert told.content["coverage"] == ["told.stars"] and set(told.content["resources"]) == {"s"}


def test_an_rd_that_does_not_load_says_why_and_hurts_no_other(site):
    site.rd("told/q", TABLES)
    site.rd("broken/q", '<table id="x" onDisk="True"><column name="a" type="wrong"/></table>')
    site.rd("deadly/q", '<table id="x" onDisk="True"/><procDef id="p"><code>pass</code></procDef>'
                        '<LOOP><codeItems>import os; os._exit(3)</codeItems><events/></LOOP>')
    told = declared(site, "broken/q", "deadly/q", "told/q", "nowhere/q")
    assert told["told/q"].content is not None
    assert told["broken/q"].content is None and "'wrong'" in told["broken/q"].fault and not told["broken/q"].passing
    assert told["deadly/q"].content is None and told["deadly/q"].passing
    assert "nowhere/q" in told["nowhere/q"].fault


def test_a_database_that_is_not_there_says_nothing_about_an_rd(site):
    site.rd("told/q", TABLES)
    configuration = Path(site.settings.environment["GAVOSETTINGS"])
    with public_folder() as folder:
        for profile in (configuration.parent / "profiles").iterdir():
            (folder / profile.name).write_text(profile.read_text().replace("port = 5432", "port = 1"))
            (folder / profile.name).chmod(0o644)
        lines = [f"profilePath: {folder}" if line.startswith("profilePath") else line
                 for line in configuration.read_text().splitlines()]
        (folder / "gavo.rc").write_text("\n".join(lines))
        (folder / "gavo.rc").chmod(0o644)
        lost = site.with_settings(environment={"GAVOSETTINGS": str(folder / "gavo.rc")})
        if site.dachs.version != "2.7":  # newer ones ask the database while they are imported
            with pytest.raises(EnvironmentFault, match="connection to server"):
                declared(lost, "told/q")
            return
        [told] = declared(lost, "told/q").values()
    assert told.content is None and told.passing and told.fault.startswith("ConnectionError")


def test_documents_of_tables_are_dachs_s_own_with_all_foreign_keys(site):
    site.rd("told/q", TABLES.replace("hidden\"><column", "True\"><column"))
    with Pool(site.settings) as pool:
        [told] = pool.rendered({"told/q": ["told.Stars", "told.notes", "told.gone"]})
    assert told.fault == "" and told.content["lost"] == ["told.gone"] and told.content["name"] == "told"
    stars, notes = (told.content["tables"][name] for name in ("told.Stars", "told.notes"))
    assert stars["name"] == "told.stars" and '<name>"B mag"</name>' in stars["document"] and not stars["filtered"]
    assert "<targetTable>told.stars</targetTable>" in notes["document"] and "where" not in stars["document"]
    assert "xml-stylesheet" in notes["document"] and "<name>told</name>" in told.content["schema"]
