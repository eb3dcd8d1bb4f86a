"""A verdict is kept until something that it depends on changes; that a file is not there is something, too."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

import pytest

from dachsadmin.check.cache import Cache
from dachsadmin.system import gavorc
from dachsadmin.system.worker.client import Options
from dachsadmin.val import deep_run
from dachsadmin.val.deep_run import Place

TABLE = '<table id="t" onDisk="True"><column name="x"/></table>'
SERVICE = f'{TABLE}<dbCore id="c" queriedTable="t"/><service id="s" allowed="form" core="c"><template key="form">res/form.html' \
          '</template><meta name="shortName">s</meta><publish render="form" sets="local"/></service>'
CORE = """import os
from gavo.svcs import core
os.path.isfile({path!r})
class Core(core.Core):
    pass
"""


@pytest.fixture
def validated(site, tmp_path):
    """Validate RDs of the site; which of them anew, and which verdicts there are."""
    def run(**ivoa: str) -> tuple[list[str], dict[str, str]]:
        time.sleep(0.1)  # a verdict on what was written at this very moment is not kept
        config = gavorc.read(site.settings.environment)
        config = replace(config, values={**config.values, **{("ivoa", item): value for item, value in ivoa.items()}})
        place = Place("configured", site.dachs, config, lambda: contextlib.nullcontext(site.settings), lambda: "as it was",
                      (config.path("configDir"),))
        rds = {str(path.relative_to(site.inputs))[:-3]: None for path in sorted(site.inputs.rglob("*.rd"))}
        verdicts = list(deep_run.run(rds, place, Options(), Cache(tmp_path / "cache"), {}))
        anew = sorted(verdict.rd_id for verdict in verdicts if not verdict.cached)
        return anew, {verdict.rd_id: verdict.verdict for verdict in verdicts}

    return run


@pytest.mark.full
def test_what_an_rd_looked_for_in_vain_makes_it_validated_again_when_it_comes(site, validated):
    etc = site.scratch.home / "root" / "etc"
    site.rd("alone/q", TABLE)
    site.rd("naming/q", '<table id="t"><column original="later/q#x"/></table>')
    site.rd("shown/q", SERVICE)
    site.rd("setting/q", '<table id="t"><FEED source="%#obscore-extracolumns"/></table>')
    site.write(looking__core_py=CORE.format(path=str(site.inputs / "looking" / "maybe")))
    site.rd("looking/q", '<customCore id="c" module="core"/>')
    everything = ["alone/q", "looking/q", "naming/q", "setting/q", "shown/q"]
    assert validated()[0] == everything
    again, verdicts = validated()
    assert (again, verdicts["naming/q"]) == ([], "Fail")

    (site.inputs / "looking" / "maybe").write_text("here I am")
    assert validated()[0] == ["looking/q"]
    (site.inputs / "shown" / "res").mkdir()
    (site.inputs / "shown" / "res" / "form.html").write_text("<html/>")
    assert validated()[0] == ["shown/q"]
    site.rd("later/q", '<table id="t"><column name="x" id="x"/></table>')
    again, verdicts = validated()
    assert (again, verdicts["naming/q"]) == (["later/q", "naming/q"], "OK")
    validated()
    try:
        (etc / "userconfig.rd").write_text('<resource schema="dc"><STREAM id="obscore-extracolumns"/></resource>')
        (etc / "userconfig.rd").chmod(0o644)
        assert validated()[0] == sorted([*everything, "later/q"])
    finally:
        (etc / "userconfig.rd").unlink(missing_ok=True)


def test_other_settings_make_all_rds_validated_again(site, validated):
    site.rd("a/q", TABLE)
    assert [validated()[0], validated()[0]] == [["a/q"], []]
    assert validated(authority="org.other")[0] == ["a/q"]
