"""DA116: parameters that a procedure does not have, or lacks."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.language import Language, load, suggest
from dachsadmin.rd.members import Builtin
from dachsadmin.rd.parameters import definition, missing, of_setups, parameters, unknown
from dachsadmin.rd.structure import structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.skew import history, release


class ProcedureParameter(Rule):
    """A procedure must get the parameters that it demands, and no others.

    Each `bind` must name a parameter of the procDef that is applied, and have a value; parameters without a default
    must be bound. DaCHS refuses the RD otherwise.

    Bad:
        <rowmaker id="r"><apply procDef="//procs#dictMap"><bind name="keys">"band"</bind></apply></rowmaker>
    Good:
        <rowmaker id="r">
          <apply procDef="//procs#dictMap"><bind name="key">"band"</bind><bind name="mapping">{}</bind></apply>
        </rowmaker>
    See: https://docs.g-vo.org/DaCHS/ref.html#procedures
    """

    code, name, severity, since, profile = "DA116", "procedure-parameter", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        found = structure(rd, site.language)
        for tag in rd.by_tag.keys() & applying_tags(site.language):
            for application in rd.elements(tag):
                owner = found.owner(application)
                if owner is not None and "procDef" in owner.members and not application.attrib.get("original"):
                    yield from self._application(rd, site, application)

    def _application(self, rd: Document, site: Site, application: Element) -> Iterator[Finding]:
        own = of_setups(application, site.language)
        reference = (application.get("procDef") or "").strip()
        applied = definition(reference, "procDef", rd, site.language, site.document) if reference else None
        known = {} if not reference else None if applied is None else parameters(applied, site.language)
        if own is None or known is None:
            return
        known = {**known, **own}
        binds = {(bind.get("key") or bind.get("name") or "").strip(): bind
                 for bind in application.children if bind.tag in ("bind", "bindings")}
        if any("\\" in name or "original" in bind.attrib for name, bind in binds.items()):
            return
        whose = reference or f"this {application.tag}"
        for name in unknown(binds, known):
            if name:
                near = suggest(name, known.keys() - binds.keys())
                told = _history(reference, name, site.language) if isinstance(applied, Builtin) else ""
                yield self.finding(rd, binds[name], f"{whose} has no parameter {name!r}{told}", value=f"{whose}/{name}",
                                   hint=f"write {near}" if near else "remove the bind, or declare it in a setup")
        for name in missing(binds, known):
            yield self.finding(rd, application, f"{whose} needs a value for the parameter {name!r}",
                               value=f"{whose}/{name}", hint=f"add <bind name=\"{name}\">...</bind>")
        for name, bind in binds.items():
            if not bind.text.strip() and not bind.children:
                yield self.finding(rd, bind, f"the bind of {name!r} has no value", value=f"{whose}/{name}",
                                   hint="write None, or \"\" in quotes, if that is meant")


def _history(reference: str, name: str, language: Language) -> str:
    """In which DaCHS there is such a parameter."""
    known = tuple(version for version in language.versions()
                  if (other := load(version).resolve(reference)) is not None and not unknown([name], other.parameters))
    return f" in {release(language)}{history(language, known)}"


_TAGS: dict[Language, frozenset[str]] = {}


def applying_tags(language: Language) -> frozenset[str]:
    """The names of elements that may apply a procDef."""
    if language not in _TAGS:
        _TAGS[language] = frozenset(
            tag for tag, classes in language.tags.items()
            if any({"procDef", "bindings"} <= language.of(name).members.keys() for name in classes))
    return _TAGS[language]
