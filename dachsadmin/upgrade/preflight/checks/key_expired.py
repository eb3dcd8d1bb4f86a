"""Check DU102: key-expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system import keyrings
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

SOON = timedelta(days=30)


class KeyExpired(Check):
    """A file of keys has one that holds for a month at least.

    With keys that have all expired, apt takes nothing from the archive any more. A new one is fetched as the old one was.

    See:
        Installing DaCHS (https://docs.g-vo.org/DaCHS/install.html)
    """

    code, name, severity, since = "DU102", "key-expired", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for source in {key: source for source in reversed(here.sources) for key in source.signed_by}.values():
            for path in source.signed_by:
                if not path.startswith("/") or here.mode_and_owner(path) is None:
                    continue
                try:
                    keys = keyrings.keys(here.host, path, here.folder)
                except AdminError as error:
                    yield self.untested(error.message, hint=error.hint, subject=path)
                    continue
                ends = [key.expires for key in keys]
                last = max((end for end in ends if end is not None), default=None)
                if None in ends or last is None or last > here.host.clock() + SOON:
                    continue
                over = last <= here.host.clock()
                hint = "get the new one as https://docs.g-vo.org/DaCHS/install.html says" if source.of_gavo else \
                    f"get the new one from the maintainers of {source.uri}"
                yield self.finding(
                    f"the key {keys[-1].owner or keys[-1].fingerprint} in {path} {'has expired' if over else 'expires'} on "
                    f"{last:%Y-%m-%d}", severity=Severity.ERROR if over else Severity.WARNING, file=source.file,
                    line=source.line, subject=path, hint=hint)
