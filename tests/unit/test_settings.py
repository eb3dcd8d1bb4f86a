"""Settings come from four places, know which, and are refused with a place and a way out when they are wrong."""

from __future__ import annotations

import re

import pytest
import yaml

from dachsadmin import settings
from dachsadmin.check.rule import PROFILES
from dachsadmin.errors import ConfigurationError, ExitCode


@pytest.fixture
def etc(tmp_path, monkeypatch):
    (tmp_path / "conf.d").mkdir()
    monkeypatch.setattr(settings, "MAIN_FILE", str(tmp_path / "dachsadmin.yaml"))
    monkeypatch.setattr(settings, "DROP_INS", str(tmp_path / "conf.d"))
    return tmp_path


def refusal(etc, text: str | bytes) -> tuple[str, str]:
    (etc / "dachsadmin.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigurationError) as caught:
        settings.load(environment={})
    assert caught.value.exit_code == ExitCode.TARGET
    return caught.value.message.replace(f"{etc}/", ""), caught.value.hint.replace(f"{etc}/", "")


def test_without_any_file_the_built_in_values_hold(etc):
    found = settings.load(environment={})
    assert {value.origin for value in found} == {"built-in"}
    assert found["val.fail_on"] == "error"


def test_later_places_win_and_each_value_knows_its_place(etc):
    (etc / "dachsadmin.yaml").write_text("val:\n  profile: min\n  timeout: 5\n  fail_on: info\n  memory_mb: 7\n")
    (etc / "conf.d/10-b.yaml").write_text("val:\n\n  timeout: 7.5\n")
    (etc / "conf.d/20-a.yaml").write_text("val: {fail_on: never}")
    (etc / "conf.d/README").write_text("this is no YAML: [")
    found = settings.load(environment={"DACHSADMIN_VAL_FAIL_ON": "warning", "PATH": "/bin"})
    found = found.with_flags({"val.memory_mb": ("--memory", 9), "val.select": ("--select", ()),
                              "val.profile": ("--profile", None)})
    assert [(found[name], found.origin(name).replace(f"{etc}/", "")) for name in
            ("val.profile", "val.timeout", "val.fail_on", "val.memory_mb", "val.select")] == [
        ("min", "dachsadmin.yaml:2"), (7.5, "conf.d/10-b.yaml:3"), ("warning", "DACHSADMIN_VAL_FAIL_ON"),
        (9, "--memory"), ([], "built-in")]


def test_a_named_file_is_read_instead_of_those_in_etc(etc, tmp_path):
    (etc / "dachsadmin.yaml").write_text("val: {profile: min}")
    (tmp_path / "mine.yaml").write_text("val: {timeout: 3}")
    for found in (settings.load(str(tmp_path / "mine.yaml"), environment={}),
                  settings.load(environment={"DACHSADMIN_CONFIG": str(tmp_path / "mine.yaml")})):
        assert (found["val.profile"], found["val.timeout"]) == ("publish", 3)


def test_a_named_file_has_to_exist(etc):
    with pytest.raises(ConfigurationError, match="the configuration file /no/such.yaml does not exist"):
        settings.load("/no/such.yaml", environment={})


@pytest.mark.parametrize(("text", "message", "hint"), [
    ("val:\n  fail-on: error\n", "dachsadmin.yaml:2: there is no setting 'val.fail-on'", "did you mean 'val.fail_on'?"),
    ("vall:\n", "dachsadmin.yaml:1: there is no section 'vall'", "did you mean 'val'?"),
    ("xyzzy: 1", "dachsadmin.yaml:1: there is no section 'xyzzy'", "run 'dachsadmin config show' to see all settings"),
    ("val:\n  timeout: soon\n", "dachsadmin.yaml:2: val.timeout has to be a number of seconds, more than 0, not 'soon'",
     "set it like timeout: 120"),
    ("val: {timeout: true}", "dachsadmin.yaml:1: val.timeout has to be a number of seconds, more than 0, not True",
     "set it like timeout: 120"),
    ("val: {processes: -1}", "dachsadmin.yaml:1: val.processes has to be a whole number, 0 or more, not -1",
     "set it like processes: 0"),
    ("val: {select: DA210}", "dachsadmin.yaml:1: val.select has to be a list of texts, not 'DA210'",
     "set it like select: []"),
    ("val: {select: [210]}", "dachsadmin.yaml:1: val.select has to be a list of texts, not [210]",
     "set it like select: []"),
    ("val: {fail_on: errors}", "dachsadmin.yaml:1: val.fail_on cannot be 'errors'",
     "use error or warning or info or never"),
    ("paths: {cache: here}", "dachsadmin.yaml:1: paths.cache has to be an absolute path, not 'here'",
     'set it like cache: ""'),
    ("database: {dsn: [geheim]}", "dachsadmin.yaml:1: database.dsn has to be a text, not that", 'set it like dsn: ""'),
    ("val:\n  profile: min\n  profile: strict\n", "dachsadmin.yaml:3: val.profile was set in line 2 already",
     "remove one of the two"),
    ("- val", "dachsadmin.yaml:1: there should be a list of 'key: value' lines here",
     "run 'dachsadmin config sample' to see the form"),
    ("val: [profile]", "dachsadmin.yaml:1: there should be a list of 'key: value' lines here",
     "run 'dachsadmin config sample' to see the form"),
    ("val: [", "dachsadmin.yaml:1:7: this is no valid YAML: expected the node content, but found '<stream end>'",
     "mend dachsadmin.yaml there and run again"),
    ("val:\n  profile: !!python/object:os.system x", "dachsadmin.yaml:2:12: this is no valid YAML: could not determine "
     "a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'",
     "mend dachsadmin.yaml there and run again"),
    ("val: {profile: 2001-99-99}", "dachsadmin.yaml:1: this is no valid YAML: it cannot be understood",
     "mend dachsadmin.yaml there and run again"),
    pytest.param("[" * 5000, "dachsadmin.yaml: this is no valid YAML: it cannot be understood",
                 "mend dachsadmin.yaml there and run again", id="nested-without-end"),
    ("a: \x00", "dachsadmin.yaml: this is no valid YAML: special characters are not allowed",
     "mend dachsadmin.yaml there and run again"),
    (b"val:\n  profile: m\xfcn\n", "dachsadmin.yaml:2: this is not UTF-8",
     "run 'iconv -f latin1 -t utf-8 dachsadmin.yaml'"),
])
def test_what_is_wrong_in_a_file_is_named_with_its_line_and_a_way_out(etc, text, message, hint):
    assert refusal(etc, text) == (message, hint)


@pytest.mark.parametrize(("variable", "text", "message"), [
    ("DACHSADMIN_VAL_FAIL", "error", "the environment sets DACHSADMIN_VAL_FAIL, and there is no such setting"),
    ("DACHSADMIN_VAL_PROCESSES", "many",
     "DACHSADMIN_VAL_PROCESSES: val.processes has to be a whole number, 0 or more, not 'many'"),
])
def test_what_is_wrong_in_the_environment_names_the_variable(etc, variable, text, message):
    with pytest.raises(ConfigurationError) as caught:
        settings.load(environment={variable: text})
    assert caught.value.message == message


def test_lists_in_the_environment_are_divided_by_commas_or_blanks(etc):
    found = settings.load(environment={"DACHSADMIN_VAL_IGNORE": "DA2, DA310", "DACHSADMIN_VAL_PROFILE": ""})
    assert found["val.ignore"] == ["DA2", "DA310"]
    assert found.origin("val.profile") == "built-in"


def test_an_empty_file_or_section_says_nothing(etc):
    (etc / "dachsadmin.yaml").write_text("# nothing\nval:\npaths: {cache: }\n")
    assert {value.origin for value in settings.load(environment={})} == {"built-in"}


def test_a_directory_in_place_of_the_file_is_named(etc):
    (etc / "dachsadmin.yaml").mkdir()
    with pytest.raises(ConfigurationError, match="dachsadmin.yaml cannot be read: Is a directory"):
        settings.load(environment={})


def test_the_sample_says_what_holds_without_it(etc):
    sample = settings.sample()
    assert yaml.safe_load(sample) is None
    uncommented = "\n".join(line[1:] for line in sample.splitlines() if not re.match(r"# \S", line))
    (etc / "dachsadmin.yaml").write_text(uncommented)
    found = list(settings.load(environment={}))
    assert [value.value for value in found] == [setting.default for setting in settings.SCHEMA]
    assert all(value.origin != "built-in" for value in found)


def test_profiles_are_those_of_the_rules():
    assert settings._BY_NAME["val.profile"].choices == PROFILES
