"""Describes what the built-in RDs of a DaCHS define under their ids; a part of the describing program."""

from __future__ import annotations

import os
import re
import sys

MACRO = re.compile(r"(?<!\\)(?:\\\\)*\\([A-Za-z_][A-Za-z_0-9]+)")
BRINGING = re.compile(r"\bfeed(Object|From|To)?\b|\bappend\b|\baddStruct\b")
"""Code of a mixin that adds columns and the like; what it adds depends on the parameters."""


def built_in(walk) -> dict:
    """What the built-in RDs define: {RD id: {id: what}}."""
    from gavo import base
    import gavo

    folder = os.path.join(os.path.dirname(gavo.__file__), "resources", "inputs", "__system__")
    found = {}
    written = _ids_in(folder)
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".rd"):
            continue
        try:
            rd = base.caches.getRD("//" + name[:-3])
        except Exception as error:  # whatever the code in an RD may raise
            walk.absent.append("//" + name[:-3])
            print("//%s cannot be described: %s" % (name[:-3], error), file=sys.stderr)
            continue
        found["//" + name[:-3]] = {id: _thing(walk, thing) for id, thing in rd.idmap.items() if id in written}
    return found


def _ids_in(folder: str) -> set:
    """The ids that the built-in RDs write; DaCHS makes up others, which are new in every process."""
    found: set = set()
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            found.update(re.findall(r"""\bid\s*=\s*["']([^"']+)["']""", stream.read()))
    return found


def _thing(walk, thing) -> dict:
    """What stands under an id of a built-in RD."""
    from gavo.base import activetags
    from gavo.rscdef import mixins, procdef

    cls = type(thing)
    found = {"is": str(cls.name_), "class": walk.add(cls)}
    if isinstance(thing, mixins.MixinDef):
        found.update(_mixin(thing))
    elif isinstance(thing, activetags.RecordingBase):
        found.update(_stream(thing))
    elif isinstance(thing, procdef.ProcDef):
        found.update(_procedure(thing))
    else:
        found.update(_contents(thing))
    return {key: value for key, value in found.items() if value}


def _contents(thing) -> dict:
    """The columns and params of a table, core or service as it is loaded."""
    found: dict = {}
    for attribute, key in (("columns", "columns"), ("params", "params"), ("inputKeys", "inputKeys"),
                           ("outputFields", "columns")):
        items = getattr(thing, attribute, None)
        if isinstance(items, list) and items and hasattr(items[0], "type"):
            found[key] = {str(item.name): str(item.type) for item in items}
    core = getattr(thing, "core", None)
    if core is not None and hasattr(core, "name_"):
        found["core"] = str(core.name_)
    allowed = getattr(thing, "allowed", None)
    if isinstance(allowed, (set, list)) and allowed:
        found["allowed"] = sorted(allowed)
    for make in getattr(thing, "makes", None) or ():
        found.setdefault("tables", []).append(str(make.table.id))
    key = getattr(thing, "key", None)
    if isinstance(key, str):
        found["key"] = key
    name = getattr(thing, "name", None)
    if name and str(cls_name(thing)) in ("column", "param", "inputKey", "outputField"):
        found["name"] = str(name)
    return found


def cls_name(thing) -> str:
    return getattr(type(thing), "name_", "")


def _parameters(pars) -> dict:
    """{name: {} or {"required": True} and its other names}."""
    found = {}
    for par in pars:
        entry: dict = {}
        if not par.isDefaulted():
            entry["required"] = True
        if getattr(par, "alias", None):
            entry["also"] = str(par.alias)
        found[str(par.key)] = entry
    return found


def _procedure(thing) -> dict:
    found = {"parameters": _parameters(thing.getSetupPars())}
    if thing.type:
        found["type"] = str(thing.type)
    if getattr(thing, "deprecated", None):
        found["deprecated"] = True
    return found


def _mixin(thing) -> dict:
    found: dict = {"parameters": _parameters(thing.pars)}
    events = []
    for stream in (thing.events, thing.lateEvents):
        if stream:
            events += stream.events_
    found.update(_brought(events))
    if thing.processEarly is not None and BRINGING.search(_code_of(thing.processEarly)):
        found["code"] = True
    return found


def _code_of(procedure) -> str:
    """All Python code of a procedure application, that of its procDef included."""
    parts = [getattr(procedure, "code", None)]
    parts += [fragment for setup in procedure.setups for fragment in setup.codeFrags]
    if getattr(procedure, "procDef", None):
        parts.append(_code_of(procedure.procDef))
    return "\n".join(part for part in parts if isinstance(part, str))


def _stream(thing) -> dict:
    found = _brought(thing.events_)
    defaults = thing.DEFAULTS.defaults if thing.DEFAULTS is not None else {}
    parameters = {name: {} for name in defaults}
    for name in _needed(thing.events_):
        parameters.setdefault(name, {"required": True})
    if parameters:
        found["parameters"] = parameters
    found["mentions"] = sorted(_mentioned(thing.events_) - set(parameters))
    return found


def _mentioned(events) -> set:
    """All macros that are named anywhere in a stream, with however many backslashes."""
    found: set = set()
    for event in events:
        if isinstance(event[2], str):
            found.update(re.findall(r"\\([A-Za-z_][A-Za-z_0-9]+)", event[2]))
    return found


def _needed(events) -> list:
    """The macros that a FEED must fill: those that stand in values which are not expanded yet."""
    from gavo.base import activetags

    known = {name[6:] for name in dir(activetags.ReplayedEvents) if name.startswith("macro_")}
    found = set()
    for event in events:
        kind, _, value = event[:3]
        if isinstance(kind, str) and kind == "value" and isinstance(value, str):
            found |= set(MACRO.findall(value))
    return sorted(found - known)


def _brought(events) -> dict:
    """What a stream of events brings where it is replayed.

    `elements` are those that arrive at the top: {tag: [name, id or ``]}; `attributes` are set on the element fed;
    `columns` and `params` have types; `ids` are all ids inside; `meta` the keys of meta items at the top.
    """
    found: dict = {}
    stack: list = []
    item: dict = {}
    for event in events:
        kind, name, value = event[:3]
        if kind == "start":
            stack.append(name)
            if len(stack) == 1:
                item = {"tag": name}
        elif kind == "end":
            if len(stack) == 1:
                _close(found, item)
            stack.pop()
        elif name == "id":
            found.setdefault("ids", []).append(str(value))
            if len(stack) == 1:
                item.setdefault("id", str(value))
        elif not stack:
            found.setdefault("attributes", []).append(name)
        elif len(stack) == 1:
            item.setdefault(name, str(value))
        elif len(stack) == 2 and name == "content_":
            item.setdefault(stack[1], str(value).strip())
    return found


def _close(found: dict, item: dict) -> None:
    tag = item["tag"]
    name = item.get("name") or item.get("key") or item.get("id") or ""
    if not name and item.get("original"):
        name = item["original"].rsplit("#", 1)[-1].rsplit(".", 1)[-1]
    if tag in ("column", "param", "inputKey", "outputField"):
        key = {"column": "columns", "param": "params", "inputKey": "inputKeys", "outputField": "columns"}[tag]
        found.setdefault(key, {})[name] = item.get("type") or ("" if item.get("original") else "real")
    elif tag == "meta":
        keys = [name] if name else re.findall(r"(?m)^\s*!?([\w.-]+)\s*:", item.get("content_", ""))
        found.setdefault("meta", []).extend(keys)
    elif tag in ("mixin", "FEED", "LFEED"):
        found.setdefault("uses", []).append((item.get("source") or item.get("content_") or "").strip())
    elif len(item) == 2 and "content_" in item and tag[:1].islower() and "\n" not in item["content_"]:
        found.setdefault("attributes", []).append(tag)
        found.setdefault("elements", {}).setdefault(tag, []).append("")
    else:
        found.setdefault("elements", {}).setdefault(tag, []).append(name)
