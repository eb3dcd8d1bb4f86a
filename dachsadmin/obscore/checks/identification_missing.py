"""Check DO401: identification-missing."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.obscore.check import ValueCheck


class IdentificationMissing(ValueCheck):
    """Every row of obscore says which collection and observation it is of, and has a publisher DID.

    obs_collection, obs_id and obs_publisher_did may not be NULL. Give the mixin collectionName, obsId and did.

    See:
        ObsCore 1.1, table 1 (https://www.ivoa.net/documents/ObsCore/)
    """

    code, name, severity, since = "DO401", "identification-missing", Severity.ERROR, "0.3"
    condition = "obs_collection IS NULL OR obs_id IS NULL OR obs_publisher_did IS NULL"
    wrong = "lack obs_collection, obs_id or obs_publisher_did"
    mend = "give the mixin collectionName, obs_id and obs_publisher_did"
