"""Another DaCHS than the installed one: its packages found by apt, downloaded and unpacked, and nothing installed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dachsadmin.errors import AdminError, EnvironmentFault, TargetError
from dachsadmin.system import dachs
from dachsadmin.system.command import CommandFailed, Completed
from dachsadmin.system.host import Host
from dachsadmin.system.starting import try_import

PACKAGES = ("python3-gavo", "python3-gavo-stc", "python3-gavo-utils", "python3-gavo-votable")
"""What of DaCHS validation needs; they depend on each other in one and the same version."""

_GAVO_SUITES = frozenset({"release", "beta"})
_UNSTABLE = frozenset({"sid", "unstable"})
_SYSTEM = frozenset({"python3", "python3-minimal", "libpython3-stdlib", "libc6", "dpkg", "apt"})
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_TIMEOUT = 600
_MOST_MISSING = 12

# Hooks of the machine's apt configuration would act on the machine, not on our private state.
_CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
Dir::State::lists "{folder}/lists";
Dir::Cache "{folder}/cache";
Dir::Etc::sourceparts "{folder}/sources";
Dir::Etc::preferences "{folder}/preferences";
Acquire::Languages "none";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
APT::Install-Recommends "false";
Debug::NoLocking "true";
"""


@dataclass(frozen=True)
class Missing:
    """A Python module that DaCHS imports and that neither it nor its dependencies bring.

    `package` is what would bring it, `` if apt knows none.
    """

    module: str
    package: str = ""


@dataclass(frozen=True)
class Candidate:
    """A DaCHS that was unpacked into `folder`.

    `packages` are name and version of all that was unpacked, `missing` what should have been among it; `problem` says
    why it does not start all the same.
    """

    dachs: dachs.Dachs
    folder: Path
    packages: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Change:
    """A package that apt would install; `before` is the installed version, `` if there is none."""

    package: str
    version: str
    before: str = ""
    local: bool = False


def obtain(wanted: str, folder: Path, host: Host, *, interpreter: str = dachs.INTERPRETER,
           user: str | None = None) -> Candidate:
    """Unpack another DaCHS below `folder` (which is ours, and open to `user`, as whom it is tried).

    `wanted` is a directory with .debs or one .deb, a suite (`release`, `beta`, `sid`, ...), or a version. Raises
    TargetError if there is no such thing, EnvironmentFault if it cannot be had.
    """
    for program in ("apt-get", "apt-cache", "dpkg-deb"):
        if host.which(program) is None:
            raise EnvironmentFault(f"{program} is not installed, so other versions of DaCHS cannot be had",
                                   "validate on a Debian machine")
    apt = Apt(host, folder / "apt")
    given = _given_debs(wanted)
    if given:
        apt.prepare()
        given, changes = _simulate_given(apt, given)
        return _get(wanted, given, changes, apt, folder, interpreter, user)
    return obtain_version(_choose(wanted, apt), apt, folder, interpreter=interpreter, user=user)


def obtain_version(version: str, apt: Apt, folder: Path, *, interpreter: str = dachs.INTERPRETER,
                   user: str | None = None) -> Candidate:
    """The same with a version that an apt knows whose lists are fresh."""
    changes = apt.simulate([f"{package}={version}" for package in PACKAGES])
    return _get(version, [], changes, apt, folder, interpreter, user)


def _get(wanted: str, given: Sequence[Path], changes: Sequence[Change], apt: Apt, folder: Path, interpreter: str,
         user: str | None) -> Candidate:
    host = apt.host
    (folder / "debs").mkdir(mode=0o755)
    (folder / "root").mkdir(mode=0o755)
    _refuse_other_system(wanted, changes)
    apt.download([change for change in changes if not change.local], folder / "debs")
    unpacked = _unpack(host, [*given, *sorted((folder / "debs").glob("*.deb"))], folder / "root")
    missing, problem = _complete(host, apt, folder, interpreter, user, unpacked)
    return Candidate(_found(host, folder, interpreter, wanted), folder, unpacked, missing, problem)


def _given_debs(wanted: str) -> list[Path]:
    path = Path(wanted)
    if path.is_file() and wanted.endswith(".deb"):
        return [path.resolve()]
    if path.is_dir():
        found = sorted(path.resolve().glob("*.deb"))
        if not any(re.match(r"python3-gavo_", deb.name) for deb in found):
            raise TargetError(f"{wanted} has no python3-gavo_*.deb", "name a directory with the packages of one DaCHS")
        return [deb for deb in found if not deb.name.startswith("gavodachs2-server_")]
    if "/" in wanted:
        raise TargetError(f"there is no {wanted}", "name a directory with .debs, a suite such as sid, or a version")
    return []


def _simulate_given(apt: Apt, given: list[Path]) -> tuple[list[Path], list[Change]]:
    """What installing .debs would bring along; without those that DaCHS does not go with."""
    own = [deb for deb in given if deb.name.split("_")[0] in PACKAGES]
    try:
        return given, apt.simulate([str(path) for path in given])
    except EnvironmentFault:
        if own == given:
            raise
        return own, apt.simulate([str(path) for path in own])


def _choose(wanted: str, apt: Apt) -> str:
    """The newest version of DaCHS in a suite, or the one that is called so."""
    is_version = wanted[:1].isdigit()
    apt.prepare()
    apt.update()
    offers = apt.offers(PACKAGES[0])
    if not is_version and not any(_same_suite(wanted, offer.suite) for offer in offers):
        apt.add_suite(wanted)
        offers = apt.offers(PACKAGES[0])
    for offer in offers:
        if _is_version(wanted, offer.version) if is_version else _same_suite(wanted, offer.suite):
            return offer.version
    known = ", ".join(f"{offer.version} ({offer.suite})" for offer in offers) or "no DaCHS at all"
    raise TargetError(f"no configured source of packages has DaCHS {wanted}; there is {known}",
                      "name a suite such as sid, or a directory with its .debs")


def _same_suite(wanted: str, suite: str) -> bool:
    return wanted == suite or {wanted, suite} <= _UNSTABLE


def _is_version(wanted: str, version: str) -> bool:
    return version == wanted or version.startswith(wanted) and not version[len(wanted)].isalnum()


def _refuse_other_system(wanted: str, changes: Sequence[Change]) -> None:
    moved = sorted(change.package for change in changes if change.before and change.package in _SYSTEM)
    if moved:
        raise EnvironmentFault(f"DaCHS {wanted} is made for another Debian: apt would upgrade {', '.join(moved)} with it",
                               "validate with it on a machine with that Debian")


# -- apt, with a state of its own ------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Offer:
    """A version that a source offers; `archive` is its address."""

    version: str
    suite: str
    archive: str = field(default="", compare=False)


class Apt:
    """apt with the machine's sources and packages, and lists, cache and preferences of its own below `folder`."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self.folder = folder

    def run(self, program: str, *arguments: str, cwd: str = "/") -> str:
        return self.end_of(program, *arguments, cwd=cwd).stdout

    def end_of(self, program: str, *arguments: str, cwd: str = "/", check: bool = True) -> Completed:
        # The configuration file of the environment is read before the machine's, ours after all others.
        argv = [program, "-c", str(self.folder / "apt.conf"), *arguments]
        return self.host.run(argv, timeout=_TIMEOUT, cwd=cwd, check=check)

    def prefer(self, suite: str) -> None:
        """Take packages from a suite, as -t of apt-get does. It has to be among the sources."""
        with open(self.folder / "apt.conf", "a", encoding="utf-8") as configuration:
            configuration.write(f'APT::Default-Release "{suite}";\n')

    def prepare(self) -> None:
        """Start from the lists that the machine has."""
        for name in ("lists/partial", "cache/archives/partial", "sources"):
            (self.folder / name).mkdir(parents=True, mode=0o755)
        (self.folder / "apt.conf").write_text(_CONFIGURATION.format(folder=self.folder))
        (self.folder / "preferences").write_bytes(_content(Path("/etc/apt/preferences")))
        for source in sorted(Path("/etc/apt/sources.list.d").glob("*")):
            (self.folder / "sources" / source.name).symlink_to(source)
        for listed in Path("/var/lib/apt/lists").glob("*_dists_*"):
            (self.folder / "lists" / listed.name).write_bytes(_content(listed))
            found = listed.stat()
            os.utime(self.folder / "lists" / listed.name, ns=(found.st_atime_ns, found.st_mtime_ns))

    def update(self) -> None:
        """Fetch the lists of packages; where a source does not answer, older lists stay."""
        try:
            self.run("apt-get", "-q", "update")
        except CommandFailed as error:
            if not self.offers(PACKAGES[0]):
                raise EnvironmentFault(f"the lists of packages cannot be fetched: {error.message}",
                                       "run 'apt-get update', or give a directory with .debs") from None

    def add_suite(self, suite: str) -> None:
        """Add a suite of Debian that the machine does not use, below everything that it uses."""
        if suite in _GAVO_SUITES:
            raise TargetError(f"the suite {suite} of GAVO's repository is not among this machine's sources of packages",
                              "add it as https://docs.g-vo.org/DaCHS/install.html says, or name a suite of Debian")
        signed = f"[signed-by={_KEYRING}] " if os.path.exists(_KEYRING) else ""
        (self.folder / "sources" / "dachsadmin.list").write_text(f"deb {signed}{self._mirror()} {suite} main\n")
        with open(self.folder / "preferences", "a", encoding="utf-8") as preferences:
            preferences.writelines(f"\nPackage: *\nPin: release {key}={name}\nPin-Priority: 90\n"
                                   for key, name in (("n", suite), ("a", suite)))
        self.update()

    def _mirror(self) -> str:
        """Where this machine gets Debian from."""
        form = "$(ORIGIN) $(COMPONENT) $(SUITE) $(REPO_URI)"
        for line in self.run("apt-get", "indextargets", "--format", form, "Created-By: Packages").splitlines():
            words = line.split()
            if words[:2] == ["Debian", "main"] and "security" not in line and "updates" not in line:
                return words[-1]
        return "http://deb.debian.org/debian/"

    def offers(self, package: str) -> list[Offer]:
        """The versions of a package that the sources have, newest first."""
        found = []
        for line in self.run("apt-cache", "madison", package).splitlines():
            row = [part.strip() for part in line.split("|")]
            match = re.match(r"(\S+) (\S+?)(?:/\S+)? \S+ Packages$", row[2]) if len(row) == 3 else None
            if match:
                found.append(Offer(row[1], match[2], match[1]))
        return found

    def simulate(self, wanted: Sequence[str]) -> list[Change]:
        """What apt would do to install packages (`name=version`) or .debs. Raises EnvironmentFault if it could not."""
        try:
            told = self.run("apt-get", "-s", "-q", "install", "--allow-downgrades", "--reinstall", *wanted)
        except CommandFailed as error:
            said = [line.strip() for line in error.completed.stdout.splitlines() if re.match(r" \S+ : ", line)]
            raise EnvironmentFault("apt could not install this DaCHS here: " + ("; ".join(said) or error.message),
                                   error.hint) from None
        return parse_simulation(told)

    def download(self, changes: Sequence[Change], folder: Path) -> None:
        if not changes:
            return
        wanted = [f"{change.package}={change.version}" for change in changes]
        try:
            self.run("apt-get", "-q", "download", *wanted, cwd=str(folder))
        except CommandFailed as error:
            raise EnvironmentFault(f"{', '.join(wanted)} cannot be downloaded: {error.message}", error.hint) from None

    def package_of(self, module: str) -> str:
        """The package that most likely brings a Python module, `` if there is none of such a name."""
        plain = module.lower().replace("_", "-")
        top = plain.partition(".")[0]
        for name in dict.fromkeys(f"python3-{part}" for part in (plain, plain.replace(".", "-"), top)):
            if self.offers(name):
                return name
        return ""


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


_INST = re.compile(r"Inst (\S+?)(?::\S+)? (?:\[([^\]]*)\] )?\((\S+) ([^\[]*)")


def parse_simulation(told: str) -> list[Change]:
    """The packages that `apt-get -s install` says it would unpack."""
    found = []
    for line in told.splitlines():
        match = _INST.match(line)
        if match:
            found.append(Change(match[1], match[3], match[2] or "", "local-deb" in match[4]))
    return found


def _unpack(host: Host, debs: Sequence[Path], root: Path) -> dict[str, str]:
    """Unpack .debs, running none of their scripts; their names and versions.

    The installed Python packages are linked in beside the unpacked ones, as installing would have put them: DaCHS 2.13
    looks for modules in the setuptools next to it. Nothing is ever unpacked over a link.
    """
    packages = root / "usr" / "lib" / "python3" / "dist-packages"
    for link in packages.glob("*"):
        if link.is_symlink():
            link.unlink()
    unpacked = {}
    for deb in debs:
        try:
            told = host.run(["dpkg-deb", "-f", str(deb), "Package", "Version"], timeout=60).stdout
            host.run(["dpkg-deb", "-x", str(deb), str(root)], timeout=_TIMEOUT)
        except CommandFailed as error:
            raise TargetError(f"{deb} is no Debian package: {error.message}", "fetch it again") from None
        fields = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
        unpacked[fields.get("Package", deb.name)] = fields.get("Version", "")
    packages.mkdir(parents=True, exist_ok=True)
    for installed in Path("/usr/lib/python3/dist-packages").glob("*"):
        here = packages / installed.name
        if not installed.name.startswith(("gavo", "__pycache__")) and not here.exists():
            here.symlink_to(installed)
    return unpacked


def _complete(host: Host, apt: Apt, folder: Path, interpreter: str, user: str | None,
              unpacked: dict[str, str]) -> tuple[tuple[Missing, ...], str]:
    """Find out which modules are missing, and unpack the packages that bring them, so that DaCHS can be tried."""
    pretended: list[str] = []
    told: dict[str, str] = {}
    while len(pretended) < _MOST_MISSING:
        told = try_import(host, _pythonpath(folder), interpreter, user, pretended)
        if "missing" not in told or told["missing"].startswith("gavo.") or told["missing"] in pretended:
            break
        pretended.append(told["missing"])
    missing = tuple(Missing(module, apt.package_of(module)) for module in pretended)
    if missing:
        _fetch(host, apt, [one.package for one in missing if one.package], folder, unpacked)
        told = try_import(host, _pythonpath(folder), interpreter, user)
    return missing, told.get("problem") or (f"it misses the module {told['missing']}" if told.get("missing") else "")


def _fetch(host: Host, apt: Apt, packages: Sequence[str], folder: Path, unpacked: dict[str, str]) -> None:
    """Get packages that DaCHS needs and does not ask for. Not getting them is told where it does not start."""
    before = set((folder / "debs").glob("*.deb"))
    try:
        changes = apt.simulate(packages) if packages else []
        apt.download([change for change in changes if change.package not in unpacked], folder / "debs")
    except AdminError:
        return
    unpacked.update(_unpack(host, sorted(set((folder / "debs").glob("*.deb")) - before), folder / "root"))


def _pythonpath(folder: Path) -> str:
    return str(folder / "root" / "usr" / "lib" / "python3" / "dist-packages")


def _found(host: Host, folder: Path, interpreter: str, wanted: str) -> dachs.Dachs:
    found = dachs.find(host, interpreter, _pythonpath(folder))
    if found is None or not found.folder.startswith(str(folder)):
        raise TargetError(f"there is no DaCHS for {interpreter} in what {wanted} brings",
                          "name a directory with the packages of one DaCHS")
    return found
