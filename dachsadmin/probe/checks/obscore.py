"""Check DP206: obscore."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

COLUMNS = (
    "dataproduct_type", "calib_level", "obs_collection", "obs_id", "obs_publisher_did", "access_url", "access_format",
    "access_estsize", "target_name", "s_ra", "s_dec", "s_fov", "s_region", "s_resolution", "s_xel1", "s_xel2", "t_min",
    "t_max", "t_exptime", "t_resolution", "t_xel", "em_min", "em_max", "em_res_power", "em_xel", "o_ucd", "pol_states",
    "pol_xel", "facility_name", "instrument_name")
"""The mandatory columns (ObsCore 1.1, table 1)."""
_MODEL = "ivo://ivoa.net/std/obscore"
_ROWS = 100


class Obscore(Check):
    """The table ivoa.obscore has all mandatory columns, is announced as data model, and holds what can be.

    Who searches the whole VO for observations asks this table. If TAP says that it does not exist, a contribution broke
    it: `dachs imp //obscore` tells which one, or makes it anew. Of spectra (//obscore#publishSSAPMIXC), DaCHS 2.7 makes
    time intervals that are four times too wide, and loses the exposure time; give the mixin tMin, tMax and t_exptime.

    See:
        ObsCore 1.1 (https://www.ivoa.net/documents/ObsCore/)
    """

    code, name, severity, since = "DP206", "obscore", Severity.ERROR, "0.1"
    asks = ("tap",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        told = vosi.capabilities(vosi.xml(centre.web.get("/tap/capabilities"), "/tap/capabilities"))
        announced = any(model.lower().startswith(_MODEL) for one in told for model in one.models)
        listed = any(table.name.lower() == "ivoa.obscore" for table in centre.all_tables())
        if listed and not announced:
            yield self.finding(service, "there is a table ivoa.obscore, but the capabilities do not have its data model",
                               hint="run 'dachs imp //obscore'")
        if announced and not listed:
            yield self.finding(service, "the capabilities have the data model of obscore, but there is no ivoa.obscore",
                               hint="run 'dachs imp //obscore'")
        if not listed:
            return
        found = centre.query(f"SELECT TOP {_ROWS} {', '.join(COLUMNS)} FROM ivoa.obscore{_of_asked(centre)}",
                             "a query for the mandatory columns of ivoa.obscore", rows=_ROWS)
        rows = found.records(*COLUMNS)
        for wrong in dict.fromkeys(fault for row in rows for fault in faults(row)):
            yield self.finding(service, f"a row of ivoa.obscore {wrong}", value=wrong, severity=Severity.WARNING)
        if any(row["t_min"] for row in rows) and not any(row["t_exptime"] for row in rows):
            yield self.finding(service, "no row of ivoa.obscore has an exposure time: DaCHS 2.7 loses that of spectra",
                               severity=Severity.INFO, hint='give the mixin t_exptime="ssa_timeExt"')
        if any(map(_is_too_wide, rows)):
            yield self.finding(service, "time intervals in ivoa.obscore are four times the exposure times: DaCHS makes "
                               "them so by itself", severity=Severity.INFO, hint="give the mixin tMin and tMax")


def _of_asked(centre: Centre) -> str:
    """The condition for rows of the RD asked for; DaCHS tells the table that each comes from in source_table."""
    if not centre.only:
        return ""
    tables = ["'" + name.replace("'", "''") + "'" for name in sorted(centre.published_tables())]
    return f" WHERE source_table IN ({', '.join(tables)})" if tables else " WHERE source_table IS NULL"


def faults(row: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a row of obscore."""
    for name in ("obs_collection", "obs_id", "obs_publisher_did"):
        if not row[name]:
            yield f"has no {name}"
    level = row["calib_level"]
    if level is None or not 0 <= level <= 4:
        yield f"has the calib_level {level}"
    for low, high in (("t_min", "t_max"), ("em_min", "em_max")):
        if row[low] is not None and row[high] is not None and row[low] > row[high]:
            yield f"has a {low} above its {high}"
    if row["s_ra"] is not None and not 0 <= row["s_ra"] <= 360 or row["s_dec"] is not None and abs(row["s_dec"]) > 90:
        yield "has a position that is none"
    if row["access_url"] and not str(row["access_url"]).startswith(("http://", "https://", "ftp://")):
        yield "has an access_url that is no address"
    if row["obs_publisher_did"] and not str(row["obs_publisher_did"]).startswith("ivo://"):
        yield "has an obs_publisher_did that is no IVOID"


def _is_too_wide(row: dict[str, Any]) -> bool:
    begin, end, time = row["t_min"], row["t_max"], row["t_exptime"]
    return bool(begin is not None and end is not None and time) and abs((end - begin) * 86400 / time - 4) < 0.05
