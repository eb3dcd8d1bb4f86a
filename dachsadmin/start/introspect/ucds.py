"""UCDs for columns: those that files give, made right, or what name, unit and description tell beyond doubt."""

from __future__ import annotations

import re
from functools import lru_cache

from dachsadmin.model.ucd import check

_ANGLE = r"(?:[munk]?arcsec|arcmin|deg|rad|mas|h)?"
_MOTION = r"(?:[mu]?arcsec|mas|deg|rad|s)(?:/|\.)\(?(?:yr|a|cyr|s|h|d)(?:\*\*-1)?\)?"
_LENGTH = r"(?:[munkc]?m|Angstrom|0\.1nm|10\*\*-10m)?"
_MAGNITUDE = r"(?:m?mag)?"
_SPEED = r"(?:k?m/s|k?m\.s\*\*-1)?"
_DAYS = r"(?:d|yr|a)?"
_ANY = r".*"

_BANDS = {
    "u": "em.opt.U", "b": "em.opt.B", "v": "em.opt.V", "r": "em.opt.R", "i": "em.opt.I", "g": "em.opt", "z": "em.opt.I",
    "y": "em.opt.I", "rc": "em.opt.R", "ic": "em.opt.I", "bt": "em.opt.B", "vt": "em.opt.V", "bp": "em.opt.B",
    "rp": "em.opt.R", "j": "em.IR.J", "h": "em.IR.H", "k": "em.IR.K", "ks": "em.IR.K", "l": "em.IR.3-4um",
    "w1": "em.IR.3-4um", "w2": "em.IR.4-8um", "w3": "em.IR.8-15um", "w4": "em.IR.15-30um", "fuv": "em.UV.100-200nm",
    "nuv": "em.UV.200-300nm",
}
_BAND = "|".join(sorted(_BANDS, key=len, reverse=True))
_BAND_NAME = re.compile(rf"(?:(?:phot_)?(?P<before>{_BAND})_?(?:mean_)?(?:mag|mpro|psfmag|psf_mag)(?:_ab|_vega)?"
                        rf"|(?:mag|psfmag|psf_mag|mag_auto|mag_psf)_?(?P<after>{_BAND})|(?P<alone>{_BAND}))\Z")
_COLOUR = re.compile(rf"(?P<blue>{_BAND})_(?P<red>{_BAND})(?:_colou?r)?\Z")
_ERROR_NAME = re.compile(r"(?!e_b_v\Z)(?:e|err|error|sigma|sig|unc)_(?P<after>.+)|(?P<before>.+?)_?(?:err|error|unc|sigma|uncertainty)"
                         r"(?:_rand|_tot)?\Z")

_NAMED = [(re.compile(rf"(?:{names})\Z"), re.compile(rf"(?:{unit})\Z"), ucd) for names, unit, ucd in [
    (r"ra|raj2000|ra_?icrs|ra_?deg|ra_?j2000|ra_?2000|ra_?mean|alpha(?:_?j2000)?|alphawin_j2000|right_ascension|plug_?ra|ra_?obj",
     _ANGLE, "pos.eq.ra"),
    (r"dec?|dej2000|dec_?icrs|de_?icrs|dec?_?deg|dec_?j2000|decj2000|dec?_?2000|dec?_?mean|delta(?:_?j2000)?|deltawin_j2000"
     r"|declination|plug_?dec|dec_?obj", _ANGLE, "pos.eq.dec"),
    (r"glon|l_?deg|gal_?l(?:on)?|galactic_longitude|l", "deg", "pos.galactic.lon"),
    (r"glat|b_?deg|gal_?b|gal_?lat|galactic_latitude|b", "deg", "pos.galactic.lat"),
    (r"elon|ecl_?lon|ecliptic_longitude", _ANGLE, "pos.ecliptic.lon"),
    (r"elat|ecl_?lat|ecliptic_latitude", _ANGLE, "pos.ecliptic.lat"),
    (r"pm_?ra(?:_?cosdec)?|pmra_?star|mu_?alpha|mura", _MOTION, "pos.pm;pos.eq.ra"),
    (r"pm_?dec?|mu_?delta|mude", _MOTION, "pos.pm;pos.eq.dec"),
    (r"plx|parallax|par", r"(?:mas|[mu]?arcsec)", "pos.parallax"),
    (r"dist|distance|rgeo|rpgeo", r"[kMG]?pc|lyr|AU", "pos.distance"),
    (r"z|redshift|z_?spec|zsp|z_?best|z_?helio", "", "src.redshift"),
    (r"z_?phot|photo_?z|zph", "", "src.redshift.phot"),
    (r"h?rv|v_?rad|vhelio|v_?helio|rvel|radial_velocity|cz|hrv|helio_rv", r"(?:k?m/s|k?m\.s\*\*-1)", "spect.dopplerVeloc"),
    (r"vsini|v_sin_i|vbroad", _SPEED, "phys.veloc.rotat"),
    (r"t_?eff|effective_temperature|teff_gspphot", "K", "phys.temperature.effective"),
    (r"log_?g|surface_gravity", r"(?:log\(.*\))?", "phys.gravity"),
    (r"fe_?h|m_h|metallicity|feh", "", "phys.abund.Fe"),
    (r"ebv|e_b_v|ebmv", _MAGNITUDE, "phot.color.excess"),
    (r"a_?v|ag|extinction", "mag", "phys.absorption"),
    (r"sn|snr|s_n|sn_?[ugrizb]|snr_?[ugriz]|sn_?median(?:_all)?|signal_to_noise", "", "stat.snr"),
    (r"mass|mstar|stellar_mass", _ANY, "phys.mass"),
    (r"lum|luminosity", _ANY, "phys.luminosity"),
    (r"rad|radius", r"(?:solRad|k?m|[0-9.]+km)", "phys.size.radius"),
    (r"age", _ANY, "time.age"),
    (r"per|period|p_?orb", _ANY, "time.period"),
    (r"sp_?type?|spt|spectral_type|mk_?type|sub_?class|spec_?type", "", "src.spType"),
    (r"obj_class|obj_?type|otype|objclass|source_?class", "", "src.class"),
    (r"morph|morphology|hubble_type", "", "src.morph.type"),
    (r"var_?type|vartype|variability_type", "", "meta.code.class;src.var"),
    (r"id|name|star|object|obj_?name|target|target_?name|designation|desig|source|source_?id|main_?id|obj_?id|star_?id"
     r"|object_?id|gaia_?(?:dr[23]_?)?(?:id|source_id)?|tic(?:_?id)?|kic(?:_?id)?|hip|hd|tyc|identifier|obs_?id|spec_?id|no",
     "", "meta.id"),
    (r"(?:[hb]?m?jd)|(?:[hb]jd_?tdb)|btjd|tjd|rjd|mjd_?obs|obs_?mjd|epoch_?mjd|time_?bjd|jd_?obs", r"d?", "time.epoch"),
    (r"obs_?time|epoch|time_?mid|mid_?time|t_mid|expmid", r"d|yr|s", "time.epoch"),
    (r"obs_?date|date_?obs|obs_?timestamp|utdate|date", "", "time.epoch"),
    (r"t_?min|time_?start|start_?time|tstart|date_?beg", _DAYS, "time.start"),
    (r"t_?max|time_?end|end_?time|tstop|tend|date_?end", _DAYS, "time.end"),
    (r"exp_?time|t_?exp|exposure(?:_?time)?|tot_?exp|t_exptime|texp", r"[m]?s|min|h|", "time.duration;obs.exposure"),
    (r"air_?mass", "", "obs.airMass"),
    (r"(?:sap_|pdcsap_)?flux|counts?", _ANY, "phot.flux"),
    (r"filter|filt|band|passband|bandpass", "", "meta.id;instr.filter"),
    (r"wave|wavelength|lambda_col|lam|wl", _LENGTH, "em.wl"),
    (r"freq|frequency|nu", r"[kMGT]?Hz", "em.freq"),
    (r"energy", r"[kMGT]?eV", "em.energy"),
    (r"instr|instrument|instrume|inst", "", "meta.id;instr"),
    (r"telescope|telescop|tel", "", "meta.id;instr.tel"),
    (r"observer|observers?_?name", "", "obs.observer"),
    (r"flag|flags|qual|quality|q_?flag|phot_?flag|qflg", "", "meta.code.qual"),
    (r"nobs|n_?obs|n_?points?|npts|n_?epochs?", "", "meta.number;obs"),
    (r"bib_?code|ref_?bib", "", "meta.bib.bibcode"),
    (r"ref|refs|reference", "", "meta.ref"),
    (r"doi", "", "meta.ref.doi"),
    (r"url|link", "", "meta.ref.url"),
    (r"file|file_?name|path|filepath|spec_?file|lc_?file", "", "meta.id;meta.file"),
    (r"notes?|remarks?|comments?|rem", "", "meta.note"),
    (r"title|obs_?title", "", "meta.title"),
    (r"seeing", r"(?:arcsec)?", "instr.obsty.seeing"),
    (r"pa|pos_?ang|position_angle|theta", r"deg|", "pos.posAng"),
    (r"ang_?size|diam|diameter", r"deg|arcmin|arcsec", "phys.angSize"),
    (r"ell|ellipticity", "", "src.ellipticity"),
    (r"healpix(?:_.*)?|hpx_?\d*", "", "pos.healpix"),
    (r"resolution|resolving_power|spec_?res|specres|r_?power", "", "spect.resolution"),
]]

_DESCRIBED = [(re.compile(rf"\b(?:{words})", re.IGNORECASE), re.compile(rf"(?:{unit})\Z"), ucd) for words, unit, ucd in [
    (r"proper motion (?:in|along|of) (?:the )?(?:RA\b|right asc|alpha)", _MOTION, "pos.pm;pos.eq.ra"),
    (r"proper motion (?:in|along|of) (?:the )?(?:de\b|dec)", _MOTION, "pos.pm;pos.eq.dec"),
    (r"right ascension", r"deg|rad|h", "pos.eq.ra"), (r"declination", r"deg|rad", "pos.eq.dec"),
    (r"galactic longitude", "deg", "pos.galactic.lon"), (r"galactic latitude", "deg", "pos.galactic.lat"),
    (r"trigonometric parallax|parallax\b", "mas|[mu]?arcsec", "pos.parallax"),
    (r"effective temperature", "K", "phys.temperature.effective"),
    (r"surface gravity", r"(?:log\(.*\))?", "phys.gravity"), (r"radial velocity", r"(?:k?m/s|k?m\.s\*\*-1)", "spect.dopplerVeloc"),
    (r"(?:photometric|photo-?z) ?redshift", "", "src.redshift.phot"), (r"redshift", "", "src.redshift"),
    (r"spectral type|MK class", "", "src.spType"), (r"signal[- ]to[- ]noise", "", "stat.snr"),
    (r"(?:modified |heliocentric |barycentric )?julian da(?:te|y)", "d?", "time.epoch"),
    (r"exposure time", r"s|min|h", "time.duration;obs.exposure"),
]]
_ERROR_DESCRIBED = re.compile(r"\b(?:error|uncertainty|standard deviation|std\.? ?dev|sigma)\b", re.IGNORECASE)
_BY_UNIT = [(re.compile(r"m?mag\Z"), "phot.mag"), (re.compile(r"[munkM]?Jy\Z"), "phot.flux.density"),
            (re.compile(r".*erg.*(?:Angstrom|nm|um|Hz).*\Z"), "phot.flux.density")]


@lru_cache(4096)
def proposed(name: str, unit: str = "", description: str = "", declared: str = "") -> str:
    """A valid UCD1+ for a column of that (proposed) name and VOUnit, `` if there is none that is beyond doubt.

    `declared` is what the file says; if it is no UCD1+ and nobody can tell what was meant, it is left aside.
    """
    given = mended(declared)
    if given:
        return given
    error = _ERROR_NAME.match(name)
    if error:
        of = _told(error["after"] or error["before"], unit, description)
        return _valid(f"stat.error;{of}") if of else ""
    told = _told(name, unit, description)
    if told and _ERROR_DESCRIBED.search(description) and not told.startswith(("stat.", "meta.")):
        return _valid(f"stat.error;{told}")
    return told


def mended(declared: str) -> str:
    """A UCD1+ from what a file calls one, old UCD1 included; `` if it cannot be made one for certain."""
    written = declared.strip()
    if not written or len(written) > 200:
        return ""
    verdict = check(written)
    if not verdict.problem:
        return written
    return verdict.suggestion if verdict.certain else ""


def _told(name: str, unit: str, description: str) -> str:
    colour = _COLOUR.match(name)
    if colour and unit in ("mag", "mmag", "") and colour["blue"] != colour["red"]:
        return _valid(f"phot.color;{_BANDS[colour['blue']]};{_BANDS[colour['red']]}")
    band = _BAND_NAME.match(name)
    if band and re.fullmatch("m?mag" if band["alone"] else _MAGNITUDE, unit):
        return _valid(f"phot.mag;{_BANDS[band['before'] or band['after'] or band['alone']]}")
    by_unit = next((ucd for of_unit, ucd in _BY_UNIT if of_unit.match(unit)), "")
    for pattern, of_unit, ucd in _NAMED:
        if pattern.match(name) and of_unit.match(unit):
            return by_unit if ucd == "phot.flux" and by_unit else ucd
    for pattern, of_unit, ucd in _DESCRIBED:
        if pattern.search(description) and of_unit.match(unit):
            return ucd
    return by_unit


def _valid(ucd: str) -> str:
    return "" if check(ucd).problem else ucd
