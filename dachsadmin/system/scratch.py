"""A throw-away PostgreSQL cluster with a private DaCHS configuration, gone when it is not needed any more."""

from __future__ import annotations

import contextlib
import grp
import hashlib
import logging
import os
import pwd
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from dachsadmin.errors import AdminError, EnvironmentFault
from dachsadmin.system import dachs, leftovers
from dachsadmin.system.command import CommandFailed
from dachsadmin.system.dbprofile import Profile
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase

_log = logging.getLogger(__name__)
_FORMAT = 2
"""Counted up when a template of a cluster is made differently."""
_KEPT_TEMPLATES = 4
_DATABASE = "postgres"
_SUPERUSER = "postgres"
_TIMEOUT = 120

_SETTINGS = """\
listen_addresses = ''
port = 5432
unix_socket_directories = '{home}'
unix_socket_permissions = 0700
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 32MB
shared_buffers = 32MB
max_connections = 60
dynamic_shared_memory_type = mmap
autovacuum = off
jit = off
log_destination = stderr
logging_collector = off
"""
_WITHOUT_DACHS = b"""
CREATE EXTENSION pg_sphere; CREATE EXTENSION q3c;
CREATE ROLE gavoadmin LOGIN CREATEROLE; CREATE ROLE gavo LOGIN; CREATE ROLE untrusted LOGIN;
GRANT ALL ON DATABASE postgres TO gavoadmin; GRANT ALL ON SCHEMA public TO gavoadmin;
"""


@dataclass(frozen=True)
class PostgresPrograms:
    """The server's own programs; `version` is the major one."""

    version: int
    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_programs(library: Path = Path("/usr/lib/postgresql"),
                  share: Path = Path("/usr/share/postgresql")) -> PostgresPrograms:
    """The newest installed server that has pgsphere and q3c. Raises EnvironmentFault with what is to be installed."""
    servers = sorted((int(path.name) for path in library.glob("*") if path.name.isdecimal() and all(
        (path / "bin" / name).exists() for name in ("initdb", "pg_ctl", "postgres"))), reverse=True)
    if not servers:
        raise EnvironmentFault("there is no PostgreSQL server that a throw-away database could be made with",
                               "run 'apt-get install postgresql postgresql-pgsphere postgresql-q3c'")
    for version in servers:
        if not _lacking(version, share):
            return PostgresPrograms(version, library / str(version) / "bin")
    lacking = _lacking(servers[0], share)
    packages = " ".join(f"postgresql-{servers[0]}-{package}" for package in lacking)
    raise EnvironmentFault(f"PostgreSQL {servers[0]} lacks {' and '.join(lacking)}, which DaCHS needs",
                           f"run 'apt-get install {packages}'")


def _lacking(version: int, share: Path) -> list[str]:
    controls = {"pgsphere": "pg_sphere.control", "q3c": "q3c.control"}
    return [package for package, control in controls.items()
            if not (share / str(version) / "extension" / control).exists()]


class Scratch:
    """A running throw-away database, set up by a DaCHS of whichever version, with the service tree as its inputsDir.

    As a context manager: `environment` is what a worker needs to use it, `user` whom everything runs as (None: us),
    `dsn` a superuser's connection string, `profile` how DaCHS's unprivileged role connects. The cluster belongs to the
    user that RD code runs as, so that RD code gains nothing by breaking into it.
    """

    def __init__(self, inputs: str | os.PathLike[str], *, interpreter: str | None = dachs.INTERPRETER,
                 pythonpath: str = "", config: GavoRc | None = None, etc: Sequence[Path] = (), host: Host | None = None,
                 templates: Path | None = None) -> None:
        """With `interpreter` None there is no DaCHS: its roles and the extensions, but no tables.

        `config` is the site's, for its authority, [ivoa] and [web] settings, and vocabularies. `etc` are directories from
        which default metadata and userconfig.rd are taken over: each file from the first that has it.

        `templates` is where initialised clusters are kept, to make the next start faster.
        """
        self.inputs = os.path.abspath(inputs)
        self.interpreter = interpreter
        self.pythonpath = pythonpath
        self.config = config or GavoRc()
        self.etc = tuple(etc)
        self.host = host or Host()
        self.user, self.group = unprivileged(self.host, self.config)
        self.templates = templates or _template_folder(self.host)
        self._base: Path | None = None
        self._lock = -1

    @property
    def base(self) -> Path:
        if self._base is None:
            raise RuntimeError("a Scratch lives inside its with statement only")
        return self._base

    @property
    def home(self) -> Path:
        return self.base / "home"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a DaCHS use this database and configuration."""
        return {"GAVOSETTINGS": str(self.base / "gavo.rc"), "GAVOCUSTOM": "/nonexistent", "GAVO_INPUTSDIR": self.inputs,
                "HOME": str(self.home), "PYTHONPATH": self.pythonpath}

    @property
    def dsn(self) -> str:
        return f"dbname={_DATABASE} host={self.home} port=5432 user={_SUPERUSER}"

    @property
    def profile(self) -> Profile:
        """How DaCHS's role for reading connects."""
        return Profile(database=_DATABASE, host=str(self.home), port="5432", user="gavo")

    @property
    def database(self) -> LiveDatabase:
        """A new connection to the database, for rules to ask."""
        return LiveDatabase(self.profile, scratch=True)

    def __enter__(self) -> Scratch:
        leftovers.remove_all()
        programs = find_programs()
        found = self._find_dachs()
        try:
            self._base, self._lock = leftovers.claim(leftovers.place(switching=self.user is not None))
            self._lay_out()
            template = self.templates / f"{_template_key(programs, found)}.tar.gz"
            if not self._unpack(template):
                self._make_cluster(programs, found)
                self._pack(programs, template)
            self._start(programs)
            if found is not None:
                self._adopt_site()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server and remove everything."""
        if self._base is not None:
            leftovers.remove(self._base)
            self._base = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _run(self, *argv: str, env: dict[str, str] | None = None, stdin: bytes = b"") -> str:
        environment = {"HOME": str(self.home), "PGOPTIONS": ""} | (env or {})
        return self.host.run(argv, user=self.user, env=environment, stdin=stdin, timeout=_TIMEOUT,
                             cwd=str(self.home)).stdout

    def _lay_out(self) -> None:
        """Our files belong to us, and are there before the home is given to the user."""
        base, home = self.base, self.home
        (base / "profiles").mkdir(mode=0o755)
        place = f"database = {_DATABASE}\nhost = {home}\nport = 5432\n"
        for name, role in (("feed", "gavoadmin"), ("trustedquery", "gavo"), ("untrustedquery", "untrusted")):
            (base / "profiles" / name).write_text(f"{place}user = {role}\npassword = trusted-on-a-private-socket\n")
        (base / "postgresql.conf").write_text(_SETTINGS.format(home=home))
        (base / "init.rc").write_text(self._gavo_rc(str(home / "root" / "inputs")))
        (base / "gavo.rc").write_text(self._gavo_rc(self.inputs))
        for path in (*base.iterdir(), *(base / "profiles").iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
        home.mkdir(mode=0o700)
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.chown(home, account.pw_uid, account.pw_gid)

    def _gavo_rc(self, inputs: str) -> str:
        """The private configuration. Without a user gavo, DaCHS must be told whom its files belong to."""
        user = self.user or pwd.getpwuid(os.geteuid()).pw_name
        own = {"general": {"rootDir": str(self.home / "root"), "inputsDir": inputs, "group": self.group,
                           "gavoGroup": self.group},
               "db": {"profilePath": str(self.base / "profiles")},
               "ivoa": {"authority": "org.example"} | self._taken_over("ivoa"),
               "web": {**self._taken_over("web"), "user": user}}
        return "".join(f"[{section}]\n" + "".join(f"{item}: {value}\n" for item, value in items.items())
                       for section, items in own.items())

    def _taken_over(self, section: str) -> dict[str, str]:
        """The site's settings of a section; never a secret, and nothing that only a running server needs."""
        return {item: value.replace("\n", "\n  ") for (where, item), value in self.config.values.items()
                if where == section and item not in ("user", "bindaddress", "serverport") and "passw" not in item}

    def _unpack(self, template: Path) -> bool:
        try:
            packed = template.read_bytes()
        except OSError:
            return False
        try:
            self._run("tar", "-xzp", stdin=packed)
        except CommandFailed as error:
            _log.info("the template %s is of no use: %s", template, error.message)
            shutil.rmtree(self.home / "pgdata", ignore_errors=True)
            with contextlib.suppress(OSError):
                template.unlink()
            return False
        with contextlib.suppress(OSError):
            os.utime(template)
        return True

    def _find_dachs(self) -> dachs.Dachs | None:
        if self.interpreter is None:
            return None
        found = dachs.find(self.host, self.interpreter, self.pythonpath)
        if found is None:
            raise EnvironmentFault(f"{self.interpreter} has no DaCHS to validate with",
                                   "run 'apt-get install python3-gavo'")
        return found

    def _make_cluster(self, programs: PostgresPrograms, found: dachs.Dachs | None) -> None:
        self._run(programs.program("initdb"), "-D", "pgdata", "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync", "--no-instructions", "--wal-segsize=1")
        self._run("sh", "-c", "echo \"include '../../postgresql.conf'\" >> pgdata/postgresql.conf; mkdir -p root")
        self._start(programs)
        if found is None:
            self._run(programs.program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", self.dsn, stdin=_WITHOUT_DACHS)
            return
        environment = {**self.environment, "HOME": str(self.home), "PGOPTIONS": "", "GAVOSETTINGS": str(self.base / "init.rc"),
                       "GAVO_INPUTSDIR": str(self.home / "root" / "inputs")}
        done = self.host.run([found.interpreter, "-m", "gavo.user.cli", "init", "-d", self.dsn], user=self.user,
                             env=environment, timeout=_TIMEOUT, cwd=str(self.home), check=False)
        # DaCHS 2.11 ends well, too, where its own RDs cannot be imported.
        if done.returncode or not self._has_own_tables():
            said = [line.strip() for line in done.stderr.splitlines() if line.strip() and "--debug" not in line]
            raise EnvironmentFault(f"DaCHS {found.version} cannot set up a database of its own: "
                                   + (said[-1] if said else f"it ended with {done.returncode}"),
                                   f"run '{found.interpreter} -c \"import gavo.api\"' to see whether it lacks something")

    def _has_own_tables(self) -> bool:
        database = LiveDatabase(Profile(database=_DATABASE, host=str(self.home), port="5432", user=_SUPERUSER))
        try:
            return {"dc", "tap_schema"} <= database.schemas()
        finally:
            database.close()

    def _pack(self, programs: PostgresPrograms, template: Path) -> None:
        """Keep the fresh cluster for the next time. Not being able to is no fault."""
        self._run(programs.program("pg_ctl"), "-D", "pgdata", "-m", "fast", "-w", "stop")
        packed = self.host.run(["tar", "-c", "--use-compress-program=gzip -1", "pgdata", "root"], user=self.user,
                               cwd=str(self.home), timeout=_TIMEOUT).stdout_bytes
        try:
            self.templates.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.host.write_atomic(str(template), packed, mode=0o600)
            by_age = sorted(self.templates.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
            for old in by_age[_KEPT_TEMPLATES:]:
                old.unlink()
        except (OSError, AdminError) as error:
            _log.info("the next scratch database will start as slowly: %s", error)

    def _start(self, programs: PostgresPrograms) -> None:
        try:
            self._run(programs.program("pg_ctl"), "-D", "pgdata", "-l", "postgresql.log", "-w", "-t", "60", "start")
        except CommandFailed as error:
            try:
                told = (self.home / "postgresql.log").read_text(errors="replace").strip().splitlines()
            except OSError:
                told = []
            raise EnvironmentFault("the throw-away PostgreSQL server does not start: "
                                   + (told[-1] if told else error.message), error.hint) from None

    def _adopt_site(self) -> None:
        """Default metadata, userconfig.rd and vocabularies decide verdicts: take over what there is."""
        for name in ("defaultmeta.txt", "userconfig.rd"):
            for folder in self.etc:
                if self._copy(folder / name, self.home / "root" / "etc" / name):
                    break
        with contextlib.suppress(OSError):
            for path in sorted(self.config.path("cacheDir").glob("http*=2Frdf=2F*")):
                self._copy(path, self.home / "root" / "cache" / path.name)

    def _copy(self, source: Path, target: Path) -> bool:
        try:
            with open(os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
                found = os.fstat(stream.fileno())
                if not stat.S_ISREG(found.st_mode):
                    return False
                content = stream.read()
        except OSError:
            return False
        self.host.write_atomic(str(target), content, mode=0o600, owner=self.user and f"{self.user}:{self.group}")
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns), follow_symlinks=False)
        return True


def unprivileged(host: Host, config: GavoRc) -> tuple[str | None, str]:
    """Whom RD code runs as, and that user's group: the server's user or nobody; None if we are no root: ourselves."""
    user: str | None = None
    if host.is_root:
        user = next((name for name in (config.server_user, "gavo", "nobody") if _usable(name)), None)
        if user is None:
            raise EnvironmentFault("there is no unprivileged user to run RD code as",
                                   "run 'adduser --system --group gavo'")
    try:
        account = pwd.getpwnam(user) if user else pwd.getpwuid(os.geteuid())
        return user, grp.getgrgid(account.pw_gid).gr_name
    except KeyError:
        raise EnvironmentFault(f"user {user or os.geteuid()} is not in /etc/passwd, or its group not in /etc/group",
                               "run as a user that has a name; PostgreSQL needs one, too") from None


def _usable(name: str) -> bool:
    """The two that are left out rule over the real database server."""
    try:
        return name not in ("dachsroot", "postgres") and pwd.getpwnam(name).pw_uid != 0
    except KeyError:
        return False


def _template_folder(host: Host) -> Path:
    if host.is_root:
        return Path("/var/cache/dachsadmin/scratch")
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return Path(cache if os.path.isabs(cache) else os.path.expanduser("~/.cache")) / "dachsadmin" / "scratch"


def _template_key(programs: PostgresPrograms, found: dachs.Dachs | None) -> str:
    """Changes with everything that goes into a fresh cluster: the server, its extensions, DaCHS's RDs."""
    share = Path("/usr/share/postgresql") / str(programs.version) / "extension"
    sources = [programs.folder / "postgres", *share.glob("pg_sphere*"), *share.glob("q3c*")]
    marks = [str(_FORMAT)]
    if found is not None:
        package = Path(found.folder)
        sources += [package / "user" / "initdachs.py", *(package / "resources" / "inputs" / "__system__").glob("*")]
        marks += [found.version, found.python]
    for path in sorted(sources):
        with contextlib.suppress(OSError):
            marks.append(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}")
    return hashlib.sha256("\n".join(marks).encode("utf-8", "surrogateescape")).hexdigest()[:32]
