"""A data centre with two tables in ObsCore, and the environment in which our command works on it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

from conftest import VOCABULARIES, new_site, public_folder, put_vocabularies

from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.scratch import Scratch

ROOT = Path(__file__).parents[2]
TABLE = """<table id="data" onDisk="True" adql="True"><column name="ident" type="text"/>
  <column name="ra" type="double precision"/><column name="dec" type="double precision"/>
  <mixin>//products#table</mixin>
  <mixin productType="'image'" calibLevel="2" ra="ra" dec="dec" obs_id="ident" tMin="55000" tMax="55001">//obscore#publish</mixin>
</table>
<data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
for number in range(ROWS):
  yield {"ident": "o%d" % number, "ra": number / 10., "dec": 1., "prodtblAccref": "SCHEMA/%d" % number,
    "prodtblPath": "x", "prodtblMime": "image/fits", "prodtblTable": "SCHEMA.data", "prodtblFsize": 1,
    "prodtblOwner": None, "prodtblEmbargo": None, "prodtblPreview": None, "prodtblPreviewMime": None,
    "prodtblDatalink": None}
</code></iterator></embeddedGrammar><make table="data"><rowmaker idmaps="*"/></make></data>"""


@contextmanager
def contributing(found, config: GavoRc, *imports: tuple[str, str]):
    """A DaCHS with a database of its own, where two tables contribute to obscore."""
    with public_folder() as folder, Scratch(folder, pythonpath=found.pythonpath, config=config) as scratch:
        put_vocabularies(scratch, VOCABULARIES)
        with new_site((found, scratch)) as site:
            for schema, rows in (("oa", 5), ("ob", 7)):
                site.rd(f"{schema}/q", TABLE.replace("ROWS", str(rows)).replace("SCHEMA", schema))
            for words in imports:
                done = site.run(*words)
                assert done.returncode == 0, done.stdout + done.stderr
            yield site


def environment(site, folder: Path) -> dict[str, str]:
    return {**os.environ, **site.settings.environment, "DACHSADMIN_PATHS_STATE": str(folder / "state"),
            "DACHSADMIN_PATHS_BACKUP": str(folder / "backup"), "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), site.dachs.pythonpath)))}
