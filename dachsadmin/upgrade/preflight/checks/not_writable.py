"""Check DU501: not-writable."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

FOLDERS = ("stateDir", "logDir", "cacheDir", "tempDir")
LOGS = ("dcErrors", "dcInfos", "web.log")


class NotWritable(Check):
    """The server can write where it keeps jobs, logs and caches.

    A `dachs init` or `dachs serve` as root leaves files that the server's user may not write; it starts all the same and fails
    with the first job. After an upgrade that looks like the new version's fault.

    See:
        https://docs.g-vo.org/DaCHS/commonproblems.html
    """

    code, name, severity, since = "DU501", "not-writable", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        user, group = here.config.server_user, here.config.get("general", "gavoGroup")
        groups = _groups(user)
        for item in FOLDERS:
            path = str(here.config.path(item))
            found = here.mode_and_owner(path)
            if found is None:
                yield self.finding(f"{item} {path} is not there", file=path, subject=item,
                                   hint=f"run 'install -d -o {user} -g {group} -m 2775 {path}'")
            elif not _may_write(found, user, groups):
                yield self.finding(f"{user} may not write to {item}, which belongs to {found[1]}", file=path, subject=item,
                                   hint=f"run 'chgrp {group} {path} && chmod g+rwxs {path}'")
        for name in LOGS:
            path = str(here.config.path("logDir") / name)
            found = here.mode_and_owner(path)
            if found is not None and not _may_write(found, user, groups):
                yield self.finding(f"{user} may not write to {name}, which belongs to {found[1]}", file=path, subject=name,
                                   hint=f"run 'chgrp {group} {path} && chmod g+rw {path}'")


def _groups(user: str) -> frozenset[str]:
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise EnvironmentFault(f"there is no user {user}, whom the server would run as",
                               "run 'apt-get install --reinstall gavodachs2-server', or correct [web]user") from None
    names = set()
    for number in os.getgrouplist(user, account.pw_gid):
        try:
            names.add(grp.getgrgid(number).gr_name)
        except KeyError:
            names.add(str(number))
    return frozenset(names)


def _may_write(found: tuple[int, str], user: str, groups: frozenset[str]) -> bool:
    mode, (owner, _, group) = found[0], found[1].partition(":")
    bit = 0o200 if owner == user else 0o020 if group in groups else 0o002
    return user == "root" or bool(mode & bit)
