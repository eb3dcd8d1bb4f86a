"""`dachsadmin start` and `val` on a served scratch DaCHS, for the tests of its templates."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from probing import faults
from serving import Server, own_folder

ROOT = Path(__file__).parents[2]
SITE_META = {"publisher": "Example Observatory", "contact.name": "Jane Doe", "contact.address": "Example Street 1",
             "contact.email": "jane@example.org", "contact.telephone": "1"}
"""In place of what `dachs init` writes, which val reports as placeholders."""


def dachsadmin(server: Server, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
    """Our command, with the server's configuration."""
    return subprocess.run([sys.executable, "-m", "dachsadmin", *arguments], capture_output=True, text=True, cwd=cwd,
                          stdin=subprocess.DEVNULL, env={**os.environ, **server.site.settings.environment,
                                                         "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), server.site.dachs.pythonpath))),
                                                         "PYTHONDONTWRITEBYTECODE": "1"})


def resource(server: Server, name: str) -> Path:
    """A resource directory that DaCHS may write to (previews), and a site that has filled in its default metadata."""
    defaults = server.site.scratch.home / "root" / "etc" / "defaultmeta.txt"
    lines = [line for line in defaults.read_text().splitlines() if line.partition(":")[0] not in SITE_META]
    defaults.write_text("\n".join([*(f"{key}: {value}" for key, value in SITE_META.items()), *lines, ""]))
    return own_folder(server.site, name)


def start(server: Server, name: str, template: str, *arguments: str, **answers: str) -> str:
    """Make NAME/q.rd without an open question; what was told of it."""
    given = [word for key, value in answers.items() for word in ("--set", f"{key}={value}")]
    version = ".".join(server.site.dachs.version.split(".")[:2])
    done = dachsadmin(server, "start", template, *arguments, "--for-dachs", version, *given, cwd=resource(server, name))
    assert done.returncode == 0, done.stderr
    (server.site.inputs / name / "q.rd").chmod(0o644)
    return done.stderr


def findings(server: Server, rd_id: str) -> list[str]:
    """What `val --profile strict` finds, with the rules and, where DaCHS is the installed one, with its own validation."""
    how = ["--engine", "static", "--for-dachs", server.site.dachs.version] if server.site.dachs.pythonpath else (
        ["--compare-db"] if imported(server, rd_id) else [])
    done = dachsadmin(server, "val", rd_id, "--profile", "strict", "--report", "json", "--no-cache", *how)
    assert done.stdout, done.stderr
    return [f"{each['code']} {each['message']}" for each in json.loads(done.stdout)["findings"]]


def imported(server: Server, rd_id: str) -> bool:
    return rd_id in [row[0] for row in rows(server, "SELECT sourcerd FROM dc.tablemeta")]


def rows(server: Server, query: str) -> list[tuple]:
    """What the database says."""
    import psycopg

    with psycopg.connect(server.site.scratch.dsn) as connection:
        return connection.execute(query).fetchall()


def bring_to_life(server: Server, rd_id: str) -> None:
    """What start says to do next, until users of the server have nothing to complain of."""
    if not rows(server, "SELECT to_regclass('ivoa._obscoresources') WHERE to_regclass('ivoa._obscoresources') IS NOT NULL"):
        server.dachs("imp", "//obscore")
    server.dachs("imp", rd_id)
    server.dachs("limits", rd_id)
    server.dachs("pub", rd_id)
    complaints = faults(server, rd_id)
    assert not complaints, "\n".join(complaints)
