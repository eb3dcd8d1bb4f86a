"""The documentation is made from what it describes, is not stale, and what it shows can be typed."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dachsadmin.check.rule import discover

DOCS = Path(__file__).parents[2] / "docs"
_spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)
import completion  # noqa: E402  (generate.py makes its neighbours importable)
import roff  # noqa: E402

TOP = generate.top()
RULES = discover("dachsadmin.val.rules")
PAGES = sorted([*DOCS.rglob("*.md"), *(page for page in [DOCS.parent / "README.md"] if page.exists())])


@pytest.fixture(scope="module")
def built():
    return generate.built()


@pytest.mark.parametrize("name", ["rules.md", "exit-codes.md", "settings.md", "commands.md", "vosi-check.md",
                                  "upgrade-compare.md", "upgrade-releases.md"])
def test_the_made_pages_are_not_stale(name):
    fresh = generate.written()[name] == (DOCS / name).read_text(encoding="utf-8")
    assert fresh, f"docs/{name} is not what docs/generate.py makes"


def test_every_command_and_option_is_explained():
    assert {command.words[-1] for command in TOP.commands} >= {"val", "history", "show", "resume", "undo"}
    for command in TOP.all():
        assert command.help.endswith(".") and command.short, command.words
        assert not [parameter for parameter in command.parameters if not parameter.help], command.words


def test_every_command_that_checks_has_the_same_options_for_its_findings():
    offered = {" ".join(one.words[1:]): {name for option in one.options for name in option.names} for one in TOP.all()}
    checking = {words: names for words, names in offered.items() if "--fail-on" in names or "--explain" in names}
    assert set(checking) >= {"val", "probe", "vosi status", "vosi check", "obscore status", "obscore check"}
    wanted = {"--select", "--ignore", "--fail-on", "--report", "--baseline", "--update-baseline", "--no-grouping", "--explain"}
    assert {words: wanted - names for words, names in checking.items() if wanted - names} == {}


@pytest.mark.parametrize("command", TOP.all(), ids=lambda command: command.page)
def test_every_option_is_in_the_man_page_of_its_command(command, built):
    own = next(one for one in (TOP, *TOP.commands) if one is TOP and command is TOP or one.words == command.words[:2])
    page = built[f"man/{own.page}.{own.section}"]
    for option in command.options:
        for name in option.names:
            assert f"\\fB{roff.code(name)}\\fR" in page


@pytest.mark.children
@pytest.mark.skipif(not shutil.which("man"), reason="the program man is not installed")
def test_the_man_pages_give_no_warning(built, tmp_path):
    for name, page in built.items():
        if name.startswith("man/"):
            file = tmp_path / Path(name).name
            file.write_text(page, encoding="utf-8")
            environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(file)],
                                  capture_output=True, text=True, env=environment)
            assert (done.returncode, done.stderr) == (0, ""), name
            assert re.search(r"(?m)^\.SH NAME\n\S+ \\- \w", page), name


def test_a_build_can_be_repeated(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    first = generate.built()
    assert first == generate.built()
    assert '"2026-01-01"' in first["man/dachsadmin.1"]


def test_text_that_groff_would_obey_is_text():
    assert roff.inline(".TH evil\n'so /etc/passwd") == "\\&.TH evil\n\\&'so /etc/passwd"
    assert roff.inline("a \\n `--x` *y* **z**") == "a \\en \\fB\\-\\-x\\fR \\fIy\\fR \\fBz\\fR"
    assert roff.markdown("## a\n\n    .x -y\n\n```\n\n.z\n```") == (
        '.SH "A"\n.PP\n.RS 4\n.nf\n\\&.x \\-y\n.fi\n.RE\n.PP\n.RS 4\n.nf\n\\&\n\\&.z\n.fi\n.RE\n')


@pytest.mark.children
@pytest.mark.skipif(not shutil.which("bash"), reason="the program bash is not installed")
@pytest.mark.parametrize(("line", "expected"), [
    ("dachsadmin ", {"val", "history", "undo"}), ("dachsadmin --col", {"--color"}),
    ("dachsadmin --color ", {"auto", "never"}),
    ("dachsadmin val --eng", {"--engine"}), ("dachsadmin val --engine ", {"auto", "static", "deep"}),
    ("dachsadmin val --engine = st", {"static"}), ("dachsadmin val x --report s", {"sarif"}),
    ("dachsadmin --config val history --deb", {"--debug"}), ("dachsadmin val ", {"ALL", "ALL_RECURSE", "res", "q.rd"}),
    ("dachsadmin val --tree r", {"res"}), ("dachsadmin val --baseline b", {"base line.json"}),
    ("dachsadmin val --explain A", {"ALL"}), ("dachsadmin val --select DA00", {"DA001", "DA006"}),
    ("dachsadmin config s", {"show", "sample"}), ("dachsadmin val --changed-since ", set()),
])
def test_bash_completes(line, expected, built, tmp_path):
    (tmp_path / "res").mkdir()
    for name in ("q.rd", "notes.txt", "base line.json"):
        (tmp_path / name).touch()
    script = tmp_path.parent / f"{tmp_path.name}.bash"
    script.write_text(built["completion/dachsadmin.bash"] + 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dachsadmin\n'
                      'for reply in "${COMPREPLY[@]}"; do echo "$reply"; done\n')
    done = subprocess.run(["bash", "--norc", str(script), *line.split(" ")], cwd=tmp_path, capture_output=True,
                          text=True)
    assert done.stderr == ""
    replies = set(done.stdout.splitlines())
    assert expected <= replies if expected else replies == set()
    assert "notes.txt" not in replies


@pytest.mark.children
@pytest.mark.skipif(not shutil.which("zsh"), reason="the program zsh is not installed")
def test_zsh_takes_the_completion(built, tmp_path):
    (tmp_path / "_dachsadmin").write_text(built["completion/_dachsadmin"])
    done = subprocess.run(["zsh", "-n", str(tmp_path / "_dachsadmin")], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_both_shells_know_every_option(built):
    for command in TOP.all():
        for option in command.options:
            for name in option.names:
                assert re.search(rf"[' ]{re.escape(name)}[ ']", built["completion/dachsadmin.bash"]), name
                assert re.search(rf"[')*]{re.escape(name)}=?\[", built["completion/_dachsadmin"]), name


def test_what_a_shell_cannot_read_as_text_is_quoted():
    assert completion._zsh_text("it's [a]: b") == "it'\\''s \\[a\\]\\: b"


def test_a_value_without_a_name_is_refused():
    class Bare:
        param_type_name, metavar, opts, secondary_opts, is_flag, name = "option", None, ["--x"], [], False, "x"

    with pytest.raises(ValueError, match="--x takes a value"):
        generate.commands._parameter(Bare)


# -- pages written by hand

@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    prose = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_only_rules_that_there_are_are_named(page):
    codes = {rule.code for rule in RULES}
    assert {code for code in re.findall(r"\bDA\d{3}\b", page.read_text(encoding="utf-8"))} <= codes


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_only_options_that_there_are_are_typed(page):
    for line in re.findall(r"(?m)^[ \t$-]*(?:run: |entry: )?(dachsadmin [a-z].*)$", page.read_text(encoding="utf-8")):
        words = re.sub(r"\s+(#|\(|&&).*", "", line).split()
        command = next((one for one in reversed(TOP.all()) if tuple(words[:len(one.words)]) == one.words), TOP)
        known = {name for one in (command, TOP) for option in one.options for name in option.names} | {"--help"}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, line


def test_the_modules_of_the_generator_do_not_shadow_others():
    assert all(Path(sys.modules[name].__file__).parent == DOCS for name in ("commands", "completion", "pages", "roff"))
