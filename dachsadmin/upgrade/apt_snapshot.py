"""A backup of DaCHS's own tables that is made while apt waits: in seconds, or not at all."""

from __future__ import annotations

import os

from dachsadmin.errors import Refused
from dachsadmin.system import dumps
from dachsadmin.system.databases import server_of
from dachsadmin.system.host import Host
from dachsadmin.upgrade import estimate, kept

MOST_SECONDS = 15
"""What it may take by estimate; the hook of apt ends it after twice as long."""
_MOST_OF_DISK = 0.5
_BEGINNING = "apt-"
_MOST_KEPT = 3


def make(host: Host, rc: str, backups: str) -> str:
    """Make one in a folder of its own below `backups`, and return that; `rc` is the gavo.rc that names the database.

    The oldest ones go when there are more than three. Raises AdminError that says why there is none.
    """
    server = server_of(rc)
    sizes = estimate.measure(host, server, backups, ())
    wanted = estimate.choose("system", sizes)
    if wanted.seconds > MOST_SECONDS:
        raise Refused(f"it would take {estimate.duration(wanted.seconds)}, and apt waits {MOST_SECONDS} s for it")
    if wanted.bytes > sizes.free * _MOST_OF_DISK:
        raise Refused(f"it would take up to {estimate.size(wanted.bytes)}, and {estimate.size(sizes.free)} are free")
    folder = os.path.join(backups, f"{_BEGINNING}{host.clock():%Y%m%dT%H%M%S.%fZ}")
    host.make_folder(folder, 0o700)
    try:
        kept.keep_database(host, server, folder, wanted.kind)
        dumps.dump_roles(host, server, os.path.join(folder, kept.ROLES))
        kept.seal(host, folder)
    except BaseException:
        kept.remove(host, folder)
        raise
    for old in [name for name in host.names(backups) if name.startswith(_BEGINNING)][:-_MOST_KEPT]:
        kept.remove(host, os.path.join(backups, old))
    return folder
