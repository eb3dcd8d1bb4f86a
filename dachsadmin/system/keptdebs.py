"""The .deb files of installed packages, kept so that their versions can be installed again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence

from dachsadmin.system.command import CommandTimeout
from dachsadmin.system.host import Host

CACHE = "/var/cache/apt/archives"
_DOWNLOAD = ("apt-get", "-q", "-o", "Acquire::Retries=0", "download")
_TIMEOUT = 600


def keep(host: Host, packages: Mapping[str, str], folder: str) -> None:
    """Put the files of packages (versions by name) into a folder: from apt's cache, else downloaded, else made anew.

    What is to be had nowhere is left out; `lacking` tells.
    """
    scratch = os.path.join(folder, ".new")
    for name, version in lacking(host, packages, folder).items():
        host.make_folder(scratch, 0o700)
        found = (_found(host, CACHE, name, version)
                 or _made(host, (*_DOWNLOAD, f"{name}={version}"), scratch, name, version)
                 or _made(host, ("dpkg-repack", name), scratch, name, version))
        if found:
            with host.reading(found) as source, host.writing(os.path.join(folder, os.path.basename(found)), mode=0o600) as copy:
                shutil.copyfileobj(source, copy)
    for leftover in host.names(scratch):
        host.remove(os.path.join(scratch, leftover))
    host.remove_folder(scratch)


def lacking(host: Host, packages: Mapping[str, str], folder: str) -> dict[str, str]:
    """The packages, with their versions, whose files are not in a folder."""
    return {name: version for name, version in packages.items() if not _found(host, folder, name, version)}


def _made(host: Host, argv: Sequence[str], folder: str, name: str, version: str) -> str:
    """The file of a package after a program was to put it into a folder, `` if it did not."""
    if host.which(argv[0]) is None:
        return ""
    try:
        host.run(argv, cwd=host.real(folder), timeout=_TIMEOUT, check=False)
    except CommandTimeout:
        return ""
    return _found(host, folder, name, version)


def _found(host: Host, folder: str, name: str, version: str) -> str:
    """The file in a folder that is this package, by what it says itself: names of files leave out epochs or not."""
    for file in host.names(folder):
        if file.startswith(f"{name}_") and file.endswith(".deb"):
            path = os.path.join(folder, file)
            told = host.run(["dpkg-deb", "--field", host.real(path), "Package", "Version"], check=False, timeout=60).stdout
            if told.splitlines() == [f"Package: {name}", f"Version: {version}"]:
                return path
    return ""
