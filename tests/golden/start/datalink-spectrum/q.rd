<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Files of spectra</meta>
  <meta name="description">
    Spectra as files, each with what it was made from.
  </meta>
  <meta name="subject">spectroscopy</meta>

  <meta name="creator">Doe, J.; Roe, R.</meta>
  <meta name="instrument">LAMOST</meta>
  <meta name="facility">LAMOST</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Archive</meta>
  <meta name="coverage.waveband">Optical</meta>

  <table id="files" onDisk="True" adql="True">
    <meta name="description">
      Spectra as files, each with what it was made from.
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
      description="ICRS right ascension."/>
    <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="Dec" verbLevel="1"
      description="ICRS declination."/>

    <!-- What the files tell besides. -->
    <column name="snrg" type="real" unit="" ucd="stat.snr"
      tablehead="SNRG"
      description="SNR of g filter."/>
    <column name="obj_class" type="text" unit="" ucd="src.class"
      tablehead="CLASS"
      description="Class of object."/>

    <index columns="pub_did"/>
  </table>

  <coverage>
    <updater spaceTable="files"/>
  </coverage>

  <data id="import">
    <sources pattern="data/*.fits.gz" recurse="False"/>
    <fitsProdGrammar qnd="True">
      <rowfilter procDef="//products#define">
        <bind name="table">"\schema.files"</bind>
        <bind name="mime">"application/fits"</bind>
        <bind name="preview">None</bind>
      </rowfilter>
    </fitsProdGrammar>
    <make table="files">
      <rowmaker>
        <map key="pub_did">\standardPubDID</map>
        <map key="ra" nullExcs="KeyError, TypeError">@RA</map>
        <map key="dec" nullExcs="KeyError, TypeError">@DEC</map>
        <map key="snrg" source="SNRG"/>
        <map key="obj_class" source="CLASS"/>
      </rowmaker>
    </make>
  </data>

  <service id="dl" allowed="dlmeta">
    <meta name="title">Files of spectra: links</meta>
    <meta name="shortName">res dl</meta>
    <meta name="description">Links to a file.</meta>
    <datalinkCore>
      <descriptorGenerator procDef="//soda#fromStandardPubDID">
        <bind name="accrefPrefix">"res/data/"</bind>
      </descriptorGenerator>
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
        self.followUp.url.content_ = "dl/dlmeta?ID="+file
      </code>
    </regTest>
    <regTest title="Datalink tells of the file">
      <url>dl/dlmeta</url>
      <code>
        self.assertHasStrings("#this")
      </code>
    </regTest>
  </regSuite>
</resource>
