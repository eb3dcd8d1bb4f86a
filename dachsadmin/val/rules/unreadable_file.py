"""Rule DA008: An RD can be read."""

from __future__ import annotations

from dachsadmin.val.rule import LoadRule


class UnreadableFile(LoadRule):
    """An RD can be read.

    Neither val nor the server can load what they may not read, and a FIFO, a device or a dangling link is no RD.

    Bad:
        (a file with mode 0000)
    Good:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</meta></resource>
    See: DaCHS operator's guide, file permissions
    """

    code, name, since = "DA008", "unreadable-file", "0.1"
    kind = "unreadable"
    hint = "it has to be a file that the server's user may read; 'namei -l' shows the way to it"
