"""Comparison DD402: earlier-datestamp."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair, rd_of_record


class EarlierDatestamp(Comparison):
    """Datestamps of the registry never go back.

    Registries ask for what is newer than their last harvest, and never see a record that has changed with an older
    datestamp. `dachs pub` on its RD gives it a new one. Datestamps go back when a database is restored.

    See:
        OAI-PMH 2.0 (https://www.openarchives.org/OAI/openarchivesprotocol.html)
    """

    code, name, severity, since = "DD402", "earlier-datestamp", Severity.WARNING, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        before, after = pair.of("identifiers")
        for name in sorted(set(before) & set(after)):
            was, now = before[name].datestamp, after[name].datestamp
            if now < was:
                yield self.finding(name, f"the record {name} was of {was}, and is of {now}", rd=rd_of_record(name))
