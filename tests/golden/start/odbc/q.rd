<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Objects of another database</meta>
  <meta name="description">
    Stars that another database keeps. They are copied from there with each import, and can be
    queried here by TAP.
  </meta>
  <meta name="subject">surveys</meta>

  <meta name="creator">Doe, J.</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Catalog</meta>
  <meta name="coverage.waveband">Optical</meta>

  <table id="main" onDisk="True" adql="True" primary="id">
    <meta name="description">
      Stars that another database keeps. They are copied from there with each import, and can be
      queried here by TAP.
    </meta>
    <publish sets="ivo_managed,local"/>
    <column name="id" type="bigint" unit="" ucd="meta.id;meta.main"
      tablehead="id"
      description="Number of the object.">
      <values nullLiteral="-1"/>
    </column>
    <column name="obj_name" type="text" unit="" ucd="meta.id"
      tablehead="Name"
      description="The 'usual' name, &lt;&amp;&gt;."/>
    <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"
      tablehead="ra"
      description="Right ascension."/>
    <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="dec"
      description="Declination."/>
    <column name="mag" type="real" unit="mag" ucd="phot.mag;em.opt.V"
      tablehead="mag"
      description="Visual magnitude."/>
    <column name="n" type="integer" unit="" ucd="meta.number"
      tablehead="n"
      description="Observations.">
      <values nullLiteral="-2147483648"/>
    </column>
    <column name="seen" type="timestamp" unit="" ucd="time.epoch;obs"
      tablehead="seen"
      description="When it was seen last."/>
    <column name="obs_day" type="date" unit="" ucd="time.epoch;obs"
      tablehead="day"
      description="The day of that."/>
    <column name="price" type="double precision" unit="" ucd="stat.value"
      tablehead="price"
      description="What it costs."/>

    <FEED source="//scs#splitPosIndex" columns="ra, dec" long="ra" lat="dec"/>
  </table>

  <coverage>
    <updater sourceTable="main"/>
  </coverage>

  <!-- Each import copies all rows anew. The file has a single line, the connection string of ODBC, such as
    DRIVER={PostgreSQL Unicode};SERVER=db.example.org;PORT=5432;DATABASE=catalogue;UID=reader;PWD=secret
    Nobody but who runs dachs imp may read it: chmod 600, and it never belongs into a repository. -->
  <data id="import">
    <sources>/var/gavo/etc/odbc/res</sources>
    <odbcGrammar>
      <query>
        SELECT
          id AS "id",
          "Name" AS "obj_name",
          ra AS "ra",
          dec AS "dec",
          mag AS "mag",
          n AS "n",
          seen AS "seen",
          "day" AS "obs_day",
          price AS "price"
        FROM cat.objects
      </query>
    </odbcGrammar>
    <make table="main">
      <rowmaker idmaps="*"/>
    </make>
  </data>

  <regSuite title="res">
    <regTest title="TAP has rows of the other database">
      <url parSet="TAP" QUERY="SELECT TOP 5 * FROM res.main">/tap/sync</url>
      <code>
        rows = self.getVOTableRows()
        assert rows, "no rows"
      </code>
    </regTest>
  </regSuite>
</resource>
