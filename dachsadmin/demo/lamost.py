"""Spectra as files: the header layout and the 3909 x 5 array of the LAMOST survey's low resolution spectra."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from math import log10
from typing import TYPE_CHECKING

from dachsadmin.demo import starlight
from dachsadmin.demo.population import SEED, Target, chance

if TYPE_CHECKING:
    import numpy as np

POINTS = 3909
COEFF0, COEFF1 = 3.5682, 0.0001
"""Decadic logarithm of the first wavelength in Angstrom, and of the ratio of neighbours."""
_DEAD = 6
"""So many points at the red end were not measured: flux and inverse variance are zero there, as in the survey."""
_BANDS = {"u": (3700, 3950), "g": (4000, 5400), "r": (5600, 6900), "i": (6900, 8200), "z": (8200, 9000)}
"""Ranges in Angstrom that the signal to noise ratios are taken from."""

_HEADER = """\
SIMPLE  =                    T /
BITPIX  =                  -32 /
NAXIS   =                    2 / Number of array dimensions
NAXIS1  =                 3909 /
NAXIS2  =                    5 /
EXTEND  =                    T /
COMMENT Synthetic: invented by 'dachsadmin demo' in the layout of LAMOST.
COMMENT Nobody has ever observed this.
COMMENT --------FILE INFORMATION
FILENAME= {file_name} /
OBSID   = {observation:20d} / Unique number ID of this spectrum
AUTHOR  = 'dachsadmin demo'    / Who compiled the information
DATA_V  = 'synthetic'          / Data release version
EXTEN0  = 'Flux, Inverse, Wavelength, Andmask, Ormask' /
N_EXTEN =                    1 / The extension number
EXTNAME = 'Flux    '           / The extension name
ORIGIN  = 'dachsadmin'         / Organization responsible for creating this file
DATE    = '2026-11-22T00:00:00' / Time when this HDU is created (UTC)
COMMENT --------TELESCOPE PARAMETERS
TELESCOP= 'LAMOST  '           / GuoShouJing Telescope
LONGITUD=               117.58 / [deg] Longitude of site
LATITUDE=                40.39 / [deg] Latitude of site
FOCUS   =                19964 / [mm] Telescope focus
CAMPRO  = 'NEWCAM  '           / Camera program name
CAMVER  = 'v2.0    '           / Camera program version
COMMENT --------OBSERVATION PARAMETERS
DATE-OBS= {middle} / The observation median UTC
DATE-BEG= {begin} / The observation start local time
DATE-END= {end} / The observation end local time
LMJD    = {local_day:20d} / Local Modified Julian Day
MJD     = {day:20d} / Modified Julian Day
LMJMLIST= {minutes} / Local Modified Julian Minute list
PLANID  = {plan:20} / Plan ID in use
RA      = {ra:20.6f} / [deg] Right ascension of object
DEC     = {dec:20.6f} / [deg] Declination of object
RA_OBS  = {ra:20.6f} / [deg] Right ascension during observing
DEC_OBS = {dec:20.6f} / [deg] Declination during observing
OFFSET  =                    F / Whether there's a offset during observing
OFFSET_V=                 0.00 / Offset value in arcsecond
DESIG   = {designation} / Designation of LAMOST target
FIBERID = {fibre:20d} / Fiber ID of Object
CELL_ID = {cell:20} / Fiber Unit ID on the focal plane
X_VALUE = {x:20} / [mm] X coordinate of object on the focal plane
Y_VALUE = {y:20} / [mm] Y coordinate of object on the focal plane
OBJNAME = {name:20} / Name of object
OBJTYPE = {object_type:20} / Object type from input catalog
TSOURCE = 'demo    '           / Name of input catalog
TCOMMENT= '        '           / Target information
TFROM   = 'demo    '           / Target catalog
FIBERTYP= 'Obj     '           / Fiber type of object
FIBERMAS=                    0 / Bitmask of warning values, 0 means all is well
MAGTYPE = 'gri     '           / Magnitude type of object
MAG1    = {magnitude:20.2f} / [mag] Mag1 of object
MAG2    = {magnitude_r:20.2f} / [mag] Mag2 of object
MAG3    = {magnitude_i:20.2f} / [mag] Mag3 of object
MAG4    =                99.00 / [mag] Mag4 of object
MAG5    =                99.00 / [mag] Mag5 of object
MAG6    =                99.00 / [mag] Mag6 of object
MAG7    =                99.00 / [mag] Mag7 of object
OBS_TYPE= 'OBJ     '           / The type of target (OBJ, FLAT, ARC or BIAS)
OBSCOMM = 'Science '           / Science or Test
RADECSYS= 'FK5     '           / Equatorial coordinate system
EQUINOX =              2000.00 / Equinox in years
LAMPLIST= 'lamphgcdne.dat'     / Arc lamp emission line list
SKYLIST = 'skylines.dat'       / Sky emission line list
NEXP    =                    3 / Number of valid exposures
NEXP_B  =                    3 / Number of valid blue exposures
NEXP_R  =                    3 / Number of valid red exposures
EXPT_B  = {exposure:20.2f} / [s] Blue exposure duration time
EXPT_R  = {exposure:20.2f} / [s] Red exposure duration time
EXPTIME = {exposure:20.2f} / [s] Minimum of exposure time for all cameras
BESTEXP = {best_minute:20d} / MJM of the best exposure
SCAMEAN =                 4.20 / [ADU] Mean level of scatter light
COMMENT --------SPECTROGRAPH PARAMETERS
SPID    = {spectrograph:20d} / Spectrograph ID
SPRA    = {plate_ra:20.7f} / [deg] Average RA of this spectrograph
SPDEC   = {plate_dec:20.7f} / [deg] Average DEC of this spectrograph
SLIT_MOD= 'x2/3    '           / Slit mode, x1, x2/3 or x1/2
COMMENT --------WEATHER CONDITION
TEMPCCDB=              -999.00 / [deg] The temperature of blue CCD
TEMPCCDR=              -999.00 / [deg] The temperature of red CCD
SEEING  = {seeing:20.2f} / [arcsec] Seeing during exposure
MOONPHA =                12.50 / [day] Moon phase for a 29.53 days period
TEMP_AIR=                 8.40 / [deg] Temperature outside dome
TEMP_FP =              -999.00 / [degree celsius] Temprature of the focalplane
DEWPOINT=                -3.10 / [deg]
DUST    = '        '           / Reservation
HUMIDITY=                 0.40 /
WINDD   =               180.00 / [deg] Wind direction
WINDS   =                 1.50 / [m/s] Wind speed
SKYLEVEL= '        '           / Reservation
COMMENT --------DATA REDUCTION PARAMETERS
EXTRACT = 'aperture'           / Extraction method
SFLATTEN=                    T / Super flat has been applied
PCASKYSB=                    T / PCA sky-subtraction has been applied
NSKIES  =                   20 / Sky fiber number
SKYCHI2 =                  1.9 / Mean chi^2 of sky-subtraction
SCHI2MIN=                  1.6 / Minimum chi^2 of sky-subtraction
SCHI2MAX=                  2.3 / Maximum chi^2 of sky-subtraction
NSTD    =                    4 / Number of (good) standard stars
FSTAR   = '48-52-77-86'        / FiberID of flux standard stars
FCBY    = 'catalog '           / Standard stars origin (auto, manual or catalog)
HELIO   =                    T / Heliocentric correction
HELIO_RV=              1.00000 / [km/s] Heliocentric correction
VACUUM  =                    T / Wavelengths are in vacuum
NWORDER =                    2 / Number of linear-log10 coefficients
WFITTYPE= 'LOG-LINEAR'         / Linear-log10 dispersion
COEFF0  = {start:20.4f} / Central wavelength (log10) of first pixel
COEFF1  = {step:20.4f} / Log10 dispersion per pixel
WAT0_001= 'system=linear'      /
WAT1_001= 'wtype=linear label=Wavelength units=Angstroms' /
CRVAL1  = {start:20.4f} / Central wavelength (log10) of first pixel
CD1_1   = {step:20.4f} / Log10 dispersion per pixel
CRPIX1  =                    1 / Starting pixel (1-indexed)
CTYPE1  = 'LINEAR  '           /
DC-FLAG =                    1 / Log-linear flag
COMMENT --------SPECTRA ANALYSIS RESULTS
VERSPIPE= 'demo    '           / Version of Pipeline
CLASS   = {kind:20} / Class of object
SUBCLASS= {subclass:20} / Subclass of object
Z       = {redshift:20.8f} / Redshift of object
Z_ERR   = {redshift_error:20.8f} / Redshift error of object
ZFLAG   = 'demo    '           / Which method computes the redshift
SNRU    = {snr_u:20.2f} / SNR of u filter
SNRG    = {snr_g:20.2f} / SNR of g filter
SNRR    = {snr_r:20.2f} / SNR of r filter
SNRI    = {snr_i:20.2f} / SNR of i filter
SNRZ    = {snr_z:20.2f} / SNR of z filter
END
"""


def file_name(target: Target) -> str:
    """`spec-57287-KP193637N444141V03_sp10-161.fits.gz`: local day, plan, spectrograph and fibre."""
    return (f"spec-{_local_day(target)}-{_plan(target)}_sp{target.spectrograph:02}-{target.fibre:03}.fits.gz")


def file_content(target: Target, seed: int = SEED) -> bytes:
    """The gzipped FITS file of a target; the same bytes for the same target and seed."""
    rows = points(target, seed)
    header = "".join(f"{line:80}" for line in _header(target, rows).splitlines()).encode("ascii")
    body = rows.astype(">f4").tobytes()
    return gzip.compress(_block(header, b" ") + _block(body, b"\0"), 1, mtime=0)


def points(target: Target, seed: int = SEED) -> np.ndarray:
    """The five rows: flux, inverse variance, wavelength in Angstrom, and two masks."""
    import numpy

    wavelengths = 10 ** (COEFF0 + COEFF1 * numpy.arange(POINTS))
    expected = light(target, wavelengths)
    # Photon noise, and less of the instrument's sensitivity in the blue and the far red.
    sensitivity = numpy.clip(1 - ((wavelengths - 6700) / 4200) ** 2, 0.08, 1)
    reference = numpy.median(expected[(wavelengths > 4000) & (wavelengths < 5400)])
    deviation = reference / target.snr * numpy.sqrt((expected / reference + 0.15) * 0.84 / sensitivity)
    flux = expected + deviation * chance(seed, "noise", target.number).normal(size=POINTS)
    rows = numpy.zeros((5, POINTS))
    rows[0], rows[1], rows[2] = flux, deviation ** -2, wavelengths
    rows[:2, -_DEAD:] = 0
    return rows


def light(target: Target, wavelengths: np.ndarray) -> np.ndarray:
    """What would be counted without noise."""
    return starlight.observed(target, wavelengths) * 10 ** (0.4 * (23 - target.magnitude))


def _header(target: Target, rows: np.ndarray) -> str:
    plate = target.plate
    middle = datetime(1858, 11, 17) + timedelta(days=plate.mjd)
    half, china = timedelta(seconds=plate.exposure / 2 + 90), timedelta(hours=8)
    minutes = [int((plate.mjd + (each - 1) * plate.exposure / 3 / 86400 + 1 / 3) * 1440) for each in range(3)]
    ratios = {f"snr_{band}": ratio for band, ratio in _ratios(rows).items()}
    return _HEADER.format(
        file_name=_text(file_name(target).removesuffix(".gz")), observation=target.observation,
        plan=_text(_plan(target)),
        middle=_text(middle.replace(microsecond=0).isoformat()), begin=_text(_tenths(middle - half + china)),
        end=_text(_tenths(middle + half + china)), local_day=_local_day(target), day=int(plate.mjd),
        minutes=_text("-".join(map(str, minutes))), best_minute=minutes[0], exposure=plate.exposure,
        seeing=plate.seeing,
        ra=target.ra, dec=target.dec, plate_ra=plate.ra, plate_dec=plate.dec,
        designation=_text(f"LAMOST J{_sexagesimal(target.ra / 15, 2)}{_sexagesimal(target.dec, 1, signed=True)}"),
        spectrograph=target.spectrograph, fibre=target.fibre, cell=_text(f"E{target.spectrograph:02}{target.fibre:02}"),
        x=_text(f"{200 * (target.ra - plate.ra):.10f}"[:14]), y=_text(f"{200 * (target.dec - plate.dec):.10f}"[:14]),
        name=_text(f"demo{target.number:06}"), object_type=_text(target.kind.capitalize()),
        magnitude=target.magnitude, magnitude_r=target.magnitude - 0.5, magnitude_i=target.magnitude - 0.7,
        start=COEFF0, step=COEFF1, kind=_text(target.kind), subclass=_text(target.subclass), redshift=target.redshift,
        redshift_error=2e-5 * max(1.0, 40 / target.snr), **ratios)


def _ratios(rows: np.ndarray) -> dict[str, float]:
    """The median signal to noise ratios per band."""
    import numpy

    ratio = rows[0] * numpy.sqrt(rows[1])
    return {band: max(0.0, float(numpy.median(ratio[(rows[2] > least) & (rows[2] < most)])))
            for band, (least, most) in _BANDS.items()}


def _plan(target: Target) -> str:
    plate = target.plate
    return f"HD{_sexagesimal(plate.ra / 15, -1)}{'N' if plate.dec >= 0 else 'S'}{_sexagesimal(abs(plate.dec), -1)}B01"


def _local_day(target: Target) -> int:
    return int(target.plate.mjd + 1 / 3)


def _sexagesimal(value: float, places: int, *, signed: bool = False) -> str:
    """`192814.09` for 19:28:14.09; with `places` -1 whole seconds without a point."""
    scale = 10 ** max(places, 0)
    units = int(abs(value) * 3600 * scale)
    seconds, fraction = divmod(units, scale)
    sign = ("-" if value < 0 else "+") if signed else ""
    text = f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}"
    return f"{text}.{fraction:0{int(log10(scale))}}" if places > 0 else text


def _tenths(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 100_000}"


def _text(value: str) -> str:
    """A FITS string; ours have no quotes in them."""
    return f"'{value:8}'"


def _block(content: bytes, filler: bytes) -> bytes:
    """Filled up to a multiple of 2880 bytes, as FITS wants it."""
    return content + filler * (-len(content) % 2880)
