"""Check DC302: foreign-keys."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication


class ForeignKeys(Check):
    """Foreign keys lead from columns that there are to columns of tables that there are.

    Clients offer joins along them.

    See:
        VODataService 1.2 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DC302", "foreign-keys", Severity.ERROR, "0.3"
    wants = ("tableset",)

    def check(self, publication: Publication) -> Iterator[Finding]:
        full = publication.full
        if full is None:
            return
        columns = {vosi.folded(table.name): {vosi.folded(column.name) for column in table.columns} for table in full.tables}
        for table in full.tables:
            for key in table.keys:
                subject = f"{table.name} to {key.target}"
                if vosi.folded(key.target) not in columns:
                    yield self.finding(full, f"a foreign key of {table.name} leads to {key.target}, which is not among the tables",
                                       subject=subject)
                    continue
                for here, there in key.columns:
                    for name, owner in ((here, table.name), (there, key.target)):
                        if vosi.folded(name) not in columns[vosi.folded(owner)]:
                            yield self.finding(full, f"the foreign key of {subject} has a column {name}, which {owner} has not",
                                               subject=subject)
