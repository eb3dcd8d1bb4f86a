"""What the operator's own files and tables tell about themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from dachsadmin.start.introspect import files, fits
from dachsadmin.start.survey import Refused, Survey

Progress = Callable[[str, int, int], None]


def survey(paths: Iterable[str], patterns: Iterable[str] = (), *, whole: bool = False, sample: int = fits.SAMPLE,
           progress: Progress = lambda what, done, total: None, resdir: str = ".") -> Survey:
    """Look at files: those at `paths` (directories, too), and those that the globs `patterns` match.

    `sample` of them are read, or the `whole` lot. `resdir` is the resource directory, which the pattern is relative to.
    Raises TargetError if there is no file that can be used; those that cannot are in the result.
    """
    found = files.find(paths, patterns)
    in_fits: list[str] = []
    others: list[str] = []
    for path in found.files:
        (in_fits if files.is_fits(path) else others).append(path)
    described, usable = fits.survey(in_fits, whole=whole, sample=sample, progress=progress)
    refused = [*found.refused, *described.refused]
    refused += [Refused(path, "it is no FITS file, as most others are") for path in others]
    unusable = {each.path for each in refused}
    pattern = files.pattern_for([path for path in in_fits if path not in unusable], found.patterns, resdir)
    caught = [each.path for each in refused if files.matches(pattern, each.path, resdir)]
    remarks = [*described.remarks, *filter(None, [pattern.remark])]
    if caught:
        remarks.append(f"{len(caught)} of the files that the pattern matches cannot be used, such as {caught[0]}: move them away, "
                       "or the import stops there")
    return replace(described, total=len(found.files) + len(found.refused), refused=tuple(refused), pattern=pattern.glob,
                   recurse=pattern.recurse, remarks=tuple(remarks))
