<resource schema="demo_stars" resdir="demo_stars">
  <meta name="title">Twenty Bright Stars</meta>
  <meta name="creationDate">2026-01-15T12:00:00Z</meta>
  <meta name="description">
    Positions, proper motions and magnitudes of twenty stars that everybody
    knows by name. It is here to show a resource that is as it should be.
  </meta>
  <meta name="subject">astrometry</meta>
  <meta name="creator">dachsadmin</meta>
  <meta name="contentLevel">Amateur</meta>
  <meta name="type">Catalog</meta>
  <meta name="coverage.waveband">Optical</meta>

  <table id="main" onDisk="True" adql="True" mixin="//scs#pgs-pos-index" primary="name">
    <meta name="description">Twenty bright stars.</meta>

    <column name="name" type="text"
      ucd="meta.id;meta.main"
      tablehead="Name"
      description="The proper name of the star."
      verbLevel="1"/>
    <column name="ra" type="double precision"
      ucd="pos.eq.ra;meta.main" unit="deg"
      tablehead="RA"
      description="Right ascension, ICRS, epoch J2000."
      verbLevel="1"/>
    <column name="dec" type="double precision"
      ucd="pos.eq.dec;meta.main" unit="deg"
      tablehead="Dec"
      description="Declination, ICRS, epoch J2000."
      verbLevel="1"/>
    <column name="pm_ra"
      ucd="pos.pm;pos.eq.ra" unit="mas/yr"
      tablehead="PM RA"
      description="Proper motion in right ascension, cos(Dec) applied."/>
    <column name="pm_dec"
      ucd="pos.pm;pos.eq.dec" unit="mas/yr"
      tablehead="PM Dec"
      description="Proper motion in declination."/>
    <column name="v_mag"
      ucd="phot.mag;em.opt.V" unit="mag"
      tablehead="V"
      description="Magnitude in Johnson V."
      verbLevel="1"/>
    <column name="sp_type" type="text"
      ucd="src.spType"
      tablehead="Type"
      description="Spectral type."/>
  </table>

  <coverage>
    <updater sourceTable="main"/>
    <spatial/>
  </coverage>

  <data id="import">
    <sources>data/stars.csv</sources>
    <csvGrammar/>
    <make table="main">
      <rowmaker idmaps="*"/>
    </make>
  </data>

  <service id="cone" allowed="scs.xml,form">
    <meta name="title">Twenty Bright Stars Cone Search</meta>
    <meta name="shortName">brightstars cone</meta>
    <meta name="testQuery">
      <meta name="ra">279.2</meta>
      <meta name="dec">38.8</meta>
      <meta name="sr">1</meta>
    </meta>
    <!-- sets="ivo_managed" would tell the VO's registry, too; that takes an authority of one's own in /etc/gavo.rc. -->
    <publish render="scs.xml" sets="local"/>
    <publish render="form" sets="local"/>
    <scsCore queriedTable="main">
      <FEED source="//scs#coreDescs"/>
    </scsCore>
  </service>

  <regSuite title="demo_stars">
    <regTest title="Vega is where it should be.">
      <url RA="279.2" DEC="38.8" SR="1">cone/scs.xml</url>
      <code>
        rows = self.getVOTableRows()
        self.assertEqual([row["name"] for row in rows], ["Vega"])
      </code>
    </regTest>
  </regSuite>
</resource>
