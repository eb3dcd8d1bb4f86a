"""What PostgreSQL says of the SQL in an RD, and what of that is the RD's fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.database import Database, Problem
from dachsadmin.model.finding import Location
from dachsadmin.rd.document import Document
from dachsadmin.rd.sql import OwnTables, Sql, expanded, for_obscore, own_tables, schema_of, snippets
from dachsadmin.rd.sqltext import (UNKNOWN, Name, Text, Unsplittable, is_query, made_by, name_at, names,
                                   query_inside, split, split_script, tokens, unformatted)
from dachsadmin.val.site import Site

NO_DATABASE = "there is no database to try SQL on"


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a statement: it is wrong, or (`tested` False) why nobody can say."""

    sql: Sql
    location: Location
    message: str
    tested: bool = True
    sure: bool = True


@dataclass(frozen=True)
class Statement:
    """One statement as it is analysed: `stubs` are tables of the RD that stand in for those in the database."""

    text: Text
    stubs: dict[str, tuple[tuple[str, str], ...]]


def verdicts(rd: Document, site: Site) -> list[Verdict]:
    """What there is to say of all SQL in an RD; asked of the database once."""
    key = f"sql verdicts on {site.database}"
    known: list[Verdict] | None = rd.facts.get(key)
    if known is None:
        known = rd.facts[key] = list(_verdicts(rd, site))
    return known


def filled_in(sql: Sql, rd: Document, site: Site) -> Text:
    """The SQL with its macros filled in, found out once."""
    known: dict[int, Text] = rd.facts.setdefault("filled in sql", {})
    text = known.get(id(sql))
    if text is None:
        text = known[id(sql)] = expanded(sql, site)
    return text


def statements(sql: Sql, rd: Document, site: Site) -> list[Text] | Unsplittable:
    """The statements that DaCHS sends, macros filled in. A lone % in what psycopg2 formats cannot be sent."""
    text = filled_in(sql, rd, site)
    if sql.kind == "script":
        return split_script(text)
    if sql.kind == "obscore":
        return [text.between("SELECT (", f"\n) FROM {_name(sql)}")] if _name(sql) else []
    formatted = unformatted(text)
    if isinstance(formatted, int):
        return Unsplittable(formatted, "has a single %, where psycopg2 wants %%")
    return split(formatted)


def _name(sql: Sql) -> str:
    """The table that an expression is about, as SQL has it; `` if that is not known."""
    assert sql.table is not None
    schema, name = schema_of(sql.table.rd), sql.table.get("id") or ""
    return f"{schema}.{name}" if schema and name and "\\" not in name else ""


def origin(sql: Sql, rd: Document, site: Site, position: int) -> Location:
    """Where a character of the expanded SQL stands in the RD."""
    return sql.location(rd, filled_in(sql, rd, site).origin(position))


def _verdicts(rd: Document, site: Site) -> Iterator[Verdict]:
    pieces = [*for_obscore(rd, site), *snippets(rd, site)]
    if not pieces:
        return
    if site.database is None:
        sql, more = pieces[0], len(pieces) - 1
        yield Verdict(sql, sql.location(rd, 0), f"{sql.shown}{f' and {more} more' if more else ''}: {NO_DATABASE}",
                      tested=False)
        return
    own = own_tables(rd, site)
    parts = [(sql, parts) for sql in pieces if not isinstance(parts := statements(sql, rd, site), Unsplittable)]
    made = {name for _, part in parts for statement in part for name in made_by(statement)}
    for sql, part in parts:
        for statement in part:
            try:
                verdict = _verdict(sql, statement, rd, own, made, site.database)
            except EnvironmentFault as fault:
                site.lose_database(fault)
                verdict = Verdict(sql, sql.location(rd, 0), f"{sql.shown}: {fault.message}", tested=False)
            if verdict is not None:
                yield verdict
            if site.database is None:
                return


def _verdict(sql: Sql, statement: Text, rd: Document, own: OwnTables, made: set[str],
             database: Database) -> Verdict | None:
    plain = _without_unknown(statement)
    if plain is None:
        position = statement.text.index(UNKNOWN)
        return Verdict(sql, sql.location(rd, statement.origin(position)),
                       f"{sql.shown} has a macro that only DaCHS can fill in", tested=False)
    inside = query_inside(plain)
    for query in (plain, inside):
        if query is None:
            continue
        trial = _with_stubs(query, own, database)
        problem = database.prepare(trial.text.text, trial.stubs)
        if problem is not None:
            position = trial.text.origin(problem.position) if problem.position is not None else trial.text.origin(0)
            where = sql.location(rd, position)
            excuse = _excuse(problem, trial, own, made, database)
            said = problem.message.replace("pg_temp.", f"{_schema(own)}.")
            if excuse:
                return Verdict(sql, where, f"{sql.shown}: {said}; {excuse}", tested=False)
            return Verdict(sql, where, f"{sql.shown}: {said}", sure=problem.kind == "syntax" or not own.open)
    return None


def _schema(own: OwnTables) -> str:
    return next((table.schema for table in own.by_name.values()), "")


def _without_unknown(statement: Text) -> Text | None:
    """The statement with unknown macros inside of literals made harmless; None if one stands outside of them."""
    if UNKNOWN not in statement.text:
        return statement
    if any(token.text == UNKNOWN for token in tokens(statement.text)):
        return None
    return Text(statement.text.replace(UNKNOWN, "x"), statement.origins)


def _with_stubs(query: Text, own: OwnTables, database: Database) -> Statement:
    """The query with the RD's own tables as the RD has them, which may not be how they were imported once."""
    stubs = {}
    if is_query(query):
        for name in reversed(list(names(tokens(query.text)))):
            table = own.by_name.get(".".join(name.parts[:2])) if len(name.parts) > 1 else None
            if table is None or not (table.complete or database.table(table.full_name) is None):
                continue
            stubs[table.name.lower()] = table.columns
            query = query.with_replaced(name.start, name.tokens[1].end, f"pg_temp.{name.tokens[1].text}")
    return Statement(query, stubs)


def _excuse(problem: Problem, trial: Statement, own: OwnTables, made: set[str], database: Database) -> str:
    """Why a problem does not show that the RD is wrong, `` if it does."""
    if problem.kind == "unavailable":
        return "the database cannot say more"
    if problem.kind in ("stub", "privilege"):
        return "so it could not be tried"
    if problem.kind == "syntax":
        return ""
    name = name_at(trial.text, problem.position) if problem.position is not None else None
    if name is not None and any(part in made and part not in trial.stubs for part in name.parts):
        return "SQL in this RD makes something of that name"
    if problem.kind == "column":
        return _excuse_of_column(name.parts[-1] if name is not None else "", trial, own)
    if problem.kind in ("relation", "schema", "function", "type"):
        if database.scratch:
            return "this is a scratch database, into which nothing was imported"
        if problem.kind == "relation" and name is not None and _may_be_own(name, own):
            return "it may be a table of this RD that is not imported"
        if problem.kind == "relation" and name is not None and len(name.parts) > 1:
            return "" if name.parts[0] in database.schemas() else f"nothing of schema {name.parts[0]} is imported"
    return ""


def _excuse_of_column(column: str, trial: Statement, own: OwnTables) -> str:
    for table in own.by_name.values():
        if table.complete:
            continue
        if table.name.lower() in trial.stubs:
            return f"not all columns of {table.full_name} are known before it is imported"
        if any(known == column for known, _ in table.columns):
            return f"{table.full_name} has to be imported again first"
    return ""


def _may_be_own(name: Name, own: OwnTables) -> bool:
    schemas = {table.schema.lower() for table in own.by_name.values()}
    return own.open and (len(name.parts) == 1 or name.parts[0] in schemas)
