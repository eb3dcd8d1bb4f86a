"""What the operator's own files and tables tell about themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dachsadmin.start.introspect import files, fits, sdm, tables
from dachsadmin.start.survey import Refused, Survey

Progress = Callable[[str, int, int], None]


def survey(paths: Iterable[str], patterns: Iterable[str] = (), *, whole: bool = False, sample: int = 0,
           progress: Progress = lambda what, done, total: None, resdir: str = ".") -> Survey:
    """Look at files: those at `paths` (directories, too), and those that the globs `patterns` match.

    `sample` of them are read (0: as many as take a second or so), or the `whole` lot. `resdir` is the resource directory,
    which the pattern is relative to. Raises TargetError if there is no file that can be used; those that cannot are in
    the result.
    """
    found = files.find(paths, patterns)
    if found.refused and not found.files:
        raise files.none_usable(found.refused)
    in_fits: list[str] = []
    others: list[str] = []
    for path in found.files:
        (in_fits if files.is_fits(path) else others).append(path)
    most, fewer, which = (in_fits, others, "no FITS") if len(in_fits) >= len(others) else (others, in_fits, "a FITS")
    described, _ = _look(most, whole=whole, sample=sample, progress=progress, of_fits=most is in_fits)
    refused = [*found.refused, *described.refused]
    refused += [Refused(path, f"it is {which} file, unlike most others") for path in fewer]
    return _with_pattern(replace(described, total=len(found.files) + len(found.refused), refused=tuple(refused)), most,
                         found.patterns, resdir)


def _look(paths: Sequence[str], *, whole: bool, sample: int, progress: Progress, of_fits: bool) -> tuple[Survey, list[str]]:
    if of_fits:
        described, usable = fits.survey(paths, whole=whole, sample=sample or fits.SAMPLE, progress=progress)
        if described.kind != "table":
            return described, usable
    elif sdm.are_spectra(paths):
        return sdm.survey(paths, whole=whole, sample=sample or sdm.SAMPLE, progress=progress)
    return tables.survey(paths, whole=whole, sample=sample or tables.SAMPLE, progress=progress)


def _with_pattern(described: Survey, paths: Sequence[str], patterns: Sequence[str], resdir: str) -> Survey:
    """The survey with what finds its files again, and what is to be said of that."""
    unusable = {each.path for each in described.refused}
    usable = [path for path in paths if path not in unusable]
    # The operator's own pattern, unless another one avoids more of what cannot be used.
    pattern, caught = min(((pattern, [path for path in unusable if files.matches(pattern, path, resdir)])
                           for pattern in (files.pattern_for(usable, patterns, resdir), files.pattern_for(usable, (), resdir))),
                          key=lambda choice: len(choice[1]))
    remarks = [*described.remarks, *filter(None, [pattern.remark])]
    if caught:
        remarks.append(f"{len(caught)} of the files that the pattern matches cannot be used, such as {min(caught)}: move them "
                       "away, or the import stops there")
    odd = [path for path in usable if not files.is_publishable(path, resdir)]
    if odd and described.kind in ("spectrum", "image"):
        remarks.append("DaCHS does not publish files with characters such as + ( ) # and blanks in their names: "
                       f"rename {odd[0]!r}{f' and {len(odd) - 1} others' if len(odd) > 1 else ''}")
    return replace(described, pattern=pattern.glob, recurse=pattern.recurse, remarks=tuple(remarks))
