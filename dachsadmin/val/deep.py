"""What DaCHS says, as findings: with the code of the static rule that means the same, and with a line where there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from dachsadmin.check.rule import Rule, discover
from dachsadmin.model.finding import Finding, Location
from dachsadmin.rd.document import Document, Element
from dachsadmin.system.worker.client import DeepMessage, DeepResult

# The rule for a message of this kind; static rules where one means the same.
BY_KIND = {
    "unit-bad": "DA200", "unit-unknown": "DA201", "ucd": "DA205", "missing-metadata": "DA220", "subject": "DA224",
    "resource-directory": "DA128", "registry-record": "DA352", "coverage": "DA352", "test-code": "DA353",
    "formatter": "DA353", "datalink-code": "DA353", "job-code": "DA353", "test-failed": "DA355", "example-failed": "DA356",
    "server": "DA902", "database-differs": "DA400",
}
# The rule for all else that a family says.
BY_FAMILY = {
    "load": "DA010", "services": "DA351", "rowmakers": "DA350", "tables": "DA354", "code": "DA353", "rst": "DA233",
    "examples": "DA356", "tests": "DA355", "crash": "DA011", "killed": "DA011", "timeout": "DA012", "memory": "DA013",
    "vocabulary": "DA900", "database": "DA901",
}
OTHER_LOAD_MESSAGE = "DA014"
TERM_NOT_IN_VOCABULARY = "DA225"
UNTESTED = "DA902"
# The fact of a message that says what is wrong, in the words of the static rules.
_VALUES = {"unit-bad": "unit", "unit-unknown": "unit", "ucd": "ucd", "subject": "subject"}
_MISSING_KEY = re.compile(r"Meta key (\S+) missing")
_BAD_TERM = re.compile(r"(\S+) meta only admits values from (\S+), but '(.*)' is not in there\.?")
_RST_PROBLEM = re.compile(r"<string>:\d+: \(\w+/\d\) (.*?)\.?(?= <string>:\d+: \(|$)")
_RECORD_FAULT = re.compile(r"(?<=\.) (?=Element ')")
_ELEMENT_OF_RECORD = re.compile(r"Element '(?:\{[^}]*\})?(\w+)'")
_NO_MEMBER = re.compile(r"^(\w+) elements have no (\w+) attributes")


@dataclass(frozen=True)
class _Part:
    """One of the things that a message says."""

    code: str
    text: str
    value: str = ""
    subject: str = ""


def to_findings(result: DeepResult, document: Document | None) -> Iterator[Finding]:
    """The findings of one RD. Without a document (a built-in RD, whose text is DaCHS's) there are no lines."""
    for message in result.messages:
        for part in _parts(message):
            rule = _rules()[part.code]
            yield Finding(
                code=rule.code, name=rule.name, severity=message.severity, rd=result.rd_id,
                location=_place(message, part, document), message=part.text, confidence=rule.confidence, value=part.value,
                subject=part.subject or _subject(message), hint=str(message.context.get("hint", "")), engine="deep",
                tested=not message.untested)


def code_of(message: DeepMessage) -> str:
    """The code of the rule that a message belongs to."""
    if message.untested and message.family not in ("vocabulary", "database"):
        return UNTESTED
    code: str = BY_KIND.get(str(message.context.get("kind", "")), "") or BY_FAMILY.get(message.family, UNTESTED)
    if code == "DA010" and message.severity.label != "error":
        return OTHER_LOAD_MESSAGE
    return code


@cache
def _rules() -> dict[str, Rule]:
    return {rule.code: rule for rule in discover("dachsadmin.val.rules")}


def _parts(message: DeepMessage) -> list[_Part]:
    """What a message says, with what is wrong as the static rules name it, so that the same thing is told once."""
    kind, code = str(message.context.get("kind", "")), code_of(message)
    if kind == "missing-metadata":
        return _lacking(message, code)
    if kind == "rst" and (problems := _RST_PROBLEM.findall(message.text)):
        key = str(message.context.get("meta", ""))
        return [_Part(code, f"{key}: {problem}", problem, key) for problem in problems]
    if kind == "registry-record":
        return [_Part(code, text, found[1] if (found := _ELEMENT_OF_RECORD.search(text)) else "")
                for text in _faults_of_record(message.text)]
    if kind == "database-differs":
        return [_Part(code, message.text, "", str(message.context.get("table", "")))]
    return [_Part(code, _text(message), _value(message))]


def _lacking(message: DeepMessage, code: str) -> list[_Part]:
    """Where DaCHS lists all meta keys that something lacks in one message, each is a finding."""
    context = message.context
    # Some DaCHS versions say what a table lacks in words only.
    failures = context.get("failures") or message.text.partition("did not validate: ")[2].split(", ")
    bearer, parts = context.get("resource") or context.get("table_id") or "the RD", []
    for failure in map(str.strip, failures):
        if missing := _MISSING_KEY.fullmatch(failure):
            parts.append(_Part(code, f"there is no {missing[1]}, which {bearer!r} needs", missing[1]))
        elif bad := _BAD_TERM.fullmatch(failure):
            parts.append(_Part(TERM_NOT_IN_VOCABULARY, f"{bad[1]} {bad[3]!r} of {bearer!r} is no term of {bad[2]}", bad[3]))
        else:
            return [_Part(code, message.text)]
    return parts


def _faults_of_record(text: str) -> list[str]:
    """A schema validator's messages, one for each element, each with what they are about."""
    about, colon, faults = text.partition(": ")
    return [f"{about}: {fault}" for fault in _RECORD_FAULT.split(faults)] if colon else [text]


def _value(message: DeepMessage) -> str:
    context = message.context
    if member := _NO_MEMBER.match(message.text):
        return f"{member[1]}/{member[2]}"
    fact = _VALUES.get(str(context.get("kind", "")), "looked_for")
    return str(context.get("vocabulary") or context.get(fact) or (fact == "looked_for" and context.get("literal")) or "")


def _text(message: DeepMessage) -> str:
    """What DaCHS says, and where that is, if it is not in the RD's own file."""
    context, text = message.context, message.text
    if context.get("kind") == "subject":
        return f"the subject {context.get('subject')!r} of {context.get('resource')!r} is no term of the UAT"
    if context.get("element") == "make" and context.get("table_id"):
        text = f"the rowmaker for table {context['table_id']!r}: {text}"
    elif context.get("kind") == "exception" and context.get("element") and context.get("resource"):
        text = f"{context['element']} {context['resource']!r}: {text}"
    if context.get("python_file"):
        return f"{text} ({context['python_file']}, line {context.get('python_line', '?')})"
    if message.family == "load" and context.get("file") and not message.line:
        line = f", line {context['file_line']}" if context.get("file_line") else ""
        return text if str(context["file"]) in text else f"{text} ({context['file']}{line})"
    return text


def _subject(message: DeepMessage) -> str:
    context = message.context
    if context.get("column") and (context.get("table_id") or context.get("table")):
        return f"{context.get('table_id') or context['table']}.{context['column']}"
    return str(context.get("resource") or context.get("table_id") or context.get("title") or context.get("vocabulary") or "")


def _place(message: DeepMessage, part: _Part, document: Document | None) -> Location:
    """The thing that a message is about where the RD has it literally, else where DaCHS says it is."""
    if document is None or document.root is None:
        return Location(document.file if document else "", message.line, message.column)
    element = _element(message, document)
    if element is not None:
        attribute = {"unit-bad": "unit", "unit-unknown": "unit", "ucd": "ucd"}.get(str(message.context.get("kind", "")), "")
        return document.attribute_location(element, attribute) if attribute else document.location(element)
    if message.family == "load" and message.severity.label == "error" and part.value:
        named = _named(part.value.rpartition("/")[2] if _NO_MEMBER.match(message.text) else part.value, message, document)
        if named is not None:
            return named
    if message.line:
        return Location(document.file, message.line, message.column)
    return document.location(document.root)


def _element(message: DeepMessage, document: Document) -> Element | None:
    context = message.context
    if context.get("column"):
        for table in document.elements("table"):
            if table.get("id") == context.get("table_id"):
                for column in table.iter("column", "param"):
                    if column.get("name") == context["column"]:
                        return column
    if context.get("subject"):
        return next((meta for meta in document.elements("meta") if meta.text.strip() == context["subject"]), None)
    if message.line:
        return None
    if context.get("resource"):
        wanted = str(context["resource"])
        return next((element for element in document.order if element.attrib.get("id") == wanted), None)
    if context.get("table_id"):
        return next((table for table in document.elements("table") if table.get("id") == context["table_id"]), None)
    return None


def _named(word: str, message: DeepMessage, document: Document) -> Location | None:
    """Where a name stands that DaCHS could not make sense of.

    DaCHS tells where its parser stood then, which often is the end of the element: the name stands in that line or
    above. None if it is not there literally.
    """
    whole = re.compile(rf"(?<![\w/]){re.escape(word)}(?!\w)")
    for element in reversed(document.order):
        attribute = next((name for name, value in element.attrib.items() if name == word or whole.search(value)), "")
        if attribute or element.tag == word or not element.children and whole.search(element.text):
            begin = document.location(element)
            if not message.line or (begin.line, begin.column) <= (message.line, message.column or 1 << 30):
                return document.attribute_location(element, attribute) if attribute else begin
    return None
