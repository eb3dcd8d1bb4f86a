"""Check DO402: bounds-reversed."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.obscore.check import ValueCheck


class BoundsReversed(ValueCheck):
    """Lower bounds of wavelength and time are not above the upper ones.

    Clients look for overlaps; where em_min is above em_max or t_min above t_max, nothing overlaps.

    See:
        ObsCore 1.1, 3.3 (https://www.ivoa.net/documents/ObsCore/)
    """

    code, name, severity, since = "DO402", "bounds-reversed", Severity.ERROR, "0.3"
    condition = "em_min > em_max OR t_min > t_max"
    wrong = "have a lower bound (em_min, t_min) above the upper one"
    mend = "exchange them in the mixin; frequencies turn around when they become wavelengths"
