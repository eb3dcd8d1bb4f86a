"""Check DO400: calibration-level."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.obscore.check import ValueCheck


class CalibrationLevel(ValueCheck):
    """Every row of obscore has a calibration level from 0 to 4.

    Clients pick data by it; it may not be NULL. Give the mixin calibLevel.

    See:
        ObsCore 1.1, 3.3.2 (https://www.ivoa.net/documents/ObsCore/)
    """

    code, name, severity, since = "DO400", "calibration-level", Severity.ERROR, "0.3"
    condition = "calib_level IS NULL OR calib_level NOT BETWEEN 0 AND 4"
    wrong = "have no calib_level from 0 to 4"
    mend = "give the mixin calibLevel: 0 raw to 4 analysis results"
