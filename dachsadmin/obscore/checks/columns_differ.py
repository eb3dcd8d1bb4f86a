"""Check DO202: columns-differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.survey import Survey


class ColumnsDiffer(Check):
    """All contributions have the same columns, in the same order and of the same types.

    UNION ALL joins columns by their places: where there are more or fewer, nothing can be imported any more; where the order
    differs, values stand in wrong columns. Where types differ, PostgreSQL casts each row, and indexes of
    the tables are of no use (measured: a sequential scan in place of an index scan). That happens after an upgrade of DaCHS or a
    change of userconfig.rd; `dachs imp -m` on the data item that makes the table writes the contribution anew.

    See:
        PostgreSQL, Combining Queries (https://www.postgresql.org/docs/current/queries-union.html)
    """

    code, name, severity, since = "DO202", "columns-differ", Severity.ERROR, "0.3"
    of_parts = True

    def check(self, survey: Survey) -> Iterator[Finding]:
        shapes = {part.table: tuple((column.name, column.type) for column in survey.tried[part.table].columns)
                  for part in survey.all_parts if survey.tried[part.table].problem is None}
        if not shapes:
            return
        usual = Counter(tuple(name for name, _ in shape) for shape in shapes.values()).most_common(1)[0][0]
        types = [Counter(shape[place][1] for shape in shapes.values() if len(shape) == len(usual)).most_common(1)[0][0]
                 for place in range(len(usual))]
        for part in survey.all_parts:
            shape = shapes.get(part.table)
            if shape is None:
                continue
            names = tuple(name for name, _ in shape)
            hint = f"run 'dachs imp {part.rd}', or 'dachs imp -m {part.rd} DD' with the data item that makes the table"
            if names != usual:
                yield self.finding(f"{part.table} contributes other columns than most: {_difference(names, usual)}", part=part,
                                   location=survey.place(part), hint=hint)
                continue
            others = [f"{name} is {kind}, not {wanted}" for (name, kind), wanted in zip(shape, types, strict=True)
                      if kind != wanted]
            if others:
                yield self.finding(f"{part.table} contributes other types than most: {', '.join(others)}", part=part,
                                   location=survey.place(part), severity=Severity.WARNING, hint=hint)


def _difference(names: tuple[str, ...], usual: tuple[str, ...]) -> str:
    lacking, further = ([name for name in one if name not in other] for one, other in ((usual, names), (names, usual)))
    told = [f"it lacks {', '.join(lacking)}" if lacking else "", f"it has {', '.join(further)} besides" if further else ""]
    return " and ".join(filter(None, told)) or "they are the same in another order"
