"""Check DU101: key-missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class KeyMissing(Check):
    """The file with the key of an archive is there, and everybody may read it.

    apt checks signatures as a user of its own (_apt), not as root. Without the key it leaves the archive out, and offers what
    was there the last time, or nothing.

    See:
        sources.list(5), Signed-By
        Installing DaCHS (https://docs.g-vo.org/DaCHS/install.html)
    """

    code, name, severity, since = "DU101", "key-missing", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for source in here.sources:
            for key in source.signed_by:
                if not key.startswith("/"):
                    if not re.fullmatch(r"[0-9A-Fa-f]{40}!?", key):
                        yield self.finding(f"{key!r} is neither the path of a file with keys nor a fingerprint", file=source.file,
                                           line=source.line, subject=key, hint=f"edit {source.file}")
                    continue
                found = here.mode_and_owner(key)
                if found is None:
                    yield self.finding(
                        f"the key of {source.uri} should be in {key}, which is not there", file=source.file, line=source.line,
                        subject=key, hint="get it as https://docs.g-vo.org/DaCHS/install.html says" if source.of_gavo else
                        f"get the key of {source.uri} from its maintainers, or correct the path in {source.file}")
                elif not found[0] & 0o004:
                    yield self.finding(f"apt's own user may not read {key}, the key of {source.uri}", file=source.file,
                                       line=source.line, subject=key, hint=f"run 'chmod a+r {key}'")
