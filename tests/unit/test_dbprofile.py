"""Database profiles are read as DaCHS reads them."""

from __future__ import annotations

import pytest

from dachsadmin.errors import ConfigurationError
from dachsadmin.model.database import Problem
from dachsadmin.system.dbprofile import NoProfile, read_profile
from dachsadmin.system.gavorc import GavoRc


def profile(folder, name="trustedquery", **files):
    for file, content in files.items():
        (folder / file).write_text(content)
    return read_profile(GavoRc({("db", "profilepath"): str(folder)}), name)


def test_an_included_file_gives_what_all_profiles_share(tmp_path):
    found = profile(tmp_path, dsn="database = gavo\nhost = localhost\nport = 5433\n",
                    trustedquery="include dsn\nuser = gavo\npassword = a/b+c==\n")
    assert found.arguments == {"dbname": "gavo", "host": "localhost", "port": "5433", "user": "gavo", "password": "a/b+c=="}
    assert str(found) == "gavo on localhost:5433"
    assert found.file == str(tmp_path / "trustedquery")


def test_no_host_means_a_unix_socket(tmp_path):
    found = profile(tmp_path, trustedquery="database = gavo\nuser=gavo\n")
    assert found.arguments == {"dbname": "gavo", "user": "gavo"}


def test_a_socket_directory_is_a_host(tmp_path):
    assert profile(tmp_path, trustedquery="database=gavo\nhost = /run/pg-x/s.d\n").host == "/run/pg-x/s.d"


def test_quotes_and_comments_are_as_in_a_shell(tmp_path):
    assert profile(tmp_path, trustedquery="# the reader\ndatabase = gavo\npassword = 'a # b'\n\n").password == "a # b"


def test_a_password_is_never_shown(tmp_path):
    found = profile(tmp_path, trustedquery="database = gavo\npassword = geheim\n")
    assert "geheim" not in repr(found) and "geheim" not in str(found)


def test_admin_is_another_name_of_feed(tmp_path):
    assert profile(tmp_path, "admin", feed="database = gavo\nuser = gavoadmin\n").user == "gavoadmin"


def test_the_first_directory_of_the_profile_path_wins(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "dsn").write_text("database = second\n")
    config = GavoRc({("db", "profilepath"): f"{tmp_path}/a:{tmp_path}/b"})
    assert read_profile(config, "dsn").database == "second"
    (tmp_path / "a" / "dsn").write_text("database = first\n")
    assert read_profile(config, "dsn").database == "first"


def test_no_profile_is_no_dachs(tmp_path):
    with pytest.raises(NoProfile, match="trustedquery") as error:
        profile(tmp_path)
    assert "dachs init" in error.value.hint


@pytest.mark.parametrize("content", ["nonsense\n", "colour = red\n", "host\n", "include trustedquery\n", "host = 'a\n",
                                     "host = a"])
def test_what_dachs_cannot_read_is_an_error_that_names_the_file(tmp_path, content):
    with pytest.raises(ConfigurationError, match="trustedquery"):
        profile(tmp_path, trustedquery=content)


@pytest.mark.parametrize(("sqlstate", "kind"), [("42601", "syntax"), ("42P01", "relation"), ("57014", "unavailable"),
                                                ("55P03", "unavailable"), ("", "unavailable"), ("42804", "other")])
def test_problems_are_sorted_by_what_has_to_be_done(sqlstate, kind):
    assert Problem(sqlstate, "").kind == kind
