"""Names for columns, proposed from whatever files call them, and how rowmakers write what grammars call them."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from dachsadmin.model.adql import RESERVED_BY_DACHS

RESERVED_BY_POSTGRESQL = frozenset("""
ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC AUTHORIZATION BINARY BOTH CASE CAST CHECK COLLATE COLLATION COLUMN
CONCURRENTLY CONSTRAINT CREATE CROSS CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME
CURRENT_TIMESTAMP CURRENT_USER DEFAULT DEFERRABLE DESC DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FREEZE FROM
FULL GRANT GROUP HAVING ILIKE IN INITIALLY INNER INTERSECT INTO IS ISNULL JOIN LATERAL LEADING LEFT LIKE LIMIT LOCALTIME
LOCALTIMESTAMP NATURAL NOT NOTNULL NULL OFFSET ON ONLY OR ORDER OUTER OVERLAPS PLACING PRIMARY REFERENCES RETURNING RIGHT
SELECT SESSION_USER SIMILAR SOME SYMMETRIC SYSTEM_USER TABLE TABLESAMPLE THEN TO TRAILING TRUE UNION UNIQUE USER USING
VARIADIC VERBOSE WHEN WHERE WINDOW WITH
CMAX CMIN CTID TABLEOID XMAX XMIN
""".split())
"""What PostgreSQL (up to 17) takes for no column name without quotes: key words, and its own columns of every table."""

MADE_BY_DACHS = frozenset("""
accref owner embargo mime accsize accesspath preview preview_mime datalink centeralpha centerdelta imagetitle instid
dateobs naxes pixelsize pixelscale refframe wcs_equinox wcs_projection wcs_refpixel wcs_refvalues wcs_cdmatrix bandpassid
bandpassunit bandpassrefval bandpasshi bandpasslo pixflags coverage
""".split())
"""Columns that DaCHS's mixins for products and images make themselves (DaCHS 2.7, //products#table, //siap#pgs)."""

LONGEST = 60
"""PostgreSQL cuts names after 63 characters; what is cut here leaves room for making it unique."""

_INSTEAD = {"size": "ang_size", "date": "obs_date", "time": "obs_time", "timestamp": "obs_timestamp", "class": "obj_class",
            "user": "user_name", "distance": "dist", "value": "val", "region": "region_name", "zone": "zone_no",
            "dateobs": "date_obs", "owner": "owner_name", "order": "order_no", "position": "pos", "point": "point_no",
            "year": "obs_year", "month": "obs_month", "day": "obs_day", "second": "sec", "minute": "mins", "hour": "hours"}
_SPELT_OUT = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "Δ": "delta", "ε": "epsilon", "θ": "theta",
              "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "π": "pi", "ρ": "rho", "σ": "sigma",
              "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Ω": "omega", "%": "percent"}
_LIGATURES = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "ł": "l"})
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PLAIN = re.compile(r"[A-Za-z0-9 _.,:;()\[\]+*/=^~!?-]")


def is_identifier(text: str) -> bool:
    """Whether `@` can be written before it in a rowmaker."""
    return _IDENTIFIER.match(text) is not None


def proposed(source: str, taken: Collection[str] = ()) -> str:
    """A column name for what files call `source`: a lower-case regular identifier, not reserved, none of `taken`.

    The same source and the same `taken` give the same name. `HIERARCH` and the hyphens of FITS go.
    """
    name = _regular(source)
    if not _is_free(name):
        name = _INSTEAD.get(name, f"{name}_col")
    unique, number = name, 1
    while unique in taken or not _is_free(unique):
        number += 1
        unique = f"{name}_{number}"
    return unique


def all_proposed(sources: Iterable[str], taken: Collection[str] = ()) -> tuple[str, ...]:
    """Names for several sources, in their order, all different, whatever the sources are."""
    used = set(taken)
    names = []
    for source in sources:
        names.append(proposed(source, used))
        used.add(names[-1])
    return tuple(names)


def keys(sources: Sequence[str]) -> tuple[str, ...]:
    """What a grammar is told to call its fields: what the file calls them where `@` can be written before that."""
    taken = set(filter(is_identifier, sources))
    seen: set[str] = set()
    made = []
    for source in sources:
        key = source if is_identifier(source) and source not in seen else proposed(source, taken | seen)
        seen.add(key)
        made.append(key)
    return tuple(made)


def reference(key: str) -> str:
    """How a rowmaker writes the value that a grammar gives under `key`: `@RA`, or `vars[...]` where that cannot be.

    In what stands between quotes nothing is active, neither for Python nor for DaCHS (`@`, macros) nor for XML.
    """
    if is_identifier(key):
        return f"@{key}"
    return f"vars[{literal(key)}]"


def literal(text: str) -> str:
    """A Python expression for a string, made of characters that neither Python, DaCHS nor XML take for something else."""
    if not text:
        return "''"
    parts = []
    for plain, odd in re.findall(rf"((?:{_PLAIN.pattern})+)|(.)", text, re.DOTALL):
        parts.append(f"'{plain}'" if plain else f"chr({ord(odd)})")
    return " + ".join(parts)


def _is_free(name: str) -> bool:
    return name.upper() not in RESERVED_BY_DACHS and name.upper() not in RESERVED_BY_POSTGRESQL \
        and name not in MADE_BY_DACHS and not keyword.iskeyword(name)


def _regular(source: str) -> str:
    text = re.sub(r"\A\s*HIERARCH\s+", "", source)
    # What PostgreSQL would cut is cut early, as a megabyte of header would else be normalised.
    text = "".join(f" {_SPELT_OUT[mark]} " if mark in _SPELT_OUT else mark for mark in text[:4 * LONGEST])
    ascii_only = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).encode("ascii", "ignore").decode("ascii")
    if re.fullmatch(r"\s*de-\s*", ascii_only, re.IGNORECASE):
        return "de_sign"  # The sign of a declination in CDS's tables.
    name = re.sub(r"[^a-z0-9]+", "_", ascii_only.lower()).strip("_")[:LONGEST].rstrip("_")
    if not name:
        return "unnamed"
    return f"col_{name}"[:LONGEST] if name[0].isdigit() else name
