"""Several commands of `dachs` in one interpreter: gavo is imported once, and the commands on each RD run in a fork of it.

Runs with the standard library and gavo only: `python3 - [GROUP...] < batch.py`, where a group is a JSON list of command
lines, each a list of words. For each command that ran, a JSON line {"words", "status", "said"} goes to standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import traceback

SAID = 4000
"""How many characters of what a command says are kept."""


def main(groups: list[list[list[str]]]) -> None:
    """Run each group in a process of its own; what follows a command that failed is left out in its group."""
    os.umask(0o002)
    from gavo import api  # noqa: F401
    from gavo.registry import publication  # noqa: F401
    from gavo.user import importing, limits  # noqa: F401

    parent = os.getppid()
    for group in groups:
        if os.getppid() != parent:
            return  # who wanted this is gone, and may have begun anew
        with tempfile.TemporaryFile() as told:
            pid = os.fork()
            if pid == 0:
                run_group(group, told.fileno())
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            told.seek(0)
            lines = told.read().splitlines()
        for line in lines:
            print(line.decode("ascii"), flush=True)
        if status:
            died = group[min(len(lines), len(group) - 1)]
            said = f"its process ended with status {status}"
            print(json.dumps({"words": died, "status": status, "said": said}), flush=True)


def run_group(group: list[list[str]], report: int) -> None:
    """Run commands one after the other in this process, and end it."""
    for words in group:
        with tempfile.TemporaryFile() as output:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            status = run(words)
            output.seek(max(0, output.tell() - SAID))
            said = output.read().decode("utf-8", "replace")
        os.write(report, json.dumps({"words": words, "status": status, "said": said}).encode("ascii") + b"\n")
        if status:
            break
    os._exit(0)


def run(words: list[str]) -> int:
    """One command as `dachs` runs it; its exit status."""
    from gavo.user import cli

    sys.argv = ["dachs", *words]
    status: object = 0
    try:
        cli.main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 70
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    return status if isinstance(status, int) else 0 if status is None else 1


if __name__ == "__main__":
    main([json.loads(group) for group in sys.argv[1:]])
