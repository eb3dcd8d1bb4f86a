<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Craters that are nowhere</meta>
  <meta name="description">
    A catalogue of a few artificial craters.
  </meta>
  <meta name="subject">solar-system-astronomy</meta>

  <meta name="creator">Doe, J.</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Archive</meta>
  <meta name="coverage.waveband">Optical</meta>

  <table id="epn_core" onDisk="True" adql="True" primary="granule_uid">
    <meta name="description">
      A catalogue of a few artificial craters.
    </meta>
    <publish sets="ivo_managed,local"/>
    <mixin
      spatial_frame_type="body"
      optional_columns="access_url access_format access_estsize target_region"
      >//epntap2#table-2_0</mixin>
    <column name="diameter" type="real" unit="km" ucd="phys.size.diameter"
      tablehead="diameter"
      description="Diameter of the crater."/>

    <index columns="target_name"/>
    <index columns="time_min, time_max"/>
    <index columns="c1min, c1max"/>
    <index columns="c2min, c2max"/>
  </table>

  <coverage>
    <updater sourceTable="epn_core"/>
  </coverage>

  <data id="import">
    <sources pattern="data/*.csv" recurse="False"/>
    <csvGrammar>
    </csvGrammar>

    <make table="epn_core">
      <rowmaker idmaps="*">
        <var key="begin_">None</var>
        <var key="end_">None</var>
        <var key="shortest_">None</var>
        <var key="longest_">None</var>
        <var key="exposure_">None</var>
        <var key="ra_">None</var>
        <var key="dec_">None</var>
        <apply procDef="//epntap2#populate-2_0" name="fill_epn_core">
          <bind key="granule_uid">str(@id).strip()</bind>
          <bind key="granule_gid">"ci"</bind>
          <bind key="obs_id">str(@id).strip()</bind>
          <bind key="dataproduct_type">"ci"</bind>
          <bind key="target_name">@body</bind>
          <bind key="target_class">"satellite"</bind>
          <bind key="measurement_type">"phys.size.diameter"</bind>
          <bind key="processing_level">5</bind>
          <bind key="instrument_host_name">"Archive"</bind>
          <bind key="time_min">None if @begin_ is None else @begin_+2400000.5</bind>
          <bind key="time_max">None if @end_ is None else @end_+2400000.5</bind>
          <bind key="time_exp_min">@exposure_</bind>
          <bind key="time_exp_max">@exposure_</bind>
          <bind key="spectral_range_min">299792458./@longest_ if @longest_ else None</bind>
          <bind key="spectral_range_max">299792458./@shortest_ if @shortest_ else None</bind>
          <bind key="c1min">float(@lon)</bind>
          <bind key="c1max">float(@lon)</bind>
          <bind key="c2min">float(@lat)</bind>
          <bind key="c2max">float(@lat)</bind>
          <bind key="creation_date">\sourceDate</bind>
          <bind key="modification_date">\sourceDate</bind>
          <bind key="release_date">parseTimestamp("2026-11-22T12:00:00", "%Y-%m-%dT%H:%M:%S")</bind>
          <bind key="service_title">"res"</bind>
        </apply>
        <map key="access_url" nullExcs="KeyError, TypeError">@url</map>
        <map key="access_format">"application/octet-stream"</map>
        <map key="access_estsize">None</map>
        <map key="target_region">"Surface"</map>
        <map key="diameter" source="diameter"/>
      </rowmaker>
    </make>
  </data>

  <regSuite title="res">
    <regTest title="EPN-TAP has data with a target and a type">
      <url parSet="TAP" QUERY="SELECT TOP 1 * FROM res.epn_core">/tap/sync</url>
      <code>
        row = self.getFirstVOTableRow()
        assert row["dataproduct_type"]=="ci", row["dataproduct_type"]
        assert row["target_name"], "no target"
      </code>
    </regTest>
  </regSuite>
</resource>
