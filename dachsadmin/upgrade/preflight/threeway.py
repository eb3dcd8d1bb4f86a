"""Three versions of a file: what the operator made of the old one, beside what has become of it in a newer DaCHS."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from dachsadmin.errors import TargetError
from dachsadmin.report.wording import counted
from dachsadmin.system.host import Host

MOST_BYTES = 5_000_000


@dataclass(frozen=True)
class Compared:
    """A file of DaCHS that the operator has replaced, and that is another one in the newer DaCHS.

    `added` and `removed` are lines that the newer DaCHS has and has not; `clashes` counts the places where the operator
    has changed the same lines, `line` is the first of them in the operator's file (0: there is none). `copied` says that
    the operator's file is that of the old DaCHS, `gone` that the newer one has none such.
    """

    added: int = 0
    removed: int = 0
    clashes: int = 0
    line: int = 0
    copied: bool = False
    gone: bool = False

    def told(self, before: str, after: str) -> str:
        """What has become of it, completing `inputs/__system__/tap.rd replaces ...`."""
        if self.gone:
            return f"a file that DaCHS {after} does not have any more"
        also = f", in {counted(self.clashes, 'place')} where yours is changed, too" if self.clashes else ""
        same = f"; yours is still that of DaCHS {before}" if self.copied else ""
        return f"a file that is another one in DaCHS {after}: {counted(self.added, 'line')} new, {self.removed} gone{also}{same}"


def compare(old: str, own: str, new: str | None) -> Compared | None:
    """None if there is nothing to tell: the newer DaCHS has the same as the old one, or as the operator."""
    if new is None:
        return Compared(copied=own == old, gone=True)
    if new in (old, own):
        return None
    before, mine, after = old.splitlines(), own.splitlines(), new.splitlines()
    upstream = _changes(before, after)
    changed = _changes(before, mine)
    clashes = [change for change in changed if any(_touch(change, other) for other in upstream)]
    return Compared(sum(j2 - j1 for _, _, j1, j2 in upstream), sum(i2 - i1 for i1, i2, _, _ in upstream), len(clashes),
                    clashes[0][2] + 1 if clashes else 0, copied=own == old)


def content(host: Host, path: str) -> str | None:
    """A text file, None if it is not there. Raises TargetError if it cannot be read."""
    if not host.exists(path):
        return None
    return host.read(path, limit=MOST_BYTES).decode("utf-8", "replace")


def same_names(host: Host, folder: str, upstream: str) -> list[str]:
    """The files of a directory that a directory of DaCHS has, too."""
    try:
        return [name for name in host.names(folder) if host.exists(f"{upstream}/{name}")]
    except TargetError as error:
        raise TargetError(error.message, "run it as root, or as a member of DaCHS's group") from None


def _changes(one: list[str], other: list[str]) -> list[tuple[int, int, int, int]]:
    return [codes[1:] for codes in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if codes[0] != "equal"]


def _touch(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether two changes are of the same or of neighbouring lines."""
    return one[0] <= other[1] and other[0] <= one[1]
