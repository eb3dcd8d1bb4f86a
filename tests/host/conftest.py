"""What the tests on fresh machines share: a copy of the checkout, and the package built from it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import fresh


def pytest_collection_modifyitems(items):
    lacking = ("fresh machines in namespaces of their own need root" if os.geteuid() else
               "debootstrap is not installed" if not shutil.which("debootstrap") else "")
    for item in items:
        if not item.path.is_relative_to(Path(__file__).parent):
            continue
        item.add_marker(pytest.mark.host)
        if lacking:
            item.add_marker(pytest.mark.skip(reason=lacking))


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Path:
    """A copy of the checkout, alone in a folder of its own."""
    copy = tmp_path_factory.mktemp("beside") / "dachsadmin"
    shutil.copytree(fresh.ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis"))
    return copy


@pytest.fixture(scope="session")
def package(source, tmp_path_factory) -> Path:
    """A folder with the source and the binary package, built without the tests."""
    folder = tmp_path_factory.mktemp("package")
    done = fresh.run("bookworm-build", fresh.BUILD + "DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -us -uc\n"
                     "cd ..; cp *.deb *.dsc *.changes *.buildinfo *.tar.* /out", read={source: "/src"}, write={folder: "/out"})
    assert done.returncode == 0, done.stdout[-5000:]
    return folder
