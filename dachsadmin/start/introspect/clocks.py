"""Times in a table: which columns have them, and in which of the ways astronomers count days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.start.introspect.columns import Described, cleaned
from dachsadmin.start.introspect.values import scaled
from dachsadmin.start.survey import Proposal

_JD_OF_MJD = 2400000.5
_START = re.compile(r"(?:t_?min|time_?start|start_?time|t_?start|date_?(?:beg|start)|mjd_?(?:beg|start)|obs_?start|start)\Z")
_END = re.compile(r"(?:t_?max|time_?end|end_?time|t_?(?:stop|end)|date_?(?:end|stop)|mjd_?end|obs_?end|stop)\Z")
_ANY = re.compile(r"(?:[hb]?m?jd|r?jd|b?tjd|bkjd|[hb]?m?jd_?(?:obs|tdb|utc|tt)|time_?(?:[hb]?m?jd)|(?:obs_?)?[hb]?m?jd|[hb]?m?jd_?mid"
                  r"|obs_?time|time|epoch|t|times|time_?mid|mid_?time|t_?mid|exp_?mid|obs_?date|date_?obs|obs_?timestamp|ut_?date"
                  r"|date|timestamp|datetime|jd_utc|transit_?time)\Z")
_OFFSET = re.compile(r"\b[HB]?M?JD\b(?:_\w+)?\s*-\s*(?P<offset>2?4?[0-9]{4,6}(?:\.[0-9]+)?)", re.IGNORECASE)
_MISSIONS = {"btjd": 2457000.0, "tjd": 2440000.5, "bkjd": 2454833.0, "rjd": 2400000.0}
"""What is left off Julian dates: by TESS, Kepler and others."""


@dataclass(frozen=True)
class Clock:
    """How a column's times are counted: what is to be added to get a Julian date, None if nobody can tell.

    `iso`: it holds ISO 8601 texts or timestamps.
    """

    column: Described
    offset: float | None = None
    iso: bool = False
    shown: str = ""

    @property
    def as_mjd(self) -> str:
        if self.iso:
            # toMJD knows no dates without a time (DaCHS 2.7).
            return f"toMJD({self.column.text})".replace("parseDefaultDate(", "parseISODT(")
        return scaled(self.column.number, 1.0, (self.offset or 0.0) - _JD_OF_MJD if self.offset is not None else 0.0)

    @property
    def as_day(self) -> str:
        """JD or MJD, whichever the column is closer to."""
        if self.iso:
            return self.as_mjd
        return scaled(self.column.number, 1.0, 0.0 if self.offset in (None, 0.0, _JD_OF_MJD) else self.offset or 0.0)


def proposals(columns: Sequence[Described]) -> list[Proposal]:
    """Proposals for time, date_obs, time_start and time_end."""
    found = []
    clocks = [clock for column in columns if (clock := read(column)) is not None]
    for role, pattern, ucd in (("time_start", _START, "time.start"), ("time_end", _END, "time.end")):
        fitting = [clock for clock in clocks if pattern.match(clock.column.field.name) or clock.column.field.ucd.startswith(ucd)]
        if fitting:
            found.append(_proposal(role, fitting[0], fitting[0].as_mjd))
    whole = [clock for clock in clocks if clock.column.field.ucd.startswith("time.epoch") or _ANY.match(clock.column.field.name)]
    if whole:
        best = max(whole, key=lambda clock: (clock.offset is not None, not clock.iso, not clock.column.field.constant))
        found += [_proposal("time", best, best.as_day), _proposal("date_obs", best, best.as_mjd)]
    return found


def read(column: Described) -> Clock | None:
    """How a column counts time; None if it does not hold times."""
    field = column.field
    named = any(pattern.match(field.name) for pattern in (_START, _END, _ANY)) or field.ucd.startswith(
        ("time.epoch", "time.start", "time.end"))
    if not named or field.ucd.startswith("stat.") or field.missing == len(column.values):
        return None
    if field.type in ("timestamp", "date"):
        return Clock(column, iso=True, shown="ISO 8601")
    if field.type == "text" or not column.is_number or field.unit not in ("d", ""):
        return None
    said = _OFFSET.search(f"{field.source} {column.column.unit} {field.description}")
    mission = next((offset for name, offset in _MISSIONS.items() if name in field.name.split("_") or name == column.column.unit.lower()),
                   None)
    numbers = column.numbers
    if said:
        return Clock(column, _in_julian_days(said), shown=said[0])
    if mission is not None and max(numbers) < 100_000:
        return Clock(column, mission, shown=f"JD - {mission:g}")
    if min(numbers) > 2_000_000:
        return Clock(column, 0.0, shown="JD")
    if min(numbers) > 10_000 and max(numbers) < 200_000 and ("mjd" in field.name or "MJD" in f"{field.source} {field.description}"):
        return Clock(column, _JD_OF_MJD, shown="MJD")
    if min(numbers) > 30_000 and max(numbers) < 100_000:
        return Clock(column, None, shown="taken for MJD")
    return Clock(column, None, shown="an offset that the table does not tell") if field.unit == "d" else None


def _in_julian_days(said: re.Match[str]) -> float:
    offset = float(said["offset"])
    return offset + _JD_OF_MJD if "mjd" in said[0].lower() else offset


def _proposal(role: str, clock: Clock, expression: str) -> Proposal:
    source = clock.column.field.source
    return Proposal(role, expression, (source,), f"{role} from column {cleaned(source)}, {clock.shown}",
                    certain=clock.iso or clock.offset is not None)
