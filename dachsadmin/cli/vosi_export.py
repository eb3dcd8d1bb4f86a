"""`dachsadmin vosi export` and `vosi serve-config`: published metadata as files, and the web server that answers from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Optional

import typer

from dachsadmin.cli import output
from dachsadmin.errors import UsageError

if TYPE_CHECKING:
    from dachsadmin.vosi.status.stock import Installation

_FOLDER = typer.Argument(None, metavar="DIR", help="Where the documents are; without it, vosi.export_folder of the settings.")


def export(
    folder: Optional[Path] = _FOLDER,
    reload: Optional[str] = typer.Option(None, "--reload", metavar="SERVICE", help="Reload this service of systemd (nginx) "
        "when there are other tables than it knows."),
) -> None:
    """Write the VOSI documents of all tables as files that a web server can give out, as DaCHS itself tells them."""
    from dachsadmin.cli import vosi
    from dachsadmin.vosi.export import command

    raise typer.Exit(int(command.run(_folder(folder), vosi.installation(), output.terminal(),
                                     reload=output.settings({"vosi.reload": reload})["vosi.reload"],
                                     dry_run=output.options().dry_run)))


def after_change(of: Installation) -> None:
    """Bring the export that the settings name up to date, if there is one, as DaCHS has just been told something new."""
    from dachsadmin.vosi.export import command

    settings = output.settings()
    if settings["vosi.export_folder"] and not output.options().dry_run:
        command.run(Path(settings["vosi.export_folder"]), of, output.terminal(), reload=settings["vosi.reload"], dry_run=False)


def serve_config(
    server: str = typer.Argument(..., metavar="nginx|apache", help="The web server before DaCHS."),
    folder: Optional[Path] = _FOLDER,
    upstream: Optional[str] = typer.Option(None, "--upstream", metavar="URL", help="Where DaCHS listens; without it, "
        "bindAddress and serverPort of gavo.rc."),
) -> None:
    """Print how nginx or Apache answers from an export, and passes on to DaCHS what is not in it."""
    from dachsadmin.system import gavorc
    from dachsadmin.vosi.export import capabilities, rules

    written = {"nginx": rules.nginx, "apache": rules.apache}.get(server)
    if written is None:
        raise UsageError(f"there are no rules for {server!r}", "name nginx or apache")
    config = gavorc.read()
    output.payload(written(_folder(folder), upstream or capabilities.address(config), rules.prefix(config)))


def _folder(named: Optional[Path]) -> Path:
    known = named or output.settings()["vosi.export_folder"]
    if not known:
        raise UsageError("there is no folder to export to", "name one, or set export_folder in section vosi of the settings")
    return Path(known).absolute()
