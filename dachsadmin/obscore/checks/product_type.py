"""Check DO404: product-type."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.obscore.check import ValueCheck

_KNOWN = ("image", "cube", "spectrum", "sed", "timeseries", "visibility", "event", "measurements", "spectral-cube",
          "time-cube", "polarization-cube", "spatial-profile", "slit-spectrum", "polarized-spectrum", "dynamic-spectrum",
          "event-list", "event-bundle", "light-curve", "velocity-curve", "temporally-resolved-dataset",
          "spatially-resolved-dataset", "spectrally-resolved-dataset", "polarization-resolved-dataset")
"""ObsCore 1.1, 3.3.1, and the IVOA's vocabulary product-type."""


class ProductType(ValueCheck):
    """The dataproduct_type of every row of obscore is one that clients know, in lower case, or NULL.

    If none of them fits, leave it NULL and give a dataproduct_subtype.

    See:
        https://www.ivoa.net/rdf/product-type
    """

    code, name, severity, since = "DO404", "product-type", Severity.WARNING, "0.3"
    condition = f"dataproduct_type NOT IN ({', '.join(repr(word) for word in _KNOWN)})"
    wrong = "have a dataproduct_type that clients do not know"
    mend = "give the mixin productType with a term of https://www.ivoa.net/rdf/product-type"
