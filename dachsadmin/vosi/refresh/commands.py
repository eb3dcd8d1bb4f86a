"""Which commands of DaCHS bring the published metadata of an RD up to date, and in which order."""

from __future__ import annotations

from collections.abc import Collection

from dachsadmin.vosi.status.check import Holding
from dachsadmin.vosi.status.checks.statistics_missing import lacks_statistics

Words = tuple[str, ...]


def commands(held: Holding, mends: Collection[str], *, statistics: bool = False) -> tuple[Words, ...]:
    """The commands in order, as words after `dachs`.

    `imp -m` wipes the coverage of the RD, and `limits` finds it again. With -t that is quick, but wipes column statistics
    (measured with DaCHS 2.7), so it is for RDs that have none.
    """
    assert held.declared is not None
    found: list[Words] = imports(held) if "imp -m" in mends else []
    wiped = found and (held.rd in held.stored.covered or held.declared.coverage)
    wanting = statistics and any(lacks_statistics(held, table) for table in held.tables)
    if wanting or wiped or "limits" in mends:
        counted = any(table.key in held.stored.counted for table in held.tables)
        found.append(("limits", held.shown) if wanting or counted else ("limits", "-t", held.shown))
    if "pub" in mends:
        found.append(("pub", held.shown))
    return tuple(found)


def imports(held: Holding) -> list[Words]:
    """`imp -m`, plain where DaCHS takes it so, and for the data items that it has to be told by name.

    Plain, it is about the data items that are made unasked, and refuses RDs that have only others.
    """
    makers = [maker for table in held.tables for maker in table.makers]
    unasked = {table.key for table in held.tables if any(auto for _, auto in table.makers)}
    named = sorted({data for table in held.tables if table.key not in unasked for data, auto in table.makers if data})
    plain: list[Words] = [("imp", "-m", held.shown)] if not makers or unasked else []
    return plain + ([("imp", "-m", held.shown, *named)] if named else [])


def by_name(held: Holding) -> Words:
    """`imp -m` for all data items that make tables on disk, where the plain one fails; () if they have no names."""
    named = sorted({data for table in held.tables for data, _ in table.makers if data})
    return ("imp", "-m", held.shown, *named) if named else ()
