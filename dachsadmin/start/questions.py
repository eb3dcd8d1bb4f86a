"""The questions of a template: what they ask for, in which form, and where an answer may come from."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dachsadmin.errors import UsageError
from dachsadmin.start.quoting import python_literal
from dachsadmin.start.survey import NUMERIC, ROLES, Field, Survey, Value

TYPES = ("text", "lines", "words", "choice", "uat-subjects", "date", "number", "boolean", "name", "value", "column", "columns")
"""What an answer can be.

text: one line. lines: a text of any length. words: a list, parted by commas. choice: one of `choices`. uat-subjects: terms of the
Unified Astronomy Thesaurus in their spelling for machines. date: ISO 8601. name: an identifier. value: what a file tells, as a
Python expression with `@KEYWORD` in it, or a constant. column, columns: fields of the survey, by their names.
"""
ASKED = ("always", "unsure", "never")
"""When a terminal is asked: always, if there is no certain answer, or only by --set and --answers."""

_NAMED = 5
"""How many fields are named to one who names another."""
AT = re.compile(r"@([A-Za-z_]\w*)")
_SUBJECT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?)?\Z")


class Hole(str):
    """What stands in the RD for an answer that nobody gave; the text between the per cent signs."""

    __slots__ = ()


class Expression(str):
    """Python code for a rowmaker: from introspection or from the operator, never from the content of a file."""

    __slots__ = ()


@dataclass(frozen=True)
class Question:
    """One question. `text` ends without a question mark and tells the unit, if there is one.

    `role` names what the survey may know (survey.ROLES; of several words the first one that it does), `default` is a
    constant for where it does not, `choices` what a choice is among, `ask` one of ASKED. An optional question that has no
    answer leaves its part out of the RD.
    """

    key: str
    text: str
    type: str = "text"
    role: str = ""
    default: Value = None
    why: str = ""
    """Why that default is proposed."""
    fact: str = ""
    """Where the survey has the answer besides its roles: `spectrum.flux_unit`."""
    choices: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    """Of `columns`: roles whose fields the template has in columns of its own."""
    required: bool = True
    ask: str = "unsure"

    @property
    def hole(self) -> Hole:
        return Hole(f"%{self.key}: {self.text}%")


def read(described: Mapping[str, Any], origin: str) -> tuple[Question, ...]:
    """Questions from the `questions` of a YAML file; ValueError names what is wrong there."""
    found = []
    for key, entry in described.items():
        entry = dict(entry)
        entry |= {name: tuple(map(str, entry[name])) for name in ("choices", "omit") if name in entry}
        question = Question(key, **entry)
        if question.type not in TYPES or question.ask not in ASKED or not set(question.role.split()) <= set(ROLES):
            raise ValueError(f"{origin}: question {key} has a type, role or ask that there is not")
        if "%" in question.text or not _NAME.match(key):
            raise ValueError(f"{origin}: question {key} would not make a hole that val reports")
        found.append(question)
    return tuple(found)


def understand(question: Question, said: Any, survey: Survey) -> Any:
    """What an operator's words mean for a question. Raises UsageError that names the question and what would do."""
    if isinstance(said, (list, tuple)):
        said = ", ".join(map(str, said))
    text = "yes" if said is True else "no" if said is False else str(said).strip()
    if not text:
        raise _misfit(question, text, "an answer that is not empty")
    return _READERS.get(question.type, _text)(question, text, survey)


def strange_names(expression: Expression, survey: Survey) -> list[str]:
    """The `@NAME` in an expression that no field of the survey goes by."""
    known = {re.sub(r"\W", "_", each.source) for each in survey.fields}
    known |= {name for written in (*survey.fields, *survey.proposals) for name in AT.findall(
        written.value if isinstance(written, Field) else written.expression)}
    return sorted(set(AT.findall(expression)) - known)


def _text(question: Question, text: str, survey: Survey) -> str:
    return " ".join(text.split())


def _lines(question: Question, text: str, survey: Survey) -> str:
    return text


def _words(question: Question, text: str, survey: Survey) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split(",") if part.strip())


def _choice(question: Question, text: str, survey: Survey) -> str:
    for choice in question.choices:
        if choice.casefold() == text.casefold():
            return choice
    raise _misfit(question, text, f"one of {', '.join(question.choices)}")


def _subjects(question: Question, text: str, survey: Survey) -> tuple[str, ...]:
    terms = _words(question, text, survey)
    for term in terms:
        if not _SUBJECT.match(term):
            raise _misfit(question, term, "a term such as stellar-spectral-types (http://www.ivoa.net/rdf/uat)")
    return terms


def _date(question: Question, text: str, survey: Survey) -> str:
    if not _DATE.match(text):
        raise _misfit(question, text, "a date such as 2026-11-22")
    return text


def _number(question: Question, text: str, survey: Survey) -> float | int:
    number = _as_number(text)
    if number is None:
        raise _misfit(question, text, "a number")
    return number


def _boolean(question: Question, text: str, survey: Survey) -> bool:
    if text.lower() in ("yes", "y", "true", "1"):
        return True
    if text.lower() in ("no", "n", "false", "0"):
        return False
    raise _misfit(question, text, "yes or no")


def _name(question: Question, text: str, survey: Survey) -> str:
    if not _NAME.match(text):
        raise _misfit(question, text, "a name of letters, digits and _")
    return text


def _value(question: Question, text: str, survey: Survey) -> Expression:
    if "@" not in text:
        number = _as_number(text)
        if number is None and NUMERIC & set(question.role.split()):
            raise _misfit(question, text, "a number, or Python over what the files tell, such as @EXPTIME/1000")
        return Expression(python_literal(text) if number is None else repr(number))
    try:
        ast.parse(AT.sub(r"\1", text), mode="eval")
    except (SyntaxError, ValueError):
        raise _misfit(question, text, "a Python expression such as @SNRG or float(@EXPTIME)/1000") from None
    if "\\" in text:
        raise _misfit(question, text, "an expression without a backslash, which DaCHS would take for a macro")
    return Expression(text)


def _column(question: Question, text: str, survey: Survey) -> Field:
    for each in survey.fields:
        if text in (each.source, each.name):
            return each
    sources = [each.source for each in survey.fields]
    such = difflib.get_close_matches(text, sources, _NAMED) or sources[:_NAMED]
    raise _misfit(question, text, f"a field that the files have, such as {', '.join(such)}" if such else "a field, and there is none")


def _columns(question: Question, text: str, survey: Survey) -> tuple[Field, ...]:
    if text.lower() == "none":
        return ()
    return tuple(_column(question, word, survey) for word in _words(question, text, survey))


def _as_number(text: str) -> float | int | None:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if abs(number) < float("inf") else None
    return None


def _misfit(question: Question, text: str, wanted: str) -> UsageError:
    return UsageError(f"{question.key} cannot be {text!r}: it takes {wanted}", f"add --set {question.key}=...")


_READERS = {"text": _text, "lines": _lines, "words": _words, "choice": _choice, "uat-subjects": _subjects, "date": _date,
            "number": _number, "boolean": _boolean, "name": _name, "value": _value, "column": _column, "columns": _columns}
