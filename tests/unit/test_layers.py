"""The architecture, as a test: imports point down, effects have one home each, and no room is called `utils`."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

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


def imports(path: Path) -> list[tuple[str, int]]:
    """All modules that a file imports, with lines; for `from a import b` both a and a.b, as b may be a module.

    What is imported for type checkers only (`if TYPE_CHECKING:`) counts for floors, but not for ONLY_IN: see `running`.
    """
    return [(name, node.lineno) for node in ast.walk(tree(path)) for name in _names(node)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports hide where things are"
        return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def running(path: Path) -> list[tuple[str, int]]:
    typing_only = {id(inner) for node in ast.walk(tree(path)) if isinstance(node, ast.If)
                   and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" for inner in ast.walk(node)}
    return [(name, node.lineno) for node in ast.walk(tree(path)) if id(node) not in typing_only
            for name in _names(node)]


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
        for name, line in imports(path):
            parts = name.split(".")
            if parts[0] == "dachsadmin" and len(parts) > 1 and here != "__init__":
                there = parts[1]
                if there != here and (here, there) not in NEIGHBOURS and floor(there) >= floor(here):
                    wrong.append(f"{place(path)}:{line} imports {name}")
    assert wrong == []


def test_what_has_effects_is_used_in_its_home_only():
    wrong = [f"{place(path)}:{line} imports {name}" for path in MODULES for name, line in running(path)
             for module, homes in ONLY_IN.items()
             if (name == module or name.startswith(module + ".")) and not place(path).startswith(homes or ("nowhere",))]
    assert wrong == []


def outside(*homes: str) -> list[Path]:
    return [path for path in MODULES if not place(path).startswith(homes)]


def test_only_the_terminal_module_writes_to_the_terminal():
    wrong = [f"{place(path)}:{node.lineno}" for path in outside("cli/output.py", "system/worker/")
             for node in ast.walk(tree(path))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "input")]
    assert wrong == []


def test_no_shell_and_no_evaluation_of_text():
    wrong = []
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                shell = any(word.arg == "shell" for word in node.keywords)
                if shell or name in ("eval", "exec", "os.system", "os.popen"):
                    wrong.append(f"{place(path)}:{node.lineno} {name}")
    assert wrong == []


def test_exceptions_are_caught_by_name():
    """`except Exception` would hide our bugs; only the outermost frame may, which tells them."""
    wrong = []
    for path in outside("cli/main.py", "system/worker/"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
                again = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
                if broad and not again:
                    wrong.append(f"{place(path)}:{node.lineno}")
    assert wrong == []


def test_rules_do_no_input_or_output():
    """What they may know of the world comes from the site, which remembers what was asked."""
    wrong = []
    for path in MODULES:
        if place(path).startswith("val/rules/"):
            effects = ("dachsadmin.system.host", "dachsadmin.system.postgres", "pathlib", "glob", "tempfile", "shutil")
            wrong += [f"{place(path)}:{line} imports {name}" for name, line in running(path) if name in effects]
            wrong += [f"{place(path)}:{node.lineno} {ast.unparse(node.func)}" for node in ast.walk(tree(path))
                      if isinstance(node, ast.Call)
                      and ast.unparse(node.func) in ("open", "os.open", "os.stat", "os.listdir", "os.path.exists")]
    assert wrong == []


def test_every_module_says_in_one_sentence_what_it_is_for():
    sentences = {place(path): (ast.get_docstring(tree(path)) or "").split("\n\n")[0] for path in MODULES
                 if path.name != "__init__.py" or tree(path).body}
    assert [name for name, text in sentences.items() if not text.endswith((".", "?"))] == []


def test_no_room_is_for_odds_and_ends():
    assert [place(path) for path in MODULES if path.stem.strip("_") in BANNED_NAMES] == []


def test_typer_signatures_are_what_every_typer_understands():
    """typer 0.7 (Debian 12) crashes on `X | None`, and ignores the options in Annotated (measured)."""
    wrong = []
    for path in sorted((PACKAGE / "cli").glob("*.py")):
        wrong += [f"{place(path)}:{line}: Annotated" for name, line in imports(path) if name.endswith(".Annotated")]
        wrong += [f"{place(path)}:{argument.lineno}: {argument.arg}: {ast.unparse(argument.annotation)}"
                  for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)
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
