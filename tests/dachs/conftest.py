"""Real DaCHSes on throw-away databases: the installed one, and those of $CHECK_DACHS.

Each DaCHS gets a cluster, a configuration and
small vocabularies of its own; service trees are made by the tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from places import PLACES, named

from dachsadmin.errors import AdminError
from dachsadmin.system import dachs
from dachsadmin.system.host import Host
from dachsadmin.system.scratch import Scratch, find_programs
from dachsadmin.system.worker.client import Options, Pool, WorkerSettings

VOCABULARIES = {
    "uat": ["virtual-observatories", "surveys", "spectroscopy", "astronomical-object-identification", "light-curves",
            "solar-system-astronomy"],
    "product-type": ["spectrum", "image", "timeseries", "cube"], "messenger": ["Optical", "X-ray", "optical"],
    "voresource/content_level": ["Research", "General", "Amateur"], "data-source": ["survey", "pointed"],
    "voresource/content_type": ["Catalog", "Archive", "Other"], "voresource/date_role": ["Created", "Updated"],
    "voresource/relationship_type": ["IsServedBy"],
}
"""A few terms of each vocabulary that some DaCHS asks for."""
META = """<meta name="title">Stars</meta><meta name="description">Some stars.</meta>
  <meta name="creationDate">2024-05-01T12:00:00Z</meta><meta name="subject">surveys</meta>
  <meta name="creator">Doe, J.</meta>"""
"""What an RD needs to be told nothing about its metadata."""


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/dachs/" in item.nodeid:
            item.add_marker(pytest.mark.dachs)


@dataclass(frozen=True)
class Site:
    """A DaCHS with a database, and a service tree of one test."""

    dachs: dachs.Dachs
    scratch: Scratch
    settings: WorkerSettings
    inputs: Path

    @property
    def cache(self) -> Path:
        """Where this DaCHS looks for vocabularies."""
        return self.scratch.home / "root" / "cache"

    def write(self, **texts: str) -> None:
        """Write files below inputsDir: `a__q=...` is a/q.rd, `a__bin__core_py=...` is a/bin/core.py."""
        for name, text in texts.items():
            path = self.inputs / (name.removesuffix("_py").replace("__", "/") + (".py" if name.endswith("_py") else ".rd"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            for each in (path, *path.parents):
                if each.is_relative_to(self.inputs):
                    each.chmod(0o755)

    def rd(self, name: str, content: str, attributes: str = "") -> None:
        """Write an RD that lacks no metadata."""
        schema = name.partition("/")[0]
        self.write(**{name.replace("/", "__"): f'<resource schema="{schema}" resdir="{schema}" {attributes}>{META}\n'
                                               f"{content}\n</resource>"})

    def with_settings(self, **changes) -> Site:
        environment = {**self.settings.environment, **changes.pop("environment", {})}
        return replace(self, settings=replace(self.settings, environment=environment, **changes))

    def validate(self, *rd_ids: str, **options) -> dict:
        """The results by RD id."""
        with Pool(self.settings) as pool:
            return {result.rd_id: result for result in pool.validate(rd_ids, Options(**options))}

    def switch(self) -> dict:
        """What makes subprocess run something as the user that RD code runs as."""
        if self.settings.user is None:
            return {}
        account = pwd.getpwnam(self.settings.user)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
        """`dachs` itself, as that user."""
        return subprocess.run(
            [self.settings.interpreter, "-c", "from gavo.user import cli; cli.main()", *arguments], capture_output=True,
            text=True, cwd=cwd or self.scratch.home, env={**os.environ, **self.settings.environment, "GAVO_LOG": "no"},
            **self.switch())


@pytest.fixture(scope="session", params=PLACES, ids=named)
def installation(request):
    """A DaCHS with a running database, and what a worker needs to use it."""
    try:
        find_programs()
    except AdminError as fault:
        pytest.skip(f"{fault.message}; {fault.hint}")
    found = dachs.find(Host(), pythonpath=request.param)
    if found is None:
        pytest.skip(f"{request.param or dachs.INTERPRETER} has no DaCHS; run 'apt-get install python3-gavo'")
    with public_folder() as folder, Scratch(folder, pythonpath=request.param) as scratch:
        put_vocabularies(scratch, VOCABULARIES)
        yield found, scratch


@pytest.fixture
def site(installation):
    """A DaCHS with an empty service tree."""
    with new_site(installation) as site:
        yield site


@contextlib.contextmanager
def new_site(installation):
    """A DaCHS with an empty service tree, for as long as a fixture of any scope wants it."""
    found, scratch = installation
    with public_folder() as inputs:
        settings = WorkerSettings(interpreter=found.interpreter, user=scratch.user, timeout=30,
                                  environment={**scratch.environment, "GAVO_INPUTSDIR": str(inputs)})
        yield Site(found, scratch, settings, inputs)


def put_vocabularies(scratch: Scratch, vocabularies: dict) -> None:
    """Fill DaCHS's cache with vocabularies of a few terms."""
    for name, terms in vocabularies.items():
        url = f"http://www.ivoa.net/rdf/{name}"
        described = {term: {"label": term.capitalize(), "description": "", "wider": [], "narrower": []} for term in terms}
        path = scratch.home / "root" / "cache" / url.replace("/", "=2F")
        path.write_text(json.dumps({"uri": url, "flavour": "SKOS", "terms": described}))
        path.chmod(0o644)


@contextlib.contextmanager
def public_folder():
    """A temporary directory that every user can read; pytest's own are closed to others."""
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="dachsadmin-test-", dir="/tmp")))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
