<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Images in ObsCore</meta>
  <meta name="description">
    Images that are found by what ObsCore tells of them.
  </meta>
  <meta name="subject">galaxies</meta>

  <meta name="creator">Doe, J.; Roe, R.</meta>
  <meta name="instrument">WFI</meta>
  <meta name="facility">1.2m Schmidt</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Archive</meta>
  <meta name="coverage.waveband">Optical</meta>

  <table id="datasets" onDisk="True" adql="True">
    <meta name="description">
      Images that are found by what ObsCore tells of them.
    </meta>
    <publish sets="ivo_managed,local"/>

    <mixin>//products#table</mixin>
    <mixin>//scs#pgs-pos-index</mixin>
    <stc>Position ICRS "s_ra" "s_dec"</stc>

    <!-- What ObsCore gets: SQL over the columns below, constants in single quotes, NULL where nothing is known. -->
    <mixin
      dataproduct_type="'image'"
      calib_level="2"
      obs_collection="'Schmidt''s'"
      obs_id="obs_id"
      obs_title="obs_title"
      obs_publisher_did="pub_did"
      access_url="accref"
      access_format="mime"
      access_estsize="accsize/1024"
      target_name="target_name"
      target_class="target_class"
      s_ra="s_ra"
      s_dec="s_dec"
      s_fov="s_fov"
      s_region="s_region"
      s_xel1="s_xel1"
      s_xel2="s_xel2"
      t_min="t_min"
      t_max="t_max"
      t_exptime="t_exptime"
      em_min="em_min"
      em_max="em_max"
      em_res_power="em_res_power"
      o_ucd="'phot.count'"
      facility_name="'1.2m Schmidt'"
      instrument_name="'WFI'"
      >//obscore#publish</mixin>

    <column name="pub_did" type="text" required="True" ucd="meta.ref.ivoid;meta.main"
      tablehead="Identifier" verbLevel="1"
      description="Identifier that we have given to the data set."/>
    <column name="obs_id" type="text" required="True" ucd="meta.id;obs"
      tablehead="Observation" verbLevel="5"
      description="Identifier of the observation."/>
    <column name="obs_title" type="text" ucd="meta.title;obs"
      tablehead="Title" verbLevel="5"
      description="Title of the data set."/>
    <column name="target_name" type="text" ucd="meta.id;src"
      tablehead="Object" verbLevel="5"
      description="Name of the object.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="target_class" type="text" ucd="src.class"
      tablehead="Class" verbLevel="15"
      description="Class of the object."/>
    <column name="s_ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"
      tablehead="RA" verbLevel="1"
      description="ICRS right ascension of the centre.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="s_dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="Dec" verbLevel="1"
      description="ICRS declination of the centre.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="s_fov" type="double precision" unit="deg" ucd="phys.angSize;instr.fov"
      tablehead="Field" verbLevel="5"
      description="Diameter of what is seen of the sky."/>
    <column name="s_region" type="spoly" ucd="pos.outline;obs.field"
      tablehead="Outline" verbLevel="30"
      description="Outline of what is seen of the sky."/>
    <column name="s_xel1" type="integer" required="True" ucd="meta.number"
      tablehead="Width" verbLevel="15"
      description="Pixels along the first axis."/>
    <column name="s_xel2" type="integer" required="True" ucd="meta.number"
      tablehead="Height" verbLevel="15"
      description="Pixels along the second axis."/>
    <column name="t_min" type="double precision" unit="d" ucd="time.start;obs.exposure" xtype="mjd"
      tablehead="Begin" verbLevel="10" displayHint="type=humanDate"
      description="Begin of the exposure, MJD."/>
    <column name="t_max" type="double precision" unit="d" ucd="time.end;obs.exposure" xtype="mjd"
      tablehead="End" verbLevel="10" displayHint="type=humanDate"
      description="End of the exposure, MJD."/>
    <column name="t_exptime" type="double precision" unit="s" ucd="time.duration;obs.exposure"
      tablehead="Exposure" verbLevel="10"
      description="Exposure time."/>
    <column name="em_min" type="double precision" unit="m" ucd="em.wl;stat.min"
      tablehead="From" verbLevel="10"
      description="Least wavelength."/>
    <column name="em_max" type="double precision" unit="m" ucd="em.wl;stat.max"
      tablehead="To" verbLevel="10"
      description="Largest wavelength."/>
    <column name="em_res_power" type="double precision" unit="" ucd="spect.resolution"
      tablehead="Resolution" verbLevel="15"
      description="Resolving power."/>

    <index columns="pub_did"/>
    <index columns="obs_id"/>
    <index columns="target_name"/>
    <index columns="t_min"/>
    <index columns="t_max"/>
    <index columns="em_min, em_max"/>
    <index columns="s_region" method="GIST"/>
  </table>

  <coverage>
    <updater sourceTable="datasets"/>
  </coverage>

  <data id="import">
    <sources pattern="data/*.fits" recurse="False"/>
    <fitsProdGrammar qnd="True">
      <rowfilter procDef="//products#define">
        <bind name="table">"\schema.datasets"</bind>
        <bind name="mime">"image/fits"</bind>
      </rowfilter>
    </fitsProdGrammar>
    <make table="datasets">
      <rowmaker>
        <apply name="place">
          <code>
            vars["outline_"] = coords.getSpolyFromWCSFields(vars)
            vars["centre_"] = coords.getCenterFromWCSFields(vars)
            corners = vars["outline_"].asCooPairs()
            vars["diameter_"] = coords.getGCDist(corners[0], corners[2])
          </code>
        </apply>
        <map key="s_ra">@centre_[0]</map>
        <map key="s_dec">@centre_[1]</map>
        <map key="s_fov">@diameter_</map>
        <map key="s_region">@outline_</map>
        <map key="s_xel1">@NAXIS1</map>
        <map key="s_xel2">@NAXIS2</map>
        <map key="pub_did">\standardPubDID</map>
        <map key="obs_id">str(@prodtblAccref)</map>
        <map key="obs_title" nullExcs="KeyError, TypeError">'Image of ' + @OBJECT</map>
        <map key="target_name" nullExcs="KeyError, TypeError">@OBJECT</map>
        <map key="target_class">None</map>
        <map key="t_min" nullExcs="KeyError, TypeError">dateTimeToMJD(parseISODT(@DATE_OBS))</map>
        <map key="t_max" nullExcs="KeyError, TypeError">dateTimeToMJD(parseISODT(@DATE_OBS)) + (@EXPTIME)/86400</map>
        <map key="t_exptime" nullExcs="KeyError, TypeError">@EXPTIME</map>
        <map key="em_min" nullExcs="KeyError, TypeError">{'B': 3.915e-07, 'V': 5.03e-07, 'R': 5.62e-07}.get(@FILTER)</map>
        <map key="em_max" nullExcs="KeyError, TypeError">{'B': 4.805e-07, 'V': 5.87e-07, 'R': 7.2e-07}.get(@FILTER)</map>
        <map key="em_res_power">None</map>
      </rowmaker>
    </make>
  </data>

  <!-- Each test asks with what the one before it has found, so that they work whatever is imported. -->
  <regSuite title="res" sequential="True">
    <regTest title="ObsCore has the data sets, each at its place and in its time">
      <url parSet="TAP" QUERY="SELECT TOP 1 * FROM ivoa.obscore WHERE source_table='res.datasets'">/tap/sync</url>
      <code>
        row = self.getFirstVOTableRow()
        assert row["dataproduct_type"]=="image", row["dataproduct_type"]
        assert row["obs_publisher_did"].startswith("ivo://"), row["obs_publisher_did"]
        for low, high in [("t_min", "t_max"), ("em_min", "em_max")]:
          assert row[low] is None or row[high] is None or row[high]>=row[low], (low, row[low], row[high])
        self.followUp.url.content_ = row["access_url"]
      </code>
    </regTest>
    <regTest title="A data set can be fetched">
      <url>/getproduct</url>
      <code>
        self.assertHTTPStatus(200)
      </code>
    </regTest>
  </regSuite>
</resource>
