<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Images of Mars that nobody has taken</meta>
  <meta name="description">
    Artificial images of Mars and its moons, which show a service for EPN-TAP as it should be.
  </meta>
  <meta name="subject">solar-system-astronomy</meta>

  <meta name="creator">Doe, J.</meta>
  <meta name="instrument">Camera</meta>
  <meta name="facility">Z84</meta>
  <meta name="source">2026NoMrs..1....1D</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Archive</meta>
  <meta name="coverage.waveband">Optical</meta>
  <FEED source="//procs#license-cc0" what="Images of Mars that nobody has taken"/>

  <table id="epn_core" onDisk="True" adql="True" primary="granule_uid">
    <meta name="description">
      Artificial images of Mars and its moons, which show a service for EPN-TAP as it should be.
    </meta>
    <publish sets="ivo_managed,local"/>
    <mixin
      spatial_frame_type="celestial"
      optional_columns="access_url access_format access_estsize file_name thumbnail_url ra dec filter bib_reference"
      >//epntap2#table-2_0</mixin>
    <mixin>//epntap2#localfile-2_0</mixin>
    <column name="seeing" type="real" unit="arcsec" ucd="instr.obsty.seeing"
      tablehead="SEEING"
      description="Seeing."/>

    <index columns="target_name"/>
    <index columns="time_min, time_max"/>
    <FEED source="//scs#splitPosIndex" columns="ra, dec" long="ra" lat="dec"/>
  </table>

  <coverage>
    <updater sourceTable="epn_core"/>
  </coverage>

  <data id="import">
    <sources pattern="data/*.fits" recurse="False"/>
    <fitsProdGrammar qnd="True">
      <rowfilter procDef="//products#define">
        <bind name="table">"\schema.epn_core"</bind>
      </rowfilter>
    </fitsProdGrammar>

    <make table="epn_core">
      <rowmaker idmaps="*">
        <var key="begin_" nullExcs="KeyError, TypeError">dateTimeToMJD(parseTimestamp(@DATE_OBS))-(@EXPTIME)/172800</var>
        <var key="end_" nullExcs="KeyError, TypeError">dateTimeToMJD(parseTimestamp(@DATE_OBS))+(@EXPTIME)/172800</var>
        <var key="shortest_">4e-07</var>
        <var key="longest_">7e-07</var>
        <var key="exposure_" nullExcs="KeyError, TypeError">@EXPTIME</var>
        <var key="ra_" nullExcs="KeyError, TypeError">@RA</var>
        <var key="dec_" nullExcs="KeyError, TypeError">@DEC</var>
        <apply procDef="//epntap2#populate-2_0" name="fill_epn_core">
          <bind key="granule_uid">\srcstem</bind>
          <bind key="granule_gid">"im"</bind>
          <bind key="obs_id">\srcstem</bind>
          <bind key="dataproduct_type">"im"</bind>
          <bind key="target_name">@OBJECT</bind>
          <bind key="target_class">"planet"</bind>
          <bind key="measurement_type">"phot.flux;em.opt"</bind>
          <bind key="processing_level">3</bind>
          <bind key="instrument_host_name">@TELESCOP</bind>
          <bind key="time_min">None if @begin_ is None else @begin_+2400000.5</bind>
          <bind key="time_max">None if @end_ is None else @end_+2400000.5</bind>
          <bind key="time_exp_min">@exposure_</bind>
          <bind key="time_exp_max">@exposure_</bind>
          <bind key="spectral_range_min">299792458./@longest_ if @longest_ else None</bind>
          <bind key="spectral_range_max">299792458./@shortest_ if @shortest_ else None</bind>
          <bind key="instrument_name">@INSTRUME</bind>
          <bind key="c1min">@ra_</bind>
          <bind key="c1max">@ra_</bind>
          <bind key="c2min">@dec_</bind>
          <bind key="c2max">@dec_</bind>
          <bind key="creation_date">\sourceDate</bind>
          <bind key="modification_date">\sourceDate</bind>
          <bind key="release_date">parseTimestamp("2026-11-22T12:00:00", "%Y-%m-%dT%H:%M:%S")</bind>
          <bind key="service_title">"res"</bind>
        </apply>
        <apply procDef="//epntap2#populate-localfile-2_0"/>
        <map key="access_format">@prodtblMime</map>
        <map key="file_name">os.path.basename(@prodtblAccref)</map>
        <map key="thumbnail_url">makeProductLink(@prodtblAccref)+"?preview=True"</map>
        <map key="ra">@ra_</map>
        <map key="dec">@dec_</map>
        <map key="filter" nullExcs="KeyError, TypeError">@FILTER</map>
        <map key="bib_reference">"2026NoMrs..1....1D"</map>
        <map key="seeing" source="SEEING"/>
      </rowmaker>
    </make>
  </data>

  <regSuite title="res">
    <regTest title="EPN-TAP has data with a target and a type">
      <url parSet="TAP" QUERY="SELECT TOP 1 * FROM res.epn_core">/tap/sync</url>
      <code>
        row = self.getFirstVOTableRow()
        assert row["dataproduct_type"]=="im", row["dataproduct_type"]
        assert row["target_name"], "no target"
      </code>
    </regTest>
  </regSuite>
</resource>
