"""What an export says of itself, in a file beside the documents: names, digests, times, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dachsadmin.system.generations import Kept

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """`documents` are by their paths, `tables` have the path and the RD of each table's; `rds` those that do not load, with the
    reason, whose documents are the last good ones; `lost` the tables that TAP_SCHEMA lists and DaCHS cannot serve;
    `invalid` what the schemata say against documents."""

    documents: Mapping[str, Kept] = field(default_factory=dict)
    tables: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    rds: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    invalid: Mapping[str, list[str]] = field(default_factory=dict)

    def paths_of(self, rds: set[str], others_than: set[str]) -> set[str]:
        """The documents of tables that these RDs have, or that are not among `others_than`."""
        return {path for name, (path, rd) in self.tables.items() if rd in rds or name not in others_than}


def written(manifest: Manifest) -> bytes:
    return json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1, sort_keys=True).encode()


def read(content: bytes) -> Manifest:
    """What was written; an empty one if it was not written by us, or by another version."""
    try:
        told: dict[str, Any] = json.loads(content or b"{}")
        if told.pop("format", None) != FORMAT:
            return Manifest()
        documents = {path: Kept(**one) for path, one in told.pop("documents").items()}
        tables = {name: (path, rd) for name, (path, rd) in told.pop("tables").items()}
        return Manifest(documents, tables, **told)
    except (ValueError, TypeError, AttributeError, KeyError):
        return Manifest()
