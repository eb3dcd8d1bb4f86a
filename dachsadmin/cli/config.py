"""`dachsadmin config`: which settings there are, what they are, and where that was said."""

from __future__ import annotations

import typer

from dachsadmin.cli import output

app = typer.Typer(rich_markup_mode=None, help="Show the settings of dachsadmin.")


@app.command("show", short_help="Print each setting and where it comes from.")
def show() -> None:
    """Print each setting with its value and where that was said."""
    from dachsadmin import settings
    from dachsadmin.system.command import redact

    rows = [(value.setting.name, redact(settings.as_text(value.value)), value.origin) for value in output.settings()]
    names, values = (max(len(row[place]) for row in rows) for place in (0, 1))
    output.payload("".join(f"{name:{names}}  {value:{values}}  {origin}\n" for name, value, origin in rows))


@app.command("sample", short_help="Print a commented dachsadmin.yaml.")
def sample() -> None:
    """Print a dachsadmin.yaml with every setting, explained and commented out."""
    from dachsadmin import settings

    output.payload(settings.sample())
