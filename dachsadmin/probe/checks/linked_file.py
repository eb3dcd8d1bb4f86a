"""Check DP301: linked-file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dachsadmin.client.web import NoAnswer
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe import files
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

class LinkedFile(Check):
    """What links lead to (#this, #preview, #progenitor, ...) can be fetched and is what they say.

    A preview that is announced and answers 404 was never made: DaCHS makes previews only when a processor is run, for
    instance `python3 bin/makepreviews.py`. A #progenitor that is not there has moved, or its folder is not among the
    static data of the service. The links of the first rows are fetched, and not more than 300 kB of each. One that leads
    to another server and cannot be followed from here could not be tested.

    See:
        DataLink 1.1, section 3.2 (https://www.ivoa.net/documents/DataLink/)
    """

    code, name, severity, since = "DP301", "linked-file", Severity.ERROR, "0.1"
    asks = ("links",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        for document in centre.linked(service):
            for row in document:
                url = str(row["access_url"] or "")
                if url and centre.is_new(url):
                    yield from self._link(centre, service, row, url)

    def _link(self, centre: Centre, service: Service, row: Any, url: str) -> Iterator[Finding]:
        semantics = str(row["semantics"])
        try:
            answer = centre.web.get(url, enough=files.ENOUGH)
        except NoAnswer as error:
            message = f"a {semantics} link cannot be followed: {error.message}"
            yield (self.finding(service, message, url=url, value=semantics) if url.startswith(centre.web.announced)
                   else self.untested(service, f"{message} ({url})"))
            return
        for wrong in files.faults(answer, str(row["content_type"] or ""), row["content_length"]):
            yield self.finding(
                service, f"a {semantics} link {wrong}", url=url, value=f"{semantics} {wrong}",
                hint="make the previews, and see that DaCHS can read them"
                if semantics.startswith("#preview") and answer.status == 404 else "")
