"""Spectra in VOTables, one per file, with parameters named as in the IVOA's Spectral Data Model or SSA."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dachsadmin.start.introspect import axes, column_roles, files, spectra, units
from dachsadmin.start.introspect.columns import Column, Described, cleaned, described
from dachsadmin.start.introspect.samples import Unreadable, beginning, unpacked_beginning
from dachsadmin.start.introspect.votables import is_votable
from dachsadmin.start.spectral import ucd as ucd_of
from dachsadmin.start.survey import ROLES, Proposal, Reading, Refused, Spectrum, Survey

SAMPLE = 100
"""Files that are looked at if not all are."""
MOST_VALUES = 1000
"""Files whose parameters are kept; of the others, fields are compared."""
_HEAD = 1 << 20
"""Bytes that metadata fit into."""
_CODE = """import gzip
import re
from xml.etree import ElementTree
row = {}
with (gzip.open if self.sourceToken.endswith('.gz') else open)(self.sourceToken, 'rb') as stream:
  for _, element in ElementTree.iterparse(stream):
    kind = element.tag.rpartition('}')[2]
    if kind == 'PARAM' and (element.get('value') or '').strip():
      row.setdefault(re.sub('[^A-Za-z0-9_]', '_', element.get('name') or ''), element.get('value').strip())
    elif kind in ('TR', 'STREAM', 'DATA'):
      break
yield row"""

_AXES = {"spectralaxis.value": "spectral", "fluxaxis.value": "flux", "fluxaxis.accuracy.staterror": "error",
         "fluxaxis.accuracy.staterr": "error", "fluxaxis.quality": "mask"}
_ROLES = {
    "target.name": "target", "target.class": "target_class", "target.redshift": "redshift", "dataid.title": "title",
    "dataid.instrument": "instrument", "dataid.bandpass": "band", "derived.snr": "snr", "dataid.observationid": "identifier",
    "dataid.creatordid": "identifier", "curation.publisherdid": "identifier", "char.spectralaxis.respower": "resolution",
    "char.timeaxis.coverage.location.value": "date_obs", "char.timeaxis.coverage.bounds.extent": "exposure",
    "char.timeaxis.coverage.bounds.start": "time_start", "char.timeaxis.coverage.bounds.stop": "time_end",
    "char.spectralaxis.coverage.bounds.start": "spectral_start", "char.spectralaxis.coverage.bounds.stop": "spectral_end",
    "char.spatialaxis.coverage.bounds.extent": "aperture",
}
"""What utypes of parameters fill; SSA gives them in the units of these roles (SSA 1.1, 4.2.5)."""
_POSITION = "char.spatialaxis.coverage.location.value"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _Param:
    """A PARAM as it is written; `utype` without its prefix, in lower case."""

    name: str
    value: str
    unit: str
    ucd: str
    utype: str
    description: str


@dataclass(frozen=True)
class _File:
    spectrum: Spectrum
    params: Mapping[str, _Param]


@dataclass
class _Group:
    """Files that have the points in the same columns."""

    spectrum: Spectrum
    files: list[_File] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def are_spectra(paths: Sequence[str]) -> bool:
    """Whether most files are VOTables with one spectrum each; a few tell."""
    few = files.spread(paths, 5)
    return 2 * sum(map(_is_spectrum, few)) > len(few)


def _is_spectrum(path: str) -> bool:
    try:
        return is_votable(unpacked_beginning(path)) and _read(path) is not None
    except Unreadable:
        return False


def survey(paths: Sequence[str], *, whole: bool, sample: int, progress: Progress) -> tuple[Survey, list[str]]:
    """Facts about VOTables most of which are spectra, without pattern and total; and the usable ones. Raises TargetError."""
    chosen = list(paths) if whole else files.spread(paths, sample)
    groups: dict[Spectrum, _Group] = {}
    refused: list[Refused] = []
    for number, path in enumerate(chosen, 1):
        try:
            found = _read(path)
        except Unreadable as fault:
            refused.append(Refused(path, str(fault)))
        else:
            if found is None:
                refused.append(Refused(path, "it holds no spectrum, as most others do"))
            else:
                group = groups.setdefault(found.spectrum, _Group(found.spectrum))
                group.paths.append(path)
                if len(group.files) < MOST_VALUES:
                    group.files.append(found)
        if number % 10 == 0 or number == len(chosen):
            progress("reading VOTables", number, len(chosen))
    if not groups:
        raise files.none_usable(refused)
    most = max(groups.values(), key=lambda group: len(group.paths))
    for group in groups.values():
        if group is not most:
            shown = cleaned(f"{group.spectrum.spectral}, {group.spectrum.flux}")
            refused += [Refused(path, f"its columns ({shown}) are not those of most others") for path in group.paths]
    return _described(most, len(chosen), tuple(refused)), most.paths


def _read(path: str) -> _File | None:
    """The parameters and axes of a VOTable; None if it holds no spectrum. Raises Unreadable."""
    if not beginning(path, 1):
        raise Unreadable("it is empty")
    fields, params = _metadata(unpacked_beginning(path, _HEAD))
    named: dict[str, _Param] = {}
    for axis in (_by_utype, _by_name):
        for each in fields:
            if (what := axis(each)) and what not in named:
                named[what] = each
    if "spectral" not in named or "flux" not in named or any(each.ucd.startswith("pos.eq.ra") for each in fields):
        return None
    spectral, flux = named["spectral"], named["flux"]
    logarithmic = re.match(r"log", spectral.name, re.IGNORECASE) is not None
    unit = units.read(spectral.unit).unit
    ucd = ucd_of(unit) or next((word for word in spectra.USUAL_UNITS if spectral.ucd.startswith(word)), "em.wl")
    error = named["error"].name if "error" in named else ""
    mask = named["mask"].name if "mask" in named else ""
    spectrum = Spectrum(
        "votable", 0, flux.name, spectral.name, error, False, mask, logarithmic, spectral_unit=unit if ucd_of(unit) else spectra.USUAL_UNITS[ucd], spectral_ucd=ucd,
        flux_unit=units.read(flux.unit).unit, flux_ucd=flux.ucd or "phot.flux.density;em.wl")
    return _File(spectrum, {each.name: each for each in reversed(params)})


def _by_utype(each: _Param) -> str:
    return next((axis for utype, axis in _AXES.items() if each.utype.endswith(utype)), "")


def _by_name(each: _Param) -> str:
    if each.ucd.startswith("stat.error"):
        return "error" if "phot." in each.ucd else ""
    if each.ucd.startswith(("em.wl", "em.freq", "em.energy")):
        return "spectral"
    return "flux" if each.ucd.startswith(("phot.flux", "phot.fluence", "phot.count")) else spectra.axis_of(each.name)


def _metadata(text: bytes) -> tuple[list[_Param], list[_Param]]:
    """FIELDs and PARAMs above the first rows, in whatever is left of a document that may be cut."""
    from lxml import etree

    parser = etree.XMLPullParser(events=("end",), recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    parser.feed(text)
    found: dict[str, list[_Param]] = {"FIELD": [], "PARAM": []}
    try:
        for _, element in parser.read_events():
            kind = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if kind in found:
                found[kind].append(_param(element))
            elif kind in ("TR", "STREAM", "DATA"):
                break
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"it is no valid XML: {error.msg}") from None
    return found["FIELD"], [param for param in found["PARAM"] if param.value and param.name]


def _param(element: Any) -> _Param:
    said = [child.text or "" for child in element if isinstance(child.tag, str) and child.tag.endswith("DESCRIPTION")]
    utype = (element.get("utype") or "").rpartition(":")[2].lower()
    return _Param(element.get("name") or element.get("ID") or "", (element.get("value") or "").strip(),
                  element.get("unit") or "", element.get("ucd") or "", re.sub(r"\A(spectrum|dataset)\.", "", utype), " ".join(said))


def _described(group: _Group, looked_at: int, refused: tuple[Refused, ...]) -> Survey:
    names = list(dict.fromkeys(name for file in group.files for name in file.params))
    firsts = {name: next(file.params[name] for file in group.files if name in file.params) for name in names}
    columns = [Column(name, [file.params[name].value if name in file.params else None for file in group.files], "", first.unit,
                      first.ucd, first.description, key=_key(name)) for name, first in firsts.items()]
    told = described(columns)
    proposals = {each.role: each for each in column_roles.proposals(told)}
    proposals.update({each.role: each for each in _by_utypes(told, firsts)})
    extents = list(filter(None, (_points(path, group.spectrum) for path in files.spread(group.paths, axes.MOST_READ))))
    spectrum = replace(group.spectrum, points=max((count for count, _, _ in extents), default=0))
    if "spectral_start" not in proposals or "spectral_end" not in proposals:
        read = [(low, high) for _, low, high in extents]
        proposals.update({each.role: each for each in axes.constant_range(spectrum, read)})
    variants = len({frozenset(file.params) for file in group.files})
    return Survey("spectrum", 0, looked_at, files=tuple(group.paths[:5]), refused=refused, variants=variants,
                  fields=tuple(each.field for each in told), proposals=tuple(proposals.values()),
                  reading=Reading("embeddedGrammar", (("notify", "True"),), code=_CODE), spectrum=spectrum)


def _key(name: str) -> str:
    """What the code above calls a parameter."""
    return re.sub("[^A-Za-z0-9_]", "_", name)


def _by_utypes(columns: Sequence[Described], params: Mapping[str, _Param]) -> Iterator[Proposal]:
    for column in columns:
        utype, source = params[column.field.source].utype, column.field.source
        role = _ROLES.get(utype, "")
        if role and (not ROLES[role][0] and role not in ("snr", "redshift", "resolution")):
            yield Proposal(role, column.text, (source,), f"{role} from parameter {source}, {utype}")
        elif role and column.is_number:
            yield Proposal(role, column.number, (source,), f"{role} from parameter {source}, {utype}")
        elif utype == _POSITION and column.field.type == "text":
            for place, name in enumerate(("ra", "dec")):
                yield Proposal(name, f"float({column.text}.split()[{place}])", (source,),
                               f"{name} from parameter {source}, {utype}, deg")


def _points(path: str, spectrum: Spectrum) -> tuple[int, float, float] | None:
    """Their number, and the least and largest coordinate."""
    import numpy
    from astropy.io import votable

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            coordinates: Any = votable.parse_single_table(path, verify="ignore").array[spectrum.spectral]
            points = coordinates.astype(float).filled(numpy.nan).ravel()
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError):
            return None
    extent = axes.extent(points, spectrum)
    return (points.size, *extent) if extent else None
