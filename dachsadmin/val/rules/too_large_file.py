"""Rule DA003: An RD is a description, not the data."""

from __future__ import annotations

from dachsadmin.val.rule import LoadRule


class TooLargeFile(LoadRule):
    """An RD is a description, not the data.

    A file this large is refused unread: it would only cost memory. The largest RD known has 0.3 MB.

    Bad:
        (a file of more than 20,000,000 bytes)
    Good:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</meta></resource>
    See: DaCHS reference documentation, Element sources
    """

    code, name, since = "DA003", "too-large-file", "0.1"
    kind = "too-large"
    hint = "keep data in files of their own and name them in <sources>"
