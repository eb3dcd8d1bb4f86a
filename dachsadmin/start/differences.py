"""Where the files of a survey are not what an RD expects."""

from __future__ import annotations

import ast
import difflib
import fnmatch
import os
import re
from collections.abc import Iterator

from dachsadmin.rd.code import Snippet, snippets, verdict
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.procedures import AT_NAME
from dachsadmin.start.survey import Field, Survey

Difference = tuple[int, str]
"""A line of the RD (from 1; 0 for the whole) and what differs."""

_ROWS = frozenset({"vars", "row", "rawdict", "result"})
_MADE_BY_DACHS = re.compile(r"prodtbl\w+|ssa_\w+|\w+_|accref|owner|embargo|mime|accsize", re.ASCII)
_ONE_NAME = re.compile(r"@([A-Za-z_]\w*)")
_KINDS = {"text": "text", "char": "text", "unicode": "text", "smallint": "integer", "integer": "integer",
          "bigint": "integer", "real": "number", "double precision": "number", "boolean": "boolean", "timestamp": "time",
          "date": "time"}
_WIDTHS = {"smallint": 1, "integer": 2, "bigint": 3}
_NAMES_FROM_FILES = frozenset({"fitsProdGrammar", "fitsTableGrammar", "voTableGrammar", "csvGrammar",
                               "keyValueGrammar"})
"""Grammars that call values as the files do; in the others, the RD names them."""
_SHOWN = 30


def differences(rd: Document, survey: Survey, resdir: str) -> list[Difference]:
    """What an RD reads and the files lack, what differs in unit or type, what no file matches, and what is new."""
    found = list(_unmatched(rd, survey, resdir))
    rowmakers = [each for each in rd.elements("rowmaker") if _reads_files(each, rd)]
    if not rowmakers:
        return found
    fields = {called(each, survey): each for each in survey.fields}
    read = dict(_read(rd, rowmakers))
    made = set(_made(rd))
    for name, line in read.items():
        if name in fields:
            lacking, source = fields[name].missing, fields[name].source
            if lacking:
                found.append((line, f"{lacking} of {survey.looked_at} files looked at have no {source}"))
        elif name not in made and not _MADE_BY_DACHS.fullmatch(name):
            found.append((line, f"none of {survey.looked_at} files looked at has {name}{_instead(name, fields, read)}"))
    for column, name, line in _mapped(rd, rowmakers):
        if name in fields:
            found += [(line, text) for text in _compared(column, fields[name])]
    unused = [each.source for name, each in fields.items() if name not in read]
    if unused:
        more = f" and {len(unused) - _SHOWN} more" if len(unused) > _SHOWN else ""
        found.append((0, f"the files have what the RD does not use: {', '.join(unused[:_SHOWN])}{more}"))
    return found


def called(field: Field, survey: Survey) -> str:
    """What a rowmaker calls a field: DaCHS makes identifiers of the keywords of FITS headers, and of the fields of VOTables."""
    if survey.reading.grammar.startswith("fits") or survey.kind in ("spectrum", "image"):
        return re.sub(r"\W", "_", field.source, flags=re.ASCII)
    made = AT_NAME.search(field.value) if survey.reading.grammar == "voTableGrammar" else None
    return made[1] if made else field.source


def _reads_files(element: Element, rd: Document) -> bool:
    """Whether what a rowmaker or rowfilter reads are names that stand in the files, and no names given by the RD."""
    homes = [element.within("data"), *(each.within("data") for each in _makes(element, rd))]
    return any(child.tag in _NAMES_FROM_FILES for data in homes if data is not None for child in data.children)


def _makes(rowmaker: Element, rd: Document) -> list[Element]:
    """The makes that use a rowmaker: the one around it, and those that refer to it."""
    around, name = rowmaker.within("make"), rowmaker.get("id")
    referring = [each for each in rd.elements("make") if each.get("rowmaker") == name] if name else []
    return referring if around is None else [around, *referring]


def _read(rd: Document, rowmakers: list[Element]) -> Iterator[tuple[str, int]]:
    """The names that rowmakers and grammars read, with the line of the first use of each."""
    places: dict[str, int] = {}
    for snippet in snippets(rd):
        home = snippet.element.within("rowmaker", "rowfilter", "procDef")
        if home is None or (home.tag != "procDef" and home not in rowmakers and not _reads_files(home, rd)):
            continue
        names = [match[1] for match in AT_NAME.finditer(snippet.text)] if snippet.at else []
        for name in (*names, *(key for key, assigned in _keys(snippet) if not assigned)):
            places.setdefault(name, rd.location(snippet.element).line)
    for source, _new, element in _renamed(rd):
        places.setdefault(re.sub(r"\W", "_", source, flags=re.ASCII), rd.location(element).line)
    for _column, name, line in _mapped(rd, rowmakers):
        places.setdefault(name, line)
    yield from places.items()


def _mapped(rd: Document, rowmakers: list[Element]) -> Iterator[tuple[Element | None, str, int]]:
    """The columns (None if not written in the RD) that get a value as it is, its name, and the line that says so."""
    for rowmaker in rowmakers:
        columns = _fed(rowmaker, rd)
        filled = set()
        for element in rowmaker.iter("map", "var"):
            key = (element.get("key") or element.get("dest") or "").strip()
            filled.add(key)
            plain = _ONE_NAME.fullmatch(element.text.strip())
            name = plain[1] if plain else (element.get("source") or element.get("src") or "").strip()
            if name:
                yield columns.get(key), name, rd.location(element).line
        for pair in (rowmaker.get("simplemaps") or "").split(","):
            key, colon, name = (part.strip() for part in pair.partition(":"))
            if colon:
                yield columns.get(key), name, rd.location(rowmaker).line
        patterns = [each.strip() for each in (rowmaker.get("idmaps") or "").split(",")]
        for name, column in columns.items():
            if name not in filled and any(fnmatch.fnmatchcase(name, each) for each in patterns):
                yield column, name, rd.location(rowmaker).line


def _fed(rowmaker: Element, rd: Document) -> dict[str, Element]:
    """The columns written in the tables that a rowmaker feeds."""
    tables = {each.get("table") for each in _makes(rowmaker, rd)}
    return {(column.get("name") or "").strip(): column for table in rd.elements("table") if table.get("id") in tables
            for column in table.iter("column") if column.get("name")}


def _made(rd: Document) -> Iterator[str]:
    """The names that rowmakers and grammars define themselves."""
    for element in rd.elements("var"):
        yield (element.get("key") or element.get("name") or "").strip()
    for snippet in snippets(rd):
        yield from (key for key, assigned in _keys(snippet) if assigned)
    for _source, new, _element in _renamed(rd):
        yield new


def _keys(snippet: Snippet) -> Iterator[tuple[str, bool]]:
    """The keys of rows in Python code (`row["points"]`), and whether the code gives them a value."""
    judged = verdict(snippet)
    for node in ast.walk(judged.tree) if judged.compiles else ():
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in _ROWS and isinstance(
                node.slice, ast.Constant) and isinstance(node.slice.value, str):
            yield node.slice.value, isinstance(node.ctx, ast.Store)
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Dict):
            yield from ((key.value, True) for key in node.value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def _renamed(rd: Document) -> Iterator[tuple[str, str, Element]]:
    """What mapKeys rename: source, new name, and where it is said."""
    for keys in rd.elements("mapKeys"):
        for pair in "".join(keys.chunks).split(","):
            new, colon, source = pair.partition(":")
            if colon:
                yield source.strip(), new.strip(), keys
        for child in keys.children:
            yield child.text.strip(), (child.get("key") or child.get("dest") or "").strip(), child


def _compared(column: Element | None, field: Field) -> Iterator[str]:
    if column is None:
        return
    name, unit, type_ = column.get("name"), (column.get("unit") or "").strip(), (column.get("type") or "real").strip()
    found = field.unit or field.unknown_unit
    if found and found != unit:
        yield f"column {name} has the unit {unit or 'none'}, {field.source} has {found} in the new files"
    expected, there = _KINDS.get(type_.partition("(")[0], ""), _KINDS.get(field.type, "")
    narrow = _WIDTHS.get(type_, 3) < _WIDTHS.get(field.type, 0)
    other = expected and there and expected not in ("text", there) and (expected, there) != ("number", "integer")
    if other or narrow:
        yield f"column {name} is {type_}, {field.source} is {field.type} in the new files"


def _instead(name: str, fields: dict[str, Field], read: dict[str, int]) -> str:
    """The field that seems to have come in the place of one that is gone."""
    unread = {each.upper().replace("_", ""): each for each in fields if each not in read}
    match = difflib.get_close_matches(name.upper().replace("_", ""), unread, 1, 0.75)
    return f"; {fields[unread[match[0]]].source} is new" if match else ""


def _unmatched(rd: Document, survey: Survey, resdir: str) -> Iterator[Difference]:
    for element, pattern, _span in _patterns(rd):
        if survey.files and not _matches(pattern, survey, resdir, recurse=is_true(element.get("recurse"))):
            yield rd.location(element).line, f"none of the new files matches {pattern!r}; {survey.pattern!r} would"


def lone_pattern(rd: Document, survey: Survey, resdir: str) -> tuple[tuple[int, int], str] | None:
    """The one pattern of an RD, if it matches none of the files: the bytes where it stands, and itself."""
    patterns = list(_patterns(rd))
    if len(patterns) != 1 or not survey.pattern or not survey.files:
        return None
    element, pattern, span = patterns[0]
    if span is None or _matches(pattern, survey, resdir, recurse=is_true(element.get("recurse"))):
        return None
    return span, pattern


def _patterns(rd: Document) -> Iterator[tuple[Element, str, tuple[int, int] | None]]:
    """The patterns of sources, with their bytes where they can be replaced."""
    for element in rd.elements("sources"):
        pattern = element.get("pattern")
        if pattern and "\\" not in pattern and not element.replayed:
            yield element, pattern.strip(), rd.value_span(element, "pattern")


def _matches(pattern: str, survey: Survey, resdir: str, *, recurse: bool) -> bool:
    """Whether any file of the survey, named from the resource directory, is found by a pattern of sources."""
    folder, name = os.path.split(os.path.normpath(os.path.join(resdir or ".", pattern)))
    for file in survey.files:
        there, base = os.path.split(os.path.normpath(os.path.join(resdir or ".", file)))
        folders = _upwards(there) if recurse else (there,)
        if fnmatch.fnmatchcase(base, name) and any(fnmatch.fnmatchcase(each, folder) for each in folders):
            return True
    return False


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above
