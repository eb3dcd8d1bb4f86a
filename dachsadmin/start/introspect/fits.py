"""A survey of FITS files, whose headers are read once each and not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from dachsadmin.errors import TargetError
from dachsadmin.start.introspect import axes, bands, files, headers, images, keywords, roles, spectra
from dachsadmin.start.survey import Image, Reading, Refused, Spectrum, Survey

SAMPLE = 300
"""Files that are looked at if not all are: a second's work."""
_KINDS_KEPT = 12
_FEW_KEYWORDS = 5


@dataclass
class Group:
    """Files of one build: kind, HDU, columns."""

    build: tuple[object, ...]
    spectrum: Spectrum | None
    image: Image | None
    first: headers.FitsFile
    keywords: keywords.Keywords = field(default_factory=lambda: keywords.Keywords(roles.UNIQUE))
    paths: list[str] = field(default_factory=list)
    blocks: int = 0
    gzipped: int = 0
    not_ascii: list[str] = field(default_factory=list)
    media: set[str] = field(default_factory=set)
    """Of spectra: air, vacuum, or nothing said."""
    faults: Counter[str] = field(default_factory=Counter)
    """Of images: why they have no coordinates."""

    @property
    def kind(self) -> str:
        return str(self.build[0])

    @property
    def header(self) -> int:
        """The HDU whose keywords describe a file: the first, unless there is next to nothing in it."""
        first = self.first.hdus[0]
        holder = self.first.first_with_data
        said = [keyword for keyword in first.cards if not keywords.STRUCTURAL.match(keyword)]
        return holder if holder and len(said) < _FEW_KEYWORDS < len(self.first.hdus[holder].cards) - 20 else 0


Progress = Callable[[str, int, int], None]


def survey(paths: Sequence[str], *, whole: bool, sample: int, progress: Progress) -> tuple[Survey, list[str]]:
    """Facts about FITS files, without pattern and total; and the usable files among those looked at.

    Raises TargetError if no file can be used.
    """
    chosen = list(paths) if whole else files.spread(paths, sample)
    closely = set(files.spread(chosen, sample))
    groups: dict[tuple[object, ...], Group] = {}
    refused: list[Refused] = []
    for number, path in enumerate(chosen, 1):
        try:
            file = headers.read(path, thorough=path in closely)
        except headers.Unusable as fault:
            refused.append(Refused(path, str(fault)))
        else:
            _sort_in(file, groups, refused)
        if number % 100 == 0 or number == len(chosen):
            progress("reading headers", number, len(chosen))
    if not groups:
        some = "; ".join(f"{each.path}: {each.reason}" for each in refused[:3])
        raise TargetError(f"none of {len(chosen)} files can be used: {some}", "name files that are whole, and readable for you")
    most = max(groups.values(), key=lambda group: len(group.paths))
    refused += [Refused(path, f"it holds {_named(group)}, most others {_named(most)}")
                for group in groups.values() if group is not most for path in group.paths]
    return _described(most, len(chosen), tuple(refused)), most.paths


def _sort_in(file: headers.FitsFile, groups: dict[tuple[object, ...], Group], refused: list[Refused]) -> None:
    spectrum = spectra.find(file)
    image = None if spectrum else images.find(file)
    build = _build(file, spectrum, image)
    if not build:
        refused.append(Refused(file.path, "it has neither image nor table"))
        return
    group = groups.get(build)
    if group is None:
        if len(groups) >= _KINDS_KEPT:
            refused.append(Refused(file.path, "it is built unlike the others"))
            return
        group = groups[build] = Group(build, spectrum, image, file)
    group.paths.append(file.path)
    group.gzipped += file.gzipped
    hdu = file.hdus[group.header]
    group.keywords.add(hdu)
    group.blocks = max(group.blocks, hdu.blocks)
    if not hdu.ascii:
        group.not_ascii.append(file.path)
    if spectrum is not None:
        group.media.add(spectra.medium(file))
        if group.spectrum is not None and spectrum.points > group.spectrum.points:
            group.spectrum = replace(group.spectrum, points=spectrum.points)
    if image is not None and image.reason:
        group.faults[image.reason] += 1


def _build(file: headers.FitsFile, spectrum: Spectrum | None, image: Image | None) -> tuple[object, ...]:
    """What files must have in common to be read in one way; empty if there is nothing in them."""
    if spectrum is not None:
        return "spectrum", spectrum.layout, spectrum.extension, spectrum.flux, spectrum.spectral, spectrum.axis, spectrum.logarithmic
    if image is not None:
        return "image", image.extension, image.axes
    number = file.first_with_data
    if file.hdus[number].kind == "table":
        return "table", number, file.hdus[number].columns
    return ()


def _named(group: Group) -> str:
    if group.spectrum is not None:
        where = "an image" if group.spectrum.layout == "image" else f"a table ({group.spectrum.spectral}, {group.spectrum.flux})"
        return f"a spectrum in {where} in HDU {group.spectrum.extension}"
    return {"image": "an image", "table": "a table"}[group.kind] + f" in HDU {group.build[1]}"


def _described(group: Group, looked_at: int, refused: tuple[Refused, ...]) -> Survey:
    structural = axes.keywords(group.spectrum) if group.spectrum else ()
    fields = group.keywords.fields(structural)
    unique = [keyword for keyword in roles.UNIQUE if group.keywords.is_unique(keyword)]
    proposals = list(roles.proposals(fields, unique=unique, data=group.kind))
    remarks = list(_remarks(group))
    spectrum = group.spectrum
    if spectrum is not None:
        in_header = group.header == spectrum.extension
        spectral, said = axes.proposals(spectrum, fields, group.paths, in_header=in_header)
        proposals += spectral
        remarks += said
        remarks += _further_spectra(group)
    image = group.image
    if image is not None:
        proposals += bands.proposals(fields, proposals)
    if image is not None and group.faults and sum(group.faults.values()) == len(group.paths):
        image = replace(image, wcs="none", scale=None, reason=group.faults.most_common(1)[0][0])
    if not any(each.role == "ra" for each in proposals) and (image is None or image.wcs == "none"):
        remarks.append("no header keywords were found that give a position: say which do with --set ra=@KEYWORD and --set dec=@KEYWORD, "
                       "in degrees, or leave the question open")
    return Survey(group.kind, 0, looked_at, files=tuple(group.paths[:5]), refused=refused, variants=group.keywords.variants,
                  fields=fields, proposals=tuple(proposals), reading=_reading(group), spectrum=spectrum, image=image,
                  remarks=tuple(remarks))


def _reading(group: Group) -> Reading:
    """fitsProdGrammar's quick way reads the first header only; its other one reads no gzipped files (DaCHS 2.7)."""
    attributes = [("qnd", "True")]
    compressed = len(group.first.hdus) > 1 and group.first.hdus[-1].compressed
    # The quick way drops bytes that are not ASCII, and so shifts all cards behind them.
    if group.header or compressed or (group.not_ascii and not group.gzipped):
        # For a compressed image DaCHS takes the next HDU's header by itself.
        attributes = [("qnd", "False"), ("hdu", str(group.header - 1 if compressed and group.header else group.header))]
    elif group.blocks > headers.PATIENCE_OF_DACHS:
        attributes.append(("maxHeaderBlocks", str(2 * group.blocks)))
    return Reading("fitsProdGrammar", tuple(attributes))


def _remarks(group: Group) -> Iterator[str]:
    if group.header and group.gzipped:
        yield (f"the keywords are in HDU {group.header} of gzipped files, which DaCHS reads slowly or not at all: "
               f"decompress them with 'gunzip {group.paths[0]}'")
    if group.not_ascii and group.gzipped:
        yield (f"{len(group.not_ascii)} headers have bytes that are not ASCII, such as that of {group.not_ascii[0]}; DaCHS drops them, and "
               "reads what follows shifted: take them out, or decompress the files with 'gunzip'")
    if group.keywords.left_out:
        yield (f"there are more than {keywords.MOST_KEYWORDS} different keywords; those beyond were not looked at "
               f"(in {group.keywords.left_out} files)")
    if group.faults and sum(group.faults.values()) < len(group.paths):
        reason, count = group.faults.most_common(1)[0]
        yield f"{count} of {len(group.paths)} images have no usable coordinates: {reason}"
    if len(group.media) > 1:
        yield f"the files differ in their wavelengths: {', '.join(sorted(medium or 'some do not tell' for medium in group.media))}"


def _further_spectra(group: Group) -> Iterator[str]:
    try:
        whole = headers.read(group.paths[0], all_hdus=True)
    except headers.Unusable:
        return
    further = spectra.all_in(whole)
    if len(further) > 1:
        named = ", ".join(whole.hdus[number].text("EXTNAME") or f"HDU {number}" for number in further[:9])
        yield f"the files have several spectra ({named}); the first is used"
