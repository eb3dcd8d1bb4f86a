"""The whole of `dachsadmin start --like`, for a terminal that it knows nothing of."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timezone

from dachsadmin.errors import ExitCode, Refused
from dachsadmin.rd.document import parse
from dachsadmin.start.command import STDOUT, Look, Terminal, left_out
from dachsadmin.start.like import next_release
from dachsadmin.system.host import Host


@dataclass(frozen=True)
class Request:
    """What the command line says: the old RD, the new schema, and where the new RD goes (`-`: stdout)."""

    old: str
    schema: str
    output: str = ""
    force: bool = False


def run(request: Request, look: Look | None, terminal: Terminal, host: Host | None = None) -> ExitCode:
    """Write the next release's RD, and tell what was changed; FINDINGS if there is something to look at.

    `look` is None if there are no new data yet.
    """
    host = host or Host()
    target = os.path.abspath("q.rd" if request.output in ("", STDOUT) else request.output)
    to_stdout = request.output == STDOUT
    if not to_stdout and host.exists(target) and not request.force:
        raise Refused(f"{target} is there already, and is not overwritten",
                      f"add -o ../{request.schema}/q.rd to write another file, or --force to replace this one")
    folder = os.path.dirname(target)
    path = os.path.abspath(request.old)
    resource = os.path.basename(os.path.dirname(path))
    old = parse(host.read(path), f"{resource}/{os.path.basename(path).removesuffix('.rd')}", request.old)
    survey = look(folder) if look is not None else None
    if survey is not None:
        survey = replace(survey, files=tuple(map(os.path.abspath, survey.files)))
    new = next_release(old, request.schema, now=host.clock().astimezone(timezone.utc), survey=survey, resdir=folder)
    if to_stdout:
        terminal.payload(new.raw.decode(old.encoding))
    else:
        host.write_atomic(target, new.raw)
    shown = "stdout" if to_stdout else os.path.relpath(target)
    for told in left_out(survey) if survey is not None else ():
        terminal.note(told)
    for note in new.moved:
        terminal.note(f"{shown}:{note.line}: {note.text}")
    terminal.note(f"wrote {shown}")
    looks = [f"{shown}:{note.line}: {note.text}" if note.line else f"{shown}: {note.text}" for note in new.open]
    if not to_stdout and new.resdir not in (os.path.basename(folder), "."):
        looks.append(f"{shown}: DaCHS looks for the data in {new.resdir}, and the RD is in {os.path.basename(folder)}")
    for told in looks:
        terminal.note(f"please check {told}")
    return ExitCode.FINDINGS if looks else ExitCode.OK
