"""The proof that the demo works: its regression tests, and the probe's view from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dachsadmin.demo import command
from dachsadmin.demo.site import RD, Site
from dachsadmin.errors import EnvironmentFault, ExitCode
from dachsadmin.system.command import Completed, command_line
from dachsadmin.system.host import Host


class Terminal(Protocol):
    def note(self, text: str) -> None: ...


@dataclass(frozen=True)
class Proven:
    """What the checks said, what was run, and FINDINGS if something is not as it should be."""

    report: str
    command_lines: tuple[str, ...]
    exit_code: ExitCode


def prove(host: Host, site: Site, terminal: Terminal) -> Proven:
    """Run the checks. Raises EnvironmentFault if the probe cannot do its work; what it finds is no error."""
    tests, probe = command.checks(site)
    lines = []

    def run(argv: tuple[str, ...], user: str | None) -> Completed:
        lines.append(command_line(argv, user=user))
        terminal.note(f"$ {lines[-1]}")
        return host.run(argv, user=user, check=False)

    tested = run(tests, site.operator)
    probed = run(probe, None)
    if probed.returncode not in (ExitCode.OK, ExitCode.FINDINGS):
        said = [line for line in probed.stderr.splitlines() if line.startswith("error: ")] or ["it says nothing"]
        raise EnvironmentFault(f"the probe gave up: {said[-1].removeprefix('error: ')}", f"run '{lines[-1]} --debug'")
    told = f"The regression tests of {RD} " + (
        f"fail:\n{tested.stdout}{tested.stderr}" if tested.returncode else "pass. The probe says:")
    sound = not tested.returncode and not probed.returncode
    return Proven(f"{told}\n{probed.stdout}{probed.stderr}", tuple(lines), ExitCode.OK if sound else ExitCode.FINDINGS)
