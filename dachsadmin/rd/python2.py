"""What Python 2 had and Python 3 has not, found in the code of RDs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from dachsadmin.rd.code import Snippet, Verdict, verdict, verdict_of_file, verdict_on


@dataclass(frozen=True)
class Leftover:
    """Something of Python 2 at a line and column (from 1) of a snippet: what it is, and what to write instead."""

    line: int
    column: int
    what: str
    instead: str


@cache
def _syntax() -> tuple[tuple[re.Pattern[str], str, str, str], ...]:
    """What to look for, what to put in its place, and both in words; made when some code does not compile."""
    return tuple(
        (re.compile(pattern), replacement, what, instead) for pattern, replacement, what, instead in (
            (r"(?<![\w.])print\s*>>\s*([^,\n]+),?", r"_p, \1,", "a print statement", "print(..., file=...)"),
            (r"(?<![\w.])print(?=\s+[^\s=(]|\s*[\"'])", "_p,", "a print statement", "print(...)"),
            (r"(?<![\w.])print(?=\s+\()", "_p,", "a print statement", "print(...)"),
            (r"(?<!\w)except\s+([^:\n]+?)\s*,\s*(\w+)\s*:", r"except (\1):", "except with a comma", "except ... as ...:"),
            (r"(?<!\w)raise\s+([\w.]+)\s*,\s*", r"raise \1 or ", "raise with a comma", "raise Error(...)"),
            (r"(?<![\w.])exec\s+(?=[\w\"'])", "_p, ", "an exec statement", "exec(...)"),
            (r"<>", "!=", "the operator <>", "!="),
            (r"`([^`\n]*)`", r"(\1)", "backticks", "repr(...)"),
            (r"(?<![\w.])0([0-7]+)(?![\w.])", r"0o\1", "an octal number", "0o..."),
            (r"(?<![\w.])(\d+)[lL](?!\w)", r"\1", "a long integer", "the number without L"),
            (r"(?<!\w)[uU][rR](?=[\"'])", "r", "a string with the prefix ur", "the prefix r"),
            (r"(?<!\w)lambda\s*\(([\w\s,]+)\)\s*:", r"lambda \1:", "a lambda that unpacks a tuple",
             "lambda item: ... item[0]"),
            (r"((?<!\w)def\s+\w+\s*\([^)]*?)\(([\w\s,]+)\)", r"\1\2", "a parameter that unpacks a tuple",
             "unpack in the body"),
        ))


def syntax_leftovers(snippet: Snippet) -> tuple[list[Leftover], Verdict]:
    """What keeps a snippet from compiling that Python 2 allowed, and the verdict when all that is written anew."""
    judged = verdict(snippet)
    if judged.compiles:
        return [], judged
    return _anew(snippet.text, judged, lambda text: verdict_on(text, snippet))


def leftovers_in_file(text: str) -> tuple[list[Leftover], Verdict]:
    """The same for a whole file."""
    judged = verdict_of_file(text)
    return ([], judged) if judged.compiles else _anew(text, judged, verdict_of_file)


def _anew(text: str, judged: Verdict, judge: Callable[[str], Verdict]) -> tuple[list[Leftover], Verdict]:
    found: list[Leftover] = []
    as_written = text.split("\n")
    while not judged.compiles and len(found) < 50:
        lines = text.split("\n")
        at = min(judged.line, len(lines)) - 1
        for pattern, replacement, what, instead in _syntax():
            match = pattern.search(lines[at])
            if match:
                written = pattern.search(as_written[at]) or match
                found.append(Leftover(at + 1, written.start() + 1, what, instead))
                lines[at] = pattern.sub(replacement, lines[at], count=1)
                break
        else:
            break
        text = "\n".join(lines)
        judged = judge(text)
    return found, judged


NAMES = {
    "unicode": "str", "basestring": "str", "long": "int", "xrange": "range", "unichr": "chr", "raw_input": "input",
    "reduce": "functools.reduce", "execfile": "exec(open(...).read())", "file": "open", "cmp": "(a > b) - (a < b)",
    "reload": "importlib.reload", "intern": "sys.intern", "coerce": "nothing", "buffer": "memoryview",
    "StandardError": "Exception",
}
METHODS = {
    "has_key": "'key in ...'", "iteritems": "items()", "itervalues": "values()", "iterkeys": "keys()",
    "viewitems": "items()", "viewvalues": "values()", "viewkeys": "keys()",
}
MODULES = {
    "urllib2": "urllib.request", "urlparse": "urllib.parse", "httplib": "http.client", "cookielib": "http.cookiejar",
    "HTMLParser": "html.parser", "htmlentitydefs": "html.entities", "cPickle": "pickle", "cStringIO": "io",
    "StringIO": "io", "ConfigParser": "configparser", "Queue": "queue", "SocketServer": "socketserver",
    "BaseHTTPServer": "http.server", "xmlrpclib": "xmlrpc.client", "commands": "subprocess", "copy_reg": "copyreg",
    "thread": "_thread", "md5": "hashlib", "sha": "hashlib", "sets": "set", "__builtin__": "builtins",
    "dummy_thread": "_thread", "anydbm": "dbm", "popen2": "subprocess",
    "pyfits": "astropy.io.fits", "pywcs": "astropy.wcs", "nevow": "twisted.web.template",
}
ATTRIBUTES = {
    **{f"urllib.{name}": f"urllib.parse.{name}" for name in (
        "quote", "quote_plus", "unquote", "unquote_plus", "urlencode")},
    **{f"urllib.{name}": f"urllib.request.{name}" for name in ("urlopen", "urlretrieve", "URLopener", "pathname2url")},
    **{f"string.{name}": f"str.{name}" for name in (
        "join", "split", "replace", "strip", "lower", "upper", "find", "atoi", "atof", "maketrans", "zfill")},
    "string.letters": "string.ascii_letters", "string.lowercase": "string.ascii_lowercase",
    "string.uppercase": "string.ascii_uppercase", "sys.maxint": "sys.maxsize", "os.getcwdu": "os.getcwd",
    "itertools.izip": "zip", "itertools.imap": "map", "itertools.ifilter": "filter",
    "itertools.izip_longest": "itertools.zip_longest", "itertools.ifilterfalse": "itertools.filterfalse",
    "types.StringType": "str", "types.UnicodeType": "str", "types.ListType": "list", "types.DictType": "dict",
    "types.StringTypes": "str", "types.IntType": "int", "types.FloatType": "float", "types.TupleType": "tuple",
    "time.clock": "time.perf_counter", "inspect.getargspec": "inspect.signature",
    "collections.Mapping": "collections.abc.Mapping", "collections.Iterable": "collections.abc.Iterable",
    "collections.MutableMapping": "collections.abc.MutableMapping", "collections.Callable": "collections.abc.Callable",
}


@dataclass(frozen=True)
class Use:
    """A name of Python 2 in a syntax tree: the node, what is written, what to write instead."""

    node: ast.AST
    written: str
    instead: str


def name_leftovers(tree: ast.AST, bound: frozenset[str] | set[str],
                   modules: frozenset[str] | set[str] = frozenset()) -> Iterator[Use]:
    """Names, methods and modules that Python 3 has not. `bound` are names that mean something else here.

    An attribute of a module counts only where the module is imported (`modules` elsewhere), or is one that DaCHS hands
    to all code.
    """
    modules = (modules | imported_names(tree) | _HANDED_OVER) - (bound_names(tree) - imported_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if node.id in NAMES and node.id not in bound:
                yield Use(node, node.id, NAMES[node.id])
        elif isinstance(node, ast.Attribute):
            written = f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""
            if written in ATTRIBUTES and written.partition(".")[0] in modules:
                yield Use(node, written, ATTRIBUTES[written])
            elif node.attr in METHODS:
                yield Use(node, f".{node.attr}", METHODS[node.attr])
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift):
            if isinstance(node.left, ast.Name) and node.left.id == "print":
                yield Use(node, "print >>", "print(..., file=...)")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in MODULES:
                    top = alias.name.partition(".")[0]
                    yield Use(node, f"import {alias.name}", f"import {MODULES[top]}")
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            top = node.module.partition(".")[0]
            if top in MODULES:
                yield Use(node, f"from {node.module}", f"from {MODULES[top]}")
            for alias in node.names:
                if f"{node.module}.{alias.name}" in ATTRIBUTES:
                    yield Use(node, f"{node.module}.{alias.name}", ATTRIBUTES[f"{node.module}.{alias.name}"])


_SUSPECT = re.compile(
    r"\b(?:" + "|".join([*NAMES, *METHODS, *MODULES, *sorted({name.replace(".", r"\.") for name in ATTRIBUTES}),
                         "itertools"]) + r")\b|print\s*>>")


@lru_cache(maxsize=50_000)
def suspicious(text: str) -> bool:
    """Whether there may be name_leftovers in code, at a glance."""
    return _SUSPECT.search(text) is not None


_HANDED_OVER = frozenset({"urllib", "os", "sys", "time", "re", "math", "datetime"})


def imported_names(tree: ast.AST) -> set[str]:
    """The names of modules that code imports."""
    return {(alias.asname or alias.name).partition(".")[0] for node in ast.walk(tree)
            if isinstance(node, ast.Import) for alias in node.names}


def bound_names(tree: ast.AST) -> set[str]:
    """The names that code gives a meaning: assigned, imported, defined, arguments."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            found.update(node.names)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
    return found
