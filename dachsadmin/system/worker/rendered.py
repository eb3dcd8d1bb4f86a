"""VOSI documents of an RD's tables, made by DaCHS itself: each table with its foreign keys, and the schema around them."""

from __future__ import annotations

import io

from dachsadmin.system.worker import declared

UNRANKED = 100_000
"""The rank of a table that has none."""


def request(order: dict, say) -> dict:
    """Load one RD, and have DaCHS make the documents of those of its tables that `order` names."""
    return declared.of_rd(order["rd"], lambda rd: documents(rd, order["tables"]))


def documents(rd, names: list) -> dict:
    """`schema` is a tableset with the RD's schema but no tables; `tables` have the documents, by the names that were asked for.

    `lost` are tables that the RD does not have (any more). `stub` is a tableset with what DaCHS tells of ivoa.obscore where a
    table contributes to it and the database has no such table. Ranks order schemas and tables (DaCHS 2.11 and later).
    """
    from gavo import base
    from gavo.registry import tableset

    tables, lost, stub = {}, [], ""
    for name in names:
        try:
            table = rd.getById(name.rpartition(".")[2])
        except base.NotFoundError:
            lost.append(name)
            continue
        tables[name] = {"name": tableset.getEffectiveTableName(table), **document(table)}
        if table.hasProperty("obscoreClause") and not stub:
            stub = written(in_schema(rd, [table]))
    return {"schema": written(in_schema(rd, [])), "name": rd.schema, "rank": rd.getSchemaRank() if ranked(rd) else 0,
            "tables": tables, "lost": lost, "stub": stub}


def document(table) -> dict:
    """The document of a table with all its foreign keys. `filtered`: DaCHS leaves out those to tables that it does not list."""
    from gavo.registry import tableset
    from gavo.web import vosi

    def rendered(listed):
        return written(tableset.getTableForTableDef(table, listed, rootElement=vosi.VTM.table))

    whole = rendered({key.destTableName.lower() for key in table.foreignKeys})
    told = table.getMeta("table-rank") if ranked(table.rd) else None
    return {"document": whole, "filtered": bool(table.foreignKeys) and rendered(set()) != whole,
            "rank": int(told.getContent()) if told else UNRANKED, "obscore": table.hasProperty("obscoreClause")}


def in_schema(rd, tables: list):
    from gavo.registry import tableset
    from gavo.web import vosi

    return tableset.getTablesetForSchemaCollection([(rd, tables)], rootElement=vosi.VTM.tableset)


def ranked(rd) -> bool:
    """Whether this DaCHS sorts by ranks."""
    return hasattr(rd, "getSchemaRank")


def written(tree) -> str:
    """A tree as the server writes it."""
    from gavo.web import vosi

    stream = io.BytesIO()
    vosi.VOSIRenderMixin()._shipout(tree, stream)
    return stream.getvalue().decode("utf-8")
