"""What Debian says is installed."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence

from dachsadmin.errors import AdminError
from dachsadmin.system import dachs
from dachsadmin.system.host import Host


def installed(host: Host, patterns: Sequence[str]) -> Mapping[str, str]:
    """The versions of the installed packages (those that are configured) whose names match shell patterns."""
    if host.which("dpkg-query") is None:
        return {}
    form = "-f=${db:Status-Status} ${Package} ${Version}\\n"
    listed = host.run(["dpkg-query", "-W", form, *patterns], check=False, timeout=30).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {row[1]: row[2] for row in rows if len(row) == 3 and row[0] == "installed"}


def versions(host: Host, interpreter: str) -> Mapping[str, str]:
    """What runs here, for `--version` and bug reports: DaCHS, PostgreSQL and Python with their versions and places."""
    found = dachs.find(host, interpreter)
    return {
        "DaCHS": f"{found.version} ({found.folder})" if found else f"not found by {interpreter}",
        "PostgreSQL": _postgresql(host),
        "Python": f"{sys.version.split()[0]} ({sys.executable})",
    }


def _postgresql(host: Host) -> str:
    servers = {name: version for name, version in installed(host, ["postgresql-[0-9]*"]).items()
               if re.fullmatch(r"postgresql-[0-9]+", name)}
    if servers:
        return ", ".join(f"{re.split('[-+~]', version)[0]} ({name})" for name, version in sorted(servers.items()))
    try:
        said = host.run(["pg_config", "--version"], timeout=30).stdout
    except AdminError:
        return "no server is installed here"
    return f"{said.removeprefix('PostgreSQL ').strip()} (pg_config)"
