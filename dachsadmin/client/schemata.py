"""Validation against the XML schemata of the VO, from a directory that has them: DaCHS brings one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dachsadmin.errors import EnvironmentFault

_XS = "http://www.w3.org/2001/XMLSchema"


class Schemata:
    """The schemata (*.xsd) of a directory, by namespace; nothing is fetched from elsewhere."""

    def __init__(self, folder: Path) -> None:
        """Raises EnvironmentFault if there are none."""
        from lxml import etree

        self.folder = folder
        self._files: dict[str, str] = {}
        self._made: dict[frozenset[str], Any] = {}
        for path in sorted(folder.glob("*.xsd"), key=lambda path: (len(path.name), path.name)):
            root = etree.parse(str(path), etree.XMLParser(no_network=True, resolve_entities=False)).getroot()
            self._files.setdefault(root.get("targetNamespace", ""), path.name)
        if not self._files:
            raise EnvironmentFault(f"there are no XML schemata in {folder}", "run 'apt-get install python3-gavo'")

    def faults(self, root: Any) -> list[str]:
        """What is invalid in a document, once each; empty if all is well."""
        from lxml import etree

        spaces = frozenset(space for element in root.iter() for space in element.nsmap.values() if space in self._files)
        schema = self._schema(spaces)
        document = etree.ElementTree(root)
        if schema.validate(document):
            return []
        return list(dict.fromkeys(" ".join(error.message.split()) for error in schema.error_log))

    def _schema(self, spaces: frozenset[str]) -> Any:
        """A schema that imports those of some namespaces."""
        from lxml import etree

        if spaces not in self._made:
            folder, known = self.folder, set(self._files.values())

            class Resolver(etree.Resolver):  # type: ignore[misc]
                def resolve(self, url: str, public: str, context: Any) -> Any:
                    name = url.rpartition("/")[2]
                    path = folder / name
                    if name in known or path.is_file():
                        return self.resolve_filename(str(path), context)
                    return self.resolve_empty(context)

            imports = "".join(f'<xs:import namespace="{space}" schemaLocation="{self._files[space]}"/>'
                              for space in sorted(spaces - {_XS, "http://www.w3.org/XML/1998/namespace"}))
            parser = etree.XMLParser(no_network=True)
            parser.resolvers.add(Resolver())
            wrapper = etree.fromstring(f'<xs:schema xmlns:xs="{_XS}">{imports}</xs:schema>', parser)
            self._made[spaces] = etree.XMLSchema(wrapper)
        return self._made[spaces]
