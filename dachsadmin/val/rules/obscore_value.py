"""DA509: values that ObsCore does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.obscore import PRODUCT_TYPES, Given, contributions
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.vocabulary import terms

_TEXT = re.compile(r"'([^']*)'\Z")
_NUMBER = re.compile(r"'?([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)'?\Z")
_STATES = frozenset("I Q U V RR LL RL LR XX YY XY YX POLI POLA".split())
_JD = 2_400_000
"""As an MJD this is in the year 8430; as a JD, the zero point of MJD."""


class ObscoreValue(Rule):
    """Constants in obscore mixins should be values that ObsCore has.

    Clients look for dataproduct_type image, cube, spectrum and so on in lower case; calib_level goes from 0 to 4;
    t_min and t_max are MJD, em_min and em_max metres, polarisations look like /I/Q/.

    Bad:
        <table id="spectra" onDisk="True"><column name="id" type="text"/>
          <mixin productType="'Spectrum'" calibLevel="5">//obscore#publish</mixin></table>
    Good:
        <table id="spectra" onDisk="True"><column name="id" type="text"/>
          <mixin productType="'spectrum'" calibLevel="2">//obscore#publish</mixin></table>
    See: ObsCore 1.1, section 3.3
    """

    code, name, severity, since = "DA509", "obscore-value", Severity.WARNING, "0.1"
    only_with = ("mixin",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for contribution in contributions(rd, site):
            for given in contribution.given:
                message, hint = _judge(given)
                if message:
                    yield self.finding(rd, given.element, message, attribute=given.written, value=given.value,
                                       subject=given.column, hint=hint)


def _judge(given: Given) -> tuple[str, str]:
    text = _TEXT.match(given.value)
    number = _NUMBER.match(given.value)
    name = given.written
    if given.column == "dataproduct_type" and text and text[1] not in PRODUCT_TYPES | terms("product-type"):
        near = text[1].lower().strip()
        return (f"{name} {text[1]!r} is no product type of ObsCore",
                f"write '{near}'" if near in PRODUCT_TYPES else f"use one of {', '.join(sorted(PRODUCT_TYPES))}")
    if given.column == "calib_level" and number and number[1] not in ("0", "1", "2", "3", "4"):
        return f"{name} is {number[1]}; calibration levels go from 0 to 4", ""
    if given.column == "pol_states" and text and not _is_states(text[1]):
        return f"{name} {text[1]!r} is no list of polarisation states", "write something like '/I/Q/U/V/'"
    if given.column in ("t_min", "t_max") and number and float(number[1]) > _JD:
        return f"{name} {number[1]} is no MJD", "subtract 2400000.5 from a JD"
    return "", ""


def _is_states(text: str) -> bool:
    return text.startswith("/") and text.endswith("/") and set(text.strip("/").split("/")) <= _STATES
