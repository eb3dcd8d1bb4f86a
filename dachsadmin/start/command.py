"""The whole of `dachsadmin start TEMPLATE`, for a terminal that it knows nothing of."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from dachsadmin.errors import ExitCode, Refused, TargetError, UsageError
from dachsadmin.model.adql import RESERVED_BY_DACHS
from dachsadmin.rd.language import Language
from dachsadmin.start import answers, catalogue, fill
from dachsadmin.start.catalogue import Template
from dachsadmin.start.survey import Survey
from dachsadmin.system import dachs, gavorc
from dachsadmin.system.host import Host

STDOUT = "-"
FALLBACK = "2.7"
"""Whom an RD is written for where there is no DaCHS: the one of Debian 12, and newer ones run what it understands."""
_NAMED = 3
"""How many files are named of those that are left out for one reason."""

_DATA = {"spectrum": "spectra", "image": "images", "table": "tables", "timeseries": "time series",
         "database": "a table of a database"}
"""What kinds of data are called."""

Look = Callable[[str], Survey]
"""Looks at the operator's data; patterns of files are relative to the resource directory, which it is given."""


class Terminal(Protocol):
    def note(self, text: str) -> None: ...
    def payload(self, text: str) -> None: ...
    def ask(self, question: str) -> str: ...

    @property
    def interactive(self) -> bool: ...


@dataclass(frozen=True)
class Request:
    """What the command line says, but for the data."""

    template: str
    set: tuple[str, ...] = ()
    answers: str = ""
    """A YAML file."""
    output: str = ""
    """`-` for stdout; empty: q.rd in the current directory."""
    for_dachs: str = ""
    force: bool = False
    interpreter: str = dachs.INTERPRETER


def listing() -> str:
    """All templates with a line each."""
    found = catalogue.templates()
    names = {each.name: ", ".join((each.name, *each.aliases)) for each in found}
    width = max(map(len, names.values()))
    return "".join(f"{names[each.name]:{width}}  {each.title}\n" for each in found)


def questions_of(template: Template) -> str:
    """The questions as a commented file for --answers."""
    made = []
    for each in template.questions:
        told = [each.text, *([f"one of {', '.join(each.choices)}"] if each.choices else []),
                *([] if each.required else ["may be left out"])]
        made.append(f"# {'; '.join(told)}\n#{each.key}: {'' if each.default is None else each.default}\n")
    return "".join(made)


def run(request: Request, look: Look, terminal: Terminal, host: Host | None = None) -> ExitCode:
    """Make the RD; FINDINGS if questions remain open in it."""
    host = host or Host()
    template = catalogue.named(request.template)
    target = os.path.abspath(request.output or "q.rd")
    to_stdout = request.output == STDOUT
    if not to_stdout:
        _demand_place(target, host, force=request.force)
    place = placed(target if not to_stdout else os.path.abspath("q.rd"), host, version_for(request, host))
    given = answers.from_yaml(host.text(os.path.abspath(request.answers)), request.answers) if request.answers else {}
    given |= answers.from_words(request.set)
    for key in given:
        if key not in ("schema", "created"):
            template.question(key)
    place = _as_told(place, given)
    survey = look(os.path.dirname(target) if not to_stdout else os.getcwd())
    _demand_fit(template, survey)
    for told in (*_found(survey), *left_out(survey), *survey.remarks):
        terminal.note(told)
    if terminal.interactive:
        terminal.note("Enter takes what stands in brackets; a question that has none stays open")
    ask = _asker(terminal) if terminal.interactive else None
    settled = answers.settle(template, survey, given, ask)
    made = fill.fill(template, survey, settled, place)
    if to_stdout:
        terminal.payload(made.text)
    else:
        host.write_atomic(target, made.text)
    _report(made, settled, survey, template, place, "stdout" if to_stdout else target, terminal)
    return ExitCode.FINDINGS if made.open else ExitCode.OK


def placed(target: str, host: Host, version: tuple[int, ...]) -> fill.Place:
    """The schema is called like the resource directory, as far as that can be a schema."""
    folder, file = os.path.split(os.path.realpath(target))
    inputs = os.path.realpath(gavorc.read().inputs)
    inside = os.path.commonpath((inputs, folder)) == inputs != folder
    name = os.path.basename(folder)
    schema = re.sub(r"[^a-z0-9_]", "_", name.lower())
    schema = schema if re.match(r"[a-z_]", schema) and schema.upper() not in RESERVED_BY_DACHS else f"d_{schema}"
    return fill.Place(schema, os.path.relpath(folder, inputs) if inside else name,
                      host.clock().astimezone(datetime.timezone.utc), version, file, "" if inside else inputs)


def version_for(request: Request, host: Host) -> tuple[int, ...]:
    """The version of DaCHS that has to understand the RD."""
    known = Language.versions()
    if request.for_dachs and request.for_dachs not in known:
        raise UsageError(f"--for-dachs takes {', '.join(known)}, not {request.for_dachs!r}")
    found = None if request.for_dachs else dachs.find(host, request.interpreter)
    said = request.for_dachs or (found.version if found else FALLBACK)
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def _as_told(place: fill.Place, given: dict[str, tuple[Any, str]]) -> fill.Place:
    """`schema` and `created` may be given like answers, but no template asks for them."""
    if "schema" in given:
        schema = str(given.pop("schema")[0])
        if not re.match(r"[a-z_][a-z0-9_]*\Z", schema):
            raise UsageError(f"schema cannot be {schema!r}: it takes lower-case letters, digits and _", "add --set schema=...")
        place = replace(place, schema=schema)
    if "created" in given:
        created = given.pop("created")[0]
        try:
            moment = created if isinstance(created, datetime.datetime) else datetime.datetime.fromisoformat(str(created))
        except ValueError:
            raise UsageError(f"created cannot be {created!r}: it takes a date such as 2026-11-22T12:00:00") from None
        place = replace(place, created=moment if moment.tzinfo is None else moment.astimezone(datetime.timezone.utc))
    return place


def _demand_place(target: str, host: Host, *, force: bool) -> None:
    """Whatever would keep the RD from being written is told before anything is asked."""
    folder = os.path.dirname(target)
    if host.exists(target) and not force:
        raise Refused(f"{target} is there already, and is not overwritten", "add --force to replace it, or -o to write another file")
    if not host.is_folder(folder):
        raise TargetError(f"there is no directory {folder}", f"run 'mkdir -p {folder}', and put the data into it")
    if not os.access(folder, os.W_OK):
        raise TargetError(f"{target} cannot be written: Permission denied", f"run 'ls -ld {folder}'")


def _demand_fit(template: Template, survey: Survey) -> None:
    if survey.kind in template.kinds:
        return
    fitting = sorted((len(each.kinds), each.name) for each in catalogue.templates() if survey.kind in each.kinds)
    raise TargetError(f"template {template.name} is made for {' or '.join(_DATA[kind] for kind in template.kinds)}, and these are "
                      f"{_DATA[survey.kind]}",
                      f"run 'dachsadmin start NAME' with one of {', '.join(name for _, name in fitting)}")


def _asker(terminal: Terminal) -> answers.Ask:
    def ask(proposal: answers.Answer, wrong: str) -> str:
        question = proposal.question
        told = question.text + (f" ({', '.join(question.choices)})" if question.choices else "")
        if wrong:
            terminal.note(wrong)
        if proposal.value is not None:
            return terminal.ask(f"{told} [{proposal.shown}: {proposal.reason}]")
        return terminal.ask(told if question.required else f"{told} [leave out]")
    return ask


def _found(survey: Survey) -> Iterator[str]:
    counted = "rows of" if survey.kind == "database" else "files:"
    yield f"looked at {survey.looked_at} of {survey.total} {counted} {_DATA[survey.kind]}"
    if survey.variants > 1:
        yield f"their headers have {survey.variants} different sets of keywords; what a file lacks is NULL"
    odd = [f"{each.unknown_unit!r} of {each.source}" for each in survey.fields if each.unknown_unit and not each.constant]
    if odd:
        more = f" and {len(odd) - _NAMED} others" if len(odd) > _NAMED else ""
        yield f"VOUnits does not have the unit {', '.join(odd[:_NAMED])}{more}: descriptions tell it; say in the RD what VOUnits has for it"


def left_out(survey: Survey) -> Iterator[str]:
    """A line for each reason, with the first files that it holds for."""
    by_reason: dict[str, list[str]] = {}
    for each in survey.refused:
        by_reason.setdefault(each.reason, []).append(each.path)
    for reason, paths in by_reason.items():
        more = f" and {len(paths) - _NAMED} more are" if len(paths) > _NAMED else " are" if len(paths) > 1 else " is"
        yield f"{', '.join(paths[:_NAMED])}{more} left out: {reason}"


def _report(made: fill.Made, settled: Sequence[answers.Answer], survey: Survey, template: Template, place: fill.Place,
            where: str, terminal: Terminal) -> None:
    told = {each.reason for each in survey.proposals}
    for answer in settled:
        if answer.value is not None and answer.certain and answer.reason in told:
            terminal.note(f"{answer.question.key}: " + (answer.reason if answer.question.type in ("value", "column")
                                                        else f"{answer.shown} ({answer.reason})"))
    for answer in settled:
        if answer.value is not None and not answer.certain:
            terminal.note(f"please check {answer.question.key}: {answer.shown} ({answer.reason})")
    terminal.note(f"wrote {where}")
    for each in made.open:
        line = f"line {each.line}: " if each.line else ""
        terminal.note(f"open: {line}{each.answer.question.text}; answer it with --set {each.answer.question.key}=...")
    if made.open:
        terminal.note("answer them in the RD itself, or in another run with --force; dachsadmin val tells which are left")
    else:
        if place.tree:
            terminal.note(f"DaCHS looks for RDs in directories below {place.tree}: move this one there first")
        steps = ("dachsadmin val {rd}", *template.next)
        terminal.note("next:\n" + "\n".join(f"  {step.replace('{rd}', place.rd_id)}" for step in steps))
