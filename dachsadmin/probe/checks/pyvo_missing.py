"""Check DP900: pyvo-missing."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.probe.check import Check


class PyvoMissing(Check):
    """There is a pyVO to ask the server with.

    The checks do what astronomers' scripts do, with the library that these use. Without it, whether the server answers
    is all that can be told. Install python3-pyvo, or `pip install pyvo` into the environment of dachsadmin.

    See:
        https://pyvo.readthedocs.io/
    """

    code, name, severity, since = "DP900", "pyvo-missing", Severity.INFO, "0.1"
