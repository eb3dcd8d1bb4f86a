"""Which packages another DaCHS would bring, as apt tells it."""

from __future__ import annotations

import pytest
from fakes import FakeHost

from dachsadmin.errors import EnvironmentFault, TargetError
from dachsadmin.system.debs import Apt, Change, Offer, _choose, _given_debs, _refuse_other_system, parse_simulation

SIMULATION = """\
Reading package lists...
The following NEW packages will be installed:
  python3-pymoc
Remv gavodachs2-server [2.7+dfsg-2]
Inst python3-pymoc (0.5.0-4 Debian:12.11/oldstable [all])
Inst python3-gavo [2.7+dfsg-2] (2.13+dfsg-2 Debian:unstable, Debian:testing [all]) []
Inst libcfitsio10:amd64 [4.2.0-3] (4.2.0-4 Debian:12.11/oldstable [amd64]) [python3-x:amd64 ]
Inst python3-gavo-stc [2.7+dfsg-2] (2.13+dfsg-2 local-deb [all])
Conf python3-gavo (2.13+dfsg-2 Debian:unstable [all])
"""
MADISON = """\
python3-gavo | 2.13+dfsg-2 | http://deb.debian.org/debian sid/main amd64 Packages
python3-gavo | 2.11+dfsg-2 | https://repo.example/debian release/main all Packages
python3-gavo | 2.7+dfsg-2 | http://deb.debian.org/debian bookworm/main amd64 Packages
python3-gavo | 2.7+dfsg-2 | http://deb.debian.org/debian bookworm/main Sources
"""


def test_a_simulation_tells_what_is_new_and_what_is_given():
    assert parse_simulation(SIMULATION) == [
        Change("python3-pymoc", "0.5.0-4"), Change("python3-gavo", "2.13+dfsg-2", "2.7+dfsg-2"),
        Change("libcfitsio10", "4.2.0-4", "4.2.0-3"), Change("python3-gavo-stc", "2.13+dfsg-2", "2.7+dfsg-2", local=True)]


class Sources(Apt):
    """Sources of packages that offer what MADISON says; sid is among them only once it was added."""

    def __init__(self, host, folder):
        super().__init__(host, folder)
        self.sid = False

    def prepare(self):
        self.folder.mkdir()

    def update(self):
        pass

    def add_suite(self, suite):
        self.sid = suite in ("sid", "unstable")

    def run(self, program, *arguments, cwd="/"):
        assert (program, *arguments) == ("apt-cache", "madison", "python3-gavo")
        return MADISON if self.sid else MADISON.split("\n", 1)[1]


@pytest.mark.parametrize(("wanted", "version"), [
    ("release", "2.11+dfsg-2"), ("bookworm", "2.7+dfsg-2"), ("sid", "2.13+dfsg-2"), ("unstable", "2.13+dfsg-2"),
    ("2.7", "2.7+dfsg-2"), ("2.11+dfsg-2", "2.11+dfsg-2"), ("2", "2.11+dfsg-2"),
])
def test_a_suite_or_a_version_leads_to_one_version(tmp_path, wanted, version):
    assert _choose(wanted, Sources(FakeHost(tmp_path), tmp_path / "apt")) == version


@pytest.mark.parametrize("wanted", ["2.1", "2.9", "beta", "3"])
def test_what_no_source_has_is_told_together_with_what_there_is(tmp_path, wanted):
    with pytest.raises(TargetError, match=r"has DaCHS .*; there is 2.11\+dfsg-2 \(release\), 2.7\+dfsg-2 \(bookworm\)"):
        _choose(wanted, Sources(FakeHost(tmp_path), tmp_path / "apt"))


def test_offers_are_those_of_binary_packages(tmp_path):
    sources = Sources(FakeHost(tmp_path), tmp_path)
    sources.sid = True
    assert sources.offers("python3-gavo") == [Offer("2.13+dfsg-2", "sid"), Offer("2.11+dfsg-2", "release"),
                                              Offer("2.7+dfsg-2", "bookworm")]


def test_the_suites_of_gavo_are_never_trusted_without_the_operator(tmp_path):
    with pytest.raises(TargetError, match="release of GAVO's repository") as error:
        Apt(FakeHost(tmp_path), tmp_path).add_suite("release")
    assert "install.html" in error.value.hint


def test_debs_are_taken_from_a_directory_without_the_server(tmp_path):
    main, part = "python3-gavo_2.11_all.deb", "python3-gavo-stc_2.11_all.deb"
    for name in (main, part, "gavodachs2-server_2.11_all.deb", "README"):
        (tmp_path / name).write_text("")
    assert [path.name for path in _given_debs(str(tmp_path))] == [part, main]
    assert [path.name for path in _given_debs(str(tmp_path / main))] == [main]


def test_a_directory_without_dachs_is_a_wrong_target(tmp_path):
    with pytest.raises(TargetError, match="has no python3-gavo"):
        _given_debs(str(tmp_path))
    with pytest.raises(TargetError, match="there is no ./nix"):
        _given_debs("./nix")


def test_a_dachs_that_drags_another_debian_along_is_refused():
    changes = [Change("python3-gavo", "3"), Change("libc6", "2.41", "2.36"), Change("python3", "3.13", "3.11")]
    with pytest.raises(EnvironmentFault, match="apt would upgrade libc6, python3 with it"):
        _refuse_other_system("sid", changes)
    _refuse_other_system("sid", [Change("libc6", "2.36"), Change("python3-lxml", "5", "4")])
