"""A small TAP service on loopback whose VOSI documents are as a test wants them."""

from __future__ import annotations

import contextlib
from urllib.parse import parse_qs, unquote, urlsplit

import vosi_documents as documents
from loopback import Reply, answering
from vosi_documents import SCHEMAS


NOT_FOUND = Reply(b"<html>nothing here</html>", 404, "text/html")
PAGE = Reply(b"<!DOCTYPE html>\n<html><body><p>Welcome<br></body></html>", media_type="text/html")
AVAILABLE = b"""<a:availability xmlns:a="http://www.ivoa.net/xml/VOSIAvailability/v1.0"><a:available>true</a:available>
</a:availability>"""


def capabilities(root: str, tables: str = "tables-1.1") -> bytes:
    def one(standard: str, url: str) -> str:
        return (f'<capability standardID="ivo://ivoa.net/std/{standard}"><interface xsi:type="vs:ParamHTTP" role="std">'
                f'<accessURL use="full">{url}</accessURL></interface></capability>')

    return (f'<c:capabilities xmlns:c="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:xsi="http://www.w3.org/2001/'
            f'XMLSchema-instance" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1">'
            f'{one("TAP", f"{root}/tap")}{one("VOSI#capabilities", f"{root}/tap/capabilities")}'
            f'{one("VOSI#availability", f"{root}/tap/availability")}{one(f"VOSI#{tables}", f"{root}/tap/tables")}'
            "</c:capabilities>").encode()


def votable(rows: list[dict[str, str]]) -> bytes:
    names = list(rows[0]) if rows else ["table_name"]
    fields = "".join(f'<FIELD name="{name}" datatype="unicodeChar" arraysize="*"/>' for name in names)
    cells = "".join("<TR>" + "".join(f"<TD>{escaped(row[name])}</TD>" for name in names) + "</TR>" for row in rows)
    return (f'<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>{fields}<DATA>'
            f"<TABLEDATA>{cells}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>").encode()


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


class Service:
    """A TAP service with some tables. `changes` are replies by path and query, or by what is asked for."""

    def __init__(self, schemas=SCHEMAS, tap_schema=None, **changes) -> None:
        self.schemas, self.changes, self.asked = schemas, {name.replace("__", "/"): one for name, one in changes.items()}, []
        self.tap_schema = schemas if tap_schema is None else tap_schema
        self.standard = "tables-1.1"

    def reply(self, path: str, root: str):
        split = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        name = unquote(split.path.removeprefix("/tap/"))
        self.asked.append(name)
        for key in (f"{name}?detail={query.get('detail', '')}", name):
            if key in self.changes:
                return self.changes[key]
        if name == "tables":
            return Reply(documents.tableset(self.schemas, columns=query.get("detail") != "min"))
        if name == "sync":
            return Reply(self.answer(query["QUERY"]), media_type="application/x-votable+xml")
        by_name = {f"tables/{table.name}": table for schema in self.schemas for table in schema.tables}
        if name in by_name:
            return Reply(documents.table(by_name[name]))
        return {"capabilities": Reply(capabilities(root, self.standard)), "availability": Reply(AVAILABLE)}.get(name, NOT_FOUND)

    def answer(self, query: str) -> bytes:
        tables = [table for schema in self.tap_schema for table in schema.tables]
        if "FROM TAP_SCHEMA.tables" in query:
            return votable([{"table_name": table.name} for table in tables])
        return votable([{"table_name": table.name, "column_name": column.name, "datatype": column.datatype,
                         "unit": column.unit, "ucd": column.ucd, "utype": column.utype.upper(),
                         "description": column.description}
                        for table in tables if "'{}'".format(table.name.replace("'", "''")) in query for column in table.columns])

    @contextlib.contextmanager
    def served(self):
        def answer(handler) -> None:
            found = self.reply(handler.path, root)
            if not isinstance(found, Reply):
                return found(handler)
            handler.send_response(found.status)
            for name, value in (("Content-Type", found.media_type), *found.headers):
                handler.send_header(name, value.format(root=root))
            handler.end_headers()
            handler.wfile.write(found.body)

        with answering({"*": answer}) as root:
            yield root
