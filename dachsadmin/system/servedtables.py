"""Which tables DaCHS serves the metadata of, and what in the database that depends on."""

from __future__ import annotations

from dataclasses import dataclass

from dachsadmin.system.metatables import Asked

_SERVED = """
SELECT t.table_name, coalesce(min(m.sourcerd), ''), coalesce(min(m.tablename), ''), count(m.tablename),
  md5(concat_ws(' ', coalesce(min(m.nrows), -1), min(s.digest), min(d.digest)))
FROM tap_schema.tables t
LEFT JOIN dc.tablemeta m ON lower(m.tablename) = lower(
  CASE WHEN strpos(t.table_name, '.') > 0 THEN t.table_name ELSE 'public.' || t.table_name END)
LEFT JOIN (SELECT tablename, md5(string_agg(s::text, ' ' ORDER BY s::text)) AS digest
  FROM dc.simple_col_stats s GROUP BY tablename) s ON s.tablename = m.tablename
LEFT JOIN (SELECT tablename, md5(string_agg(d::text, ' ' ORDER BY d::text)) AS digest
  FROM dc.discrete_string_values d GROUP BY tablename) d ON d.tablename = m.tablename
GROUP BY t.table_name ORDER BY t.table_name"""


@dataclass(frozen=True)
class Served:
    """A table of TAP_SCHEMA. `rd` and `table` are what dc.tablemeta has of it, `` if it has not exactly one such table.

    `digest` changes with the number of rows and the statistics that DaCHS tells of it.
    """

    name: str
    rd: str
    table: str
    digest: str


def served(database: Asked) -> list[Served]:
    """All tables that TAP_SCHEMA lists, by name. Raises EnvironmentFault if this is no database of DaCHS (2.5 or later)."""
    return [Served(name, rd if number == 1 else "", table if number == 1 else "", digest)
            for name, rd, table, number, digest in database.rows(_SERVED)]
