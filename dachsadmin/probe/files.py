"""What links and access references lead to: whether it is what they promise."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client.web import Answer

ENOUGH = 300_000
"""So many bytes of a file are fetched."""
_BEGINNINGS = {"image/png": (b"\x89PNG",), "image/jpeg": (b"\xff\xd8",), "image/gif": (b"GIF8",),
               "image/fits": (b"SIMPLE  =", b"\x1f\x8b"), "application/fits": (b"SIMPLE  =", b"\x1f\x8b"),
               "application/pdf": (b"%PDF",), "application/gzip": (b"\x1f\x8b",), "application/x-votable+xml": (b"<",)}


def faults(answer: Answer, media_type: str, length: object) -> Iterator[str]:
    """What is wrong with a linked file, given what its link promises."""
    if answer.status != 200:
        yield f"answers with HTTP status {answer.status}"
        return
    if not answer.body:
        yield "leads to an empty file"
        return
    promised = media_type.partition(";")[0].strip().lower()
    beginnings = _BEGINNINGS.get(promised)
    if beginnings and not answer.body.lstrip().startswith(beginnings):
        yield f"promises {promised} and gives something else ({answer.media_type or 'of no type'})"
    if answer.whole and isinstance(length, int) and length > 0 and length != len(answer.body):
        yield f"promises {length} bytes and gives {len(answer.body)}"
