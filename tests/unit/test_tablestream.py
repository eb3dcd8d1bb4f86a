"""Tables are read one by one as they are read from a whole document, and what is invalid is told."""

from __future__ import annotations

import pytest
import vosi_documents as documents
from lxml import etree
from vosi_documents import SCHEMAS, SPECTRA

from dachsadmin.client import tablestream, vosi
from dachsadmin.client.schemata import Schemata
from dachsadmin.vosi.conformance.publication import read

SPACE = "http://www.ivoa.net/xml/VOSITables/v1.0"
SCHEMA = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{SPACE}">
  <xs:element name="tableset"><xs:complexType><xs:sequence><xs:element name="schema" maxOccurs="unbounded"><xs:complexType>
    <xs:sequence><xs:element name="table" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="name" type="xs:string"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>
  </xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.fixture
def schemata(tmp_path):
    (tmp_path / "VOSITables.xsd").write_text(SCHEMA)
    return Schemata(tmp_path)


def document(*tables: str, attributes: str = "") -> bytes:
    told = "".join(f"<table>{table}</table>" for table in tables)
    return f'<v:tableset xmlns:v="{SPACE}" {attributes}><schema>{told}</schema></v:tableset>'.encode()


@pytest.mark.parametrize("content", [documents.tableset(SCHEMAS), documents.table(SPECTRA), documents.tableset(()),
                                     documents.tableset(SCHEMAS, columns=False)])
def test_the_tables_are_those_of_the_whole_document(content):
    root = etree.fromstring(content)
    assert tablestream.read(content, "it") == tablestream.Tables(root.tag, "", vosi.tables(root))
    assert tablestream.root_of(content, "it") == vosi.local(root)


@pytest.mark.parametrize(("content", "faults"), [
    (document("<name>a</name>"), []), (document("<name>a</name>", "<name>b</name><nema/>", "<name>c</name><nema/>"),
                                       ["Element 'nema': This element is not expected."])])
def test_what_is_invalid_is_told_once_as_for_the_whole_document(content, faults, schemata):
    assert schemata.faults_of_tables(content) == schemata.faults(etree.fromstring(content)) == faults
    assert schemata.faults_of_tables(content) == faults


def test_a_version_is_read_and_is_not_invalid(schemata):
    told = read(document("<name>a</name>", attributes='version="1.1"'), "", "x", "it", schemata)
    assert (told.kind, told.version, told.invalid) == ("tableset", "1.1", ())
    assert len(read(document("<name>a</name>", attributes='edition="1"'), "", "x", "it", schemata).invalid) == 1


@pytest.mark.parametrize(("content", "said"), [
    (b"", "no XML"), (b"<tableset><schema>", "no XML"), (b"<!DOCTYPE html><html><br></html>", "an HTML page"),
    (b'<!DOCTYPE tableset [<!ENTITY a "b">]><tableset>&a;</tableset>', "a document type declaration"),
    (b"\xff\xfe<", "no XML"), (document("<nema/>")[:-20], "no XML")])
def test_what_is_no_document_is_told(content, said, schemata):
    told = read(content, "tableset", "x", "it", schemata)
    assert f"it has {said}" in told.fault or f"it is {said}" in told.fault
    assert told.tables == () and told.invalid is None
