"""Documents are validated with what a directory has, and never with anything from elsewhere."""

from __future__ import annotations

import pytest
from lxml import etree

from dachsadmin.client.schemata import Schemata
from dachsadmin.errors import EnvironmentFault

SPACE = "http://www.ivoa.net/xml/VOSIAvailability/v1.0"
SCHEMA = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:o="http://example.org/other"
    targetNamespace="{SPACE}">
  <xs:import namespace="http://example.org/other" schemaLocation="{{}}"/>
  <xs:element name="availability" type="o:truth"/></xs:schema>"""
OTHER = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://example.org/other">
  <xs:simpleType name="truth"><xs:restriction base="xs:boolean"/></xs:simpleType></xs:schema>"""


def document(text: str):
    return etree.fromstring(f'<a:availability xmlns:a="{SPACE}">{text}</a:availability>')


@pytest.mark.parametrize("location", ["http://example.org/schemata/other.xsd", "http://example.org/other"])
def test_what_a_schema_imports_is_found_by_file_name_or_namespace(tmp_path, location):
    (tmp_path / "VOSI.xsd").write_text(SCHEMA.format(location))
    (tmp_path / "other.xsd").write_text(OTHER)
    schemata = Schemata(tmp_path)
    assert schemata.faults(document("true")) == []
    assert len(schemata.faults(document("maybe"))) == 1 and "maybe" in schemata.faults(document("maybe"))[0]


@pytest.mark.parametrize("files", [{}, {"VOSI.xsd": SCHEMA.format("http://example.org/not-there.xsd")}, {"VOSI.xsd": "<xs:sch"},
                                   {"own.xsd": OTHER}])
def test_schemata_that_are_of_no_use_are_an_error_with_a_way_out(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(EnvironmentFault) as caught:
        Schemata(tmp_path)
    assert str(tmp_path) in caught.value.message and "apt-get install" in caught.value.hint
