"""A survey of table files: columns, what they can fill, how DaCHS reads them, and whether they are time series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dachsadmin.start.introspect import bands, cds, column_roles, files, fits_tables, parquet, series, textual, votables
from dachsadmin.start.introspect.columns import Described, cleaned, described
from dachsadmin.start.introspect.samples import Sample, Unreadable, unpacked_beginning
from dachsadmin.start.survey import Field, Proposal, Reading, Refused, Survey

SAMPLE = 100
"""Files that are looked at if not all are."""
CLOSELY = 20
"""Files whose rows are kept; of the others, columns are compared."""

Progress = Callable[[str, int, int], None]


@dataclass
class _Group:
    """Files that DaCHS reads in one way."""

    sample: Sample
    paths: list[str] = field(default_factory=list)
    encodings: set[str] = field(default_factory=set)

    @property
    def reading(self) -> Reading:
        """The grammar, with an encoding that all files can be read in."""
        enc = next((each for each in ("iso-8859-1", "utf-8-sig", "utf-8") if each in self.encodings), "")
        reading = self.sample.reading
        return replace(reading, attributes=tuple((name, enc if name == "enc" else value) for name, value in reading.attributes))

    def add(self, path: str, sample: Sample) -> None:
        self.encodings.add(dict(sample.reading.attributes).get("enc", ""))
        if self.paths and len(self.paths) < CLOSELY:
            self.sample = self.sample.with_rows_of(sample)
        self.paths.append(path)


def read(path: str) -> Sample:
    """One table file, whatever its format. Raises Unreadable."""
    begin = unpacked_beginning(path)
    if fault := files.not_for_dachs(begin):
        raise Unreadable(fault)
    if begin.startswith(b"SIMPLE  ="):
        return fits_tables.read(path)
    if parquet.is_parquet(begin):
        return parquet.read(path)
    if votables.is_votable(begin):
        return votables.read(path)
    return cds.read(path) or textual.read(path)


def survey(paths: Sequence[str], *, whole: bool = False, sample: int = SAMPLE,
           progress: Progress = lambda what, done, total: None) -> tuple[Survey, list[str]]:
    """Facts about table files, without pattern and total; and the usable files among those looked at.

    Raises TargetError if no file can be used.
    """
    wanted = [path for path in paths if not cds.is_readme(path)] or list(paths)
    chosen = wanted if whole else files.spread(wanted, sample)
    groups: dict[tuple[Reading, tuple[str, ...]], _Group] = {}
    refused: list[Refused] = []
    for number, path in enumerate(chosen, 1):
        try:
            found = read(path)
        except Unreadable as fault:
            refused.append(Refused(path, str(fault)))
        else:
            groups.setdefault(_build(found), _Group(found)).add(path, found)
        if number % 10 == 0 or number == len(chosen):
            progress("reading tables", number, len(chosen))
    if not groups:
        raise files.none_usable(refused)
    most = max(groups.values(), key=lambda group: len(group.paths))
    refused += [Refused(path, _difference(group.sample, most.sample)) for group in groups.values() if group is not most
                for path in group.paths]
    return _described(most, len(chosen), tuple(refused)), most.paths


def _build(sample: Sample) -> tuple[Reading, tuple[str, ...]]:
    """What files must share to be read by one grammar; plain ASCII and UTF-8 go together with others."""
    attributes = tuple((name, value) for name, value in sample.reading.attributes if name != "enc")
    return replace(sample.reading, attributes=attributes), sample.signature


def _difference(sample: Sample, usual: Sample) -> str:
    lacks = [name for name in usual.signature if name not in sample.signature]
    more = [name for name in sample.signature if name not in usual.signature]
    said = [f"it lacks {', '.join(map(cleaned, lacks[:5]))}"] if lacks else []
    said += [f"it has {', '.join(map(cleaned, more[:5]))} besides"] if more else []
    if said:
        return f"its columns are not those of most others: {' and '.join(said)}"
    if sample.reading.grammar != usual.reading.grammar:
        return "its format is not that of most others"
    mine, usually = dict(sample.reading.attributes), dict(usual.reading.attributes)
    differing = sorted(name for name in {*mine, *usually} if mine.get(name) != usually.get(name))
    shown = ", ".join(f"{name} {mine.get(name) or 'none'}, not {usually.get(name) or 'none'}" for name in differing[:3])
    return f"it must be read in another way than most others ({shown or 'other columns'})"


def _described(group: _Group, looked_at: int, refused: tuple[Refused, ...]) -> Survey:
    columns = described(group.sample.columns)
    proposals = column_roles.proposals(columns)
    found = series.recognise(columns, proposals, files=len(group.paths))
    if found.object_column is not None:
        proposals = (*(each for each in proposals if each.role != "target"), found.object_column)
    if not any(each.role == "spectral_start" for each in proposals):
        proposals = (*proposals, *bands.proposals([each.field for each in columns], proposals))
    remarks = [*group.sample.remarks, *_remarks(columns, proposals), *([found.remark] if found.remark else [])]
    if not group.sample.whole:
        remarks.append(f"{group.sample.rows} rows were looked at, not all; what others hold may differ")
    return Survey(
        "timeseries" if found.is_series else "table", 0, looked_at, files=tuple(group.paths[:5]), refused=refused,
        fields=tuple(each.field for each in with_main(columns, proposals)), proposals=tuple(proposals), reading=group.reading,
        remarks=tuple(dict.fromkeys(remarks)))


def with_main(columns: Sequence[Described], proposals: Sequence[Proposal]) -> list[Described]:
    """The columns with `meta.main` for those that are position and identifier as they are, and for no others of that kind."""
    plain = {proposal.sources[0]: proposal.role for proposal in proposals if proposal.role in ("ra", "dec", "identifier")
             and len(proposal.sources) == 1 and not proposal.expression.startswith(("scale(", "parseAngle(", "math."))}
    ucds = {"ra": "pos.eq.ra", "dec": "pos.eq.dec", "identifier": "meta.id"}
    made = []
    for column in columns:
        role = plain.get(column.field.source, "")
        main = ucds.get(role, "")
        if role in ("ra", "dec") and not (column.is_number and column.field.unit in ("deg", "")):
            main = ""
        if main and column.field.ucd in ("", main, f"{main};meta.main"):
            unit = "deg" if role in ("ra", "dec") else column.field.unit
            made.append(replace(column, field=replace(column.field, ucd=f"{main};meta.main", unit=unit)))
        elif column.field.ucd in {f"{ucds[role]};meta.main" for role in plain.values()}:
            made.append(replace(column, field=replace(column.field, ucd=column.field.ucd.removesuffix(";meta.main"))))
        else:
            made.append(column)
    return made


def undescribed(fields: Sequence[Field], where: str) -> list[str]:
    """What to say if there are columns without a description."""
    lacking = [cleaned(each.source) for each in fields if not each.description]
    return [f"{len(lacking)} of {len(fields)} columns have no description, such as {lacking[0]}: {where}"] if lacking else []


def _remarks(columns: Sequence[Described], proposals: Sequence[Proposal]) -> list[str]:
    said = [f"{each.sentinel} in column {cleaned(each.field.source)} is taken for a missing value, as it is far from all others"
            for each in columns if each.sentinel]
    fields: list[Field] = [each.field for each in columns]
    said += undescribed(fields, "say in the RD what is in them")
    if not any(proposal.role == "ra" for proposal in proposals):
        galactic = any(each.ucd.startswith("pos.galactic") for each in fields)
        said.append("there are galactic coordinates only; compute right ascension and declination (ICRS), or leave positions out"
                    if galactic else "no columns were found that give a position in ICRS")
    return said
