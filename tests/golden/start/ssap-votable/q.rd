<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Spectra</meta>
  <meta name="description">
    Some spectra.
  </meta>
  <meta name="subject">spectroscopy</meta>

  <meta name="creator">Doe, J.</meta>
  <meta name="facility">Observatory &lt;of&gt; "X"</meta>
  <meta name="source">2026A&amp;A...700..001D</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Archive</meta>
  <meta name="coverage.waveband">Optical</meta>

  <table id="data" onDisk="True" adql="True" primary="accref">
    <meta name="description">
      Some spectra.
    </meta>
    <meta name="_associatedDatalinkService">
      <meta name="serviceId">sdl</meta>
      <meta name="idColumn">ssa_pubDID</meta>
    </meta>

    <mixin>//products#table</mixin>
    <mixin
      dataproduct_type="'spectrum'"
      obs_collection="ssa_collection"
      calib_level="2"
      obs_id="accref"
      obs_title="ssa_dstitle"
      obs_publisher_did="ssa_pubDID"
      target_name="ssa_targname"
      target_class="ssa_targclass"
      s_ra="raj2000"
      s_dec="dej2000"
      s_fov="ssa_aperture"
      s_region="ssa_region"
      t_min="t_min"
      t_max="t_max"
      t_exptime="ssa_timeExt"
      em_min="ssa_specstart"
      em_max="ssa_specend"
      em_xel="ssa_length"
      em_res_power="(ssa_specstart+ssa_specend)/2/ssa_specres"
      em_ucd="ssa_spectralucd"
      o_ucd="ssa_fluxucd"
      s_xel1="1"
      s_xel2="1"
      facility_name="'Observatory &lt;of&gt; &quot;X&quot;'"
      instrument_name="ssa_instrument"
      >//obscore#publish</mixin>

    <!-- What SSA requires, with the names and the meanings that it has in DaCHS. -->
    <LOOP listItems="ssa_dstitle ssa_pubDID ssa_pdate ssa_bandpass ssa_targname ssa_targclass ssa_redshift ssa_snr
        ssa_aperture ssa_timeExt ssa_specmid ssa_specext ssa_specstart ssa_specend ssa_length ssa_creatorDID ssa_cdate
        ssa_cversion ssa_targetpos">
      <events>
        <column original="//ssap#instance.\item"/>
      </events>
    </LOOP>
    <column original="//ssap#instance.ssa_location"/>
    <column original="//ssap#instance.ssa_dateObs">
      <property key="statisticsTarget">1000</property>
    </column>
    <LOOP>
      <csvItems>
        name,             utype,                             ucd,               unit, type, what
        ssa_model,        Dataset.DataModel,                 ,                  ,     text, Data model of the spectrum.
        ssa_dstype,       Dataset.Type,                      ,                  ,     text, Type of the data.
        ssa_csysName,     CoordSys.SpaceFrame.Name,          ,                  ,     text, Reference frame of the positions.
        ssa_publisher,    Curation.Publisher,                meta.curation,     ,     text, Who publishes the spectrum.
        ssa_reference,    Curation.Reference,                meta.bib.bibcode,  ,     text, Bibcode or URL of an article about the spectrum.
        ssa_creator,      DataID.Creator,                    ,                  ,     text, Who made the spectrum.
        ssa_collection,   DataID.Collection,                 ,                  ,     text, Collection that the spectrum belongs to.
        ssa_instrument,   DataID.Instrument,                 meta.id;instr,     ,     text, Instrument that took the spectrum.
        ssa_datasource,   DataID.DataSource,                 ,                  ,     text, How the observations came about.
        ssa_creationtype, DataID.CreationType,               ,                  ,     text, How the spectrum was made.
        ssa_fluxcalib,    Char.FluxAxis.Calibration,         meta.code.qual,    ,     text, Calibration of the flux.
        ssa_fluxucd,      Char.FluxAxis.Ucd,                 meta.ucd,          ,     text, UCD of the flux.
        ssa_fluxunit,     Char.FluxAxis.Unit,                meta.unit,         ,     text, Unit of the flux.
        ssa_spectralucd,  Char.SpectralAxis.Ucd,             meta.ucd,          ,     text, UCD of the spectral coordinate.
        ssa_spectralunit, Char.SpectralAxis.Unit,            meta.unit,         ,     text, Unit of the spectral coordinate.
        ssa_speccalib,    Char.SpectralAxis.Calibration,     meta.code.qual,    ,     text, Calibration of the spectral coordinate.
        ssa_specres,      Char.SpectralAxis.Resolution,      spect.resolution;em.wl, m, real, Smallest resolved wavelength interval.
      </csvItems>
      <events>
        <column name="\name" type="\type" unit="\unit" ucd="\ucd" utype="ssa:\utype" description="\what" verbLevel="15"/>
      </events>
    </LOOP>

    <!-- What is more convenient in ADQL than SSA's columns, or goes beyond them. -->
    <column name="ssa_targsubclass" type="text" utype="ssa:Target.SpectralClass" ucd="src.spType"
      tablehead="Subclass" verbLevel="5"
      description="Spectral type or other sub-class of the object.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="raj2000" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"
      tablehead="RA" verbLevel="1"
      description="ICRS right ascension of the object.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="dej2000" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="Dec" verbLevel="1"
      description="ICRS declination of the object.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="ssa_region" type="spoly" ucd="pos.outline;obs.field"
      tablehead="Region" verbLevel="30"
      description="Outline of the aperture."/>
    <column name="t_min" type="double precision" unit="d" ucd="time.start;obs.exposure" xtype="mjd"
      tablehead="Begin" verbLevel="15" displayHint="type=humanDate"
      description="Begin of the exposure, MJD."/>
    <column name="t_max" type="double precision" unit="d" ucd="time.end;obs.exposure" xtype="mjd"
      tablehead="End" verbLevel="15" displayHint="type=humanDate"
      description="End of the exposure, MJD."/>

    <!-- What the files tell besides. -->
    <column name="mid" type="integer" unit="d" ucd=""
      tablehead="mid"
      description="mid">
      <values nullLiteral="-1"/>
    </column>

    <index columns="ssa_pubDID"/>
    <index columns="ssa_targname"/>
    <index columns="ssa_targsubclass"/>
    <index columns="ssa_dateObs"/>
    <index columns="t_min"/>
    <index columns="t_max"/>
    <index columns="ssa_specstart, ssa_specend"/>
    <index columns="ssa_location" method="GIST"/>
    <index columns="ssa_region" method="GIST"/>
    <FEED source="//scs#splitPosIndex" columns="raj2000, dej2000" long="raj2000" lat="dej2000"/>
  </table>

  <coverage>
    <updater sourceTable="data"/>
  </coverage>

  <!-- One spectrum from one file, as numpy arrays by the names of the columns of table spectrum. -->
  <STREAM id="spectra">
    <setup imports="os, numpy">
      <code>
        from astropy.io import votable
        from PIL import Image, ImageDraw

        def read_spectrum(path):
          points = votable.parse_single_table(path).array
          found = {
            "spectral": numpy.ma.filled(numpy.ma.asarray(points["spectral"], float), numpy.nan).ravel(),
            "flux": numpy.ma.filled(numpy.ma.asarray(points["flux"], float), numpy.nan).ravel()}
          usable = numpy.isfinite(found["spectral"])
          if not usable.any():
            raise ValueError("%s has no spectral coordinates"%path)
          return {name: values[usable] for name, values in found.items()}

        def in_metres(spectral):
          return spectral*1.00028e-09  # the files have wavelengths in air

        def draw_preview(found, target, width=400, height=200):
          spectral, flux = found["spectral"], found["flux"]
          good = numpy.isfinite(flux)
          picture = Image.new("L", (width, height), 255)
          if good.sum()>1:
            low, high = numpy.percentile(flux[good], [0.5, 99.5])
            span = spectral[good].max()-spectral[good].min()
            x = (spectral[good]-spectral[good].min())/(span or 1)*(width-1)
            y = (height-5)-(flux[good]-low)/((high-low) or 1)*(height-10)
            order = numpy.argsort(x)
            ImageDraw.Draw(picture).line(list(zip(x[order].tolist(), y[order].clip(0, height-1).tolist())), fill=0)
          try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            picture.save(target, format="png")
          except OSError as error:
            raise base.ReportableError("the preview %s cannot be written: %s"%(target, error.strerror),
              hint="Let the user who runs dachs imp write there, or make the RD with --set previews=no")
      </code>
    </setup>
  </STREAM>

  <data id="import">
    <property name="previewDir">previews</property>
    <sources pattern="data/*" recurse="False"/>
    <embeddedGrammar notify="True">
      <iterator>
        <code>
          import gzip
          import re
          from xml.etree import ElementTree
          row = {}
          with (gzip.open if self.sourceToken.endswith('.gz') else open)(self.sourceToken, 'rb') as stream:
            for _, element in ElementTree.iterparse(stream):
              kind = element.tag.rpartition('}')[2]
              if kind == 'PARAM' and (element.get('value') or '').strip():
                row.setdefault(re.sub('[^A-Za-z0-9_]', '_', element.get('name') or ''), element.get('value').strip())
              elif kind in ('TR', 'STREAM', 'DATA'):
                break
          yield row
        </code>
      </iterator>
      <rowfilter name="look_at_the_spectrum">
        <FEED source="spectra"/>
        <code>
          found = read_spectrum(rowIter.sourceToken)
          row["points"] = len(found["flux"])
          waves = in_metres(found["spectral"])
          row["shortest"], row["longest"] = float(waves.min()), float(waves.max())
          accref = \inputRelativePath{True}
          draw_preview(found, os.path.join(base.getConfig("inputsDir"), \standardPreviewPath))
          yield row
        </code>
      </rowfilter>
      <rowfilter procDef="//products#define">
        <bind name="table">"\schema.data"</bind>
        <bind name="path">\fullDLURL{sdl}</bind>
        <bind name="mime">"application/x-votable+xml"</bind>
        <bind name="fsize">row["points"]*16+20000</bind>
        <bind name="preview">\standardPreviewPath</bind>
        <bind name="preview_mime">"image/png"</bind>
      </rowfilter>
    </embeddedGrammar>

    <make table="data">
      <rowmaker id="make_data">
        <var key="ra_" nullExcs="KeyError, TypeError">parseFloat(@ra)</var>
        <var key="dec_" nullExcs="KeyError, TypeError">parseFloat(@dec)</var>
        <var key="aperture_">None</var>
        <var key="target_" nullExcs="KeyError, TypeError">@target</var>
        <var key="exposure_">None</var>
        <var key="mid_" nullExcs="KeyError, TypeError">parseInt(@mid)</var>
        <var key="begin_">None if @mid_ is None else @mid_-(@exposure_ or 0)/2/86400</var>
        <var key="end_">None if @mid_ is None else @mid_+(@exposure_ or 0)/2/86400</var>
        <map key="ssa_pubDID">\standardPubDID</map>
        <map key="ssa_targname">str(@target_ or \srcstem).strip()</map>
        <map key="ssa_dstitle" nullExcs="KeyError, TypeError">@title</map>
        <map key="raj2000">@ra_</map>
        <map key="dej2000">@dec_</map>
        <map key="ssa_location" nullExcs="TypeError">pgsphere.SPoint.fromDegrees(@ra_, @dec_)</map>
        <map key="ssa_targetpos" nullExcs="TypeError">pgsphere.SPoint.fromDegrees(@ra_, @dec_)</map>
        <map key="ssa_aperture">@aperture_</map>
        <map key="ssa_region" nullExcs="TypeError">pgsphere.SCircle.fromDALI([@ra_, @dec_, @aperture_/2]).asPoly(6)</map>
        <map key="ssa_dateObs">@mid_</map>
        <map key="ssa_timeExt">None</map>
        <map key="t_min">@begin_</map>
        <map key="t_max">@end_</map>
        <map key="ssa_length">@points</map>
        <map key="ssa_specstart">@shortest</map>
        <map key="ssa_specend">@longest</map>
        <map key="ssa_specmid">(@shortest+@longest)/2</map>
        <map key="ssa_specext">@longest-@shortest</map>
        <map key="ssa_snr" nullExcs="KeyError, TypeError">parseFloat(@snr)</map>
        <LOOP listItems="ssa_creatorDID ssa_cdate ssa_cversion ssa_targclass ssa_targsubclass ssa_redshift ssa_specres ssa_instrument">
          <events><map key="\item">None</map></events>
        </LOOP>
        <map key="ssa_pdate">datetime.date.today()</map>
        <map key="ssa_bandpass">"Optical"</map>
        <map key="ssa_collection">"Spectra"</map>
        <map key="ssa_creator">"Doe, J."</map>
        <map key="ssa_publisher">"\metaString{publisher}{}"</map>
        <map key="ssa_reference">"2026A&amp;A...700..001D"</map>
        <map key="ssa_model">"Spectrum-1.0"</map>
        <map key="ssa_dstype">"spectrum"</map>
        <map key="ssa_csysName">"ICRS"</map>
        <map key="ssa_datasource">"survey"</map>
        <map key="ssa_creationtype">"archival"</map>
        <map key="ssa_fluxcalib">"ABSOLUTE"</map>
        <map key="ssa_speccalib">"CALIBRATED"</map>
        <map key="ssa_fluxucd">"phot.flux.density;em.wl"</map>
        <map key="ssa_fluxunit">"Jy"</map>
        <map key="ssa_spectralucd">"em.wl;obs.atmos"</map>
        <map key="ssa_spectralunit">"nm"</map>
        <map key="mid" nullExcs="KeyError, TypeError">parseInt(@mid)</map>
      </rowmaker>
    </make>
  </data>

  <table id="spectrum" onDisk="False">
    <meta name="description">One spectrum, as the Spectral Data Model has it.</meta>
    <meta name="utype">spec:Spectrum</meta>
    <LOOP>
      <codeItems>
        from gavo.protocols import sdm
        unknown = "ssa_creatorDID ssa_cdate ssa_cversion ssa_targclass ssa_targsubclass ssa_redshift ssa_specres ssa_instrument".split()
        nulls = {"bigint": "-1", "integer": "-1", "smallint": "-1", "real": "NaN", "double precision": "NaN"}
        for column in context.getById("data").columns:
          utype = column.utype or ""
          if column.name=="accref" or (utype.startswith("ssa:") and column.name not in unknown):
            yield {"name": column.name, "type": column.type, "unit": column.unit or "", "ucd": column.ucd or "",
              "utype": sdm.getSDM1UtypeForSSA(utype) or "", "what": " ".join((column.description or "").split()),
              "null": nulls.get(column.type, "")}
      </codeItems>
      <events>
        <param name="\name" type="\type" unit="\unit" ucd="\ucd" utype="\utype" description="\what">
          <values nullLiteral="\null"/>
        </param>
      </events>
    </LOOP>
    <column name="spectral" type="double precision" unit="nm" ucd="em.wl;obs.atmos"
      utype="spec:Spectrum.Data.SpectralAxis.Value" tablehead="Spectral"
      description="Spectral coordinate, the wavelength in air."/>
    <column name="flux" type="double precision" unit="Jy" ucd="phot.flux.density;em.wl"
      utype="spec:Spectrum.Data.FluxAxis.Value" tablehead="Flux"
      description="Flux at that coordinate."/>
  </table>

  <!-- Made for one spectrum at a time; what the cutout does not want never becomes a row. -->
  <data id="build_spectrum" auto="False">
    <embeddedGrammar notify="False">
      <iterator>
        <FEED source="spectra"/>
        <code>
          found = read_spectrum(os.path.join(base.getConfig("inputsDir"), self.sourceToken["accref"]))
          band = self.sourceToken.get("band")
          if band:
            waves = in_metres(found["spectral"])
            wanted = (waves>=band[0])*(band[1]>=waves)
            found = {name: values[wanted] for name, values in found.items()}
          names = list(found)
          for point in zip(*(values.tolist() for values in found.values())):
            yield dict(zip(names, point))
        </code>
      </iterator>
    </embeddedGrammar>
    <make table="spectrum">
      <parmaker>
        <apply name="describe">
          <code>
            known = set(param.name for param in targetTable.tableDef.params)
            for name, value in vars["parser_"].sourceToken.items():
              if name in known:
                targetTable.setParam(name, value)
          </code>
        </apply>
      </parmaker>
    </make>
  </data>

  <service id="sdl" allowed="dlget,dlmeta,static">
    <meta name="title">Spectra: Datalink</meta>
    <meta name="shortName">res dl</meta>
    <property name="staticData">data</property>
    <datalinkCore>
      <descriptorGenerator procDef="//soda#sdm_genDesc">
        <bind name="ssaTD">rd.sourceId+"#data"</bind>
      </descriptorGenerator>
      <metaMaker semantics="#progenitor">
        <code>
          yield descriptor.makeLinkFromFile(
            os.path.join(base.getConfig("inputsDir"), descriptor.accref),
            description="The spectrum as its makers distribute it")
        </code>
      </metaMaker>
      <metaMaker>
        <code>
          yield MS(InputKey, name="BAND", type="double precision[2]", xtype="interval", unit="m", ucd="em.wl",
            multiplicity="forced-single", description="Wavelengths to cut out",
            values=MS(Values, min=descriptor.limits["ssa_specstart"].min, max=descriptor.limits["ssa_specend"].max))
        </code>
      </metaMaker>
      <dataFunction>
        <setup imports="gavo.protocols.sdm"/>
        <code>
          wanted = dict(descriptor.ssaRow, band=args.get("BAND"))
          descriptor.data = sdm.makeSDMDataForSSARow(wanted, rd.getById("build_spectrum"))
          cut = descriptor.data.getPrimaryTable()
          if wanted["band"] and cut.rows:
            ends = [row["spectral"]*1.00028e-09 for row in (cut.rows[0], cut.rows[-1])]
            cut.setParam("ssa_specstart", min(ends))
            cut.setParam("ssa_specend", max(ends))
            cut.setParam("ssa_specmid", sum(ends)/2)
            cut.setParam("ssa_specext", max(ends)-min(ends))
            cut.setParam("ssa_length", len(cut.rows))
        </code>
      </dataFunction>
      <FEED source="//soda#sdm_format"/>
    </datalinkCore>
  </service>

  <service id="ssa" allowed="form,ssap.xml">
    <meta name="title">Spectra: Spectra</meta>
    <meta name="shortName">res ssa</meta>
    <meta name="ssap.dataSource">survey</meta>
    <meta name="ssap.creationType">archival</meta>
    <meta name="ssap.testQuery">MAXREC=1</meta>
    <meta name="ssap.complianceLevel">full</meta>
    <publish render="ssap.xml" sets="local"/>
    <publish render="form" sets="local"/>
    <ssapCore queriedTable="data">
      <property key="previews">auto</property>
      <FEED source="//ssap#hcd_condDescs"/>
    </ssapCore>
  </service>

  <!-- Each test asks with what the one before it has found, so that they work whatever is imported. -->
  <regSuite title="res" sequential="True">
    <regTest title="SSA finds spectra">
      <url REQUEST="queryData" MAXREC="1">ssa/ssap.xml</url>
      <code>
        row = self.getFirstVOTableRow()
        assert row["ssa_pubDID"].startswith("ivo://"), row["ssa_pubDID"]
        assert row["ssa_specend"]>row["ssa_specstart"]
        wavelength = (row["ssa_specstart"]+row["ssa_specend"])/2
        self.followUp.url.content_ = "/tap/sync?"+urllib.parse.urlencode({"LANG": "ADQL", "REQUEST": "doQuery",
          "QUERY": "SELECT TOP 1 * FROM \schema.data WHERE ssa_pubDID='%s'"%row["ssa_pubDID"]})
      </code>
    </regTest>
    <regTest title="TAP has them, too">
      <url>/tap/sync</url>
      <code>
        row = self.getFirstVOTableRow()
        self.followUp.url.content_ = "sdl/dlmeta?ID="+urllib.parse.quote_plus(row["ssa_pubDID"])
        band = ((3*row["ssa_specstart"]+row["ssa_specend"])/4, (row["ssa_specstart"]+row["ssa_specend"])/2)
        self.followUp.cutout = "sdl/dlget?ID=%s&amp;BAND=%s %s"%((urllib.parse.quote_plus(row["ssa_pubDID"]),)+band)
      </code>
    </regTest>
    <regTest title="Datalink tells of the spectrum, its original, its preview and the cutouts">
      <url>sdl/dlmeta</url>
      <code>
        self.assertHasStrings("#this", "#proc", "#progenitor", "#preview", "BAND")
        self.followUp.url.content_ = self.cutout.replace(" ", "%20")
      </code>
    </regTest>
    <regTest title="A cutout has what was asked for">
      <url>sdl/dlget</url>
      <code>
        rows = self.getVOTableRows()
        assert rows, "no points"
        assert "spec:Spectrum" in self.data.decode("utf-8")
      </code>
    </regTest>
  </regSuite>
</resource>
