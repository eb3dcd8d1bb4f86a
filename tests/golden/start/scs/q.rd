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
    <mixin>//scs#pgs-pos-index</mixin>
    <stc>Position ICRS "ra" "dec"</stc>

    <column name="id" type="smallint" unit="" ucd="meta.id;meta.main"
      tablehead="id"
      description="Number of the star.">
      <values nullLiteral="-1"/>
    </column>
    <column name="name" type="text" unit="" ucd="meta.id"
      tablehead="name"
      description="Name of the star &amp; &lt;more&gt;."/>
    <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"
      tablehead="ra"
      description="Right ascension.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="dec"
      description="Declination.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="pmra" type="real" unit="mas/yr" ucd="pos.pm;pos.eq.ra"
      tablehead="pmRA"
      description="Proper motion in right ascension."/>
    <column name="vmag" type="real" unit="mag" ucd="phot.mag;em.opt.V"
      tablehead="Vmag"
      description="V magnitude.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="nobs" type="smallint" unit="" ucd="meta.number"
      tablehead="nobs"
      description="Number of observations.">
      <values nullLiteral="-1"/>
    </column>

    <index columns="id"/>
    <index columns="vmag"/>
  </table>

  <coverage>
    <updater spaceTable="main"/>
  </coverage>

  <data id="import">
    <sources pattern="data/*.csv" recurse="False"/>
    <csvGrammar>
</csvGrammar>
    <make table="main">
      <rowmaker>
        <map key="id" nullExcs="KeyError, TypeError">int(@id)</map>
        <map key="name" source="name"/>
        <map key="ra" nullExcs="KeyError, TypeError">float(@ra)</map>
        <map key="dec" nullExcs="KeyError, TypeError">float(@dec)</map>
        <map key="pmra" nullExcs="KeyError, TypeError">float(@pmRA)</map>
        <map key="vmag" nullExcs="KeyError, TypeError">None if @Vmag in ("",) else float(@Vmag)</map>
        <map key="nobs" nullExcs="KeyError, TypeError">None if @nobs in ("",) else int(@nobs)</map>
      </rowmaker>
    </make>
  </data>

  <service id="cone" allowed="scs.xml,form">
    <meta name="title">Stars with "names" &amp; &lt;positions&gt;</meta>
    <meta name="shortName">res cone</meta>
    <meta name="testQuery.ra">10.5</meta>
    <meta name="testQuery.dec">-5.5</meta>
    <meta name="testQuery.sr">0.1</meta>
    <publish render="scs.xml" sets="ivo_managed"/>
    <publish render="form" sets="ivo_managed,local"/>
    <scsCore queriedTable="main">
      <FEED source="//scs#coreDescs"/>
    </scsCore>
  </service>

  <regSuite title="res">
    <regTest title="The cone search finds objects, each with an identifier and a position">
      <url RA="10.5" DEC="-5.5" SR="0.1"
        MAXREC="5">cone/scs.xml</url>
      <code>
        for row in self.getVOTableRows():
          assert row["ra"] is not None, row
        assert self.getVOTableRows(), "nothing found"
        self.assertHasStrings("ID_MAIN", "POS_EQ_RA_MAIN", "POS_EQ_DEC_MAIN")
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
