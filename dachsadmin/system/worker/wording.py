"""What DaCHS says, as one line without wrapping, addresses and positions, and with the facts that it is about."""

from __future__ import annotations

import re
import traceback
from types import SimpleNamespace

from dachsadmin.system.worker import footprint

# How a message of DaCHS's validation is recognised; the first that fits counts.
KINDS = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in (
    ("unit-unknown", r"Unit .* is not interoperable"),
    ("unit-bad", r"^Bad unit "),
    ("ucd", r"UCD .* not accepted"),
    ("database-differs", r"^Table \S+: "),
    ("column-name", r"not a regular\s+ADQL"),
    ("missing-metadata", r"^Missing metadata "),
    ("subject", r" has subject .* not from"),
    ("coverage", r"^Invalid STC-S"),
    ("registry-record", r"registry record|^Table publication of .* could not be built"),
    ("rst", r" has an RST problem"),
    ("resource-directory", r"resource directory .* does not exist"),
    ("null", r"may be null but has no explicit null value"),
    ("test-code", r"^Bad test "),
    ("formatter", r"^Bad formatter "),
    ("datalink-code", r"^Bad datalink function "),
    ("job-code", r"^Bad code in job "),
    ("id-overwritten", r"overwrit"),
))
POSITION = re.compile(r"(\S*/\S+?|IO:'.*?'),\s*(?:\((\d+),\s*(\d+)\)|line\s+(\d+))", re.DOTALL)
_XML_POSITION = re.compile(r"^(\S*/\S+) ([^\n]*?): line (\d+), column (\d+)")
_LEADING = re.compile(r"(?:\*\*\* Error:|Somewhere near|At or near|At|In element at|In Element at|In|While parsing source)\s+"
                      r"(?:\S*/\S+?|IO:'.*?'),\s*(?:near\s+)?(?:\(\d+,\s*\d+\)|line\s+-?\d+)"
                      r"(?:\s*\(replaying, real error position.*?\)\))?\s*:\s*", re.DOTALL)
_TRAILING = re.compile(r"\s*\(At \S+, \(\d+, \d+\)\)\s*$")
_ADDRESS = re.compile(r"(\b0x|\bproc)[0-9a-f]{6,16}\b|(?<=<generated code) \d+(?=>)")
_XSD = re.compile(r"^<[^>]*>:\d+:\d+:[A-Z]+:\w+:\w+: ", re.MULTILINE)


def of_exception(error: BaseException) -> str:
    """What `dachs` would tell the operator of an exception, without a traceback."""
    from gavo import base, utils
    from gavo.base import sqlsupport
    from gavo.user import errhandle

    if not isinstance(error, (base.Error, utils.Error, sqlsupport.DBError)):
        return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    said: list = []
    try:
        try:
            raise error
        except type(error):
            errhandle.raiseAndCatch(SimpleNamespace(showHints=False, enablePDB=False, alwaysTracebacks=False),
                                    output=said.append)
    except Exception:
        said = [str(error)]
    return "".join(said).strip().removeprefix("*** Error: ")


def message(text: str, *, path: str, rd, error: BaseException | None = None, names: dict | None = None, category: str = "",
            kind: str = "", event: str = "", element=None, context: dict | None = None) -> dict:
    """One message: text, line, column and context.

    `names` are the variables where DaCHS said it; `element` the structure that it is about.
    """
    facts: dict = dict(context or {})
    facts["kind"] = kind or next((name for name, pattern in KINDS if pattern.search(text)), "")
    if category:
        facts["category"] = " ".join(category.split())
    if event:
        facts["event"] = event
    if error is not None:
        _of_error(facts, error)
    if element is not None:
        _of_element(facts, element)
    _of_names(facts, names or {}, text, rd)
    line, column = _position(facts, text, error, path)
    if not line:
        line = _line_of(element if element is not None else _innermost(facts, names or {}), path)
    return {"text": _plain(text), "line": line, "column": column,
            "context": {name: value for name, value in facts.items() if value not in ("", None, [])}}


def _plain(text: str) -> str:
    before = None
    while before != text:
        before, text = text, _LEADING.sub("", text, count=1) if _LEADING.match(text) else text
    text = _TRAILING.sub("", text)
    text = _XML_POSITION.sub(r"\2", text)
    return _ADDRESS.sub(lambda found: found[1] or "", " ".join(_XSD.sub("", text).split()))


def _of_error(facts: dict, error: BaseException) -> None:
    facts["exception"] = type(error).__name__
    if getattr(error, "hint", None):
        facts["hint"] = _plain(str(error.hint))
    if getattr(error, "failures", None):
        facts["failures"] = [str(failure) for failure in error.failures]
        facts["carrier"] = str(getattr(error, "carrierRepr", ""))
    for name, attribute in (("attribute", "attName"), ("literal", "literal"), ("macro", "macroName"), ("lookedFor", "lookedFor"),
                            ("what", "what"), ("within", "within"), ("code_type", "codeType")):
        value = getattr(error, attribute, None)
        if isinstance(value, str):
            facts[name.replace("lookedFor", "looked_for")] = value[:500]
    chain = causes(error)
    if len(chain) > 1:
        facts["cause"] = _plain(f"{type(chain[-1]).__name__}: {chain[-1]}")
    for link in chain:
        for frame, line in traceback.walk_tb(link.__traceback__):
            name = frame.f_code.co_filename
            if name.startswith("/") and not footprint.current.is_installed(name):
                facts["python_file"], facts["python_line"] = name, line


def _of_element(facts: dict, element) -> None:
    """What kind of structure it is about, and in which table or service or for which table it stands."""
    facts["element"] = str(getattr(element, "name_", ""))
    facts["resource"] = _safely(lambda: str(element.id or "")) or _safely(lambda: str(element.parent.id or ""))
    table = element if hasattr(element, "getQName") else getattr(element, "table", None)
    if table is not None and not facts.get("table_id"):
        facts["table_id"] = _safely(lambda: str(table.id or ""))


def causes(error: BaseException) -> list[BaseException]:
    """An exception and what led to it: DaCHS replaces exceptions of RD code by its own."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = getattr(link, "origExc", None) or link.__cause__ or link.__context__
    return chain


def _of_names(facts: dict, names: dict, text: str, rd) -> None:
    """Which table, column, service, ... it was about, from the variables of DaCHS's function."""
    table, column = names.get("td"), names.get("col")
    if table is not None:
        facts["table"] = _safely(lambda: str(table.getQName()))
        facts["table_id"] = _safely(lambda: str(table.id))
        if facts["kind"] in ("unit-unknown", "unit-bad", "ucd", "column-name") and any(column is item for item in table):
            facts["column"] = str(column.name)
            facts["unit"], facts["ucd"] = str(column.unit or ""), str(column.ucd or "")
    resource = names.get("res") or names.get("svc")
    if resource is not None:
        facts["resource"] = _safely(lambda: str(resource.id))
        facts["element"] = str(getattr(resource, "name_", ""))
    for name, key in (("subject", "subject"), ("key", "meta")):
        if names.get(name) is not None and (name != "subject" or facts["kind"] == "subject"):
            facts[key] = str(names[name])
    for name in ("test", "job"):
        if names.get(name) is not None and facts["kind"] in (f"{name}-code",):
            facts["title"] = _safely(lambda: str(names[name].title))
    if facts["kind"] == "formatter" and names.get("outputField") is not None:
        facts["column"] = str(names["outputField"].name)
    if facts["kind"] == "null":
        facts["column"] = (re.search(r"Column\s+(\S+)\s+may be null", text) or [None, ""])[1]


def _innermost(facts: dict, names: dict):
    wanted = {"test-code": "test", "job-code": "job", "formatter": "outputField", "rst": "el"}.get(facts["kind"])
    if wanted:
        return names.get(wanted)
    if facts.get("column") and names.get("col") is not None:
        return names["col"]
    return names.get("res") or names.get("svc") or names.get("td")


def _position(facts: dict, text: str, error: BaseException | None, path: str) -> tuple[int, int]:
    """Line and column (from 1) in the RD's own file; a position in another file goes to the context."""
    for source in (getattr(error, "pos", None), getattr(error, "location", None), text):
        for found in POSITION.finditer(str(source or "")):
            file, line, column = found[1].lstrip("[("), int(found[2] or found[4]), int(found[3]) + 1 if found[3] else 0
            if file.startswith("IO:"):
                facts.setdefault("near", " ".join(file[4:-1].split())[:80])
            elif not path or file == path:
                if not path:
                    facts["file"] = file
                return line, column
            else:
                facts.setdefault("file", file)
                facts.setdefault("file_line", line)
    if found := _XML_POSITION.search(text):
        if found[1] == path:
            return int(found[3]), int(found[4]) + 1
        facts.setdefault("file", found[1])
    in_file = getattr(error, "inFile", None)
    if in_file and str(in_file) != path:
        facts.setdefault("file", str(in_file))
    return 0, 0


def _line_of(element, path: str) -> int:
    """The line that DaCHS noted for a structure, if it comes from this RD's file."""
    if element is None or not hasattr(element, "getSourcePosition"):
        return 0
    found = POSITION.search(str(_safely(element.getSourcePosition)))
    return int(found[4] or found[2]) if found and found[1] == path else 0


def _safely(call):
    try:
        return call()
    except Exception:
        return ""
