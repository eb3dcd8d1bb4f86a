"""DA638: coordinates annotated with a data model that DaCHS has left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_OLD = re.compile(r"\(\s*stc2:Coords\s*\)")


class OldCoordinatesModel(Rule):
    """Coordinates are annotated with votable:Coords.

    DaCHS 2.7 made COOSYS and TIMESYS of VOTables from `stc2:Coords` in a dm element. DaCHS 2.11 does so for
    `votable:Coords` alone, and passes the old name over without a word: clients no longer learn the time scale.

    Bad:
        <table id="t"><dm>(stc2:Coords) { time: (stc2:TimeCoordinate) { location: @obs_time } }</dm>
          <column name="obs_time"/></table>
    Good:
        <table id="t"><dm>(votable:Coords) { time: (votable:TimeCoordinate) { location: @obs_time } }</dm>
          <column name="obs_time"/></table>
    See: DaCHS 2.7 and 2.11, measured
    """

    code, name, severity, since = "DA638", "old-coordinates-model", Severity.WARNING, "0.3"
    only_with = ("dm",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if site.language.numbers < (2, 11):
            return
        for annotation in rd.elements("dm"):
            if not annotation.replayed and _OLD.search(annotation.text):
                yield self.finding(rd, annotation, "DaCHS makes nothing of stc2:Coords since 2.11: the time scale and the "
                                   "frame of positions are gone from VOTables", value="stc2:Coords",
                                   hint="write votable: for stc2: throughout the annotation")
