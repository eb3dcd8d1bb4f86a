"""Measures `dachsadmin obscore check` on a throw-away database with many contributions."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLUMNS = 38
"""As many as DaCHS's view has."""


def checking(row: Callable[[str, str, str], None], count: int = 200) -> None:
    """The whole command, from the shell."""
    import psycopg

    from dachsadmin.system.scratch import Scratch

    with tempfile.TemporaryDirectory(prefix="dachsadmin-bench-") as inputs, Scratch(inputs, interpreter=None) as scratch:
        with psycopg.connect(scratch.dsn, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA ivoa AUTHORIZATION gavoadmin; GRANT USAGE ON SCHEMA ivoa TO untrusted;"
                               " SET ROLE gavoadmin; CREATE TABLE ivoa._obscoresources (tablename text PRIMARY KEY,"
                               " sqlfragment text, sourcerd text)")
            for number in range(count):
                connection.execute(f"CREATE TABLE ivoa.t{number} (x real, name text); GRANT SELECT ON ivoa.t{number} TO untrusted")
                items = ", ".join(f"CAST({'x' if column % 2 else 'name'} AS {'real' if column % 2 else 'text'}) AS c{column}"
                                  for column in range(COLUMNS))
                connection.execute("INSERT INTO ivoa._obscoresources VALUES (%s, %s, %s)",
                                   (f"ivoa.t{number}", f"SELECT {items} FROM ivoa.t{number}", f"t{number}/q"))
        environment = {**os.environ, **scratch.environment, "PYTHONPATH": str(ROOT)}
        taken = []
        for _ in range(3):
            begun = time.perf_counter()
            done = subprocess.run([sys.executable, "-m", "dachsadmin", "obscore", "check"], env=environment, text=True,
                                  capture_output=True, check=False)
            taken.append(time.perf_counter() - begun)
            assert done.returncode == 0 and f"{count} tables contribute" in done.stderr, done.stdout + done.stderr
    row(f"obscore check of {count} contributions, seconds", f"{statistics.median(taken):.2f}", "≤ 3")
