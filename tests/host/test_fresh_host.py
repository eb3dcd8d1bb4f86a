"""The machines that the other tests run on: alone, and gone afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

import fresh

HOSTS = Path(os.environ.get("CHECK_CACHE", "/var/cache/dachsadmin-tests")) / "hosts"


def test_a_machine_has_nothing_but_its_own_network():
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        done = fresh.run("bookworm", f"bash -c '(: </dev/tcp/127.0.0.1/{port})' && exit 3; ls /sys/class/net")
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "lo"


def test_it_can_install_packages():
    done = fresh.run("bookworm", "! command -v git; apt-get update; apt-get install -y --no-install-recommends git; git --version")
    assert done.returncode == 0 and "git version" in done.stdout, done.stdout[-2000:]


def test_the_exit_status_is_that_of_the_command():
    assert fresh.run("bookworm", "exit 7").returncode == 7


def test_what_is_shown_cannot_be_changed(tmp_path):
    assert fresh.run("bookworm", "touch /shown/it", read={tmp_path: "/shown"}).returncode == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_machine_leaves_no_process_and_the_next_one_clears_up(number):
    seconds = f"{os.getpid()}.{number:d}"
    started = subprocess.Popen([str(fresh.FRESH_HOST), "bookworm", "--", "sleep", seconds])
    wait_until(lambda: sleeps(seconds))
    started.send_signal(number)
    started.wait(timeout=10)
    wait_until(lambda: not sleeps(seconds))
    assert fresh.run("bookworm", "true").returncode == 0
    assert not list(HOSTS.glob(f"run-{started.pid}-*"))


def sleeps(seconds: str) -> bool:
    """Whether a process is `sleep SECONDS`."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if Path(f"/proc/{pid}/cmdline").read_bytes() == f"sleep\0{seconds}\0".encode():
                return True
        except OSError:
            pass
    return False


def wait_until(condition) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("that did not come about in 10 s")
