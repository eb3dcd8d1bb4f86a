"""Rule DA004: An RD is encoded as it says."""

from __future__ import annotations

from dachsadmin.val.rule import LoadRule


class WrongEncoding(LoadRule):
    """An RD is encoded as it says.

    Without an XML declaration that says otherwise, XML is UTF-8. A stray Latin-1 umlaut keeps DaCHS from loading the RD.

    Bad:
        <?xml version="1.0" encoding="klingon"?><resource/>
    Good:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</meta></resource>
    See: XML 1.0, section 4.3.3
    """

    code, name, since = "DA004", "wrong-encoding", "0.1"
    kind = "encoding"
    hint = "save the file as UTF-8"
