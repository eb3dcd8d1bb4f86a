<resource schema="demo_weather" resdir="demo_weather">
  <!-- DaCHS loads, imports and serves this; still, several things in it are wrong. -->
  <meta name="title">Weather at the Dome</meta>
  <meta name="creationDate">2026-01-15T12:00:00Z</meta>
  <meta name="description">Seeing, temperature and wind, once a night.</meta>
  <meta name="subject">astronomical-seing</meta>
  <meta name="creator">dachsadmin</meta>

  <table id="nights" onDisk="True" adql="True">
    <meta name="description">One row per night.</meta>
    <column name="night" type="date" ucd="time.epoch"
      description="Date of the evening."/>
    <column name="seeing" unit="arcsecs" ucd="instr.obsty.seeing"
      description="Median seeing at zenith."/>
    <column name="temperature" unit="degC" ucd="phys.temperatur"
      description="Temperature at midnight."/>
    <column name="wind" unit="km/hour" ucd="phys.veloc"/>
  </table>

  <data id="import">
    <sources>data/nights.csv</sources>
    <csvGrammar/>
    <make table="nights">
      <rowmaker idmaps="*"/>
    </make>
  </data>

  <service id="web" allowed="form">
    <meta name="title">Weather at the Dome, by Date</meta>
    <meta name="shortName">weather at the dome</meta>
    <publish render="form" sets="local,ivo_managed"/>
    <dbCore queriedTable="nights">
      <condDesc buildFrom="night"/>
    </dbCore>
  </service>
</resource>
