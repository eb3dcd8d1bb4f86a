"""Rule DA007: The root element of an RD is resource."""

from __future__ import annotations

from dachsadmin.val.rule import LoadRule


class NotAResourceDescriptor(LoadRule):
    """The root element of an RD is resource.

    DaCHS takes every file that ends in .rd for an RD.

    Bad:
        <VOTABLE/>
    Good:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</meta></resource>
    See: DaCHS reference documentation, Element resource
    """

    code, name, since = "DA007", "not-a-resource-descriptor", "0.1"
    kind = "not-an-rd"
    hint = "give the file another ending than .rd"
