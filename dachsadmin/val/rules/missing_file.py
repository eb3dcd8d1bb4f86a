"""DA127: files that an RD names and that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.named_files import NamedFile, absolute, named_files
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_WHEN = {
    "load": (Severity.ERROR, "DaCHS cannot load the RD without it"),
    "import": (Severity.ERROR, "dachs imp will fail"),
    "use": (Severity.ERROR, "whoever uses it gets an error"),
    "test": (Severity.WARNING, "the regression test will fail"),
}


class MissingFile(Rule):
    """Files that an RD names must be there.

    Paths are relative to the resource directory. `dachs val` looks at modules of cores and custom pages only; a
    missing booster, grammar, template or directory shows when somebody imports or uses the service. Modules are
    named without `.py`.

    Bad:
        <service id="q"><customCore module="res/core"/></service>
    Good:
        <service id="q"><nullCore/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#writing-custom-cores
    """

    code, name, severity, since, profile = "DA127", "missing-file", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        wanted = named_files(rd)
        if not wanted:
            return
        resdir = site.resdir(rd)
        if site.kind(resdir) != "directory":
            return
        for named in wanted:
            path = absolute(named.path, resdir)
            found = site.kind(path)
            right = "directory" if named.kind == "directory" else "file"
            if found != right:
                severity, consequence = _WHEN[named.when]
                what = "there is no" if found == "absent" else "this is no"
                yield self.finding(
                    rd, named.element, f"{what} {right} {site.shown(path)!r} ({named.use}): {consequence}",
                    attribute=named.attribute, value=named.path, severity=severity, hint=_hint(named, path, site))


def _hint(named: NamedFile, path: str, site: Site) -> str:
    if path.endswith(".py.py") and site.kind(path[:-3]) == "file":
        return f"write {named.path[:-6]!r}: DaCHS adds .py itself"
    return ""
