"""`dachsadmin upgrade guard`: whether apt tells what an upgrade of DaCHS brings, and what apt's hook then says."""

from __future__ import annotations

import sys
from typing import Optional

import typer

from dachsadmin.cli import output
from dachsadmin.errors import UsageError

_MOST_BYTES = 1_000_000


def guard(
    mode: Optional[str] = typer.Argument(None, metavar="warn|snapshot|off", help="Have apt tell what an upgrade of DaCHS or "
        "PostgreSQL will ask for; also keep DaCHS's own tables before it, where that takes seconds; or neither. Without it, tell "
        "how that is set, and which upgrades of DaCHS were seen."),
    hook: bool = typer.Option(False, "--hook", help="Do it now: for apt, which names the packages on standard input."),
) -> None:
    """Notice an upgrade that somebody else begins with apt: switch that on or off, or tell what was seen."""
    from dachsadmin.cli import change
    from dachsadmin.upgrade import guard

    host, settings = change.machine(), output.settings()
    if mode not in (None, *guard.MODES):
        raise UsageError(f"the guard is set to {', '.join(guard.MODES[:-1])} or {guard.MODES[-1]}, not to {mode!r}",
                         "run 'dachsadmin upgrade guard warn'")
    if hook:
        if mode not in ("warn", "snapshot") or not sys.stdin or sys.stdin.isatty():
            raise UsageError("--hook is for apt, which names packages on standard input",
                             "run 'dachsadmin upgrade guard warn' to have it called")
        told = sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
        for line in guard.tell(host, settings["dachs.interpreter"], settings["paths.state"], told,
                               settings["paths.backup"] if mode == "snapshot" else ""):
            output.payload(output.printable(line))
    elif mode is None:
        output.payload(output.printable(guard.status(host, settings["paths.state"])))
    else:
        change.carry_out(guard.plan(host, mode), host)
