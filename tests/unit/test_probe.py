"""The probe's checks judge answers rightly, and survive every answer that there may be."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from fakes import FakeHost
from loopback import Reply, answering, hang

from dachsadmin.check.rule import page
from dachsadmin.client import oai, vosi
from dachsadmin.client.vo import NotUnderstood
from dachsadmin.client.web import Answer, NoAnswer, Web
from dachsadmin.errors import ExitCode, UsageError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe import command, engine, files, taplint
from dachsadmin.probe.centre import Service, place_of_test
from dachsadmin.probe.check import ORDER, can_be_pasted
from dachsadmin.probe.checks import cone_search, datalink_rows, gavo_histogram, obscore, table_does_not_answer
from dachsadmin.system import dachs

CHECKS = engine.checks()
BY_NAME = {check.name: check for check in CHECKS}
AVAILABILITY = Reply(b"""<availability xmlns="http://www.ivoa.net/xml/VOSIAvailability/v1.0">
  <available>true</available></availability>""")
CAPABILITIES = """<c:capabilities xmlns:c="http://www.ivoa.net/xml/VOSICapabilities/v1.0"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">
    <interface xsi:type="vs:ParamHTTP" role="std"><accessURL>{}/tap</accessURL></interface>
    <dataModel ivo-id="ivo://ivoa.net/std/obscore#core-1.1">Obscore</dataModel></capability></c:capabilities>"""


def run(root: str, *, timeout: float = 5, **request) -> engine.Outcome:
    return engine.run(engine.Request(root, timeout=timeout, **request), CHECKS, FakeHost("/nonexistent"), lambda *_: None)


def codes(outcome: engine.Outcome) -> set[tuple[str, bool]]:
    return {(finding.code, finding.tested) for finding in outcome.findings}


# -- the catalogue

@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_each_check_is_documented(check):
    text = page(check)
    assert text.title.endswith(".") and text.why and text.see, check.code
    assert type(check).__module__.rsplit(".", 1)[1] == check.name.replace("-", "_")
    assert set(check.asks) <= set(ORDER)


def test_no_code_is_used_twice_nor_by_a_rule():
    assert len({check.code for check in CHECKS}) == len(BY_NAME) == len(CHECKS)
    assert all(re.fullmatch(r"DP[1-9]\d\d", check.code) for check in CHECKS)


def test_a_check_is_explained_without_what_only_rules_have():
    told = command.explained("DP301")
    assert told.startswith("DP301 linked-file\nerror, since") and "404" in told
    assert "profile" not in told and "<!--" not in told
    assert command.explained("tablesample") == command.explained("DP205")
    assert "DP420  cone-search" in command.explained("ALL")
    with pytest.raises(UsageError, match="no rule is called 'xyz'") as caught:
        command.explained("xyz")
    assert "dachsadmin probe --explain ALL" in caught.value.hint


# -- servers that are none

@pytest.mark.loopback
def test_a_server_that_is_down_ends_with_the_status_of_the_environment():
    with answering({}) as root:
        pass
    outcome = run(root)
    assert codes(outcome) == {("DP100", True)}
    assert outcome.broken.exit_code is ExitCode.ENVIRONMENT and root in outcome.broken.message


@pytest.mark.loopback
def test_a_server_that_hangs_is_given_up_in_time():
    with answering({"*": hang}) as root:
        outcome = run(root, timeout=0.2)
    assert [finding.message for finding in outcome.findings] == ["there is no answer within 0.2 s"]
    assert outcome.broken.exit_code is ExitCode.ENVIRONMENT


@pytest.mark.loopback
@pytest.mark.parametrize("reply", [
    Reply(b"<html>Apache</html>", media_type="text/html"), Reply(b"not found", 404), Reply(b""), Reply(b"{}"),
    Reply(b'<availability xmlns="urn:other"><available>true</available></availability>')])
def test_another_server_is_a_wrong_target(reply):
    with answering({"*": reply}) as root:
        outcome = run(root)
    assert codes(outcome) == {("DP101", True)}
    assert outcome.broken.exit_code is ExitCode.TARGET


@pytest.mark.loopback
def test_without_pyvo_that_is_told_and_nothing_breaks(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvo", None)
    with answering({"/tap/availability": AVAILABILITY}) as root:
        outcome = run(root)
    assert codes(outcome) == {("DP900", False)} and outcome.broken is None


# -- servers that are bad

RUBBISH = {
    "nothing": b"", "html": b"<html><body>Internal Server Error</body></html>", "cut off": b"<VOTABLE><RESOURCE><TAB",
    "bytes": bytes(range(256)) * 10, "json": b'{"a": [1, 2]}', "bare": b"<VOTABLE/>",
    "empty table": b'<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE/>'
                   b"</RESOURCE></VOTABLE>",
    "other columns": b'<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>'
                     b'<FIELD name="x" datatype="int"/><DATA><TABLEDATA><TR><TD>1</TD></TR><TR><TD>x</TD></TR></TABLEDATA>'
                     b"</DATA></TABLE></RESOURCE></VOTABLE>",
    "tables without sense": b'<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>'
                            b'<FIELD name="table_name" datatype="char" arraysize="*"/><DATA><TABLEDATA><TR><TD>a.b</TD></TR>'
                            b"<TR><TD/></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>",
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><VOTABLE>&b;</VOTABLE>',
}


@pytest.mark.loopback
@pytest.mark.parametrize("name", RUBBISH)
@pytest.mark.parametrize("status", [200, 500])
def test_rubbish_is_a_finding_and_never_a_crash(name, status):
    pytest.importorskip("pyvo", reason="pyVO is not installed; run 'apt-get install python3-pyvo'")
    routes = {"*": Reply(RUBBISH[name], status), "/tap/availability": AVAILABILITY}
    with answering(routes) as root:
        routes["/tap/capabilities"] = Reply(CAPABILITIES.format(root).encode())
        outcome = run(root, registry=True, service="" if status == 200 else "a/q")
    assert outcome.broken is None
    assert {("DP104", True), ("DP200", True)} & codes(outcome) and ("DP500", True) in codes(outcome)


@pytest.mark.loopback
def test_a_server_that_begins_to_hang_is_left_alone():
    pytest.importorskip("pyvo", reason="pyVO is not installed; run 'apt-get install python3-pyvo'")
    asked: list[str] = []
    routes = {"*": hang, "/tap/availability": AVAILABILITY}
    with answering(routes, asked) as root:
        routes["/tap/capabilities"] = Reply(CAPABILITIES.format(root).encode())
        outcome = run(root, timeout=0.2)
    assert ("DP901", False) in codes(outcome)
    assert outcome.broken.exit_code is ExitCode.ENVIRONMENT
    assert len(asked) < 15


# -- what single checks say

def row(**values: object) -> dict[str, object]:
    return {"access_url": "", "service_def": "", "error_message": "", "semantics": "#this", **values}


@pytest.mark.parametrize(("given", "expected"), [
    (row(access_url="http://x"), []),
    (row(service_def="proc", semantics="#proc"), []),
    (row(access_url="http://x", semantics="http://example.org/rdf#own"), []),
    (row(), ["a row with semantics '#this' has none of access_url, service_def and error_message"]),
    (row(access_url="http://x", service_def="proc"), ["a row with semantics '#this' has both access_url and service_def"]),
    (row(error_message="NotFoundFault: gone"),
     ["the link #this of a row that the server itself gave is an error: NotFoundFault: gone"]),
    (row(access_url="http://x", semantics="this"), ["the semantics 'this' is no term of datalink/core, and no URL"]),
    (row(access_url="http://x", semantics="#science"), ["the semantics '#science' is no term of datalink/core, and no URL"]),
])
def test_datalink_rows_are_judged(given, expected):
    assert list(datalink_rows.faults(given)) == expected


def answer(body: bytes = b"x", status: int = 200, media_type: str = "image/png", whole: bool = True) -> Answer:
    return Answer("http://x/", status, {"content-type": media_type}, body, 0.1, whole)


@pytest.mark.parametrize(("given", "media_type", "length", "expected"), [
    (answer(b"\x89PNG..."), "image/png", -1, []), (answer(b"\x89PNG..."), "image/png", 7, []),
    (answer(b"SIMPLE  =   T"), "image/fits", None, []), (answer(b"\x1f\x8b\x08"), "image/fits", None, []),
    (answer(b"anything"), "text/plain", None, []), (answer(b"<a/>"), "application/x-votable+xml;content=datalink", 0, []),
    (answer(b"part", whole=False), "", 100, []),
    (answer(status=404), "image/png", -1, ["answers with HTTP status 404"]),
    (answer(b""), "image/png", -1, ["leads to an empty file"]),
    (answer(b"<html>"), "image/png", -1, ["promises image/png and gives something else (image/png)"]),
    (answer(b"\x89PNG"), "image/png", 10, ["promises 10 bytes and gives 4"]),
])
def test_linked_files_are_judged(given, media_type, length, expected):
    assert list(files.faults(given, media_type, length)) == expected


def observation(**values: object) -> dict[str, object]:
    return {"obs_collection": "c", "obs_id": "1", "obs_publisher_did": "ivo://a/b", "calib_level": 2, "t_min": 1.0,
            "t_max": 2.0, "em_min": None, "em_max": None, "s_ra": 10.0, "s_dec": -10.0, "access_url": "http://x", **values}


@pytest.mark.parametrize(("given", "expected"), [
    ({}, []), ({"s_ra": None, "s_dec": None, "access_url": None}, []),
    ({"calib_level": None}, ["has the calib_level None"]), ({"calib_level": 7}, ["has the calib_level 7"]),
    ({"t_min": 3.0}, ["has a t_min above its t_max"]), ({"em_min": 2e-7, "em_max": 1e-7}, ["has a em_min above its em_max"]),
    ({"s_dec": -91.0}, ["has a position that is none"]), ({"access_url": "data/x.fits"},
                                                         ["has an access_url that is no address"]),
    ({"obs_publisher_did": "x"}, ["has an obs_publisher_did that is no IVOID"]), ({"obs_id": ""}, ["has no obs_id"]),
])
def test_rows_of_obscore_are_judged(given, expected):
    assert list(obscore.faults(observation(**given))) == expected


def test_the_distance_on_the_sky_is_that_of_the_sphere():
    assert cone_search.distance((10, 20), (10, 21)) == pytest.approx(1)
    assert cone_search.distance((359.5, 0), (0.5, 0)) == pytest.approx(1)
    assert cone_search.distance((0, 89), (180, 89)) == pytest.approx(2)


@pytest.mark.parametrize(("size", "right"), [("", True), ("3", True), ("*", True), ("5*", True), ("3x2", True),
                                             ("3x2x*", True), ("2x5*", True), ("*x3", False), ("x", False), ("0", False),
                                             ("3X2", False), ("3x", False), ("-1", False)])
def test_an_arraysize_is_one(size, right):
    assert vosi.is_arraysize(size) is right


def test_arrays_have_the_dimensions_that_are_promised():
    import numpy

    assert vosi.dimensions("3x2x*") == (3, 2, None)
    assert table_does_not_answer._fits(numpy.zeros((5, 2, 3)), "3x2x*")
    assert not table_does_not_answer._fits(numpy.zeros((3, 2)), "3x2")
    assert not table_does_not_answer._fits(numpy.zeros(6), "3x2")
    assert table_does_not_answer._fits(None, "3x2")


def test_a_test_query_tells_where_to_ask():
    def service(*words):
        return Service("scs", "http://x", capability=vosi.Capability("s", "k", (), test=words))

    assert place_of_test(service(("ra", "151"), ("dec", "-5"), ("sr", "0.5"))) == ((151, -5), 0.5)
    assert place_of_test(service(("pos/long", "200"), ("pos/lat", "30"), ("size/long", "2"))) == ((200, 30), 2)
    assert place_of_test(service(("ra", "north"), ("dec", "1"))) == place_of_test(service()) == ((180.0, 0.0), 180.0)


def test_what_taplint_says_is_taken_over():
    told = {"announce": ["This is STILTS taplint"], "sections": [
        {"code": "TMV", "title": "Validate", "reports": [
            {"level": "ERROR", "code": "VUNI", "text": "a unit", "iseq": 1},
            {"level": "ERROR", "code": "VUNI", "text": "a unit", "iseq": 2}]},
        {"code": "CAP", "title": "Capabilities", "reports": [{"level": "WARNING", "code": "UDFD", "text": "a function"}]},
        {"code": "TMT", "title": "Metadata", "reports": [
            {"level": "WARNING", "code": "GRVV", "text": "schema_reference.4: Failed to read schema document 'http://x/y.xsd', "
             "because"}, {"level": "ERROR", "code": "TMUJ", "text": "cvc-complex-type: no"},
            {"level": "ERROR", "code": "TMUJ", "nskipped": 30}]},
        {"code": "QGE", "title": "Queries", "reports": [{"level": "FAILURE", "code": "NODT", "text": "no data"}]},
        {"code": "X", "title": "X", "reports": []}], "totals": {"ERROR": 2}}
    found = taplint.findings(BY_NAME["taplint"], Service("taplint", "http://x/tap"), json.dumps(told))
    assert [(one.severity, one.tested, one.message) for one in found] == [
        (Severity.WARNING, True, "TMV VUNI: a unit"), (Severity.INFO, True, "CAP UDFD: a function"),
        (Severity.INFO, False, "TMT XSD: the schema 'http://x/y.xsd' cannot be fetched from here"),
        (Severity.INFO, False, "QGE NODT: no data")]


@pytest.mark.parametrize("output", ["", "Exception in thread", "[]", '{"sections": 1}', '{"sections": [1]}'])
def test_what_taplint_says_and_nobody_understands_could_not_be_tested(output):
    found = taplint.findings(BY_NAME["taplint"], Service("taplint", "http://x/tap"), output)
    assert [one.tested for one in found] == [False]


def test_without_stilts_taplint_could_not_be_tested(tmp_path):
    found = taplint.run(BY_NAME["taplint"], Service("taplint", "http://x/tap"), FakeHost(tmp_path))
    assert [(one.tested, one.message) for one in found] == [(False, "the program stilts is not installed")]


# -- the registry

def test_a_list_of_records_goes_over_several_pages():
    def page_of(number: int, token: str) -> bytes:
        return (f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListIdentifiers><header><identifier>ivo://a/{number}'
                f"</identifier><datestamp>x</datestamp></header><resumptionToken>{token}</resumptionToken>"
                "</ListIdentifiers></OAI-PMH>").encode()

    class Pages(Web):
        def get(self, url, parameters=None, *, enough=0):
            token = parameters.get("resumptionToken", "")
            body = page_of(2, "") if token else page_of(1, "next")
            return Answer(url, 200, {}, body, 0.0)

    assert [record.identifier for record in oai.identifiers(Pages("http://x"))] == ["ivo://a/1", "ivo://a/2"]


def test_an_endless_list_of_records_is_not_understood():
    class Endless(Web):
        def get(self, url, parameters=None, *, enough=0):
            return Answer(url, 200, {}, b"<OAI-PMH><ListRecords><resumptionToken>on</resumptionToken></ListRecords></OAI-PMH>",
                          0.0)

    with pytest.raises(NotUnderstood, match="more than 50 pages"):
        oai.records(Endless("http://x"))


# -- the command

@pytest.mark.parametrize(("given", "expected"), [
    ("http://localhost:8080", "http://localhost:8080"), ("vo.example.org/", "http://vo.example.org"),
    ("https://vo.example.org/dachs/tap", "https://vo.example.org/dachs")])
def test_an_address_is_the_root_of_a_server(given, expected):
    assert command.address(given) == expected


def test_without_an_address_gavo_rc_says_whom_to_ask(tmp_path, monkeypatch):
    (tmp_path / "gavo.rc").write_text("[web]\nserverURL: http://vo.example.org:9000/\n")
    monkeypatch.setenv("GAVOSETTINGS", str(tmp_path / "gavo.rc"))
    assert command.address(None) == "http://vo.example.org:9000"
    with pytest.raises(UsageError):
        command.address("ftp://vo.example.org")


class Ears:
    """A terminal that keeps what it hears."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.complaints: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def complain(self, error) -> None:
        self.complaints.append(error.message)

    def progress(self, what: str, done: int, total: int) -> None:
        """Nobody looks."""

    def paint(self, report: str) -> str:
        return report


@pytest.mark.loopback
def test_a_run_is_reported_and_its_baseline_keeps_it_quiet(tmp_path, capfdbinary):
    pytest.importorskip("pyvo", reason="pyVO is not installed; run 'apt-get install python3-pyvo'")
    no_dachs = {(dachs.INTERPRETER, "-c", dachs._probe()): 1}
    host, ears = FakeHost("/", no_dachs), Ears()
    wanted = command.Wanted(select=("DP105",), reports=("text", "json:probe.json"), baseline="known.json",
                            update_baseline=True)
    routes = {"/tap/availability": AVAILABILITY, "*": Reply(b"<VOTABLE/>")}
    with answering(routes) as root:
        routes["/tap/capabilities"] = Reply(CAPABILITIES.format(root).encode())
        request = engine.Request(root, timeout=5)
        assert command.run(request, command.Wanted(select=("DP105",)), ears, host=host) is ExitCode.FINDINGS
        assert b"[DP105 tableset]" in capfdbinary.readouterr()[0]
        assert ears.notes[-1].startswith("1 check of 1 service: 1 error; ")
        assert command.run(request, wanted, ears, host=host) is ExitCode.OK
    made = json.loads((tmp_path / "probe.json").read_text())
    assert made["run"]["command"] == "probe" and made["summary"]["baselined"] == 1 and made["findings"] == []
    assert [trial["outcome"] for trial in made["run"]["trials"]] == ["error"]


def test_identifiers_are_remembered_for_each_server(tmp_path):
    host = FakeHost(tmp_path)
    one, other = (command._memory(Path("/cache/probe"), f"http://{name}.example.org") for name in ("one", "other"))
    assert command._recall(one, host) is None
    command._remember(one, ("ivo://a/b",), host, Ears())
    assert (command._recall(one, host), command._recall(other, host)) == (("ivo://a/b",), None)
    host.write_atomic(str(one), "{broken")
    assert command._recall(one, host) is None


@pytest.mark.parametrize("name", ["a.b'; rm -rf ~; '", 'x."B mag"', "a.b$(id)", "a.b`id`", "-x", "a b", "a\nb"])
def test_what_a_server_tells_never_gets_into_a_command_line(name):
    assert name not in gavo_histogram._workaround(name)
    assert not can_be_pasted(name)


def test_findings_about_one_server_are_the_same_at_another_address():
    from dachsadmin.model.fingerprint import fingerprint

    def found(address: str) -> Finding:
        return BY_NAME["tablesample"].finding(Service("tap", f"{address}/tap"), "a.b is a view", subject="a.b")

    assert fingerprint(found("http://localhost:8080")) == fingerprint(found("https://vo.example.org"))


def test_an_answer_that_does_not_come_is_a_finding_where_it_was_asked_for():
    check, service = BY_NAME["tap-sync"], Service("tap", "http://x/tap")

    class Dead:
        def simplest_query(self):
            raise NoAnswer("http://x/tap/sync", "there is no answer within 5 s", slow=True)

    found, in_time = engine._made(Dead(), check, service)
    assert [(one.location.file, one.message, in_time) for one in found] == [
        ("http://x/tap/sync", "there is no answer within 5 s", False)]
