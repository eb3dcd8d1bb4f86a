"""Measures exporting the metadata of thousands of tables, and nginx that answers from the export, against DaCHS itself."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = 20
"""So many ask for tablesets at the same time."""
FOR = 10
"""Seconds that they go on."""


def measuring(row: Callable[[str, str, str], None], rds: int, tables: int) -> None:
    """Exports in full, unchanged and with one change; then what clients see."""
    sys.path[:0] = [str(ROOT / "tests" / "dachs")]
    from bench import manytables
    from conftest import VOCABULARIES, new_site, public_folder, put_vocabularies
    from serving import serving
    from web_before import web_server

    from dachsadmin.system import dachs
    from dachsadmin.system.host import Host
    from dachsadmin.system.scratch import Scratch

    found = dachs.find(Host())
    if found is None:
        print("export: not measured, there is no DaCHS")
        return
    count = f"{rds * tables:,} tables in {rds} RDs"
    with public_folder() as here, Scratch(here) as scratch, new_site((found, scratch)) as site:
        put_vocabularies(scratch, VOCABULARIES)
        names = manytables.make(site.inputs, rds, tables)
        commands = [[["imp", name] for name in names[place:place + 20]] for place in range(0, len(names), 20)]
        imported = Host().run([found.interpreter, "-", *map(json.dumps, commands)], user=site.settings.user,
                              stdin=(ROOT / "dachsadmin/system/worker/batch.py").read_bytes(), env=site.settings.environment)
        assert all(json.loads(line)["status"] == 0 for line in imported.stdout.splitlines()), imported.stdout[-2000:]
        with serving(site) as server:
            environment = {**server.site.settings.environment, "DACHSADMIN_PATHS_CACHE": str(here / "cache"),
                           "DACHSADMIN_VOSI_EXPORT_FOLDER": str(here / "vosi")}
            row(f"vosi export, {count}, full, seconds", f"{_export(environment):.1f}", "≤ 60")
            row(f"vosi export, {count}, unchanged, seconds", f"{_export(environment):.1f}", "")
            seconds = []
            for name in names[:3]:
                changed = site.inputs / f"{name}.rd"
                changed.write_text(changed.read_text().replace("Table 0.", "The first table."))
                seconds.append(_export(environment))
            row(f"vosi export, {count}, one table changed, seconds", f"{statistics.median(seconds):.1f}", "≤ 5")
            with web_server(server, here / "vosi", here, "nginx") as url:
                _clients(row, url, server.url, f"many{rds - 1}.t{tables - 1}")


def _export(environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "dachsadmin", "vosi", "export"], capture_output=True, text=True, cwd="/tmp",
                          env={**os.environ, **environment, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stdout + done.stderr
    return time.perf_counter() - begin


def _clients(row: Callable[[str, str, str], None], nginx: str, dachs: str, table: str) -> None:
    from serving import get

    def asked(url: str, times: int) -> list[float]:
        return [_seconds(get, url) for _ in range(times)]

    own = statistics.median(asked(f"{dachs}/tap/tables/{table}", 5))
    exported = statistics.median(asked(f"{nginx}/tap/tables/{table}", 200))
    row(f"a table's document, nginx with the export / DaCHS ({own:.2f} s)", f"1/{own / exported:.0f}", "≤ 1/100")
    until = time.monotonic() + FOR
    fetched: list[float] = []

    def fetching() -> None:
        while time.monotonic() < until:
            fetched.append(_seconds(get, f"{nginx}/tap/tables"))

    threads = [threading.Thread(target=fetching) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    seen = []
    while time.monotonic() < until:
        seen.append(_seconds(get, f"{nginx}/tap/availability"))
        time.sleep(0.2)
    for thread in threads:
        thread.join()
    row(f"availability while {CLIENTS} clients fetch {len(fetched)} tablesets through nginx, slowest of {len(seen)}, seconds",
        f"{max(seen):.3f}", "< 0.2")


def _seconds(get: Callable, url: str) -> float:
    begin = time.perf_counter()
    assert get(url).status == 200
    return time.perf_counter() - begin
