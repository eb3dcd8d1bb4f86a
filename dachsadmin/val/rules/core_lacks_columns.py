"""DA323: standard services over tables that are not made for them."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import Columns, queried_table
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import Node, all_nodes
from dachsadmin.rd.references import canonical, place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# What the cores and conditions of DaCHS 2.3 to 2.13 name in their queries.
_OF_CORE = {
    "ssapCore": ("ssa_location",),
    "siapCutoutCore": (
        "accref", "accsize", "bandpassHi", "bandpassId", "bandpassLo", "bandpassUnit", "centerAlpha", "centerDelta", "coverage",
        "dateObs", "imageTitle", "instId", "mime", "nAxes", "pixelScale", "pixelSize", "pixflags", "refFrame", "wcs_cdmatrix",
        "wcs_equinox", "wcs_projection", "wcs_refPixel", "wcs_refValues"),
}
_OF_CONDITIONS = {
    "//siap#protoInput": ("coverage", "mime"), "//siap#humanInput": ("coverage", "mime"),
    "//ssap#hcd_condDescs": (
        "mime", "ssa_aperture", "ssa_bandpass", "ssa_creatorDID", "ssa_dateObs", "ssa_location", "ssa_pdate", "ssa_pubDID",
        "ssa_redshift", "ssa_snr", "ssa_specend", "ssa_specstart", "ssa_targclass", "ssa_targname"),
    "//siap2#parameters": (
        "access_format", "calib_level", "dataproduct_type", "em_max", "em_min", "em_res_power", "facility_name",
        "instrument_name", "obs_collection", "obs_publisher_did", "pol_states", "s_fov", "s_region", "s_resolution", "t_exptime",
        "t_max", "t_min", "t_resolution", "target_name"),
}
_ONE_BY_ONE = frozenset({"//ssap#hcd_condDescs", "//siap2#parameters"})
"""Of these, each column counts only in queries that have its parameter."""
_CORES = ("dbCore", *_OF_CORE)
_MIXINS = {"ssap": "//ssap#hcd, //ssap#mixc or //ssap#view", "siapCutoutCore": "//siap#pgs", "siap": "//siap#pgs",
           "siap2": "//siap2#pgs"}


class CoreLacksColumns(Rule):
    """The table behind a standard service has the columns that the protocol's core and conditions work with.

    An ssapCore computes the position of each spectrum from ssa_location, a siapCutoutCore takes whole images apart, and the
    conditions that //siap, //siap2 and //ssap bring compare columns of theirs. A mixin gives a table all of them. Without
    them, queries fail; for conditions that clients may leave out, just the queries that have them. `dachs val` does not look.

    Bad:
        <table id="spectra" onDisk="True"><column name="accref" type="text"/></table>
        <service id="ssa" allowed="ssap.xml"><ssapCore queriedTable="spectra"/></service>
    Good:
        <table id="spectra" onDisk="True"><mixin fluxUnit="Jy" fluxCalibration="ABSOLUTE">//ssap#hcd</mixin></table>
        <service id="ssa" allowed="ssap.xml"><ssapCore queriedTable="spectra"/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#the-ssap-hcd-mixin
    """

    code, name, severity, since, profile = "DA323", "core-lacks-columns", Severity.ERROR, "0.2", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for core in all_nodes(rd, site, *_CORES):
            conditions = list(_conditions(core))
            if core.tag not in _OF_CORE and not conditions:
                continue
            known = queried_table(core, site)
            if not known.complete:
                continue
            place = place_of(core)
            told = _lacking(_OF_CORE.get(core.tag, ()), known)
            if told:
                yield self._lacks(rd, place, core, f"a {core.tag}", told, _MIXINS.get(core.tag, _MIXINS["ssap"]))
            for condition, reference in conditions:
                more = _lacking(_OF_CONDITIONS[reference], known)
                if more and not told:
                    severity = Severity.WARNING if reference in _ONE_BY_ONE else self.severity
                    yield self._lacks(rd, condition if place is core.element else place, core, reference, more,
                                      _MIXINS[reference[2:].partition("#")[0]], severity)

    def _lacks(self, rd: Document, place: Element, core: Node, what: str, columns: list[str], mixin: str,
               severity: Severity = Severity.ERROR) -> Finding:
        table = core.get("queriedTable") or ""
        more = f" and {len(columns) - 4} more" if len(columns) > 4 else ""
        return self.finding(rd, place, f"{what} works with {', '.join(columns[:4])}{more}, which table {table} does not have",
                            value=what, subject=table, severity=severity, hint=f"give the table the mixin {mixin}")


def _lacking(wanted: tuple[str, ...], known: Columns) -> list[str]:
    return [name for name in wanted if not known.has_in_database(name)]


def _conditions(core: Node) -> Iterator[tuple[Element, str]]:
    """The sets of conditions that a core has as DaCHS brings them; those that are edited are the operator's own."""
    for child in core.element.children:
        attribute = {"condDesc": "original", "FEED": "source"}.get(child.tag, "")
        rd_id, hash_sign, name = child.attrib.get(attribute, "").partition("#")
        reference = f"{canonical(rd_id)}{hash_sign}{name}"
        if reference in _OF_CONDITIONS and set(child.attrib) == {attribute} and not child.children:
            yield child, reference
