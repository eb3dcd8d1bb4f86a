"""DA111: parameters that a mixin does not have, or lacks."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import load, suggest
from dachsadmin.rd.members import Builtin
from dachsadmin.rd.parameters import definition, missing, parameters, unknown
from dachsadmin.rd.structure import MixinUse, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.skew import history, release, verdict


class MixinParameter(Rule):
    """A mixin must get the parameters that it demands, and no others.

    Which parameters there are depends on the DaCHS version. DaCHS refuses an RD with an unknown one, and one that
    leaves out what has no default.

    Bad:
        <table id="epn_core" onDisk="True"><mixin spatial_frame="body">//epntap2#table-2_0</mixin></table>
    Good:
        <table id="epn_core" onDisk="True"><mixin spatial_frame_type="body">//epntap2#table-2_0</mixin></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#mixins
    """

    code, name, severity, since, profile = "DA111", "mixin-parameter", Severity.ERROR, "0.1", "min"
    only_with = ("mixin",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for use in structure(rd, site.language).mixins:
            if not use.reference:
                yield self.finding(rd, use.element, "<mixin> names no mixin")
                continue
            found = definition(use.reference, "mixinDef", rd, site.language, site.document)
            known = None if found is None else parameters(found, site.language)
            if found is None or known is None or use.parameters is None:
                continue
            for name in unknown(use.parameters, known):
                yield self._unknown(rd, site, use, name, suggest(name, known.keys() - use.parameters.keys()))
            for name in missing(use.parameters, known):
                yield self.finding(rd, use.element, f"the mixin {use.reference} needs the parameter {name!r}",
                                   value=f"{use.reference}/{name}", hint=f"add {name}=\"...\" to the mixin element")
            for parameter in known.values():
                if parameter.also in use.parameters and parameter.name in use.parameters:
                    yield self.finding(rd, use.element, f"the mixin {use.reference} gets {parameter.name!r} twice: "
                                       f"{parameter.also!r} is its old name", value=f"{use.reference}/{parameter.name}",
                                       hint=f"remove {parameter.also}")

    def _unknown(self, rd: Document, site: Site, use: MixinUse, name: str, near: str) -> Finding:
        language = site.language
        known = tuple(version for version in language.versions() if _takes(load(version).resolve(use.reference), name)
                      ) if use.reference.startswith("//") else ()
        severity, confidence = verdict(language, known) if use.reference.startswith("//") else (None, None)
        assert use.parameters is not None
        where = use.parameters[name]
        whose = f" in {release(language)}{history(language, known)}" if use.reference.startswith("//") else ""
        return self.finding(
            rd, where, f"the mixin {use.reference} has no parameter {name!r}{whose}",
            attribute=name if where is use.element else "", value=f"{use.reference}/{name}",
            hint=f"write {near}" if near else "", severity=severity, confidence=confidence)


def _takes(mixin: Builtin | None, name: str) -> bool:
    return mixin is not None and not unknown([name], mixin.parameters)
