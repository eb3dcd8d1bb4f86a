"""Whether DaCHS can read a literal."""

from __future__ import annotations

import re
from collections.abc import Callable

from dachsadmin.rd.language import Language
from dachsadmin.rd.members import Member

_QUANTITY = re.compile(r"[-+.\deE]+\[[^]]+\]")
_TIME = re.compile(r"\d{4}-?\d\d-?\d\d")


def readable(value: str, member: Member, language: Language) -> bool:
    """Whether a value may be given to a member; True where its type cannot be judged."""
    if member.type == "enum":
        return value != "__NULL__" and value.strip() in member.values
    if member.type == "bool":
        return value.lower() in language.booleans
    if member.type == "visibility":
        return value.lower() in language.booleans or value.lower() == "hidden"
    judge = _JUDGES.get(member.type)
    return judge is None or judge(value)


def wanted(member: Member, language: Language) -> str:
    """What would be read, in words."""
    if member.type == "enum":
        return "one of " + ", ".join(sorted(member.values))
    return _WANTED.get(member.type, "something else")


def _accepts(convert: Callable[[str], object]) -> Callable[[str], bool]:
    def judge(value: str) -> bool:
        try:
            convert(value)
        except ValueError:
            return False
        return True
    return judge


def _interval(value: str) -> None:
    lower, upper = [float(part) for part in value.split()]
    if lower > upper:
        raise ValueError("the lower value must come first")


def _interval_or_times(value: str) -> None:
    parts = value.split()
    if len(parts) == 2 and all(_TIME.match(part) for part in parts):
        return
    _interval(value)


def _pairs(value: str) -> None:
    for pair in value.strip().rstrip(",").split(","):
        _key, _value = pair.split(":")


def _interval_with_units(value: str) -> None:
    try:
        _interval(value)
    except ValueError:
        if not all(_QUANTITY.fullmatch(part) for part in value.split()) or len(value.split()) != 2:
            raise


_JUDGES = {"int": _accepts(int), "float": _accepts(float), "FloatInterval": _accepts(_interval),
           "FloatOrDateInterval": _accepts(_interval_or_times), "idmap": _accepts(_pairs),
           "SpectralInterval": _accepts(_interval_with_units)}
_WANTED = {
    "int": "an integer", "float": "a number", "bool": "True or False, without blanks around it",
    "visibility": "True, False or hidden, without blanks around it",
    "FloatInterval": "two numbers, the smaller one first",
    "SpectralInterval": "two numbers, the smaller one first, or two like 300[nm]",
    "idmap": "pairs like a:b, separated by commas",
    "FloatOrDateInterval": "two numbers (MJD) or two ISO times, the earlier one first",
}
