"""`dachsadmin upgrade`: from one DaCHS release to another; its commands."""

from __future__ import annotations

import typer

app = typer.Typer(rich_markup_mode=None, help="Bring DaCHS from one release to another, with all that each release asks for.")
