"""Which columns of a table can fill the fields of protocols, by which expression, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dachsadmin.start.introspect import clocks, positions
from dachsadmin.start.introspect.columns import Described, cleaned
from dachsadmin.start.introspect.quantities import DEGREES, SECONDS
from dachsadmin.start.introspect.values import INTEGERS, scaled
from dachsadmin.start.spectral import METRES
from dachsadmin.start.survey import Proposal

_WAVELENGTHS = {"m": 1.0} | METRES  # m is what is taken for granted
_PER_YEAR = re.compile(r"(?P<angle>\w+)(?:/(?:yr|a)|\.(?:yr|a)\*\*-1)\Z")
_MILLIARCSECONDS = {"mas": 1.0, "uas": 1e-3, "uarcsec": 1e-3, "arcsec": 1e3, "deg": 3.6e6}
_PATH = re.compile(r"\S*(?:/\S*|\.(?:fits?|fts|vot|csv|dat|txt|png|jpe?g|gz|fz))\Z", re.IGNORECASE)


@dataclass(frozen=True)
class _Wanted:
    """What a column must be like for a role: its (proposed) name or UCD, and the units with their factors.

    Without `units` the role holds text, with the unit `` a pure number.
    """

    role: str
    names: re.Pattern[str]
    ucd: re.Pattern[str] | None = None
    units: dict[str, float] | None = None


def _wanted(role: str, names: str, ucd: str = "", units: dict[str, float] | None = None) -> _Wanted:
    return _Wanted(role, re.compile(rf"(?:{names})\Z"), re.compile(ucd) if ucd else None, units)


_ROLES = [
    _wanted("target", r"(?:target|obj|object|star|source|src|main|common)?_?(?:name|designation|desig)|object|target|star|main_id|"
            r"designation|starname|id", r"meta\.id;(?:meta\.main|src)"),
    _wanted("target_class", r"obj_class|object_?class|obj_?type|otype|source_?class|target_?class|source_type", r"src\.class\Z"),
    _wanted("subclass", r"sub_?class|sp_?type?|spt|spectral_?type|mk_?type|spec_?type", r"src\.spType"),
    _wanted("redshift", r"z|redshift|z_?spec|z_?best|zsp|z_?helio|z_?phot", r"src\.redshift", {"": 1.0}),
    _wanted("title", r"title|obs_?title|ds_?title", r"meta\.title"),
    _wanted("exposure", r"exp_?time|t_?exp|t_exptime|exposure(?:_?time)?|tot_?exp|texp|integration(?:_?time)?",
            r"time\.duration;obs\.exposure", SECONDS),
    _wanted("snr", r"snr|s_?n|sn_?[gri]|snr_?[gri]|sn_?median(?:_all)?|signal_to_noise", r"stat\.snr", {"": 1.0}),
    _wanted("spectral_start", r"(?:w|wave?|wl|wavelength|lam|lambda|em|spec(?:tral)?)_?(?:min|start|lo|low|from)",
            r"em\.wl;stat\.min", _WAVELENGTHS),
    _wanted("spectral_end", r"(?:w|wave?|wl|wavelength|lam|lambda|em|spec(?:tral)?)_?(?:max|end|hi|high|stop|to)",
            r"em\.wl;stat\.max", _WAVELENGTHS),
    _wanted("resolution", r"resolution|resolving_power|spec_?res|specres|r_?power", r"spect\.resolution", {"": 1.0}),
    _wanted("aperture", r"aperture|apert|fib(?:er|re)_?(?:diam(?:eter)?|size)|slit_?width", "", DEGREES),
    _wanted("instrument", r"instr|instrument|instrume|inst", r"(?:meta\.id;)?instr\Z"),
    _wanted("telescope", r"telescope|telescop|tel|facility", r"(?:meta\.id;)?instr\.tel\Z"),
    _wanted("observer", r"observers?(?:_?name)?", r"obs\.observer"),
    _wanted("band", r"filter|filt|band|pass_?band|bandpass|fid", r"(?:meta\.id;)?instr\.(?:filter|bandpass)"),
    _wanted("magnitude", r"mag|magnitude|[a-z]{0,3}_?mag|mag_?[a-z]{1,4}|phot_g_mean_mag", r"phot\.mag\b", {"mag": 1.0, "mmag": 1e-3}),
    _wanted("parallax", r"plx|parallax", r"pos\.parallax", _MILLIARCSECONDS),
    _wanted("pm_ra", r"pm_?ra(?:_?cosdec)?|pmra_?star", r"pos\.pm;pos\.eq\.ra",
            {f"{unit}/yr": factor for unit, factor in _MILLIARCSECONDS.items()}),
    _wanted("pm_dec", r"pm_?dec?", r"pos\.pm;pos\.eq\.dec", {f"{unit}/yr": factor for unit, factor in _MILLIARCSECONDS.items()}),
    _wanted("body", r"body|planet|asteroid|comet|moon|target_body|ss_?object|mpc_?(?:id|name|desig)"),
    _wanted("product", r"(?:\w+_)?(?:file|file_?name|path|filepath|url|access_url|accref_col|preview_url)", r"meta\.ref\.url|meta\.file"),
]
_IDENTIFIER_NAMES = re.compile(r"(?:(?:source|object|obj|star|obs|spec|main|gaia|tic|kic|target|catalog|unique)?_?(?:id|no|number|ident)|"
                               r"designation|desig|name|hip|hd|tyc|identifier|main_id|\w+_name|uid|recno|seq|\w*_id)\Z")


def proposals(columns: Sequence[Described]) -> tuple[Proposal, ...]:
    """What can fill which role, at most one proposal each; the rows looked at decide what is unique."""
    found = [*positions.proposals(columns), *clocks.proposals(columns)]
    for wanted in _ROLES:
        best = max(_candidates(wanted, columns), key=lambda one: one[0], default=None)
        if best is not None:
            found.append(best[1])
    found += _identifier(columns)
    return tuple(found)


def _candidates(wanted: _Wanted, columns: Sequence[Described]) -> Iterator[tuple[int, Proposal]]:
    """Proposals for a role, the better the higher the number before them."""
    for column in columns:
        field = column.field
        named = wanted.names.match(field.name) is not None
        declared = wanted.ucd is not None and wanted.ucd.match(field.ucd) is not None
        if not (named or declared) or field.ucd.startswith("stat.error") or len(column.values) == field.missing:
            continue
        made = _number(wanted, column) if wanted.units is not None else _text(wanted, column)
        if made is not None:
            expression, unit, certain = made
            reason = f"{wanted.role} from column {cleaned(field.source)}{', ' + unit if unit else ''}"
            score = 4 * declared * bool(column.column.ucd) + 2 * declared + 2 * named + certain - bool(field.missing)
            yield score, Proposal(wanted.role, expression, (field.source,), reason, certain)


def _number(wanted: _Wanted, column: Described) -> tuple[str, str, bool] | None:
    field = column.field
    if not column.is_number or field.unknown_unit:
        return None
    assert wanted.units is not None
    per_year = _PER_YEAR.match(field.unit)
    unit = f"{per_year['angle']}/yr" if per_year else field.unit
    if unit in wanted.units:
        return scaled(column.number, wanted.units[unit]), unit, True
    if not unit:
        standard = next(iter(wanted.units))
        return column.number, f"taken for {standard}", False
    return None


def _text(wanted: _Wanted, column: Described) -> tuple[str, str, bool] | None:
    field = column.field
    if field.type != "text" and not (wanted.role == "band" and field.type in INTEGERS):
        return None
    if wanted.role == "product" and not all(_PATH.match(value) for value in column.values if isinstance(value, str)):
        return None
    return column.text, "", True


def _identifier(columns: Sequence[Described]) -> list[Proposal]:
    """The first column that looks like an identifier and has another value in each row."""
    for declared in (True, False):
        for column in columns:
            field = column.field
            if field.type not in ("text", "integer", "bigint") or field.missing or len(set(column.values)) < len(column.values):
                continue
            told = field.ucd in ("meta.id", "meta.id;meta.main") if declared else _IDENTIFIER_NAMES.match(field.name)
            if not column.values or not told:
                continue
            reason = f"identifier from column {cleaned(field.source)}, different in all {len(column.values)} rows looked at"
            return [Proposal("identifier", column.text, (field.source,), reason, certain=len(column.values) > 1)]
    return []
