<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Wide fields of "two" galaxies &lt;test&gt; &amp; more</meta>
  <meta name="description">
    Images of M 31 and M 33 in three bands, which no telescope has taken. They show a service
    for images as it should be.
  </meta>
  <meta name="subject">galaxies</meta>
  <meta name="subject">ccd-photometry</meta>

  <meta name="creator">Doe, J.; Roe, R.</meta>
  <meta name="instrument">WFI</meta>
  <meta name="facility">1.2m Schmidt</meta>
  <meta name="source">2015A&amp;A...574A..10D</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Archive</meta>
  <meta name="coverage.waveband">Optical</meta>

  <table id="images" onDisk="True" adql="True">
    <meta name="description">
      Images of M 31 and M 33 in three bands, which no telescope has taken. They show a service
      for images as it should be.
    </meta>
    <meta name="_associatedDatalinkService">
      <meta name="serviceId">dl</meta>
      <meta name="idColumn">pub_did</meta>
    </meta>

    <mixin>//siap#pgs</mixin>
    <mixin
      dataproduct_type="'image'"
      calib_level="2"
      obs_collection="'Schmidt''s'"
      obs_publisher_did="pub_did"
      target_name="target_name"
      target_class="target_class"
      s_fov="sqrt((pixelScale[1]*pixelSize[1])^2+(pixelScale[2]*pixelSize[2])^2)"
      s_resolution="NULL"
      t_exptime="t_exptime"
      t_min="t_min"
      t_max="t_max"
      o_ucd="'phot.count'"
      >//obscore#publishSIAP</mixin>

    <column name="pub_did" type="text" required="True" ucd="meta.ref.ivoid"
      tablehead="Identifier" verbLevel="15"
      description="Identifier of the image, for Datalink."/>
    <column name="target_name" type="text" ucd="meta.id;src"
      tablehead="Object" verbLevel="5"
      description="Name of the object.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="target_class" type="text" ucd="src.class"
      tablehead="Class" verbLevel="15"
      description="Class of the object."/>
    <column name="t_exptime" type="double precision" unit="s" ucd="time.duration;obs.exposure"
      tablehead="Exposure" verbLevel="10"
      description="Exposure time."/>
    <column name="t_min" type="double precision" unit="d" ucd="time.start;obs.exposure" xtype="mjd"
      tablehead="Begin" verbLevel="15" displayHint="type=humanDate"
      description="Begin of the exposure, MJD."/>
    <column name="t_max" type="double precision" unit="d" ucd="time.end;obs.exposure" xtype="mjd"
      tablehead="End" verbLevel="15" displayHint="type=humanDate"
      description="End of the exposure, MJD."/>

    <!-- What the files tell besides. -->
    <column name="date_obs" type="timestamp" unit="" ucd="time.epoch"
      tablehead="DATE-OBS"
      description="Start of exposure, UTC."/>
    <column name="airmass" type="real" unit="" ucd="obs.airMass"
      tablehead="AIRMASS"
      description="Airmass at start."/>
    <column name="seeing" type="real" unit="arcsec" ucd="instr.obsty.seeing"
      tablehead="SEEING"
      description="FWHM."/>

    <index columns="pub_did"/>
    <index columns="dateObs"/>
    <index columns="bandpassLo, bandpassHi"/>
    <index columns="t_min"/>
    <index columns="t_max"/>
    <index columns="target_name"/>
  </table>

  <coverage>
    <updater sourceTable="images"/>
  </coverage>

  <data id="import">
    <sources pattern="data/*.fits" recurse="False"/>
    <fitsProdGrammar qnd="True">
      <rowfilter procDef="//products#define">
        <bind name="table">"\schema.images"</bind>
      </rowfilter>
    </fitsProdGrammar>

    <make table="images">
      <rowmaker>
        <var key="title_" nullExcs="KeyError, TypeError">'Image of ' + @OBJECT</var>
        <var key="target_" nullExcs="KeyError, TypeError">@OBJECT</var>
        <var key="class_">None</var>
        <var key="instrument_" nullExcs="KeyError, TypeError">@INSTRUME</var>
        <var key="exposure_" nullExcs="KeyError, TypeError">@EXPTIME</var>
        <var key="begin_" nullExcs="KeyError, TypeError">dateTimeToMJD(parseISODT(@DATE_OBS))</var>
        <var key="end_" nullExcs="KeyError, TypeError">dateTimeToMJD(parseISODT(@DATE_OBS)) + (@EXPTIME)/86400</var>
        <var key="shortest_" nullExcs="KeyError, TypeError">{'B': 3.915e-07, 'V': 5.03e-07, 'R': 5.62e-07}.get(@FILTER)</var>
        <var key="longest_" nullExcs="KeyError, TypeError">{'B': 4.805e-07, 'V': 5.87e-07, 'R': 7.2e-07}.get(@FILTER)</var>
        <var key="middle_" nullExcs="KeyError, TypeError">dateTimeToMJD(parseISODT(@DATE_OBS)) + (@EXPTIME)/172800</var>
        <var key="band_" nullExcs="KeyError, TypeError">@FILTER</var>
        <map key="pub_did">\standardPubDID</map>
        <map key="target_name">@target_</map>
        <map key="target_class">@class_</map>
        <map key="t_exptime">@exposure_</map>
        <map key="t_min">@begin_</map>
        <map key="t_max">@end_</map>
        <apply procDef="//siap#computePGS">
          <bind name="missingIsError">False</bind>
        </apply>
        <apply procDef="//siap#setMeta">
          <bind name="title">@title_</bind>
          <bind name="instrument">@instrument_</bind>
          <bind name="dateObs">@middle_</bind>
          <bind name="bandpassId">@band_</bind>
          <bind name="bandpassLo">@shortest_</bind>
          <bind name="bandpassHi">@longest_</bind>
          <bind name="pixflags">"C"</bind>
        </apply>
        <map key="date_obs" nullExcs="KeyError, TypeError">parseISODT(@DATE_OBS)</map>
        <map key="airmass" source="AIRMASS"/>
        <map key="seeing" source="SEEING"/>
      </rowmaker>
    </make>
  </data>

  <service id="i" allowed="siap.xml,form">
    <meta name="title">Wide fields of "two" galaxies &lt;test&gt; &amp; more</meta>
    <meta name="shortName">res images</meta>
    <meta name="sia.type">Pointed</meta>
    <meta name="testQuery.pos.ra">10.0</meta>
    <meta name="testQuery.pos.dec">-20.0</meta>
    <meta name="testQuery.size.ra">0.1</meta>
    <meta name="testQuery.size.dec">0.1</meta>
    <publish render="siap.xml" sets="ivo_managed"/>
    <publish render="form" sets="local,ivo_managed"/>
    <dbCore queriedTable="images">
      <condDesc original="//siap#protoInput"/>
      <condDesc original="//siap#humanInput"/>
      <condDesc buildFrom="dateObs"/>
      <condDesc buildFrom="bandpassId"/>
    </dbCore>
  </service>
  <!-- SIAP 2 in this DaCHS asks ivoa.obscore, which has these images, too. -->
  <service id="i2" allowed="siap2.xml">
    <meta name="title">Wide fields of "two" galaxies &lt;test&gt; &amp; more</meta>
    <meta name="shortName">res images 2</meta>
    <meta name="sia.type">Pointed</meta>
    <meta name="testQuery.pos.ra">10.0</meta>
    <meta name="testQuery.pos.dec">-20.0</meta>
    <meta name="testQuery.size.ra">0.1</meta>
    <meta name="testQuery.size.dec">0.1</meta>
    <publish render="siap2.xml" sets="ivo_managed"/>
    <dbCore queriedTable="//obscore#ObsCore">
      <FEED source="//siap2#parameters"/>
      <condDesc combining="True">
        <phraseMaker>
          <code>
            yield "source_table='res.images'"
          </code>
        </phraseMaker>
      </condDesc>
    </dbCore>
  </service>
  <service id="dl" allowed="dlmeta,dlget">
    <meta name="title">Wide fields of "two" galaxies &lt;test&gt; &amp; more: links</meta>
    <meta name="description">Links to a file, and cutouts of the image in it.</meta>
    <datalinkCore>
      <descriptorGenerator procDef="//soda#fits_genDesc">
        <bind name="accrefPrefix">"res/data/"</bind>
      </descriptorGenerator>
      <FEED source="//soda#fits_standardDLFuncs"/>
    </datalinkCore>
  </service>
  <!-- Each test asks with what the one before it has found, so that they work whatever is imported. -->
  <regSuite title="res" sequential="True">
    <regTest title="SIAP 1 finds images">
      <url POS="10.0,-20.0" SIZE="0.1" FORMAT="ALL">i/siap.xml</url>
      <code>
        row = self.getVOTableRows()[0]
        assert row["accref"].startswith("http"), row["accref"]
        assert row["mime"]=="image/fits", row["mime"]
      </code>
    </regTest>
    <regTest title="SIAP 2 finds images">
      <url POS="CIRCLE 10.0 -20.0 0.1">i2/siap2.xml</url>
      <code>
        row = self.getVOTableRows()[0]
        assert row["dataproduct_type"]=="image", row["dataproduct_type"]
        self.followUp.url.content_ = "/tap/sync?"+urllib.parse.urlencode({"LANG": "ADQL", "REQUEST": "doQuery",
          "QUERY": "SELECT * FROM ivoa.obscore WHERE obs_publisher_did='%s'"%row["obs_publisher_did"]})
      </code>
    </regTest>
    <regTest title="ObsCore has them, too">
      <url>/tap/sync</url>
      <code>
        row = self.getFirstVOTableRow()
        assert row["source_table"]=="res.images", row["source_table"]
        assert row["s_fov"]>0, row["s_fov"]
        assert row["t_min"] is None or row["t_max"]>=row["t_min"], row
        did = urllib.parse.quote_plus(row["obs_publisher_did"])
        self.followUp.cutout = "dl/dlget?PIXEL_1=1%202&amp;PIXEL_2=1%203&amp;ID="+did
        self.followUp.url.content_ = "dl/dlmeta?ID="+did
      </code>
    </regTest>
    <regTest title="Datalink tells of the file, its preview and the cutouts">
      <url>dl/dlmeta</url>
      <code>
        self.assertHasStrings("#this", "#preview", "#proc", "PIXEL_1", "CIRCLE")
        self.followUp.url.content_ = self.cutout
      </code>
    </regTest>
    <regTest title="A cutout has the pixels that were asked for">
      <url>dl/dlget</url>
      <code>
        import re
        # ZNAXIS1, where images are compressed.
        assert re.search(rb"NAXIS1 *= +2 ", self.data) and re.search(rb"NAXIS2 *= +3 ", self.data), self.data[:300]
      </code>
    </regTest>
  </regSuite>
</resource>
