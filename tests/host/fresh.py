"""Runs shell scripts on fresh Debian machines, each on one of its own, as root."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRESH_HOST = Path(__file__).parent / "fresh-host"

BUILD = """
apt-get update
mkdir /build; cp -r /src /build/dachsadmin; cd /build/dachsadmin; rm -rf .git
version=$(dpkg-parsechangelog -S Version)
tar -cJf ../dachsadmin_${version%-*}.orig.tar.xz --exclude=dachsadmin/debian -C .. dachsadmin
apt-get build-dep -y --no-install-recommends ./
"""
"""Goes to a copy of the checkout in /src and gets ready for dpkg-buildpackage."""


def run(machine: str, script: str, *, read: dict[Path, str] | None = None, write: dict[Path, str] | None = None,
        minutes: float = 30) -> subprocess.CompletedProcess[str]:
    """What a script says (both streams) and how it ends. `read` and `write` show folders of ours there: {ours: there}."""
    shown = [word for option, places in (("-r", read), ("-b", write)) for ours, there in (places or {}).items()
             for word in (option, f"{ours}:{there}")]
    return subprocess.run([str(FRESH_HOST), *shown, machine, "--", "sh", "-ec", script], text=True, timeout=60 * minutes,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
