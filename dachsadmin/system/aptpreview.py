"""What apt would do to upgrade DaCHS: asked with lists of packages fetched anew, which the machine's own apt never sees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.errors import EnvironmentFault, TargetError
from dachsadmin.system import aptsources
from dachsadmin.system.command import CommandFailed, redact
from dachsadmin.system.debs import Apt, Change, Offer, parse_simulation
from dachsadmin.system.host import Host

_KINDS = {
    "key": r"NO_PUBKEY|EXPKEYSIG|KEYEXPIRED|REVKEYSIG|BADSIG|GPG error|OpenPGP signature|is not signed|public key",
    "clock": r"is not valid yet|is expired \(invalid since|Release file .* expired",
    "gone": r"does not have a Release file|no longer has a Release file|\b404\b|doesn't have the component",
}
_SUMMARIES = ("Some index files failed to download", "The repository is not updated and the previous index")
_REMOVED = re.compile(r"(?m)^(?:Remv|Purg) (\S+?)(?::\S+)? \[([^\]]*)\]")


@dataclass(frozen=True)
class Complaint:
    """What apt says of a source that it could not fetch; `kind` is key, clock, gone or network."""

    kind: str
    text: str


@dataclass(frozen=True)
class Removal:
    """A package that apt would remove."""

    package: str
    version: str


@dataclass(frozen=True)
class Preview:
    """What apt would do. `refused` is why it would do nothing at all, in its own words."""

    changes: tuple[Change, ...] = ()
    removals: tuple[Removal, ...] = ()
    refused: tuple[str, ...] = ()

    def version(self, package: str) -> str:
        """The version that a package would be upgraded to, `` if it stays."""
        return next((change.version for change in self.changes if change.package == package and change.before), "")


def refresh(apt: Apt) -> tuple[Complaint, ...]:
    """Fetch the lists of packages; where a source does not answer, the machine's own stay, and that is told.

    Raises EnvironmentFault without apt.
    """
    if apt.host.which("apt-get") is None:
        raise EnvironmentFault("this machine has no apt", "upgrade DaCHS as it was installed, and run 'dachs upgrade'")
    apt.prepare()
    done = apt.end_of("apt-get", "-q", "update", check=False)
    return complaints(done.stderr)


def complaints(said: str) -> tuple[Complaint, ...]:
    """What `apt-get update` complains of, each thing once."""
    found = {}
    for line in said.splitlines():
        match = re.match(r"[WE]: (.*)", line)
        if match and not match[1].startswith(_SUMMARIES):
            text = redact(aptsources.without_login(match[1].strip()))
            kind = next((kind for kind, pattern in _KINDS.items() if re.search(pattern, text)), "network")
            found[text] = Complaint(kind, text)
    return tuple(found.values())


def preview(apt: Apt, packages: Sequence[str], target: str, codename: str) -> Preview:
    """What `apt-get install` would do to installed packages of DaCHS, which all have one version.

    `target` is release, beta, backports, any, another suite, or `` for what apt prefers. Raises TargetError if no
    source has such a suite.
    """
    if target == "any":
        newest = apt.offers(packages[0])
        wanted = [f"{package}={newest[0].version}" for package in packages] if newest else []
    else:
        wanted = list(packages)
        suite = f"{codename}-backports" if target == "backports" else target
        if suite:
            _prefer(apt, suite, packages[0])
    try:
        told = apt.run("apt-get", "-s", "-q", "install", "--only-upgrade", *wanted)
    except CommandFailed as error:
        said = [line.strip() for line in error.completed.stdout.splitlines() if re.match(r" \S+ : ", line)]
        return Preview(refused=tuple(said) or (error.message,))
    return Preview(tuple(parse_simulation(told)), tuple(Removal(*found) for found in _REMOVED.findall(told)))


def _prefer(apt: Apt, suite: str, package: str) -> None:
    known = {offer.suite for offer in apt.offers(package)}
    if suite not in known:
        apt.add_suite(suite)
        if not any(offer.suite == suite for offer in apt.offers(package)):
            others = ", ".join(sorted(known)) or "none"
            raise TargetError(f"no source of packages has a suite {suite} with DaCHS; there is {others}",
                              "name one of them after --target-release, or leave it out")
    apt.prefer(suite)


def origins(apt: Apt, package: str) -> tuple[Offer, ...]:
    """The newest version that each archive offers."""
    newest: dict[str, Offer] = {}
    for offer in apt.offers(package):
        newest.setdefault(offer.archive, offer)
    return tuple(newest.values())


def codename(host: Host) -> str:
    """The name of this machine's Debian (bookworm), `` if it has none or is no Debian."""
    if not host.exists("/etc/os-release"):
        return ""
    fields = dict(re.findall(r'(?m)^(\w+)="?([^"\n]*)"?$', host.text("/etc/os-release")))
    return fields.get("VERSION_CODENAME", "") if fields.get("ID") == "debian" else ""
