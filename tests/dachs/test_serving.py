"""The served scratch DaCHS that other tests stand on."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import pytest
from serving import serving

from dachsadmin.system import leftovers

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


def test_a_server_ends_with_the_tests_that_it_was_started_for(site):
    told, tell = os.pipe()
    tests = os.fork()
    if not tests:
        try:
            with serving(site) as server:
                os.write(tell, f"{server.process.pid} {server.log.parent}".encode())
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    os.close(tell)
    os.waitpid(tests, 0)
    number, _, folder = os.read(told, 1000).decode().partition(" ")
    leftovers.remove(Path(folder))
    try:
        server = os.pidfd_open(int(number))
    except ProcessLookupError:
        return
    assert select.select([server], [], [], 15)[0], f"the server is still there as process {number}"
