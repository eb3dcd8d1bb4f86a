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

  <table id="files" onDisk="True" adql="True">
    <meta name="description">
      Images of M 31 and M 33 in three bands, which no telescope has taken. They show a service
      for images as it should be.
    </meta>
    <publish sets="ivo_managed,local"/>
    <meta name="_associatedDatalinkService">
      <meta name="serviceId">dl</meta>
      <meta name="idColumn">pub_did</meta>
    </meta>

    <mixin>//products#table</mixin>
    <mixin>//scs#pgs-pos-index</mixin>
    <stc>Position ICRS "ra" "dec"</stc>

    <column name="pub_did" type="text" required="True" ucd="meta.ref.ivoid;meta.main"
      tablehead="Identifier" verbLevel="1"
      description="Identifier of the file, for Datalink."/>
    <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"
      tablehead="RA" verbLevel="1"
      description="ICRS right ascension of the centre."/>
    <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="Dec" verbLevel="1"
      description="ICRS declination of the centre."/>

    <!-- What the files tell besides. -->
    <column name="object" type="text" unit="" ucd="meta.id"
      tablehead="OBJECT"
      description="Target."/>
    <column name="filter" type="text" unit="" ucd="meta.id;instr.filter"
      tablehead="FILTER"
      description="Filter name."/>
    <column name="exptime" type="real" unit="s" ucd="time.duration;obs.exposure"
      tablehead="EXPTIME"
      description="Exposure time."/>
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
  </table>

  <coverage>
    <updater spaceTable="files" timeTable="files"/>
  </coverage>

  <data id="import">
    <sources pattern="data/*.fits" recurse="False"/>
    <fitsProdGrammar qnd="True">
      <rowfilter procDef="//products#define">
        <bind name="table">"\schema.files"</bind>
      </rowfilter>
    </fitsProdGrammar>
    <make table="files">
      <rowmaker>
        <map key="pub_did">\standardPubDID</map>
        <apply name="centre">
          <code>
            vars["centre_"] = coords.getCenterFromWCSFields(vars)
          </code>
        </apply>
        <map key="ra">@centre_[0]</map>
        <map key="dec">@centre_[1]</map>
        <map key="object" source="OBJECT"/>
        <map key="filter" source="FILTER"/>
        <map key="exptime" source="EXPTIME"/>
        <map key="date_obs" nullExcs="KeyError, TypeError">parseISODT(@DATE_OBS)</map>
        <map key="airmass" source="AIRMASS"/>
        <map key="seeing" source="SEEING"/>
      </rowmaker>
    </make>
  </data>

  <service id="dl" allowed="dlmeta,dlget">
    <meta name="title">Wide fields of "two" galaxies &lt;test&gt; &amp; more: links</meta>
    <meta name="shortName">res dl</meta>
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
    <regTest title="TAP has the files">
      <url parSet="TAP" QUERY="SELECT TOP 1 * FROM res.files">/tap/sync</url>
      <code>
        row = self.getFirstVOTableRow()
        # Tables for SIAP 2 call it access_url.
        url = row["accref"] if "accref" in row else row["access_url"]
        file = urllib.parse.quote_plus(url.partition("/getproduct/")[2])
        self.followUp.cutout = "dl/dlget?PIXEL_1=1%202&amp;PIXEL_2=1%203&amp;ID="+file
        self.followUp.url.content_ = "dl/dlmeta?ID="+file
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
