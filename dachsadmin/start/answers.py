"""What each question of a template is answered with, from where, and which questions remain open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dachsadmin.errors import TargetError, UsageError
from dachsadmin.start import questions
from dachsadmin.start.catalogue import Template
from dachsadmin.start.questions import Expression, Question
from dachsadmin.start.survey import Field, Survey


@dataclass(frozen=True)
class Answer:
    """The answer to one question: `value` as templates use it, None if the question stays open or is left out."""

    question: Question
    value: Any
    reason: str
    certain: bool = True

    @property
    def open(self) -> bool:
        return self.value is None and self.question.required

    @property
    def shown(self) -> str:
        """The value in the operator's words, as --set takes it."""
        if isinstance(self.value, tuple):
            return ", ".join(str(getattr(each, "source", each)) for each in self.value) or "none"
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        return "" if self.value is None else str(getattr(self.value, "source", self.value))


Ask = Callable[[Answer, str], str]
"""Asks a person: the proposal, and what was wrong with what they said before. `` means that the proposal is taken."""


def settle(template: Template, survey: Survey, given: Mapping[str, tuple[Any, str]], ask: Ask | None = None) -> tuple[Answer, ...]:
    """An answer to every question: what was given ({key: (words, where)}), else a person's, else the survey's or the default.

    Raises UsageError for an answer to no question, or one that does not fit.
    """
    for key in given:
        template.question(key)
    return tuple(_settled(question, survey, given, ask) for question in template.questions)


def _settled(question: Question, survey: Survey, given: Mapping[str, tuple[Any, str]], ask: Ask | None) -> Answer:
    if question.key in given:
        words, where = given[question.key]
        return _said(question, words, where, survey)
    proposed = _proposed(question, survey)
    unsure = not proposed.certain or proposed.value is None
    if ask is None or question.ask == "never" or (question.ask == "unsure" and not unsure):
        return proposed
    wrong = ""
    while said := ask(proposed, wrong).strip():
        try:
            return _said(question, said, "as you said", survey)
        except UsageError as misfit:
            wrong = misfit.message
    return replace(proposed, certain=True)


def _said(question: Question, words: Any, where: str, survey: Survey) -> Answer:
    """What a person says, with a doubt if it is about fields that nobody has seen. Raises UsageError."""
    value = questions.understand(question, words, survey)
    strange = questions.strange_names(value, survey) if isinstance(value, Expression) else []
    doubt = f"; {', '.join(strange)} is none of the fields found" if strange else ""
    return Answer(question, value, where + doubt, certain=not strange)


def _proposed(question: Question, survey: Survey) -> Answer:
    """What can be said without asking anybody."""
    proposal = next((found for role in question.role.split() if (found := survey.proposal(role))), None)
    if proposal is not None:
        if question.type in ("value", "column"):
            value = Expression(proposal.expression) if question.type == "value" else survey.named(proposal.sources[0])
            return Answer(question, value, proposal.reason, proposal.certain)
        constant = _constant(survey, proposal.sources)
        if constant:
            return Answer(question, questions.understand(question, constant, survey), proposal.reason, proposal.certain)
    fact = _fact(survey, question.fact)
    if fact:
        return Answer(question, questions.understand(question, fact, survey), "the files say so")
    if question.type == "columns" and question.default is None:
        return Answer(question, _varying(question, survey), "what differs from file to file")
    if question.default is not None:
        return Answer(question, questions.understand(question, question.default, survey), question.why or "the default")
    return Answer(question, None, "nothing in the files tells")


def _constant(survey: Survey, sources: Sequence[str]) -> str:
    """The value that all files share, for questions about the whole collection; `` if there is none."""
    if len(sources) != 1:
        return ""
    field = survey.named(sources[0])
    return str(field.examples[0]).strip() if field.constant and field.examples else ""


def _fact(survey: Survey, path: str) -> Any:
    """What the survey has at `spectrum.flux_unit`; None where there is no such thing."""
    found: Any = survey if path else None
    for part in path.split(".") if path else ():
        found = getattr(found, part, None)
    return found


def _varying(question: Question, survey: Survey) -> tuple[Field, ...]:
    """The fields that are not the same everywhere, but for those that the template has anyway."""
    had = {proposal.sources[0] for role in question.omit if (proposal := survey.proposal(role)) and len(proposal.sources) == 1}
    return tuple(each for each in survey.fields if not each.constant and each.source not in had)


def from_words(words: Sequence[str]) -> dict[str, tuple[Any, str]]:
    """What `--set KEY=VALUE` says."""
    given: dict[str, tuple[Any, str]] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set takes KEY=VALUE, not {word!r}", "write for example --set title='Spectra of bright stars'")
        given[key.strip()] = (value, "given with --set")
    return given


def from_yaml(text: str, file: str) -> dict[str, tuple[Any, str]]:
    """What a file of `--answers` says."""
    import yaml

    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise TargetError(f"{file} is no valid YAML" + (f": line {mark.line + 1}" if mark else ""),
                          "write a line 'key: answer' for each question") from None
    if not isinstance(read or {}, dict):
        raise TargetError(f"{file} has no 'key: answer' lines", "write a line 'key: answer' for each question")
    return {str(key): (value, f"given in {file}") for key, value in (read or {}).items() if value is not None}
