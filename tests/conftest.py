"""What holds in every ring of tests."""

from __future__ import annotations

import signal
import threading


def _end(number, frame):
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def pytest_configure(config):
    """Being ended, by ^C or from outside, takes down once and undisturbed what tests have started."""
    if threading.current_thread() is not threading.main_thread():
        return  # where a worker of xdist is begun in another thread, only its controller is to be told
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _end)
