"""Which reports there are, what `--report FORMAT[:FILE]` asks for, and how it is delivered."""

from __future__ import annotations

import difflib
import importlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from dachsadmin.errors import TargetError, UsageError
from dachsadmin.model.finding import Finding
from dachsadmin.model.run import Run
from dachsadmin.system.host import Host

Render = Callable[[Sequence[Finding], Run], str]


def _renderer(format: str) -> Render:
    """The function that makes a report; its module is imported when it is needed."""
    def render(findings: Sequence[Finding], run: Run) -> str:
        made: str = importlib.import_module(f"dachsadmin.report.{format}").render(findings, run)
        return made

    return render


FORMATS: Mapping[str, Render] = {name: _renderer(name) for name in ("text", "json", "sarif", "junit", "github", "gitlab")}


@dataclass(frozen=True)
class Report:
    """One report that is wanted. `file` is `-` for stdout."""

    format: str
    file: str = "-"

    def render(self, findings: Sequence[Finding], run: Run) -> str:
        return FORMATS[self.format](findings, run)


def parse_request(word: str, known: Iterable[str] = FORMATS) -> Report:
    """Read `FORMAT` or `FORMAT:FILE`. Raises UsageError for a format that is not among the known ones."""
    name, colon, file = word.partition(":")
    formats = list(known)
    if name not in formats:
        near = difflib.get_close_matches(name, formats, 1)
        raise UsageError(f"there is no report format {name!r}", f"use --report {near[0]}" if near else
                         f"use one of {', '.join(formats)}")
    if colon and not file:
        raise UsageError(f"--report {word} names no file",
                         f"write '--report {name}:FILE', or '--report {name}' for stdout")
    return Report(name, file or "-")


def parse_requests(words: Sequence[str], known: Iterable[str] = FORMATS) -> tuple[Report, ...]:
    """Read all --report options, so that whatever cannot work is said before the work begins.

    Raises UsageError if two reports want the same place, TargetError for a file in a directory that is not there.
    """
    formats = tuple(known)
    reports = tuple(dict.fromkeys(parse_request(word, formats) for word in words))
    seen: dict[str, Report] = {}
    for report in reports:
        place = "-" if report.file == "-" else os.path.abspath(report.file)
        if place in seen:
            where = "stdout" if place == "-" else report.file
            raise UsageError(f"two reports, {seen[place].format} and {report.format}, both go to {where}",
                             f"give one of them a file: --report {report.format}:FILE")
        seen[place] = report
        if place != "-" and not os.path.isdir(os.path.dirname(place)):
            raise TargetError(f"the directory of the report {report.file} does not exist",
                              f"run 'mkdir -p {os.path.dirname(report.file)}'")
    return reports


def deliver(reports: Sequence[Report], findings: Sequence[Finding], run: Run, *, host: Host, stdout: BinaryIO,
            paint: Callable[[str], str] = str) -> None:
    """Make all reports first, then write them: files in one piece each, and UTF-8 whatever the locale says.

    `paint` adds colours to the text report on stdout, if there are to be any.
    """
    write([(report, report.render(findings, run)) for report in reports], host=host, stdout=stdout, paint=paint)


def write(made: Sequence[tuple[Report, str]], *, host: Host, stdout: BinaryIO, paint: Callable[[str], str] = str) -> None:
    """Write reports that are made, each where it is wanted."""
    for report, content in made:
        if report.file == "-":
            stdout.write((paint(content) if report.format == "text" else content).encode("utf-8"))
            stdout.flush()
        else:
            host.write_atomic(os.path.abspath(report.file), content.encode("utf-8"))
