"""A survey of FITS files, whose headers are read once each and not kept."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from dachsadmin.start.introspect import axes, bands, files, headers, images, keywords, roles, spectra, units
from dachsadmin.start.quoting import plain
from dachsadmin.start.survey import Image, Reading, Refused, Spectrum, Survey

SAMPLE = 300
"""Files that are looked at if not all are: a second's work."""
_KINDS_KEPT = 12
_BOTH = """from astropy.io import fits
with fits.open(self.sourceToken) as hdus:
  row = {{'header_': hdus[{number}].header}}
  for number in ({numbers}):
    for card in hdus[number].header.cards:
      try:
        row[card.keyword.replace('-', '_')] = card.value
      except fits.VerifyError:
        continue
yield row"""
_FEW_KEYWORDS = 5

Progress = Callable[[str, int, int], None]


@dataclass
class Group:
    """Files of one build: kind, HDU, columns."""

    build: tuple[object, ...]
    spectrum: Spectrum | None
    image: Image | None
    first: headers.FitsFile
    described_in: tuple[int, ...]
    """The HDUs whose keywords describe a file; the later ones go before."""
    said: keywords.Keywords = field(default_factory=lambda: keywords.Keywords(roles.UNIQUE))
    paths: list[str] = field(default_factory=list)
    blocks: int = 0
    gzipped: int = 0
    not_ascii: int = 0
    media: set[str] = field(default_factory=set)
    """Of spectra: air, vacuum, or nothing said."""
    faults: Counter[str] = field(default_factory=Counter)
    """Of images: why they have no coordinates."""

    @property
    def kind(self) -> str:
        return str(self.build[0])


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
        raise files.none_usable(refused)
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
        group = groups[build] = Group(build, spectrum, image, file, _described_in(file, spectrum, image))
    group.paths.append(file.path)
    group.gzipped += file.gzipped
    hdu = functools.reduce(headers.merged, [file.hdus[number] for number in group.described_in])
    group.said.add(hdu)
    group.blocks = max(group.blocks, hdu.blocks)
    group.not_ascii += not hdu.ascii
    if spectrum is not None:
        group.media.add(spectra.medium(file))
        if group.spectrum is not None and spectrum.points > group.spectrum.points:
            group.spectrum = replace(group.spectrum, points=spectrum.points)
    if image is not None and image.reason:
        group.faults[image.reason] += 1


def _described_in(file: headers.FitsFile, spectrum: Spectrum | None, image: Image | None) -> tuple[int, ...]:
    """The first HDU, unless there is next to nothing in it; and that with the data, if coordinates are there."""
    said = [keyword for keyword in file.hdus[0].cards if not keywords.STRUCTURAL.match(keyword)]
    holder = spectrum.extension if spectrum else image.extension if image else file.first_with_data
    if len(said) < _FEW_KEYWORDS < len(file.hdus[holder].cards) - 20:
        return (holder,)
    return (0, holder) if holder and (image or (spectrum and any(spectrum.axis))) else (0,)


def _build(file: headers.FitsFile, spectrum: Spectrum | None, image: Image | None) -> tuple[object, ...]:
    """What files must have in common to be read in one way; empty if there is nothing in them."""
    if spectrum is not None:
        return ("spectrum", spectrum.layout, spectrum.extension, spectrum.flux, spectrum.spectral, spectrum.axis,
                spectrum.logarithmic)
    if image is not None:
        return "image", image.extension, image.axes
    number = file.first_with_data
    if file.hdus[number].kind == "table":
        return "table", number, file.hdus[number].columns
    return ()


def _named(group: Group) -> str:
    found = group.spectrum
    if found is not None:
        where = "an image" if found.layout == "image" else f"a table ({found.spectral}, {found.flux})"
        return f"a spectrum in {where} in HDU {found.extension}"
    return {"image": "an image", "table": "a table"}[group.kind] + f" in HDU {group.build[1]}"


def _described(group: Group, looked_at: int, refused: tuple[Refused, ...]) -> Survey:
    structural = axes.keywords(group.spectrum) if group.spectrum else ()
    fields = group.said.fields(structural)
    unique = [keyword for keyword in roles.UNIQUE if group.said.is_unique(keyword)]
    proposals = list(roles.proposals(fields, unique=unique, data=group.kind))
    remarks = list(_remarks(group))
    spectrum = group.spectrum
    if spectrum is not None:
        in_header = spectrum.extension in group.described_in
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
        remarks.append("no header keywords were found that give a position: say which do with --set ra=@KEYWORD and "
                       "--set dec=@KEYWORD, in degrees, or leave the question open")
    return Survey(group.kind, 0, looked_at, files=tuple(group.paths[:5]), refused=refused, variants=group.said.variants,
                  fields=fields, proposals=tuple(proposals), reading=_reading(group), spectrum=spectrum, image=image,
                  remarks=tuple(remarks))


def _reading(group: Group) -> Reading:
    """fitsProdGrammar, wherever it reads what is described (DaCHS 2.3 to 2.13).

    Its quick way reads the first header only, and drops bytes that are not ASCII, which shifts all cards behind them; its
    other way reads no gzipped files (DaCHS up to 2.7). One header at a time is all that it reads.
    """
    number = group.described_in[-1]
    if len(group.described_in) > 1 or ((number or group.not_ascii) and group.gzipped):
        numbers = ", ".join(map(str, group.described_in)) + ","
        return Reading("embeddedGrammar", (("notify", "True"),), code=_BOTH.format(number=number, numbers=numbers))
    if number or group.not_ascii:
        # DaCHS goes on from the HDU before a compressed image by itself.
        compressed = group.first.hdus[number].compressed
        return Reading("fitsProdGrammar", (("qnd", "False"), ("hdu", str(number - compressed))))
    longer = (("maxHeaderBlocks", str(2 * group.blocks)),) if group.blocks > headers.PATIENCE_OF_DACHS else ()
    return Reading("fitsProdGrammar", (("qnd", "True"), *longer))


def _remarks(group: Group) -> Iterator[str]:
    if group.said.left_out:
        yield (f"there are more than {keywords.MOST_KEYWORDS} different keywords; those beyond were not looked at "
               f"(in {group.said.left_out} files)")
    if group.faults:
        reason, count = group.faults.most_common(1)[0]
        yield f"{count} of {len(group.paths)} images have no usable coordinates: {reason}"
    if group.spectrum is not None:
        yield from _unknown_units(group.first, group.spectrum)
    if group.media == {""} and group.spectrum is not None and group.spectrum.spectral_ucd == "em.wl":
        yield "no header tells whether wavelengths are in air or in vacuum; they are taken for vacuum"
    if len(group.media) > 1:
        told = sorted(medium or "some do not tell" for medium in group.media)
        yield f"the files differ in their wavelengths: {', '.join(told)}"


def _unknown_units(file: headers.FitsFile, spectrum: Spectrum) -> Iterator[str]:
    axis, flux = spectra.said_units(file, spectrum)
    if not spectra.says_unit(file, spectrum):
        told = f"the header's {plain(axis)!r} is no unit of wavelengths" if axis else "no header tells the unit of wavelengths"
        yield f"{told}; {spectrum.spectral_unit} is a guess from their size"
    if units.read(flux).unknown:
        yield f"VOUnits has no {plain(flux)!r}, which the files have for the flux: say what it is with --set flux_unit=..."


def _further_spectra(group: Group) -> Iterator[str]:
    try:
        whole = headers.read(group.paths[0], all_hdus=True)
    except headers.Unusable:
        return
    further = spectra.all_in(whole)
    if len(further) > 1:
        named = ", ".join(whole.hdus[number].text("EXTNAME") or f"HDU {number}" for number in further[:9])
        yield f"the files have several spectra ({named}); the first is used"
