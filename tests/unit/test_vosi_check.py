"""A server's VOSI documents are judged rightly, good and broken ones; and saved documents are."""

from __future__ import annotations

import json
import re

import pytest
import vosi_documents as documents
from fakes import FakeHost
from loopback import Reply, answering, drip, hang
from vosi_documents import SCHEMAS
from vosi_service import AVAILABLE, NOT_FOUND, PAGE, Service, capabilities, votable

from dachsadmin.check.rule import page
from dachsadmin.client.vosi import Column, ForeignKey, Schema, Table
from dachsadmin.errors import ExitCode, TargetError, UsageError
from dachsadmin.model.finding import Severity
from dachsadmin.system import dachs
from dachsadmin.vosi.conformance import command, engine, files, server

CHECKS = engine.checks()
ALWAYS = {("DC104", Severity.INFO), ("DC105", Severity.INFO)}
"""Our documents have no version attribute, as the schema wants it; and there are no schemata in unit tests."""


def look(root: str, *, timeout: float = 5, everything: bool = False) -> engine.Outcome:
    got = server.publication(root, None, timeout=timeout, everything=everything, progress=lambda *_: None)
    return engine.run(got, CHECKS)


def found(service: Service, **options) -> set[tuple[str, Severity]]:
    with service.served() as root:
        outcome = look(f"{root}/tap", **options)
    return {(one.code, one.severity) for one in outcome.findings} - ALWAYS


# -- the catalogue

@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_each_check_is_documented(check):
    text = page(check)
    assert text.title.endswith(".") and text.why and text.see, check.code
    assert type(check).__module__.rsplit(".", 1)[1] == check.name.replace("-", "_")
    assert re.fullmatch(r"DC[12349]\d\d", check.code)


def test_no_code_is_used_twice():
    assert len({check.code for check in CHECKS}) == len({check.name for check in CHECKS}) == len(CHECKS)


def test_a_check_is_explained():
    assert command.explained("DC305").startswith("DC305 table-document\nerror, since")
    with pytest.raises(UsageError) as caught:
        command.explained("nonsense")
    assert "dachsadmin vosi check --explain ALL" in caught.value.hint


# -- servers

@pytest.mark.loopback
@pytest.mark.parametrize("path", ["", "/", "/tap", "/tap/", "/tap/capabilities", "/tap/tables", "/tap/tables?detail=min"])
def test_a_good_service_has_no_faults_wherever_it_is_asked(path):
    with Service().served() as root:
        outcome = look(root + path)
    assert {(one.code, one.severity) for one in outcome.findings} <= ALWAYS | {("DC304", Severity.INFO)}
    assert {trial.code for trial in outcome.trials} == {check.code for check in CHECKS}
    assert outcome.broken is None and len(outcome.checked) == 4 + 3 + 2


BOMB = Reply(b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;&b;&b;</x>')
MIN, MAX = "tables?detail=min", "tables?detail=max"


@pytest.mark.loopback
@pytest.mark.parametrize(("changes", "expected"), [
    ({MIN: PAGE}, ("DC102", Severity.ERROR)), ({MAX: BOMB}, ("DC102", Severity.ERROR)),
    ({MAX: Reply(b"")}, ("DC102", Severity.ERROR)), ({MAX: Reply(b"<tableset><schema>")}, ("DC102", Severity.ERROR)),
    ({MAX: Reply(b"x", 500)}, ("DC102", Severity.ERROR)), ({MAX: drip}, ("DC102", Severity.ERROR)),
    ({MAX: Reply(b"", 302, headers=(("Location", "{root}/tap/tables?detail=max"),))}, ("DC102", Severity.ERROR)), ({"availability": NOT_FOUND}, ("DC102", Severity.ERROR)),
    ({MAX: Reply(b"<tableset/>")}, ("DC103", Severity.ERROR)),
    ({"availability": Reply(b'<availability xmlns="urn:x"/>')}, ("DC103", Severity.ERROR)),
    ({MAX: Reply(documents.tableset(SCHEMAS).replace(b"tableset xml", b'tableset version="7" xml'))}, ("DC104", Severity.WARNING)),
    ({MIN: Reply(documents.tableset(SCHEMAS, columns=False), media_type="text/plain")}, ("DC106", Severity.WARNING)),
    ({"availability": Reply(AVAILABLE.replace(b"true", b"false"))}, ("DC107", Severity.WARNING)),
    ({MIN: Reply(documents.tableset(SCHEMAS))}, ("DC303", Severity.ERROR)),
    ({MIN: Reply(documents.tableset(SCHEMAS[1:], columns=False))}, ("DC303", Severity.ERROR)),
    ({MAX: Reply(documents.tableset(SCHEMAS, columns=False))}, ("DC303", Severity.INFO)),
    ({"tables?detail=bogus": Reply(b"", 500)}, ("DC304", Severity.WARNING)),
    ({"tables/s.stars": NOT_FOUND}, ("DC305", Severity.ERROR)), ({"tables/s.stars": PAGE}, ("DC305", Severity.ERROR)),
    ({"tables/s.stars": Reply(documents.table(SCHEMAS[0].tables[1]))}, ("DC305", Severity.ERROR)),
    ({"tables/s.stars": Reply(documents.table(Table("S.Stars", SCHEMAS[0].tables[0].columns)))}, ("DC305", Severity.ERROR)),
    ({"tables/s.stars": Reply(documents.table(Table("s.stars", ())))}, ("DC305", Severity.ERROR)),
    ({"tables/s.spectra": Reply(documents.table(Table("s.spectra", SCHEMAS[0].tables[1].columns, description="Of stars")))},
     ("DC306", Severity.INFO)),
    ({f"tables/{server.NO_TABLE}": PAGE}, ("DC307", Severity.ERROR)),
    ({f"tables/{server.NO_TABLE}": Reply(b"", 500)}, ("DC307", Severity.WARNING)),
    ({"sync": PAGE}, ("DC400", Severity.ERROR)), ({"sync": Reply(votable([]).replace(b'"OK"', b'"ERROR"'))},
                                                  ("DC400", Severity.ERROR)),
    ({"sync": Reply(votable([]).replace(b'"OK"', b'"OVERFLOW"'))}, ("DC400", Severity.ERROR)),
])
def test_each_fault_of_a_server_is_told(changes, expected):
    service = Service()
    service.changes = {"tables?detail=bogus": Reply(b"", 400), **changes}
    assert expected in found(service, timeout=0.3 if drip in changes.values() else 5)


@pytest.mark.loopback
def test_a_server_without_any_document_of_a_table_is_told():
    none = {f"tables/{table.name}": NOT_FOUND for table in SCHEMAS[0].tables}
    assert ("DC305", Severity.ERROR) in found(Service(**none))


@pytest.mark.loopback
def test_a_server_that_promises_vosi_1_0_only_is_warned_of_the_rest():
    service = Service(**{"tables/s.stars": NOT_FOUND})
    service.standard = "tables"
    assert {("DC201", Severity.INFO), ("DC305", Severity.WARNING)} <= found(service)


@pytest.mark.loopback
def test_capabilities_that_lack_something_are_told():
    bare = capabilities("http://127.0.0.1:1").replace(b"VOSI#capabilities", b"VOSI#x").replace(
        b"VOSI#tables-1.1", b"VOSI#y").replace(b' use="full"', b"")
    service = Service(capabilities=Reply(bare))
    with service.served() as root:
        outcome = look(f"{root}/tap")
    told = [one.message for one in outcome.findings if one.code == "DC200"]
    assert len(told) == 5 and "the capabilities have no ivo://ivoa.net/std/vosi#tables" in told


@pytest.mark.loopback
@pytest.mark.parametrize(("table", "expected"), [
    (Table("s.t", (Column("a", "int", "*x3"),)), "DC301"), (Table("s.t", (Column("a", "", ""),)), "DC301"),
    (Table("s.t", (Column("", "int", ""),)), "DC301"), (Table("s.t", (Column("a", "int", ""), Column("A", "int", ""))), "DC301"),
    (Table("S.Stars", ()), "DC300"), (Table("", ()), "DC300"),
    (Table("s.t", (Column("a", "int", ""),), (ForeignKey("s.none", (("a", "b"),)),)), "DC302"),
    (Table("s.t", (Column("a", "int", ""),), (ForeignKey("s.stars", (("a", "b"),)),)), "DC302"),
    (Table("s.t", (Column("a", "int", ""),), (ForeignKey("s.stars", (("b", "id"),)),)), "DC302"),
])
def test_tables_that_cannot_be_are_told(table, expected):
    assert (expected, Severity.ERROR) in found(Service((*SCHEMAS, Schema("t", (table,)))))


def test_names_in_quotes_keep_their_case():
    names = Table("s.t", (Column('"a"', "int", ""), Column('"A"', "int", ""), Column("b", "int", "")))
    publication = files.Publication("x", (files.Document("table", "x", "x", tables=(names,)),))
    assert engine.run(publication, [check for check in CHECKS if check.code == "DC301"]).findings == []


STARS = SCHEMAS[0].tables[0]


@pytest.mark.loopback
@pytest.mark.parametrize(("tap_schema", "expected"), [
    ((), {"DC400 error"}), ((*SCHEMAS, Schema("t", (Table("t.more", ()),))), {"DC400 error"}),
    ((Schema("s", (Table("S.STARS", STARS.columns), *SCHEMAS[0].tables[1:])),), set()),
    ((Schema("s", (Table("s.stars", STARS.columns[1:]), *SCHEMAS[0].tables[1:])),), {"DC401 error"}),
    ((Schema("s", (Table("s.stars", (*STARS.columns[:-1], Column("place", "double", "2", "deg"))), *SCHEMAS[0].tables[1:])),),
     {"DC401 warning"}),
    ((Schema("s", (Table("s.stars", (*STARS.columns[:-1], Column("place", "adql:POINT", ""))), *SCHEMAS[0].tables[1:])),), set()),
])
def test_disagreement_with_tap_schema_is_told(tap_schema, expected):
    told = found(Service(tap_schema=tap_schema))
    assert {f"{code} {severity.label}" for code, severity in told if code in ("DC400", "DC401")} == expected


@pytest.mark.loopback
def test_a_server_without_any_table_disagrees_with_its_tap_schema():
    assert ("DC400", Severity.ERROR) in found(Service((), tap_schema=SCHEMAS))


@pytest.mark.loopback
def test_a_service_that_has_no_tables_at_all_lacks_nothing():
    bare = capabilities("http://127.0.0.1:1").replace(b"VOSI#tables-1.1", b"other").replace(b"std/TAP", b"std/SIA")
    assert found(Service(tables=NOT_FOUND, capabilities=Reply(bare))) == set()


@pytest.mark.loopback
def test_of_many_tables_some_are_asked_and_the_rest_is_counted():
    many = (Schema("m", tuple(Table(f"m.t{number}", (Column("a", "int", ""),)) for number in range(2000))),)
    service = Service(many)
    with service.served() as root:
        outcome = look(f"{root}/tap")
    asked = [name for name in service.asked if name.startswith("tables/m.")]
    assert outcome.left_out == 1980 and len(asked) == len(set(asked)) == 20
    assert {"tables/m.t0", "tables/m.t1900"} <= set(asked)


@pytest.mark.loopback
def test_every_table_is_asked_if_that_is_wanted():
    many = (Schema("m", tuple(Table(f"m.t{number}", (Column("a", "int", ""),)) for number in range(25))),)
    service = Service(many)
    with service.served() as root:
        outcome = look(f"{root}/tap", everything=True)
    assert outcome.left_out == 0 and len([name for name in service.asked if name.startswith("tables/m.")]) == 25


@pytest.mark.loopback
def test_a_server_that_begins_to_hang_is_left_alone():
    service = Service(**{MIN: hang, "tables/s.stars": hang, "tables/s.spectra": hang})
    with service.served() as root:
        outcome = look(f"{root}/tap", timeout=0.2)
    assert outcome.broken is not None and outcome.broken.exit_code is ExitCode.ENVIRONMENT
    assert ("DC900", False) in {(one.code, one.tested) for one in outcome.findings}
    assert "sync" not in service.asked


@pytest.mark.loopback
def test_a_redirect_is_followed_once_and_for_all():
    elsewhere = Service()
    with elsewhere.served() as root:
        moved = Service(capabilities=Reply(b"", 301, headers=(("Location", f"{root}/tap/capabilities"),)))
        with moved.served() as old:
            outcome = look(f"{old}/tap")
    assert outcome.broken is None and len(moved.asked) == 1 and "tables/s.stars" in elsewhere.asked


@pytest.mark.loopback
def test_an_answer_that_is_too_long_is_not_read_to_its_end(monkeypatch):
    from dachsadmin.client.web import Web

    with Service().served() as root:
        asking = server.Asking(Web(root, limit=1000), None)
        document = asking.document("tableset", "/tables", "/tap/tables")
    assert document.fault == "/tables: the answer has more than 0 MB"


@pytest.mark.parametrize(("announced", "asked", "expected"), [
    ("http://a/tap", "http://a/tap", ("http://a", "http://a")),
    ("http://a:8080/tap", "https://vo.example.org/dachs/tap", ("http://a:8080", "https://vo.example.org/dachs")),
    ("http://a/tap", "https://a/tap", ("http://a", "https://a")),
    ("http://a/__system__/tap/run", "http://localhost:80/tap", ("http://a", "http://localhost:80")),
    ("http://a/q/ssa/ssap.xml", "http://b/q/ssa", ("http://a", "http://b")),
])
def test_what_is_announced_is_asked_for_where_the_server_is_asked(announced, asked, expected):
    assert server.counterparts(announced, asked) == expected


@pytest.mark.loopback
def test_neither_server_nor_service_end_with_a_status_of_their_own(capfdbinary):
    with answering({"*": PAGE}) as root:
        assert run(root) is ExitCode.TARGET
        assert b"[DC101 not-a-service]" in capfdbinary.readouterr()[0]
    assert run(root) is ExitCode.ENVIRONMENT
    assert b"[DC100 service-not-reached]" in capfdbinary.readouterr()[0]


# -- files

class Ears:
    """A terminal that keeps what it hears."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def complain(self, error) -> None:
        self.notes.append(error.message)

    def progress(self, what: str, done: int, total: int) -> None:
        """Nobody looks."""

    def paint(self, report: str) -> str:
        return report


def run(*targets: str, ears: Ears | None = None, timeout=5, **wanted) -> ExitCode:
    host = FakeHost("/", {("/opt/python", "-c", dachs._probe()): 1})
    return command.run(targets, command.Wanted(**wanted), ears or Ears(), timeout=timeout, interpreter="/opt/python",
                       host=host)


def save(folder, **contents: bytes) -> list[str]:
    for name, content in contents.items():
        (folder / f"{name}.xml").write_bytes(content)
    return [f"{name}.xml" for name in contents]


def test_saved_documents_are_looked_at_together(tmp_path, capfdbinary):
    stars, spectra, odd = SCHEMAS[0].tables
    paths = save(tmp_path, all=documents.tableset(SCHEMAS), brief=documents.tableset(SCHEMAS, columns=False),
                 stars=documents.table(stars), odd=documents.table(odd), capabilities=capabilities("http://vo.example.org"))
    assert run(*paths, fail_on="warning") is ExitCode.OK, capfdbinary.readouterr()[0]
    wrong = save(tmp_path, other=documents.table(Table("s.gone", stars.columns)))
    assert run(*paths, *wrong) is ExitCode.FINDINGS
    assert b"other.xml: error: other.xml names its table 's.gone'" in capfdbinary.readouterr()[0]


def test_ten_thousand_columns_are_looked_at(tmp_path):
    wide = Table("s.wide", tuple(Column(f"c{number}", "float", "") for number in range(10_000)))
    assert run(*save(tmp_path, all=documents.tableset([Schema("s", (wide,))]), wide=documents.table(wide))) is ExitCode.OK
    other = Table("s.wide", (*wide.columns[:-1], Column("C0", "float", "")))
    assert run(*save(tmp_path, other=documents.table(other)), select=("DC301",)) is ExitCode.FINDINGS


@pytest.mark.parametrize(("content", "code"), [
    (b"", "DC102"), (PAGE.body, "DC102"), (BOMB.body, "DC102"), (b"{}", "DC102"), (bytes(range(256)), "DC102"),
    (b"<VOTABLE/>", "DC103"), (b"<tableset/>", "DC103"), (b"<html/>", "DC102"),
    (b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "DC102")])
def test_what_is_no_vosi_document_is_told(content, code, tmp_path, capfdbinary):
    assert run(*save(tmp_path, it=content)) is ExitCode.FINDINGS
    assert f"[{code} ".encode() in capfdbinary.readouterr()[0]


def test_files_that_are_not_there_or_no_files_are_a_wrong_target(tmp_path):
    (tmp_path / "folder").mkdir()
    for target in ("gone.xml", "folder"):
        with pytest.raises(TargetError):
            run(target)
    with pytest.raises(TargetError) as caught:
        run("vo.example.org/tap")
    assert caught.value.hint == "for a server, write 'dachsadmin vosi check http://vo.example.org/tap'"


def test_addresses_and_files_are_not_mixed():
    for targets in ((), ("http://x", "a.xml"), ("http://x", "http://y")):
        with pytest.raises(UsageError):
            run(*targets)


@pytest.mark.loopback
def test_a_run_is_reported_and_its_baseline_keeps_it_quiet(tmp_path, capfdbinary):
    service, ears = Service(**{"tables/s.stars": NOT_FOUND}), Ears()
    with service.served() as root:
        assert run(f"{root}/tap", ears=ears) is ExitCode.FINDINGS
        assert ears.notes[-1].startswith("21 checks of 9 documents: 1 error, 2 information, 1 could not be tested")
        assert run(f"{root}/tap", baseline="known.json", update_baseline=True) is ExitCode.OK
        assert run(f"{root}/tap", select=("DC1",)) is ExitCode.OK
    service.changes = {"tables/s.spectra": NOT_FOUND}
    with service.served() as root:
        code = run(f"{root}/tap", baseline="known.json", ears=ears, reports=("json:it.json", "junit:it.xml", "sarif:it.sarif"))
    made = json.loads((tmp_path / "it.json").read_text())
    assert code is ExitCode.FINDINGS and made["run"]["command"] == "vosi check"
    assert [one["subject"] for one in made["findings"] if one["severity"] == "error"] == ["s.spectra"]
    assert 'name="DC305 table-document"' in (tmp_path / "it.xml").read_text()
    assert "dachsadmin vosi check --explain DC305" in (tmp_path / "it.sarif").read_text()
