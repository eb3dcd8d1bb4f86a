"""Where a command that checks tells what it has to tell."""

from __future__ import annotations

from typing import Protocol

from dachsadmin.errors import AdminError


class Terminal(Protocol):
    """What such a command needs of the terminal."""

    def payload(self, text: str) -> None:
        """Write what the command was asked for."""

    def note(self, text: str) -> None:
        """Tell something by the way."""

    def complain(self, error: AdminError) -> None:
        """Tell what is wrong, and the way out."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far the work is."""

    def paint(self, report: str) -> str:
        """The text report with colours, if stdout has them."""
