"""Our own version, of which pyproject.toml is the one source."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def version() -> str:
    """The version in the pyproject.toml beside the package (a checkout), else that of the installed package."""
    source = Path(__file__).parents[1] / "pyproject.toml"
    if source.is_file():
        import tomllib

        with source.open("rb") as stream:
            project = tomllib.load(stream)["project"]
        if project["name"] == "dachsadmin":
            return str(project["version"])
    from importlib.metadata import version as installed

    return installed("dachsadmin")
