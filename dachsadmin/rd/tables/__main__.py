"""Stores a table that the describing program printed; see the docstring of the package."""

from __future__ import annotations

import json
import os
import sys

from dachsadmin.rd.tables import FOLDER, text_of

described = json.load(sys.stdin)
with open(os.path.join(FOLDER, f"{described['version']}.json"), "w", encoding="utf-8") as stream:
    stream.write(text_of(described))
