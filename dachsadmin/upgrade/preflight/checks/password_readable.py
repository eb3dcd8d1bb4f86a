"""Check DU500: password-readable."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

OTHERS_READ = 0o004
_PASSWORD = re.compile(r"(?im)^[ \t]*(\w*passw\w*)[ \t]*[:=][ \t]*(?!scrypt:)\S")


class PasswordReadable(Check):
    """Only DaCHS can read its passwords.

    Whoever has an account on this machine reads the administrator's password in gavo.rc, or in a database profile that of the
    role that all tables belong to. The latter is information, as `dachs init` leaves profiles so.

    See:
        Operator's guide (https://docs.g-vo.org/DaCHS/opguide.html)
    """

    code, name, severity, since = "DU500", "password-readable", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        group = here.config.get("general", "gavoGroup")
        own = [str(file) for file in here.config.files]
        for path in (*own, *_profiles(here)):
            found = here.mode_and_owner(path)
            if found is None or not found[0] & OTHERS_READ:
                continue
            said = _PASSWORD.search(here.host.text(path))
            if said is not None:
                line = here.host.text(path).count("\n", 0, said.start()) + 1
                yield self.finding(f"everybody on this machine can read {said[1]}", file=path, line=line, subject=said[1],
                                   severity=None if path in own else Severity.INFO,
                                   hint=f"run 'chgrp {group} {path} && chmod o= {path}'")


def _profiles(here: Installation) -> Iterator[str]:
    for folder in map(str, here.config.profile_path):
        try:
            yield from (os.path.join(folder, name) for name in here.host.names(folder) if "." not in name)
        except AdminError:
            continue  # what we cannot list, others cannot either
