"""The served scratch DaCHS that other tests stand on."""

from __future__ import annotations

import os

import pytest
from serving import serving

CONE = """<table id="t" onDisk="True" adql="True" mixin="//scs#q3cindex">
  <meta name="description">Some stars.</meta>
  <column name="star" type="text" ucd="meta.id;meta.main" description="A name"/>
  <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main" description="RA"/>
  <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main" description="Dec"/></table>
<data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
  for number in range(30):
    yield {"star": "s%d" % number, "ra": 10 + number / 10, "dec": -5.}
</code></iterator></embeddedGrammar><make table="t"/></data>
<service id="cone" allowed="scs.xml"><meta name="shortName">cone</meta><scsCore queriedTable="t">
  <FEED source="//scs#coreDescs"/></scsCore></service>"""


def test_a_service_is_imported_and_answers_until_the_server_is_ended(site):
    site.rd("servedcone/q", CONE)
    with serving(site) as server:
        server.dachs("imp", "servedcone/q")
        answer = server.get("/servedcone/q/cone/scs.xml?RA=10.5&DEC=-5&SR=0.3")
        assert answer.status == 200 and b'value="OK"' in answer.body
        assert b"servedcone.t" in server.get("/tap/tables?detail=min").body
        assert server.url.encode() in server.get("/tap/capabilities").body
        assert server.try_dachs("imp", "servedcone/none").returncode == 1
        server.dachs("drop", "servedcone/q")
    with pytest.raises(ProcessLookupError):
        os.kill(server.process.pid, 0)
    with pytest.raises(ConnectionRefusedError):
        server.get("/tap/availability")
