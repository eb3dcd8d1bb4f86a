"""The architecture, as a test: imports point down, effects have one home each, and no room is called `utils`."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[2] / "dachsadmin"
MODULES = sorted(PACKAGE.rglob("*.py"))

FLOORS = (
    {"errors", "version"}, {"model"}, {"settings", "rd", "system"}, {"journal", "verbs", "plan"},
    {"check", "client", "report"}, {"inspection"},
    {"val", "start", "logs", "vosi", "obscore", "probe"}, {"upgrade", "doctor", "demo"}, {"cli", "__main__"},
)
"""From the bottom up; what stands on one floor does not import its neighbours, but for those in NEIGHBOURS.

`inspection` has a floor of its own, as checks and reports meet there: whatever checks stands on it.
"""
NEIGHBOURS = {("verbs", "journal"), ("plan", "verbs"), ("plan", "journal"), ("__main__", "cli")}

ONLY_IN = {
    "typer": ("cli/",), "rich": ("cli/",), "click": (), "subprocess": ("system/",), "pty": ("system/",),
    "multiprocessing": ("system/", "val/"), "psycopg": ("system/postgres.py",), "gavo": ("system/worker/",),
    "socket": ("system/", "client/"), "urllib.request": ("system/", "client/"), "http.client": ("system/", "client/"),
    "xml.etree": ("report/",), "pickle": (), "requests": ("client/vo.py",), "pyvo": ("client/vo.py",),
}
"""Where a module may be imported; everybody else goes through those."""

BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "tools", "lib", "core", "base"}


class Content(NamedTuple):
    """What a file does, with lines. Its syntax tree is not kept: five hundred of them slow down every other test."""

    imports: list[tuple[str, int]]
    """All modules; for `from a import b` both a and a.b, as b may be a module."""
    running: list[tuple[str, int]]
    """Those that not only type checkers import."""
    calls: list[tuple[str, int, bool]]
    """What is called (`os.open`), and whether with the argument `shell`."""
    broad: list[int]
    """Where exceptions of all kinds are caught and not raised again."""
    sentence: str
    """How its docstring begins."""
    empty: bool


@cache
def content(path: Path) -> Content:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    nodes = list(ast.walk(tree))
    typing_only = {id(inner) for node in nodes if isinstance(node, ast.If)
                   and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" for inner in ast.walk(node)}
    importing = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    return Content(
        [(name, node.lineno) for node in importing for name in _names(node)],
        [(name, node.lineno) for node in importing if id(node) not in typing_only for name in _names(node)],
        [(_dotted(node.func), node.lineno, any(word.arg == "shell" for word in node.keywords))
         for node in nodes if isinstance(node, ast.Call)],
        [node.lineno for node in nodes if isinstance(node, ast.ExceptHandler)
         and (node.type is None or _dotted(node.type) in ("Exception", "BaseException"))
         and not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))],
        (ast.get_docstring(tree) or "").split("\n\n")[0], not tree.body)


def _names(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "relative imports hide where things are"
    return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]


def _dotted(node: ast.expr) -> str:
    """`os.open` of an expression that is made of names; of another one what follows the last thing that is none."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room(path: Path) -> str:
    return place(path).split("/")[0].removesuffix(".py")


def floor(name: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if name in names)


def test_every_module_is_on_a_floor():
    known = set().union(*FLOORS) | {"__init__"}
    assert {room(path) for path in MODULES} <= known


def test_imports_point_down():
    wrong = []
    for path in MODULES:
        here = room(path)
        for name, line in content(path).imports:
            parts = name.split(".")
            if parts[0] == "dachsadmin" and len(parts) > 1 and here != "__init__":
                there = parts[1]
                if there != here and (here, there) not in NEIGHBOURS and floor(there) >= floor(here):
                    wrong.append(f"{place(path)}:{line} imports {name}")
    assert wrong == []


def test_what_has_effects_is_used_in_its_home_only():
    wrong = [f"{place(path)}:{line} imports {name}" for path in MODULES for name, line in content(path).running
             for module, homes in ONLY_IN.items()
             if (name == module or name.startswith(module + ".")) and not place(path).startswith(homes or ("nowhere",))]
    assert wrong == []


def outside(*homes: str) -> list[Path]:
    return [path for path in MODULES if not place(path).startswith(homes)]


def test_only_the_terminal_module_writes_to_the_terminal():
    wrong = [f"{place(path)}:{line}" for path in outside("cli/output.py", "system/worker/")
             for name, line, _ in content(path).calls if name in ("print", "input")]
    assert wrong == []


def test_no_shell_and_no_evaluation_of_text():
    wrong = [f"{place(path)}:{line} {name}" for path in MODULES for name, line, shell in content(path).calls
             if shell or name in ("eval", "exec", "os.system", "os.popen")]
    assert wrong == []


def test_exceptions_are_caught_by_name():
    """`except Exception` would hide our bugs; only the outermost frame may, which tells them."""
    wrong = [f"{place(path)}:{line}" for path in outside("cli/main.py", "system/worker/") for line in content(path).broad]
    assert wrong == []


def test_rules_do_no_input_or_output():
    """What they may know of the world comes from the site, which remembers what was asked."""
    effects = ("dachsadmin.system.host", "dachsadmin.system.postgres", "pathlib", "glob", "tempfile", "shutil")
    wrong = []
    for path in MODULES:
        if place(path).startswith("val/rules/"):
            wrong += [f"{place(path)}:{line} imports {name}" for name, line in content(path).running if name in effects]
            wrong += [f"{place(path)}:{line} {name}" for name, line, _ in content(path).calls
                      if name in ("open", "os.open", "os.stat", "os.listdir", "os.path.exists")]
    assert wrong == []


def test_every_module_says_in_one_sentence_what_it_is_for():
    sentences = {place(path): content(path).sentence for path in MODULES
                 if path.name != "__init__.py" or not content(path).empty}
    assert [name for name, text in sentences.items() if not text.endswith((".", "?"))] == []


def test_no_room_is_for_odds_and_ends():
    assert [place(path) for path in MODULES if path.stem.strip("_") in BANNED_NAMES] == []


def test_typer_signatures_are_what_every_typer_understands():
    """typer 0.7 (Debian 12) crashes on `X | None`, and ignores the options in Annotated (measured)."""
    wrong = []
    for path in sorted((PACKAGE / "cli").glob("*.py")):
        wrong += [f"{place(path)}:{line}: Annotated" for name, line in content(path).imports if name.endswith(".Annotated")]
        wrong += [f"{place(path)}:{argument.lineno}: {argument.arg}: {ast.unparse(argument.annotation)}"
                  for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
                  for argument in options_in(node) if argument.annotation and is_too_modern(argument.annotation)]
    assert wrong == []


def options_in(function: ast.FunctionDef) -> list[ast.arg]:
    """The parameters that typer makes options and arguments of."""
    plain = function.args.args
    pairs = [*zip(plain[len(plain) - len(function.args.defaults):], function.args.defaults),
             *zip(function.args.kwonlyargs, function.args.kw_defaults)]
    return [argument for argument, default in pairs
            if isinstance(default, ast.Call) and ast.unparse(default.func) in ("typer.Option", "typer.Argument")]


def is_too_modern(annotation: ast.expr) -> bool:
    """Whether there is `X | Y` or `list[X]` in it."""
    return any(isinstance(part, ast.BinOp) or isinstance(part, ast.Subscript) and ast.unparse(part.value).islower()
               for part in ast.walk(annotation))


def test_these_checks_bite(tmp_path, monkeypatch):
    package = tmp_path / "dachsadmin"
    (package / "model").mkdir(parents=True)
    (package / "cli").mkdir()
    (package / "val" / "rules").mkdir(parents=True)
    (package / "val" / "rules" / "bad.py").write_text('"""A sentence."""\nopen("x")\n')
    (package / "model" / "helpers.py").write_text(
        '"""No sentence"""\nimport subprocess\nfrom dachsadmin import cli\nprint(eval("1"))\n'
        'try: pass\nexcept Exception: pass\n')
    (package / "cli" / "bad.py").write_text(
        '"""A sentence."""\nimport typer\n'
        'def bad(a: str | None = typer.Option(None), b: list[str] = typer.Option([])): pass\n')
    monkeypatch.setitem(globals(), "PACKAGE", package)
    monkeypatch.setitem(globals(), "MODULES", sorted(package.rglob("*.py")))
    every = [check for name, check in list(globals().items()) if name.startswith("test_") and name not in (
        "test_these_checks_bite", "test_every_module_is_on_a_floor")]
    assert len(every) == 9
    for check in every:
        with pytest.raises(AssertionError, match="assert .*== \\[\\]"):
            check()
