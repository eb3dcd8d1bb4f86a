"""What ObsCore 1.1 says of its mandatory columns (tables 1 and 5)."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """`family` is text, integer, float or region; `utype` stands without its prefix."""

    name: str
    family: str
    unit: str
    ucd: str
    utype: str


FAMILIES = {"text": frozenset({"text", "character varying", "unicode", "character"}),
            "integer": frozenset({"smallint", "integer", "bigint"}),
            "float": frozenset({"real", "double precision", "numeric"})}
"""Types of PostgreSQL; a region may be of many."""
DECLARED = {"text": frozenset({"char", "unicodechar", "varchar", "clob"}),
            "integer": frozenset({"short", "int", "long", "smallint", "integer", "bigint"}),
            "float": frozenset({"float", "double", "real"}), "region": frozenset({"char", "unicodechar", "region", "double"})}
"""Types in TAP_SCHEMA: VOTable's, or those of TAP 1.0."""

_TABLE = """
dataproduct_type text - meta.code.class ObsDataset.dataProductType
calib_level integer - meta.code;obs.calib ObsDataset.calibLevel
obs_collection text - meta.id DataID.collection
obs_id text - meta.id DataID.observationID
obs_publisher_did text - meta.ref.ivoid Curation.publisherDID
access_url text - meta.ref.url Access.reference
access_format text - meta.code.mime Access.format
access_estsize integer kbyte phys.size;meta.file Access.size
target_name text - meta.id;src Target.name
s_ra float deg pos.eq.ra Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1
s_dec float deg pos.eq.dec Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2
s_fov float deg phys.angSize;instr.fov Char.SpatialAxis.Coverage.Bounds.Extent.diameter
s_region region - pos.outline;obs.field Char.SpatialAxis.Coverage.Support.Area
s_resolution float arcsec pos.angResolution Char.SpatialAxis.Resolution.Refval.value
s_xel1 integer - meta.number Char.SpatialAxis.numBins1
s_xel2 integer - meta.number Char.SpatialAxis.numBins2
t_min float d time.start;obs.exposure Char.TimeAxis.Coverage.Bounds.Limits.StartTime
t_max float d time.end;obs.exposure Char.TimeAxis.Coverage.Bounds.Limits.StopTime
t_exptime float s time.duration;obs.exposure Char.TimeAxis.Coverage.Support.Extent
t_resolution float s time.resolution Char.TimeAxis.Resolution.Refval.value
t_xel integer - meta.number Char.TimeAxis.numBins
em_min float m em.wl;stat.min Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit
em_max float m em.wl;stat.max Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit
em_res_power float - spect.resolution Char.SpectralAxis.Resolution.ResolPower.refVal
em_xel integer - meta.number Char.SpectralAxis.numBins
o_ucd text - meta.ucd Char.ObservableAxis.ucd
pol_states text - meta.code;phys.polarization Char.PolarizationAxis.stateList
pol_xel integer - meta.number Char.PolarizationAxis.numBins
facility_name text - meta.id;instr.tel Provenance.ObsConfig.Facility.name
instrument_name text - meta.id;instr Provenance.ObsConfig.Instrument.name
"""
COLUMNS = tuple(Column(name, family, unit.replace("-", ""), ucd, utype)
                for name, family, unit, ucd, utype in map(str.split, _TABLE.strip().splitlines()))
