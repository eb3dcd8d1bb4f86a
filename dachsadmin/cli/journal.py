"""`dachsadmin history`, `show`, `resume` and `undo`: what was done to this installation, and the ways on and back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, List, Optional

import typer

from dachsadmin.cli import output

if TYPE_CHECKING:
    from dachsadmin.journal import Entry
    from dachsadmin.report.formats import Report
    from dachsadmin.system.host import Host


_REPORT_HELP = "Write it as text (that is the default), or as JSON, which journal.schema.json describes; repeatable."


def history(
    report: List[str] = typer.Option([], "--report", metavar="text|json[:FILE]", help=_REPORT_HELP),
) -> None:
    """List all changes that were made to this installation, by whichever command."""
    from dachsadmin.cli import change

    wanted = _wanted(report)
    host = change.machine()
    host.demand_root("reading the journal")
    entries = change.journal_of(host).entries()
    _deliver(wanted, entries, _table(entries), host)
    if not entries:
        output.note("nothing has been changed by dachsadmin on this machine")


def show(
    number: int = typer.Argument(..., metavar="ID", help="The number of the change, from 'dachsadmin history'."),
    report: List[str] = typer.Option([], "--report", metavar="text|json[:FILE]", help=_REPORT_HELP),
) -> None:
    """Show one change: its steps, what became of them, and the command lines that were run."""
    from dachsadmin.cli import change

    wanted = _wanted(report)
    host = change.machine()
    host.demand_root("reading the journal")
    entry = change.journal_of(host).entry(number)
    _deliver(wanted, [entry], _page(entry), host)


def _wanted(words: List[str]) -> tuple[Report, ...]:
    from dachsadmin.report.formats import parse_requests

    return parse_requests(words or ["text"], ("text", "json"))


def _deliver(wanted: tuple[Report, ...], entries: list[Entry], text: str, host: Host) -> None:
    from dachsadmin.report import journal
    from dachsadmin.report.formats import write

    made = {"text": text, "json": journal.render(entries)}
    write([(report, made[report.format]) for report in wanted], host=host, stdout=sys.stdout.buffer)


def _table(entries: list[Entry]) -> str:
    rows = [(str(entry.id), entry.started.replace("T", " ")[:16], entry.outcome, entry.by, entry.title or entry.remark)
            for entry in entries]
    if not rows:
        return ""
    rows.insert(0, ("ID", "when (UTC)", "outcome", "by", "what"))
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "".join(f"{row[0]:>{widths[0]}}  {row[1]:{widths[1]}}  {row[2]:{widths[2]}}  {row[3]:{widths[3]}}  "
                   f"{output.printable(row[4])}\n" for row in rows)


def _page(entry: Entry) -> str:
    remark = f" ({entry.remark})" if entry.remark else ""
    lines = [f"change {entry.id}: {entry.title}", f"outcome: {entry.outcome}{remark}"]
    if entry.started:
        lines += [f"begun:   {entry.started} by {entry.by}, with dachsadmin {entry.version}",
                  f"command: {entry.command}", f"copies:  {entry.backups}"]
    for step in entry.steps:
        lines.append(f"  {step.state:12} {step.title} [{step.id}]" + (f": {step.remark}" if step.remark else ""))
    lines += [f"  $ {line}" for line in entry.command_lines]
    return output.printable("\n".join(lines)) + "\n"


def resume(
    number: Optional[int] = typer.Argument(None, metavar="[ID]", help="The number of the change; without it, the last "
                                           "one that did not come to its end."),
) -> None:
    """Bring a change to its end that was interrupted or stopped at an error."""
    from dachsadmin import plan
    from dachsadmin.cli import change

    host = change.machine()
    host.demand_root("changing this installation")
    journal = change.journal_of(host)
    if number is None:
        number = next((entry.id for entry in reversed(journal.entries()) if entry.unfinished), None)
        if number is None:
            output.note("no change is unfinished")
            return
    entry = journal.intact(number)
    output.payload(output.printable(plan.describe_undo(entry) if entry.undoing else plan.describe_rest(entry, host)))
    if output.options().dry_run:
        return
    if entry.unfinished:
        output.confirm("go on?", consequence=f"resuming change {number}")
    with change.telling_ways_on(journal):
        plan.resume(journal, host, number, tell=output.note)
    output.note(f"change {number} is {journal.entry(number).outcome}")


def undo(
    number: Optional[int] = typer.Argument(None, metavar="[ID]", help="The number of the change; without it, the last "
                                           "one that is not undone."),
    leave: List[str] = typer.Option([], "--leave", metavar="STEP", help="Leave this step as it is; repeatable."),
) -> None:
    """Undo a change: its steps in reverse order, as far as that is possible."""
    from dachsadmin import plan
    from dachsadmin.cli import change

    host = change.machine()
    host.demand_root("changing this installation")
    journal = change.journal_of(host)
    if number is None:
        number = next((entry.id for entry in reversed(journal.entries())
                       if entry.outcome in ("done", "failed", "interrupted")), None)
        if number is None:
            output.note("there is no change to undo")
            return
    output.payload(output.printable(plan.describe_undo(journal.intact(number), leave)))
    if output.options().dry_run:
        return
    if plan.undoable(journal.intact(number)):
        output.confirm("undo this?", consequence=f"undoing change {number}")
    with change.telling_ways_on(journal):
        plan.undo(journal, host, number, leave=leave, tell=output.note)
    output.note(f"change {number} is undone")
