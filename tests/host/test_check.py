"""What the README promises of ./check, on a minimal machine with nothing but the checkout."""

from __future__ import annotations

import fresh


def test_check_installs_what_the_unit_ring_needs_and_runs_it(source):
    done = fresh.run("bookworm", "/source/check unit; echo AGAIN; cd /; CI=true /source/check unit", read={source: "/source"})
    assert done.returncode == 0, done.stdout[-5000:]
    first, again = done.stdout.split("AGAIN\n")
    assert "\ninstalling " in first and "\ninstalling " not in again
    for said in (first, again):
        last = said.splitlines()[-1]
        assert last.startswith("unit       PASS") and " passed" in last


def test_check_says_what_is_missing_where_it_may_not_install(source):
    done = fresh.run("bookworm", "apt-get update -qq; su nobody -s /bin/sh -c '/source/check unit host'", read={source: "/source"})
    assert done.returncode == 4, done.stdout[-5000:]
    assert "!!!!!!!! SKIPPED: unit: run as root: apt-get install" in done.stdout
    assert "!!!!!!!! SKIPPED: host: " in done.stdout and "need root" in done.stdout
