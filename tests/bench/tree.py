"""Makes a service tree of realistic RDs, all different, for measuring: catalogues, spectra, images and services."""

from __future__ import annotations

import random
import sys
from pathlib import Path

_META = """  <meta name="creationDate">2024-03-{day:02d}T12:00:00Z</meta>
  <meta name="title">{title} {number}</meta>
  <meta name="description">{title} number {number}, observed with a telescope on hill {number}. {prose}</meta>
  <meta name="_intro" format="rst"><![CDATA[
    The {title} is described in `its paper`_. It has

    * positions, in *ICRS*,
    * and {number} other things.

    .. _its paper: https://example.org/{number}
  ]]></meta>
  <meta name="subject">surveys</meta>
  <meta name="subject">spectroscopy</meta>
  <meta name="creator">Doe, J.; Roe, R.; Moe, M.</meta>
  <meta name="instrument">Camera {number}</meta>
  <meta name="facility">Hill observatory</meta>
  <meta name="source">2024A&amp;A...{number:03d}A...1D</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Catalog</meta>
"""

_WORDS = ("The measurements were reduced with care, calibrated against standard stars and checked by eye where the "
          "pipeline flagged them; what remained doubtful was left out of the published list").split()

_UNITS = (("mag", "phot.mag;em.opt.V"), ("mas/yr", "pos.pm;pos.eq.ra"), ("km/s", "spect.dopplerVeloc.opt"),
          ("K", "phys.temperature.effective"), ("d", "time.period"), ("arcsec", "pos.angDistance"), ("", "meta.code"),
          ("Jy", "phot.flux.density;em.radio"), ("erg.cm**-2.s**-1", "phot.flux"), ("pc", "pos.distance"))


def _prose(dice: random.Random, words: int) -> str:
    return " ".join(dice.choice(_WORDS) for _ in range(words)) + "."


def _columns(dice: random.Random, count: int) -> str:
    lines = []
    for number in range(count):
        unit, ucd = dice.choice(_UNITS)
        lines.append(f'    <column name="val_{number}" type="double precision" unit="{unit}" ucd="{ucd}"\n'
                     f'      tablehead="Value {number}"\n      description="{_prose(dice, 12)}"\n'
                     f'      verbLevel="{dice.choice((1, 10, 20))}"/>')
    return "\n".join(lines)


def catalogue(number: int, dice: random.Random) -> str:
    """A cone search and TAP table with a CSV import."""
    count = dice.randrange(15, 45)
    maps = "\n".join(f'        <map key="val_{at}">parseWithNull(@val_{at}, float, "-99.9")</map>' for at in range(0, count, 3))
    return f"""<resource schema="cat{number}" resdir=".">
{_META.format(title="Catalogue", number=number, day=number % 28 + 1, prose=_prose(dice, 60))}
  <meta name="coverage.waveband">Optical</meta>
  <table id="main" onDisk="True" adql="True" mixin="//scs#q3cindex" primary="obs_id">
    <publish sets="ivo_managed,local"/>
    <meta name="description">{_prose(dice, 30)}</meta>
    <index columns="val_1"/>
    <index columns="val_2"/>
    <column name="obs_id" type="text" ucd="meta.id;meta.main" description="Identifier of this object"/>
    <column name="raj2000" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main" description="Right ascension"/>
    <column name="dej2000" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main" description="Declination"/>
{_columns(dice, count)}
    <LOOP listItems="g r i z y">
      <events>
        <column name="mag_\\item" unit="mag" ucd="phot.mag;em.opt" description="Magnitude in \\item"/>
        <column name="e_mag_\\item" unit="mag" ucd="stat.error;phot.mag" description="Error of mag_\\item"/>
      </events>
    </LOOP>
  </table>
  <coverage><updater sourceTable="main"/></coverage>
  <data id="import">
    <sources pattern="data/*.csv"/>
    <csvGrammar/>
    <make table="main">
      <rowmaker idmaps="*">
{maps}
        <apply name="normalise"><code>
          @raj2000 = float(@raj2000) % 360
          if float(@dej2000) &gt; 90:
            raise ValueError("no such declination: %s"%@dej2000)
        </code></apply>
      </rowmaker>
    </make>
  </data>
  <service id="cone" allowed="form,scs.xml,static">
    <meta name="shortName">cat{number} cone</meta>
    <meta name="title">Catalogue {number} cone search</meta>
    <meta>
      testQuery.ra: 10
      testQuery.dec: 20
      testQuery.sr: 0.1
    </meta>
    <publish render="scs.xml" sets="ivo_managed"/>
    <publish render="form" sets="ivo_managed,local"/>
    <scsCore queriedTable="main">
      <FEED source="//scs#coreDescs"/>
      <condDesc buildFrom="val_1"/>
      <condDesc buildFrom="val_2"/>
    </scsCore>
    <outputTable verbLevel="20"/>
  </service>
  <regSuite title="catalogue {number}">
    <regTest title="the cone search answers">
      <url RA="10" DEC="20" SR="0.1">cone/scs.xml</url>
      <code>
        row = self.getFirstVOTableRow()
        self.assertAlmostEqual(row["raj2000"], 10.0)
      </code>
    </regTest>
  </regSuite>
</resource>
"""


def spectra(number: int, dice: random.Random) -> str:
    """Spectra behind a view with SSAP metadata, published to ObsCore."""
    return f"""<resource schema="spec{number}" resdir=".">
{_META.format(title="Spectra", number=number, day=number % 28 + 1, prose=_prose(dice, 60))}
  <meta name="ssap">
    <meta name="dataSource">pointed</meta>
    <meta name="creationType">archival</meta>
    <meta name="productType">spectrum</meta>
    <meta name="testQuery">SIZE=0.1</meta>
  </meta>
  <table id="raw_data" onDisk="True" adql="hidden" namePath="//ssap#instance">
    <LOOP listItems="ssa_dateObs ssa_dstitle ssa_targname ssa_length ssa_timeExt ssa_specstart ssa_specend">
      <events><column original="\\item"/></events>
    </LOOP>
    <mixin>//products#table</mixin>
    <mixin>//ssap#plainlocation</mixin>
    <mixin>//ssap#simpleCoverage</mixin>
    <FEED source="//scs#splitPosIndex" columns="ssa_location" long="degrees(long(ssa_location))"
      lat="degrees(lat(ssa_location))"/>
{_columns(dice, dice.randrange(5, 25))}
  </table>
  <data id="import">
    <sources pattern="data/*.fits" recurse="True"/>
    <fitsProdGrammar qnd="True">
      <rowfilter procDef="//products#define">
        <bind key="table">"\\schema.data"</bind>
      </rowfilter>
    </fitsProdGrammar>
    <make table="raw_data">
      <rowmaker idmaps="*">
        <var key="exptime">float(@EXPTIME)</var>
        <map key="ssa_dateObs">dateTimeToMJD(parseTimestamp(@DATE_OBS))</map>
        <map key="ssa_dstitle">"Spectrum of {{}}".format(@OBJECT)</map>
        <map key="ssa_targname">@OBJECT</map>
        <map key="ssa_length">int(@NAXIS1)</map>
        <map key="ssa_timeExt">@exptime</map>
        <map key="ssa_specstart">4e-7</map>
        <map key="ssa_specend">7e-7</map>
        <map key="ssa_location">pgsphere.SPoint.fromDegrees(float(@RA), float(@DEC))</map>
      </rowmaker>
    </make>
  </data>
  <table id="data" onDisk="True" adql="True">
    <meta name="description">{_prose(dice, 20)}</meta>
    <mixin sourcetable="raw_data" copiedcolumns="*" ssa_aperture="2/3600." ssa_fluxunit="'Jy'"
      ssa_spectralunit="'Angstrom'" ssa_bandpass="'optical'" ssa_collection="'Hill {number}'"
      ssa_fluxcalib="'ABSOLUTE'" ssa_fluxucd="'phot.flux.density;em.wl'" ssa_speccalib="'ABSOLUTE'"
      ssa_spectralucd="'em.wl'" ssa_targclass="'star'">//ssap#view</mixin>
    <mixin calibLevel="2" coverage="ssa_region" sResolution="ssa_spaceres" oUCD="ssa_fluxucd"
      emUCD="ssa_spectralucd">//obscore#publishSSAPMIXC</mixin>
  </table>
  <data id="make_view" auto="False"><make table="data"/></data>
  <service id="web" defaultRenderer="form">
    <meta name="title">Spectra {number}, browsing</meta>
    <meta name="shortName">spec{number} web</meta>
    <dbCore queriedTable="data">
      <condDesc buildFrom="ssa_location"/>
      <condDesc buildFrom="ssa_dateObs"/>
      <condDesc><inputKey original="data.ssa_targname" tablehead="Object"/></condDesc>
    </dbCore>
    <outputTable><autoCols>accref, mime, ssa_targname, ssa_dateObs</autoCols></outputTable>
  </service>
  <service id="ssa" allowed="form,ssap.xml">
    <meta name="shortName">spec{number} ssap</meta>
    <meta name="title">Spectra {number}, SSAP</meta>
    <meta name="ssap.complianceLevel">full</meta>
    <publish render="ssap.xml" sets="ivo_managed"/>
    <publish render="form" sets="ivo_managed,local" service="web"/>
    <ssapCore queriedTable="data">
      <property key="previews">auto</property>
      <FEED source="//ssap#hcd_condDescs"/>
    </ssapCore>
  </service>
</resource>
"""


def images(number: int, dice: random.Random) -> str:
    """Images with SIAP and a date condition."""
    return f"""<resource schema="img{number}" resdir=".">
{_META.format(title="Images", number=number, day=number % 28 + 1, prose=_prose(dice, 60))}
  <table id="main" onDisk="True" mixin="//siap#pgs" adql="True">
    <meta name="description">{_prose(dice, 20)}</meta>
    <mixin calibLevel="2" collectionName="'Hill {number}'" targetName="object" expTime="exptime"
      targetClass="'Galaxy'">//obscore#publishSIAP</mixin>
    <column name="object" type="text" ucd="meta.id;src" description="Name of the object" verbLevel="3"/>
    <column name="exptime" unit="s" ucd="time.duration;obs.exposure" description="Exposure time" verbLevel="5"/>
{_columns(dice, dice.randrange(3, 20))}
  </table>
  <data id="import">
    <sources><pattern>data/*.fits</pattern></sources>
    <fitsProdGrammar>
      <rowfilter procDef="//products#define">
        <bind key="table">"\\schema.main"</bind>
      </rowfilter>
    </fitsProdGrammar>
    <make table="main">
      <rowmaker>
        <apply procDef="//siap#setMeta">
          <bind key="title">"{{}} on {{}}".format(@OBJECT, @DATE_OBS)</bind>
          <bind key="bandpassId">@FILTER</bind>
          <bind key="dateObs">@DATE_OBS</bind>
          <bind key="instrument">@INSTRUME</bind>
        </apply>
        <apply procDef="//siap#getBandFromFilter"/>
        <apply procDef="//siap#computePGS"/>
        <map key="object">@OBJECT</map>
        <map key="exptime">@EXPTIME</map>
        <LOOP listItems="0 1 2"><events><map key="val_\\item">None</map></events></LOOP>
      </rowmaker>
    </make>
  </data>
  <dbCore id="siacore" queriedTable="main">
    <condDesc original="//siap#protoInput"/>
    <condDesc original="//siap#humanInput"/>
    <condDesc buildFrom="dateObs"/>
  </dbCore>
  <service id="siap" allowed="form,siap.xml" core="siacore">
    <meta name="shortName">img{number} siap</meta>
    <meta name="title">Images {number}, SIAP</meta>
    <meta name="sia.type">Pointed</meta>
    <meta name="testQuery.pos.ra">10</meta>
    <meta name="testQuery.pos.dec">20</meta>
    <meta name="testQuery.size.ra">0.1</meta>
    <meta name="testQuery.size.dec">0.1</meta>
    <publish render="siap.xml" sets="ivo_managed"/>
    <publish render="form" sets="local"/>
  </service>
</resource>
"""


def service(number: int, dice: random.Random) -> str:
    """A service whose core is Python."""
    keys = "\n".join(f'        <inputKey name="par_{at}" type="real" description="{_prose(dice, 8)}" required="False"/>'
                     for at in range(dice.randrange(3, 9)))
    return f"""<resource schema="svc{number}" resdir=".">
{_META.format(title="Service", number=number, day=number % 28 + 1, prose=_prose(dice, 80))}
  <service id="compute" allowed="form,api">
    <meta name="shortName">svc{number}</meta>
    <meta name="title">Service {number}</meta>
    <pythonCore>
      <inputTable>
{keys}
      </inputTable>
      <outputTable>
        <column name="result" type="double precision" ucd="stat.value" description="What came out"/>
      </outputTable>
      <coreProc><setup imports="math"/><code>
        total = 0
        for key, value in inputTable.args.items():
          if value is not None:
            total += math.sqrt(abs(value))
        return rsc.TableForDef(self.outputTable, rows=[{{"result": total}}])
      </code></coreProc>
    </pythonCore>
    <publish render="form" sets="local"/>
  </service>
</resource>
"""


KINDS = (catalogue, spectra, images, service)


def make(folder: Path, count: int) -> None:
    """Write `count` RDs below a folder, the same ones whenever it is called."""
    dice = random.Random(2011)
    for number in range(1, count + 1):
        kind = KINDS[(number - 1) % len(KINDS)]
        text = kind(number, dice)
        place = folder / text.split('schema="', 1)[1].split('"', 1)[0]
        (place / "data").mkdir(parents=True, exist_ok=True)
        (place / "q.rd").write_text(text, encoding="utf-8")
        ending = "csv" if kind is catalogue else "fits"
        (place / "data" / f"one.{ending}").write_text("", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
