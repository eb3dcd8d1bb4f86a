"""DaCHS's own validation of one RD: each family of checks for itself, every exception a message, nothing masked."""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import sys
from types import SimpleNamespace

from dachsadmin.system.worker import footprint, regression, wording

FAMILIES = ("services", "rowmakers", "tables", "code", "rst", "examples")
"""In the order of `dachs val`, which leaves out all that follow a failed one."""
RAISED = object()
SAID = 4000
"""How many characters of what RD code prints are kept."""


def knows_examples() -> bool:
    """Whether this DaCHS can try the examples of an RD (since 2.12)."""
    from gavo.user import validation

    return hasattr(validation, "validateExamples")


def prepare() -> None:
    """Import what validation needs, and have what it says come to us instead of standard output."""
    from gavo import base

    base.VALIDATING = True
    from gavo import api  # noqa: F401
    from gavo.user import errhandle, useless, validation

    useless.NullUI(base.ui)
    errhandle.reformatMessage = lambda text: text
    validation.outputError = lambda rd_id, text, verbose=False: _heard("error", text, verbose)
    validation.outputWarning = lambda rd_id, text, verbose=False: _heard("warning", text, verbose)
    footprint.prepare()
    if hasattr(validation, "validateTable"):
        _follow_table_checks(validation)


def _heard(severity: str, text: str, verbose: bool) -> None:
    if Examination.current is not None:
        Examination.current.heard(severity, text, verbose, sys._getframe(2))


def _follow_table_checks(validation) -> None:
    """Since DaCHS 2.11 table checks are a generator: remember where it stands when it says something."""
    check = validation.validateTable

    def followed(*args, **kwargs):
        steps = check(*args, **kwargs)
        for step in steps:
            if Examination.current is not None:
                Examination.current.generator = steps.gi_frame
            yield step

    validation.validateTable = followed


def request(order: dict, say) -> dict:
    """Validate one RD; messages are said family by family, so that they survive if later code kills the process."""
    if not footprint.current.loaded:
        footprint.connect()
    before, output = set(sys.modules), Tail(SAID)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), output, output
    with footprint.current.validating(order["rd"]) as record:
        examination = Examination(order["rd"], order["options"], say)
        Examination.current = examination
        try:
            verdict = examination.run()
        finally:
            Examination.current = None
            forget_modules(before)
    return {"verdict": verdict, "dependencies": sorted(footprint.current.files(record)), "tests": examination.tests,
            "output": output.getvalue(), "memory": examination.memory,
            "read_database": any(part.read_database for part in footprint.current.closure(record))}


def forget_modules(before: set) -> None:
    """Python modules of the tree are not left for other RDs, which may mean another file by the same name."""
    for name in set(sys.modules) - before:
        path = getattr(sys.modules[name], "__file__", None)
        if path is None and name.partition(".")[0] not in before or path and not footprint.current.is_installed(path):
            del sys.modules[name]


class Tail(io.TextIOBase):
    """The last characters of what is printed."""

    def __init__(self, size: int) -> None:
        self.size, self.text = size, ""
        self.buffer = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text = (self.text + str(text)[-self.size:])[-self.size:]
        return len(text)

    def getvalue(self) -> str:
        return self.text


class Examination:
    """The validation of one RD."""

    current: Examination | None = None

    def __init__(self, rd_id: str, options: dict, say) -> None:
        from gavo.user import validation

        self.rd_id, self.options, self.say, self.validation = rd_id, options, say, validation
        self.args = argparse.Namespace(
            prePublication=options["pre_publication"], compareDB=options["compare_db"], verbose=False, runTests=False,
            acceptFreeUnits=options["accept_free_units"], timeout=options["timeout"], validateExamples=options["examples"])
        self.family = "load"
        self.rd = None
        self.path = footprint.path_of(rd_id)
        self.generator = None
        self.tests: list = []
        self.memory = False
        self.unsaid: list = []
        self.known: set = set()

    def run(self) -> str:
        """Do everything that is asked for. Returns what `dachs val` would say: OK, Fail, or crash if it raised."""
        verdict = self.load()
        self.flush()
        if self.rd is None:
            return verdict
        outcomes = []
        for family in FAMILIES:
            if family != "examples" or self.options["examples"]:
                outcomes.append(self.examine(family))
        if self.options["run_tests"]:
            self.begin("tests")
            self.tests = regression.run(self.rd, self.options["timeout"], self.say, self.tell)
            self.flush()
        for outcome in outcomes:
            if outcome is RAISED:
                return "crash"
            if not outcome:
                return "Fail"
        return "OK"

    def begin(self, family: str) -> None:
        self.family = family
        self.generator = None
        self.say({"stage": family})

    def load(self) -> str:
        try:
            rd = self.validation.loadRD(self.rd_id)
        except BaseException as error:
            self.raised(error)
            rd, verdict = None, "crash"
        else:
            verdict = "Fail"
        known = rd.sourceId if rd is not None else footprint.current.canonical(self.rd_id)
        record = footprint.current.loaded.get(known)
        if record is not None and rd is not None:
            for kind, text in record.events:
                self.tell("warning", text, event=kind)
        self.rd = rd
        return verdict

    def examine(self, family: str) -> object:
        """One family as DaCHS does it, then piece by piece what that left out because something failed."""
        self.begin(family)
        check, pieces = {
            "services": (self.validation.validateServices, self.each_resource),
            "rowmakers": (self.validation.validateRowmakers, self.each_rowmaker),
            "tables": (self.validation.validateTables, self.each_table),
            "code": (self.validation.validateOtherCode, self.each_code),
            "rst": (self.validation.validateRST, self.each_rst),
            "examples": (getattr(self.validation, "validateExamples", None), None)}[family]
        count = len(self.known)
        fault = None
        try:
            if family == "examples":
                outcome = regression.examples(check, self.rd, self.args, self.tell)
            else:
                outcome = check(self.rd, self.args)
        except BaseException as error:
            outcome, fault = RAISED, error
        if pieces and (fault is not None or len(self.known) > count) and not isinstance(fault, MemoryError):
            told = len(self.known)
            for piece, element in self.safely(lambda: list(pieces(raised=fault is not None))) or ():
                self.safely(piece, element)
            if fault is not None and len(self.known) > told:
                fault = None
        if fault is not None:
            self.raised(fault)
        self.untested_vocabularies()
        self.flush()
        return outcome

    def safely(self, call, element=None):
        """Do something that DaCHS's chain would have left out; what it raises is a message about `element`, too."""
        try:
            return call()
        except BaseException as error:
            self.raised(error, element)
            return None

    # What DaCHS's own functions leave out after the first exception, or after missing metadata: (what to do, about what).

    def each_resource(self, *, raised: bool):
        original = self.validation.iterPublishedResources
        for resource in list(original(self.rd, self.args)):
            def alone(resource=resource):
                with replaced(self.validation, iterPublishedResources=lambda rd, args: [resource]):
                    if raised:
                        self.validation.validateServices(self.rd, self.args)
                    if self.incomplete(resource):
                        with self.without_metadata_checks():
                            self.validation.validateServices(self.rd, self.args)
            yield alone, resource

    def each_rowmaker(self, *, raised: bool):
        if raised:
            for data in self.rd:
                for make in data.makes:
                    def alone(make=make):
                        self.validation.validateRowmakers([SimpleNamespace(makes=[make])], self.args)
                    yield alone, make

    def each_table(self, *, raised: bool):
        for table in self.rd.tables:
            def alone(table=table):
                with replaced(self.rd, tables=[table]):
                    if raised:
                        self.safely(lambda: self.validation.validateTables(self.rd, self.args))
                    if self.incomplete(table):
                        with self.without_metadata_checks(), replaced(table, registration=None):
                            self.validation.validateTables(self.rd, self.args)
            yield alone, table
            if raised:
                for column in table:
                    yield functools.partial(self.one_column, table, column), column

    def one_column(self, table, column) -> None:
        view = View(table, onDisk=False, registration=None, iterMeta=lambda *_, **__: iter(()),
                    iterates=[column], iterChildren=lambda: iter(()))
        with replaced(self.rd, tables=[view]), self.without_metadata_checks():
            self.validation.validateTables(self.rd, self.args)

    def each_code(self, *, raised: bool):
        if raised:
            nothing = {"tests": [], "services": [], "jobs": []}
            for name in nothing:
                for item in getattr(self.rd, name):
                    def alone(name=name, item=item):
                        with replaced(self.rd, **{**nothing, name: [item]}):
                            self.validation.validateOtherCode(self.rd, self.args)
                    yield alone, item

    def each_rst(self, *, raised: bool):
        if raised:
            waiting = [self.rd]
            while waiting:
                element = waiting.pop()
                waiting += [child for child in self.safely(lambda: list(element.iterChildren())) or () if child]
                for pair in getattr(element, "getAllMetaPairs", lambda: [])():
                    view = View(element, sourceId=self.rd.sourceId, getAllMetaPairs=lambda pair=pair: [pair],
                                iterChildren=lambda: iter(()))
                    yield functools.partial(self.validation.validateRST, view, self.args), element

    def incomplete(self, element) -> bool:
        """Whether metadata is missing; what is missing further down is told, of which DaCHS names the first only."""
        from gavo import base

        try:
            base.validateStructure(element)
        except base.MetaValidationError as first:
            for child in element.iterChildren():
                try:
                    base.validateStructure(child)
                except base.MetaValidationError as error:
                    if error.carrier is not first.carrier:
                        self.tell("error", f"Missing metadata: {error}", error=error, kind="missing-metadata")
            return True
        return False

    @contextlib.contextmanager
    def without_metadata_checks(self):
        """Go on where metadata is missing, as far as the registry record, which cannot be right then."""
        from gavo import base

        class Enough(Exception):
            pass

        def stop(*_, **__):
            raise Enough

        with replaced(base, validateStructure=lambda _: None), replaced(
                self.validation, api=View(self.validation.api, getMetaText=stop)):
            with contextlib.suppress(Enough):
                yield

    # Messages

    def heard(self, severity: str, text: str, verbose: bool, frame) -> None:
        """DaCHS's validation says something."""
        error = sys.exc_info()[1]
        names = dict(frame.f_locals)
        if self.generator is not None and frame.f_code.co_name == "validateTables":
            names.update(self.generator.f_locals)
            error = error or next((names[name] for name in ("ex", "msg") if isinstance(names.get(name), BaseException)), None)
        if verbose and error is not None:
            category, text = text, wording.of_exception(error)
        else:
            category = ""
        self.tell(severity, text, error=error, names=names, category=category)

    def raised(self, error: BaseException, element=None) -> None:
        """Something raised what `dachs val` does not catch."""
        self.tell("error", wording.of_exception(error), error=error, kind="exception", element=element)

    def untested_vocabularies(self) -> None:
        for name, why in footprint.current.missing_vocabularies.items():
            self.tell("info", f"the vocabulary {name} cannot be had: {why}", family="vocabulary", untested=True,
                      context={"vocabulary": name})

    def tell(self, severity: str, text: str, *, family: str = "", untested: bool = False, **facts) -> None:
        """Keep a message, once. `facts` are what wording.message knows to read."""
        if isinstance(facts.get("error"), BaseException) and any(
                isinstance(cause, MemoryError) for cause in wording.causes(facts["error"])):
            self.memory = True
            family, text = "memory", f"not enough memory while checking {self.family}"
        message = wording.message(text, path=self.path, rd=self.rd, **facts)
        if footprint.current.database_fault and "database" in text.lower():
            untested, family = True, "database"
            message["text"] = footprint.current.database_fault
        if self.options["accept_free_units"] and message["context"].get("kind") == "unit-unknown":
            return
        family = family or self.family
        key = family, severity, message["text"]
        if key not in self.known:
            self.known.add(key)
            self.unsaid.append({"family": family, "severity": severity, "untested": untested, **message})

    def flush(self) -> None:
        if self.unsaid:
            self.say({"messages": self.unsaid})
            self.unsaid = []


class View:
    """A DaCHS object with some attributes replaced, the rest as it is."""

    def __init__(self, of, iterates=None, **replaced) -> None:
        self.__dict__.update(replaced)
        self._of, self._iterates = of, iterates

    def __getattr__(self, name):
        return getattr(self._of, name)

    def __iter__(self):
        return iter(self._of if self._iterates is None else self._iterates)

    def __str__(self) -> str:
        return str(self._of)


@contextlib.contextmanager
def replaced(thing, **attributes):
    """Set attributes for a while."""
    before = {name: getattr(thing, name) for name in attributes}
    for name, value in attributes.items():
        setattr(thing, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(thing, name, value)
