"""What a look at the operator's files or table has found, as facts: no I/O, no questions, no templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

Value = Union[str, int, float, bool, None]


@dataclass(frozen=True)
class Field:
    """One thing that files tell per file (a header keyword) or per row (a column), and the column proposed for it."""

    source: str
    """Its name where it was found, unchanged: `SN_G`, `e_Bmag`, `HIERARCH ESO TEL ALT`."""
    name: str
    """The proposed column name: lower case, legal and unreserved in PostgreSQL and ADQL, unique in the survey."""
    type: str
    """A DaCHS column type: text, smallint, integer, bigint, real, double precision, boolean, timestamp, date."""
    unit: str = ""
    """A VOUnit, or empty for none."""
    unknown_unit: str = ""
    """What the file says for a unit if VOUnits does not know it and it could not be mapped; then `unit` is empty."""
    ucd: str = ""
    """A valid UCD1+, or empty where none can be told."""
    description: str = ""
    """Plain text, cleaned of control characters; the file's own comment where there is one."""
    null: str = ""
    """The literal that stands for a missing value; for integers that have missing values always set."""
    constant: bool = False
    """All files (or rows) looked at have the same value."""
    missing: int = 0
    """How many of the files (or rows) looked at lack it."""
    examples: tuple[Value, ...] = ()
    """Up to five different values."""
    minimum: Value = None
    maximum: Value = None
    value: str = ""
    """The Python expression that gives the column's value in a rowmaker, such as `None if @e in ('', '-99') else float(@e)`.

    Empty: `@source` (or `vars["source"]`), and DaCHS's own conversion of it. No character in it is active in XML."""


@dataclass(frozen=True)
class Proposal:
    """How one field of the protocol (a role) can be filled: from which fields, by which Python expression, and why."""

    role: str
    """One of ROLES."""
    expression: str
    """A Python expression over the fields' values written as DaCHS does it (`@RA`), which gives the role's unit."""
    sources: tuple[str, ...]
    """The Field.source names in it; empty for a constant."""
    reason: str
    """For the operator: `RA from header RA, deg`."""
    certain: bool = True
    """False where the operator should look at it: names suggest it, units do not tell."""


ROLES = {
    "ra": ("deg", "ICRS right ascension"), "dec": ("deg", "ICRS declination"),
    "target": ("", "name of the object"), "target_class": ("", "class of the object, such as star"),
    "subclass": ("", "spectral type or other sub-class"), "redshift": ("", "redshift"),
    "identifier": ("", "unique identifier of an observation or source"), "title": ("", "title of a data set"),
    "date_obs": ("d", "middle of the exposure, as MJD"), "time_start": ("d", "its begin, as MJD"), "time_end": ("d", "its end, as MJD"),
    "exposure": ("s", "exposure time"), "snr": ("", "signal to noise ratio"),
    "spectral_start": ("m", "least vacuum wavelength"), "spectral_end": ("m", "largest vacuum wavelength"),
    "resolution": ("", "resolving power"), "aperture": ("deg", "diameter of the aperture"),
    "instrument": ("", "instrument"), "telescope": ("", "telescope"), "observer": ("", "who observed"),
    "band": ("", "filter or band name"), "magnitude": ("mag", "magnitude"), "parallax": ("mas", "parallax"),
    "pm_ra": ("mas/yr", "proper motion in right ascension, with cos(dec)"), "pm_dec": ("mas/yr", "proper motion in declination"),
    "time": ("d", "time of one point of a series, as JD or MJD"), "body": ("", "solar system body"),
    "product": ("", "path of a data product"),
}
"""The fields of protocols that files can fill: unit that an expression gives, and meaning."""

NUMERIC = frozenset(role for role, (unit, _meaning) in ROLES.items() if unit) | {"redshift", "snr", "resolution"}
"""The roles that are numbers."""


@dataclass(frozen=True)
class Spectrum:
    """How spectral points are read from a file; all files of a survey share it."""

    layout: str
    """`image` (rows of a FITS image; row numbers below), `table` (columns of a FITS binary table), `votable`, `ascii`."""
    extension: int
    """The HDU with the points, from 0; 0 for files without HDUs."""
    flux: str
    """Row number from 0 of an image (`0`), or name of a column."""
    spectral: str = ""
    """Row or column with the spectral coordinate; empty where the header's linear axis gives it."""
    error: str = ""
    error_is_inverse_variance: bool = False
    mask: str = ""
    logarithmic: bool = False
    """The header's axis (or the column) is the decadic logarithm of the coordinate."""
    axis: tuple[str, str, str] = ("", "", "")
    """Header keywords of start value, step, and reference pixel (empty: 1): (`COEFF0`, `COEFF1`, ``)."""
    spectral_unit: str = "Angstrom"
    spectral_ucd: str = "em.wl"
    flux_unit: str = ""
    flux_ucd: str = "phot.flux.density;em.wl"
    air: bool = False
    points: int = 0
    """Of the longest spectrum looked at."""

    @property
    def waveband(self) -> str:
        """Where the unit is used in one part of the spectrum only: that part, as VODataService calls it; else empty."""
        return {"kHz": "Radio", "MHz": "Radio", "GHz": "Radio", "Hz": "Radio", "keV": "X-ray", "MeV": "Gamma-ray",
                "GeV": "Gamma-ray", "TeV": "Gamma-ray"}.get(self.spectral_unit, "")


@dataclass(frozen=True)
class Image:
    """Geometry of FITS images; all files of a survey share the HDU."""

    extension: int
    wcs: str
    """`full` (celestial WCS), or `none`."""
    axes: int = 2
    scale: float | None = None
    """Degrees per pixel of a typical image."""
    centre: tuple[float, float] | None = None
    """Right ascension and declination, in degrees, of the middle of one image: something for tests to ask for."""
    reason: str = ""
    """Where there is no usable WCS: why, and what to do."""


@dataclass(frozen=True)
class Reading:
    """How DaCHS reads rows from these files: the grammar's name and its attributes, without `<` and `>`."""

    grammar: str
    """fitsProdGrammar, fitsTableGrammar, voTableGrammar, csvGrammar, columnGrammar, reGrammar, odbcGrammar, embeddedGrammar, or empty for a database table."""
    attributes: tuple[tuple[str, str], ...] = ()
    """(`qnd`, `False`), (`delimiter`, `;`) ..."""
    columns: tuple[tuple[str, str], ...] = ()
    """For columnGrammar: (the key that `@` is written before, `1-10`), from 1, ends included."""
    code: str = ""
    """For embeddedGrammar, where DaCHS has no grammar for the format (Parquet): the body of its iterator."""


@dataclass(frozen=True)
class Refused:
    """A file that could not be used, and why, in words for the operator."""

    path: str
    reason: str


@dataclass(frozen=True)
class Survey:
    """Facts about the operator's data: what a template is filled from."""

    kind: str
    """spectrum, image, table, timeseries, or database."""
    total: int
    """Files named (for a database table: rows estimated)."""
    looked_at: int
    """Files (rows) of them that were read."""
    files: tuple[str, ...] = ()
    """Usable files, as named; not more than needed to tell the pattern."""
    pattern: str = ""
    """A glob relative to the resource directory that matches the usable files: `data/*.fits.gz`."""
    recurse: bool = False
    """Files in directories below the pattern's are meant, too (`recurse` of DaCHS's `sources`)."""
    refused: tuple[Refused, ...] = ()
    variants: int = 1
    """How many different sets of header keywords were met."""
    fields: tuple[Field, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    reading: Reading = field(default_factory=lambda: Reading(""))
    spectrum: Spectrum | None = None
    image: Image | None = None
    table: str = ""
    """schema.table of a database."""
    remarks: tuple[str, ...] = ()
    """What the operator should know, a sentence each."""

    def named(self, source: str) -> Field:
        """The field of that source name; KeyError if there is none."""
        for each in self.fields:
            if each.source == source:
                return each
        raise KeyError(source)

    def proposal(self, role: str) -> Proposal | None:
        return next((each for each in self.proposals if each.role == role), None)
