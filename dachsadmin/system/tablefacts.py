"""What PostgreSQL says of one table: columns with their statistics, indexes, rows and bytes."""

from __future__ import annotations

from dachsadmin.model.database import Index, TableColumn, TableFacts
from dachsadmin.system.metatables import Asked

_TABLE = """
SELECT c.oid, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized' WHEN 'f' THEN 'foreign' ELSE 'table' END,
  c.reltuples, pg_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE lower(n.nspname) = %s AND lower(c.relname) = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY c.relname LIMIT 1"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(a.attstattarget, -1), s.n_distinct, s.null_frac,
  (SELECT sum(f) FROM unnest(s.most_common_freqs) f), coalesce(array_length(s.most_common_freqs, 1), 0)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
  AND NOT s.inherited
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_INDEXES = """
SELECT c.relname, m.amname, i.indisunique,
  ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) k)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
WHERE i.indrelid = %s ORDER BY c.relname"""


def table_facts(database: Asked, name: str) -> TableFacts | None:
    """What the server has under `schema.table` (in lower case), None if nothing."""
    schema, _, table = name.rpartition(".")
    found = database.rows(_TABLE, (schema or "public", table))
    if not found:
        return None
    oid, kind, rows, size = found[0]
    columns = tuple(TableColumn(*row) for row in database.rows(_COLUMNS, (oid,)))
    indexes = tuple(Index(index, method, tuple(parts), unique)
                    for index, method, unique, parts in database.rows(_INDEXES, (oid,)))
    return TableFacts(name, kind, columns, indexes, rows, size)
