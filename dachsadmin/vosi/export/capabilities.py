"""The capabilities of the TAP service, if they are the same whatever name the server is asked by."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from urllib.parse import urlsplit

from dachsadmin.client import vosi
from dachsadmin.client.web import Web
from dachsadmin.errors import AdminError
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.vosi.export import rules

_ANYWHERE = ("", "0.0.0.0", "::")


@dataclass(frozen=True)
class Capabilities:
    """The document (empty: none, for the reason in `why`), and the WWW-Authenticate header that comes with it."""

    document: bytes = b""
    challenge: str = ""
    why: str = ""


def address(config: GavoRc) -> str:
    """Where DaCHS itself listens, behind any other server."""
    host = config.get("web", "bindAddress")
    return f"http://{'127.0.0.1' if host in _ANYWHERE else host}:{config.get('web', 'serverPort')}"


def ask(config: GavoRc) -> Capabilities:
    """Ask the running server by all its names, with and without TLS before it."""
    names = [urlsplit(config.get("web", "serverURL")).netloc, *config.get("web", "alternateHostnames").split(",")]
    web = Web(address(config))
    found: dict[tuple[bytes, str], str] = {}
    for name, protocol, base in product(filter(None, map(str.strip, names)), ("http", "https"), rules.BASES):
        path = f"{rules.prefix(config)}/{base}/capabilities"
        asked = f"{protocol}://{name}{path}"
        try:
            answer = web.exchange("GET", web.root + path, headers={
                "Host": name, "X-Forwarded-Host": name, "X-Forwarded-Proto": protocol})
            vosi.xml(answer, asked)
        except AdminError as error:
            return Capabilities(why=f"the server at {web.root} does not tell them: {error.message}")
        found.setdefault((answer.body, answer.headers.get("www-authenticate", "")), asked)
    if len(found) > 1:
        return Capabilities(why=f"they differ between {' and '.join(list(found.values())[:2])}")
    [(document, challenge)] = found
    return Capabilities(document, challenge)
