"""DA303: imports of modules that stand beside the code."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.named_files import absolute
from dachsadmin.val.pythoncode import Code, code_with
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_IMPORT = re.compile(r"(?m)^\s*(?:from|import)\s+([\w., ]+?)\s*(?:import\b|as\b|$)")
_FOLDERS = ("bin", "res", "")


class LocalImport(Rule):
    """Modules in a resource directory cannot be imported by name.

    DaCHS loads the module of a core, grammar or page by its path; its directory is not on the module search path,
    and there is no package for relative imports (since DaCHS 1.1). `loadPythonModule` loads a module beside another.

    Bad:
        <procDef type="apply" id="p"><setup><code>
          from . import conversions
        </code></setup></procDef>
    Good:
        <procDef type="apply" id="p"><setup><code>
          conversions, _ = utils.loadPythonModule(rd.getAbsPath("bin/conversions"))
        </code></setup></procDef>
    See: https://docs.g-vo.org/DaCHS/ref.html#importing-modules
    """

    code, name, severity, since, profile = "DA303", "local-import", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for code in code_with(rd, site, "import"):
            if code.verdict.compiles and any(
                    name.startswith(".") or name.partition(".")[0] not in _KNOWN
                    for words in _IMPORT.findall(code.text) for name in re.split(r"[\s,]+", words)):
                yield from self._imports(rd, code, site)

    def _imports(self, rd: Document, code: Code, site: Site) -> Iterator[Finding]:
        for node in ast.walk(code.verdict.tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                yield self.finding(rd, code.place(node), "a relative import cannot work here: this is in no package",
                                   hint=_HINT)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                for module in modules:
                    beside = self._beside(rd, code, module.partition(".")[0], site)
                    if beside:
                        yield self.finding(
                            rd, code.place(node), f"{module} cannot be imported by name: it is {beside}", value=module,
                            hint=_HINT)

    def _beside(self, rd: Document, code: Code, module: str, site: Site) -> str:
        """The file in the resource directory that an import means, if it is one that Python will not find."""
        if not module or module in _KNOWN:
            return ""
        resdir = site.resdir(rd)
        folders = _FOLDERS if code.named is None else (os.path.dirname(code.named.path), *_FOLDERS)
        for folder in folders:
            path = absolute(os.path.join(folder, module + ".py"), resdir)
            if site.kind(path) == "file":
                return site.shown(path)
        return ""


_HINT = "use utils.loadPythonModule with its path"
_KNOWN = frozenset({
    "gavo", "numpy", "astropy", "os", "sys", "re", "math", "datetime", "time", "json", "csv", "urllib", "itertools",
    "functools", "collections", "io", "glob", "gzip", "random", "string", "struct", "subprocess", "tempfile",
    "warnings", "scipy", "lxml", "twisted", "psycopg2", "traceback", "contextlib", "shutil", "hashlib", "base64", "pickle"})
