"""What an RD says of its tables, as DaCHS expands it: the rows that TAP_SCHEMA, dc and the registry should have."""

from __future__ import annotations

import contextlib
import sys

from dachsadmin.system.worker import footprint, validate, wording

RECORD = ("title", "shortName", "description")
"""What dc.resources has of a published resource, as meta keys."""


def request(order: dict, say) -> dict:
    """Load one RD and tell what it declares, or in `fault` why it does not load."""
    return of_rd(order["rd"], describe)


def of_rd(rd_id: str, describe) -> dict:
    """Load one RD, describe it, and tell what that depends on. Raises ConnectionError if the database went away meanwhile."""
    from gavo import base

    if not footprint.current.loaded:
        footprint.connect()
    before, declared, fault = set(sys.modules), None, ""
    with footprint.current.validating(rd_id) as record:
        try:
            declared = describe(base.caches.getRD(rd_id))
        except BaseException as error:
            fault = " ".join(wording.of_exception(error).split())
            if footprint.current.database_fault or is_lost(error):
                raise ConnectionError(fault) from None
        finally:
            validate.forget_modules(before)
    return {"verdict": "OK" if declared else "crash", "declared": declared, "fault": fault,
            "dependencies": sorted(footprint.current.files(record)),
            "asked_database": any(part.asked_database for part in footprint.current.closure(record))}


def is_lost(error: BaseException | None) -> bool:
    """Whether an error, or one that is behind it, is that of a broken connection: that says nothing about the RD."""
    import psycopg2

    lost = (psycopg2.OperationalError, psycopg2.InterfaceError)
    return error is not None and (isinstance(error, lost) and not isinstance(error, psycopg2.extensions.QueryCanceledError)
                                  or is_lost(error.__cause__ or error.__context__))


def describe(rd) -> dict:
    """The tables, the published resources, and which tables coverage is taken from."""
    from gavo import base

    makers: dict = {}
    for data in rd.dds:
        for make in data.makes:
            makers.setdefault(make.table.id, []).append({"data": data.id or "", "auto": bool(data.auto)})
    published = published_tables(rd)
    tables = [{"name": table.getQName(), "on_disk": bool(table.onDisk), "view": bool(table.viewStatement),
               "adql": bool(table.adql), "description": meta(table, "description"),
               "makers": makers.get(table.id, []), "published": published.get(table.getQName().lower()),
               "obscore": obscore(table),
              "columns": [[getattr(column.name, "name", column.name.lower()), column.type] for column in table]}
              for table in rd.tables if table.onDisk]
    updater = rd.coverage and rd.coverage.updater
    sources = [getattr(updater, f"{axis}Table") for axis in ("source", "space", "time", "spectral")
               ] if updater and updater is not base.NotGiven else []
    return {"tables": tables, "description": meta(rd, "description"), "resources": resources(rd),
            "coverage": sorted({table.getQName().lower() for table in sources if table})}


def obscore(table) -> str:
    """What a table contributes to ivoa.obscore, apart from identifiers that are made at import; `` for nothing."""
    clause = table.getProperty("obscoreClause", None)
    return f"SELECT {table.expand(clause)} FROM {table.getQName()}" if clause else ""


def published_tables(rd) -> dict:
    """The rows that DaCHS's own data items for TAP_SCHEMA make of an RD, by table."""
    from gavo import base

    tap = base.caches.getRD("//tap")

    def rows(name):
        return tap.getById(name).grammar.parse(rd)

    tables = {row["table_name"]: {"schema": row["schema_name"], "kind": row["table_type"],
                                  "description": row["table_description"] or "", "utype": row["table_utype"] or "",
                                  "columns": [], "keys": []}
              for role, row in rows("importTablesFromRD") if role == "tables"}
    for row in rows("importColumnsFromRD"):
        tables[row["table_name"]]["columns"].append(
            [str(row["column_name"]), *(str(row[fact] or "") for fact in
                                        ("datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")),
             *(int(row[fact]) for fact in ("principal", "indexed", "std"))])
    keys: dict = {}
    for row in rows("importFkeysFromRD"):
        key = keys.setdefault(row["key_id"], {"from": "", "to": "", "pairs": []})
        if row["dest"] == "keys":
            key.update({"from": row["from_table"], "to": row["target_table"]})
        else:
            key["pairs"].append([row["from_column"], row["target_column"]])
    for key in keys.values():
        tables[key["from"]]["keys"].append([key["to"], sorted(key["pairs"])])
    for table in tables.values():
        table["keys"].sort()
    return tables


def resources(rd) -> dict | None:
    """What the registry should have of each published resource of ours; None if the metadata for that is missing."""
    from gavo import base
    from gavo.registry import publication

    found = {}
    published = [service for service in rd.services if service.publications] + list(rd.resRecs)
    published += [item for item in (*rd.tables, *rd.dds) if item.registration]
    try:
        for resource in published:
            identifier = base.getMetaText(resource, "identifier") or ""
            if identifier.startswith(f"ivo://{base.getConfig('ivoa', 'authority')}/"):
                kept = list(publication.iterAuthorsAndSubjects(resource, rd.sourceId, resource.id))
                found[resource.id] = {
                    "ivoid": identifier, **{key.lower(): meta(resource, key, propagate=True) for key in RECORD},
                    "authors": sorted(row["author"] for role, row in kept if role == "authors"),
                    "subjects": sorted(row["subject"] or "" for role, row in kept if role == "subjects")}
    except base.MetaError:
        return None
    return found


def meta(element, key: str, *, propagate: bool = False) -> str:
    from gavo import base

    with contextlib.suppress(base.NoMetaKey):
        return base.getMetaText(element, key, propagate=propagate) or ""
    return ""
