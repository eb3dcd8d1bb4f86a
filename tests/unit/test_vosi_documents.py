"""Tables are read from VOSI documents whatever is in them."""

from __future__ import annotations

import pytest
import vosi_documents as documents
from lxml import etree
from vosi_documents import ODD, SCHEMAS, SPECTRA, STARS, canonical

from dachsadmin.client import vosi
from dachsadmin.client.vosi import Column, Schema, Table


def test_schemas_are_read_with_all_that_is_in_them():
    root = etree.fromstring(documents.tableset(SCHEMAS))
    assert root.tag == "{http://www.ivoa.net/xml/VOSITables/v1.0}tableset"
    assert vosi.schemas(root) == SCHEMAS


@pytest.mark.parametrize("table", [STARS, SPECTRA, ODD], ids=lambda table: table.name)
def test_the_document_of_a_table_is_read_with_its_keys(table):
    assert vosi.tables(etree.fromstring(documents.table(table))) == (table,)


def test_the_brief_set_has_the_same_tables_without_columns_and_keys():
    brief = vosi.schemas(etree.fromstring(documents.tableset(SCHEMAS, columns=False)))
    assert [(table.name, table.title, table.nrows) for schema in brief for table in schema.tables] == [
        (table.name, table.title, table.nrows) for schema in SCHEMAS for table in schema.tables]
    assert not any(table.columns or table.keys for schema in brief for table in schema.tables)


@pytest.mark.parametrize("text", ["]]>", "<!-- -->", "&amp;", "é\U0001f52d", "{x}", '"a ""b"""', "%20"])
def test_whatever_metadata_have_is_read(text):
    table = Table(text, (Column(text, "char", "*", text, text, text, text, text, statistics=(("median", text),)),))
    assert vosi.tables(etree.fromstring(documents.table(table))) == (table,)


def test_an_empty_set_is_read():
    assert vosi.schemas(etree.fromstring(documents.tableset(()))) == ()


def test_ten_thousand_columns_are_read():
    wide = Table("s.wide", tuple(Column(f"c{number}", "float", "") for number in range(10_000)))
    assert vosi.tables(etree.fromstring(documents.tableset([Schema("s", (wide,))]))) == (wide,)


def test_documents_say_the_same_however_they_are_written():
    one = documents.tableset(SCHEMAS)
    other = (one.replace(b"vosi:", b"other:").replace(b"xmlns:vosi", b"xmlns:other").replace(b"<schema>", b"<schema>\n  ")
             .replace(b"vs:VOTableType", b"w:VOTableType").replace(b"xmlns:vs=", b"xmlns:w="))
    turned = tuple(Schema(schema.name, schema.tables[::-1], description=schema.description) for schema in SCHEMAS[::-1])
    assert one != other and canonical(one) == canonical(other) == canonical(documents.tableset(turned))
    assert canonical(one) != canonical(one.replace(b">deg<", b">rad<"))
    assert canonical(one) != canonical(documents.tableset(SCHEMAS, columns=False))
