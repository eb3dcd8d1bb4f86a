<!-- dachsadmin: ignore DA600 its rows have neither places nor times -->
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

    <!-- dachsadmin: ignore DA202 the unit that the data come in -->
    <column name="wavelength" type="double precision" unit="Angstrom" ucd="em.wl"
      tablehead="lambda"
      description="Wavelength in air."/>
    <column name="ion" type="text" unit="" ucd="phys.atmol.element"
      tablehead="ion"
      description="Ion that has the line."/>
    <column name="ew" type="real" unit="0.1nm" ucd="spect.line.eqWidth"
      tablehead="EW"
      description="Equivalent width."/>
    <column name="date_beg" type="timestamp" unit="" ucd="time.start"
      tablehead="DATE-BEG"
      description="Begin of the measurement."/>
    <column name="date_end" type="timestamp" unit="" ucd="time.end"
      tablehead="DATE-END"
      description="End of the measurement."/>

  </table>

  <data id="import">
    <sources pattern="data/lines.txt" recurse="False"/>
    <columnGrammar topIgnoredLines="1">
      <colDefs>
        c1: 1-10
        c2: 12-20
        c3: 22-30
        c4: 32-50
        c5: 52-70
      </colDefs>
</columnGrammar>
    <make table="main">
      <rowmaker>
        <map key="wavelength" nullExcs="KeyError, TypeError">float(@c1)</map>
        <map key="ion" nullExcs="KeyError, TypeError">@c2.strip()</map>
        <map key="ew" nullExcs="KeyError, TypeError">parseFloat(@c3)</map>
        <map key="date_beg" nullExcs="KeyError, TypeError">parseISODT(@c4)</map>
        <map key="date_end" nullExcs="KeyError, TypeError">parseISODT(@c5)</map>
      </rowmaker>
    </make>
  </data>

  <regSuite title="res">
    <regTest title="TAP has rows with all columns">
      <url parSet="TAP" QUERY="SELECT TOP 5 * FROM res.main">/tap/sync</url>
      <code>
        rows = self.getVOTableRows()
        assert rows, "no rows"
        missing = {"wavelength", "ion", "ew", "date_beg", "date_end"}-set(rows[0])
        assert not missing, missing
      </code>
    </regTest>
  </regSuite>
</resource>
