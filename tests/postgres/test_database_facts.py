"""The rules on database facts, over a service tree that a real DaCHS has imported."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psycopg
import pytest

from dachsadmin.rd.document import parse
from dachsadmin.rd.language import load
from dachsadmin.system.postgres import LiveDatabase
from dachsadmin.system.scratch import Scratch
from dachsadmin.val import static
from dachsadmin.val.site import Site

RD = r"""<resource schema="ss" resdir="ss">
  <meta name="title">Some spectra</meta><meta name="description">For trying.</meta>
  <meta name="creationDate">2020-01-01T00:00:00Z</meta><meta name="subject">spectroscopy</meta>
  <meta name="creator.name">Someone</meta>
  <table id="spec" onDisk="True" adql="True">
    <mixin fluxUnit="Jy" fluxUCD="phot.flux" spectralUnit="m" spectralUCD="em.wl">//ssap#mixc</mixin>
    <mixin>//obscore#publishSSAPMIXC</mixin>
    <column name="extra" type="integer"><values nullLiteral="-1"/></column>
  </table>
  <table id="plain" onDisk="True" adql="True" mixin="//scs#pgs-pos-index">
    <column name="ra" type="double precision" ucd="pos.eq.ra;meta.main"/>
    <column name="dec" type="double precision" ucd="pos.eq.dec;meta.main"/>
    <column name="kind" type="text"/><column name="code" type="char(3)"/><column name="seen" type="timestamp"/>
    <column name="vals" type="real[3]"/><column name="Quality" type="smallint"><values nullLiteral="-1"/></column>
    <index columns="kind"/><index columns="ra,dec"/>
    <script lang="SQL" type="postCreation" name="touch">UPDATE \qName SET kind='b' WHERE kind='c'</script>
  </table>
  <table id="v" onDisk="True"><column original="plain.kind"/>
    <viewStatement>CREATE VIEW \qName AS (SELECT \colNames FROM \schema.plain WHERE kind LIKE 'a%%')</viewStatement>
  </table>
  <data id="import"><sources pattern="data/*.txt"/>
    <embeddedGrammar><iterator><code>
      for i in range(20): yield {"ra": i, "dec": 0, "kind": "a", "code": "x", "seen": None, "vals": None, "Quality": 1}
    </code></iterator></embeddedGrammar>
    <make table="plain"/>
  </data>
  <data id="spectra"><sources pattern="data/*.txt"/>
    <embeddedGrammar>
      <iterator><code>yield {"accref": "x"}</code></iterator>
      <rowfilter procDef="//products#define"><bind name="table">"ss.spec"</bind><bind name="accref">@accref</bind>
        <bind name="path">"p"</bind><bind name="fsize">1</bind><bind name="mime">"text/plain"</bind></rowfilter>
    </embeddedGrammar>
    <make table="spec"><rowmaker idmaps="*">
      <apply procDef="//ssap#setMeta"><bind name="pubDID">\standardPubDID</bind><bind name="dstitle">"a"</bind>
        <bind name="targname">"x"</bind><bind name="specstart">1e-7</bind><bind name="specend">2e-7</bind></apply>
      <apply procDef="//ssap#setMixcMeta"/><map key="extra">1</map></rowmaker></make>
  </data>
  <data id="make_view"><make table="v"/></data>
  <service id="s" allowed="form"><meta name="shortName">s</meta><publish sets="local" render="form"/>
    <dbCore queriedTable="plain"/></service>
</resource>"""


@pytest.fixture(scope="module")
def installation(cluster, installed_dachs):
    """A DaCHS with one RD imported and published; RULES find nothing in it."""
    with tempfile.TemporaryDirectory(prefix="dachsadmin-test-") as name:
        inputs = Path(name)
        inputs.chmod(0o755)
        (inputs / "ss" / "data").mkdir(parents=True)
        (inputs / "ss" / "data" / "a.txt").write_text("x")
        (inputs / "ss" / "q.rd").write_text(RD)
        with Scratch(inputs, templates=cluster.templates) as scratch:
            for command in (["imp", "//obscore"], ["imp", "ss/q"], ["imp", "ss/q", "make_view"], ["limits", "ss/q"],
                            ["pub", "ss/q"]):
                scratch.host.run([scratch.interpreter, "-m", "gavo.user.cli", *command], user=scratch.user,
                                 env=scratch.environment, cwd=str(scratch.home))
            yield scratch


@pytest.fixture
def found(installation):
    """A function that changes the database (until the end of the test) and the RD, and returns what rules then say."""
    undo: list[str] = []

    def look(*changes: tuple[str, str], old: str = "", new: str = "") -> list[str]:
        with psycopg.connect(installation.dsn, autocommit=True) as connection:
            for change, back in changes:
                connection.execute(change)
                undo.insert(0, back)
        database = LiveDatabase(installation.profile)
        site = Site(installation.inputs, load("2.7"), database=database)
        rd = parse(RD.replace(old, new).encode() if old else RD.encode(), "ss/q", "ss/q.rd")
        rules = [rule for rule in static.rules() if rule.stage == "database"]
        told = [finding for rule in rules for finding in rule.check(rd, site)]
        told += static.of_site(site, static.rules(), whole=True)
        database.close()
        assert site.database_fault is None, site.database_fault
        return [f"{finding.code} {finding.rd}:{finding.location.line} {finding.message} -> {finding.hint}"
                for finding in told]

    yield look
    with psycopg.connect(installation.dsn, autocommit=True) as connection:
        for back in undo:
            connection.execute(back)


def test_nothing_is_wrong_with_what_was_just_imported(found):
    assert found() == []


def test_published_rds_are_those_that_all_means(installation):
    assert LiveDatabase(installation.profile).published() == ["ss/q"]


def test_a_column_that_was_added_since(found):
    column = '<column name="kind" type="text"/>'
    assert found(old=column, new=f'{column}<column name="fresh"/>') == [
        "DA400 ss/q:10 table ss.plain in the database lacks fresh -> run 'dachs imp ss/q'"]


def test_a_column_whose_type_was_changed_since(found):
    assert found(old='<column name="code" type="char(3)"/>', new='<column name="code" type="integer"/>') == [
        "DA400 ss/q:10 table ss.plain in the database has code as text, not integer -> run 'dachs imp ss/q'"]


def test_ssa_indexes_of_old(found):
    assert found(("DROP INDEX ss.spec_ssa_pubdid", "CREATE INDEX spec_ssa_pubdid ON ss.spec (ssa_pubdid)")) == [
        "DA401 ss/q:5 table ss.spec has no index on ssa_pubdid, as the SSA mixins make them today -> "
        "run 'dachs imp -I ss/q spectra' when few people use it"]


def test_the_advice_on_indexes_is_right(installation, found):
    told, = found(("DROP INDEX ss.plain_kind", "SELECT 1"))
    assert told.startswith("DA402 ss/q:15 table ss.plain has no index on kind -> run 'dachs imp -I ss/q import'")
    installation.host.run([installation.interpreter, "-m", "gavo.user.cli", "imp", "-I", "ss/q", "import"],
                          user=installation.user, env=installation.environment, cwd=str(installation.home))
    assert found() == []


def test_a_published_table_that_is_gone(found):
    told = found(("ALTER TABLE ss.plain RENAME TO hidden", "ALTER TABLE ss.hidden RENAME TO plain"))
    assert "DA404 ss/q:10 ss/q is published, but its table ss.plain is not in the database postgres on " in told[0]
    assert [line for line in told if line.startswith("DA405")] == [
        "DA405 ss/q:0 dc.tablemeta and tap_schema.tables have ss.plain, which is not in the database -> "
        "run 'dachs imp ss/q', or 'dachs purge ss.plain' if it is gone for good"]
    assert not [line for line in told if "DA330" in line], "SQL about a table of the RD itself is no error"


def test_records_of_an_rd_that_was_moved(found):
    assert found(("INSERT INTO dc.tablemeta (tablename, sourcerd, adql) VALUES ('ss.spec2', 'old/q', false);"
                  "CREATE TABLE ss.spec2 ()",
                  "DROP TABLE ss.spec2; DELETE FROM dc.tablemeta WHERE sourcerd = 'old/q'")) == [
        "DA406 old/q:0 dc.tablemeta has old/q, but there is no such RD -> run 'dachs drop -f old/q'"]


def test_obscore_that_was_lost(found, installation):
    with psycopg.connect(installation.dsn) as connection:
        definition, = connection.execute("SELECT pg_get_viewdef('ivoa.obscore'::regclass)").fetchone()
    again = f"CREATE VIEW ivoa.obscore AS {definition}"
    told = found(("DROP VIEW ivoa.obscore", again))
    assert "DA407 //obscore:0 there is no view ivoa.obscore -> run 'dachs imp //obscore'" in told
    told = found(("CREATE VIEW ivoa.obscore AS SELECT 1 AS x WHERE 0=1", "DROP VIEW ivoa.obscore"))
    assert told == ["DA407 //obscore:0 ivoa.obscore is an empty stub, though 1 table should be in it -> "
                    "run 'dachs imp //obscore'"]


def test_obscore_without_one_of_its_contributors(found):
    assert found(("INSERT INTO ivoa._obscoresources (tablename, sqlfragment, sourcerd) VALUES ('ss.plain', '', 'ss/q')",
                  "DELETE FROM ivoa._obscoresources WHERE tablename = 'ss.plain'")) == [
        "DA407 //obscore:0 ivoa.obscore lacks ss.plain -> run 'dachs imp //obscore'"]


def test_obscore_metadata_of_old(found):
    of = "UPDATE tap_schema.columns SET utype = 'obscore:{}.dataproducttype' WHERE table_name = 'ivoa.obscore'" \
         " AND column_name = 'dataproduct_type'"
    assert found((of.format("Obs"), of.format("obsdataset"))) == [
        "DA407 //obscore:0 TAP_SCHEMA describes ivoa.obscore with the utypes of ObsCore 1.0 -> "
        "run 'dachs imp -m //obscore'"]


def test_statistics_that_an_import_has_wiped(found):
    told = found(("CREATE TABLE public.kept AS SELECT * FROM dc.simple_col_stats; DELETE FROM dc.simple_col_stats;"
                  "CREATE TABLE public.kept2 AS SELECT * FROM dc.discrete_string_values;"
                  "DELETE FROM dc.discrete_string_values",
                  "INSERT INTO dc.simple_col_stats SELECT * FROM public.kept; DROP TABLE public.kept;"
                  "INSERT INTO dc.discrete_string_values SELECT * FROM public.kept2; DROP TABLE public.kept2"))
    assert told == [f"DA408 ss/q:{line} 'dachs limits' has not looked at ss.{table} since its import -> "
                    "run 'dachs limits ss/q'" for table, line in (("spec", 5), ("plain", 10))]


def test_a_skewed_column_of_a_big_table(found):
    told = found((
        "CREATE TABLE ss.big (field text); ALTER TABLE ss.big OWNER TO gavoadmin; GRANT SELECT ON ss.big TO gavo;"
        "INSERT INTO ss.big SELECT CASE WHEN i % 2 = 0 THEN 'f' || (i % 400) ELSE 'g' || (i % 20011) END"
        " FROM generate_series(1, 1000001) i; CREATE INDEX ON ss.big (field); ANALYZE ss.big", "DROP TABLE ss.big"),
        old='<table id="v" ',
        new='<table id="big" onDisk="True"><column name="field" type="text"/></table><table id="v" ')
    assert len(told) == 1 and told[0].startswith("DA403 ss/q:18 the ")


def test_sql_that_needs_what_is_imported(found):
    assert found(old="SET kind='b'", new="SET knd='b'") == [
        "DA330 ss/q:16 SQL script 'touch': column \"knd\" of relation \"plain\" does not exist -> "]
