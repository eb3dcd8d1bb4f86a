"""Which reports there are, what `--report FORMAT[:FILE]` asks for, and how it is delivered."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from dachsadmin.errors import TargetError, UsageError
from dachsadmin.model.finding import Finding
from dachsadmin.model.run import Run
from dachsadmin.report import github, gitlab, json, junit, sarif, text
from dachsadmin.system.host import Host

Render = Callable[[Sequence[Finding], Run], str]

FORMATS: Mapping[str, Render] = {
    "text": text.render, "json": json.render, "sarif": sarif.render, "junit": junit.render, "github": github.render,
    "gitlab": gitlab.render,
}


@dataclass(frozen=True)
class Report:
    """One report that is wanted. `file` is `-` for stdout."""

    format: str
    file: str = "-"

    def render(self, findings: Sequence[Finding], run: Run) -> str:
        return FORMATS[self.format](findings, run)


def parse_request(word: str) -> Report:
    """Read `FORMAT` or `FORMAT:FILE`. Raises UsageError for a format that is not there."""
    name, colon, file = word.partition(":")
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, 1)
        raise UsageError(f"there is no report format {name!r}", f"use --report {near[0]}" if near else
                         f"use one of {', '.join(FORMATS)}")
    if colon and not file:
        raise UsageError(f"--report {word} names no file",
                         f"write '--report {name}:FILE', or '--report {name}' for stdout")
    return Report(name, file or "-")


def parse_requests(words: Sequence[str]) -> tuple[Report, ...]:
    """Read all --report options, so that whatever cannot work is said before the work begins.

    Raises UsageError if two reports want the same place, TargetError for a file in a directory that is not there.
    """
    reports = tuple(dict.fromkeys(map(parse_request, words)))
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
    made = [(report, report.render(findings, run).encode("utf-8")) for report in reports]
    for report, content in made:
        if report.file == "-":
            stdout.write(paint(content.decode("utf-8")).encode("utf-8") if report.format == "text" else content)
            stdout.flush()
        else:
            host.write_atomic(os.path.abspath(report.file), content)
