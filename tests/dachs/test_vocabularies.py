"""Validation works without a network: a vocabulary that cannot be had is told, and the rest goes on."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading

from conftest import VOCABULARIES, put_vocabularies

from dachsadmin.system.worker.client import update_vocabularies

SERVICE = """<table id="t"><column name="x" unit="erg sec-1"/></table>
  <service id="s" allowed="form"><meta name="shortName">stars</meta><publish render="form" sets="ivo_managed"/><nullCore/>
  <meta name="productTypeServed">spectrum</meta></service>"""


@contextlib.contextmanager
def without(site, *names: str):
    """Some vocabularies are not in DaCHS's cache for a while."""
    paths = [site.cache / f"http://www.ivoa.net/rdf/{name}".replace("/", "=2F") for name in names]
    for path in paths:
        path.unlink(missing_ok=True)
    try:
        yield paths
    finally:
        put_vocabularies(site.scratch, {name: VOCABULARIES[name] for name in names})


def test_a_missing_vocabulary_is_told_once_for_each_rd_and_the_rest_is_checked(site):
    site.rd("a/q", SERVICE.replace("</service>", '<meta name="subject">Nonsense</meta><meta name="subject">More</meta></service>'))
    site.rd("b/q", SERVICE)
    with without(site, "uat") as (path,):
        results = site.with_settings(processes=1).validate("a/q", "b/q")
    for result in results.values():
        untested = [message for message in result.messages if message.untested]
        assert [(message.family, message.context["vocabulary"]) for message in untested] == [("vocabulary", "uat")]
        assert [message.context["kind"] for message in result.messages if not message.untested] == ["unit-bad"]
        assert result.verdict == "Fail" and str(path) in result.dependencies


def test_vocabularies_that_no_value_needs_are_not_missed(site):
    site.rd("a/q", SERVICE.replace('<meta name="productTypeServed">spectrum</meta>', ""))
    with without(site, *(name for name in VOCABULARIES if name != "uat")):
        assert not [message for message in site.validate("a/q")["a/q"].messages if message.untested]


def test_an_rd_that_needs_no_vocabulary_misses_none(site):
    site.rd("a/q", '<table id="t"><column name="x" unit="deg"/></table>')
    with without(site, *VOCABULARIES):
        result = site.validate("a/q")["a/q"]
    assert (result.verdict, result.messages) == ("OK", ())


class Registry(http.server.BaseHTTPRequestHandler):
    """Stands between DaCHS and ivoa.net as its proxy."""

    asked: list[tuple[str, str]] = []

    def do_GET(self):
        self.asked.append((self.path, self.headers["accept"]))
        name = self.path.removeprefix("http://www.ivoa.net/rdf/")
        content = json.dumps({"uri": self.path, "terms": {"fetched": {"label": "Fetched"}}}).encode()
        self.send_response(200 if name == "uat" else 404)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def test_vocabularies_are_fetched_to_where_dachs_looks(site):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as proxy, without(site, "uat") as (path,):
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        online = site.with_settings(environment={"http_proxy": f"http://127.0.0.1:{proxy.server_port}"})
        fetched = update_vocabularies(online.settings, ["uat", "no-such"])
        assert fetched["uat"] == {"path": str(path), "fault": ""} and path.is_file()
        assert "404" in fetched["no-such"]["fault"]
        assert ("http://www.ivoa.net/rdf/uat", "application/x-desise+json") in Registry.asked
        asked = len(Registry.asked)
        site.rd("a/q", SERVICE + '<meta name="subject">fetched</meta>')
        result = online.validate("a/q")["a/q"]
        assert len(Registry.asked) == asked, "validation itself stays offline"
        assert [message.context.get("subject") for message in result.messages if message.context["kind"] == "subject"] == ["surveys"]
        proxy.shutdown()


def test_what_this_dachs_asks_for_is_fetched_without_being_named(site):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as proxy, without(site, "uat"):
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        online = site.with_settings(environment={"http_proxy": f"http://127.0.0.1:{proxy.server_port}"})
        fetched = update_vocabularies(online.settings)
        proxy.shutdown()
    assert fetched["uat"]["fault"] == ""
    later = tuple(int(part) for part in site.dachs.version.split("+")[0].split(".")) >= (2, 11)
    assert ("product-type" in fetched) == later


def test_no_network_is_told_for_each_vocabulary(site):
    offline = site.with_settings(environment={"http_proxy": "http://127.0.0.1:1"})
    with without(site, "uat") as (path,):
        fetched = update_vocabularies(offline.settings, ["uat"])
        assert "refused" in fetched["uat"]["fault"] and not path.exists()


def test_an_old_vocabulary_is_still_used(site):
    import os

    path = site.cache / "http:=2F=2Fwww.ivoa.net=2Frdf=2Fuat"
    os.utime(path, (1e9, 1e9))
    site.rd("a/q", SERVICE.replace('unit="erg sec-1"', ""))
    assert site.validate("a/q")["a/q"].messages == ()
