<resource schema="res" resdir=".">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">One star that does not exist</meta>
  <meta name="description">
    The fluxes of one star over some months. Nobody has observed it.
  </meta>
  <meta name="subject">light-curves</meta>

  <meta name="creator">Doe, J.</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Archive</meta>
  <meta name="coverage.waveband">Optical</meta>
  <meta name="productType">timeseries</meta>

  <!-- The points as the files have them. Each belongs to a series: an object seen in a band. -->
  <table id="points" onDisk="True" adql="True">
    <meta name="title">One star that does not exist: points</meta>
    <meta name="description">
      The single measurements of all time series. What is known of each series stands in res.data.
    </meta>
    <dm>
      (stc2:Coords) {
        time: (stc2:TimeCoordinate) {
          frame: (stc2:TimeFrame) {
            timescale: UTC
            refPosition: TOPOCENTER
            time0: 2400000.5
          }
          location: @obs_time
        }
      }
    </dm>
    <dm>
      (stc2:Coords) {
        space: (stc2:SphericalCoordinate) {
          frame: (stc2:SpaceFrame) {
            orientation: ICRS
          }
          longitude: @raj2000
          latitude: @dej2000
        }
      }
    </dm>
    <column name="object" type="text" required="True" ucd="meta.id;src"
      tablehead="Object" verbLevel="1"
      description="Object that was observed.">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="band" type="text" required="True" ucd="meta.id;instr.bandpass"
      tablehead="Band" verbLevel="1"
      description="Band that it was observed in."/>
    <column name="raj2000" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"
      tablehead="RA" verbLevel="15"
      description="ICRS right ascension of the object."/>
    <column name="dej2000" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="Dec" verbLevel="15"
      description="ICRS declination of the object."/>
    <column name="obs_time" type="double precision" unit="d" ucd="time.epoch" xtype="mjd"
      tablehead="Time" verbLevel="1"
      description="Time of the measurement as MJD (UTC, TOPOCENTER).">
      <property key="statisticsTarget">1000</property>
    </column>
    <column name="phot" type="double precision" unit="mag" ucd="phot.mag;em.opt"
      tablehead="mag" verbLevel="1"
      description="Calibrated magnitude."/>
    <column name="em_min" type="real" unit="m" ucd="em.wl;stat.min"
      tablehead="From" verbLevel="15"
      description="Wavelength that the band begins at."/>
    <column name="em_max" type="real" unit="m" ucd="em.wl;stat.max"
      tablehead="To" verbLevel="15"
      description="Wavelength that the band ends at."/>
    <column name="e_mag" type="real" unit="mag" ucd="stat.error;phot.mag"
      tablehead="e_mag"
      description="e_mag"/>
    <column name="airmass" type="real" unit="" ucd="obs.airMass"
      tablehead="airmass"
      description="Airmass at mid-exposure."/>
    <column name="nobs" type="smallint" unit="" ucd="meta.number"
      tablehead="nobs"
      description="Exposures that were added.">
      <values nullLiteral="-1"/>
    </column>

    <index columns="object, band"/>
    <index columns="obs_time"/>
    <FEED source="//scs#splitPosIndex" columns="raj2000, dej2000" long="raj2000" lat="dej2000"/>
  </table>

  <data id="import">
    <recreateAfter>make_series</recreateAfter>
    <sources pattern="data/*.csv" recurse="False"/>
    <columnGrammar>
      <colDefs>
        jd: 1-12
        mag: 14-20
        e_mag: 22-26
        airmass: 28-31
        nobs: 33-34
      </colDefs>
    </columnGrammar>
    <make table="points">
      <rowmaker>
        <map key="object">\srcstem</map>
        <map key="band">str("Johnson/V").strip()</map>
        <map key="raj2000">123.25</map>
        <map key="dej2000">-21.5</map>
        <map key="obs_time" nullExcs="KeyError, TypeError">toMJD(float(float(@jd)))</map>
        <map key="phot" nullExcs="KeyError, TypeError">None if @mag in ("", "-99") else float(@mag)</map>
        <map key="em_min">5.03e-07</map>
        <map key="em_max">5.87e-07</map>
        <map key="e_mag" nullExcs="KeyError, TypeError">None if @e_mag in ("", "-99") else float(@e_mag)</map>
        <map key="airmass" source="airmass"/>
        <map key="nobs" source="nobs"/>
      </rowmaker>
    </make>
  </data>

  <table id="data" onDisk="True" adql="True" primary="accref">
    <meta name="description">
      The fluxes of one star over some months. Nobody has observed it.
    </meta>
    <meta name="_associatedDatalinkService">
      <meta name="serviceId">sdl</meta>
      <meta name="idColumn">ssa_pubDID</meta>
    </meta>

    <mixin>//products#table</mixin>
    <mixin
      dataproduct_type="'timeseries'"
      obs_collection="ssa_collection"
      calib_level="2"
      obs_id="accref"
      obs_title="ssa_dstitle"
      obs_publisher_did="ssa_pubDID"
      target_name="ssa_targname"
      target_class="ssa_targclass"
      s_ra="raj2000"
      s_dec="dej2000"
      t_min="t_min"
      t_max="t_max"
      t_exptime="NULL"
      em_min="ssa_specstart"
      em_max="ssa_specend"
      em_xel="1"
      t_xel="ssa_length"
      o_ucd="ssa_fluxucd"
      s_xel1="1"
      s_xel2="1"
      facility_name="NULL"
      instrument_name="ssa_instrument"
      preview="NULL"
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
        ssa_model,        Dataset.DataModel,                 ,                  ,     text, Data model of the time series.
        ssa_dstype,       Dataset.Type,                      ,                  ,     text, Type of the data.
        ssa_csysName,     CoordSys.SpaceFrame.Name,          ,                  ,     text, Reference frame of the positions.
        ssa_publisher,    Curation.Publisher,                meta.curation,     ,     text, Who publishes the time series.
        ssa_reference,    Curation.Reference,                meta.bib.bibcode,  ,     text, Bibcode or URL of an article about the time series.
        ssa_creator,      DataID.Creator,                    ,                  ,     text, Who made the time series.
        ssa_collection,   DataID.Collection,                 ,                  ,     text, Collection that the time series belongs to.
        ssa_instrument,   DataID.Instrument,                 meta.id;instr,     ,     text, Instrument that took the time series.
        ssa_datasource,   DataID.DataSource,                 ,                  ,     text, How the observations came about.
        ssa_creationtype, DataID.CreationType,               ,                  ,     text, How the time series was made.
        ssa_fluxcalib,    Char.FluxAxis.Calibration,         meta.code.qual,    ,     text, Calibration of the flux.
        ssa_fluxucd,      Char.FluxAxis.Ucd,                 meta.ucd,          ,     text, UCD of the flux.
        ssa_fluxunit,     Char.FluxAxis.Unit,                meta.unit,         ,     text, Unit of the flux.
        ssa_spectralucd,  Char.SpectralAxis.Ucd,             meta.ucd,          ,     text, UCD of the time.
        ssa_spectralunit, Char.SpectralAxis.Unit,            meta.unit,         ,     text, Unit of the time.
        ssa_speccalib,    Char.SpectralAxis.Calibration,     meta.code.qual,    ,     text, Calibration of the time.
        ssa_specres,      Char.SpectralAxis.Resolution,      spect.resolution;em.wl, m, real, Smallest resolved wavelength interval.
      </csvItems>
      <events>
        <column name="\name" type="\type" unit="\unit" ucd="\ucd" utype="ssa:\utype" description="\what" verbLevel="15"/>
      </events>
    </LOOP>

    <!-- What is more convenient in ADQL than SSA's columns, or goes beyond them. -->
    <column name="raj2000" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"
      tablehead="RA" verbLevel="1"
      description="ICRS right ascension of the object."/>
    <column name="dej2000" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main"
      tablehead="Dec" verbLevel="1"
      description="ICRS declination of the object."/>
    <column name="t_min" type="double precision" unit="d" ucd="time.start;obs.exposure" xtype="mjd"
      tablehead="First" verbLevel="15" displayHint="type=humanDate"
      description="Time of the first point as MJD."/>
    <column name="t_max" type="double precision" unit="d" ucd="time.end;obs.exposure" xtype="mjd"
      tablehead="Last" verbLevel="15" displayHint="type=humanDate"
      description="Time of the last point as MJD."/>
    <column name="mean" type="double precision" unit="mag" ucd="phot.mag;stat.mean"
      tablehead="Mean" verbLevel="15"
      description="Mean of what was measured."/>
    <column name="scatter" type="double precision" unit="mag" ucd="stat.stdev;phot.mag"
      tablehead="Scatter" verbLevel="15"
      description="Standard deviation of what was measured."/>

    <index columns="ssa_pubDID"/>
    <index columns="ssa_targname"/>
    <index columns="ssa_dateObs"/>
    <index columns="t_min"/>
    <index columns="t_max"/>
    <index columns="ssa_location" method="GIST"/>
    <FEED source="//scs#splitPosIndex" columns="raj2000, dej2000" long="raj2000" lat="dej2000"/>
  </table>

  <coverage>
    <updater sourceTable="data"/>
  </coverage>

  <!-- One row for each series, from the points. -->
  <data id="make_series" auto="False">
    <sources item="points"/>
    <embeddedGrammar>
      <iterator>
        <setup imports="hashlib, os, re">
          <code>

            def name_in_urls(object, band):
              plain = re.sub("[^A-Za-z0-9.-]+", "_", "%s_%s"%(object, band))[:60]
              return "%s-%s"%(plain, hashlib.md5(repr((object, band)).encode("utf-8")).hexdigest()[:8])
          </code>
        </setup>
        <code>
          with base.getTableConn() as conn:
            for row in conn.queryToDicts(
                "SELECT object, band, (array_agg(raj2000))[1] AS ra, (array_agg(dej2000))[1] AS dec,"
                " min(em_min) AS em_min, max(em_max) AS em_max, avg(phot) AS mean, stddev(phot) AS scatter,"
                " count(*) AS points, min(obs_time) AS first, max(obs_time) AS last"
                " FROM \schema.points WHERE obs_time IS NOT NULL AND phot IS NOT NULL"
                " GROUP BY object, band ORDER BY object, band"):
              name = name_in_urls(row["object"], row["band"])
              row["series"] = "\rdId/"+name
              yield row
        </code>
      </iterator>
      <rowfilter procDef="//products#define">
        <bind name="table">"\schema.data"</bind>
        <bind name="accref">@series</bind>
        <bind name="path">makeAbsoluteURL("\rdId/sdl/dlget?ID="+urllib.parse.quote_plus(getStandardPubDID(@series)))</bind>
        <bind name="mime">"application/x-votable+xml"</bind>
        <bind name="fsize">@points*16+5000</bind>
        <bind name="preview">None</bind>
      </rowfilter>
    </embeddedGrammar>
    <make table="data">
      <rowmaker idmaps="mean, scatter">
        <map key="ssa_pubDID">getStandardPubDID(@series)</map>
        <map key="ssa_dstitle">"%s in %s (%s)"%(@object, @band, "One Star")</map>
        <map key="ssa_targname">@object</map>
        <map key="raj2000">@ra</map>
        <map key="dej2000">@dec</map>
        <map key="ssa_location" nullExcs="TypeError">pgsphere.SPoint.fromDegrees(@ra, @dec)</map>
        <map key="ssa_dateObs">(@first+@last)/2</map>
        <map key="ssa_timeExt">(@last-@first)*86400</map>
        <map key="t_min">@first</map>
        <map key="t_max">@last</map>
        <map key="ssa_length">@points</map>
        <map key="ssa_bandpass">@band</map>
        <map key="ssa_specstart">@em_min</map>
        <map key="ssa_specend">@em_max</map>
        <map key="ssa_specmid" nullExcs="TypeError">(@em_min+@em_max)/2</map>
        <map key="ssa_specext" nullExcs="TypeError">@em_max-@em_min</map>
        <map key="ssa_pdate">datetime.date.today()</map>
        <map key="ssa_collection">"One Star"</map>
        <map key="ssa_creator">"Doe, J."</map>
        <map key="ssa_publisher">"\metaString{publisher}{}"</map>
        <map key="ssa_model">"Spectrum-1.0"</map>
        <map key="ssa_dstype">"timeseries"</map>
        <map key="ssa_csysName">"ICRS"</map>
        <map key="ssa_datasource">"survey"</map>
        <map key="ssa_creationtype">"catalogExtraction"</map>
        <map key="ssa_fluxcalib">"CALIBRATED"</map>
        <map key="ssa_fluxucd">"phot.mag;em.opt"</map>
        <map key="ssa_fluxunit">"mag"</map>
        <map key="ssa_spectralucd">"time"</map>
        <map key="ssa_spectralunit">"d"</map>
        <LOOP listItems="ssa_redshift ssa_snr ssa_aperture ssa_creatorDID ssa_cdate ssa_cversion ssa_targetpos ssa_speccalib
            ssa_specres ssa_targclass ssa_instrument ssa_reference">
          <events>
            <map key="\item">None</map>
          </events>
        </LOOP>
      </rowmaker>
    </make>
  </data>

  <!-- A single series, as it is delivered. -->
  <table id="instance" onDisk="False">
    <meta name="description">One star that does not exist: a time series</meta>
    <dm>
      (stc2:Coords) {
        time: (stc2:TimeCoordinate) {
          frame: (stc2:TimeFrame) {
            timescale: UTC
            refPosition: TOPOCENTER
            time0: 2400000.5
          }
          location: @obs_time
        }
      }
    </dm>
    <dm>
      (stc2:Coords) {
        space: (stc2:SphericalCoordinate) {
          frame: (stc2:SpaceFrame) {
            orientation: ICRS
          }
          longitude: @raj2000
          latitude: @dej2000
        }
      }
    </dm>
    <dm>
      (ndcube:Cube) {
        independent_axes: [@obs_time]
        dependent_axes: [@phot]
      }
    </dm>
    <dm>
      (phot:PhotCal) {
        filterIdentifier: "Johnson/V"
        magnitudeSystem: Vega
        effectiveWavelength: 5.45e-07
        value: @phot
      }
    </dm>
    <param name="dataproduct_type" type="text" ucd="meta.code.class" utype="obscore:ObsDataset.dataProductType"
      description="Type of the data.">timeseries</param>
    <param original="data.raj2000"/>
    <param original="data.dej2000"/>
    <param original="data.ssa_targname" required="False"/>
    <param original="data.ssa_pubDID"/>
    <param name="band" type="text" ucd="meta.id;instr.bandpass" description="Band of the series."/>
    <param name="wavelength" type="double precision" unit="m" ucd="em.wl" description="Middle of its wavelengths."/>
    <column original="points.obs_time"/>
    <column original="points.phot"/>
  </table>

  <data id="build_series" auto="False">
    <embeddedGrammar>
      <iterator>
        <code>
          wanted = self.sourceToken
          condition = "object=%(ssa_targname)s AND band=%(ssa_bandpass)s AND obs_time IS NOT NULL AND phot IS NOT NULL"
          if wanted["time"]:
            condition += " AND obs_time BETWEEN %(earliest)s AND %(latest)s"
            wanted = dict(wanted, earliest=wanted["time"][0], latest=wanted["time"][1])
          with base.getTableConn() as conn:
            for row in conn.queryToDicts(
                "SELECT obs_time, phot FROM \schema.points WHERE "+condition+" ORDER BY obs_time", wanted):
              yield row
        </code>
      </iterator>
      <pargetter>
        <code>
          row = self.sourceToken
          return {"raj2000": row["raj2000"], "dej2000": row["dej2000"], "ssa_targname": row["ssa_targname"],
            "ssa_pubDID": row["ssa_pubDID"], "band": row["ssa_bandpass"], "wavelength": row["ssa_specmid"]}
        </code>
      </pargetter>
    </embeddedGrammar>
    <make table="instance">
      <parmaker idmaps="raj2000, dej2000, ssa_targname, ssa_pubDID, band, wavelength"/>
    </make>
  </data>

  <service id="sdl" allowed="dlget,dlmeta">
    <meta name="title">One star that does not exist: Datalink</meta>
    <meta name="shortName">res dl</meta>
    <datalinkCore>
      <descriptorGenerator procDef="//soda#sdm_genDesc">
        <bind name="ssaTD">"\rdId#data"</bind>
      </descriptorGenerator>
      <metaMaker>
        <code>
          yield MS(InputKey, name="TIME", type="double precision[2]", xtype="interval", unit="d", ucd="time.interval;obs.exposure",
            multiplicity="forced-single", description="Times to cut out, as MJD",
            values=MS(Values, min=descriptor.limits["t_min"].min, max=descriptor.limits["t_max"].max))
        </code>
      </metaMaker>
      <dataFunction>
        <setup imports="gavo.rsc, gavo.rscdef">
          <code>
            builder = base.resolveCrossId("\rdId#build_series", rscdef.DataDescriptor)
          </code>
        </setup>
        <code>
          descriptor.data = rsc.makeData(builder, forceSource=dict(descriptor.ssaRow, time=args.get("TIME")))
        </code>
      </dataFunction>
      <FEED source="//soda#sdm_format"/>
    </datalinkCore>
  </service>

  <service id="ssa" allowed="form,ssap.xml">
    <meta name="title">One star that does not exist: Time series</meta>
    <meta name="shortName">res ts</meta>
    <meta name="ssap.dataSource">survey</meta>
    <meta name="ssap.creationType">catalogExtraction</meta>
    <meta name="ssap.testQuery">MAXREC=1</meta>
    <meta name="ssap.complianceLevel">full</meta>
    <publish render="ssap.xml" sets="local"/>
    <publish render="form" sets="local"/>
    <ssapCore queriedTable="data">
      <FEED source="//ssap#hcd_condDescs"/>
    </ssapCore>
  </service>

  <!-- Each test asks with what the one before it has found, so that they work whatever is imported. -->
  <regSuite title="res" sequential="True">
    <regTest title="SSA finds time series">
      <url REQUEST="queryData" MAXREC="1">ssa/ssap.xml</url>
      <code>
        row = self.getFirstVOTableRow()
        assert row["ssa_dstype"]=="timeseries", row["ssa_dstype"]
        self.followUp.did = urllib.parse.quote_plus(row["ssa_pubDID"])
        self.followUp.url.content_ = "sdl/dlmeta?ID="+self.followUp.did
      </code>
    </regTest>
    <regTest title="Datalink tells of the series and the cutouts">
      <url>sdl/dlmeta</url>
      <code>
        self.assertHasStrings("#this", "#proc", "TIME")
        self.followUp.url.content_ = "sdl/dlget?ID="+self.did
      </code>
    </regTest>
    <regTest title="A series has its points">
      <url>sdl/dlget</url>
      <code>
        rows = self.getVOTableRows()
        assert rows, "no points"
        assert sorted(row["obs_time"] for row in rows)==[row["obs_time"] for row in rows]
      </code>
    </regTest>
  </regSuite>
</resource>
