"""Rule DA002: An RD is text."""

from __future__ import annotations

from dachsadmin.val.rule import LoadRule


class BinaryFile(LoadRule):
    r"""An RD is text.

    A NUL byte cannot stand in XML. Usually something else got the ending .rd.

    Bad:
        <resource schema="lamost6">\0</resource>
    Good:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</meta></resource>
    See: XML 1.0, section 2.2
    """

    code, name, since = "DA002", "binary-file", "0.1"
    kind = "binary"
    hint = "delete the file, or give it another ending than .rd"
