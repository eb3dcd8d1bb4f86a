"""Versions as operators and packages write them."""

from __future__ import annotations

import re


def numbers(version: str) -> tuple[int, ...]:
    """What a version is compared by: (2, 10) for `2.10` and for `2.10+dfsg-1`; () for what is no version."""
    match = re.match(r"(?:\d+:)?v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(map(int, match[1].split("."))) if match else ()


def major(version: str) -> int:
    """The first number of a version, 0 if it has none."""
    return (numbers(version) or (0,))[0]
