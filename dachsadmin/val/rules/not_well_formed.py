"""Rule DA006: An RD is well-formed XML."""

from __future__ import annotations

from dachsadmin.val.rule import LoadRule


class NotWellFormed(LoadRule):
    """An RD is well-formed XML.

    DaCHS cannot load anything from the file, not even what stands before the fault.

    Bad:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</resource>
    Good:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</meta></resource>
    See: XML 1.0, section 2.1
    """

    code, name, since = "DA006", "not-well-formed", "0.1"
    kind = "xml"
    hint = ""
