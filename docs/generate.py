#!/usr/bin/python3
"""Make the pages in docs/ that are made; with --build DIR, man pages, completion and the sample settings instead."""

from __future__ import annotations

import argparse
import os
import sys
import time
import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parent
CHECKS = ("probe.checks", "obscore.checks", "vosi.conformance.checks", "vosi.status.checks", "upgrade.preflight.checks",
          "upgrade.comparisons")
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

import commands  # noqa: E402
import completion  # noqa: E402
import pages  # noqa: E402
import releases  # noqa: E402


def main() -> int:
    """Exit status 1 if --check finds a page that is not as it would be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page in docs/ is stale")
    parser.add_argument("--build", metavar="DIR", type=Path, help="make what a package needs in this directory")
    wanted = parser.parse_args()
    made = built() if wanted.build else written()
    stale = []
    for name, content in made.items():
        file = (wanted.build or DOCS) / name
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            stale.append(str(file))
            if not wanted.check:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content, encoding="utf-8")
    for file in stale:
        print(f"{'stale' if wanted.check else 'written'}: {file}")
    return 1 if wanted.check and stale else 0


def written() -> dict[str, str]:
    """The pages that stand in docs/ and are committed."""
    return {"rules.md": pages.rules(rules()), "probe.md": pages.probe(rules("probe.checks")),
            "obscore.md": pages.obscore(rules("obscore.checks")),
            "vosi-check.md": pages.vosi_check(rules("vosi.conformance.checks")),
            "vosi-status.md": pages.vosi_status(rules("vosi.status.checks")),
            "upgrade-check.md": pages.upgrade_check(rules("upgrade.preflight.checks")),
            "upgrade-compare.md": pages.upgrade_compare(rules("upgrade.comparisons")),
            "upgrade-releases.md": releases.page(),
            "exit-codes.md": pages.exit_codes(), "settings.md": pages.settings(),
            "commands.md": pages.commands(top())}


def built() -> dict[str, str]:
    """What a package is made with."""
    from dachsadmin.report.formats import FORMATS
    from dachsadmin.settings import sample

    command, date, source = top(), day(), f"dachsadmin {version()}"
    words = {"rule": [rule.code for rule in rules()], "check": [check.code for package in CHECKS for check in rules(package)],
             "format": list(FORMATS)}
    made = {f"man/{one.page}.{one.section}": pages.man(one, command, DOCS / "man", date, source)
            for one in (command, *command.commands)}
    made["man/dachsadmin.yaml.5"] = pages.man_settings(date, source)
    made["completion/dachsadmin.bash"] = completion.bash(command, words)
    made["completion/_dachsadmin"] = completion.zsh(command, words)
    made["examples/dachsadmin.yaml"] = sample()
    return made


def top() -> commands.Command:
    from dachsadmin.cli.main import app
    from dachsadmin.cli.without_rich import typer

    return commands.read(typer.main.get_command(app))


def rules(package: str = "val.rules") -> list:
    from dachsadmin.check.rule import describe, discover

    return [describe(rule) for rule in discover(f"dachsadmin.{package}")]


def version() -> str:
    return tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def day() -> str:
    """The date on man pages; SOURCE_DATE_EPOCH makes builds repeatable."""
    return time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))


if __name__ == "__main__":
    sys.exit(main())
