"""Which keywords of FITS headers fill the fields of protocols, by which expression, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dachsadmin.start.introspect import names, quantities
from dachsadmin.start.introspect.headers import key
from dachsadmin.start.introspect.keywords import NUMBER, NUMERIC, UNEXPLAINED
from dachsadmin.start.introspect.quantities import SECONDS
from dachsadmin.start.introspect.values import scaled
from dachsadmin.start.survey import Field, Proposal, Value

UNIQUE = tuple("""
OBSID OBS_ID OBS-ID OBSNUM SPECID SPEC_ID SPECOBJID EXPID EXPNUM FRAMEID FRAME_ID DATASET ROOTNAME ARCFILE ORIGFILE FILENAME IMAGEID
IMAGE_ID DATAID PRODID OBJID DESIG
""".split())
"""Keywords that may identify an observation; the first of which all values are different does."""

_POSITIONS = [tuple(pair.split("/")) for pair in """
PLUG_RA/PLUG_DEC RA_TARG/DEC_TARG RA_OBJ/DEC_OBJ OBJ_RA/OBJ_DEC OBJRA/OBJDEC RAOBJ/DECOBJ TARG_RA/TARG_DEC TARGRA/TARGDEC
FIBER_RA/FIBER_DEC RA_FIBER/DEC_FIBER RA/DEC RAJ2000/DEJ2000 RAJ2000/DECJ2000 RADEG/DECDEG RA_DEG/DEC_DEG RA/DE CATRA/CATDEC ALPHA/DELTA
OBSRA/OBSDEC RA_OBS/DEC_OBS RA_PNT/DEC_PNT TELRA/TELDEC TEL_RA/TEL_DEC RA_TEL/DEC_TEL OBJCTRA/OBJCTDEC
""".split()]
_MIDDLES = "DATE-AVG DATE-MID MJD-MID MJD-AVG MJDMID MJD_MID TMID T_MID DATEMID EXPMID BJD-MID".split()
_STARTS = """
DATE-OBS DATE-BEG DATE_OBS DATEOBS DATE_BEG MJD-OBS MJD-BEG MJD_OBS MJDOBS MJD_BEG EXPSTART TSTART T_START DATE-STA UTSTART OBSDATE JD-OBS
JD_OBS JD MJD TAI-BEG
""".split()
_ENDS = "DATE-END MJD-END DATE_END MJD_END MJDEND EXPEND TSTOP T_STOP TEND".split()
_CLOCKS = "UT UTC UT-OBS UTC-OBS TIME-OBS UTSTART TIME_OBS UT_OBS UTCSTART TIME-BEG".split()
_EXPOSURES = "EXPTIME EXPOSURE EXP_TIME TEXPTIME TOTEXP TOT_EXP ITIME EXPT ELAPTIME EXP-TIME DARKTIME ONTIME".split()
_CLOCK = re.compile(r"[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]*)?\Z")
_MIDDLE = re.compile(r"\b(mid(dle|dle-exposure|point)?|median|mean|average|centr?e|centr?al)\b", re.IGNORECASE)
_LOCAL = re.compile(r"\b(?:(?i:local)|LT|CST|EST|PST|MST)\b")


@dataclass(frozen=True)
class _Told:
    """An expression, the fields in it, and why."""

    expression: str
    fields: tuple[Field, ...]
    reason: str
    certain: bool = True


def proposals(fields: Sequence[Field], *, unique: Sequence[str] = (), data: str = "spectrum") -> Iterator[Proposal]:
    """What header keywords can fill. `unique`: those that differ in every file; `data`: what a file holds."""
    by_keyword = {field.source.removeprefix("HIERARCH "): field for field in fields}
    found = dict(_positions(by_keyword))
    found.update(_times(by_keyword))
    for role, keywords, kind, pattern in _PLAIN:
        told = _plain(by_keyword, keywords.split(), kind, pattern)
        if told is not None:
            found[role] = told
    identifier = next((keyword for keyword in UNIQUE if keyword in unique and keyword in by_keyword), "")
    if identifier:
        field = by_keyword[identifier]
        written = _reference(field) if field.type == "text" else f"str({_reference(field)})"
        found["identifier"] = _Told(written, (field,), f"identifier from header {identifier}: all files have different ones")
    target = found.get("target")
    if "title" not in found and target is not None:
        found["title"] = _Told(f"'{data.capitalize()} of ' + {target.expression}", target.fields,
                               "title from the name of the object")
    for role, told in found.items():
        yield proposal(role, told.expression, told.fields, told.reason, certain=told.certain)


def proposal(role: str, expression: str, fields: Sequence[Field], reason: str, *, certain: bool = True) -> Proposal:
    """A proposal that gives None, and breaks nothing, for a file that lacks what `expression` needs."""
    tests = [test for field in fields if field.missing for test in _tests(field)]
    guarded = f"({expression} if {' and '.join(tests)} else None)" if tests else expression
    lacking = max((field.missing for field in fields), default=0)
    if lacking:
        reason += f"; {lacking} of the files looked at lack it"
    return Proposal(role, guarded, tuple(dict.fromkeys(field.source for field in fields)), reason, certain)


def _tests(field: Field) -> Iterator[str]:
    grammar_key = key(field.source.removeprefix("HIERARCH "))
    got = f"vars.get({names.literal(grammar_key)})"
    if field.type in NUMERIC:
        yield f"isinstance({got}, (int, float))"
        if field.null:
            yield f"{_reference(field)} != {field.null}"
    else:
        yield f"isinstance({got}, str)"
        yield f"{_reference(field)} != ''"


def _reference(field: Field) -> str:
    return names.reference(key(field.source.removeprefix("HIERARCH ")))


_TEXT, _NAME, _NUMBERS = ("text",), ("text", "integer", "bigint"), tuple(NUMERIC)
_PLAIN = [
    ("target", "TARGNAME TARGET OBJECT DESIG DESIGNAT OBJNAME OBJ_NAME OBJ STARNAME SOURCE SRCNAME", _NAME, ""),
    ("title", "TITLE", _TEXT, ""),
    ("target_class", "CLASS OBJCLASS OBJ_CLS SPECTYPE OBJTYPE SRCTYPE", _TEXT, ""),
    ("subclass", "SUBCLASS SPTYPE SP_TYPE SPECTYP SPTYP SPT", _TEXT, ""),
    ("redshift", "REDSHIFT Z_BEST ZBEST Z_NOQSO ZSPEC Z", _NUMBERS, "redshift"),
    ("snr", "SNR S_N SN SNR_MED SNRATIO SNRG SNR_G SN_G SNRR SNR_R SN_R SNRI SN_MEDIAN", _NUMBERS, ""),
    ("resolution", "SPEC_RP SPEC_RES SPECRES RESOLUTN RESOL RESOLV RESPOWER R_POWER RES_POW", _NUMBERS, ""),
    ("instrument", "INSTRUME INSTRUMENT INSTRMNT INSTR SPECTROG CAMERA DETECTOR", _TEXT, ""),
    ("telescope", "TELESCOP TELESCOPE TELNAME TEL OBSERVAT", _TEXT, ""),
    ("observer", "OBSERVER OBSERVERS PI_NAME PI-COI", _TEXT, ""),
    ("band", "FILTER FILTNAM FILTER1 FILTNAM1 FILTNAME BAND FILTERID FILT INSFILTE FLTRNM", _NAME, ""),
]
"""Role, keywords in order of preference, types that it may have, and what a comment must say for certainty."""


def _plain(by_keyword: Mapping[str, Field], keywords: Sequence[str], kinds: Sequence[str], says: str) -> _Told | None:
    usable = [by_keyword[keyword] for keyword in keywords
              if keyword in by_keyword and by_keyword[keyword].type in kinds and by_keyword[keyword].examples]
    if not usable:
        return None
    field = min(usable, key=lambda each: each.missing)
    certain = not says or says in field.description.lower() or says in field.source.lower()
    written = _reference(field)
    if "text" in kinds and field.type != "text":
        written = f"str({written})"
    meaning = "" if field.description.startswith(UNEXPLAINED) else f": {field.description}"
    return _Told(written, (field,), f"header {field.source}{meaning}", certain)


def _positions(by_keyword: Mapping[str, Field]) -> Iterator[tuple[str, _Told]]:
    pairs = [(by_keyword[ra], by_keyword[dec]) for ra, dec in _POSITIONS if ra in by_keyword and dec in by_keyword]
    told = ((longitude, latitude) for ra, dec in sorted(pairs, key=lambda pair: pair[0].missing + pair[1].missing)
            if (longitude := _angle(ra, "RA")) and (latitude := _angle(dec, "Dec")))
    for longitude, latitude in told:
        frame = _frame(by_keyword)
        for role, each in (("ra", longitude), ("dec", latitude)):
            yield role, _Told(each.expression, each.fields, each.reason + frame[0], each.certain and frame[1])
        return


def _frame(by_keyword: Mapping[str, Field]) -> tuple[str, bool]:
    """What to say of the reference system, and whether it is ICRS within a fraction of an arcsecond."""
    for keyword in ("RADESYS", "RADECSYS", "EQUINOX"):
        shown = by_keyword[keyword].examples if keyword in by_keyword else ()
        odd = [value for value in shown if value in ("FK4", "FK4-NO-E") or (_is_number(value) and value not in (0, 2000))]
        if odd:
            return f"; {keyword} is {odd[0]}: precess it to ICRS", False
        if "FK5" in shown:
            return ", FK5", True
    return "", True


def _angle(field: Field, name: str) -> _Told | None:
    """An expression for degrees; None if the values are no angles."""
    written, begin, longitude = _reference(field), f"{name} from header {field.source}", name == "RA"
    if field.type == "text":
        shown = [value for value in field.examples if isinstance(value, str)]
        if shown and all(map(NUMBER.match, shown)):
            return _Told(f"float({written})", (field,), f"{begin}, taken for deg", certain=False)
        spelt = quantities.sexagesimal(shown, written, longitude=longitude)
        return _Told(spelt[0], (field,), f"{begin}, {spelt[1]}") if spelt else None
    least, most = field.minimum, field.maximum
    if field.type not in NUMERIC or not isinstance(least, (int, float)) or not isinstance(most, (int, float)):
        return None
    found = quantities.degrees(written, field.unit, least, most, longitude=longitude)
    return _Told(found[0], (field,), f"{begin}, {found[1]}", found[2]) if found else None


def _times(by_keyword: Mapping[str, Field]) -> Iterator[tuple[str, _Told]]:
    exposure = _exposure(by_keyword)
    if exposure is not None:
        yield "exposure", exposure
    middle = _moment(by_keyword, _MIDDLES) or _moment(by_keyword, _STARTS, middle=True)
    start = _moment(by_keyword, _STARTS, middle=False) or _day_and_clock(by_keyword)
    end = _moment(by_keyword, _ENDS)
    half = f"({exposure.expression})/172800" if exposure else ""
    if middle is not None:
        yield "date_obs", middle
        if start is None and exposure is not None:
            start = _sum(middle, f" - {half}", exposure, "less half the exposure")
            end = _sum(middle, f" + {half}", exposure, "plus half the exposure")
    elif start is not None and exposure is not None:
        yield "date_obs", _sum(start, f" + {half}", exposure, "plus half the exposure")
        end = end or _sum(start, f" + ({exposure.expression})/86400", exposure, "plus the exposure")
    elif start is not None:
        yield "date_obs", _Told(start.expression, start.fields, f"{start.reason}, as no exposure time is known", certain=False)
    if start is not None:
        yield "time_start", start
    if end is not None:
        yield "time_end", end


def _sum(moment: _Told, added: str, exposure: _Told, why: str) -> _Told:
    return _Told(moment.expression + added, (*moment.fields, *exposure.fields), f"{moment.reason}, {why}",
                 moment.certain and exposure.certain)


def _exposure(by_keyword: Mapping[str, Field]) -> _Told | None:
    for keyword in _EXPOSURES:
        field = by_keyword.get(keyword)
        if field is not None and field.type in NUMERIC and (field.unit or "s") in SECONDS and field.examples:
            return _Told(scaled(_reference(field), SECONDS[field.unit or "s"]), (field,),
                         f"exposure from header {keyword}, {field.unit or 'taken for s'}")
    begin, end = by_keyword.get("DATE-BEG"), by_keyword.get("DATE-END")
    if begin is not None and end is not None and begin.type == end.type == "timestamp":
        # Both may be local time: the difference is the same.
        return _Told(f"(parseISODT({_reference(end)}) - parseISODT({_reference(begin)})).total_seconds()", (begin, end),
                     "exposure from headers DATE-BEG and DATE-END, pauses included", certain=False)
    return None


def _moment(by_keyword: Mapping[str, Field], keywords: Sequence[str], *, middle: bool | None = None) -> _Told | None:
    """The MJD from the first keyword that gives a date with its time; `middle`: only if its comment says (not) so."""
    for keyword in keywords:
        field = by_keyword.get(keyword)
        if field is None or _LOCAL.search(field.description):
            continue
        if middle is not None and bool(_MIDDLE.search(field.description)) != middle:
            continue
        written = _reference(field)
        if field.type == "timestamp":
            return _Told(f"dateTimeToMJD(parseISODT({written}))", (field,), f"header {keyword}, ISO 8601")
        least, most = field.minimum, field.maximum
        if field.type in ("real", "double precision") and isinstance(least, (int, float)) and isinstance(most, (int, float)):
            if 15000 < least <= most < 100000:
                return _Told(written, (field,), f"header {keyword}, MJD")
            if 2.4e6 < least <= most < 2.5e6:
                return _Told(f"{written} - 2400000.5", (field,), f"header {keyword}, JD")
    return None


def _day_and_clock(by_keyword: Mapping[str, Field]) -> _Told | None:
    """MJD from a date and a time that stand in different keywords; from the date alone, if nothing else is there."""
    days = [by_keyword[keyword] for keyword in _STARTS if keyword in by_keyword]
    day = next((field for field in days if field.type == "date"), None)
    if day is None:
        return None
    for keyword in _CLOCKS:
        clock = by_keyword.get(keyword)
        if clock is not None and clock.type == "text" and clock.examples and not _LOCAL.search(clock.description) \
                and all(_CLOCK.match(str(value)) for value in clock.examples):
            return _Told(f"dateTimeToMJD(parseISODT({_reference(day)} + 'T' + {_reference(clock)}))", (day, clock),
                         f"headers {day.source} and {keyword}")
    return _Told(f"dateTimeToMJD(parseISODT({_reference(day)}))", (day,), f"header {day.source}, which has only the day",
                 certain=False)


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
