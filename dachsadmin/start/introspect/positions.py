"""Right ascension and declination in a table: which columns have them, in degrees, hours, radians or sexagesimal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dachsadmin.start.introspect import quantities
from dachsadmin.start.introspect.columns import Described, cleaned
from dachsadmin.start.introspect.values import scaled
from dachsadmin.start.survey import Proposal

_RA_NAME = re.compile(r"(?:\w+_)??(?P<ra>ra|alpha|right_ascension|alphawin|raj|rah|radeg)(?P<rest>_?\w*)\Z")
_DEC_NAME = re.compile(r"(?:\w+_)??(?P<dec>dec|de|delta|declination|deltawin|dej|decj|ded|dedeg|decdeg)(?P<rest>_?\w*)\Z")
_KNOWN_REST = re.compile(r"_?(?:deg|d|j?2000|icrs|j2000|obj|mean|s|h|hms|dms|center|cen|0|epoch2000|gaia|dr[23])?\Z")
_OTHER_FRAME = re.compile(r"1950|1900|1875|1855|b1950|fk4|_app\Z", re.IGNORECASE)


def proposals(columns: Sequence[Described]) -> list[Proposal]:
    """Proposals for ra and dec: both, or none, for one alone is no position."""
    parts = _in_parts(columns)
    if parts:
        return parts
    pairs = [(score_ra + score_dec + 3 * (rest_ra == rest_dec), -place, ra, dec)
             for place, (score_ra, rest_ra, ra) in enumerate(_candidates("ra", columns))
             for score_dec, rest_dec, dec in _candidates("dec", columns)]
    if not pairs:
        return []
    *_, ra, dec = max(pairs, key=lambda pair: pair[:2])
    return [ra, dec]


def _candidates(role: str, columns: Sequence[Described]) -> Iterator[tuple[int, str, Proposal]]:
    """Proposals for a role, how good each is, and what its name has after `ra` or `dec`."""
    pattern, ucd = (_RA_NAME, "pos.eq.ra") if role == "ra" else (_DEC_NAME, "pos.eq.dec")
    for column in columns:
        field = column.field
        match = pattern.match(field.name)
        rest = match["rest"] if match and _KNOWN_REST.match(match["rest"]) else None
        declared = field.ucd == ucd or field.ucd.startswith(f"{ucd};")
        if (rest is None and not declared) or _OTHER_FRAME.search(f"{field.source} {field.description}"):
            continue
        if field.ucd and not declared:
            continue
        made = _in_degrees(role, column)
        if made is not None:
            expression, unit, certain = made
            score = 4 * ("meta.main" in field.ucd) + 2 * declared + 2 * certain - bool(field.missing)
            shown = "RA" if role == "ra" else "declination"
            reason = f"{shown} from column {cleaned(field.source)}, {unit}"
            yield score, rest or "", Proposal(role, expression, (field.source,), reason, certain)


def _in_degrees(role: str, column: Described) -> tuple[str, str, bool] | None:
    field, longitude = column.field, role == "ra"
    if not column.is_number:
        return _from_texts(column, longitude=longitude)
    if not column.numbers or field.unknown_unit:
        return None
    return quantities.degrees(column.number, field.unit, min(column.numbers), max(column.numbers), longitude=longitude)


def _from_texts(column: Described, *, longitude: bool) -> tuple[str, str, bool] | None:
    texts = [value for value in column.values if isinstance(value, str)]
    if not texts or column.field.type != "text":
        return None
    unless, _, text = column.field.value.rpartition(" else ")
    text = text.removesuffix(" or None") or column.column.written
    found = quantities.sexagesimal(texts, text, longitude=longitude)
    if found is None:
        return None
    angle, spelt = found
    return f"{unless} else {angle}" if unless else f"{angle} if {text} else None", spelt, True


def _in_parts(columns: Sequence[Described]) -> list[Proposal]:
    """A position in six or seven columns, as CDS's tables have it: RAh RAm RAs DE- DEd DEm DEs."""
    by_name = {column.field.name: column for column in columns}
    hours = [by_name.get(name) for name in ("rah", "ram", "ras")]
    degrees = [by_name.get(name) for name in ("ded", "dem", "des")]
    if hours[0] is None or hours[1] is None or degrees[0] is None:
        return []
    right = [part for part in hours if part is not None]
    down = [part for part in degrees if part is not None]
    if not all(part.is_number or _of_digits(part) for part in (*right, *down)):
        return []
    ra = scaled(_summed(right), 15.0)
    sign = by_name.get("de_sign")
    dec = _summed(down)
    used = [part.field.source for part in down]
    if sign is not None:
        dec = f"scale({dec}, -1 if {sign.column.written} == '-' else 1)"
        used.insert(0, sign.field.source)
    return [Proposal("ra", ra, tuple(part.field.source for part in right), f"RA from columns {_listed(right)}"),
            Proposal("dec", dec, tuple(used), f"declination from columns {', '.join(used)}", certain=sign is not None)]


def _of_digits(column: Described) -> bool:
    return all(value is None or (isinstance(value, str) and value.isdigit()) for value in column.values)


def _summed(parts: Sequence[Described]) -> str:
    """Hours (degrees), minutes and seconds as one number; None if the first is missing."""
    numbers = [part.number if part.is_number else f"parseFloat({part.text})" for part in parts]
    terms = [f"({number} or 0) / {60 ** place}" if place else f"({number} or 0)" for place, number in enumerate(numbers)]
    return f"None if {numbers[0]} is None else {' + '.join(terms)}" if parts[0].field.missing else " + ".join(terms)


def _listed(parts: Sequence[Described]) -> str:
    return ", ".join(cleaned(part.field.source) for part in parts)
