"""DA136: columns that no rowmaker fills."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import children
from dachsadmin.rd.makes import Make, fills, makes
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnfilledColumn(Rule):
    """A rowmaker must fill every column of its table.

    `dachs imp` fails with the first row (`KeyError`) if a column gets no value; `dachs val` does not notice. A column
    that may be empty wants a map too: `<map key="comment">None</map>`. The rule is silent where an apply could do it, and about what mixins bring.

    Bad:
        <table id="stars"><column name="ra"/><column name="mag"/></table>
        <data id="import"><csvGrammar/><make table="stars"><rowmaker idmaps="ra"/></make></data>
    Good:
        <table id="stars"><column name="ra"/><column name="mag"/></table>
        <data id="import"><csvGrammar/><make table="stars"><rowmaker idmaps="ra,mag"/></make></data>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-rowmaker
    """

    code, name, severity, since = "DA136", "unfilled-column", Severity.ERROR, "0.1"
    confidence = Confidence.MEDIUM

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for make in makes(rd, site):
            if make.rowmaker is None or make.rowmaker.rd is not rd or not self._judged(make, site):
                continue
            filled = {name for target in make.targets for name in fills(target, make.columns.columns)}
            missing = [name for name, column in make.columns.columns.items()
                       if name not in filled and column is not None and column.site.tag not in ("mixin", "table")]
            if missing:
                yield self.finding(
                    rd, place_of(make.rowmaker),
                    f"nothing fills {_listed(missing)} of table {make.table}: dachs imp will fail",
                    value=",".join(missing), subject=make.table,
                    hint=f"add a map for {missing[0]!r}, or it to idmaps")

    def _judged(self, make: Make, site: Site) -> bool:
        """Whether nothing but the maps of the rowmaker can fill the table."""
        assert make.rowmaker is not None
        data = make.node.parent
        if not make.columns.complete or data is None or make.rowmaker.get("original") is not None:
            return False
        grammars = [child.tag for child in children(data, site) if child.tag.endswith("Grammar") or child.unknown]
        if len(grammars) != 1 or grammars[0] in ("directGrammar", "nullGrammar", "contextGrammar"):
            return False
        return not any(child.unknown or child.tag == "apply" or (child.tag == "map" and "\\" in (
            child.get("key") or child.get("dest") or child.get("name") or "\\"))
            for child in children(make.rowmaker, site)) and "\\" not in (
                (make.rowmaker.get("idmaps") or "") + (make.rowmaker.get("simplemaps") or ""))


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"column{'s' if len(names) > 1 else ''} {shown}{more}"
