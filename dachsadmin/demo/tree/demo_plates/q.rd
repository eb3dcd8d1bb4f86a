<resource schema="demo_plates" resdir="demo_plates">
  <!-- DaCHS stops at the first fault in here; dachsadmin val shows the others too. -->
  <meta name="title">Plates that Nobody has Scanned yet</meta>
  <meta name="creationDate">2026-01-15T12:00:00Z</meta>
  <meta name="description">An archive of photographic plates, still to be filled.</meta>
  <meta name="subject">photographic-photometry</meta>
  <meta name="creator">dachsadmin</meta>

  <table id="plates" onDisk="True">
    <meta name="description">One row per plate.</meta>
    <index columns="plate_number"/>
    <column name="plate_no" type="integer" required="True" ucd="meta.id;meta.main"
      description="Number on the envelope."/>
    <column name="exposure" units="s" ucd="time.duration;obs.exposure"
      description="Exposure time."/>
  </table>

  <data id="import">
    <sources>data/*.csv</sources>
    <csvGrammar/>
    <make table="plate">
      <rowmaker idmaps="*">
        <map key="exposure">parseTime(@exposure</map>
      </rowmaker>
    </make>
  </data>
</resource>
