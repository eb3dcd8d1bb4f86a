"""The verb of `vosi refresh`: commands of DaCHS that are run in batches and judged by what is in the database then."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dachsadmin.errors import EnvironmentFault
from dachsadmin.report.wording import counted
from dachsadmin.system import gavorc
from dachsadmin.system.command import command_line
from dachsadmin.system.host import Host
from dachsadmin.system.worker import batch
from dachsadmin.verbs import Action, verb
from dachsadmin.vosi.refresh.commands import Words, by_name, commands
from dachsadmin.vosi.status import engine
from dachsadmin.vosi.status.check import Holding, shown
from dachsadmin.vosi.status.stock import installation, take

BATCH = 20
"""So many RDs share one start of DaCHS."""
_SHOWN = 30
"""So many command lines are shown."""
_TOLD = 5
"""Of so many RDs that could not be refreshed it is told why."""


@verb("refresh-metadata")
@dataclass(frozen=True)
class RefreshMetadata(Action):
    """Make TAP_SCHEMA, dc.tablemeta, coverage and the registry follow RDs.

    `user` runs the commands. `environment` decides which configuration DaCHS reads; `cache` is where is kept what RDs
    declare. With `statistics`, tables without column statistics get them; with `force`, RDs that are current are done, too.
    """

    rds: tuple[str, ...]
    interpreter: str
    user: str
    environment: Mapping[str, str] = field(hash=False)
    cache: str
    statistics: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "rds", tuple(self.rds))

    def preview(self, host: Host) -> tuple[str, ...]:
        lines = [f"$ {command_line(('dachs', *words), user=self.user)}"
                 for _, group in self._look(host)[0] for words in group]
        return (*lines[:_SHOWN], *([f"... {len(lines) - _SHOWN} more commands"] if len(lines) > _SHOWN else []))

    @property
    def stays(self) -> str:
        return "metadata follows the RD: change the RD back, and refresh again"

    def done(self, host: Host) -> bool:
        return self._look(host) == ([], {})

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        """Raises EnvironmentFault that tells which RDs could not be refreshed; all others are."""
        waiting, faults = self._look(host)
        for place in range(0, len(waiting), BATCH):
            host.progress("RDs refreshed", place, len(waiting))
            faults |= self._run_some(host, waiting[place:place + BATCH])
        host.progress("RDs refreshed", len(waiting), len(waiting))
        # 'dachs limits' may have nothing to tell, so what is left for it alone is no fault.
        outstanding, _ = self._look(host, force=False)
        left = {held.shown for held, group in outstanding if group[0][0] != "limits"} | set(faults)
        if left:
            told = [f"{rd}: {faults.get(rd, 'DaCHS says that all is well, but its metadata is as stale as before')}"
                    for rd in sorted(left)]
            more = f" (and {len(told) - _TOLD} more)" if len(told) > _TOLD else ""
            raise EnvironmentFault(f"{counted(len(left), 'RD')} of {len(self.rds)} could not be refreshed: "
                                   f"{'; '.join(told[:_TOLD])}{more}", f"run 'dachsadmin val {sorted(left)[0]}'")

    def _look(self, host: Host, *, force: bool | None = None) -> tuple[list[tuple[Holding, tuple[Words, ...]]], dict[str, str]]:
        """The RDs that are not as they should be, with the commands for each; and why others are broken by now."""
        config = gavorc.read({**os.environ, **self.environment})
        of = installation(host, config, self.interpreter, self.environment, Path(self.cache) if self.cache else None)
        stock = take([shown(rd) for rd in self.rds], of, host.progress)
        judged = engine.judge(stock, engine.checks())
        everything = {"imp -m", "limits"} if (self.force if force is None else force) else set()
        outstanding = []
        for held in stock.holdings:
            mends = judged.mends.get(held.rd, set()) | everything
            group = () if held.rd in judged.broken else commands(held, mends, statistics=self.statistics)
            if group:
                outstanding.append((held, group))
        return outstanding, {shown(rd): findings[0].message for rd, findings in judged.broken.items()}

    def _run_some(self, host: Host, some: Sequence[tuple[Holding, tuple[Words, ...]]]) -> dict[str, str]:
        """Run the commands of some RDs, and where `imp -m` failed, once more with its data items named.

        Gives why it failed, by RD.
        """
        failed = self._run(host, [group for _, group in some])
        again = {held.shown: (by_name(held), *(words for words in group if words[0] != "imp")) for held, group in some
                 if held.shown in failed and failed[held.shown][0][0] == "imp" and by_name(held)}
        if again:
            rest = {rd: fault for rd, fault in failed.items() if rd not in again}
            failed = rest | self._run(host, list(again.values()))
        return {rd: why for rd, (_, why) in failed.items()}

    def _run(self, host: Host, groups: Sequence[Sequence[Words]]) -> dict[str, tuple[Words, str]]:
        """Run commands in one start of DaCHS. Gives the RDs of which one failed, which one, and why."""
        source = Path(batch.__file__).read_bytes()
        ended = host.run([self.interpreter, "-", *map(json.dumps, groups)], user=self.user, env=self.environment,
                         stdin=source, check=False)
        told = [json.loads(line) for line in ended.stdout.splitlines()]
        failed = {one["words"][_place_of_rd(one["words"])]: (tuple(one["words"]), _reason(one["said"], one["status"]))
                  for one in told if one["status"]}
        ran = {one["words"][_place_of_rd(one["words"])] for one in told}
        for group in groups:
            rd = group[0][_place_of_rd(group[0])]
            if rd not in ran:
                failed[rd] = (group[0], _reason(ended.stderr, ended.returncode))
        return failed


def _place_of_rd(words: Sequence[str]) -> int:
    return next(place for place, word in enumerate(words) if place and not word.startswith("-"))


def _reason(said: str, status: int) -> str:
    """What a command says of its failure, in a line: DaCHS begins that with `*** Error:`."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    begin = next((number for number, line in enumerate(lines) if line.startswith("*** Error:")), len(lines) - 1)
    return " ".join(lines[begin:begin + 3]).removeprefix("*** Error:").strip() if lines else f"exit status {status}"
