"""DaCHS's own configuration: gavo.rc and the environment, read as DaCHS reads them."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dachsadmin.errors import ConfigurationError

# The values that hold when gavo.rc does not say otherwise (DaCHS 2.7, `dachs config`). Paths are relative to rootDir.
_DEFAULTS = {
    "general": {"rootdir": "/var/gavo", "configdir": "etc", "inputsdir": "inputs", "cachedir": "cache",
                "logdir": "logs", "tempdir": "tmp", "webdir": "web", "statedir": "state", "group": "gavo",
                "gavogroup": "gavo"},
    "web": {"user": "gavo", "serverurl": "http://localhost:8080", "serverport": "8080",
            "bindaddress": "127.0.0.1", "logformat": "default"},
    "db": {"profilepath": "~/.gavo:$configDir"},
    "ivoa": {"authority": "x-unregistred", "validoaisets": "ivo_managed, vosi, local"},
}
_PATHS = ("configdir", "inputsdir", "cachedir", "logdir", "tempdir", "webdir", "statedir")


@dataclass(frozen=True)
class GavoRc:
    """What DaCHS is configured to. `files` are those that were read, in order; `values` are by (section, item), lower case."""

    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    def get(self, section: str, item: str) -> str:
        """A value as text, DaCHS's default if it is not set, `` if there is no default."""
        key = (section.lower(), item.lower())
        return self.values.get(key) or _DEFAULTS.get(key[0], {}).get(key[1], "")

    def path(self, item: str) -> Path:
        """A directory of section [general], absolute: relative ones stand below rootDir."""
        root = Path(os.path.expanduser(self.get("general", "rootDir")))
        return root / os.path.expanduser(self.get("general", item)) if item.lower() != "rootdir" else root

    @property
    def inputs(self) -> Path:
        return self.path("inputsDir")

    @property
    def server_user(self) -> str:
        """Whom the server runs as, and so whom RD code runs as."""
        return self.get("web", "user")

    @property
    def profile_path(self) -> tuple[Path, ...]:
        """Where database profiles (`feed`, `trustedquery`, ...) are looked for."""
        text = self.get("db", "profilePath").replace("$configDir", str(self.path("configDir")))
        return tuple(Path(os.path.expanduser(part)) for part in text.split(":") if part)


def read(environment: Mapping[str, str] | None = None) -> GavoRc:
    """Read $GAVOSETTINGS (else /etc/gavo.rc), then $GAVOCUSTOM (else ~/.gavorc), then $GAVO_INPUTSDIR, as DaCHS does.

    A file that is not there means DaCHS's defaults. Raises ConfigurationError for a file that cannot be read or parsed.
    """
    environment = os.environ if environment is None else environment
    values: dict[tuple[str, str], str] = {}
    files = []
    for name in (environment.get("GAVOSETTINGS", "/etc/gavo.rc"),
                 environment.get("GAVOCUSTOM") or os.path.join(environment.get("HOME", "/no_home"), ".gavorc")):
        path = Path(name)
        parser = configparser.ConfigParser(interpolation=None)
        try:
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
            parser.read_string(text, str(path))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}", f"run 'ls -l {path}'") from None
        except configparser.Error as error:
            reason = " ".join(str(error).split())
            raise ConfigurationError(f"{path} is no valid gavo.rc: {reason}", f"mend {path} and run again") from None
        files.append(path)
        for section in parser.sections():
            for item, value in parser.items(section):
                values[section.lower(), item.lower()] = value.strip()
    if environment.get("GAVO_INPUTSDIR"):
        values["general", "inputsdir"] = environment["GAVO_INPUTSDIR"]
    return GavoRc(values, tuple(files))


def passed_on(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What of our environment decides which configuration DaCHS reads."""
    return {name: environment[name] for name in ("GAVOSETTINGS", "GAVOCUSTOM", "GAVO_INPUTSDIR") if environment.get(name)}
