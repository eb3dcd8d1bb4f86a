"""Makes a service tree of many small published tables, and measures what finding and mending stale metadata costs there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
STALE = 10
"""So many RDs are made stale."""
_RD = """<resource schema="{name}" resdir=".">
  <meta name="creationDate">2024-05-01T12:00:00Z</meta><meta name="title">Tables of {name}</meta>
  <meta name="description">Some tables.</meta><meta name="subject">surveys</meta><meta name="creator">Doe, J.</meta>
{tables}
  <coverage><updater sourceTable="t0"/></coverage>
  <data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
    yield {{"ra": 10., "dec": 20., "c0": 1., "c1": 1., "c2": 1., "c3": 1., "c4": 1., "c5": 1.}}
  </code></iterator></embeddedGrammar>
{makes}
  </data>
</resource>
"""
_TABLE = """  <table id="t{number}" onDisk="True" adql="True"><meta name="description">Table {number}.</meta>
    <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main" description="RA"/>
    <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main" description="Declination"/>
{columns}
  </table>"""


def make(folder: Path, rds: int, tables: int) -> list[str]:
    """Write RDs with eight columns per table; return their ids."""
    columns = "\n".join(f'    <column name="c{number}" unit="mag" ucd="phot.mag" description="Brightness {number}"/>'
                        for number in range(6))
    for number in range(rds):
        place = folder / f"many{number}"
        place.mkdir()
        (place / "q.rd").write_text(_RD.format(
            name=place.name, tables="\n".join(_TABLE.format(number=table, columns=columns) for table in range(tables)),
            makes="\n".join(f'    <make table="t{table}"><rowmaker idmaps="*"/></make>' for table in range(tables))))
    return [f"many{number}/q" for number in range(rds)]


def measuring(row: Callable[[str, str, str], None], rds: int, tables: int, pairs: int) -> None:
    """Status of an unchanged tree, and refreshing some stale RDs against the same commands of DaCHS one by one."""
    from dachsadmin.system import dachs
    from dachsadmin.system.host import Host
    from dachsadmin.system.scratch import Scratch

    host = Host()
    if dachs.find(host) is None or os.geteuid():
        print("vosi: not measured, there is no DaCHS, or this is not root")
        return
    with tempfile.TemporaryDirectory(prefix="dachsadmin-bench-") as folder:
        inputs, own = Path(folder) / "inputs", Path(folder) / "own"
        os.chmod(folder, 0o755)
        inputs.mkdir()
        names = make(inputs, rds, tables)
        with Scratch(inputs) as scratch:
            environment = {**scratch.environment, **{f"DACHSADMIN_PATHS_{kind.upper()}": str(own / kind)
                                                     for kind in ("cache", "state", "backup")}}
            commands = [[[*words, name] for name in names[place:place + 20] for words in (["imp"], ["limits", "-t"])]
                        for place in range(0, len(names), 20)]
            batch = (ROOT / "dachsadmin/system/worker/batch.py").read_bytes()
            imported = host.run([dachs.INTERPRETER, "-", *map(json.dumps, commands)], user=scratch.user, stdin=batch,
                                env=scratch.environment)
            assert all(json.loads(line)["status"] == 0 for line in imported.stdout.splitlines()), imported.stdout[-2000:]
            count = f"{rds * tables} tables in {rds} RDs"
            row(f"vosi status, {count}, the first time, seconds", f"{_timed(['status'], environment)[0]:.1f}", "")
            again = min(_timed(["status"], environment)[0] for _ in range(3))
            row(f"vosi status, {count}, unchanged, seconds", f"{again:.2f}", "≤ 3")
            ratios = [_ratio(inputs, names[place * STALE:(place + 1) * STALE], scratch, environment) for place in range(pairs)]
            row(f"vosi refresh --stale, {STALE} stale RDs of {rds} / the same commands one by one",
                f"{sorted(ratios)[len(ratios) // 2]:.2f} ({', '.join(f'{ratio:.2f}' for ratio in ratios)})", "≤ 0.7")


def _ratio(inputs: Path, names: Sequence[str], scratch, environment: dict[str, str]) -> float:
    def spoil(text: str, other: str) -> None:
        for name in names:
            path = inputs / f"{name}.rd"
            path.write_text(path.read_text().replace(text, other))

    spoil("Declination", "Dec")
    shown = _timed(["refresh", "--stale", "--dry-run"], environment)[1]
    seconds, _ = _timed(["refresh", "--stale", "--yes"], environment)
    words = [line.split("dachs ", 1)[1].split() for line in shown.splitlines() if "$ " in line]
    assert len({line[-1] for line in words}) == STALE, shown
    spoil('description="Dec"', 'description="Declination"')
    begin = time.perf_counter()
    for line in words:
        subprocess.run(["/usr/bin/python3", "-m", "gavo.user.cli", *line], user=scratch.user, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env={**os.environ, **scratch.environment}, cwd="/tmp", check=True)
    return seconds / (time.perf_counter() - begin)


def _timed(words: list[str], environment: dict[str, str]) -> tuple[float, str]:
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "dachsadmin", "vosi", *words], capture_output=True, text=True, cwd="/tmp",
                          env={**os.environ, **environment, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0 and "error: " not in done.stderr, (done.stdout + done.stderr)[-2000:]
    return time.perf_counter() - begin, done.stdout
