"""Surveys (dachsadmin.start.survey) written as YAML, for tests of templates that look at no file."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dachsadmin.start.survey import Field, Image, Proposal, Reading, Refused, Spectrum, Survey

_PARTS = {"fields": Field, "proposals": Proposal, "refused": Refused, "reading": Reading, "spectrum": Spectrum, "image": Image}


@cache
def read(path: Path) -> Survey:
    return _made(Survey, yaml.safe_load(path.read_text(encoding="utf-8")))


def _made(kind: type, described: dict[str, Any]) -> Any:
    assert set(described) <= {each.name for each in fields(kind)}, f"{kind.__name__} has no {set(described)}"
    return kind(**{name: _value(name if kind is Survey else "", value) for name, value in described.items()})


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_made(_PARTS[name], each) if isinstance(each, dict) else _value("", each) for each in value)
    return _made(_PARTS[name], value) if isinstance(value, dict) else value
