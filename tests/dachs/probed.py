"""A small data centre that is as it should be, for the probe to find nothing wrong with: spectra, images and stars."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from conftest import META, Site
from serving import Server, own_folder

SPECTRA = 400
"""So many that TABLESAMPLE has pages to choose from."""

STARS = """<table id="stars" onDisk="True" adql="True" mixin="//scs#q3cindex">
  <meta name="description">Stars for cones.</meta>
  <column name="star" type="text" ucd="meta.id;meta.main" description="A name"/>
  <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main" description="RA"/>
  <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main" description="Dec"/>
  <column name="mag" type="real" unit="mag" ucd="phot.mag;em.opt.V" description="Brightness"/>
  <column name="quoted/B mag" type="real" unit="mag" ucd="phot.mag;em.opt.B" description="A name that needs quotes"/>
  <column name="flags" type="integer[3]" description="An array"/></table>
<coverage><updater sourceTable="stars"/></coverage>
<data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
  for number in range(4000):
    yield {"star": "s%d" % number, "ra": 150 + number / 400., "dec": -5 + number % 7, "mag": 8.36 + number / 1000.,
      "blue": 9., "flags": [1, 2, 3]}
</code></iterator></embeddedGrammar><make table="stars"><rowmaker idmaps="star,ra,dec,mag,flags">
  <map key="quoted/B mag">vars["blue"]</map></rowmaker></make></data>
<service id="cone" allowed="scs.xml"><meta name="shortName">cone</meta>
  <meta name="testQuery"><meta name="ra">151</meta><meta name="dec">-5</meta><meta name="sr">0.5</meta></meta>
  <publish render="scs.xml" sets="ivo_managed"/>
  <scsCore queriedTable="stars"><FEED source="//scs#coreDescs"/></scsCore></service>"""

SPECTRA_RD = """<meta name="ssap.dataSource">survey</meta><meta name="ssap.creationType">archival</meta>
<meta name="productType">spectrum</meta><meta name="ssap.testQuery">MAXREC=1</meta>
<table id="raw_data" onDisk="True" adql="hidden" namePath="//ssap#instance">
  <LOOP listItems="ssa_dateObs ssa_dstitle ssa_targname ssa_length ssa_specres ssa_timeExt ssa_specstart ssa_specend
    ssa_location"><events><column original="\\item"/></events></LOOP>
  <mixin>//products#table</mixin>
  <column name="snr_g" type="real" ucd="stat.snr;em.opt.B" description="Signal to noise"/>
  <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra" description="RA of the star"/>
  <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec" description="Dec of the star"/>
</table>
<data id="import"><recreateAfter>make_view</recreateAfter>
  <property key="previewDir">previews</property>
  <sources pattern="data/*.txt"/>
  <reGrammar fieldSep=" " names="number,ra,dec,snr">
    <rowfilter procDef="//products#define"><bind key="table">"\\schema.raw_data"</bind>
      <bind key="path">\\fullDLURL{sdl}</bind><bind key="fsize">20000</bind><bind key="datalink">"\\rdId#sdl"</bind>
      <bind key="mime">"application/x-votable+xml"</bind><bind key="preview">\\standardPreviewPath</bind>
      <bind key="preview_mime">"image/png"</bind></rowfilter></reGrammar>
  <make table="raw_data"><rowmaker idmaps="*">
    <map key="ra">float(@ra)</map><map key="dec">float(@dec)</map><map key="snr_g">float(@snr)</map>
    <map key="ssa_location">pgsphere.SPoint.fromDegrees(float(@ra), float(@dec))</map>
    <map key="ssa_dateObs">56000.5 + int(@number)</map><map key="ssa_dstitle">"star " + @number</map>
    <map key="ssa_targname">"star " + @number</map><map key="ssa_length">200</map>
    <map key="ssa_specres">2e-10</map><map key="ssa_timeExt">900.</map>
    <map key="ssa_specstart">380e-9</map><map key="ssa_specend">419.8e-9</map></rowmaker></make></data>
<table id="data" onDisk="True" adql="True">
  <meta name="description">Spectra of some stars.</meta>
  <meta name="_associatedDatalinkService"><meta name="serviceId">sdl</meta><meta name="idColumn">ssa_pubDID</meta></meta>
  <index columns="ssa_location" method="GIST"/>
  <mixin sourcetable="raw_data" copiedcolumns="*" materialize="True" ssa_aperture="1/3600." ssa_fluxunit="''"
    ssa_spectralunit="'Angstrom'" ssa_bandpass="'Optical'" ssa_collection="'probed'" ssa_fluxcalib="'UNCALIBRATED'"
    ssa_fluxucd="'phot.flux.density;em.wl'" ssa_speccalib="'CALIBRATED'" ssa_spectralucd="'em.wl'"
    ssa_targclass="'star'">//ssap#view</mixin>
  <mixin calibLevel="2" sResolution="ssa_spaceres" oUCD="ssa_fluxucd" emUCD="ssa_spectralucd"
    >//obscore#publishSSAPMIXC</mixin>
</table>
<data id="make_view" auto="False"><make table="data"/></data>
<coverage><updater sourceTable="data"/></coverage>
<table id="instance" onDisk="False"><mixin ssaTable="data" spectralDescription="Wavelength" fluxDescription="Flux"
  >//ssap#sdm-instance</mixin><meta name="description">A spectrum.</meta></table>
<data id="build_spectrum"><embeddedGrammar><iterator><code>
  for number in range(200):
    yield {"spectral": 3800. + 2 * number, "flux": 100. + number}
</code></iterator></embeddedGrammar>
  <make table="instance"><parmaker><apply procDef="//ssap#feedSSAToSDM"/></parmaker></make></data>
<service id="sdl" allowed="dlget,dlmeta,static"><meta name="title">Links to spectra</meta>
  <property key="staticData">data</property>
  <datalinkCore>
    <descriptorGenerator procDef="//soda#sdm_genDesc"><bind key="ssaTD">"\\rdId#data"</bind></descriptorGenerator>
    <metaMaker semantics="#progenitor"><code>
      name = descriptor.pubDID.rsplit("/", 1)[-1].rsplit("%2F", 1)[-1]
      yield descriptor.makeLinkFromFile(os.path.join(rd.resdir, "data", name), description="What it was made from")
    </code></metaMaker>
    <dataFunction procDef="//soda#sdm_genData"><bind key="builder">"\\rdId#build_spectrum"</bind></dataFunction>
    <FEED source="//soda#sdm_plainfluxcalib"/><FEED source="//soda#sdm_cutout"/><FEED source="//soda#sdm_format"/>
  </datalinkCore></service>
<service id="ssa" allowed="form,ssap.xml"><meta name="shortName">probed ssa</meta>
  <meta name="ssap.complianceLevel">full</meta>
  <publish render="ssap.xml" sets="ivo_managed"/>
  <ssapCore queriedTable="data"><property key="previews">auto</property><FEED source="//ssap#hcd_condDescs"/></ssapCore>
</service>
<regSuite title="spectra"><regTest title="Spectra are found."><url REQUEST="queryData" MAXREC="1">ssa/ssap.xml</url>
  <code>self.assertHasStrings("QUERY_STATUS")</code></regTest></regSuite>"""


IMAGES = """<meta name="productType">image</meta>
<table id="images" onDisk="True" adql="True" mixin="//siap#pgs"><meta name="description">Images of the sky.</meta></table>
<coverage><updater sourceTable="images"/></coverage>
<data id="import"><sources pattern="images/*.fits"/>
  <fitsProdGrammar><rowfilter procDef="//products#define"><bind key="table">"probed.images"</bind></rowfilter>
  </fitsProdGrammar>
  <make table="images"><rowmaker>
    <apply procDef="//siap#setMeta"><bind key="dateObs">@DATE_OBS</bind><bind key="title">@OBJECT</bind>
      <bind key="bandpassId">"V"</bind></apply>
    <apply procDef="//siap#getBandFromFilter"/><apply procDef="//siap#computePGS"/></rowmaker></make></data>
<service id="i" allowed="siap.xml,siap2.xml"><meta name="shortName">probed images</meta><meta name="sia.type">Pointed</meta>
  <meta name="testQuery.pos.ra">200</meta><meta name="testQuery.pos.dec">30</meta>
  <meta name="testQuery.size.ra">1</meta><meta name="testQuery.size.dec">1</meta>
  <publish render="siap.xml" sets="ivo_managed"/>
  <dbCore queriedTable="images"><condDesc original="//siap#protoInput"/></dbCore></service>
<service id="i2" allowed="siap2.xml"><meta name="shortName">probed images 2</meta><meta name="sia.type">Pointed</meta>
  <meta name="testQuery.pos.ra">200</meta><meta name="testQuery.pos.dec">30</meta>
  <meta name="testQuery.size.ra">1</meta><meta name="testQuery.size.dec">1</meta>
  <publish render="siap2.xml" sets="ivo_managed"/>
  <dbCore queriedTable="//obscore#ObsCore"><FEED source="//siap2#parameters"/></dbCore></service>"""


def lay_out(site: Site) -> None:
    """Write the service tree with its data; previews are for put_previews."""
    site.rd("probed/stars", STARS)
    site.rd("probed/images", IMAGES)
    put_images(own_folder(site, "probed/images"))
    site.write(probed__spectra=f'<resource schema="probed" resdir="probed">{META}\n{SPECTRA_RD}\n</resource>')
    data = own_folder(site, "probed/data")
    for number in range(SPECTRA):
        (data / f"s{number:03}.txt").write_text(f"{number} {10 + number / 100} {number % 60 - 30} {8.36 + number / 10}")


def put_images(folder: Path) -> None:
    """Two small FITS images around one place."""
    from astropy.io import fits
    from astropy.wcs import WCS

    for number in range(2):
        system = WCS(naxis=2)
        system.wcs.ctype, system.wcs.crval = ["RA---TAN", "DEC--TAN"], [200 + number / 10, 30]
        system.wcs.crpix, system.wcs.cdelt, system.wcs.cunit = [5, 5], [-0.01, 0.01], ["deg", "deg"]
        image = fits.PrimaryHDU([[float(number)] * 10] * 10, header=system.to_header())
        image.header["DATE-OBS"], image.header["OBJECT"] = "2015-03-01T12:00:00", f"field {number}"
        image.writeto(folder / f"i{number}.fits")


def serve(server: Server) -> None:
    """Import and publish all of it, with previews, coverage and statistics."""
    server.dachs("imp", "//obscore")
    for name in ("stars", "images", "spectra"):
        server.dachs("imp", f"probed/{name}")
    put_previews(server)
    for name in ("stars", "images", "spectra"):
        server.dachs("limits", f"probed/{name}")
        server.dachs("pub", f"probed/{name}")


def put_previews(server: Server) -> None:
    """Make the previews that the database announces."""
    import psycopg

    folder = own_folder(server.site, "probed/previews")
    with psycopg.connect(server.site.scratch.dsn) as connection:
        for (name,) in connection.execute("SELECT preview FROM dc.products WHERE accref LIKE 'probed/data/%'"):
            path = server.site.inputs / name
            assert path.parent == folder, name
            path.write_bytes(png())


def png() -> bytes:
    """A picture of one grey pixel."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b""))
