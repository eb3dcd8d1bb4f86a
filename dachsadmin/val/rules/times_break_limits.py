"""DA517: coverage updaters over tables that `dachs limits` breaks on."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import Columns, columns_of_reference
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import all_nodes
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_LOOKED_FOR_FIRST = frozenset({"t_min", "dateObs", "ssa_dateObs"})


class TimesBreakLimits(Rule):
    """A coverage updater takes times from columns that `dachs limits` can read.

    Where a table has one column with the UCD `time.start` and one with `time.end`, and none that ObsCore, SSAP or SIAP
    have for times, `dachs limits` fails, and the resource has no coverage at all. Call the columns `t_min` and `t_max` as
    in ObsCore, or leave the times out.

    Bad:
        <table id="main" onDisk="True"><column name="begun" unit="d" ucd="time.start"/>
          <column name="ended" unit="d" ucd="time.end"/></table>
        <coverage><updater sourceTable="main"/></coverage>
    Good:
        <table id="main" onDisk="True"><column name="t_min" unit="d" ucd="time.start" xtype="mjd"/>
          <column name="t_max" unit="d" ucd="time.end" xtype="mjd"/></table>
        <coverage><updater sourceTable="main"/></coverage>
    See: DaCHS 2.7 to 2.13, measured
    """

    code, name, severity, since = "DA517", "times-break-limits", Severity.ERROR, "0.3"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for updater in all_nodes(rd, site, "updater"):
            attribute = "timeTable" if updater.get("timeTable") else "sourceTable"
            reference = updater.get(attribute)
            if reference and _breaks(columns_of_reference(reference, updater, site)):
                place = place_of(updater)
                yield self.finding(rd, place, f"'dachs limits' fails for table {reference}: it has columns with the UCDs time.start "
                                   "and time.end", attribute=attribute if place is updater.element else "", subject=reference,
                                   hint="call them t_min and t_max, or name the table in spaceTable and spectralTable only")


def _breaks(columns: Columns) -> bool:
    """Whether these are times that DaCHS finds by their UCDs, of which it wants one each."""
    if not columns.complete or _LOOKED_FOR_FIRST & columns.columns.keys():
        return False
    ucds = [(column.get("ucd") or "").strip() for column in columns.columns.values() if column is not None]
    return ucds.count("time.start") == ucds.count("time.end") == 1
