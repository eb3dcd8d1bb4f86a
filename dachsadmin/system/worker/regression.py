"""An RD's regression tests and examples, run against the server that the configuration names."""

from __future__ import annotations

import contextlib
import io
import time


def run(rd, timeout: float, say, tell) -> list:
    """Run the tests one after the other: [{"title", "outcome", "message", "seconds", "line"}]; failures are told.

    A server that does not answer is told once, as untested: that is no fault of the RD.
    """
    from gavo import base
    from gavo.rscdef import regtest

    server = base.getConfig("web", "serverurl")
    runner = regtest.TestRunner(rd.tests, timeout=timeout, verbose=False)
    waiting, results = list(runner.testList), []
    while waiting:
        test = waiting.pop(0)
        say({"stage": "tests", "allow": timeout + 5})
        begun = time.monotonic()
        runner.runOneTest(test, None, 0)
        while not runner.resultsQueue.empty():
            outcome, tested, payload, _, _ = runner.resultsQueue.get()
            if outcome == "addTest":
                waiting.insert(0, tested)
                continue
            if outcome == "ERROR" and _unreachable(payload):
                tell("info", f"the server at {server} does not answer: {payload}", untested=True, kind="server")
                return results
            text = "" if payload is None else str(payload) or type(payload).__name__
            results.append({"title": test.title, "outcome": outcome, "message": text,
                            "seconds": round(time.monotonic() - begun, 3)})
            if outcome != "OK":
                verb = "failed" if outcome == "FAIL" else "could not run"
                tell("error", f"regression test {test.title!r} {verb}: {text}", element=test, error=payload,
                     kind="test-failed", context={"title": test.title})
    return results


def _unreachable(error: object) -> bool:
    return isinstance(error, ConnectionRefusedError) or "onnection refused" in str(error)


def examples(check, rd, args, tell) -> bool:
    """Try the TAP examples; what DaCHS prints about them is told."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        outcome = bool(check(rd, args))
    text = printed.getvalue().strip()
    if not outcome and "onnection refused" in text:
        tell("info", "the examples were not tried, because the TAP server does not answer", untested=True, kind="server")
    elif not outcome:
        tell("error", text or "an example has no result", kind="example-failed")
    return outcome
