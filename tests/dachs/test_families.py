"""Each family of DaCHS's checks is asked for itself, and what fails hides nothing else."""

from __future__ import annotations

import http.server
import os
import threading
from pathlib import Path

import pytest

PUBLISHED = """<service id="s" allowed="form"><meta name="shortName">stars</meta>
  <meta name="title">Stars</meta><publish render="form" sets="ivo_managed"/><nullCore/></service>"""


def said(result) -> set:
    return {(message.family, message.context.get("kind", "")) for message in result.messages}


def test_nothing_is_said_of_an_rd_without_fault(site):
    site.rd("a/q", '<table id="t" onDisk="True"><column name="x" unit="deg" ucd="pos.eq.ra"/></table>' + PUBLISHED)
    result = site.validate("a/q")["a/q"]
    assert (result.verdict, result.messages) == ("OK", ())


def test_all_families_speak_although_dachs_stops_at_the_first(site):
    site.rd("a/q", """<meta name="_intro" format="rst">An *open emphasis</meta>
      <table id="t" onDisk="True"><column name="x" unit="erg sec-1"/></table>
      <data id="d"><nullGrammar/><make table="t"><rowmaker><map key="nix">1</map></rowmaker></make></data>
      <service id="s" allowed="form"><publish render="form" sets="ivo_managed"/><meta name="subject">Nonsense</meta>
        <meta name="shortName">a short name that is too long</meta><nullCore/></service>
      <regSuite title="s"><regTest title="r"><url>x</url><code>def (</code></regTest></regSuite>""")
    result = site.validate("a/q")["a/q"]
    assert result.verdict == "Fail"
    assert {(message.family, message.context["kind"], message.line) for message in result.messages} == {
        ("services", "subject", 7), ("services", "registry-record", 7), ("rowmakers", "exception", 6),
        ("tables", "unit-bad", 5), ("code", "test-code", 9), ("rst", "rst", 1)}


def test_a_table_without_metadata_still_has_its_columns_checked(site):
    site.write(a__q="""<resource schema="a" resdir="a"><table id="t"><column name="x" unit="erg sec-1"/>
      <column name="y" ucd="no.such"/><column name="z" unit="furlong"/></table></resource>""")
    result = site.validate("a/q")["a/q"]
    assert {("tables", "missing-metadata"), ("tables", "unit-bad"), ("tables", "ucd"), ("tables", "unit-unknown")} <= said(result)
    by_kind = {message.context["kind"]: message for message in result.messages}
    assert (by_kind["unit-bad"].context["table_id"], by_kind["unit-bad"].context["column"]) == ("t", "x")
    assert by_kind["ucd"].context["column"] == "y" and by_kind["unit-unknown"].context["unit"] == "furlong"
    assert any("creationDate" in failure for failure in by_kind["missing-metadata"].context["failures"])


def test_a_service_without_metadata_still_has_its_subjects_checked(site):
    site.write(a__q=f"""<resource schema="a" resdir="a"><meta name="subject">Nonsense</meta>{PUBLISHED}</resource>""")
    result = site.validate("a/q")["a/q"]
    assert {("services", "missing-metadata"), ("services", "subject")} <= said(result)
    assert ("services", "registry-record") not in said(result), "a record cannot be right without metadata"


def test_one_bad_rowmaker_hides_no_other(site):
    one = '\n<data id="d{0}"><nullGrammar/><make table="t"><rowmaker><map key="nix{0}">1</map></rowmaker></make></data>'
    site.rd("a/q", '<table id="t"><column name="x"/></table>' + one.format(1) + one.format(2))
    result = site.validate("a/q")["a/q"]
    assert result.verdict == "crash", "dachs val ends with an exception"
    assert [(message.line, message.context["looked_for"], message.context["resource"]) for message in result.messages
            if message.family == "rowmakers"] == [(5, "nix1", "d1"), (6, "nix2", "d2")]


def test_one_exception_in_a_meta_text_hides_no_other(site):
    site.rd("a/q", r"""<meta name="_intro" format="rst">\nosuchmacro</meta><meta name="note" tag="1" format="rst">An *open</meta>
      <service id="s" allowed="form"><meta name="_longdoc" format="rst">\alsonosuchmacro</meta><nullCore/></service>""")
    result = site.validate("a/q")["a/q"]
    texts = [message.text for message in result.messages if message.family == "rst"]
    assert any("nosuchmacro" in text for text in texts) and any("alsonosuchmacro" in text for text in texts)
    assert any("RST problem" in text for text in texts)


def test_free_units_are_accepted_on_request_by_every_version(site):
    site.rd("a/q", '<table id="t"><column name="z" unit="furlong"/></table>')
    assert said(site.validate("a/q")["a/q"]) == {("tables", "unit-unknown")}
    assert said(site.validate("a/q", accept_free_units=True)["a/q"]) == set()


def test_services_are_checked_as_if_published_on_request(site):
    site.write(a__q="""<resource schema="a" resdir="a"><service id="s" allowed="form"><nullCore/></service></resource>""")
    assert site.validate("a/q")["a/q"].verdict == "OK"
    result = site.validate("a/q", pre_publication=True)["a/q"]
    assert result.verdict == "Fail" and ("services", "missing-metadata") in said(result)


def test_messages_are_one_line_and_tell_the_place(site):
    site.rd("a/q", '<table id="t">\n  <column name="x"\n    unit="erg sec-1"/>\n</table>\n<tabel/>')
    message, = site.validate("a/q")["a/q"].messages
    assert (message.family, message.severity.label, message.line) == ("load", "error", 8)
    assert "\n" not in message.text and "Error:" not in message.text and str(site.inputs) not in message.text


def test_messages_are_the_same_in_each_run(site):
    site.rd("a/q", '<data id="d"><nullGrammar/><make><table id="t"><column name="x"/></table><rowmaker><apply><code>print "x"</code>'
                   '</apply></rowmaker></make></data>')
    first, second = (site.validate("a/q")["a/q"] for _ in range(2))
    assert [message.text for message in first.messages] == [message.text for message in second.messages] != []


def test_the_database_is_compared_on_request(site):
    import psycopg

    site.rd("a/q", '<table id="t" onDisk="True"><column name="x" type="text"/><column name="y" type="text"/></table>')
    with psycopg.connect(site.scratch.dsn, autocommit=True) as connection:
        connection.execute('CREATE SCHEMA a CREATE TABLE t (x text, other text)')
        connection.execute("GRANT USAGE ON SCHEMA a TO gavo; GRANT SELECT ON a.t TO gavo")
        try:
            plain, compared = site.validate("a/q")["a/q"], site.validate("a/q", compare_db=True)["a/q"]
        finally:
            connection.execute("DROP SCHEMA a CASCADE")
    assert (plain.verdict, plain.read_database) == ("OK", False)
    assert (compared.verdict, compared.read_database) == ("Fail", True)
    assert said(compared) == {("tables", "database-differs")}


def test_an_invalid_registry_record_leaves_no_file_behind(site, tmp_path):
    site.rd("a/q", PUBLISHED.replace(">stars<", ">a short name that is too long<"))
    before = set(os.listdir("."))
    result = site.validate("a/q")["a/q"]
    assert said(result) == {("services", "registry-record")}
    assert set(os.listdir(".")) == before and not list(Path(site.inputs).rglob("badDocument.xml"))


TESTS = """<regSuite title="s">
  <regTest title="good"><url>/ok</url><code>self.assertHTTPStatus(200)</code></regTest>
  <regTest title="bad"><url>/ok</url><code>self.assertHTTPStatus(404)</code></regTest>
  <regTest title="broken"><url>/ok</url><code>nonsense</code></regTest></regSuite>"""


@pytest.fixture
def server(site):
    """The site, and a server at its [web]serverURL."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        custom = site.inputs / "custom.rc"
        custom.write_text(f"[web]\nserverURL: http://127.0.0.1:{running.server_port}\n")
        yield site.with_settings(environment={"GAVOCUSTOM": str(custom)}), running
        running.shutdown()


def test_regression_tests_run_against_the_server(server):
    site, _ = server
    site.rd("a/q", TESTS)
    result = site.validate("a/q", run_tests=True)["a/q"]
    assert [(test.title, test.outcome) for test in result.tests] == [("good", "OK"), ("bad", "FAIL"), ("broken", "ERROR")]
    assert [(message.family, message.context["title"]) for message in result.messages] == [("tests", "bad"), ("tests", "broken")]
    assert [message.line for message in result.messages] == [6, 7]
    assert result.verdict == "OK", "tests do not count for dachs val's verdict"


def test_a_server_that_does_not_answer_is_no_fault_of_the_rd(server):
    site, running = server
    running.shutdown()
    running.server_close()
    site.rd("a/q", TESTS)
    result = site.validate("a/q", run_tests=True)["a/q"]
    assert [(message.family, message.untested) for message in result.messages] == [("tests", True)]
    assert "does not answer" in result.messages[0].text and result.tests == ()
