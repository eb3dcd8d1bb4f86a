"""Check DP300: datalink-rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

CORE = frozenset({
    "auxiliary", "bias", "calibration", "coderived", "counterpart", "cutout", "dark", "derivation", "detached-header",
    "documentation", "error", "flat", "noise", "package", "preview", "preview-image", "preview-plot", "proc", "progenitor",
    "this", "thumbnail", "weight"})
"""The terms of http://www.ivoa.net/rdf/datalink/core."""


class DatalinkRows(Check):
    """Each row of a Datalink document is a link, a service or an error, and says what it is.

    Exactly one of access_url, service_def and error_message has a value; semantics is `#` and a term of the vocabulary
    datalink/core, or a URL. A row with #this leads to the data themselves. Mend the metaMakers of the datalinkCore.

    See:
        DataLink 1.1, section 3.2 (https://www.ivoa.net/documents/DataLink/)
    """

    code, name, severity, since = "DP300", "datalink-rows", Severity.ERROR, "0.1"
    asks = ("links",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        documents = centre.linked(service)
        if not documents:
            yield self.finding(service, "there are no links for the rows that name this service")
        for document in documents:
            for row in document:
                for wrong in faults(row):
                    yield self.finding(service, wrong, value=wrong)
            if not any(row.semantics == "#this" for row in document):
                yield self.finding(service, "no link has the semantics #this", value="#this", severity=Severity.WARNING)


def faults(row: Any) -> Iterator[str]:
    """What is wrong with a row of a Datalink document."""
    given = [name for name in ("access_url", "service_def", "error_message") if row[name]]
    semantics = str(row["semantics"] or "")
    if len(given) != 1:
        told = f"both {' and '.join(given)}" if given else "none of access_url, service_def and error_message"
        yield f"a row with semantics {semantics!r} has {told}"
    if row["error_message"]:
        yield f"the link {semantics} of a row that the server itself gave is an error: {row['error_message']}"
    if "://" not in semantics and not (semantics.startswith("#") and semantics[1:] in CORE):
        yield f"the semantics {semantics!r} is no term of datalink/core, and no URL"
