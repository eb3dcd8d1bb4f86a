"""What DaCHS's database has of published tables: TAP_SCHEMA, DaCHS's own notes, and the tables themselves."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from dachsadmin.model.published import Column, Noted, Relation, Resource, Stored, Table
from dachsadmin.system.metatables import Asked
from dachsadmin.system.postgres import DatabaseLacks, DatabaseUnreachable

_TABLES = """
SELECT table_name, sourcerd, schema_name, table_type, coalesce(description, ''), coalesce(utype, '')
FROM tap_schema.tables"""
# One text per table: psycopg without its C part takes a second for the cells of 2,000 tables.
_COLUMNS = """
SELECT table_name, json_agg(json_build_array(column_name, coalesce(datatype, ''), coalesce(arraysize, ''),
  coalesce(xtype, ''), coalesce(unit, ''), coalesce(ucd, ''), coalesce(utype, ''), coalesce(description, ''), principal,
  indexed, std) ORDER BY column_index, column_name)::text
FROM tap_schema.columns GROUP BY table_name"""
_KEYS = """
SELECT k.from_table, k.target_table, array_agg(ARRAY[c.from_column, c.target_column]
  ORDER BY c.from_column, c.target_column)
FROM tap_schema.keys k JOIN tap_schema.key_columns c USING (key_id) GROUP BY k.key_id, k.from_table, k.target_table"""
_NOTED = """
SELECT tablename, coalesce(sourcerd, ''), coalesce(tabledesc, ''), coalesce(resdesc, ''),
  coalesce(adql, false), nrows
FROM dc.tablemeta"""
_RELATIONS = """
SELECT n.nspname || '.' || c.relname,
  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized' WHEN 'f' THEN 'foreign' ELSE 'table' END, c.reltuples,
  coalesce(json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
    FILTER (WHERE a.attname IS NOT NULL), '[]')::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
GROUP BY c.oid, n.nspname, c.relname ORDER BY c.relname"""
_COUNTED = """
SELECT tablename FROM dc.simple_col_stats UNION SELECT tablename FROM dc.discrete_string_values"""
_COVERED = "SELECT sourcerd FROM dc.rdmeta WHERE spatial IS NOT NULL OR temporal IS NOT NULL OR spectral IS NOT NULL"
_RESOURCES = """
SELECT r.sourcerd, r.resid, coalesce(r.ivoid, ''), coalesce(r.title, ''), coalesce(r.shortname, ''),
  coalesce(r.description, ''),
  ARRAY(SELECT coalesce(a.author, '') FROM dc.authors a WHERE a.sourcerd = r.sourcerd AND a.resid = r.resid),
  ARRAY(SELECT coalesce(s.subject, '') FROM dc.subjects s WHERE s.sourcerd = r.sourcerd AND s.resid = r.resid)
FROM dc.resources r WHERE NOT r.deleted"""


def are_empty(database: Asked, names: Iterable[str]) -> frozenset[str]:
    """Those of some tables and views (`schema.name`, as DaCHS makes them) without a row.

    PostgreSQL estimates no numbers for views. One that cannot be read, or not within a second, counts as one with rows.
    """
    empty = set()
    [(patience,)] = database.rows("SELECT current_setting('statement_timeout')")
    database.rows("SELECT set_config('statement_timeout', '1s', false)")
    for name in names:
        schema, _, relation = name.replace('"', '""').partition(".")
        with suppress(DatabaseLacks, DatabaseUnreachable):
            if not database.rows(f'SELECT FROM "{schema}"."{relation}" LIMIT 1'):
                empty.add(name)
    database.rows("SELECT set_config('statement_timeout', %s, false)", (patience,))
    return frozenset(empty)


def stored(database: Asked) -> Stored:
    """Everything, in a few set queries. Raises EnvironmentFault if DaCHS (2.5 or later) has not set this database up.

    Names become lower case here, as PostgreSQL lowers those of its catalogue as far as ASCII goes only.
    """
    columns: defaultdict[str, list[Column]] = defaultdict(list)
    for name, told in database.rows(_COLUMNS):
        columns[name.lower()] += [Column(*facts) for facts in json.loads(told)]
    keys: defaultdict[str, list[tuple[str, tuple[tuple[str, str], ...]]]] = defaultdict(list)
    for name, target, pairs in database.rows(_KEYS):
        keys[name.lower()].append((target.lower(), tuple((here, there) for here, there in pairs)))
    listed, listed_by = {}, {}
    for name, rd, schema, kind, description, utype in database.rows(_TABLES):
        key = name.lower()
        listed[key] = Table(schema, kind, description, utype, tuple(columns[key]), tuple(sorted(keys[key])))
        listed_by[key] = rd or ""
    resources: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
    for rd, name, *facts, authors, subjects in database.rows(_RESOURCES):
        resources[rd][name] = Resource(*facts, tuple(sorted(authors)), tuple(sorted(subjects)))
    return Stored(
        listed, listed_by,
        {name.lower(): Noted(name, *facts) for name, *facts in database.rows(_NOTED)},
        {name.lower(): Relation(kind, rows, tuple((column, of) for column, of in json.loads(told)))
         for name, kind, rows, told in database.rows(_RELATIONS)},
        frozenset(name.lower() for name, in database.rows(_COUNTED)), frozenset(rd for rd, in database.rows(_COVERED)), resources)
