"""Whether a DaCHS server answers, which one it is, and waiting until it does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from dachsadmin.client.web import Answer, NoAnswer, Web
from dachsadmin.errors import EnvironmentFault

PATH = "/tap/availability"
_STARTS_WITHIN = 60
"""Seconds that a server has for its first answer."""
_SERVER = re.compile(r"DaCHS/([^\s]+)")


def answer(url: str, path: str = PATH) -> Answer | None:
    """What a server says, None if it says nothing."""
    try:
        return Web(url, timeout=10).get(path)
    except NoAnswer:
        return None


def shows(url: str, path: str = PATH, text: str = "") -> bool:
    """Whether a page is there, with a text in it."""
    found = answer(url, path)
    return found is not None and found.status == 200 and text.encode() in found.body


def version(url: str) -> str:
    """The version of the DaCHS that runs there (also one in maintenance, which answers 503), `` if there is none."""
    found = answer(url)
    told = _SERVER.search(found.headers.get("server", "")) if found else None
    return told[1] if told else ""


def wait(until: Callable[[], bool], what: str) -> None:
    """Wait until a server that was started is as it should be. Raises EnvironmentFault; `what` completes "within 60 s"."""
    last = time.monotonic() + _STARTS_WITHIN
    while not until():
        if time.monotonic() > last:
            raise EnvironmentFault(f"{what} within {_STARTS_WITHIN} s",
                                   "look into logs/dcErrors and logs/server.stderr of DaCHS's directory")
        time.sleep(0.2)
