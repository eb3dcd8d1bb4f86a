"""VOTable answers: how the service says the query went, which columns there are, and their values."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dachsadmin.client.vo import NotUnderstood, QueryFailed
from dachsadmin.client.web import Answer

MEDIA_TYPES = ("application/x-votable+xml", "text/xml", "application/xml")


@dataclass(frozen=True)
class Votable:
    """An answer that could be parsed. `document` is astropy's; `table` its first one with columns, None without any."""

    document: Any
    table: Any

    @property
    def status(self) -> tuple[str, str]:
        """QUERY_STATUS in upper case and what stands with it; `` if there is none (DALI 1.1, 4.4)."""
        for resource in self.document.resources:
            for info in resource.infos:
                if info.name == "QUERY_STATUS":
                    return str(info.value).strip().upper(), " ".join(str(info.content or "").split())
        return "", ""

    @property
    def complaint(self) -> str:
        """What a service of an older protocol says in an INFO or PARAM named Error (SCS 1.03, 2.3)."""
        for resource in self.document.resources:
            inside = [item for table in resource.tables for item in (*table.infos, *table.params)]
            for item in (*self.document.infos, *self.document.params, *resource.infos, *resource.params, *inside):
                if item.name == "Error":
                    return " ".join(str(item.value).split()) or "an error without words"
        return ""

    @property
    def rows(self) -> int:
        return 0 if self.table is None else len(self.table.array)

    def demand_success(self, what: str) -> None:
        """Raise QueryFailed if the service says that the query failed."""
        state, told = self.status
        if state not in ("OK", "OVERFLOW", "") or self.complaint:
            raise QueryFailed(f"{what} failed: {told or self.complaint or state}")

    def field(self, *, utype: str = "", name: str = "") -> Any:
        """The first FIELD with a utype (its prefix and case do not count) or a name; None if there is none."""
        for field in self.table.fields if self.table is not None else ():
            if utype and _bare(field.utype) == utype.lower() or name and field.name.lower() == name.lower():
                return field
        return None

    def values(self, field: Any) -> list[Any]:
        """The values of a column as Python objects, None where there is none."""
        return [_plain(value) for value in self.table.array[field.ID].tolist()]

    def records(self, *names: str) -> list[dict[str, Any]]:
        """The rows as {name: value} of some columns. Raises NotUnderstood if one is missing."""
        columns = []
        for name in names:
            field = self.field(name=name)
            if field is None:
                raise NotUnderstood(f"the answer has no column {name}")
            columns.append(self.values(field))
        return [dict(zip(names, row)) for row in zip(*columns)]

    def params(self) -> dict[str, Any]:
        """The values of all PARAMs of the first table and of its groups and resource, by bare utype."""
        return {_bare(param.utype): _plain(param.value) for param in self._all_params() if param.utype}

    def _all_params(self) -> Iterator[Any]:
        for resource in self.document.resources:
            yield from resource.params
        if self.table is not None:
            yield from self.table.params
            for group in self.table.iter_groups():
                yield from (entry for entry in group.entries if hasattr(entry, "value"))


def read(answer: Answer, what: str) -> Votable:
    """Parse an answer, which `what` names. Raises NotUnderstood if it is no VOTable."""
    if answer.status >= 400 and b"<VOTABLE" not in answer.body[:2000]:
        raise NotUnderstood(f"{what} answers with HTTP status {answer.status}")
    return parse(answer.body, what)


def parse(content: bytes, what: str) -> Votable:
    """Parse a document. Raises NotUnderstood if it is no VOTable."""
    from astropy.io import votable
    from astropy.io.votable.exceptions import VOTableSpecError

    try:
        document = votable.parse(io.BytesIO(content), verify="ignore")
    except (VOTableSpecError, ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise NotUnderstood(f"{what} is no VOTable: {said}") from None
    return wrap(document)


def wrap(document: Any) -> Votable:
    """What astropy or pyVO has parsed."""
    tables = [table for table in document.iter_tables() if table.fields]
    return Votable(document, tables[0] if tables else None)


def _bare(utype: str | None) -> str:
    return (utype or "").rpartition(":")[2].lower()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "decode"):
        return value.decode()
    return value.item() if getattr(value, "size", 0) == 1 else value.tolist() if hasattr(value, "tolist") else value
