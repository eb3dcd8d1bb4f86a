"""The Debian package, the Python package and the scripts of the README agree with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from dachsadmin import settings, version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEBIAN_NAMES = {"pyyaml": "yaml"}


def debian_name(requirement: str) -> str:
    name = re.split("[<>=]", requirement)[0]
    return f"python3-{DEBIAN_NAMES.get(name, name)}"


def relations(field: str) -> dict[str, str]:
    """The packages that a field of debian/control names, with what stands behind each name."""
    text = (ROOT / "debian/control").read_text(encoding="utf-8")
    body = re.search(rf"^{field}:\n((?: .*\n)+)", text, re.MULTILINE).group(1)
    return dict((line.strip(" ,").partition(" ")[::2]) for line in body.splitlines())


def test_the_debian_package_has_our_version():
    changelog = (ROOT / "debian/changelog").read_text(encoding="utf-8")
    assert re.match(r"dachsadmin \((.*)-\d+\) ", changelog).group(1) == PROJECT["version"] == version.version()


@pytest.mark.parametrize("field", ["Depends", "Build-Depends"])
def test_debian_installs_every_library_that_python_wants(field):
    assert {debian_name(wanted) for wanted in PROJECT["dependencies"]} <= set(relations(field))


def test_tests_find_their_libraries_on_debian_as_in_a_venv():
    for_tests = {name for name, rest in relations("Build-Depends").items() if rest == "<!nocheck>"}
    assert for_tests - {"git"} == {debian_name(wanted) for wanted in PROJECT["optional-dependencies"]["test"]}


def test_the_conffile_sets_nothing():
    assert not list(settings._entries("dachsadmin.yaml", (ROOT / "etc/dachsadmin/dachsadmin.yaml").read_text("utf-8")))


def test_every_data_file_of_others_stands_in_debian_copyright():
    listed = re.findall(r"^Files: (\S+)$", (ROOT / "debian/copyright").read_text(encoding="utf-8"), re.MULTILINE)
    package = Path(settings.__file__).parents[1]
    lists = {str(file.relative_to(package)) for file in (package / "dachsadmin").rglob("*.txt")}
    assert lists and lists <= set(listed)
    assert all((package / name).is_file() or (ROOT / name).is_file() for name in listed if name != "*")


@pytest.mark.children
@pytest.mark.parametrize("script", ["demo", "check", "debian/apt-guard", "debian/dachsadmin.postrm", "debian/tests/unit"])
def test_scripts_are_plain_sh(script):
    first = (ROOT / script).read_text(encoding="utf-8").splitlines()[0]
    assert first == "#!/bin/sh"
    assert subprocess.run(["/bin/sh", "-n", str(ROOT / script)], capture_output=True).returncode == 0


@pytest.mark.children
def test_purge_takes_the_journal_and_tells_where_backups_stay(tmp_path):
    postrm = (ROOT / "debian/dachsadmin.postrm").read_text(encoding="utf-8").replace("/var/", f"{tmp_path}/var/")
    for folder in ("lib", "cache", "backups"):
        (tmp_path / "var" / folder / "dachsadmin").mkdir(parents=True)
    script = tmp_path / "postrm"
    script.write_text(postrm.replace("/etc/", f"{tmp_path}/etc/"), encoding="utf-8")
    for action, left in (("remove", ["backups", "cache", "lib"]), ("purge", ["backups"])):
        done = subprocess.run(["/bin/sh", str(script), action], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert sorted(folder.parent.name for folder in tmp_path.glob("var/*/dachsadmin")) == left
    assert f"stay in {tmp_path}/var/backups/dachsadmin" in done.stdout


@pytest.mark.children
def test_the_demo_wants_root(tmp_path):
    fake = tmp_path / "id"
    fake.write_text("#!/bin/sh\necho 1000\n")
    fake.chmod(0o755)
    done = subprocess.run([str(ROOT / "demo")], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (5, "")
    assert "sudo ./demo" in done.stderr


@pytest.mark.children
def test_a_ring_that_does_not_exist_is_a_usage_error():
    done = subprocess.run([str(ROOT / "check"), "untis"], capture_output=True, text=True)
    assert done.returncode == 2 and "untis" in done.stderr and "postgres" in done.stderr
