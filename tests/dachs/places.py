"""The DaCHSes that are tested: the installed one, and those of other Debian suites that $CHECK_DACHS names."""

from __future__ import annotations

import os
from pathlib import Path

PLACES = ["", *filter(None, os.environ.get("CHECK_DACHS", "").split(":"))]
"""Their dist-packages directories, in the variable separated by colons; `` is the installed one."""


def named(place: str) -> str:
    """`installed`, or the suite: tests/dachs/other-dachs unpacks into SUITE/root."""
    return Path(place.partition("/root/")[0]).name if place else "installed"
