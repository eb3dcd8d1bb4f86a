"""What `upgrade check` finds on machines that have something of everything that goes wrong."""

from __future__ import annotations

import inspect
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import FakeHost

from dachsadmin.check.rule import page
from dachsadmin.errors import EnvironmentFault, ExitCode, TargetError, UsageError
from dachsadmin.inspection import Wanted, begin
from dachsadmin.model.database import Problem, Tried
from dachsadmin.obscore.contributions import Contribution
from dachsadmin.obscore.survey import Survey
from dachsadmin.system import aptsources, debs, starting
from dachsadmin.system.aptpreview import Complaint, Preview, Removal
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.dbprofile import Profile
from dachsadmin.system.debs import Change, Missing, Offer
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.packages import Package, Pin
from dachsadmin.system.postgres import DatabaseUnreachable, ServerFacts
from dachsadmin.upgrade.preflight import command, engine
from dachsadmin.upgrade.preflight.checks import disk_space
from dachsadmin.upgrade.preflight.installation import Installation, Lists, found, schema_of
from dachsadmin.upgrade.preflight.threeway import Compared, compare

OLD, NEW = Dachs("2.7", "/old/gavo", "3.11.2"), Dachs("2.13", "/new/gavo", "3.11.2", pythonpath="/new")
OWN = (Package("gavodachs2-server", "2.7+dfsg-2"), Package("python3-gavo", "2.7+dfsg-2"))
UPGRADE = Preview((Change("gavodachs2-server", "2.13+dfsg-2", "2.7+dfsg-2"),))


class Answers:
    """A database that answers queries by what stands in them, the first that matches; nothing else is asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.profile = Profile(database="gavo", host=answers.get("host", "localhost"))

    def __str__(self):
        return "gavo"

    def rows(self, statement, parameters=()):
        for part, rows in self.answers.items():
            if part in statement:
                return rows
        raise AssertionError(f"nobody expected {statement!r}")

    def scalar(self, statement, parameters=()):
        return self.rows(statement)[0][0]


class Apt:
    """An apt that says what it is told to say."""

    def __init__(self, told=""):
        self.told = told

    def run(self, program, *arguments):
        return self.told

    def package_of(self, module):
        return {"yaml": "python3-yaml"}.get(module, "")


@pytest.fixture
def here(tmp_path):
    """A machine on which all is well, with an upgrade from 2.7 to 2.13; a test spoils what it is about."""
    host = FakeHost(tmp_path, {("apt-config", "dump"): "", ("pg_lsclusters", "-h"): "15 main 5432 online postgres /d /l\n"})
    machine = Installation(host, GavoRc({("web", "user"): "nobody", ("db", "profilepath"): "/nonexistent"}), tmp_path / "scratch")
    machine.codename, machine.sources, machine.pins, machine.apt_configuration = "bookworm", (), (), ()
    machine.packages = {package.name: package for package in
                        (*OWN, Package("postgresql-15-pgsphere", "1"), Package("postgresql-15-q3c", "1"))}
    machine.of_dachs, machine.preview, machine.offers = OWN, UPGRADE, (Offer("2.13", "release", "https://soft.g-vo.org/repo"),)
    machine.lists, machine.installed, machine.user, machine.starting = Lists(Apt(), ()), OLD, None, {}
    machine.candidate = debs.Candidate(NEW, tmp_path)
    machine.database = Answers()
    machine.server = ServerFacts("15.18", {"pg_sphere": "1.2", "q3c": "2.0.0"}, "gavoadmin", superuser=False)
    return machine


def checked(here, name):
    """What a check finds: `severity [file:line] message`, with `untested` for what could not be."""
    check = next(check for check in engine.checks() if check.name == name)
    told = []
    for each in engine.run(here, [check]):
        assert each.code == check.code and each.engine == "upgrade" and each.hint, "every finding says what mends it"
        place = f"{each.location.file}:{each.location.line}: " if each.location.line else ""
        told.append(f"{place}{each.severity.label if each.tested else 'untested'}: {each.message}")
    return told


def write(here, path, text="", mode=0o644):
    file = Path(here.host.real(path))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def sources(text, name="/etc/apt/sources.list"):
    return tuple(aptsources.parse(name, text))


# -- sources of packages

@pytest.mark.parametrize(("suite", "right"), [("stable", "release"), ("bookworm", "release"), ("unstable", "beta")])
def test_suites_that_gavo_does_not_have_are_told_with_their_line(here, suite, right):
    here.sources = sources(f"\ndeb http://vo.ari.uni-heidelberg.de/debian {suite} main\n")
    assert checked(here, "wrong-suite") == [f"/etc/apt/sources.list:2: error: GAVO's repository has no suite {suite}"]
    assert f",\\1{right}," in next(iter(engine.run(here, engine.checks()[:1]))).hint


def test_the_suites_that_gavo_has_are_right(here):
    here.sources = sources("deb http://soft.g-vo.org/repo release main\ndeb http://soft.g-vo.org/repo beta main\n"
                           "deb http://deb.debian.org/debian stable main\n")
    assert checked(here, "wrong-suite") == []


def test_keys_that_are_missing_or_closed_are_told(here):
    write(here, "/keys/open.gpg")
    write(here, "/keys/closed.gpg", mode=0o600)
    line = "deb [signed-by={}] https://soft.g-vo.org/repo release main\n"
    here.sources = sources("".join(map(line.format, ("/keys/gone.gpg", "/keys/open.gpg", "/keys/closed.gpg", "A" * 40, "keys"))))
    assert checked(here, "key-missing") == [
        "/etc/apt/sources.list:1: error: the key of https://soft.g-vo.org/repo should be in /keys/gone.gpg, which is not there",
        "/etc/apt/sources.list:3: error: apt's own user may not read /keys/closed.gpg, the key of https://soft.g-vo.org/repo",
        "/etc/apt/sources.list:5: error: 'keys' is neither the path of a file with keys nor a fingerprint"]


def keyring(here, path, *ends):
    write(here, path)
    lines = [f"pub:-:4096:1:D8C139FC:1:{end.timestamp() if end else 0:.0f}:\nuid:-::::1::X::GAVO:" if end else
             "pub:-:4096:1:D8C139FC:1::\nuid:-::::1::X::GAVO:" for end in ends]
    here.host.replies[("gpg", "--homedir", str(here.folder), "--batch", "--no-options", "--no-auto-check-trustdb",
                       "--with-colons", "--show-keys", path)] = "\n".join(lines)


def test_keys_that_have_expired_are_told(here):
    now = here.host.now
    keyring(here, "/k/over.gpg", now - timedelta(days=3))
    keyring(here, "/k/soon.gpg", now + timedelta(days=3))
    keyring(here, "/k/good.gpg", now - timedelta(days=300), now + timedelta(days=300))
    keyring(here, "/k/ever.gpg", now - timedelta(days=300), None)
    here.sources = sources("".join(f"deb [signed-by=/k/{name}.gpg] https://soft.g-vo.org/repo release main\n"
                                   for name in ("over", "soon", "good", "ever", "not-there")))
    assert checked(here, "key-expired") == [
        "/etc/apt/sources.list:2: warning: the key GAVO in /k/soon.gpg expires on 2026-03-04",
        "/etc/apt/sources.list:1: error: the key GAVO in /k/over.gpg has expired on 2026-02-26"]


def test_without_gpg_keys_could_not_be_tested(here):
    write(here, "/k/a.gpg")
    here.sources = sources("deb [signed-by=/k/a.gpg] https://soft.g-vo.org/repo release main\n")
    assert checked(here, "key-expired") == ["untested: without gpg nobody can tell whether the keys in /k/a.gpg have expired"]


def test_archives_that_are_trusted_blindly_are_told_unless_they_are_here(here):
    here.sources = sources("deb [trusted=yes] https://soft.g-vo.org/repo release main\ndeb [trusted=yes] file:/srv ./\n")
    assert checked(here, "not-signed") == [
        "/etc/apt/sources.list:1: warning: packages from https://soft.g-vo.org/repo are installed without a look at their signature"]


def test_archives_of_another_debian_are_told(here):
    here.sources = sources(
        "deb http://deb.debian.org/debian bookworm main\ndeb http://deb.debian.org/debian bookworm-updates main\n"
        "deb http://deb.debian.org/debian-security bookworm-security main\ndeb http://deb.debian.org/debian trixie main\n"
        "deb http://deb.debian.org/debian bookworm-backports main\ndeb http://deb.debian.org/debian stable-updates main\n"
        "deb http://deb.debian.org/debian sid main\ndeb http://apt.postgresql.org/pub/repos/apt bookworm-pgdg main\n"
        "deb-src http://deb.debian.org/debian sid main\n")
    here.pins = (Pin("/p", 1, ("*",), "release a=sid", 90),)
    assert checked(here, "other-debian") == [
        "/etc/apt/sources.list:4: warning: trixie is another Debian, and this machine has bookworm",
        "/etc/apt/sources.list:6: warning: stable-updates is another release of Debian with each year or two, and this machine "
        "has bookworm"]


def test_two_archives_with_dachs_want_a_pin(here):
    here.offers = (Offer("2.13", "release", "https://soft.g-vo.org/repo"), Offer("2.7", "bookworm", "http://deb.debian.org/debian"))
    assert checked(here, "several-origins") == [
        "info: 2 archives have gavodachs2-server: 2.13 from release of https://soft.g-vo.org/repo, 2.7 from bookworm of "
        "http://deb.debian.org/debian"]
    here.pins = (Pin("/p", 1, ("gavodachs2-*",), "origin soft.g-vo.org", 990),)
    assert checked(here, "several-origins") == []
    here.pins, here.offers = (), here.offers[:1]
    assert checked(here, "several-origins") == []


def test_what_apt_could_not_fetch_is_told_by_its_kind(here):
    here.lists = Lists(Apt(), (Complaint("key", "NO_PUBKEY D8C139FC"), Complaint("network", "Could not resolve 'x'")))
    assert checked(here, "source-not-fetched") == ["error: apt does not take packages from an archive: NO_PUBKEY D8C139FC",
                                                   "untested: lists of packages may be old: Could not resolve 'x'"]
    here.lists = Lists(Apt(), ())
    assert checked(here, "source-not-fetched") == []


# -- packages

def test_packages_that_dpkg_has_not_finished_are_told(here):
    here.packages = {each.name: each for each in (*OWN, Package("a", "1", "half-configured"), Package("b", "2", "half-installed"),
                                                  Package("c", "3", "unpacked"), Package("d", "4", to_reinstall=True))}
    assert checked(here, "half-installed") == ["error: a 1 is half-configured", "error: b 2 is half-installed",
                                               "error: c 3 is unpacked", "error: d 4 is broken and has to be installed again"]


def test_holds_of_dachs_and_postgresql_are_told(here):
    here.packages = {name: Package(name, "1", held=True) for name in ("python3-gavo", "postgresql-15", "vim")}
    assert checked(here, "held") == ["warning: python3-gavo is kept at 1: it is on hold", "warning: postgresql-15 is kept at 1: it is on hold"]


def test_pins_that_are_in_the_way_are_told(here):
    here.pins = (Pin("/etc/apt/preferences", 3, ("gavodachs2-*",), "version 2.7*", 990), Pin("/p", 1, ("python3-gavo",), "origin x", 990),
                 Pin("/etc/apt/preferences", 9, ("python3-gavo*",), "release o=GAVO", -1), Pin("/p", 1, ("*",), "origin x", -1))
    assert checked(here, "pinned") == [
        "/etc/apt/preferences:3: warning: gavodachs2-server cannot be upgraded freely: the pin is 'version 2.7*' with priority 990",
        "/etc/apt/preferences:9: warning: python3-gavo cannot be upgraded freely: the pin is 'release o=GAVO' with priority -1"]


POLICY = """\
Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 https://soft.g-vo.org/repo release/main amd64 Packages
     release o=GAVO,a=release,n=release,l=GAVO,c=main,b=amd64
     origin soft.g-vo.org
 500 http://deb.debian.org/debian bookworm/main amd64 Packages
     release v=12.11,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin deb.debian.org
"""
ON = ("APT::Periodic::Unattended-Upgrade", "1")


@pytest.mark.parametrize(("configured", "told"), [
    ((ON, ("Unattended-Upgrade::Origins-Pattern::", "origin=GAVO")), True),
    ((ON, ("Unattended-Upgrade::Origins-Pattern::", "site=soft.g-vo.org,component=main")), True),
    ((ON, ("Unattended-Upgrade::Origins-Pattern::", "origin=*")), True),
    ((ON, ("Unattended-Upgrade::Allowed-Origins::", "GAVO:release")), True),
    ((ON, ("Unattended-Upgrade::Origins-Pattern::", "origin=Debian,codename=${distro_codename},label=Debian")), False),
    ((("APT::Periodic::Unattended-Upgrade", "0"), ("Unattended-Upgrade::Origins-Pattern::", "origin=GAVO")), False),
    ((ON, ("Unattended-Upgrade::Origins-Pattern::", "origin=GAVO"), ("Unattended-Upgrade::Package-Blacklist::", "gavodachs2-"),
      ("Unattended-Upgrade::Package-Blacklist::", "python3-gavo")), False),
])
def test_upgrades_in_the_night_are_told(here, configured, told):
    here.packages = {**here.packages, "unattended-upgrades": Package("unattended-upgrades", "2")}
    here.apt_configuration, here.lists = configured, Lists(Apt(POLICY), ())
    message = "warning: unattended-upgrades would upgrade gavodachs2-server, python3-gavo from soft.g-vo.org by itself"
    assert checked(here, "unattended") == ([message] if told else [])


def test_debian_itself_counts_for_upgrades_in_the_night_too(here):
    here.packages = {**here.packages, "unattended-upgrades": Package("unattended-upgrades", "2")}
    here.apt_configuration = (ON, ("Unattended-Upgrade::Origins-Pattern::", "origin=Debian,codename=${distro_codename},label=Debian"))
    here.lists, here.offers = Lists(Apt(POLICY), ()), (Offer("2.7", "bookworm", "http://deb.debian.org/debian"),)
    assert len(checked(here, "unattended")) == 1
    del here.packages["unattended-upgrades"]
    assert checked(here, "unattended") == []


def test_another_program_that_installs_packages_is_told(here):
    write(here, "/proc/locks", "")
    assert checked(here, "apt-busy") == []
    write(here, "/var/lib/dpkg/lock-frontend")
    lock = Path(here.host.real("/var/lib/dpkg/lock-frontend")).stat()
    write(here, "/proc/locks", f"1: POSIX  ADVISORY  WRITE 4711 00:00:{lock.st_ino} 0 EOF\n")
    write(here, "/proc/4711/comm", "aptitude\n")
    assert checked(here, "apt-busy") == ["warning: packages are being installed by process 4711 (aptitude)"]


# -- the next version

def test_that_there_is_nothing_newer_is_told_with_what_there_is(here):
    assert checked(here, "no-newer-version") == []
    here.preview, here.offers = Preview(), (Offer("2.7+dfsg-2", "bookworm"), Offer("2.13~beta", "beta"))
    assert checked(here, "no-newer-version") == ["info: apt has nothing newer than gavodachs2-server 2.7+dfsg-2; there is 2.13~beta in beta"]


def test_what_apt_refuses_is_told_in_its_words(here):
    assert checked(here, "not-installable") == []
    here.preview = Preview(refused=("python3-gavo : Depends: python3-x but it is not installable",))
    assert checked(here, "not-installable") == [
        "error: apt would not upgrade DaCHS: python3-gavo : Depends: python3-x but it is not installable"]
    assert checked(here, "no-newer-version") == []


def test_what_apt_would_remove_is_told(here):
    assert checked(here, "packages-removed") == []
    here.preview = Preview(UPGRADE.changes, (Removal("postgresql-15-q3c", "2"), Removal("vim", "9")))
    assert checked(here, "packages-removed") == ["error: apt would remove postgresql-15-q3c 2", "warning: apt would remove vim 9"]


def imports(here, before, after):
    """What a DaCHS that is installed, and one that is not, say when all of their modules are imported."""
    import json

    answers = iter((before, after))
    here.host.replies[(here.interpreter, "-c", starting._IMPORT_ALL)] = lambda host: json.dumps(next(answers))


def test_modules_that_the_packages_forget_are_told_with_the_package_that_has_them(here):
    here.candidate = debs.Candidate(NEW, Path("/"), missing=(Missing("platformdirs", "python3-platformdirs"), Missing("odd")))
    imports(here, {"gavo.h5": ["h5py", "No module named 'h5py'"]},
            {"gavo.h5": ["h5py", "No module named 'h5py'"], "gavo.x": ["yaml", "No module named 'yaml'"],
             "gavo.y": ["yaml.reader", "-"], "gavo.z": ["platformdirs", "-"], "gavo.w": ["", "ImportError: cannot import name 'q'"]})
    assert checked(here, "missing-dependency") == [
        "error: DaCHS 2.13 needs the Python module platformdirs, which this machine does not have and its packages do not ask for",
        "error: DaCHS 2.13 needs the Python module odd, which this machine does not have and its packages do not ask for",
        "error: gavo.w of DaCHS 2.13 cannot be imported: ImportError: cannot import name 'q'",
        "error: DaCHS 2.13 needs the Python module yaml (for gavo.x), which this machine does not have and its packages do not ask for"]


def test_a_dachs_that_an_upgrade_has_left_behind_half_way_is_told(here):
    assert checked(here, "does-not-start") == []
    here.starting = {"missing": "yaml"}
    assert checked(here, "does-not-start") == ["error: DaCHS 2.7 does not start: the Python module yaml is missing"]
    hint, = (each.hint for each in engine.run(here, [each for each in engine.checks() if each.name == "does-not-start"]))
    assert hint == "run 'apt-get install python3-yaml && dpkg --configure -a'"
    here.starting = {"problem": "SyntaxError: invalid syntax"}
    assert checked(here, "does-not-start") == ["error: DaCHS 2.7 does not start: SyntaxError: invalid syntax"]


def test_what_a_broken_dachs_cannot_import_counts_against_the_next_one_too(here):
    here.starting = {"missing": "yaml"}
    here.host.replies[(here.interpreter, "-c", starting._IMPORT_ALL)] = '{"gavo.x": ["yaml", "-"]}'
    assert len(checked(here, "missing-dependency")) == 1


def test_a_dachs_that_does_not_start_is_told(here):
    here.candidate = debs.Candidate(NEW, Path("/"), problem="SyntaxError: invalid syntax")
    assert checked(here, "missing-dependency") == ["error: DaCHS 2.13 does not start with Python 3.11.2: SyntaxError: invalid syntax"]


def test_without_an_upgrade_there_is_nothing_to_import_or_to_load(here):
    here.candidate = None
    assert checked(here, "missing-dependency") == checked(here, "rd-not-loadable") == []


def test_a_version_that_cannot_be_had_is_told_as_not_tested(here):
    del here.__dict__["candidate"]
    here.faults["candidate"] = EnvironmentFault("python3-gavo=2.13 cannot be downloaded", "run 'apt-get update'")
    for name in ("missing-dependency", "rd-not-loadable"):
        assert checked(here, name) == ["untested: python3-gavo=2.13 cannot be downloaded"]


def test_rds_are_loaded_with_the_code_of_the_next_version(here, tmp_path):
    inputs = tmp_path / "inputs"
    (inputs / "bad").mkdir(parents=True)
    (inputs / "bad/q.rd").write_text("<resource schema='bad'>\n<table>\n</resource>\n")
    (inputs / "good.rd").write_text("<resource schema='good'/>")
    here.config = GavoRc({("general", "inputsdir"): str(inputs)})
    here.candidate = debs.Candidate(NEW, Path("/"), problem="it cannot run here")
    told = checked(here, "rd-not-loadable")
    assert any(each.startswith("bad/q.rd:3: error: DaCHS 2.13 does not load it: ") for each in told)
    assert "untested: whether DaCHS 2.13 loads the RDs: DaCHS 2.13 does not start with Python 3.11.2: it cannot run here" in told
    assert len(told) == 2


def test_a_tree_without_rds_is_told_as_not_tested(here, tmp_path):
    here.config = GavoRc({("general", "inputsdir"): str(tmp_path)})
    assert [each[:8] for each in checked(here, "rd-not-loadable")] == ["untested"]


# -- the database

def unreachable(here, name="database"):
    here.__dict__.pop(name, None)
    here.faults[name] = DatabaseUnreachable("no server answers", "start it, or validate on a throw-away one with --scratch")


def test_a_database_that_does_not_answer_is_an_error_and_all_else_of_it_not_tested(here):
    assert checked(here, "database-unreachable") == []
    unreachable(here)
    unreachable(here, "server")
    assert checked(here, "database-unreachable") == ["error: no server answers"]
    for name in ("extension-missing", "jobs-open", "long-transaction", "contribution", "disk-space"):
        assert checked(here, name)[-1] == "untested: no server answers"


def code(here, folder, schema):
    """A DaCHS that wants a schema, in the real file system, where interpreters have it."""
    place = Path(here.host.root) / folder
    (place / "user").mkdir(parents=True, exist_ok=True)
    (place / "user/upgrade.py").write_text(f"# x\nCURRENT_SCHEMAVERSION = {schema}\n")
    return str(place)


@pytest.mark.parametrize(("there", "told"), [
    (33, []), (30, ["warning: the database gavo has schema 30, and DaCHS 2.7 wants 33"]),
    (36, ["error: the database gavo has schema 36, which DaCHS 2.7 does not know: it wants 33"]),
    (40, ["error: the database gavo has schema 40, which DaCHS 2.7 does not know: it wants 33",
          "error: the database gavo has schema 40, which DaCHS 2.13 does not know: it wants 36"])])
def test_the_schema_is_that_of_the_installed_dachs(here, there, told):
    here.installed = Dachs("2.7", code(here, "old", 33), "3.11")
    here.candidate = debs.Candidate(Dachs("2.13", code(here, "new", 36), "3.11"), Path("/"))
    here.schema = there
    assert checked(here, "schema-version") == told


def test_a_dachs_that_does_not_tell_its_schema_is_not_guessed_at(tmp_path):
    with pytest.raises(EnvironmentFault, match="does not say which schema"):
        schema_of(Dachs("9.9", str(tmp_path), "3.11"))


def test_extensions_that_are_missing_or_old_are_told(here):
    here.database = Answers(pg_available_extensions=[("pg_sphere", "1.4"), ("q3c", "2.0.0")], current_database=[("gavo",)])
    assert checked(here, "extension-missing") == ["warning: the database gavo has pg_sphere 1.2, and 1.4 is installed"]
    here.server = ServerFacts("15.18", {"pg_sphere": "1.4"}, "gavoadmin", superuser=False)
    assert checked(here, "extension-missing") == ["error: the database gavo has no extension q3c"]


def test_packages_of_extensions_are_those_of_the_server_that_runs(here):
    assert checked(here, "extension-packages") == []
    here.packages = {"postgresql-17-q3c": Package("postgresql-17-q3c", "1"), "postgresql-15-pgsphere": Package("x", "1")}
    assert checked(here, "extension-packages") == [
        "error: PostgreSQL 15 runs, and postgresql-15-q3c is not installed, but postgresql-17-q3c"]
    here.database = Answers(host="db.example.org")
    assert checked(here, "extension-packages") == [
        "untested: the database is on db.example.org, whose packages cannot be looked at from here"]


def test_a_newer_cluster_beside_the_one_in_use_is_told(here):
    here.database = Answers(port=[("5432",)])
    assert checked(here, "several-clusters") == []
    here.host.replies[("pg_lsclusters", "-h")] = ("13 old 5434 down postgres /d /l\n15 main 5432 online postgres /d /l\n"
                                                  "17 main 5433 online postgres /d /l\n")
    assert checked(here, "several-clusters") == [
        "warning: DaCHS uses PostgreSQL 15 (cluster main, port 5432), and there is 17 (cluster main, port 5433, online)",
        "info: there is another cluster of PostgreSQL: 13/old, port 5434, down"]
    del here.host.replies[("pg_lsclusters", "-h")]
    assert checked(here, "several-clusters") == ["untested: which clusters of PostgreSQL there are is not known without pg_lsclusters"]


def test_jobs_that_are_not_over_are_told(here):
    here.database = Answers(pg_attribute=[("tap_schema.tapjobs", True), ("dc.datalinkjobs", True), ("uws.userjobs", False)],
                            **{"FROM tap_schema.tapjobs": [("EXECUTING", 2), ("QUEUED", 1)], "FROM dc.datalinkjobs": []})
    assert checked(here, "jobs-open") == ["warning: tap_schema.tapjobs has jobs that are not over: 2 EXECUTING and 1 QUEUED",
                                          "untested: the jobs in uws.userjobs may not be looked at"]


def test_transactions_that_last_are_told_and_those_that_are_hidden_too(here):
    here.database = Answers(pg_stat_activity=[
        (12, "gavoadmin", "psql", "idle in transaction", 600), (13, "gavoadmin", "", "active", 2), (14, "joe", "", "", None),
        (99, "gavoadmin", "dachsadmin", "active", 900)], pg_backend_pid=[(99,)])
    assert checked(here, "long-transaction") == [
        "warning: process 12 of gavoadmin (psql) has had a transaction open for 10 min, and is idle in transaction",
        "untested: the transactions of joe are not DaCHS's to see"]


def test_without_obscore_there_are_no_contributions(here):
    here.database = type("Empty", (Answers,), {"obscore": lambda self: None})()
    assert checked(here, "contribution") == []


def test_contributions_that_stop_an_upgrade_are_told(here, tmp_path):
    (tmp_path / "good").mkdir()
    (tmp_path / "good/q.rd").write_text("<resource/>")
    parts = (Contribution("good.data", "good/q", "SELECT 1"), Contribution("nix.da", "nix/q", "SELECT 2"),
             Contribution("good.unknown", "good/q", "SELECT 3"))
    survey = Survey(Answers(tablemeta=[("good.data",)]), None, tmp_path)
    survey.all_parts, survey.relations = parts, frozenset({"good.data", "good.unknown"})
    survey.tried = {"good.data": Tried(()), "good.unknown": Tried(()),
                    "nix.da": Tried(problem=Problem("42P01", 'relation "nix.da" does not exist'))}
    here.obscore = survey
    told = checked(here, "contribution")
    assert len(told) == 3 and all(each.partition(": ")[0].endswith("error") for each in told)
    assert told[0].startswith("error: ") and "nix" in told[0]
    assert told[1] == "error: nix.da contributes to ivoa.obscore, but its RD nix/q is gone"
    assert told[2].endswith("error: good.unknown contributes to ivoa.obscore, but is no table that DaCHS knows")


@pytest.mark.parametrize(("size", "told"), [(10 ** 3, []), (10 ** 18, ["warning: the database takes 1000000.0 TB, and "])])
def test_a_database_that_does_not_fit_on_the_disk_of_backups_is_told(here, size, told):
    here.database = Answers(pg_database_size=[(size,)])
    found = [each for each in checked(here, "disk-space") if "the database" in each]
    assert len(found) == len(told) and all(each.startswith(start) for each, start in zip(found, told))


@pytest.mark.parametrize(("count", "told"), [(999, "1.0 kB"), (2_300_000, "2.3 MB"), (45_000_000_000, "45 GB"), (3.2e12, "3.2 TB")])
def test_sizes_are_told_in_units_that_one_can_read(count, told):
    assert disk_space._size(count) == told


# -- files of DaCHS that the operator has replaced

LINES = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"


@pytest.mark.parametrize(("own", "new", "found"), [
    (LINES, LINES, None), (LINES.replace("two", "2"), LINES, None), (LINES.replace("two", "2"), LINES.replace("two", "2"), None),
    (LINES, LINES + "eight\n", Compared(added=1, copied=True)),
    (LINES.replace("two", "2"), LINES.replace("six", "6"), Compared(1, 1)),
    (LINES.replace("two", "2"), LINES.replace("two", "zwei"), Compared(1, 1, clashes=1, line=2)),
    (LINES.replace("two", "2"), None, Compared(gone=True)),
])
def test_three_versions_of_a_file_are_compared(own, new, found):
    assert compare(LINES, own, new) == found


@pytest.mark.parametrize(("name", "folder", "own"), [
    ("system-rd-replaced", "resources/inputs/__system__", "/var/gavo/inputs/__system__"),
    ("template-replaced", "resources/templates", "/var/gavo/web/templates")])
def test_replaced_files_that_dachs_changes_are_told(here, name, folder, own):
    for file in ("same", "tap.rd", "gone.rd", "copy.rd"):
        write(here, f"/old/gavo/{folder}/{file}", LINES)
        write(here, f"{own}/{file}", LINES.replace("two", "2") if file != "copy.rd" else LINES)
    write(here, f"/new/gavo/{folder}/same", LINES)
    write(here, f"/new/gavo/{folder}/tap.rd", LINES.replace("two", "zwei") + "eight\n")
    write(here, f"/new/gavo/{folder}/copy.rd", LINES + "eight\n")
    write(here, f"{own}/mine.rd", "not DaCHS's at all")
    told = [each.rpartition("/")[2] for each in checked(here, name)]
    assert told == [
        "warning: it replaces a file that is another one in DaCHS 2.13: 1 line new, 0 gone; yours is still that of DaCHS 2.7",
        "warning: it replaces a file that DaCHS 2.13 does not have any more",
        "tap.rd:2: warning: it replaces a file that is another one in DaCHS 2.13: 2 lines new, 1 gone, in 1 place where yours "
        "is changed, too"]


def test_nothing_is_told_of_replaced_files_where_there_are_none(here):
    assert checked(here, "system-rd-replaced") == checked(here, "template-replaced") == checked(here, "userconfig-replaced") == []


def test_parts_of_userconfig_that_dachs_changes_are_told(here):
    part = '<resource>\n<STREAM id="{}"><doc>{}</doc><column name="{}"/></STREAM>\n<STREAM id="b"><meta name="x">b</meta></STREAM>{}</resource>'
    write(here, "/old/gavo/resources/inputs/__system__/userconfig.rd", part.format("a", "Old words", "x", '<STREAM id="c"/>'))
    write(here, "/new/gavo/resources/inputs/__system__/userconfig.rd", part.format("a", "New words", "y", ""))
    write(here, "/var/gavo/etc/userconfig.rd", '<resource>\n\n<STREAM id="b">mine</STREAM>\n<STREAM id="a"><column name="z"/></STREAM>\n'
          '<STREAM id="c"><meta/></STREAM><STREAM id="mine"/></resource>')
    assert checked(here, "userconfig-replaced") == [
        "/var/gavo/etc/userconfig.rd:4: warning: a, which it replaces, is another one in DaCHS 2.13",
        "/var/gavo/etc/userconfig.rd:5: warning: c, which it replaces, is not there any more in DaCHS 2.13"]
    write(here, "/var/gavo/etc/userconfig.rd", "<resource>")
    assert checked(here, "userconfig-replaced")[0].startswith("untested: /var/gavo/etc/userconfig.rd cannot be read: ")


# -- the machine

def test_passwords_that_everybody_can_read_are_told_and_not_shown(here):
    write(here, "/etc/gavo.rc", "[web]\nserverPort: 8080\nadminPasswd: geheim\n")
    write(here, "/var/gavo/etc/feed", "include dsn\npassword = geheim\n")
    write(here, "/var/gavo/etc/trustedquery", "password = geheim\n", 0o640)
    write(here, "/var/gavo/etc/dsn", "database = gavo\n")
    here.config = GavoRc({("db", "profilepath"): "$configDir"}, (Path("/etc/gavo.rc"),))
    assert checked(here, "password-readable") == [
        "/etc/gavo.rc:3: warning: everybody on this machine can read adminPasswd",
        "/var/gavo/etc/feed:2: info: everybody on this machine can read password"]
    write(here, "/etc/gavo.rc", "[web]\nadminPasswd: scrypt:abc\n[db]\npasswd:\n")
    assert checked(here, "password-readable")[0].startswith("/var/gavo/etc/feed")


def test_folders_and_logs_that_the_server_cannot_write_are_told(here):
    for name in ("state", "logs", "cache", "tmp"):
        Path(here.host.real(f"/var/gavo/{name}")).mkdir(parents=True)
    Path(here.host.real("/var/gavo/logs")).chmod(0o777)
    Path(here.host.real("/var/gavo/tmp")).rmdir()
    write(here, "/var/gavo/logs/dcErrors")
    here.host._owners.write_text('{"/var/gavo/cache": "nobody:root", "/var/gavo/state": "dachsroot:gavo"}')
    assert checked(here, "not-writable") == [
        "warning: nobody may not write to stateDir, which belongs to dachsroot:gavo", "warning: tempDir /var/gavo/tmp is not there",
        "warning: nobody may not write to dcErrors, which belongs to root:root"]


@pytest.mark.parametrize("name", ["not-writable", "system-rd-replaced", "template-replaced", "userconfig-replaced", "key-expired",
                                  "key-missing", "password-readable"])
def test_where_we_may_not_look_is_told_as_not_tested(here, name):
    class Closed(FakeHost):
        def mode_and_owner(self, path):
            raise PermissionError(13, "Permission denied")

    here.host = Closed(here.host.root, is_root=False)
    here.config = GavoRc({("web", "user"): "nobody"}, (Path("/etc/gavo.rc"),))
    here.sources = sources("deb [signed-by=/keys/a.gpg] http://soft.g-vo.org/repo release main\n")
    told, = checked(here, name)
    assert told.startswith("untested: /") and told.endswith(" cannot be looked at: Permission denied")


def test_a_server_user_that_does_not_exist_is_told_as_not_tested(here):
    here.config = GavoRc({("web", "user"): "no-such-user"})
    assert checked(here, "not-writable") == ["untested: there is no user no-such-user, whom the server would run as"]


def test_a_clock_that_is_behind_is_told(here):
    now = here.host.now
    here.database = Answers(clock_timestamp=[(now,)])
    write(here, "/var/lib/apt/lists/a_InRelease", f"Origin: Debian\nDate: {now - timedelta(days=2):%a, %d %b %Y %H:%M:%S} UTC\n")
    write(here, "/var/lib/apt/lists/b_Release", "Date: never\n")
    write(here, "/var/lib/apt/lists/lock")
    assert checked(here, "clock") == []
    write(here, "/var/lib/apt/lists/c_InRelease", f"Date: {now + timedelta(days=2):%a, %d %b %Y %H:%M:%S} UTC\n")
    here.database = Answers(clock_timestamp=[(now + timedelta(hours=1),)])
    told = checked(here, "clock")
    assert told[0].startswith("warning: the clock is behind: it says 2026-03-01 12:00, and apt has an archive of 2026-03-03 12:00")
    assert "database server are 35" in told[1]


# -- all of it

def test_every_check_has_a_test_here():
    text = inspect.getsource(inspect.getmodule(test_every_check_has_a_test_here))
    assert [check.name for check in engine.checks() if f'"{check.name}"' not in text] == []


def test_every_check_has_a_code_of_its_own_and_a_page():
    codes = [check.code for check in engine.checks()]
    assert len(codes) == len(set(codes)) and len(codes) > 25
    for check in engine.checks():
        assert check.code.startswith("DU") and page(check).title.endswith(".") and page(check).see, check.name
        assert check.name.replace("-", "_") == type(check).__module__.rpartition(".")[2], check.name


def test_a_fact_is_found_out_once_whatever_comes_of_it():
    asked = []

    class Machine:
        def __init__(self):
            self.faults = {}

        @found
        def good(self):
            asked.append("good")
            return 1

        @found
        def bad(self):
            asked.append("bad")
            raise EnvironmentFault("no")

    machine = Machine()
    assert (machine.good, machine.good) == (1, 1)
    for _ in range(2):
        with pytest.raises(EnvironmentFault):
            machine.bad  # noqa: B018
    assert asked == ["good", "bad"]


class Silent:
    """A terminal that keeps what it is told."""

    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)

    def progress(self, what, done, total):
        pass

    def paint(self, report):
        return report


def run(tmp_path, wanted, **spoiled):
    host = FakeHost(tmp_path, is_root=False)
    (tmp_path / "etc/apt").mkdir(parents=True, exist_ok=True)
    (tmp_path / "etc/apt/sources.list").write_text(spoiled.get("sources", ""))
    terminal, machine = Silent(), Installation(host, GavoRc(), tmp_path)
    return command.make(machine, begin(command.COMMAND, engine.checks(), wanted, host), terminal), terminal.notes


def test_findings_make_the_exit_status_1(tmp_path, capfdbinary):
    status, notes = run(tmp_path, Wanted(select=("DU100",), fail_on="warning"), sources="deb http://soft.g-vo.org/repo stable main\n")
    assert status is ExitCode.FINDINGS and notes[-1].startswith("1 check: 1 error; ")
    assert b"/etc/apt/sources.list:1: error: GAVO's repository has no suite stable [DU100 wrong-suite]" in capfdbinary.readouterr().out
    assert run(tmp_path, Wanted(select=("DU100",), fail_on="never"), sources="deb http://soft.g-vo.org/repo x main\n")[0] is ExitCode.OK
    assert run(tmp_path, Wanted(select=("DU100",), fail_on="warning"))[0] is ExitCode.OK


def test_what_could_not_be_tested_is_told_and_is_no_failure(tmp_path, capfdbinary):
    status, notes = run(tmp_path, Wanted(select=("half-installed", "DU2"), ignore=("DU205",), fail_on="warning",
                                          grouping=False))
    out = capfdbinary.readouterr().out.decode()
    assert status is ExitCode.OK and out.count("untested: this machine has no ") == 6
    assert "6 could not be tested" in notes[-1]


def test_a_wrong_word_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        run(tmp_path, Wanted(select=("DU999",)))
    with pytest.raises(UsageError):
        command.explained("DU999")
    assert "platformdirs" in command.explained("DU203")


def test_a_suite_that_does_not_exist_is_a_wrong_target(here, capfdbinary):
    here.target = "nix"
    del here.__dict__["preview"]
    begun = begin(command.COMMAND, engine.checks(), Wanted(select=("DU200",)), here.host)
    here.faults["preview"] = TargetError("no source of packages has a suite nix with DaCHS")
    with pytest.raises(TargetError):
        command.make(here, begun, Silent())
    here.faults["preview"] = EnvironmentFault("no network")
    assert command.make(here, begun, Silent()) is ExitCode.OK
    assert b"untested: no network" in capfdbinary.readouterr().out


def test_from_which_version_to_which_it_goes_is_told(here, capfdbinary):
    terminal = Silent()
    command.make(here, begin(command.COMMAND, engine.checks(), Wanted(select=("DU200",)), here.host), terminal)
    assert terminal.notes[0] == "DaCHS 2.7+dfsg-2 would become 2.13+dfsg-2"
