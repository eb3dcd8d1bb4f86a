"""Which files the operator means, which of them can be looked at, and one pattern that finds them again."""

from __future__ import annotations

import fnmatch
import glob
import gzip
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dachsadmin.errors import TargetError
from dachsadmin.start.survey import Refused

FITS_SUFFIXES = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz", ".fits.fz", ".ftz")
TABLE_SUFFIXES = (".vot", ".vot.gz", ".votable", ".xml", ".csv", ".tsv", ".ecsv", ".parquet", ".pq", ".dat", ".tbl", ".txt",
                  ".asc")

_NAMED = 3
"""How many files are named of those that cannot be used."""
_PACKED = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x1f\x9d": "compress", b"PK\x03\x04": "zip", b"(\xb5/\xfd": "zstd"}
_FOREIGN = {b"\x89HDF": "HDF5", b"SQLite format 3": "SQLite", b"\x93NUMPY": "NumPy", b"\xd0\xcf\x11\xe0": "Excel", b"%PDF": "PDF",
            b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG"}


@dataclass(frozen=True)
class Found:
    """Files to look at, sorted, as named; those that need no look; and patterns that found them, if there are any."""

    files: tuple[str, ...]
    refused: tuple[Refused, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pattern:
    """What DaCHS's `sources` needs to find files again: a glob relative to the resource directory.

    With `recurse`, files in directories below the pattern's are meant, too. `remark`: what is wrong with it.
    """

    glob: str
    recurse: bool = False
    remark: str = ""


def find(paths: Iterable[str], patterns: Iterable[str] = ()) -> Found:
    """The files below `paths` (files, directories, globs that no shell has expanded) and those that `patterns` match.

    Raises TargetError if there is none at all.
    """
    named: list[str] = []
    globs = list(patterns)
    for path in paths:
        (globs if glob.has_magic(path) and not os.path.lexists(path) else named).append(path)
    refused = []
    found: set[str] = set()
    for pattern in globs:
        matched = set(_matched(pattern))
        if not matched:
            refused.append(Refused(pattern, "no file matches it"))
        found |= matched
    for path in named:
        inside = _inside(path) if os.path.isdir(path) else [path]
        if not inside:
            refused.append(Refused(path, "no data files are in it"))
        found.update(inside)
    if not found:
        raise TargetError("; ".join(f"{each.path}: {each.reason}" for each in refused) or "no files are named",
                          _hint([each.path for each in refused]))
    usable = []
    for path in sorted(found):
        if (reason := _unusable(path)):
            refused.append(Refused(path, reason))
        else:
            usable.append(path)
    return Found(tuple(usable), tuple(refused), () if named else tuple(globs))


def spread(files: Sequence[str], count: int) -> list[str]:
    """`count` of the files, from all over the list."""
    if len(files) <= count:
        return list(files)
    return [files[place * (len(files) - 1) // max(count - 1, 1)] for place in range(count)]


def is_fits(path: str) -> bool:
    """Whether the name or the first bytes say so."""
    if path.lower().endswith(FITS_SUFFIXES):
        return True
    try:
        with open(path, "rb") as stream:
            begin = stream.read(9)
        if begin.startswith(b"\x1f\x8b"):
            with gzip.open(path) as unpacked:
                begin = unpacked.read(9)
    except (OSError, EOFError, zlib.error):
        return False
    return begin == b"SIMPLE  ="


def not_for_dachs(begin: bytes) -> str:
    """Why DaCHS can make nothing of a file that begins so, and what to do; empty if there is no such reason."""
    for magic, program in _PACKED.items():
        if begin.startswith(magic):
            return f"it is packed with {program}, which DaCHS does not read: unpack it, or pack it with gzip"
    for magic, name in _FOREIGN.items():
        if begin.startswith(magic):
            return f"it is a file of {name}, which DaCHS has no grammar for: convert it to FITS, VOTable or CSV"
    return ""


def none_usable(refused: Sequence[Refused]) -> TargetError:
    """The error for files of which none is left, with the reasons for the first ones."""
    some = "; ".join(f"{each.path}: {each.reason}" for each in refused[:_NAMED])
    return TargetError(f"none of {len(refused)} files can be used: {some}" if len(refused) > 1 else some,
                       "name files that are there, whole, and readable for you")


def pattern_for(files: Sequence[str], patterns: Sequence[str] = (), resdir: str = ".") -> Pattern:
    """A pattern that matches these files: the operator's own where DaCHS understands it."""
    if len(patterns) == 1 and (own := _as_dachs_has_it(os.path.expanduser(patterns[0]))):
        folder, name, recurse = own
        folders = [folder]
    else:
        folder, recurse = _common_folder([os.path.dirname(os.path.abspath(path)) for path in files])
        folders = sorted({os.path.dirname(os.path.abspath(path)) for path in files})
        name = _common_name([os.path.basename(path) for path in files])
    relative = os.path.relpath(folder, resdir)
    remark = ""
    if relative.startswith(".."):
        place = os.path.abspath(resdir)
        remark = (f"the files are outside the resource directory {place}, and DaCHS publishes only what is in it: move them "
                  f"there, or set a symlink with 'ln -s {folders[0]} {os.path.join(place, 'data')}'")
    return Pattern(name if relative == "." else os.path.join(relative, name), recurse, remark)


def is_publishable(path: str, resdir: str = ".") -> bool:
    """Whether DaCHS makes a product of the file without being forced to (//products#define of DaCHS 2.7 to 2.13)."""
    return re.fullmatch(r"[,-:=@-Z_a-z{}~-]+", os.path.relpath(path, resdir)) is not None


def matches(pattern: Pattern, path: str, resdir: str = ".") -> bool:
    """Whether DaCHS would take the file at `path` for one of those that the pattern means."""
    folder, name = os.path.split(os.path.relpath(path, resdir))
    wanted_folder, wanted_name = os.path.split(pattern.glob)
    if not fnmatch.fnmatchcase(name, wanted_name):
        return False
    parts, wanted = folder.split(os.sep), wanted_folder.split(os.sep)
    if len(parts) != len(wanted) and not (pattern.recurse and len(parts) > len(wanted)) and wanted_folder:
        return False
    return all(map(fnmatch.fnmatchcase, parts, wanted)) if wanted_folder else pattern.recurse or not folder


def _matched(pattern: str) -> Iterator[str]:
    for path in glob.iglob(os.path.expanduser(pattern), recursive=True):
        if not os.path.isdir(path):
            yield path


def _inside(folder: str) -> list[str]:
    """The files in and below a directory that look like data; if there is FITS, only that."""
    files = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [os.path.normpath(os.path.join(parent, name)) for name in names if not name.startswith(".")]
    fits = [path for path in files if path.lower().endswith(FITS_SUFFIXES)]
    return fits or [path for path in files if path.lower().endswith(TABLE_SUFFIXES)]


def _unusable(path: str) -> str:
    if any(ord(mark) < 32 or ord(mark) == 127 or "\ud800" <= mark <= "\udfff" for mark in path):
        return "its name has characters that are no text; rename it"
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return "there is no such file"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    if not stat.S_ISREG(found.st_mode):
        return "it is no regular file"
    if found.st_size == 0:
        return "it is empty"
    return "" if os.access(path, os.R_OK) else "it cannot be read: Permission denied"


def _hint(wanted: Sequence[str]) -> str:
    """What is where the operator has looked."""
    for each in map(os.path.expanduser, wanted):
        folder = each if os.path.isdir(each) else os.path.dirname(each) or "."
        while glob.has_magic(folder):
            folder = os.path.dirname(folder) or "."
        if not os.path.isdir(folder):
            return f"there is no directory {folder}; name files, or quote a pattern: --from 'data/*.fits'"
        there = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        if there:
            return f"in {folder} there is {', '.join(there[:3])}{' ...' if len(there) > 3 else ''}; name files, or quote a pattern: " \
                   "--from 'data/*.fits'"
    return "name files, or quote a pattern: --from 'data/*.fits'"


def _as_dachs_has_it(pattern: str) -> tuple[str, str, bool] | None:
    """Directory, name and recursion of a pattern; None where DaCHS's `sources` (2.3 to 2.13) cannot say the same."""
    folder, name = os.path.split(os.path.abspath(pattern))
    recurse = os.path.basename(folder) == "**"
    if recurse:
        folder = os.path.dirname(folder)
    return None if "**" in folder or "**" in name else (folder, name, recurse)


def _common_folder(folders: Sequence[str]) -> tuple[str, bool]:
    """One glob for directories; and whether it must be searched downwards, as they are not equally deep."""
    parts = [folder.split(os.sep) for folder in set(folders)]
    if len({len(each) for each in parts}) > 1:
        return glob.escape(os.path.commonpath(list(folders))), True
    return os.sep.join(glob.escape(names[0]) if len(set(names)) == 1 else "*" for names in zip(*parts)), False


def _common_name(names: Sequence[str]) -> str:
    """`spec-*.fits.gz`: what names begin with, up to a mark, and what they end in."""
    if len(set(names)) == 1:
        return glob.escape(names[0])
    ends = {name: _suffix(name) for name in set(names)}
    begin = os.path.commonprefix([name.removesuffix(end) for name, end in ends.items()])
    begin = begin[:max(begin.rfind(mark) for mark in "-_.") + 1]
    kinds = {end.lower().removesuffix(".gz") for end in ends.values()}
    if len(set(ends.values())) == 1:
        return f"{glob.escape(begin)}*{glob.escape(ends[names[0]])}"
    return f"{glob.escape(begin)}*{kinds.pop()}*" if len(kinds) == 1 else f"{glob.escape(begin)}*"


def _suffix(name: str) -> str:
    """`.fits.gz`, and what else follows the last dot."""
    known = max((end for end in FITS_SUFFIXES + TABLE_SUFFIXES if name.lower().endswith(end)), key=len, default="")
    return name[len(name) - len(known):] if known else os.path.splitext(name)[1]
