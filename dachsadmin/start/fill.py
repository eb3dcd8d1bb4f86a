"""The RD made from a template, a survey and the answers: always well-formed, and nothing from a file is ever code."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from dachsadmin.model import vounits
from dachsadmin.rd import document
from dachsadmin.start.answers import Answer
from dachsadmin.start.catalogue import FOLDER, Template
from dachsadmin.start.questions import Hole
from dachsadmin.start.quoting import plain, python_literal, sql_literal
from dachsadmin.start.spectral import in_metres
from dachsadmin.start.survey import Field, Survey

WIDTH = 96
INTEGERS = {"smallint": -2**15, "integer": -2**31, "bigint": -2**63}
"""Types that have no NULL in VOTables, and the least value of each."""


@dataclass(frozen=True)
class Place:
    """Where the RD will stand, and for whom it is written."""

    schema: str
    resdir: str
    """The resource directory, below inputsDir; its name alone if it stands elsewhere."""
    created: datetime.datetime
    """UTC."""
    dachs: tuple[int, ...]
    """The version of DaCHS that has to understand the RD: (2, 7)."""
    file: str = "q.rd"
    tree: str = ""
    """DaCHS's inputsDir, if the RD is not below it."""

    @property
    def rd_id(self) -> str:
        return f"{self.resdir}/{self.file.removesuffix('.rd')}"


@dataclass(frozen=True)
class Open:
    """A question that nobody answered, and the line of the RD that its hole is in (0: none)."""

    answer: Answer
    line: int


@dataclass(frozen=True)
class Made:
    """The RD's text, and what is open in it."""

    text: str
    open: tuple[Open, ...]


def fill(template: Template, survey: Survey, answers: Sequence[Answer], place: Place) -> Made:
    """Write the RD. An answer that fails to come up leaves `%...%`, which val reports as DA226 template-hole."""
    context: dict[str, Any] = {answer.question.key: answer.question.hole if answer.open else answer.value for answer in answers}
    text = _environment(survey.reading.grammar, survey.looked_at < survey.total).get_template(template.rd).render(
        context | {"survey": survey, "place": place, "template": template, "dachs": place.dachs,
                   "created": place.created.strftime("%Y-%m-%dT%H:%M:%SZ")})
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    failure = document.parse(text.encode("utf-8"), place.rd_id, place.file).failure
    if failure is not None:
        raise AssertionError(f"template {template.name} makes no well-formed RD: {failure.message}")
    return Made(text, tuple(Open(answer, _line(text, answer)) for answer in answers if answer.open))


def _line(text: str, answer: Answer) -> int:
    """The line that the hole of an open question begins in."""
    at = text.find(f"%{answer.question.key}:")
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


@cache
def _environment(grammar: str, sampled: bool) -> Any:
    """jinja2 that escapes every value for XML, takes macros and control characters out, and fails for unknown names.

    `sampled`: there are files that nobody has looked at, which may lack anything.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(FOLDER)), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, finalize=_harmless)
    environment.filters |= {
        "text": _as_content(str), "py": _as_content(python_literal), "sql": _sql, "lines": _lines, "sentence": _sentence, "described": _described,
        "unit": _unit, "primary": _primary, "folder": _folder, "null": null_of, "but": replace,
        "at": lambda field: at(field, grammar), "key": lambda field: key_of(field, grammar)}
    environment.globals |= {"integers": INTEGERS, "in_metres": in_metres, "sampled": sampled}
    environment.tests["hole"] = lambda value: isinstance(value, Hole)
    environment.tests["deprecated"] = _deprecated
    return environment


def _deprecated(unit: str) -> bool:
    """Whether VOUnits advises against a unit, which data may come in nevertheless."""
    parsed = vounits.parse(unit) if unit and not isinstance(unit, Hole) else None
    return parsed is not None and parsed.kind is vounits.Kind.DEPRECATED


def _harmless(value: Any) -> Any:
    """What every value goes through that is not yet made safe: whatever it holds, it ends neither element nor attribute."""
    from markupsafe import Markup

    if isinstance(value, Markup):
        return value
    if value is None:
        raise AssertionError("a template writes a question that was left out; ask for it with {% if %}")
    clean = value if isinstance(value, Hole) else plain(str(value), lines=True)
    return Markup(escape(clean, {'"': "&quot;"}))


def _as_content(write: Callable[[str], str]) -> Callable[[Any], Any]:
    """A filter for the content of elements, where quotes stay as they are. Holes and numbers are never quoted."""
    def content(value: Any) -> Any:
        from markupsafe import Markup

        if isinstance(value, Markup):
            return value
        written = str(value) if isinstance(value, (Hole, int, float)) else write(str(value))
        return Markup(escape(written if isinstance(value, Hole) else plain(written, lines=True)))
    return content


def _sql(value: str) -> str:
    """A literal of SQL for an attribute; a hole stays one, for val to see."""
    return value if isinstance(value, Hole) else sql_literal(value)


def _lines(value: Any, indent: int = 4) -> Any:
    """A text in lines of an RD's width, each but the first indented; paragraphs stay apart."""
    from markupsafe import Markup

    if isinstance(value, Hole):
        return Markup(escape(value))
    paragraphs = [" ".join(part.split()) for part in plain(str(value), lines=True).split("\n\n")]
    wrapped = ["\n".join(textwrap.wrap(part, WIDTH - indent, break_long_words=False, break_on_hyphens=False))
               for part in paragraphs if part]
    return Markup(escape("\n\n".join(wrapped).replace("\n", "\n" + " " * indent)))


def _sentence(value: str) -> str:
    """A description as a sentence."""
    text = plain(value).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def _described(field: Field) -> str:
    """What a column holds, in the files' words, with a unit that VOUnits does not have; else its name."""
    unit = f", in {field.unknown_unit}" if field.unknown_unit else ""
    return _sentence(field.description.rstrip(".") + unit) if field.description else f"{field.source}{unit}"


def _unit(value: str) -> str:
    """What an RD has for a unit: nothing for `none`."""
    return value if isinstance(value, Hole) or value.lower() != "none" else ""


def _primary(ucd: str) -> str:
    """The first word of a UCD."""
    return ucd if isinstance(ucd, Hole) else ucd.partition(";")[0]


def _folder(pattern: str) -> str:
    """The directory that a pattern's files are below, `` for the resource directory itself."""
    fixed = []
    for part in pattern.split("/")[:-1]:
        if any(char in part for char in "*?["):
            break
        fixed.append(part)
    return "/".join(fixed)


def null_of(field: Field) -> str:
    """What stands for NULL in a column of integers: a value that the files do not have."""
    never_negative = isinstance(field.minimum, (int, float)) and field.minimum >= 0
    return field.null or str(-1 if never_negative else INTEGERS[field.type])


def key_of(field: Field, grammar: str) -> str:
    """What a rowmaker knows a field by: the grammar for FITS headers has no hyphens (DaCHS 2.7, fitsProdGrammar)."""
    return field.source.replace("-", "_") if grammar == "fitsProdGrammar" else field.source


def at(field: Field, grammar: str) -> str:
    """The Python expression for a field's value in a rowmaker."""
    key = key_of(field, grammar)
    return field.value or (f"@{key}" if key.isidentifier() else f"vars[{python_literal(key)}]")
