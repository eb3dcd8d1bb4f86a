"""The IVOA vocabularies that metadata must draw on: their terms, and which one was probably meant."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from dachsadmin.val.site import Site

UAT = "uat"
UAT_FILE = "uat-terms.txt"

# http://www.ivoa.net/rdf/<name>; the terms of 2026, all of them small and stable.
_SMALL: Mapping[str, frozenset[str]] = {name: frozenset(terms) for name, terms in {
    "messenger": "Photon Radio Millimeter Infrared Optical UV EUV X-ray Gamma-ray Neutrino".split(),
    "product-type": "spatially-resolved-dataset image cube spectral-cube time-cube polarization-cube spatial-profile "
                    "polarization-resolved-dataset spectrally-resolved-dataset spectrum sed slit-spectrum "
                    "polarized-spectrum dynamic-spectrum visibility temporally-resolved-dataset event-list "
                    "event-bundle timeseries light-curve velocity-curve measurements".split(),
    "refframe": "EQUATORIAL geo_app ICRS FK4 FK5 eq_FK4 eq_FK5 ECLIPTIC ecl_FK4 ecl_FK5 GENERIC_GALACTIC GALACTIC_I "
                "GALACTIC galactic SUPER_GALACTIC supergalactic AZ_EL BODY UNKNOWN xy barycentric".split(),
    "refposition": "TOPOCENTER GEOCENTER BARYCENTER HELIOCENTER EMBARYCENTER UNKNOWN".split(),
    "timescale": "TAI TT UT UTC GPS TCG TCB TDB UNKNOWN".split(),
    "data-source": "observation theory artificial".split(),
    "voresource/date_role": "Accepted Available Copyrighted Collected representative Created creation Issued "
                            "Submitted Updated update Valid Inspected ExportRequested".split(),
    "voresource/content_level": "Research Amateur General".split(),
    "voresource/content_type": "Other Archive Bibliography Catalog Journal Library Simulation Survey Transformation "
                               "Education Outreach EPOResource Animation Artwork Background BasicData Historical "
                               "Photographic Press Organisation Project Registry".split(),
}.items()}


@cache
def terms(name: str) -> frozenset[str]:
    """The terms of a vocabulary that come with dachsadmin."""
    if name == UAT:
        text = resources.files("dachsadmin.val").joinpath("data", UAT_FILE).read_text(encoding="utf-8")
        return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
    return _SMALL[name]


def knows(name: str, term: str, site: Site) -> bool:
    """Whether a vocabulary has a term: in our list, or in the newer copy that DaCHS keeps in its cacheDir."""
    return term in terms(name) or term in _cached_terms(name, site)


def _cached_terms(name: str, site: Site) -> frozenset[str]:
    place = str(site.config.path("cacheDir")) + "/" + f"http://www.ivoa.net/rdf/{name}".replace("/", "=2F")
    raw = site.read(place, 5_000_000)
    try:
        return frozenset(json.loads(raw)["terms"]) if raw else frozenset()
    except (ValueError, KeyError, TypeError):
        return frozenset()


def condense_uat(desise: str) -> str:
    """The lines of our UAT file (term identifiers, one in a line) from the vocabulary in desise form.

    Get that with `curl -H 'Accept: application/x-desise+json' http://www.ivoa.net/rdf/uat`.
    """
    return "\n".join(sorted(json.loads(desise)["terms"])) + "\n"


def slug(text: str) -> str:
    """A free-form keyword in the form of UAT identifiers: `White Dwarfs` becomes `white-dwarfs`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


@cache
def nearest(name: str, term: str) -> tuple[str, bool]:
    """The term most like a word, and whether only case or punctuation differ; `` if none is like it."""
    wanted = slug(term)
    by_slug = _by_slug(name)
    if len(by_slug.get(wanted, ())) == 1:
        return by_slug[wanted][0], True
    if name == UAT:
        return _nearest_subject(wanted), False
    close = difflib.get_close_matches(wanted, by_slug, 1, 0.6)
    return (by_slug[close[0]][0], False) if close else ("", False)


@cache
def _by_slug(name: str) -> Mapping[str, list[str]]:
    slugs: dict[str, list[str]] = {}
    for term in terms(name):
        slugs.setdefault(slug(term), []).append(term)
    return slugs


@cache
def _uat_stems() -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((term, _stems(term)) for term in sorted(terms(UAT)))


def _nearest_subject(wanted: str) -> str:
    """The UAT term with the same words, else one with all of them, else the one spelt most alike."""
    words = _stems(wanted)
    best: tuple[float, int, str] | None = None
    for candidate, other in _uat_stems():
        common = len(words & other)
        if not common:
            continue
        score = common / len(words | other)
        rank = (-score, len(candidate), candidate)
        if score >= 0.5 and (best is None or rank < best):
            best = rank
    if best is not None:
        return best[2]
    close = difflib.get_close_matches(wanted, terms(UAT), 1, 0.8)
    return close[0] if close else ""


def _stems(words: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in words.split("-") if word)


def _stem(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
