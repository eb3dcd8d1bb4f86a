"""Check DP201: tap-async."""

from __future__ import annotations

import time
from collections.abc import Iterator

from dachsadmin.client import vo, votable
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_AT_WORK = ("PENDING", "QUEUED", "EXECUTING", "UNKNOWN")


class TapAsync(Check):
    """An asynchronous TAP job runs, completes, gives its result and can be deleted.

    TOPCAT and scripts use jobs for everything that takes long. DaCHS runs each in a process of its own; if one never
    leaves QUEUED, [async] maxTAPRunning jobs are running or were left behind: see `dachs admin cleantap`.

    See:
        UWS 1.1 (https://www.ivoa.net/documents/UWS/)
    """

    code, name, severity, since = "DP201", "tap-async", Severity.ERROR, "0.1"
    asks = ("tap",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        with vo.understood("an asynchronous job"):
            job = centre.pyvo.dal.TAPService(service.url).submit_job("SELECT TOP 2 table_name FROM tap_schema.tables")
            try:
                phase = _run(job, centre.web.timeout)
                if phase == "COMPLETED":
                    rows = votable.wrap(job.fetch_result().votable).rows
                    if rows != 2:
                        yield self.finding(service, f"a job for two rows gives {rows}")
                elif phase in _AT_WORK:
                    yield self.finding(service, f"a job for two rows is still {phase} after {centre.web.timeout:g} s",
                                       hint="run 'dachs admin cleantap', and look into logs/dcErrors")
                else:
                    yield self.finding(service, f"a job for two rows ends {phase}: {_why(job)}")
            finally:
                job.delete()


def _run(job: object, seconds: float) -> str:
    """Start a job; in which phase it is when it has ended, or time is up."""
    job.run()  # type: ignore[attr-defined]
    until = time.monotonic() + seconds
    pause = 0.1
    while (phase := str(job.phase)) in _AT_WORK and time.monotonic() < until:  # type: ignore[attr-defined]
        time.sleep(pause)
        pause = min(pause * 1.5, 2)
    return phase


def _why(job: object) -> str:
    summary = getattr(getattr(job, "_job", None), "errorsummary", None)
    message = getattr(summary, "message", None)
    return str(getattr(message, "content", None) or message or "no reason is given")
