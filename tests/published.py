"""An RD and what is published of it, all in order, for tests to put out of order."""

from __future__ import annotations

from dataclasses import replace

from dachsadmin.model.published import Column, DeclaredRd, DeclaredTable, Noted, Relation, Resource, Stored, Table
from dachsadmin.vosi.status.check import Holding

COLUMNS = (Column("ra", "double", unit="deg", ucd="pos.eq.ra", description="RA", principal=1, indexed=1),
           Column('"B mag"', "float", unit="mag", description="A name in quotes", principal=1))
LISTED = Table("stars", "table", "Stars.", "", COLUMNS, (("stars.other", (("ra", "ra"),)),))
TABLE = DeclaredTable("stars.Data", True, False, "Stars.", (("import", True),),
                      (("ra", "double precision"), ("B mag", "real")), LISTED)
NOTES = DeclaredTable("stars.notes", False, False, "", (("more", False),), (("n", "integer"),), None)
RESOURCE = Resource("ivo://org.example/stars/q/s", "Stars", "stars", "Some stars.", ("Doe, J.",), ("surveys",))
DECLARED = DeclaredRd((TABLE, NOTES), "Some stars.", {"s": RESOURCE}, ("stars.data",))
STORED = Stored(
    {"stars.data": LISTED}, {"stars.data": "stars/q"},
    {"stars.data": Noted("stars.Data", "stars/q", "Stars.", "Some stars.", True, 100),
     "stars.notes": Noted("stars.notes", "stars/q", "", "Some stars.", False, 5)},
    {"stars.data": Relation("table", 100, (("ra", "double precision"), ("B mag", "real"))),
     "stars.notes": Relation("table", 5, (("n", "integer"),))},
    frozenset({"stars.data"}), frozenset({"stars/q"}), {"stars/q": {"s": RESOURCE}})
HOLDING = Holding("stars/q", "stars/q.rd", STORED, DECLARED)


def with_table(**changes) -> Holding:
    """The same where the RD declares its published table otherwise."""
    return replace(HOLDING, declared=replace(DECLARED, tables=(replace(TABLE, **changes), NOTES)))


def with_columns(*columns: Column) -> Holding:
    """The same where the RD declares other columns for TAP_SCHEMA."""
    return with_table(published=replace(LISTED, columns=columns))


def with_stored(**changes) -> Holding:
    """The same where the database has something else."""
    return replace(HOLDING, stored=replace(STORED, **changes))
