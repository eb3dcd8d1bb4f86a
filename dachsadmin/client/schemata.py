"""Validation against the XML schemata of the VO, from a directory that has them: DaCHS brings one."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system import dachs
from dachsadmin.system.host import Host

_XS = "http://www.w3.org/2001/XMLSchema"
_SPACES = frozenset({"http://www.openarchives.org/OAI/2.0/", "http://dc.g-vo.org/ColStats-1"} | {
    f"http://www.ivoa.net/xml/{name}" for name in (
        "VOSIAvailability/v1.0", "VOSICapabilities/v1.0", "VOSITables/v1.0", "RegistryInterface/v1.0", "VORegistry/v1.0",
        "VOResource/v1.0", "VODataService/v1.1", "TAPRegExt/v1.0", "ConeSearch/v1.0", "SIA/v1.1", "SSA/v1.1", "SLAP/v1.0",
        "DocRegExt/v1", "StandardsRegExt/v1.0")})
"""The namespaces of what DaCHS tells of itself."""


class Schemata:
    """The schemata (*.xsd) of a directory; nothing is fetched from elsewhere."""

    def __init__(self, folder: Path) -> None:
        """Raises EnvironmentFault if there are none, or if they do not fit together."""
        from lxml import etree

        files: dict[str, str] = {}
        try:
            for path in sorted(folder.glob("*.xsd"), key=lambda path: (len(path.name), path.name)):
                root = etree.parse(str(path), etree.XMLParser(no_network=True, resolve_entities=False)).getroot()
                files.setdefault(root.get("targetNamespace", ""), path.name)
            self._schema = etree.XMLSchema(etree.fromstring(_importing(files), _parser(folder, files)))
        except etree.LxmlError as error:
            raise EnvironmentFault(f"the XML schemata in {folder} cannot be used: {error}",
                                   "run 'apt-get install --reinstall python3-gavo'") from None
        if not _SPACES & set(files):
            raise EnvironmentFault(f"there are no XML schemata in {folder}", "run 'apt-get install python3-gavo'")

    def faults(self, root: Any) -> list[str]:
        """What is invalid in a document, once each; empty if all is well."""
        from lxml import etree

        if self._schema.validate(etree.ElementTree(root)):
            return []
        return _told(self._schema.error_log)

    def faults_of_tables(self, content: bytes) -> list[str]:
        """The same of a well-formed document with tables, of which no more than one is kept at a time."""
        from lxml import etree

        events = etree.iterparse(io.BytesIO(content), tag="table", schema=self._schema, resolve_entities=False,
                                 no_network=True, load_dtd=False)
        with contextlib.suppress(etree.XMLSyntaxError):  # At the end, if there was anything invalid.
            for _, element in events:
                element.clear()
        return _told(events.error_log)


def _told(log: Any) -> list[str]:
    return list(dict.fromkeys(" ".join(error.message.split()) for error in log))


def installed(host: Host, interpreter: str = dachs.INTERPRETER) -> Schemata | None:
    """Those that the installed DaCHS brings; None if there are none that can be used."""
    found = dachs.find(host, interpreter)
    try:
        return Schemata(Path(found.folder) / "resources" / "schemata") if found else None
    except EnvironmentFault:
        return None


def _importing(files: dict[str, str]) -> str:
    """A schema that imports those of all our namespaces."""
    imports = "".join(f'<xs:import namespace="{space}" schemaLocation="{files[space]}"/>'
                      for space in sorted(_SPACES & set(files)))
    return f'<xs:schema xmlns:xs="{_XS}">{imports}</xs:schema>'


def _parser(folder: Path, files: dict[str, str]) -> Any:
    """Finds what schemata import in the same directory, by the name of the file or by the namespace."""
    from lxml import etree

    class Resolver(etree.Resolver):  # type: ignore[misc]
        def resolve(self, url: str, public: str, context: Any) -> Any:
            name = url.rpartition("/")[2]
            path = folder / (name if (folder / name).is_file() else files.get(url, name))
            return self.resolve_filename(str(path), context) if path.is_file() else self.resolve_empty(context)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Resolver())
    return parser
