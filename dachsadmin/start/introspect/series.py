"""Whether tables are time series: one object's brightness over time per file, or many objects' in one table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.start.introspect.columns import Described, cleaned
from dachsadmin.start.survey import Proposal

FEWEST_ROWS = 3
_MEASURED = re.compile(r"phot\.(?:mag|flux|count)")
_MEASURED_NAME = re.compile(r"(?:\w+_)?(?:mag|magnitude|flux|rate|counts?|brightness)(?:_\w+)?\Z")
_OBJECT_NAME = re.compile(r"(?:\w*_)?(?:(?:obj|object|star|source|src|target|tic|kic|gaia)?id|name|object|obj|star|source|target|"
                          r"designation|hip|tic|kic)\Z")


@dataclass(frozen=True)
class Series:
    """`object_column` tells the series in one table; None if a file is one series, or has none."""

    is_series: bool = False
    object_column: Proposal | None = None
    remark: str = ""


def recognise(columns: Sequence[Described], proposals: Sequence[Proposal], files: int) -> Series:
    """Look for a time, something measured, and rows that belong together."""
    time = next((proposal for proposal in proposals if proposal.role == "time"), None)
    if time is None or not any(_is_measured(column) for column in columns):
        return Series()
    clock = next(column for column in columns if column.field.source == time.sources[0])
    times = [value for value in clock.values if value is not None]
    if len(times) < FEWEST_ROWS or len(set(times)) < 2:
        return Series()
    for column in columns:
        if _OBJECT_NAME.match(column.field.name) and column.field.type in ("text", "smallint", "integer", "bigint") and \
                not column.field.missing and not column.field.constant:
            counted = Counter(column.values)
            if len(column.values) >= FEWEST_ROWS * len(counted):
                source = column.field.source
                name = column.text if column.field.type == "text" else f"str({column.text})"
                target = Proposal("target", name, (source,), f"target from column {cleaned(source)}, which has {len(counted)} values in "
                                  f"{len(column.values)} rows")
                return Series(True, target, f"column {cleaned(source)} tells the objects, which have several rows each")
    if _rows_are_objects(columns, proposals):
        return Series()
    if len(set(times)) < 0.5 * len(times):
        return Series()
    return Series(True, None, f"each of the {files} files is one time series" if files > 1 else "the file is one time series")


def _is_measured(column: Described) -> bool:
    field = column.field
    return column.is_number and not field.constant and (_MEASURED.match(field.ucd) is not None or
                                                        _MEASURED_NAME.match(field.name) is not None)


def _rows_are_objects(columns: Sequence[Described], proposals: Sequence[Proposal]) -> bool:
    """Whether each row has a place or a name of its own, as in a catalogue with epochs."""
    by_source = {column.field.source: column for column in columns}
    for role in ("ra", "target"):
        proposal = next((each for each in proposals if each.role == role), None)
        if proposal is not None and len(set(by_source[proposal.sources[0]].values)) > 0.8 * len(by_source[proposal.sources[0]].values):
            return True
    return False
