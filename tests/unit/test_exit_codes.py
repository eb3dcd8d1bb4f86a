"""The exit statuses are a promise: scripts depend on them, and docs/exit-codes.md lists them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import dachsadmin
from dachsadmin.errors import AdminError, ExitCode

PAGE = Path(__file__).parents[2] / "docs" / "exit-codes.md"


def test_the_statuses_are_those_that_scripts_know():
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0, "FINDINGS": 1, "USAGE": 2, "TARGET": 3, "ENVIRONMENT": 4, "REFUSED": 5, "PARTLY_DONE": 6, "BUG": 70,
        "INTERRUPTED": 130, "TERMINATED": 143}


def test_each_status_says_what_it_means():
    meanings = [code.meaning for code in ExitCode]
    assert all(meanings) and len(set(meanings)) == len(meanings)


@pytest.mark.skipif(not PAGE.parent.is_dir(), reason="the installed package is tested without its docs")
def test_the_page_has_a_row_for_each_status_and_no_other():
    rows = re.findall(r"(?m)^\| (\d+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"))
    assert rows == [(str(code.value), code.meaning) for code in ExitCode]


def test_every_error_has_one_of_the_statuses_and_never_that_of_success_or_a_bug():
    for module in pkgutil.walk_packages(dachsadmin.__path__, "dachsadmin."):
        if "worker" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    errors = [AdminError]
    for error in errors:
        errors += error.__subclasses__()
    assert len(errors) > 10
    for error in errors:
        assert error.exit_code in (ExitCode.USAGE, ExitCode.TARGET, ExitCode.ENVIRONMENT, ExitCode.REFUSED,
                                   ExitCode.PARTLY_DONE), error
        assert inspect.getdoc(error), error
