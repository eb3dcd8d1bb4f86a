"""RDs with one fault in their metadata each, beside the same RD without it."""

from __future__ import annotations

_META = {"creationDate": "2024-05-01T12:00:00Z", "title": "Stars", "description": "Some stars.", "subject": "surveys",
         "creator": "Doe, J.", "publisher": "We", "contact.name": "Jane", "contact.email": "j@example.org"}
_TABLE = '<table id="t" onDisk="True" adql="True"><column name="x" type="text"/>{inside}</table>'
_SERVICE = ('<service id="{id}" allowed="{render}"><meta name="shortName">{short}</meta>{inside}'
            '<publish render="{render}" sets="{sets}"/><nullCore/></service>')


def _rd(body: str = "", *, without: str = "", **metas: str) -> str:
    items = {key: value for key, value in (_META | metas).items() if key != without}
    head = "".join(f'\n  <meta name="{key}">{value}</meta>' for key, value in items.items())
    return f'<resource schema="stars" resdir=".">{head}\n  {body}\n</resource>'


def _service(inside: str = "", *, id: str = "s", render: str = "form", short: str = "stars",
             sets: str = "ivo_managed") -> str:
    return _SERVICE.format(inside=inside, id=id, render=render, short=short, sets=sets)


def _metas(**values: str) -> str:
    return "".join(f'<meta name="{key.replace("_", ".")}">{value}</meta>' for key, value in values.items())


_T = _TABLE.format(inside="")
_OBSCORE = _TABLE.format(inside='<mixin productType="\'image\'">//obscore#publish</mixin>')
_SSA = {"ssap_dataSource": "survey", "ssap_testQuery": "MAXREC=1"}

BAD_RDS = [
    ("DA200", _rd(_TABLE.format(inside='<column name="f" unit="erg sec-1 cm-2"/>')),
     _rd(_TABLE.format(inside='<column name="f" unit="erg.s**-1.cm**-2"/>'))),
    ("DA200", _rd(_TABLE.format(inside='<column name="f" unit="kpix"/>')),
     _rd(_TABLE.format(inside='<column name="f" unit="pix"/>'))),
    *((("DA220", _rd(_T, without=key), _rd(_T))) for key in ("creationDate", "description", "subject")),
    *((("DA220", _rd(_service(), without=key), _rd(_service()))) for key in ("title", "creationDate", "subject")),
    ("DA220", _rd(_service().replace('<meta name="shortName">stars</meta>', "")), _rd(_service())),
    ("DA220", _rd(_TABLE.format(inside="<publish/>"), without="title"), _rd(_TABLE.format(inside="<publish/>"))),
    ("DA221", _rd(_service(short="a" * 17)), _rd(_service(short="a" * 16))),
    *((("DA222", _rd(creationDate=date), _rd())) for date in ("1.1.2024", "2024-01-01T12:00", "2024-13-01", "",
                                                              "\\today", "2024-01-01T12:00:00+01:00")),
    ("DA223", _rd(_T + '<meta name="description">More</meta>'), _rd(_T + '<meta name="!description">More</meta>')),
    ("DA229", _rd(doi="https://doi.org/10.1234/abc"), _rd(doi="10.1234/abc")),
    ("DA230", _rd(_service('<meta name="_example">x</meta>')),
     _rd(_service('<meta name="_example" title="T">x</meta>'))),
    ("DA235", _rd('<meta name="_longdoc">\n    a\n  b</meta>'), _rd('<meta name="_longdoc">\n    a\n    b</meta>')),
    ("DA500", _rd(_service(sets="vo")), _rd(_service(sets="local"))),
    ("DA501", _rd(_service(render="ssap.xml")), _rd(_service(_metas(**_SSA), render="ssap.xml"))),
    ("DA501", _rd(_service(_metas(sia_type="Atlas", testQuery_pos_ra="1"), render="siap.xml")),
     _rd(_service(_metas(sia_type="Atlas", testQuery_pos_ra="1", testQuery_pos_dec="2"), render="siap.xml"))),
    ("DA501", _rd(_service(_metas(testQuery_ra="1"), render="scs.xml")),
     _rd(_service(_metas(testQuery_ra="1", testQuery_dec="2"), render="scs.xml"))),
    ("DA502", _rd(_service(_metas(sia_type="pointed"), render="siap.xml")),
     _rd(_service(_metas(sia_type="Pointed"), render="siap.xml"))),
    ("DA502", _rd(_service(_metas(**_SSA | {"ssap_creationType": "made"}), render="ssap.xml")),
     _rd(_service(_metas(**_SSA | {"ssap_creationType": "mosaic"}), render="ssap.xml"))),
    ("DA502", _rd(_service(_metas(testQuery_ra="10h", testQuery_dec="2"), render="scs.xml")),
     _rd(_service(_metas(testQuery_ra="1.5e1", testQuery_dec="-2"), render="scs.xml"))),
    ("DA504", _rd(_service(id="my service")), _rd(_service(id="my+(service)"))),
    ("DA505", _rd(_service(render="info")), _rd(_service(render="info", sets="local"))),
    ("DA506", _rd(_T + '<data><publish/><make table="t"/></data>'),
     _rd(_T + '<data id="d"><publish/><make table="t"/></data>')),
    ("DA507", _rd(_service('<meta name="isPartOf" ivoId="http://x.org">X</meta>')),
     _rd(_service('<meta name="isPartOf" ivoId="ivo://org.x/y">X</meta>'))),
    ("DA512", _rd(_OBSCORE.replace('onDisk="True"', "")), _rd(_OBSCORE)),
    ("DA516", _rd(_T.replace("</table>", '<meta name="_associatedDatalinkService"><meta name="serviceId">dl</meta>'
                             '<meta name="idColumn">y</meta></meta></table><service id="dl"><nullCore/></service>')),
     _rd(_T.replace("</table>", '<meta name="_associatedDatalinkService"><meta name="serviceId">dl</meta>'
                    '<meta name="idColumn">x</meta></meta></table><service id="dl"><nullCore/></service>'))),
    ("DA610", _rd(_service(render="docform", sets="local")), _rd(_service(render="form", sets="local"))),
]
"""The code of a rule, an RD that it must find fault with (and DaCHS, too), and one with which both are content."""
