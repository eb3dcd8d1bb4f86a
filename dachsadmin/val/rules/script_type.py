"""DA108: scripts of types that the element around them does not run."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.structure import structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class ScriptType(Rule):
    """A script must be of a type that its element runs.

    Tables and makes run scripts at different moments; an RD as such runs none any more. DaCHS refuses the RD.

    Bad:
        <script lang="SQL" type="preIndex">ANALYZE res.stars</script>
    Good:
        <table id="stars" onDisk="True"><script lang="SQL" type="preIndex">ANALYZE res.stars</script></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#scripting
    """

    code, name, severity, since, profile = "DA108", "script-type", Severity.ERROR, "0.1", "min"
    only_with = ("script",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        found = structure(rd, site.language)
        for script in rd.elements("script"):
            assert script.parent is not None
            around, kind = found.owner(script.parent), (script.get("type") or "").strip()
            if (around is None or "script" not in around.members or found.owner(script) is None
                    or kind in around.scripts or kind not in site.language.values("Script", "type")):
                continue
            takes = ", ".join(sorted(around.scripts))
            yield self.finding(
                rd, script, f"<{script.parent.tag}> runs no {kind} scripts" + (f", only {takes}" if takes else ""),
                attribute="type", value=f"{script.parent.tag}/{kind}",
                hint="" if takes else "move it into the table or the make that it is for")
