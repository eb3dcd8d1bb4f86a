"""Stores what the describing program printed for each version; see the docstring of the package."""

from __future__ import annotations

import json
import sys

from dachsadmin.rd.names import FILE, combined

described = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as stream:
        described.append(json.load(stream))
with open(FILE, "w", encoding="utf-8") as stream:
    json.dump(combined(described), stream, indent=0, sort_keys=True)
    stream.write("\n")
