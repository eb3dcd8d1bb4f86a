"""Rule DA005: An RD has no document type declaration."""

from __future__ import annotations

from dachsadmin.val.rule import LoadRule


class DocumentTypeDeclaration(LoadRule):
    """An RD has no document type declaration.

    Entities can read other files and blow up memory. RDs have no use for them: UTF-8 has the characters, and STREAM has the repetition.

    Bad:
        <!DOCTYPE resource [<!ENTITY a "b">]><resource>&a;</resource>
    Good:
        <resource schema="lamost6"><meta name="title">LAMOST DR6</meta></resource>
    See: XML 1.0, section 2.8
    """

    code, name, since = "DA005", "document-type-declaration", "0.1"
    kind = "dtd"
    hint = "delete the <!DOCTYPE ...>, and write characters instead of entities"
