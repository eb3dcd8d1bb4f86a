"""DA135: rowmakers that fill columns that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.language import suggest
from dachsadmin.rd.makes import Make, Target, fills, makes
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownRowmakerTarget(Rule):
    """A rowmaker can only fill columns that its table has.

    `dachs imp` fails for a map, an entry of idmaps or simplemaps that is for no column of the table (for a param,
    in parmakers). DaCHS minds case here. A rowmaker that serves several tables must fit each of them.

    Bad:
        <table id="stars"><column name="mag"/></table>
        <data id="import"><csvGrammar/>
          <make table="stars"><rowmaker><map key="magnitude">@vmag</map></rowmaker></make>
        </data>
    Good:
        <table id="stars"><column name="mag"/></table>
        <data id="import"><csvGrammar/>
          <make table="stars"><rowmaker><map key="mag">@vmag</map></rowmaker></make>
        </data>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-rowmaker
    """

    code, name, severity, since = "DA135", "unknown-rowmaker-target", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for make in makes(rd, site):
            if not make.columns.complete:
                continue
            for maker, filled, known, what in ((make.rowmaker, make.targets, make.columns.columns, "column"),
                                               (make.parmaker, make.param_targets, make.columns.params, "param")):
                if maker is not None and maker.rd is rd:
                    for target in filled:
                        if not fills(target, known):
                            yield from self._target(rd, make, target, known, what)

    def _target(self, rd: Document, make: Make, target: Target, known: dict[str, Node | None],
                what: str) -> Iterator[Finding]:
        if "\\" in target.name or target.name.startswith("quoted/"):
            return
        near = suggest(target.name, known)
        place = place_of(target.node)
        if target.pattern and set(target.name) & set("*?["):
            message = f"no {what} of table {make.table} matches {target.name!r}"
        else:
            message = f"{target.name!r} is no {what} of table {make.table}"
        yield self.finding(rd, place, message, attribute=target.attribute if place is target.node.element else "",
                           value=target.name, subject=f"{make.table}.{target.name}",
                           hint=f"write {near!r}" if near else "")
