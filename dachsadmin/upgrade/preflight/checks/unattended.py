"""Check DU113: unattended."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system import packages
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

PACKAGE = "unattended-upgrades"
FIELDS = {"origin": "o", "archive": "a", "suite": "a", "codename": "n", "label": "l", "component": "c", "site": "site"}
BLACKLIST = "/etc/apt/apt.conf.d/51unattended-upgrades-dachs"


class Unattended(Check):
    """DaCHS is upgraded when somebody is there.

    The package upgrades the database's schema as it is installed. unattended-upgrades would have that happen in the night,
    without backup, and without the chores that a release asks for; a broken RD can leave dpkg half-way.

    See:
        https://wiki.debian.org/UnattendedUpgrades
    """

    code, name, severity, since = "DU113", "unattended", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        if PACKAGE not in here.packages or not _is_on(here):
            return
        names = [package.name for package in here.of_dachs]
        left_out = packages.values(here.apt_configuration, "Unattended-Upgrade::Package-Blacklist")
        free = [name for name in names if not any(re.match(pattern, name) for pattern in left_out)]
        if not free:
            return
        for release in _releases(here):
            pattern = next((each for each in _patterns(here) if _matches(each, release)), None)
            if pattern is not None:
                yield self.finding(
                    f"unattended-upgrades would upgrade {', '.join(free)} from {release.get('site')} by itself", subject=free[0],
                    value=str(release.get("site")),
                    hint="put 'Unattended-Upgrade::Package-Blacklist { \"gavodachs2-\"; \"python3-gavo\"; };' into "
                    f"{BLACKLIST}")


def _is_on(here: Installation) -> bool:
    return any(value not in ("0", "") for value in packages.values(here.apt_configuration, "APT::Periodic::Unattended-Upgrade"))


def _patterns(here: Installation) -> Iterator[Mapping[str, str]]:
    """What unattended-upgrades takes packages from, by the letters of apt's Release files."""
    for text in packages.values(here.apt_configuration, "Unattended-Upgrade::Origins-Pattern"):
        pairs = (part.partition("=") for part in re.split(r"(?<!\\),", _filled(text, here)))
        yield {FIELDS.get(name.strip(), name.strip()): value.strip() for name, _, value in pairs}
    for text in packages.values(here.apt_configuration, "Unattended-Upgrade::Allowed-Origins"):
        origin, _, archive = _filled(text, here).partition(":")
        yield {"o": origin, "a": archive}


def _filled(text: str, here: Installation) -> str:
    return text.replace("${distro_id}", "Debian").replace("${distro_codename}", here.codename)


def _matches(pattern: Mapping[str, str], release: Mapping[str, str]) -> bool:
    return all(fnmatch.fnmatchcase(release.get(name, ""), value) for name, value in pattern.items())


def _releases(here: Installation) -> Iterator[Mapping[str, str]]:
    """The Release files of the archives that have DaCHS."""
    wanted = {(offer.archive.rstrip("/"), offer.suite) for offer in here.offers}
    told = here.lists.apt.run("apt-cache", "policy")
    for archive, suite, fields, site in re.findall(
            r"(?m)^ *-?\d+ (\S+) ([^/\s]+)/?\S* .*Packages\n +release (.*)\n(?: +origin (.*))?", told):
        if (archive.rstrip("/"), suite) in wanted:
            yield {**dict(part.partition("=")[::2] for part in fields.split(",")), "site": site}
