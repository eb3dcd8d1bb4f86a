"""Check DU402: userconfig-replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element, parse
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation
from dachsadmin.upgrade.preflight.threeway import content

FILE = "resources/inputs/__system__/userconfig.rd"
Part = list[tuple[str, list[tuple[str, str]], str]]


class UserconfigReplaced(Check):
    """What userconfig.rd puts in the place of DaCHS's parts follows what DaCHS changes in them.

    Each element with an id in etc/userconfig.rd takes the place of the one that DaCHS has under this id. Where the next
    version has another one, compare the two: `dachs adm dumpDF //userconfig` prints DaCHS's.

    See:
        Extending ObsCore, in the reference of DaCHS (https://docs.g-vo.org/DaCHS/ref.html)
    """

    code, name, severity, since = "DU402", "userconfig-replaced", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        path = str(here.config.path("configDir") / "userconfig.rd")
        if here.mode_and_owner(path) is None or here.candidate is None:
            return
        own = parse((content(here.host, path) or "").encode(), "userconfig", path)
        before, after = (_read(here, code.folder) for code in (here.installed, here.candidate.dachs))
        if own.failure is not None:
            yield self.untested(f"{path} cannot be read: {own.failure.message}", hint=f"mend {path}")
            return
        old, new = _parts(before), _parts(after)
        for name, element in _named(own).items():
            if name not in old or new.get(name) == old[name] or new.get(name) == _part(element):
                continue
            what = f"is another one in DaCHS {here.candidate.dachs.version}" if name in new else \
                f"is not there any more in DaCHS {here.candidate.dachs.version}"
            place = own.location(element)
            yield self.finding(f"{name}, which it replaces, {what}", file=path, line=place.line, subject=name,
                               hint=f"after the upgrade, compare it with what 'dachs adm dumpDF //userconfig' has under {name}")


def _read(here: Installation, folder: str) -> Document:
    return parse((content(here.host, f"{folder}/{FILE}") or "<resource/>").encode(), "//userconfig", FILE)


def _named(document: Document) -> Mapping[str, Element]:
    """The elements that can be replaced, by their ids."""
    return {element.attrib["id"]: element for element in document.order
            if element.parent is document.root and "id" in element.attrib}


def _parts(document: Document) -> Mapping[str, Part]:
    return {name: _part(element) for name, element in _named(document).items()}


def _part(element: Element) -> Part:
    """All that an element says, without its documentation, comments and layout."""
    return [(each.tag, sorted(each.attrib.items()), " ".join(each.text.split())) for each in element.iter() if each.tag != "doc"]
