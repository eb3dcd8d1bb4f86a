"""`dachsadmin vosi`: published metadata that is never stale; its commands."""

from __future__ import annotations

import typer

from dachsadmin.cli import vosi_check

app = typer.Typer(rich_markup_mode=None, help="Keep the published metadata of tables right.")
app.command("check", short_help="Check VOSI documents against the standard.")(vosi_check.check)
