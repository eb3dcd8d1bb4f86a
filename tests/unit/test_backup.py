"""What kind of backup is made, what is told of it, and which packages are kept."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from fakes import FakeHost

from dachsadmin.errors import EnvironmentFault, Refused, UsageError
from dachsadmin.system import keptdebs
from dachsadmin.system.databases import Server, administrator, beside
from dachsadmin.system.dbprofile import Profile
from dachsadmin.upgrade import kept
from dachsadmin.upgrade.estimate import Sizes, choose

GB = 10**9
SMALL = Sizes("gavo", database=3 * GB, free=100 * GB, files=GB // 10, server=15, programs=15,
              tables={"dc.products": GB // 10, "ivoa._obscoresources": 10**6, "oa.data": GB, "oa.mimes": GB // 10, "public.own": 0})


def test_auto_takes_all_of_the_database_while_time_and_room_last():
    small = choose("auto", SMALL)
    assert (small.kind, small.bytes, round(small.seconds)) == ("full", 1_301_000_000, 120)
    assert small.words[0] == "up to 1.3 GB in about 2 min, reckoned with 10 MB of tables in a second"
    slow = choose("auto", SMALL, most_seconds=100)
    assert slow.kind == "system" and slow.words[0] == (
        "not all of the database, which would take up to 1.3 GB and about 2 min (100 GB are free)")
    assert choose("auto", replace(SMALL, free=1_500_000_000)).kind == "system"
    assert choose("auto", replace(SMALL, free=1_500_000_000), most_of_disk=0.9).kind == "full"


def test_what_the_upgrade_writes_elsewhere_goes_into_a_system_backup():
    assert choose("system", SMALL).bytes == 201_000_000
    assert choose("system", SMALL, ["oa.mimes"]).bytes == 301_000_000
    assert any("does not restore other tables" in line for line in choose("system", SMALL).words)


def test_what_is_asked_for_is_made_even_if_it_may_not_fit():
    full = choose("full", replace(SMALL, free=GB))
    assert full.kind == "full" and any("1.0 GB are free: it may not fit" in line for line in full.words)
    hook = choose("hook", replace(SMALL, programs=9))
    assert hook.words == ("your own command makes it, and a rollback of the database is yours, too",)
    assert choose("none", SMALL).words == ("there is no way back for the database",)


def test_a_backup_that_cannot_be_is_told():
    with pytest.raises(EnvironmentFault, match="takes up to 201 MB, and 50 MB are free"):
        choose("auto", replace(SMALL, free=50_000_000))
    with pytest.raises(EnvironmentFault, match="pg_dump 15 cannot dump a database of PostgreSQL 17") as told:
        choose("full", replace(SMALL, server=17))
    assert told.value.hint == "run 'apt-get install postgresql-client-17'"
    with pytest.raises(UsageError, match="there is no backup 'some'"):
        choose("some", SMALL)


def test_what_a_rollback_loses_and_cannot_is_said():
    words = choose("full", replace(SMALL, is_local=False, may_restore=False)).words
    assert [line for line in words if "imports (cron's, too), UWS jobs" in line]
    assert words[-2:] == ("the server is another machine, and the network may make it slower",
                          "we may make no databases on this server: it can be restored by its administrator only")


def test_names_of_databases_stay_as_long_as_postgresql_lets_them():
    assert beside("gavo", "failed_7") == "gavo_failed_7"
    name = beside("\u00e4" * 31, "restored_7")
    assert len(name.encode()) <= 63 and name == "\u00e4" * 26 + "_restored_7"


def test_a_server_on_another_machine_has_no_administrator_here(tmp_path):
    (tmp_path / "gavo.rc").write_text(f"[db]\nprofilePath: {tmp_path}\n")
    (tmp_path / "feed").write_text("database = gavo\nhost = db.example.org\nuser = gavoadmin\n")
    assert administrator(str(tmp_path / "gavo.rc")) == ""


def test_passwords_are_never_on_command_lines(tmp_path):
    seen = {}

    class Spy(FakeHost):
        def run(self, argv, **more):
            seen.update(more["env"], argv=argv)
            return super().run(argv, **more)

    argv = ("pg_dump", "-Fc", "-h", "db.example.org", "-p", "5433", "-U", "gavoadmin", "-d", "dbname=gavo")
    profile = Profile("gavo", "db.example.org", "5433", "gavoadmin", "require", "geheim")
    Server(profile, user="").run(Spy(tmp_path, {argv: ""}), "pg_dump", "-Fc")
    assert (seen["PGPASSWORD"], seen["PGSSLMODE"], seen["argv"]) == ("geheim", "require", argv)
    local = ("pg_dump", "-Fc", "-p", "5433", "-U", "postgres", "-d", "dbname=gavo")
    seen.clear()
    host = Spy(tmp_path, {local: ""})
    Server(replace(profile, host="localhost")).run(host, "pg_dump", "-Fc")
    assert "PGPASSWORD" not in seen and host.ran == ["runuser -u postgres -- pg_dump -Fc -p 5433 -U postgres -d dbname=gavo"]


# -- packages


def deb(host, path: str, name: str, version: str) -> None:
    host.make_folder(os.path.dirname(path))
    host.write_atomic(path, f"{name} {version}")
    host.replies["dpkg-deb", "--field", host.real(path), "Package", "Version"] = f"Package: {name}\nVersion: {version}\n"


def test_packages_come_from_the_cache_else_from_apt_else_are_made_anew_else_lack(tmp_path):
    packages = {"cached": "1:2.7-1", "offered": "2.7", "installed-only": "2.7", "strange": "2.7"}
    host = FakeHost(tmp_path)
    new = "/kept/debs/.new"
    deb(host, f"{keptdebs.CACHE}/cached_1%3a2.7-1_all.deb", "cached", "1:2.7-1")
    deb(host, f"{keptdebs.CACHE}/offered_2.13_all.deb", "offered", "2.13")

    def download(host):
        deb(host, f"{new}/offered_2.7_all.deb", "offered", "2.7")
        return 0

    def repack(host):
        deb(host, f"{new}/installed-only_2.7_all.deb", "installed-only", "2.7")
        return 0

    for name, version in packages.items():
        host.replies["apt-get", "-q", "-o", "Acquire::Retries=0", "download", f"{name}={version}"] = 100
        host.replies["dpkg-repack", name] = 1
    host.replies["apt-get", "-q", "-o", "Acquire::Retries=0", "download", "offered=2.7"] = download
    host.replies["dpkg-repack", "installed-only"] = repack
    for file in ("cached_1%3a2.7-1_all.deb", "offered_2.7_all.deb", "installed-only_2.7_all.deb"):
        name, version = file.split("_")[0], packages[file.split("_")[0]]
        host.replies["dpkg-deb", "--field", host.real(f"/kept/debs/{file}"), "Package", "Version"] = (
            f"Package: {name}\nVersion: {version}\n")
    keptdebs.keep(host, packages, "/kept/debs")
    assert sorted(host.names("/kept/debs")) == ["cached_1%3a2.7-1_all.deb", "installed-only_2.7_all.deb", "offered_2.7_all.deb"]
    copied = "/kept/debs/offered_2.7_all.deb"
    assert host.text(copied) == "offered 2.7" and host.mode_and_owner(copied)[0] == 0o600
    assert keptdebs.lacking(host, packages, "/kept/debs") == {"strange": "2.7"}
    assert "dpkg-repack cached" not in host.ran and "dpkg-repack offered" not in host.ran


# -- the folder


@pytest.fixture
def sealed(tmp_path):
    host = FakeHost(tmp_path)
    host.make_folder("/kept/hook", 0o700)
    host.write_atomic("/kept/backup.json", '{"format": 1, "kind": "full", "tables": []}')
    host.write_atomic("/kept/database.dump", "dump")
    host.write_atomic("/kept/hook/its own", "x")
    kept.seal(host, "/kept")
    return host


def test_a_backup_is_opened_only_while_all_of_it_is_as_it_was(sealed):
    sealed.write_atomic("/kept/hook/its own", "changes as it likes")
    assert kept.opened(sealed, "/kept")["kind"] == "full"
    sealed.write_atomic("/kept/database.dump", "damp")
    with pytest.raises(Refused, match="/kept/database.dump is not as it was written"):
        kept.opened(sealed, "/kept")
    sealed.remove("/kept/database.dump")
    with pytest.raises(Refused, match="a file of the backup is missing: /kept/database.dump"):
        kept.opened(sealed, "/kept")


def test_checksums_that_are_cut_off_prove_nothing(sealed):
    sums = sealed.text("/kept/SHA256SUMS").splitlines(keepends=True)
    for some, name in ((sums[:1], "database.dump"), (sums[1:], "backup.json"), ([], "backup.json")):
        sealed.write_atomic("/kept/SHA256SUMS", "".join(some))
        with pytest.raises(Refused, match=f"/kept/{name} has no checksum"):
            kept.opened(sealed, "/kept")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\xff\xfe"])
def test_what_a_backup_notes_of_itself_may_be_damaged(sealed, content):
    sealed.write_atomic("/kept/backup.json", content)
    with pytest.raises(Refused, match="/kept/backup.json is damaged"):
        kept.facts(sealed, "/kept")


def test_a_backup_of_another_dachsadmin_is_not_guessed_at(sealed):
    sealed.write_atomic("/kept/backup.json", '{"format": 2}')
    kept.seal(sealed, "/kept")
    with pytest.raises(Refused, match="another version of dachsadmin"):
        kept.opened(sealed, "/kept")


def test_what_is_removed_leaves_what_the_operator_s_command_has_kept(sealed):
    kept.remove(sealed, "/kept")
    assert sealed.files("/kept") == ["/kept/hook/its own"]
