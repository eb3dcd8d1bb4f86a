"""What was looked at in a table file is what DaCHS imports: its grammars and rowmakers, as proposed, over files of all formats."""

from __future__ import annotations

import datetime
import gzip
import io
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import byte_by_byte
import pytest

from conftest import new_site
from dachsadmin.start.introspect import tables
from dachsadmin.start.introspect.column_roles import proposals
from dachsadmin.start.introspect.columns import Described, described

ROWS = [(30 + 1.5 * row, -0.25 * row, 12 + row / 7, f"star {row}", row) for row in range(40)]
FIELDS = ('<FIELD name="time" datatype="double" unit="d"/><FIELD name="G-mag" datatype="float" unit="mag"/><FIELD name="class" datatype="char"'
          ' arraysize="*"/><FIELD name="n" datatype="int"><VALUES null="-9"/></FIELD><FIELD name="v" datatype="float" arraysize="2"/>'
          '<FIELD name="ok" datatype="boolean"/><FIELD name="when" datatype="char" arraysize="*" xtype="timestamp"/>')
CELLS = ("<TR><TD>58000.5</TD><TD>NaN</TD><TD>a</TD><TD>-9</TD><TD>1 2</TD><TD>T</TD><TD>2015-01-01T12:00:00</TD></TR>"
         "<TR><TD>58001.5</TD><TD>12.5</TD><TD/><TD>4</TD><TD>1 2</TD><TD/><TD/></TR>")


def votable() -> str:
    return ('<?xml version="1.0"?><VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
            f"{FIELDS}<DATA><TABLEDATA>{CELLS}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>")


def binary_votable() -> bytes:
    from astropy.io import votable as astropy_votable
    from astropy.table import Table

    stream = io.BytesIO()
    table = astropy_votable.from_table(Table({"x": [1.5, 2.5], "order": ["a", "bc"]}))
    table.to_xml(stream, tabledata_format="binary2")
    return stream.getvalue()


def fits_table(*, arrays: bool, missing: bool = True) -> bytes:
    from astropy.io import fits

    nan, flag, name = (float("nan"), -5, "") if missing else (9.5, 5, "c")
    columns = [
        fits.Column("RA", "D", unit="deg", array=[1.5, 2.5, 3.5]), fits.Column("FLAG", "I", null=-5 if missing else None, array=[1, flag, 3]),
        fits.Column("B mag", "E", array=[1.5, nan, 2.5]), fits.Column("NAME", "5A", array=["a", name, "b"]),
        fits.Column("U", "J", bzero=2**31, array=[1, 2, 4_000_000_000]), fits.Column("OK", "L", array=[True, False, True]),
        fits.Column('e<@a>"\\b&', "E", array=[-99.9, 1.25, -99.9]), fits.Column("BYTE", "B", array=[1, 2, 200])]
    if arrays:
        columns += [fits.Column("V", "3E", array=[[1.0, 2, 3]] * 3), fits.Column("M", "4J", dim="(2,2)", array=[[[1, 2], [3, 4]]] * 3)]
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(stream)
    return stream.getvalue()


def lines(form: str) -> str:
    return "".join(form.format(*row) for row in ROWS)


FILES = {
    "plain.csv": "ra,dec,Vmag,name,n\n" + lines("{},{},{:.3f},{},{}\n"),
    "packed.csv.gz": gzip.compress(("ra,dec,Vmag,name,n\n" + lines("{},{},{:.3f},{},{}\n")).encode()),
    "odd.csv": "# by hand\n# and with care\nRA (deg),B-V,B-V,größe,Y/N\n" + lines("{},nan,-99.90,ä {},true\n") + lines("{},{},{:.2f},N/A,\n"),
    "marked.csv": "\ufeffRA;DEC;date;when\r\n10:00:00.5;-00:30:00;2020-01-31;2020-01-31T12:00:00.5Z\r\n11:00:00;+00:30:00;2020-02-01;\r\n",
    "vizier.tsv": "#\n#VizieR\n\nRAJ2000\tDEJ2000\tB-V\ndeg\tdeg\tmag\n-------\t---\t---\n" + lines("{}\t{}\t{:.2f}\n") + "\n",
    "barred.txt": "| ra | name | n |\n|----|------|---|\n" + lines("| {0} | {3} | {4} |\n"),
    "commented.csv": "ra,dec\n" + lines("{},{}\n# half\n"),
    "types.ecsv": "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, unit: deg, datatype: float64}\n# - {name: name, datatype: string}\n"
                  "# - {name: n obs, datatype: int16}\n# schema: astropy-2.0\nra name \"n obs\"\n" + lines("{0} \"{3}\" {4}\n") + '"" "" ""\n',
    "words.txt": "# ra dec Vmag\n" + lines("  {}   {} {:.3f}\n") + "# end\n",
    "aligned.txt": "name        ra    dec   rem\n" + lines("{3:8s} {0:7.3f} {1:6.2f}\n") + "star 99  100.000   1.00 xx y\n",
    "ipac.tbl": "|   ra   |  dec  |  name  |\n| double |double |  char  |\n|  deg   |  deg  |        |\n" + lines(" {0:8.3f} {1:7.2f} {3:8s}\n"),
    "bytes.dat": byte_by_byte.DESCRIPTION + byte_by_byte.ROWS,
    "fields.vot": votable(), "binary.vot": binary_votable(), "packed.vot.gz": gzip.compress(votable().encode()),
    "table.fits": fits_table(arrays=False), "arrays.fits": fits_table(arrays=True), "packed.fits.gz": gzip.compress(fits_table(arrays=False)),
    "filled.fits": fits_table(arrays=True, missing=False),
}


@dataclass(frozen=True)
class Case:
    sample: tables.Sample
    columns: tuple[Described, ...]
    imported: list[tuple]


def rd_for(number: int, name: str, sample, columns) -> str:
    """A table, and the data element that fills it, as proposed."""
    roles = {each.role: each.expression for each in proposals(columns) if each.role in ("ra", "dec", "time")}
    made = [f'<table id="t{number}" onDisk="True">']
    maps = []
    for each in columns:
        made.append(f'<column name="{each.field.name}" type="{each.field.type}" unit="{each.field.unit}" ucd="{each.field.ucd}">'
                    + (f'<values nullLiteral="{each.field.null}"/>' if each.field.null and "real" not in each.field.type else "") + "</column>")
        if each.field.value:
            assert escape(each.field.value) == each.field.value
            maps.append(f'<map key="{each.field.name}">{each.field.value}</map>')
        else:
            maps.append(f'<map key="{each.field.name}" source={quoteattr(each.field.source)}/>')
    for role, expression in roles.items():
        made.append(f'<column name="role_{role}" type="double precision"/>')
        maps.append(f'<map key="role_{role}">{expression}</map>')
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in sample.reading.attributes)
    places = "".join(f"<col key={quoteattr(key)}>{place}</col>" for key, place in sample.reading.columns)
    return "".join(made) + (f'</table>\n<data id="d{number}"><sources pattern="data/{name}"/><{sample.reading.grammar}{attributes}>{places}'
                            f'</{sample.reading.grammar}><make table="t{number}"><rowmaker>{"".join(maps)}</rowmaker></make></data>\n')


@pytest.fixture(scope="module")
def imported(installation):
    """All files, looked at, described in one RD, and imported by DaCHS."""
    import psycopg

    with new_site(installation) as site:
        folder = site.inputs / "formats" / "data"
        folder.mkdir(parents=True)
        looked_at, content = {}, ""
        files = {name: written for name, written in FILES.items() if name != "arrays.fits" or site.dachs.version == "2.7"}
        for number, (name, written) in enumerate(files.items()):
            (folder / name).write_bytes(written if isinstance(written, bytes) else written.encode())
            sample = tables.read(str(folder / name))
            looked_at[name] = sample, described(sample.columns)
            content += rd_for(number, name, *looked_at[name])
        site.rd("formats/q", content)
        ran = site.run("imp", "formats/q")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        with psycopg.connect(site.scratch.dsn) as connection:
            yield {name: Case(sample, columns, connection.execute(f"SELECT * FROM formats.t{number} ORDER BY ctid").fetchall())
                   for number, (name, (sample, columns)) in enumerate(looked_at.items())}


def as_stored(value, kind):
    """A value that was looked at, as PostgreSQL gives it back."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-6)
    if kind == "timestamp" and value is not None:
        return datetime.datetime.fromisoformat(value).replace(tzinfo=None)
    return datetime.date.fromisoformat(value) if kind == "date" and value is not None else value


@pytest.mark.parametrize("name", FILES)
def test_dachs_imports_what_was_looked_at(imported, name):
    if name not in imported:
        pytest.skip("DaCHS since 2.11 cannot read a FITS table that has arrays and missing values")
    case = imported[name]
    assert case.sample.whole and len(case.imported) == case.sample.rows
    for place, column in enumerate(case.columns):
        got = [row[place] for row in case.imported]
        if "[" in column.field.type:
            assert all(isinstance(value, list) and value for value in got), column.field
        else:
            assert got == [as_stored(value, column.field.type) for value in column.values], column.field


@pytest.mark.parametrize(("name", "role", "values"), [
    ("plain.csv", "ra", [30.0, 31.5]), ("marked.csv", "ra", [150.0020833333, 165.0]), ("marked.csv", "dec", [-0.5, 0.5]),
    ("bytes.dat", "ra", [15.5, 168.0, 315.5]), ("bytes.dat", "dec", [-0.5, 10.5, -20.5]), ("marked.csv", "time", [58879.0, 58880.0]),
    ("fields.vot", "time", [58000.5, 58001.5]),
])
def test_proposed_expressions_give_their_roles_in_dachs(imported, name, role, values):
    case = imported[name]
    roles = [each.role for each in proposals(case.columns) if each.role in ("ra", "dec", "time")]
    place = len(case.columns) + roles.index(role)
    assert [row[place] for row in case.imported][:len(values)] == pytest.approx(values)
