"""The unit symbols and prefixes of VOUnits 1.1 (its table of known units; prefixes: 2.5), and what DaCHS makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

# Symbol -> flags: s takes SI prefixes, b takes binary prefixes, d is deprecated. (VOUnits 1.1, table of known units)
KNOWN = {
    "%": "", "A": "s", "a": "s", "adu": "s", "Angstrom": "d", "angstrom": "d", "arcmin": "s", "arcsec": "s", "AU": "",
    "au": "", "Ba": "d", "barn": "sd", "beam": "s", "bin": "s", "bit": "sb", "byte": "sb", "B": "sb", "C": "s",
    "cd": "s", "chan": "s", "count": "s", "ct": "s", "d": "s", "dB": "", "D": "s", "deg": "s", "erg": "sd", "eV": "s",
    "F": "s", "g": "s", "G": "sd", "H": "s", "h": "s", "Hz": "s", "J": "s", "Jy": "s", "K": "s", "lm": "s", "lx": "s",
    "lyr": "s", "m": "s", "mag": "s", "mas": "", "min": "s", "mol": "s", "N": "s", "Ohm": "s", "Pa": "s", "pc": "s",
    "ph": "s", "photon": "s", "pix": "s", "pixel": "s", "R": "s", "rad": "s", "Ry": "s", "s": "s", "S": "s",
    "solLum": "s", "solMass": "s", "solRad": "s", "sr": "s", "T": "s", "ta": "d", "u": "s", "V": "s", "voxel": "s",
    "W": "s", "Wb": "s", "yr": "s",
}
PREFIXES = frozenset("d c m u n p f a z y r q da h k M G T P E Z Y R Q".split())
_NEW_PREFIXES = frozenset("rqRQ")  # since VOUnits 1.1; DaCHS up to 2.13 does not know them
BINARY_PREFIXES = frozenset("Ki Mi Gi Ti Pi Ei Zi Yi".split())

# DaCHS refuses a prefix on these, though VOUnits 1.1 allows one on most of them (measured: 2.7, 2.11, 2.13).
DACHS_TAKES_NO_PREFIX = frozenset(
    "% AU D Ry arcmin au beam bin chan d h mas min ph photon pix pixel solLum solMass solRad voxel".split())


@dataclass(frozen=True)
class Symbol:
    """One unit symbol in an expression: its prefix and the rest."""

    written: str
    prefix: str
    base: str

    @property
    def known(self) -> bool:
        return self.base in KNOWN

    @property
    def prefix_refused(self) -> str:
        """Who refuses the prefix: `` nobody, `VOUnits`, `DaCHS`."""
        if not self.prefix or not self.known:
            return ""
        if self.base in DACHS_TAKES_NO_PREFIX and self.prefix != "da" and self.prefix not in _NEW_PREFIXES:
            return "DaCHS"
        return "" if "s" in KNOWN[self.base] or self.prefix in BINARY_PREFIXES else "VOUnits"


@lru_cache(4096)
def split(word: str) -> Symbol:
    """Split a symbol into prefix and base, known symbols first (VOUnits 1.1, 2.3).

    What `da` begins is open in VOUnits (2.6); it is read here as DaCHS reads it.
    """
    if word in KNOWN:
        return Symbol(word, "", word)
    if word[:2] in BINARY_PREFIXES and "b" in KNOWN.get(word[2:], ""):
        return Symbol(word, word[:2], word[2:])
    if word.startswith("da") and len(word) > 2 and word != "dadu":
        return Symbol(word, "da", word[2:])
    if len(word) > 1 and word[0] in PREFIXES:
        return Symbol(word, word[0], word[1:])
    return Symbol(word, "", word)
