<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Stars with "names" &amp; &lt;positions&gt;</meta>
  <meta name="description">
    Five hundred stars at random places with random magnitudes. They show what a catalogue looks
    like in the Virtual Observatory.
  </meta>
  <meta name="subject">astrometry</meta>
  <meta name="subject">photometry</meta>

  <meta name="creator">Doe, J.; Roe, R.</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Catalog</meta>
  <meta name="coverage.waveband">Optical</meta>
  <FEED source="//procs#license-cc-by" what="Stars with &quot;names&quot; &amp; &lt;positions&gt;"/>

  <table id="main" onDisk="True" adql="True">
    <meta name="description">
      Five hundred stars at random places with random magnitudes. They show what a catalogue
      looks like in the Virtual Observatory.
    </meta>
    <publish sets="ivo_managed,local"/>
    <mixin>//scs#pgs-pos-index</mixin>

    <viewStatement>
      CREATE MATERIALIZED VIEW \qName AS (
        SELECT
          "objid" AS objid,
          "RA" AS ra,
          "Dec" AS dec,
          "g ""model"" mag" AS g_model_mag
        FROM "survey"."Stars 2024")
    </viewStatement>
    <stc>Position ICRS "ra" "dec"</stc>

    <column name="objid" type="bigint" unit="" ucd="meta.id;meta.main"
      tablehead="objid"
      description="Number of the star.">
      <values nullLiteral="-1"/>
    </column>
    <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"
      tablehead="RA"
      description="Right ascension."/>
    <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="Dec"
      description="Declination."/>
    <column name="g_model_mag" type="real" unit="mag" ucd="phot.mag;em.opt.V"
      tablehead="g &quot;model&quot; mag"
      description="Model magnitude."/>

    <index columns="objid"/>
    <index columns="g_model_mag"/>
  </table>

  <coverage>
    <updater spaceTable="main"/>
  </coverage>

  <!-- A copy of the table as it is at the time of the import; the table itself is left alone. DaCHS has to be allowed
    to read it: GRANT USAGE ON the schema and SELECT ON the table TO gavoadmin, gavo. -->
  <data id="import">
    <make table="main"/>
  </data>

  <regSuite title="res">
    <regTest title="TAP has rows with all columns">
      <url parSet="TAP" QUERY="SELECT TOP 5 * FROM res.main">/tap/sync</url>
      <code>
        rows = self.getVOTableRows()
        assert rows, "no rows"
        missing = {"objid", "ra", "dec", "g_model_mag"}-set(rows[0])
        assert not missing, missing
      </code>
    </regTest>
    <regTest title="TAP finds what is in a circle">
      <url parSet="TAP" QUERY="SELECT TOP 5 * FROM res.main WHERE 1=CONTAINS(POINT(ra, dec), CIRCLE(10.5, -5.5, 0.1))">/tap/sync</url>
      <code>
        assert self.getVOTableRows(), "nothing found"
      </code>
    </regTest>
  </regSuite>
</resource>
