"""What RDs say of their tables is told as DaCHS itself would write it into TAP_SCHEMA."""

from __future__ import annotations

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
