"""Parquet files, where pyarrow is there to read them."""

from __future__ import annotations

from typing import Any

from dachsadmin.start.introspect.columns import Column
from dachsadmin.start.introspect.samples import ROWS, Sample, Unreadable
from dachsadmin.start.introspect.typed import plain
from dachsadmin.start.survey import Reading

_CODE = """import pyarrow.parquet
for batch in pyarrow.parquet.ParquetFile(self.sourceToken).iter_batches():
  for row in batch.to_pylist():
    yield row"""
_TYPES = {"bool": "boolean", "int8": "smallint", "uint8": "smallint", "int16": "smallint", "uint16": "integer", "int32": "integer",
          "uint32": "bigint", "int64": "bigint", "uint64": "bigint", "halffloat": "real", "float": "real", "double": "double precision",
          "string": "text", "large_string": "text", "date32[day]": "date", "date64[ms]": "date"}


def is_parquet(beginning: bytes) -> bool:
    return beginning.startswith(b"PAR1")


def read(path: str) -> Sample:
    """The columns of a Parquet file and its first rows. Raises Unreadable."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise Unreadable("it is a Parquet file, and pyarrow is missing; run 'pip install pyarrow', or convert it to FITS "
                         "(stilts tcopy)") from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=ROWS), None)
            rows, schema = file.metadata.num_rows, file.schema_arrow
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise Unreadable(f"it is no valid Parquet file: {str(error).splitlines()[0]}") from None
    if batch is None or not batch.num_rows:
        raise Unreadable("it has no rows")
    columns, remarks = [], ["DaCHS needs pyarrow to read Parquet: run 'pip install pyarrow' for the Python that runs DaCHS"]
    for field, array in zip(schema, batch.columns):
        kind = _kind(field.type)
        if not kind:
            remarks.append(f"column {field.name!r} is left out, as a database table cannot hold what is in it: {field.type}")
            continue
        said = {key.decode("utf-8", "replace").lower(): value.decode("utf-8", "replace") for key, value in (field.metadata or {}).items()}
        columns.append(Column(field.name, [plain(value) for value in array.to_pylist()] if "[" not in kind else (), kind,
                              said.get("unit", ""), said.get("ucd", ""), said.get("description", ""), nan=True))
    if not columns:
        raise Unreadable("it has no columns that a database table can hold")
    return Sample(tuple(columns), Reading("embeddedGrammar", (("notify", "True"),), code=_CODE), batch.num_rows,
                  batch.num_rows == rows, tuple(remarks))


def _kind(arrow_type: Any) -> str:
    """The DaCHS type of an Arrow type, `` if there is none."""
    spelt = str(arrow_type)
    if spelt.startswith("dictionary<values="):
        spelt = spelt.removeprefix("dictionary<values=").partition(",")[0]
    if spelt.startswith("timestamp["):
        return "timestamp"
    if spelt.startswith("decimal"):
        return "double precision"
    if spelt.startswith(("list<", "large_list<", "fixed_size_list<")):
        item = _TYPES.get(str(arrow_type.value_type), "")
        return f"{item}[]" if item and item not in ("text", "boolean", "date") else ""
    return _TYPES.get(spelt, "")
