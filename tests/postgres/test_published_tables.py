"""What DaCHS's tables say of published tables is read whole, whatever names stand there."""

from __future__ import annotations

import pytest

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.published import Column, Noted, Resource
from dachsadmin.system.publishedtables import are_empty, stored
from dachsadmin.system.scratch import Scratch

TABLES = """
CREATE SCHEMA tap_schema; CREATE SCHEMA dc;
CREATE TABLE tap_schema.tables (schema_name text, table_name text, table_type text, description text, utype text, sourcerd text);
CREATE TABLE tap_schema.columns (table_name text, column_name text, description text, unit text, ucd text, utype text,
  datatype text, arraysize text, xtype text, principal int, indexed int, std int, column_index smallint);
CREATE TABLE tap_schema.keys (key_id text, from_table text, target_table text);
CREATE TABLE tap_schema.key_columns (key_id text, from_column text, target_column text);
CREATE TABLE dc.tablemeta (tablename text, sourcerd text, tabledesc text, resdesc text, adql boolean, nrows bigint);
CREATE TABLE dc.rdmeta (sourcerd text, spatial text, temporal float[], spectral float[]);
CREATE TABLE dc.simple_col_stats (tablename text); CREATE TABLE dc.discrete_string_values (tablename text);
CREATE TABLE dc.resources (sourcerd text, resid text, ivoid text, title text, shortname text, description text, deleted boolean);
CREATE TABLE dc.authors (sourcerd text, resid text, author text);
CREATE TABLE dc.subjects (sourcerd text, resid text, subject text);
GRANT USAGE ON SCHEMA tap_schema, dc TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA tap_schema, dc TO PUBLIC
"""
ODD = 'Öd."o\'d.d"'


@pytest.fixture
def made(superuser, database):
    """DaCHS's tables, empty; they are gone afterwards."""
    superuser.execute(TABLES)
    yield superuser
    superuser.execute("DROP SCHEMA tap_schema CASCADE; DROP SCHEMA dc CASCADE; DROP SCHEMA IF EXISTS \"Öd\" CASCADE")


def test_odd_names_mixed_case_and_nulls_are_read(made, database):
    made.execute('CREATE SCHEMA "Öd"; CREATE TABLE "Öd"."o\'d.d" ("A b" real, n integer[])')
    made.execute("INSERT INTO tap_schema.tables VALUES ('Öd', %s, 'table', NULL, NULL, 'odd/q')", (ODD,))
    made.execute("INSERT INTO tap_schema.columns VALUES (%s, '\"A b\"', NULL, NULL, 'x', NULL, 'float', NULL, NULL, 1, 0, 0, 2),"
                 " (%s, 'n', 'N', 'm', NULL, NULL, 'int', '*', NULL, 0, 0, 0, 1)", (ODD, ODD))
    made.execute("INSERT INTO tap_schema.keys VALUES ('k', %s, 'A.b'), ('l', %s, 'a.A')", (ODD, ODD))
    made.execute("INSERT INTO tap_schema.key_columns VALUES ('k', 'y', 'z'), ('k', 'n', 'm'), ('l', 'n', 'n')")
    made.execute("INSERT INTO dc.tablemeta VALUES (%s, 'odd/q', NULL, 'R', NULL, NULL)", (ODD,))
    made.execute("INSERT INTO dc.rdmeta VALUES ('odd/q', NULL, '{1,2}', NULL), ('even/q', NULL, NULL, NULL)")
    made.execute("INSERT INTO dc.resources VALUES ('odd/q', 's', NULL, 'T', NULL, NULL, false),"
                 " ('gone/q', 's', '', '', '', '', true)")
    made.execute("INSERT INTO dc.authors VALUES ('odd/q', 's', 'Roe'), ('odd/q', 's', 'Doe'), ('even/q', 's', 'Moe')")
    found, key = stored(database), ODD.lower()
    assert [column.name for column in found.listed[key].columns] == ["n", '"A b"']
    assert found.listed[key].columns[1] == Column('"A b"', "float", ucd="x", principal=1)
    assert found.listed[key].keys == (("a.a", (("n", "n"),)), ("a.b", (("n", "m"), ("y", "z"))))
    assert found.noted[key] == Noted(ODD, "odd/q", "", "R", False, None)
    assert found.relations["öd.o'd.d"].columns == (("A b", "real"), ("n", "integer[]"))
    assert found.covered == {"odd/q"} and found.rds == {"odd/q"}
    assert found.resources["odd/q"] == {"s": Resource("", "T", "", "", ("Doe", "Roe"), ())}


def test_ten_thousand_columns_keep_their_order(made, database):
    made.execute("INSERT INTO tap_schema.tables VALUES ('a', 'a.wide', 'table', '', '', 'a/q')")
    made.execute("INSERT INTO tap_schema.columns SELECT 'a.wide', 'c' || n, '', '', '', '', 'float', '', '', 1, 0, 0, n"
                 " FROM generate_series(10000, 1, -1) n")
    assert [column.name for column in stored(database).listed["a.wide"].columns] == [f"c{n}" for n in range(1, 10_001)]


def test_a_database_that_dachs_has_not_set_up_is_told(cluster: Scratch, database):
    with pytest.raises(EnvironmentFault, match="none that DaCHS has set up"):
        stored(database)


def test_views_without_rows_are_found_whatever_their_names(made, database):
    made.execute('CREATE SCHEMA "Öd"; CREATE VIEW "Öd"."o\'d.""D" AS SELECT 1 AS a WHERE false;'
                 " CREATE VIEW dc.full AS SELECT 1 AS a; CREATE VIEW dc.failing AS SELECT 1 WHERE 1 / (SELECT 0) > 1;"
                 " CREATE VIEW dc.slow AS SELECT 1 FROM pg_sleep(60);"
                 ' GRANT USAGE ON SCHEMA "Öd" TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA "Öd", dc TO PUBLIC;'
                 " CREATE VIEW dc.secret AS SELECT 1 AS a WHERE false")
    names = ['Öd.o\'d."D', "dc.full", "dc.failing", "dc.slow", "dc.secret", "dc.absent", "dc.authors"]
    assert are_empty(database, names) == {'Öd.o\'d."D', "dc.authors"}
    assert database.scalar("SHOW statement_timeout") == "30s"
