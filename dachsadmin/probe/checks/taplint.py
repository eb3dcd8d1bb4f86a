"""Check DP800: taplint."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.probe.check import Check


class Taplint(Check):
    """The validator taplint has nothing against the TAP service.

    It tries the service in far more detail than the checks here, and takes some minutes. --taplint runs it if the
    program stilts is installed. What it reports as an error is a warning here, since much of it is how DaCHS is made;
    its warnings are information.

    See:
        http://www.starlink.ac.uk/stilts/sun256/taplint.html
    """

    code, name, severity, since = "DP800", "taplint", Severity.WARNING, "0.1"
