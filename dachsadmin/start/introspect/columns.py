"""Columns as readers found them, made into fields: name, type, unit, UCD, description, missing values, extent."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from dachsadmin.start.introspect import names, ucds, units
from dachsadmin.start.introspect.values import Told, converted, distinct, extent, of_text, of_typed
from dachsadmin.start.survey import Field, Value

LONGEST_DESCRIPTION = 500
LONGEST_EXAMPLE = 60
_NEEDS_DOUBLE = ("pos.eq.", "pos.galactic.", "pos.ecliptic.", "time.epoch", "time.start", "time.end")
_NO_INTEGERS = ("phot.mag", "phot.flux", "phot.color", "pos.", "spect.", "src.redshift", "stat.error", "stat.snr", "phys.", "em.",
                "time.")


@dataclass(frozen=True)
class Column:
    """A column (or header keyword) as a file has it, with the values of the rows (or files) that were looked at.

    `values` are None where one is missing; those of arrays do not matter. `type` is the DaCHS type that the file declares
    (`real`, `text`, `real[3]` ...);
    empty if the grammar gives text, from which the type is told, with an eye on the `declared` one. `key` is what the
    grammar calls it, if not `source`; with `nan` it gives NaN for missing numbers. `ucd`, `unit`, `description`
    and `null` (a literal) are the file's own.
    """

    source: str
    values: Sequence[Value]
    type: str = ""
    unit: str = ""
    ucd: str = ""
    description: str = ""
    null: str = ""
    key: str = ""
    declared: str = ""
    nan: bool = False

    @property
    def written(self) -> str:
        """How a rowmaker writes it."""
        return names.reference(self.key or self.source)


@dataclass(frozen=True)
class Described:
    """A field, and what it was made from; `sentinel` is a number that was taken for a missing value."""

    field: Field
    column: Column
    values: tuple[Value, ...]
    sentinel: str = ""

    @property
    def is_number(self) -> bool:
        return self.field.type in ("smallint", "integer", "bigint", "real", "double precision")

    @property
    def numbers(self) -> list[float]:
        """The values that are numbers."""
        return [value for value in self.values if isinstance(value, (int, float))]

    @property
    def number(self) -> str:
        """An expression that gives a number, or None where it is missing; it can stand within another."""
        if self.field.value or self.column.type:
            return self.text
        return converted(self.column.written, "real")

    @property
    def text(self) -> str:
        """An expression that gives the value, or None; it can stand within another."""
        value = self.field.value or self.column.written
        return f"({value})" if " if " in value or " or " in value else value


def fields(columns: Sequence[Column], taken: Collection[str] = ()) -> tuple[Field, ...]:
    """The fields of columns, in their order; names are none of `taken`."""
    return tuple(each.field for each in described(columns, taken))


def described(columns: Sequence[Column], taken: Collection[str] = ()) -> tuple[Described, ...]:
    """The fields of columns with what else was told of them."""
    columns = [_with_unit_of_name(column) for column in columns]
    bare = [_UNIT_IN_NAME.sub("", column.source[:LONGEST_DESCRIPTION]) if column.unit else column.source for column in columns]
    proposed = names.all_proposed(bare, taken)
    return tuple(_described(column, name) for column, name in zip(columns, proposed))


def cleaned(text: str, longest: int = LONGEST_DESCRIPTION) -> str:
    """One line of printable text; what is too long ends in `...`."""
    plain = "".join(mark if mark.isprintable() else " " for mark in text[:4 * longest])
    line = " ".join(plain.split())
    return line if len(line) <= longest else line[:longest - 4].rsplit(" ", 1)[0] + " ..."


def _described(column: Column, name: str) -> Described:
    told = _told(column)
    if not column.type and not column.declared and told.type in ("integer", "bigint", "real"):
        told = _as_precise_as(ucds.proposed(name, units.read(column.unit).unit, column.description, column.ucd), column, told)
    is_number = told.type in ("smallint", "integer", "bigint", "real", "double precision") or "[" in told.type
    unit, description = _unit(column, name, is_number=is_number)
    if is_number and unit == units.ReadUnit():
        unit = _unit_of_name(name, told)
    if told.truths:
        description = f"{description} (1: true, 0: false)".lstrip()
    ucd = ucds.proposed(name, unit.unit if not unit.unknown else "?", description, column.ucd)
    if unit.note and unit.note.lower() not in description.lower():
        description = f"{description} ({unit.note})" if description else unit.note
    least, greatest = extent(told.values)
    present = [value for value in told.values if value is not None]
    field = Field(
        source=column.source, name=name, type=told.type, unit=unit.unit, unknown_unit=unit.unknown, ucd=ucd,
        description=description, null=told.null, constant=len(present) == len(told.values) > 0 and len(set(present)) == 1,
        missing=len(told.values) - len(present), examples=tuple(map(_example, distinct(told.values))), minimum=least,
        maximum=greatest, value=told.value or _own_way(column, told.type))
    return Described(field, column, told.values, told.sentinel)


_UNIT_IN_NAME = re.compile(r"(?<=\S)(?:\s+\((?P<round>[^()]{1,30})\)|\s*\[(?P<square>[^\[\]]{1,30})\])\s*\Z")


def _with_unit_of_name(column: Column) -> Column:
    """The column, with the unit that its name has (`RA (deg)`) if the file does not tell one."""
    match = _UNIT_IN_NAME.search(column.source) if len(column.source) < LONGEST_DESCRIPTION else None
    if column.unit or match is None or not units.read(match["round"] or match["square"]).unit:
        return column
    return replace(column, unit=match["round"] or match["square"], key=column.key or column.source)


def _told(column: Column) -> Told:
    if not column.type:
        return of_text([None if value is None else str(value) for value in column.values], column.written,
                       column.declared, column.null)
    if "[" in column.type:
        return Told(column.type, ())
    return of_typed(column.values, column.type, column.written, column.null, nan=column.nan)


def _as_precise_as(ucd: str, column: Column, told: Told) -> Told:
    """What no few digits in the rows looked at should make coarse: single precision is 0.1 arcsec or 20 minutes off."""
    if ucd.startswith(_NEEDS_DOUBLE):
        return _told(replace(column, declared="double precision"))
    return _told(replace(column, declared="real")) if told.type != "real" and ucd.startswith(_NO_INTEGERS) else told


def _own_way(column: Column, kind: str) -> str:
    """How a value without peculiarities is read; nothing where DaCHS's own conversion of `source` has it already."""
    renamed = bool(column.key) and column.key != column.source
    # DaCHS takes an @ for a field and a backslash for a macro in the names of sources, too.
    plain = column.written if renamed or "chr(" in column.written else ""
    return plain if column.type else converted(column.written, kind) or plain


_UNIT_IN_DESCRIPTION = re.compile(r"(?:\A\[(?P<first>[^\[\]]{1,30})\]\s*|[\[(](?:in )?(?P<last>[^\[\]()]{2,30})[\])]\s*\Z)")


def _unit(column: Column, name: str, *, is_number: bool) -> tuple[units.ReadUnit, str]:
    """The unit, told by the file or by its comment (`[deg] RA of the target`), and the description without it."""
    description = cleaned(column.description)
    said = units.read(column.unit)
    if said != units.ReadUnit() or not is_number:
        return (said if is_number or said.note else units.ReadUnit()), description
    match = _UNIT_IN_DESCRIPTION.search(description)
    if match:
        found = units.read(match["first"] or match["last"])
        if found.unit:
            return found, (description[:match.start()] + description[match.end():]).strip()
    return said, description


_MAGNITUDE_NAME = re.compile(r"(?:\w+_)?[a-z0-9]{0,3}mag(?:nitude)?(?:_?(?:[a-z0-9]{1,3}|err|error|auto|iso|aper|psf|best|err_auto))?\Z")
_DAY_NAME = re.compile(r"(?:obs_?)?[hb]?m?jd(?:_?(?:obs|tdb|utc|tt|mid))?\Z")


def _unit_of_name(name: str, told: Told) -> units.ReadUnit:
    """What a column without a unit must be in, as its name and its values say so: magnitudes, Julian days."""
    least, greatest = extent(told.values)
    if not isinstance(least, (int, float)) or not isinstance(greatest, (int, float)):
        return units.ReadUnit()
    if _MAGNITUDE_NAME.match(name) and -40 < least and greatest < 50:
        return units.ReadUnit("mag")
    return units.ReadUnit("d") if _DAY_NAME.match(name) and least > 10_000 else units.ReadUnit()


def _example(value: Value) -> Value:
    return cleaned(value, LONGEST_EXAMPLE) if isinstance(value, str) else value
