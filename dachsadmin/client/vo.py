"""pyVO with every request going through client.web, so that deadlines hold and nothing is downloaded from elsewhere."""

from __future__ import annotations

import contextlib
import importlib.util
import io
from collections.abc import Iterator
from typing import Any

from dachsadmin.client.web import NoAnswer, Web
from dachsadmin.errors import AdminError, TargetError


class QueryFailed(TargetError):
    """A service said that it failed: QUERY_STATUS is ERROR, whatever the HTTP status."""


class NotUnderstood(TargetError):
    """A client cannot make sense of an answer."""


def installed() -> bool:
    """Whether there is a pyVO."""
    return importlib.util.find_spec("pyvo") is not None


@contextlib.contextmanager
def speaking(web: Web) -> Iterator[Any]:
    """The module pyvo, for as long as the with statement lasts.

    pyVO makes sessions of its own in places where none can be given to it (iter_datalinks of pyVO 1.2), hence its
    factory is replaced meanwhile. The vocabularies that it wants for bysemantics() are not downloaded.
    """
    import pyvo
    import pyvo.utils.http
    from astropy.utils.data import conf

    def session() -> Any:
        made = before()
        made.trust_env = False
        for scheme in ("http://", "https://"):
            made.mount(scheme, _adapter(web))
        return made

    before = pyvo.utils.http.create_session
    pyvo.utils.http.create_session = session
    try:
        with conf.set_temp("allow_internet", False):
            yield pyvo
    finally:
        pyvo.utils.http.create_session = before


@contextlib.contextmanager
def understood(what: str) -> Iterator[None]:
    """Turn what pyVO and astropy raise into QueryFailed, NotUnderstood or NoAnswer; `what` names the answer."""
    from astropy.io.votable.exceptions import VOTableSpecError
    from pyvo.dal.exceptions import DALAccessError, DALQueryError
    from requests import RequestException  # type: ignore[import]

    # On documents that it does not expect, pyVO fails in any of these ways.
    unexpected = (DALAccessError, VOTableSpecError, RequestException, ValueError, LookupError, TypeError, AttributeError,
                  ArithmeticError, OSError)
    try:
        yield
    except AdminError:
        raise
    except unexpected as error:
        for cause in _causes(error):
            if isinstance(cause, NoAnswer):
                raise cause from None
        said = _said(error)
        if isinstance(error, DALQueryError):
            raise QueryFailed(f"{what} failed: {said}") from None
        raise NotUnderstood(f"{what} is not understood by pyVO: {said}") from None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and all that stand behind it."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [getattr(one, "cause", None), one.__cause__, one.__context__, *one.args]


def _said(error: BaseException) -> str:
    text = str(getattr(error, "reason", "") or error or type(error).__name__)
    return " ".join(text.split())[:500]


def _adapter(web: Web) -> Any:
    """What carries out the requests of a session."""
    import requests
    import urllib3

    class Adapter(requests.adapters.BaseAdapter):  # type: ignore[misc]
        def send(self, request: Any, stream: bool = False, timeout: Any = None, verify: Any = True, cert: Any = None,
                 proxies: Any = None) -> Any:
            body = request.body
            if body is not None and not isinstance(body, (bytes, str)):
                body = body.read()
            answer = web.exchange(request.method, request.url, body.encode() if isinstance(body, str) else body,
                                  dict(request.headers))
            response = requests.Response()
            response.status_code, response.url, response.request = answer.status, request.url, request
            response.headers = requests.structures.CaseInsensitiveDict(answer.headers)
            response.reason = requests.status_codes._codes.get(answer.status, ("",))[0]
            response.encoding = requests.utils.get_encoding_from_headers(response.headers)
            response.raw = urllib3.HTTPResponse(io.BytesIO(answer.body), headers=dict(answer.headers),
                                                status=answer.status, preload_content=False)
            return response

        def close(self) -> None:
            """There is nothing that is kept open."""

    return Adapter()
