"""typer, imported without rich: typer 0.7 would load all of it, 0.1 s in every run, for boxes that we do not draw."""

from __future__ import annotations

import sys

if "typer" in sys.modules or "rich" in sys.modules:
    import typer
else:
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import typer
    finally:
        del sys.modules["rich"]

__all__ = ["typer"]
