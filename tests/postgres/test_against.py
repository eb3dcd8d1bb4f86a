"""Another DaCHS is unpacked beside the installed one, and tells what it misses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system import leftovers
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.scratch import Scratch
from dachsadmin.val.against import unpacked

pytestmark = pytest.mark.skipif(shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None,
                                reason="apt-get or dpkg-deb is missing; this is no Debian")
MODULES = ("api", "user/__init__", "user/cli", "user/initdachs", "user/validation", "user/importing")


def make_deb(folder: Path, name: str, version: str, files: dict[str, str], depends: str = "") -> None:
    """A .debs like those of DaCHS: Python modules and nothing else."""
    root = folder / f"{name}-root"
    for path, content in files.items():
        target = root / "usr/lib/python3/dist-packages" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\n"
        f"Description: none\n{f'Depends: {depends}' if depends else 'Section: misc'}\n")
    (root / "DEBIAN" / "postinst").write_text("#!/bin/sh\ntouch /tmp/dachsadmin-postinst-ran\n")
    (root / "DEBIAN" / "postinst").chmod(0o755)
    subprocess.run(["dpkg-deb", "-b", "--root-owner-group", str(root), str(folder / f"{name}_{version}_all.deb")],
                   check=True, capture_output=True)
    shutil.rmtree(root)


def dachs_99(folder: Path, api: str = "", depends: str = "") -> Path:
    files = {f"gavo/{module}.py": "" for module in ("__init__", *MODULES)} | {"gavo/api.py": api}
    files["gavodachs-9.9.egg-info/PKG-INFO"] = "Metadata-Version: 1.1\nName: gavodachs\nVersion: 9.9\n"
    make_deb(folder, "python3-gavo", "9.9-1", files, depends)
    return folder


def test_given_debs_are_unpacked_and_nothing_of_them_is_run_or_installed(public):
    before = Path("/var/lib/dpkg/status").stat().st_mtime_ns
    with unpacked(str(dachs_99(public)), Host(), GavoRc()) as other:
        folder = Path(other.dachs.folder)
        assert (other.dachs.version, other.findings, other.fault) == ("9.9", (), None)
        assert folder.parent == Path(other.dachs.pythonpath) and (folder / "api.py").is_file()
        assert other.notes == ("validated with DaCHS 9.9, unpacked from python3-gavo 9.9-1",)
        assert (folder.parent / "psycopg").exists() == Path("/usr/lib/python3/dist-packages/psycopg").exists()
    assert not folder.exists()
    assert Path("/var/lib/dpkg/status").stat().st_mtime_ns == before
    assert not Path("/tmp/dachsadmin-postinst-ran").exists()


def test_every_module_that_no_package_asks_for_is_a_finding(public):
    api = ("try:\n    import optional_module\nexcept ImportError:\n    pass\n"
           "from far.away import something, other\nimport near_by\nclass A(something): pass\nother(1)\n")
    with unpacked(str(dachs_99(public, api)), Host(), GavoRc()) as other:
        assert [finding.subject for finding in other.findings] == ["far.away", "near_by"]
        assert {finding.code for finding in other.findings} == {"DA922"}
        assert "DaCHS 9.9 needs the Python module far.away" in other.findings[0].message
        assert "DaCHS 9.9 does not start" in other.fault.message and "far" in other.fault.message


def test_a_module_that_another_given_package_brings_is_there(public):
    dachs_99(public, "import near_by\n")
    make_deb(public, "python3-near-by", "1.0", {"near_by.py": ""})
    with unpacked(str(public), Host(), GavoRc()) as other:
        assert (other.findings, other.fault) == ((), None)
        assert "python3-near-by 1.0" in other.notes[0]


def test_what_fails_for_another_reason_is_told(public):
    with unpacked(str(dachs_99(public, "import collections\ncollections.MutableMapping\n")), Host(), GavoRc()) as other:
        assert other.findings == ()
        assert "has no attribute 'MutableMapping'" in other.fault.message


def test_a_dependency_that_cannot_be_had_is_told_in_apt_s_words(public, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(public))
    with pytest.raises(EnvironmentFault, match="apt could not install this DaCHS here: .*python3-of-tomorrow"), \
            unpacked(str(dachs_99(public, depends="python3-of-tomorrow")), Host(), GavoRc()):
        pass
    assert not list(public.glob(f"{leftovers.PREFIX}*"))


def test_the_candidate_s_code_never_runs_as_root(public):
    api = "import os\nif os.geteuid() == 0: raise RuntimeError('run as root')\n"
    with unpacked(str(dachs_99(public, api)), Host(), GavoRc()) as other:
        assert other.fault is None


def test_the_machine_s_own_state_of_apt_stays_as_it_is(public):
    def state():
        return {str(path): path.stat().st_mtime_ns for folder in ("/var/lib/apt/lists", "/etc/apt")
                for path in Path(folder).rglob("*") if path.is_file()}

    before = state()
    with unpacked(str(dachs_99(public)), Host(), GavoRc()):
        pass
    assert state() == before


def test_a_scratch_database_of_the_unpacked_dachs(public, cluster, installed_dachs):
    """The installed DaCHS, packed and unpacked again: the same code from another place."""
    package = Path(installed_dachs.folder)
    metadata, = package.parent.glob("gavodachs-*.egg-info")
    target = public / "copy-root" / "usr/lib/python3/dist-packages"
    target.mkdir(parents=True)
    shutil.copytree(package, target / "gavo", symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    (shutil.copytree if metadata.is_dir() else shutil.copy)(metadata, target / metadata.name)
    (public / "copy-root" / "DEBIAN").mkdir()
    (public / "copy-root" / "DEBIAN" / "control").write_text(
        "Package: python3-gavo\nVersion: 99\nArchitecture: all\nMaintainer: N <n@example.org>\nDescription: none\n")
    subprocess.run(["dpkg-deb", "-b", "--root-owner-group", str(public / "copy-root"),
                    str(public / "python3-gavo_99_all.deb")], check=True, capture_output=True)
    with unpacked(str(public), Host(), GavoRc()) as other:
        assert (other.findings, other.fault) == ((), None)
        with Scratch(public, pythonpath=other.dachs.pythonpath, templates=cluster.templates) as scratch:
            told = scratch.host.run([scratch.interpreter, "-c", "import gavo; print(gavo.__file__)"], user=scratch.user,
                                    env=scratch.environment, cwd=str(scratch.home))
            assert told.stdout.startswith(other.dachs.folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_may_validate_against_debs(public):
    dachs_99(public)
    program = ("import sys\nfrom dachsadmin.val.against import unpacked\nfrom dachsadmin.system.host import Host\n"
               "from dachsadmin.system.gavorc import GavoRc\n"
               "with unpacked(sys.argv[1], Host(), GavoRc()) as other: print(other.dachs.version, other.fault)\n")
    told = Host().run([sys.executable, "-c", program, str(public)], user="nobody", timeout=120,
                      env={"PYTHONPATH": str(Path(__file__).parents[2])})
    assert told.stdout == "9.9 None\n"
