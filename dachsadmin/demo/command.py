"""The plan of `dachsadmin demo`, what takes it away again, and what to try when it is there."""

from __future__ import annotations

import base64
import os
import shutil
import sys
from collections.abc import Sequence

from dachsadmin.demo.population import SEED
from dachsadmin.demo.site import AUTHORITY, MARK, MARK_FILE, RD, RESOURCE, Site
from dachsadmin.demo.steps import GenerateSpectra, ImportDrawing, MakeOwnFolder, RunToWrite, StartServer, StopServer
from dachsadmin.demo.vocabularies import GetVocabularies
from dachsadmin.journal import Entry, Journal
from dachsadmin.plan import Plan, Step, undoable
from dachsadmin.system import dachs
from dachsadmin.system.host import Host
from dachsadmin.verbs import RunUnlessTrue, WriteFile

_TOLD = 10
"""So many files that stay are named."""
TITLE = f"build the demo {RESOURCE}"
_RC = f"""{MARK}
[ivoa]
authority: {AUTHORITY}
"""
_ANSWERS = (
    "title=Synthetic spectra in the layout of LAMOST",
    "description=Invented stars, galaxies and quasars, made by dachsadmin to try a server on. Nobody has observed any.",
    "creators=Dachsadmin Demo", "collection=LAMOST5 demo", "flux_unit=none", "aperture=0.000917", "resolution=1800",
)
_TO_TRY = """\
Try it.

In a browser:
    {url}/{rd}/ssa/info

In TOPCAT, VO > Table Access Protocol (TAP) Query, TAP URL {url}/tap
    SELECT ssa_pubDID, accref, raj2000, dej2000, ssa_targsubclass
    FROM lamost5.data TABLESAMPLE(10)
    WHERE ssa_targsubclass LIKE 'M%'
  In the activation actions of the result, "Plot Table" with accref shows the
  spectra. TABLESAMPLE picks whole pages, so of a table as small as this one it
  may pick nothing: run it again, or ask for more.

In Python (apt-get install python3-pyvo):
    import pyvo
    from astropy import units as u
    service = pyvo.dal.TAPService("{url}/tap")
    found = service.run_sync(
        "SELECT TOP 3 ssa_pubdid FROM lamost5.data"
        " WHERE ssa_targsubclass = 'G8'")
    for links in found.iter_datalinks():
        print(next(links.bysemantics(
            "#progenitor", include_narrower=False)).access_url)
        print(next(links.iter_procs()).process(
            band=(392*u.nm, 398*u.nm)).read()[:300])

Some science, with the H and K lines of the G8 stars, eight of which were made
odd on purpose (apt-get install python3-pyvo python3-scipy python3-matplotlib):
    python3 /usr/share/doc/dachsadmin/examples/lamost5_hk.py --tap {url}/tap
  In a checkout it is in docs/examples.

The RD that 'dachsadmin start' made: {folder}/q.rd
All of it away again:                dachsadmin demo --remove
"""


def plan(host: Host, site: Site, count: int, interpreter: str) -> Plan:
    """Everything that has to happen until the server shows the demo."""
    folder, data = site.folder, f"{site.folder}/data"
    server = _server(host, site)
    owner = f"{site.operator}:{site.config.get('general', 'gavoGroup')}"
    imported = f"SELECT count(*) >= {count} FROM {RESOURCE}.data"

    def until(query: str, *words: str, undo: Sequence[str] = ()) -> RunUnlessTrue:
        return RunUnlessTrue(site.dachs(*words), query, site.rc, undo_argv=site.dachs(*undo) if undo else (),
                             user=site.operator)

    steps = [
        Step("folder", f"make the resource directory {folder}", MakeOwnFolder(folder, owner)),
        Step("mark", "note that it is of this demo", WriteFile(f"{folder}/{MARK_FILE}", MARK)),
        Step("data", "make the directory for spectra", MakeOwnFolder(data, owner)),
        Step("spectra", f"invent {count} spectra", GenerateSpectra(data, count, SEED, owner)),
        Step("start", "make the RD",
             RunToWrite((*own(), "start", "ssap", "--from", f"{data}/*.fits.gz", "-o", f"{folder}/q.rd",
                         *(word for answer in _ANSWERS for word in ("--set", answer))), f"{folder}/q.rd")),
        Step("vocabularies", "get the vocabularies that DaCHS lacks",
             GetVocabularies(str(site.config.path("cacheDir")), owner, site.rc, interpreter, site.config.server_user)),
        Step("val", "validate the RD",
             RunUnlessTrue((*site.told_rc, *own(), "val", "--profile", "strict", RD), imported, site.rc,
                           achieves=False)),
        Step("previews", "make the directory for previews",
             MakeOwnFolder(f"{folder}/previews", owner, drawn=_drawn(f"{RESOURCE}/data/spec-"))),
        Step("obscore", "make the ObsCore table, once for all resources",
             until("SELECT to_regclass('ivoa.obscore') IS NOT NULL", "imp", "//obscore",
                   undo=("drop", "-s", "--all", "//obscore"))),
        Step("import", "import the spectra, and draw their previews",
             ImportDrawing(site.dachs("imp", RD), imported, site.rc, undo_argv=site.dachs("drop", RD), user=site.operator,
                           folder=f"{folder}/previews", total=count)),
        Step("limits", "find out what values there are",
             until(f"SELECT EXISTS (SELECT FROM dc.simple_col_stats WHERE tablename = '{RESOURCE}.data')",
                   "limits", RD)),
        Step("publish", "publish the services",
             until(f"SELECT EXISTS (SELECT FROM dc.resources WHERE sourcerd = '{RD}' AND NOT deleted)",
                   "pub", RD, undo=("pub", "-u", RD))),
        Step("serve", "start the server", StartServer(*server)),
    ]
    if site.own_rc:
        # Undoing goes the other way round: a server that ran starts again when its configuration is as it was.
        steps[:0] = [Step("stop", "stop the server, whose configuration changes", StopServer(*server)),
                     Step("gavo-rc", f"write {site.rc} with an authority", WriteFile(site.rc, _RC, mode=0o644))]
    return Plan(TITLE, tuple(steps), (f"the service will be at {site.url}/{RD}/ssa/info",
                                      "'dachsadmin demo --remove' takes all of it away again, but for lines in logs and "
                                      "what you change"))


def checks(site: Site) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What proves the demo and changes nothing: the regression tests, as the operator runs them, and the probe."""
    return site.dachs("test", RD), (*site.told_rc, *own(), "probe", site.url, "--service", RD)


def changes(journal: Journal) -> tuple[Entry, ...]:
    """The changes that built the demo and are not undone yet, the last one first."""
    return tuple(entry for entry in reversed(journal.entries())
                 if entry.title == TITLE and entry.outcome in ("done", "failed", "interrupted", "partly undone"))


def way_without_what_others_need(built: Sequence[Entry]) -> str:
    """How the demo goes from a server that has other resources by now."""
    kept = ("serve", "obscore", "gavo-rc", "stop")
    ways = (f"dachsadmin undo {entry.id}" + "".join(f" --leave {step.id}" for step in undoable(entry) if step.id in kept)
            for entry in built)
    return f"run '{'; '.join(ways)}', which leaves what they need"


def farewell(host: Host, folder: str) -> str:
    """What is told when the demo is taken away. What is left in its resource directory then is not as it made it."""
    left = host.files(folder)
    more = [f"and {len(left) - _TOLD} more"] if len(left) > _TOLD else []
    return "\n  ".join(["the demo is gone, but for these files, which are not as it made them:" if left else
                        "the demo is gone", *left[:_TOLD], *more])


def to_try(site: Site) -> str:
    """What the operator can do with the demo now."""
    return _TO_TRY.format(url=site.url, rd=RD, folder=site.folder)


def own() -> tuple[str, ...]:
    """What starts this very dachsadmin again."""
    program = os.path.abspath(sys.argv[0])
    if os.path.basename(program) != "dachsadmin":
        return (sys.executable, "-m", "dachsadmin")
    return ("dachsadmin",) if shutil.which("dachsadmin") == program else (program,)


def _drawn(products: str) -> str:
    """How the names of previews begin if those of the products do so: base64 keeps beginnings of 3, 6, 9... characters."""
    return base64.b64encode(products.encode(), b"$!").decode()


def _server(host: Host, site: Site) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...]]:
    proof = (site.url, f"/getRR/{RD}/ssa", f"ivo://{site.authority}/{RD}/ssa")
    if dachs.is_service(host) and not site.told_rc:
        return (*proof, ("systemctl", "start", "dachs"), ("systemctl", "stop", "dachs"))
    return (*proof, site.dachs("serve", "start"), site.dachs("serve", "stop"))
