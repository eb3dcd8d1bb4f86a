"""Vocabularies for a DaCHS that has none yet: fetched, or where there is no network, their bare terms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dachsadmin.system.host import Host
from dachsadmin.system.worker.client import WorkerSettings, update_vocabularies
from dachsadmin.val.vocabulary import terms
from dachsadmin.verbs import Action, verb

NAMES = ("data-source", "messenger", "product-type", "uat", "voresource/content_level", "voresource/content_type",
         "voresource/date_role")
"""What publishing and the pages of a server ask for; DaCHS 2.11 publishes nothing without them (measured)."""
_ROOT = "http://www.ivoa.net/rdf/"


@verb("get-vocabularies")
@dataclass(frozen=True)
class GetVocabularies(Action):
    """Fill the gaps in DaCHS's cache of vocabularies, as `user`; `rc` is the gavo.rc that tells where the cache is."""

    folder: str
    owner: str
    rc: str
    interpreter: str
    user: str | None

    def preview(self, host: Host) -> tuple[str, ...]:
        return tuple(f"{_ROOT}{name}" for name in self._missing(host))

    def done(self, host: Host) -> bool:
        return not self._missing(host)

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {"missing": self._missing(host)}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        settings = WorkerSettings(interpreter=self.interpreter, user=self.user, processes=1,
                                  environment={"GAVOSETTINGS": self.rc})
        update_vocabularies(settings, self._missing(host))
        for name in self._missing(host):
            host.write_atomic(self._path(name), bare(name), mode=0o664, owner=self.owner)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        for name in before["missing"]:
            host.remove(self._path(name))

    def _missing(self, host: Host) -> list[str]:
        return [name for name in NAMES if not host.exists(self._path(name))]

    def _path(self, name: str) -> str:
        """DaCHS calls a file like the URL, with quoted slashes."""
        return f"{self.folder}/" + f"{_ROOT}{name}".replace("/", "=2F")


def bare(name: str) -> str:
    """A vocabulary in desise form that has its terms and nothing about them."""
    described = {term: {"label": term.replace("-", " ").capitalize(), "description": "", "wider": [], "narrower": []}
                 for term in sorted(terms(name))}
    return json.dumps({"uri": f"{_ROOT}{name}", "flavour": "SKOS", "terms": described})
