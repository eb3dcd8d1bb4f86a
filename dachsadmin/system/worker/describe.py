"""Describes the RD language of the DaCHS that this interpreter can import, as one JSON object on stdout.

Runs in an interpreter that has gavo, never inside dachsadmin; needs neither a database nor a configuration. What it
says are facts (names, types, which element may stand where), taken by introspection. `dachsadmin.rd.tables` keeps
its output for the versions that Debian had; for any other version it is run where that DaCHS is installed.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
import tempfile

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [_HERE, *(path for path in sys.path if os.path.abspath(path) != _HERE)]
import describe_rds  # noqa: E402
import packaged  # noqa: E402

sys.path.remove(_HERE)  # our validate is not the one that astropy wants

FORMAT = 1
"""Version of the layout of what is printed."""


def language() -> dict:
    """The whole language; dachsadmin.rd.tables says what is where."""
    packaged.without_database()
    from gavo import base, rscdesc
    from gavo.base import activetags
    from gavo.svcs import renderers

    packaged.without_libraries("h5py")
    walk = _Walk()
    for registry in _registries():
        for tag, get in sorted(registry.items()):
            walk.registered(tag, get)
    root = walk.add(rscdesc.RD)
    active = {}
    for tag, cls in activetags.getActiveTag.registry.items():
        active[tag] = walk.add(cls)
    return {
        "format": FORMAT,
        "version": packaged.version(),
        "root": root,
        "active": active,
        "classes": walk.classes,
        "renderers": sorted(renderers.RENDERER_REGISTRY),
        "meta": _meta(),
        "booleans": sorted(base.literals._trueLiterals | base.literals._falseLiterals),
        "types": _types(),
        "config": {section.name: sorted(item.name for item in section) for section in base.config._config},
        "absent": walk.absent,
        "rds": describe_rds.built_in(walk),
    }


def _registries():
    """Elements that DaCHS imports when they are used: {element name: function returning the class}."""
    from gavo.rscdef import builtingrammars, rowtriggers
    from gavo.svcs import core

    yield {tag: (core.getCore, tag) for tag in core.CORE_REGISTRY}
    yield {tag: (builtingrammars.getGrammar, tag) for tag in builtingrammars.GRAMMAR_REGISTRY}
    triggers = getattr(rowtriggers, "_triggerRegistry", {})
    yield {tag: (triggers.get, tag) for tag in triggers}


class _Walk:
    """Walks from class to class, and remembers what it saw."""

    def __init__(self) -> None:
        self.classes: dict = {}
        self.absent: list = []
        self._names: dict = {}

    def registered(self, tag: str, how) -> None:
        """Add a class that DaCHS imports on demand; some need libraries that are not there."""
        get, name = how
        try:
            self.add(get(name))
        except Exception as error:  # whatever an import may raise
            self.absent.append(tag)
            print("%s cannot be described: %s" % (tag, error), file=sys.stderr)

    def add(self, cls) -> str:
        """Describe a class and all that can stand below it; returns the name it has in the table."""
        if cls in self._names:
            return self._names[cls]
        name = cls.__name__
        if name in self._names.values():
            name = "%s.%s" % (cls.__module__.rsplit(".", 1)[-1], name)
        self._names[cls] = name
        entry = self.classes[name] = {"element": str(getattr(cls, "name_", "")), "members": {}}
        if not hasattr(cls, "getAttribute"):  # an active tag that is no structure takes anything
            entry["free"] = "all"
            return name
        by_attribute: dict = {}
        for written, attribute in cls.managedAttrs.items():
            by_attribute.setdefault(id(attribute), (attribute, []))[1].append(written)
        for attribute, written in by_attribute.values():
            self._member(cls, entry, attribute, sorted(written))
        for flag, value in self._traits(cls).items():
            if value:
                entry[flag] = value
        return name

    def _member(self, cls, entry, attribute, written) -> None:
        description = self._described(cls, attribute, written)
        canonical = attribute.name_
        others = [word for word in written if word != canonical]
        if others and "classes" not in description:
            description["also"] = others
        entry["members"][canonical] = description
        if _undefined(attribute) and not _filled_in(cls, canonical):
            entry.setdefault("required", []).append(canonical)

    def _described(self, cls, attribute, written) -> dict:
        """One member: `is` is its kind, the other keys depend on that."""
        from gavo import base, rscdef
        from gavo.base import attrdef, complexattrs, meta, parsecontext
        from gavo.rscdef import mixins

        if attribute.name_ == "content_":
            return {"is": "text"}
        if isinstance(attribute, meta.MetaAttribute):
            return {"is": "meta"}
        if isinstance(attribute, mixins.MixinAttribute):
            return {"is": "mixin"}
        if isinstance(attribute, parsecontext.OriginalAttribute):
            return {"is": "original", "class": self._forced(cls, attribute)}
        if isinstance(attribute, complexattrs.DictAttribute):
            return {"is": "dict", "key": attribute.keyName}
        if isinstance(attribute, parsecontext.ReferenceAttribute):
            return self._reference(cls, attribute, written)
        if hasattr(attribute, "create") and hasattr(attribute, "childFactory"):
            return self._structure(cls, attribute, written)
        many = isinstance(attribute, complexattrs.CollOfAtomsAttribute)
        atom = attribute.itemAttD if many else attribute
        if not hasattr(attribute, "feed") or attribute.feed.__func__ is attrdef.AttributeDef.feed:
            return {"is": "closed"}
        if type(attribute).__name__ == "TableManagedAttribute":
            return {"is": "closed"}
        del base, rscdef
        found = {"is": "atoms" if many else "atom"}
        found.update(_atom_type(atom))
        return found

    def _forced(self, cls, attribute):
        from gavo.base import attrdef

        wanted = attribute.forceType
        if wanted is None:
            return None
        return self.add(cls if wanted is attrdef.Recursive else wanted)

    def _reference(self, cls, attribute, written) -> dict:
        from gavo.base import parsecontext

        many = isinstance(attribute, parsecontext.ReferenceListAttribute)
        found = {"is": "references" if many else "reference", "class": self._forced(cls, attribute)}
        if type(attribute)._makeChild is not parsecontext.ReferenceAttribute._makeChild:
            found["classes"] = self._by_tag(lambda tag: _core(tag), [w for w in written if w != attribute.name_])
        return found

    def _structure(self, cls, attribute, written) -> dict:
        from gavo.base import attrdef, complexattrs

        many = isinstance(attribute, complexattrs.StructListAttribute)
        found = {"is": "structs" if many else "struct"}
        factory = attribute.childFactory
        if factory is attrdef.Recursive:
            found["class"] = self.add(cls)
        elif inspect.isclass(factory):
            found["class"] = self.add(factory)
            if "content_" in factory.managedAttrs:
                found["literal"] = True
        elif hasattr(factory, "name_"):
            # a factory that prepares an outputTable as its core wants it
            from gavo.svcs import outputdef

            found["class"] = self.add(outputdef.OutputTableDef)
        else:
            found["classes"] = self._by_tag(factory, [w for w in written if w != attribute.name_])
        return found

    def _by_tag(self, factory, tags) -> dict:
        """The classes of an attribute that takes elements of many names; None: it could not be imported."""
        found = {}
        for tag in tags:
            try:
                found[tag] = self.add(factory(tag))
            except Exception:  # missing libraries; said already by registered
                found[tag] = None
        return found

    def _traits(self, cls) -> dict:
        """What is special about a class: free attributes, replayed content, macros, scripts."""
        from gavo.base import activetags, macros, meta, structure

        traits: dict = {}
        if issubclass(cls, activetags.ReplayedEventsWithFreeAttributesBase):
            traits["free"] = "macros"
            traits["long_macros"] = _refuses_short_macros(cls)
        elif cls.getAttribute is not structure.ParseableStructure.getAttribute:
            traits["free"] = "attributes"
        elif issubclass(cls, activetags.Defaults):
            traits["free"] = "macros"
        elif issubclass(cls, activetags.Prune):
            traits["free"] = "attributes"
        if issubclass(cls, activetags.RecordingBase):
            traits["records"] = True
        if hasattr(cls, "ACTIVE_NOEXPAND"):
            traits["passive"] = True
        if issubclass(cls, macros.MacroPackage):
            traits["macros"] = sorted(name[6:] for name in dir(cls) if name.startswith("macro_"))
        if getattr(cls, "acceptedScriptTypes", None):
            traits["scripts"] = sorted(cls.acceptedScriptTypes)
        if issubclass(cls, meta.MetaMixin):
            traits["carries_meta"] = True
        if getattr(cls, "requiredType", None):
            traits["procs"] = cls.requiredType
        return traits


def _refuses_short_macros(cls) -> bool:
    """Whether macros with names of one letter are refused."""
    from gavo import utils

    try:
        cls(None).getAttribute("x")
    except utils.StructureError:
        return True
    return False


def _core(tag):
    from gavo.svcs import core

    return core.getCore(tag)


def _undefined(attribute) -> bool:
    from gavo.utils import Undefined

    try:
        return attribute.default_ is Undefined
    except AttributeError:  # a computed default
        return False


def _filled_in(cls, name: str) -> bool:
    """Whether a class gives itself a value when none is given (an index its name, for example)."""
    for parent in cls.__mro__:
        complete = vars(parent).get("completeElement")
        if complete is not None and re.search(r"self\.%s\s*=[^=]" % name, inspect.getsource(complete)):
            return True
    return False


def _atom_type(attribute) -> dict:
    """How DaCHS reads a literal: `type`, and `values` where only some are allowed."""
    from gavo.base import attrdef
    from gavo.rscdef import column, common, tabledef

    if isinstance(attribute, attrdef.EnumeratedUnicodeAttribute):
        return {"type": "enum", "values": sorted(str(value) for value in attribute.validValues)}
    for cls, name in ((tabledef.ADQLVisibilityAttribute, "visibility"), (attrdef.BooleanAttribute, "bool"),
                      (attrdef.IntAttribute, "int"), (attrdef.FloatAttribute, "float"),
                      (column.TypeNameAttribute, "type"), (column.ColumnNameAttribute, "column"),
                      (column.ParamNameAttribute, "param"), (tabledef.ColumnTupleAttribute, "columns"),
                      (attrdef.StringListAttribute, "words"), (attrdef.IdMapAttribute, "idmap"),
                      (common.ResdirRelativeAttribute, "path"), (common.ProfileListAttribute, "profiles"),
                      (common.NamePathAttribute, "id")):
        if isinstance(attribute, cls):
            return {"type": name}
    special = type(attribute).__name__
    if special in ("UnicodeAttribute", "NWUnicodeAttribute", "DataContent", "RawAttribute"):
        return {}
    return {"type": special.replace("Attribute", "")}


def _types() -> list:
    """The SQL types that a column may have, without array subscripts."""
    from gavo.base import typesystems

    return sorted(typesystems.ToPythonConverter.simpleMap)


def _meta() -> dict:
    """The meta keys that DaCHS treats specially, with the attributes that each takes."""
    from gavo.base import meta

    typed = {}
    for key, cls in meta.META_CLASSES_FOR_KEYS.items():
        typed[key] = _meta_attributes(cls)
    return {"typed": typed, "plain": _meta_attributes(meta.MetaValue), "formats": sorted(meta.MetaValue.knownFormats),
            "deprecated": dict(meta.DEPRECATED_ATOMS)}


def _meta_attributes(cls) -> list:
    from gavo.base import meta

    found: list = []
    for parent in cls.__mro__:
        if "__init__" not in vars(parent):
            continue
        signature = inspect.signature(parent.__init__).parameters
        found += [name for name in list(signature)[2:] if signature[name].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        if parent is meta.MetaValue or not any(
                par.kind is inspect.Parameter.VAR_KEYWORD for par in signature.values()):
            break
    return sorted(set(found))


def main() -> None:
    """Print the description; whatever gavo prints goes to stderr."""
    out, sys.stdout = sys.stdout, sys.stderr
    with tempfile.TemporaryDirectory() as root:
        packaged.as_packaged(root)
        described = language()
    json.dump(described, out, sort_keys=True)
    out.flush()


if __name__ == "__main__":
    main()
