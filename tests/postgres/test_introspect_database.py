"""A table that somebody has made in PostgreSQL becomes fields and proposals, whatever it is called and whoever may read it."""

from __future__ import annotations

import pytest

from dachsadmin.errors import AdminError, ConfigurationError, EnvironmentFault, ExitCode, TargetError
from dachsadmin.start.introspect import database as introspect
from dachsadmin.start.introspect.names import RESERVED_BY_POSTGRESQL
from dachsadmin.system import gavorc
from dachsadmin.system.postgres import from_dsn


@pytest.fixture
def stars(superuser):
    """A table with comments, odd names and odd types."""
    superuser.execute("""
        CREATE SCHEMA obs;
        CREATE TABLE obs.stars (
          id integer PRIMARY KEY, name varchar(20), ra double precision NOT NULL, dec numeric(9,5), "Vmag" real, "order" smallint,
          seen timestamp with time zone, flux real[], place point, owner text, "x""y" text, ok boolean);
        COMMENT ON TABLE obs.stars IS 'Some stars';
        COMMENT ON COLUMN obs.stars.ra IS 'Right ascension (ICRS) [deg]';
        COMMENT ON COLUMN obs.stars."Vmag" IS E'Johnson V\\nof <all> \\\\things';
        INSERT INTO obs.stars SELECT i, 'star ' || i, i / 100.0, i / 1000.0, CASE WHEN i % 5 = 0 THEN NULL ELSE 10 + i % 7 END, i % 3,
          '2020-01-01 12:00:00Z'::timestamptz + i * interval '1 day', ARRAY[1, 2], NULL, 'me', '', i % 2 = 0 FROM generate_series(1, 30000) i;
        ANALYZE obs.stars""")
    yield
    superuser.execute("DROP SCHEMA obs CASCADE")


def test_a_table_is_described_from_catalogue_comments_and_rows(cluster, stars):
    survey = introspect.survey("obs.stars", cluster.dsn)
    assert (survey.kind, survey.total, survey.table, survey.reading.grammar) == ("database", 30000, "obs.stars", "")
    assert 0 < survey.looked_at <= introspect.ROWS
    assert [(each.source, each.name, each.type) for each in survey.fields] == [
        ("id", "id", "integer"), ("name", "name", "text"), ("ra", "ra", "double precision"), ("dec", "dec", "double precision"),
        ("Vmag", "vmag", "real"), ("order", "order_no", "smallint"), ("seen", "seen", "timestamp"), ("flux", "flux", "real[]"),
        ("owner", "owner", "text"), ('x"y', "x_y", "text"), ("ok", "ok", "boolean")]
    ra, vmag = survey.named("ra"), survey.named("Vmag")
    assert (ra.unit, ra.ucd, ra.description, ra.minimum, ra.maximum) == ("deg", "pos.eq.ra;meta.main", "Right ascension (ICRS)", 0.01, 300.0)
    assert vmag.description == "Johnson V of <all> \\things" and vmag.missing > 0 and vmag.unit == "mag"
    assert survey.named("seen").maximum == "2102-02-20T12:00:00"
    assert (survey.proposal("ra").expression, survey.proposal("identifier").sources) == ("@ra", ("id",))


def test_what_cannot_be_as_it_is_is_said(cluster, stars):
    remarks = introspect.survey("OBS.Stars", cluster.dsn).remarks
    assert "column 'place' is left out, as DaCHS has no type for point" in remarks
    assert any('Vmag becomes vmag, order becomes order_no, x"y becomes x_y' in remark for remark in remarks)


def test_names_of_tables_may_need_quotes(cluster, superuser):
    superuser.execute('CREATE SCHEMA "My ""Own"; CREATE TABLE "My ""Own"."T; DROP" ("a%s b" integer); INSERT INTO "My ""Own"."T; DROP" VALUES (7)')
    try:
        survey = introspect.survey('"My ""Own"."T; DROP"', cluster.dsn)
    finally:
        superuser.execute('DROP SCHEMA "My ""Own" CASCADE')
    assert (survey.table, survey.fields[0].source, survey.fields[0].minimum) == ('My "Own.T; DROP', "a%s b", 7)
    assert any("run in psql: ANALYZE" in remark for remark in survey.remarks)


def test_a_name_with_a_dot_in_it_is_refused_with_a_way_out(cluster, superuser):
    superuser.execute('CREATE TABLE public."a.b" (x integer)')
    try:
        with pytest.raises(TargetError) as raised:
            introspect.survey('public."a.b"', cluster.dsn)
    finally:
        superuser.execute('DROP TABLE public."a.b"')
    assert raised.value.hint == 'make a view of it: CREATE VIEW public.a_b AS SELECT * FROM public."a.b"'


def test_views_and_empty_tables_are_described_too(cluster, superuser, stars):
    superuser.execute("CREATE VIEW obs.bright AS SELECT id, ra FROM obs.stars WHERE \"Vmag\" < 12; CREATE TABLE obs.none (a integer, b text)")
    assert introspect.survey("obs.bright", cluster.dsn).looked_at == introspect.ROWS
    empty = introspect.survey("obs.none", cluster.dsn)
    assert empty.looked_at == 0 and [each.type for each in empty.fields] == ["integer", "text"]
    assert "obs.none has no rows" in empty.remarks


@pytest.mark.parametrize(("name", "hint"), [
    ("obs.star", "name one that is there: obs.stars"), ("stars", "name one that is there: obs.stars"), ("a.b.c", "write --from-table SCHEMA.TABLE"),
    ("obs.stars; DROP TABLE obs.stars", "write --from-table SCHEMA.TABLE"),
])
def test_a_table_that_is_not_there_is_missed_with_those_that_are(cluster, stars, name, hint):
    with pytest.raises(TargetError) as raised:
        introspect.survey(name, cluster.dsn)
    assert hint in raised.value.hint


def test_a_role_that_may_not_read_is_told_what_to_grant(cluster, superuser, stars):
    superuser.execute("CREATE ROLE visitor LOGIN")
    try:
        with pytest.raises(TargetError) as raised:
            introspect.survey("obs.stars", f"{cluster.dsn} user=visitor")
    finally:
        superuser.execute("DROP ROLE visitor")
    assert raised.value.message.startswith("role visitor may not read the table obs.stars of the database ")
    assert raised.value.hint == "run in psql: GRANT USAGE ON SCHEMA obs TO visitor; GRANT SELECT ON obs.stars TO visitor"


@pytest.mark.parametrize("dsn", ["postgresql://nobody:secret@127.0.0.1:1/none", "host=/nowhere dbname=none password=secret"])
def test_a_server_that_does_not_answer_is_an_error_with_a_way_out(dsn):
    with pytest.raises(EnvironmentFault) as raised:
        introspect.survey("a.b", dsn)
    assert raised.value.exit_code == ExitCode.ENVIRONMENT
    assert "--dsn" in raised.value.hint and "pg_isready" in raised.value.hint
    assert "secret" not in raised.value.message + raised.value.hint


@pytest.mark.parametrize("dsn", ["postgres:secret", "host", "dbname='secret"])
def test_a_connection_string_that_is_none_is_not_repeated(dsn):
    with pytest.raises(ConfigurationError) as raised:
        from_dsn(dsn)
    assert "secret" not in raised.value.message + raised.value.hint


def test_without_a_profile_the_way_out_is_named(tmp_path):
    config = gavorc.GavoRc({("general", "rootdir"): str(tmp_path), ("db", "profilepath"): str(tmp_path)})
    with pytest.raises(AdminError) as raised:
        introspect.survey("a.b", config=config)
    assert "--dsn" in raised.value.hint


def test_postgresql_reserves_no_more_names_than_we_know(superuser):
    reserved = superuser.execute("SELECT upper(word) FROM pg_get_keywords() WHERE catcode IN ('R', 'T')").fetchall()
    assert {word for word, in reserved} <= RESERVED_BY_POSTGRESQL
