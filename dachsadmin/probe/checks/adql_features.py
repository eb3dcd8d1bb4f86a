"""Check DP203: adql-features."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client.vo import QueryFailed
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_QUERIES = {
    "WITH": "WITH t AS (SELECT table_name FROM tap_schema.tables) SELECT TOP 2 table_name FROM t",
    "ILIKE": "SELECT TOP 2 table_name FROM tap_schema.tables WHERE table_name ILIKE 'TAP%'",
    "OFFSET": "SELECT TOP 2 table_name FROM tap_schema.tables ORDER BY table_name OFFSET 1",
    "COALESCE": "SELECT TOP 2 COALESCE(utype, 'none') AS model FROM tap_schema.tables",
    "CAST": "SELECT TOP 2 CAST('1' AS INTEGER) AS number FROM tap_schema.tables",
    "CASE": "SELECT TOP 2 CASE WHEN nrows > 1 THEN 1 ELSE 0 END AS large FROM tap_schema.tables",
    "UPPER": "SELECT TOP 2 UPPER(table_name) AS loud FROM tap_schema.tables",
    "UNION": "SELECT schema_name FROM tap_schema.schemas UNION SELECT schema_name FROM tap_schema.tables",
    "DISTANCE without a coordinate system": "SELECT TOP 2 DISTANCE(POINT(1, 2), POINT(1, 3)) AS d FROM tap_schema.tables",
    "delimited identifiers": 'SELECT TOP 2 "table_name" FROM "tap_schema"."tables"',
    "a UNION of columns with different names":
        "SELECT schema_name FROM tap_schema.schemas UNION SELECT table_name FROM tap_schema.tables",
}


class AdqlFeatures(Check):
    """What is new in ADQL 2.1 works.

    Queries that astronomers copy from elsewhere use it. A function that the database lacks comes back with
    `dachs imp //adql`. What DaCHS itself refuses is information: version 2.7 wants the columns of a UNION to have the same
    names, for instance.

    See:
        ADQL 2.1 (https://www.ivoa.net/documents/ADQL/)
    """

    code, name, severity, since = "DP203", "adql-features", Severity.WARNING, "0.1"
    asks = ("tap",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        for feature, query in _QUERIES.items():
            try:
                centre.query(query, f"a query with {feature}")
            except QueryFailed as error:
                lacking = "does not exist" in error.message
                yield self.finding(service, error.message, value=feature, subject=feature,
                                   severity=Severity.WARNING if lacking else Severity.INFO,
                                   hint="run 'dachs imp //adql'" if lacking else "DaCHS itself refuses it; use another query")
