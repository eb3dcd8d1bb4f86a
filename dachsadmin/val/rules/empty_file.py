"""Rule DA001: An RD has content."""

from __future__ import annotations

from dachsadmin.val.rule import LoadRule


class EmptyFile(LoadRule):
    """An RD has content.

    An empty file is what a full disk or a crashed editor leaves behind. DaCHS cannot load it.

    Bad:
        
    Good:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</meta></resource>
    See: XML 1.0, section 2.1
    """

    code, name, since = "DA001", "empty-file", "0.1"
    kind = "empty"
    hint = "restore the file, or delete it"
