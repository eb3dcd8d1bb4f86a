"""`dachsadmin vosi`: published metadata that is never stale; its commands."""

from __future__ import annotations

import typer

app = typer.Typer(rich_markup_mode=None, help="Keep the published metadata of tables right.")
