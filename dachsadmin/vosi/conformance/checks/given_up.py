"""Check DC900: given-up."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication


class GivenUp(Check):
    """The server answers in time, so that all can be asked.

    After three answers in a row that did not come in time, nothing more is asked: a server that hangs is not helped by more
    requests. --timeout gives it more time for each answer. Such a run ends with status 4.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC900", "given-up", Severity.INFO, "0.3"
    of_servers = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        if publication.given_up:
            yield self.untested(publication.place, "no more requests after three without an answer in time",
                                hint="look whether it is busy, or give it more time with --timeout")
