"""What the probe says of a served scratch DaCHS, for the tests of what others make."""

from __future__ import annotations

from pathlib import Path

from serving import Server

from dachsadmin.client.schemata import Schemata
from dachsadmin.model.finding import Severity
from dachsadmin.probe import engine
from dachsadmin.system.host import Host


def ask(server: Server, *select: str, url: str = "", **request) -> engine.Outcome:
    """Make all checks, or those of some codes; `service="spectra/q"` asks for one RD only."""
    chosen = [check for check in engine.checks() if not select or check.code in select]
    schemata = Schemata(Path(server.site.dachs.folder) / "resources" / "schemata")
    wanted = engine.Request(url or server.url, **{"timeout": 120, "schemata": schemata, **request})
    return engine.run(wanted, chosen, Host(), lambda *_: None)


def faults(server: Server, rd_id: str) -> list[str]:
    """What is wrong with an RD for its users; what DaCHS itself does wrong is left out."""
    outcome = ask(server, service=rd_id)
    assert outcome.broken is None, outcome.broken.message
    return [f"{finding.code} {finding.message}" for finding in outcome.findings
            if not finding.tested or finding.severity > Severity.INFO]


def asked(outcome: engine.Outcome) -> set[tuple[str, str]]:
    """The names of the checks that were made, each with the service."""
    return {(trial.name, trial.subject) for trial in outcome.trials}
