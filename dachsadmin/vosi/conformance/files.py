"""Saved documents, checked without asking anybody."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from dachsadmin.client.schemata import Schemata
from dachsadmin.client.web import LIMIT
from dachsadmin.errors import TargetError
from dachsadmin.system.host import Host
from dachsadmin.vosi.conformance.publication import Document, Publication, read


def publication(paths: Sequence[str], host: Host, schemata: Schemata | None) -> Publication:
    """The documents in some files. Raises TargetError for a file that cannot be read."""
    return Publication(", ".join(paths), tuple(_documents(paths, host, schemata)))


def _documents(paths: Sequence[str], host: Host, schemata: Schemata | None) -> Iterator[Document]:
    for path in paths:
        if not host.exists(os.path.abspath(path)):
            raise TargetError(f"there is no file {path}", f"for a server, write 'dachsadmin vosi check http://{path}'")
        content = host.read(os.path.abspath(path), limit=LIMIT)
        yield read(content, "", path, os.path.basename(path), schemata)
