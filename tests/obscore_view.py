"""What ivoa.obscore is, for the tests of it on a bare database and with DaCHS."""

from __future__ import annotations

from dachsadmin.obscore.contributions import branches, live


class Rows:
    """A connection as our own code asks it."""

    def __init__(self, connection) -> None:
        self.connection = connection

    def rows(self, statement, parameters=()):
        return self.connection.execute(statement, parameters or None).fetchall()


def state(connection) -> tuple:
    """Its kind, its branches and columns, who may read it, whose it is, how many rows of which table it has."""
    asked = Rows(connection)
    found = live(asked)
    rows = dict(asked.rows("SELECT source_table, count(*) FROM ivoa.obscore GROUP BY 1")) if found.kind else {}
    return found.kind, branches(found.definition), found.columns, found.grants, found.owner, rows
