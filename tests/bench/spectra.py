"""Measures start: how fast it reads spectra, how long until a service answers, and what a cutout costs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, ExitStack
from pathlib import Path

ROOT = Path(__file__).parents[2]
ANSWERS = {"title": "Bench", "description": "Spectra that nobody observed.", "creators": "Doe, J.", "collection": "Bench",
           "aperture": "0.000917", "resolution": "1800"}
IMPORTED = 200
KINDS = 200
"""So many different spectra are made; where more files are wanted, they are links to these."""


def reading(row: Callable[[str, str, str], None], count: int) -> None:
    """`start ssap --from` over many files: seconds and memory of the whole command, sampled and all."""
    with tempfile.TemporaryDirectory(prefix="dachsadmin-bench-") as folder:
        data = Path(folder) / "spectra" / "data"
        data.mkdir(parents=True)
        _write(data, count)
        for what, flags, bound in (("sampled", [], "≤ 3"), ("--all", ["--all"], "≤ 20")):
            seconds, megabytes = _start(data.parent, *flags)
            row(f"start ssap --from, {count:,} spectra, {what}, seconds", f"{seconds:.1f}", bound)
            row(f"start ssap --from, {count:,} spectra, {what}, MB", f"{megabytes:.0f}", "flat")
        few = Path(folder) / "few" / "data"
        few.mkdir(parents=True)
        _write(few, count // 10)
        row(f"start ssap --from, {count // 10:,} spectra, --all, MB", f"{_start(few.parent, '--all')[1]:.0f}", "")


def serving(row: Callable[[str, str, str], None], pairs: int) -> None:
    """From files to the first answer of SSA, step by step; then cutouts against those of a builder that loops over points."""
    with _served() as server:
        folder = _resource(server, "bench")
        _write(folder / "data", IMPORTED)
        taken = {"start": _start(folder)[0]}
        (folder / "q.rd").chmod(0o644)
        for words in (["imp", "//obscore"], ["imp", "bench/q"], ["limits", "bench/q"], ["pub", "bench/q"]):
            begin = time.perf_counter()
            server.dachs(*words)
            taken["dachs " + " ".join(words)] = time.perf_counter() - begin
        begin = time.perf_counter()
        rows = _rows(server.get("/bench/q/ssa/ssap.xml?REQUEST=queryData&MAXREC=20"))
        taken["first answer of SSA"] = time.perf_counter() - begin
        assert len(rows) == 20
        row(f"from {IMPORTED} spectra to the first answer of SSA, seconds", f"{sum(taken.values()):.1f}", "≤ 60")
        for what, seconds in taken.items():
            row(f"... of it {what}", f"{seconds:.1f}", "")
        _cutouts(row, server, [line["ssa_pubDID"] for line in rows], pairs)


def _cutouts(row: Callable[[str, str, str], None], server, identifiers: list[str], pairs: int) -> None:
    looping = _resource(server, "loops")
    (looping / "q.rd").write_text(_with_loops((server.site.inputs / "bench" / "q.rd").read_text()))
    (looping / "q.rd").chmod(0o644)
    os.symlink(server.site.inputs / "bench" / "data", looping / "data")
    server.dachs("imp", "loops/q")
    ratios, own = [], []
    for _ in range(pairs):
        pair = []
        for resource in ("bench", "loops"):
            begin = time.perf_counter()
            for identifier in identifiers:
                words = urllib.parse.urlencode({"ID": identifier.replace("bench/", resource + "/"),
                                                "BAND": "3.92e-7 3.98e-7"})
                answer = server.get(f"/{resource}/q/sdl/dlget?{words}")
                assert answer.status == 200 and len(_rows(answer)) > 10, answer.body[:300]
            pair.append((time.perf_counter() - begin) / len(identifiers))
        own.append(pair[0])
        ratios.append(pair[1] / pair[0])
    row("cutout (BAND), milliseconds end to end", f"{statistics.median(own) * 1000:.0f}", "")
    row("cutout (BAND), times faster than a builder that loops over the points", f"{statistics.median(ratios):.1f} "
        f"({', '.join(f'{ratio:.1f}' for ratio in ratios)})", "≥ 3")


def _with_loops(rd: str) -> str:
    """The same service built and cut in the way that DaCHS's documentation shows: a row per point, then cut the rows."""
    head, mark, rest = rd.partition('<data id="build_spectrum"')
    before, code, after = rest.partition("<code>")
    _vectors, end, after = after.partition("</code>")
    rest = before + code + """
          header, points = fits.getheader(path_of(self.sourceToken)), fits.getdata(path_of(self.sourceToken))
          for pixel in range(points.shape[1]):
            yield {"spectral": 10**(header["COEFF0"]+header["COEFF1"]*pixel), "flux": points[0][pixel],
              "flux_error": points[1][pixel]**-0.5 if points[1][pixel]>0 else None, "mask": int(points[3][pixel])}
        """ + end + after
    head = head.replace("def read_spectrum(path):", 'def path_of(token):\n'
                        '          return os.path.join(base.getConfig("inputsDir"), token["accref"])\n\n'
                        '        def read_spectrum(path):', 1)
    begin = rest.index("<metaMaker>")
    stop = rest.index('<FEED source="//soda#sdm_format"/>')
    rest = rest[:begin] + """<dataFunction procDef="//soda#sdm_genData">
        <bind name="builder">"\\rdId#build_spectrum"</bind>
      </dataFunction>
      <FEED source="//soda#sdm_cutout"/>
      """ + rest[stop:]
    return (head + mark + rest).replace('schema="bench"', 'schema="loops"').replace("bench", "loops")


@contextmanager
def _served() -> Iterator:
    sys.path.insert(0, str(ROOT / "tests" / "dachs"))
    import conftest
    import serving
    from dachsadmin.system import dachs
    from dachsadmin.system.host import Host
    from dachsadmin.system.scratch import Scratch

    with ExitStack() as stack:
        folder = stack.enter_context(conftest.public_folder())
        scratch = stack.enter_context(Scratch(folder))
        conftest.put_vocabularies(scratch, conftest.VOCABULARIES)
        site = stack.enter_context(conftest.new_site((dachs.find(Host()), scratch)))
        yield stack.enter_context(serving.serving(site))


def _resource(server, name: str) -> Path:
    from serving import own_folder

    return own_folder(server.site, name)


def _write(folder: Path, count: int) -> None:
    from dachsadmin.demo import lamost
    from dachsadmin.demo.population import population

    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    made = []
    for target in population(min(count, KINDS)):
        made.append(folder / lamost.file_name(target))
        made[-1].write_bytes(lamost.file_content(target))
    for number in range(len(made), count):
        os.link(made[number % KINDS], folder / f"again-{number:06}-{made[number % KINDS].name}")


def _start(folder: Path, *flags: str) -> tuple[float, float]:
    """Seconds and MB of a start ssap that leaves no question open."""
    words = [sys.executable, "-m", "dachsadmin", "start", "ssap", "--force", "--from", "data/*.fits.gz", *flags,
             *(word for key, value in ANSWERS.items() for word in ("--set", f"{key}={value}"))]
    begin = time.perf_counter()
    process = subprocess.Popen(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read() if process.stderr else b""
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said.decode()
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def _rows(answer) -> list[dict]:
    import io

    from astropy.io import votable

    table = votable.parse_single_table(io.BytesIO(answer.body)).to_table()
    return [dict(zip(table.colnames, line)) for line in table]
