"""From which release on actions are owed: as told, as remembered, or as dpkg's log and the schema of the database say."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.errors import TargetError, UsageError
from dachsadmin.system import dpkglog
from dachsadmin.system.host import Host
from dachsadmin.upgrade import memory
from dachsadmin.upgrade.catalogue import Catalogue
from dachsadmin.upgrade.versions import numbers

_OF_DACHS = ("python3-gavo", "gavodachs2-server", "gavodachs-server")


def find(host: Host, told: str, state: str, catalogue: Catalogue, installed: str, schema: int) -> str:
    """The release up to which nothing is owed; `schema` is that of the database, `installed` a version of the catalogue.

    Raises UsageError where nothing tells.
    """
    if told:
        start = catalogue.version(told, "--from")
        if numbers(start) > numbers(installed):
            raise UsageError(f"--from: {start} is newer than DaCHS {installed}, which is installed",
                             "name the release that was here before")
        return start
    remembered = memory.read(host, state).finished
    if remembered:
        return remembered
    found = [*_of_log(host, catalogue, installed), *_of_schema(catalogue, installed, schema)]
    if not found:
        oldest = next(each.version for each in catalogue.releases if each.schema == catalogue.schema(installed))
        raise UsageError(f"nothing tells which DaCHS was here before {installed}",
                         f"name it: dachsadmin upgrade finish --from {oldest}")
    return min(found, key=numbers)


def _of_log(host: Host, catalogue: Catalogue, installed: str) -> Iterator[str]:
    """The releases that dpkg has replaced, as far as its logs go back."""
    for change in dpkglog.changes(host, _OF_DACHS.__contains__):
        try:
            release = catalogue.version(change.before)
        except TargetError:
            continue
        if numbers(release) < numbers(installed):
            yield release


def _of_schema(catalogue: Catalogue, installed: str, schema: int) -> Iterator[str]:
    """The oldest release with this schema, or the next lower one there is: for a database that came from elsewhere."""
    if 0 < schema < catalogue.schema(installed):
        reached = max((each.schema for each in catalogue.releases if each.schema <= schema), default=0)
        yield next((each.version for each in catalogue.releases if each.schema == reached), catalogue.versions[0])
