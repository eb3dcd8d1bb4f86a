"""One throw-away cluster for all tests of this ring; each test that changes something gets a database of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import site_database

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system import dachs
from dachsadmin.system.host import Host
from dachsadmin.system.scratch import Scratch, find_programs

try:
    MISSING = ""
    find_programs()
except EnvironmentFault as fault:
    MISSING = f"{fault.message}; {fault.hint}"


def pytest_report_header():
    return f"PostgreSQL: {MISSING or find_programs().folder}"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/postgres/" in item.nodeid:
            item.add_marker(pytest.mark.postgres)
            if MISSING:
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A running server with pgsphere, q3c and DaCHS's roles, but without DaCHS."""
    with Scratch(tmp_path_factory.mktemp("inputs"), interpreter=None,
                 templates=tmp_path_factory.mktemp("templates")) as scratch:
        yield scratch


@pytest.fixture(scope="session")
def sites(cluster, tmp_path_factory):
    """Makes installations, with a database each that is a copy of one with all that gets lost easily."""
    site_database.make_pattern(cluster)
    yield lambda *name: site_database.on(cluster, tmp_path_factory.mktemp("site"), *name)
    site_database.drop_pattern(cluster)


@pytest.fixture
def site(sites):
    """An installation with a database of its own."""
    with sites() as found:
        yield found


@pytest.fixture
def superuser(cluster):
    """A connection that may do everything, in autocommit mode."""
    import psycopg

    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(cluster):
    """The cluster's database as rules see it."""
    found = cluster.database
    yield found
    found.close()


@pytest.fixture(scope="session")
def installed_dachs():
    """The DaCHS of this machine; without one, a test that needs it is skipped."""
    found = dachs.find(Host())
    if found is None:
        pytest.skip("there is no DaCHS; run 'apt-get install python3-gavo'")
    return found


@pytest.fixture
def public():
    """A temporary directory that every user can read; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="dachsadmin-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
