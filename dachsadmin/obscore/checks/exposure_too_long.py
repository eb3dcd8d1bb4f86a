"""Check DO403: exposure-too-long."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.obscore.check import ValueCheck


class ExposureTooLong(ValueCheck):
    """The exposure time is not longer than the time covered.

    t_exptime, in seconds, cannot exceed t_max - t_min, in days. Often one of them is in another unit.

    See:
        ObsCore 1.1, 3.3.6 (https://www.ivoa.net/documents/ObsCore/)
    """

    code, name, severity, since = "DO403", "exposure-too-long", Severity.WARNING, "0.3"
    condition = "t_exptime > (t_max - t_min) * 86400 * 1.001 + 1"
    wrong = "have a t_exptime (s) longer than t_max - t_min (d)"
    mend = "look at the units of expTime, tMin and tMax in the mixin"
