"""SQL is taken apart as DaCHS and PostgreSQL take it apart."""

from __future__ import annotations

import pytest

from dachsadmin.rd.sqltext import (Text, Unsplittable, is_query, made_by, name_at, names, query_inside, sent, split,
                                   split_script, tokens, unformatted)

# What DaCHS 2.7 made of each script; None where it raised.
SCRIPTS = [
    ("select 'it''s'; select 2", ["select  'it' 's'", "select 2"]),
    ("select E'a\\nb'", ["select E 'a\\nb'"]),
    ("select $1; x", ["select  $ 1", "x"]),
    ("select 1 -- don't\n; select 2", None),
    ("-- don't\nselect 1;\n\nselect 2;", ["select 1", "select 2"]),
    ("/* it's */ select 1", ["select 1"]),
    ("select 'a;b'; ", ["select  'a;b'"]),
    ("create function f() as $$ begin; it's; end $$ language sql; select 1",
     ["create function f() as  $$ begin; it's; end $$ language sql", "select 1"]),
    ("select $x$ ; $x$;", ["select  $x$ ; $x$"]),
    ('select "A""b"', ['select  "A" "b"']),
    ("select 'a\\'b' ; x", ["select  'a\\'b'", "x"]),
    ("select 1;;select 2", None),
    ("   ;  ", None),
    ("", None),
    ("select 'unclosed; select 1", None),
    ('select a."B".c', ['select a. "B" .c']),
    ("select 1 /* a; b */ + 2; select 3", ["select 1 /* a", "b */ + 2", "select 3"]),
    ("\n -- don't\nselect 1", None),
    ("select 1;\n\n -- it's\n -- isn't\nselect 2", ["select 1", "select 2"]),
    ("select 1 -- a; b\n, 2", ["select 1 -- a", "b\n, 2"]),
]


@pytest.mark.parametrize(("script", "statements"), SCRIPTS, ids=[script for script, _ in SCRIPTS])
def test_scripts_are_split_as_dachs_splits_them(script, statements):
    found = split_script(Text.of(script))
    if statements is None:
        assert isinstance(found, Unsplittable)
    else:
        arriving = [" ".join(sent(statement).split()) for statement in found]
        assert arriving == [" ".join(statement.split()) for statement in statements]


@pytest.mark.parametrize(("script", "reason"), [
    ("select 1 -- don't\n; select 2", "apostrophe in a comment"), ("select 'x", "apostrophe that nothing closes"),
    ('select "x', "double quote that nothing closes"), ("select $$x", "dollar quotes that nothing closes"),
    ("select 1;;", "semicolon without a statement"), ("", "is empty"),
])
def test_why_a_script_cannot_be_split_is_told(script, reason):
    assert reason in split_script(Text.of(script)).reason


def test_a_character_knows_where_it_comes_from():
    text = Text.of("select \\x from t").with_replaced(7, 9, "pg_temp.abc")
    assert text.text == "select pg_temp.abc from t"
    assert [text.origin(position) for position in (0, 7, 17, 18, 19, 99)] == [0, 7, 7, 9, 10, 15]
    second = split(Text.of("select 1; select nix"))[1]
    assert (second.text, second.origin(7)) == ("select nix", 17)


@pytest.mark.parametrize(("query", "result"), [("a %% b", "a % b"), ("a % b", 2), ("%(x)s", 0), ("a %%%% b", "a %% b"),
                                               ("100%", 3), ("plain", "plain"),
                                               ("a %% b % c", 7)])
def test_percent_signs_are_doubled_where_psycopg2_formats(query, result):
    found = unformatted(Text.of(query))
    assert (found if isinstance(found, int) else found.text) == result


def test_tokens_are_those_of_postgresql():
    found = [(token.kind, token.text) for token in tokens("""SELECT E'a\\'b', U&"x", $f$ it's $f$ -- no; 'comment
        /* nor 'this */ , a."B c" , 1.5e3, $1, 'it''s';""")]
    assert found == [("word", "SELECT"), ("string", "E'a\\'b'"), ("other", ","), ("quoted", 'U&"x"'), ("other", ","),
                     ("string", "$f$ it's $f$"), ("other", ","), ("word", "a"), ("other", "."), ("quoted", '"B c"'),
                     ("other", ","), ("number", "1.5e3"), ("other", ","), ("parameter", "$1"), ("other", ","),
                     ("string", "'it''s'"), ("other", ";")]


def test_statements_end_at_semicolons_outside_of_literals_and_comments():
    found = split(Text.of("select ';' -- ; x\n; ; create function f() as $$ a; b $$;\n"))
    assert [one.text for one in found] == ["select ';'", "create function f() as $$ a; b $$"]


@pytest.mark.parametrize(("statement", "inside"), [
    ("create or replace view a.b as (select 1)", "(select 1)"),
    ("CREATE MATERIALIZED VIEW x AS SELECT a AS b FROM c WITH NO DATA", "SELECT a AS b FROM c"),
    ("create view x (a, b) as select cast(1 as int), 2 with cascaded check option", "select cast(1 as int), 2"),
    ("create temp table x as select 1", "select 1"),
    ("create table x (a int default cast(1 as int))", None), ("select 1 as x", None),
    ("create function f() returns int as 'select 1' language sql", None), ("create view x as", None),
])
def test_the_query_of_a_view_is_found(statement, inside):
    found = query_inside(Text.of(statement))
    assert (found and found.text) == inside


@pytest.mark.parametrize(("statement", "made"), [
    ("create table if not exists a.b (c int)", ["b"]), ("CREATE TEMP VIEW \"Ab\" AS SELECT 1", ["Ab"]),
    ("create or replace function public.f(int) returns int", ["f"]), ("select 1 into x from y", ["x"]),
    ("insert into t values (1)", ["t"]), ("drop table t", []), ("create unique index i on t (a)", ["i"]),
])
def test_what_a_statement_makes_is_known(statement, made):
    assert list(made_by(Text.of(statement))) == made


def test_names_are_folded_as_postgresql_does():
    found = [str(name) for name in names(tokens('SELECT Res.Data.RA, "Res"."x""y" FROM Res.Data'))]
    assert found == ["select", "res.data.ra", 'Res.x"y', "from", "res.data"]
    assert str(name_at(Text.of("select a.nix from b"), 7)) == "a.nix"
    assert name_at(Text.of("select 1"), 7) is None


@pytest.mark.parametrize(("statement", "query"), [
    ("select 1", True), ("(select 1)", True), ("-- x\nwith a as (select 1) table a", True),
    ("create view x as select 1", False), ("commit", False), ("", False)])
def test_queries_are_told_from_commands(statement, query):
    assert is_query(Text.of(statement)) is query
