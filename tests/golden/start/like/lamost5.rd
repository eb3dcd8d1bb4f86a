<?xml version="1.0" encoding="utf-8"?>
<!-- LAMOST DR5, made from lamost3/q.rd in 2018.  The layout of the files has not changed since DR1. -->
<resource schema="lamost5" resdir="lamost5">
  <meta name="creationDate">2018-06-14T09:30:00</meta>
  <meta name="title">LAMOST DR5 Spectra</meta>
  <meta name="shortName">LAMOST5</meta>
  <meta name="version">5</meta>
  <meta name="description" format="rst">
    The fifth data release of the LAMOST survey (DR5) has low resolution spectra of stars, galaxies and
    quasars. It supersedes `DR4 &lt;http://dr4.lamost.org&gt;`_; see http://dr5.lamost.org/v3/doc for the pipeline.
    Quasars were matched with SDSS DR12 and Gaia DR2.
  </meta>
  <meta name="subject">surveys</meta>
  <meta name="subject">spectroscopy</meta>
  <meta>
    creator.name: Luo, A.-L.
    creator: Zhao, Y.-H.
    instrument: LAMOST
    facility: Xinglong Station
    source: 2015RAA....15.1095L
  </meta>
  <meta name="_news" author="JD" date="2018-06-14">First version, with DR5 v1.</meta>
  <meta name="_news" author="JD" date="2019-02-01">Moved on to DR5 v3.</meta>
  <meta name="ssap.dataSource">survey</meta>
  <meta name="ssap.creationType">archival</meta>
  <meta name="productType">spectrum</meta>
  <meta name="ssap.testQuery">MAXREC=1</meta>

  <!-- 9,017,844 spectra in DR5; DR3 had 5,755,126. -->
  <table id="data" onDisk="True" adql="True">
    <mixin
      fluxUnit="ct" fluxUCD="phot.count;em.wl"
      spectralUnit="Angstrom" spectralUCD="em.wl"
      fluxCalibration="RELATIVE"
      instrument="LAMOST" creator="Luo, A.-L." datasource="survey" creationType="archival"
      collection="LAMOST DR5"
      reference='2015RAA....15.1095L'>//ssap#hcd</mixin>
    <mixin>//ssap#simpleCoverage</mixin>
    <mixin calibLevel="2" coverage="ssa_region">//obscore#publishSSAPHCD</mixin>

    <column name="obsid" type="bigint" required="True"
      ucd="meta.id" verbLevel="1"
      description="LAMOST DR5 observation id"/>
    <column name="subclass" ucd="src.spType"
      type="text"
      description="Spectral type or other sub-class, as given by the pipeline"/>
    <column name="snr_g"   ucd="stat.snr;em.opt.B" description="Signal to noise ratio in g"/>
    <column name="planid" type="text" ucd="meta.id;obs" description="Name of the plate's plan"/>
    <column name="lmjm" type="integer" unit="min" ucd="time.epoch" description="Local modified Julian minute"
      ><values nullLiteral="-1"/></column>
  </table>

  <data id="import">
    <sources recurse="True" pattern="data/dr5/*.fits.gz"/>
    <fitsProdGrammar qnd="True">
      <rowfilter procDef="//products#define">
        <bind key="table">"lamost5.data"</bind>
        <bind key="path">"http://localhost:8080/lamost5/q/sdl/dlget?ID="+getStandardPubDID(\inputRelativePath)</bind>
        <bind key="fsize">150000</bind>
        <bind key="mime">"application/x-votable+xml"</bind>
      </rowfilter>
    </fitsProdGrammar>
    <make table="data">
      <rowmaker idmaps="ssa_*,planid" id="build_data">
        <var key="start">10**float(@COEFF0)</var>
        <!-- COEFF1 is the same in all files -->
        <var key="end">10**(float(@COEFF0)+float(@COEFF1)*(int(@NAXIS1)-1))</var>
        <map key="obsid" source="OBSID"/>
        <map key="subclass">@SUBCLASS</map>
        <map key="snr_g">parseWithNull(@SNRG, float, "-9999.0")</map>
        <map key="planid">@PLANID</map>
        <map key="lmjm">@LMJM</map>
        <apply procDef="//ssap#setMeta" name="setMeta">
          <bind key="dstitle">"LAMOST DR5 {} {}".format(@CLASS, @OBSID)</bind>
          <bind key="pubDID">\standardPubDID</bind>
          <bind key="targname">@DESIG</bind>
          <bind key="targclass">@CLASS</bind>
          <bind key="redshift">@Z</bind>
          <bind key="snr">@SNRG</bind>
          <bind key="alpha">@RA</bind>
          <bind key="delta">@DEC</bind>
          <bind key="aperture">3.3/3600</bind>
          <bind key="dateObs">@DATE_OBS</bind>
          <bind key="timeExt">@EXPTIME</bind>
          <bind key="specstart">@start*1e-10</bind>
          <bind key="specend">@end*1e-10</bind>
          <bind key="length">int(@NAXIS1)</bind>
        </apply>
      </rowmaker>
    </make>
  </data>

  <table id="instance" onDisk="False">
    <mixin ssaTable="data" spectralDescription="Vacuum wavelength" fluxDescription="Relative flux"
      >//ssap#sdm-instance</mixin>
    <meta name="description">A spectrum from LAMOST DR5</meta>
  </table>

  <data id="build_sdm_data" auto="False">
    <embeddedGrammar>
      <iterator>
        <setup>
          <code>
            # in DR5, the first row is the flux
            from gavo.utils import pyfits
          </code>
        </setup>
        <code>
          path = os.path.join(base.getConfig("inputsDir"),
            urllib.parse.unquote(self.sourceToken["ssa_pubDID"].split("?", 1)[-1]))
          with pyfits.open(path) as hdus:
            header = hdus[0].header
            for index, flux in enumerate(hdus[0].data[0]):
              yield {"spectral": 10**(header["COEFF0"]+index*header["COEFF1"]), "flux": float(flux)}
        </code>
      </iterator>
    </embeddedGrammar>
    <make table="instance">
      <parmaker><apply procDef="//ssap#feedSSAToSDM"/></parmaker>
    </make>
  </data>

  <service id="sdl" allowed="dlget,dlmeta">
    <meta name="title">LAMOST DR5 Datalink</meta>
    <meta name="shortName">LAMOST5 SDL</meta>
    <datalinkCore>
      <descriptorGenerator procDef="//soda#sdm_genDesc">
        <bind name="ssaTD">"lamost5/q#data"</bind>
      </descriptorGenerator>
      <dataFunction procDef="//soda#sdm_genData">
        <bind name="builder">"lamost5/q#build_sdm_data"</bind>
      </dataFunction>
      <FEED source="//soda#sdm_cutout"/>
      <FEED source="//soda#sdm_format"/>
    </datalinkCore>
  </service>

  <service id="ssa" allowed="form,ssap.xml">
    <meta name="title">LAMOST DR5 SSAP</meta>
    <meta name="shortName">LAMOST5 SSAP</meta>
    <meta name="ssap.complianceLevel">full</meta>
    <property name="datalink">sdl</property>
    <publish render="ssap.xml" sets="ivo_managed"/>
    <ssapCore queriedTable="data">
      <FEED source="//ssap#hcd_condDescs"/>
    </ssapCore>
  </service>

  <regSuite title="LAMOST5 regression">
    <regTest title="DR5 SSAP has data">
      <url REQUEST="queryData" COLLECTION="LAMOST DR5"
        PUBDID="ivo://org.example/~?lamost5/data/dr5/spec-1.fits.gz">ssa/ssap.xml</url>
      <code>
        self.assertHasStrings("LAMOST DR5 STAR 1001", "lamost5/q/sdl")
      </code>
    </regTest>
  </regSuite>
</resource>
