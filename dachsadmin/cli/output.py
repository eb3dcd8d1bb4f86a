"""The terminal: the payload goes to stdout, everything else to stderr, and colour and bars only to people."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TextIO

from dachsadmin import settings as all_settings
from dachsadmin.errors import AdminError, EnvironmentFault, Refused


@dataclass(frozen=True)
class Options:
    """The options that every command has; those of the running command are `options()`."""

    yes: bool = False
    dry_run: bool = False
    quiet: bool = False
    verbose: int = 0
    color: str = "auto"
    debug: bool = False
    config: str = ""


_options = Options()


def configure(options: Options) -> None:
    """Make the global options known to this module, and to those who ask it."""
    global _options
    _options = options
    _load.cache_clear()


def options() -> Options:
    """The global options of this run."""
    return _options


@cache
def _load() -> all_settings.Settings:
    return all_settings.load(_options.config or None)


def settings(flags: Mapping[str, Any] | None = None) -> all_settings.Settings:
    """The settings, with what the command's own options say ({setting: value}, None where nothing was said).

    The option of a setting is called like its key: `val.fail_on` is --fail-on.
    """
    named = {name: ("--" + name.partition(".")[2].replace("_", "-"), value) for name, value in (flags or {}).items()}
    return _load().with_flags(named)


def payload(text: str) -> None:
    """Write what the command was asked for."""
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Tell something by the way; silent with --quiet."""
    if not _options.quiet:
        _tell(printable(text))


def complain(error: AdminError) -> None:
    """Tell what is wrong, and the way out."""
    _tell(f"{paint('error:', 'red', sys.stderr)} {printable(error.message)}")
    if error.hint:
        _tell(f"{paint('hint:', 'cyan', sys.stderr)} {printable(error.hint)}")


def paint(text: str, colour: str, stream: TextIO) -> str:
    """The text in bold and a colour, if the stream shows colours."""
    return _ink(text, colour) if coloured(stream) else text


def _ink(text: str, colour: str) -> str:
    codes = {"red": 31, "yellow": 33, "magenta": 35, "cyan": 36}
    return f"\033[1;{codes[colour]}m{text}\033[0m"


_SEVERITY = re.compile(r"(?m)^(\S.*?: )(error|warning|info|untested)(?=: )")
_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan", "untested": "magenta"}


def coloured(stream: TextIO) -> bool:
    """Whether a stream gets colours: --color, else https://no-color.org, else only a terminal that can show them."""
    if _options.color != "auto":
        return _options.color == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def printable(text: str) -> str:
    """The text without what a terminal would obey: file names and RDs may hold escape sequences."""
    return "".join(char if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs") else f"\\x{ord(char):02x}"
                   for char in text)


def confirm(question: str, *, consequence: str) -> None:
    """Ask before something is changed; --yes is the answer too.

    `consequence` completes "... was not confirmed". Raises Refused unless the answer is yes, and at once where nobody
    can be asked.
    """
    if _options.yes:
        return
    if not interactive():
        raise Refused(f"{consequence} has to be confirmed, and there is no terminal to ask on",
                      "add --yes to do it, or --dry-run to see the plan only")
    _bar.erase()
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused(f"{consequence} was not confirmed; nothing was changed")


def interactive() -> bool:
    """Whether there is somebody to ask."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


def ask(question: str) -> str:
    """What a person says to a question; nothing at the end of the input."""
    _bar.erase()
    sys.stderr.write(f"{printable(question)}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def terminal() -> Terminal:
    """What a library function is given to tell how it gets on."""
    return Terminal()


class Terminal:
    """The functions of this module as an object, for code that knows nothing of terminals."""

    def note(self, text: str) -> None:
        note(text)

    def complain(self, error: AdminError) -> None:
        complain(error)

    def payload(self, text: str) -> None:
        payload(text)

    def ask(self, question: str) -> str:
        return ask(question)

    @property
    def interactive(self) -> bool:
        return interactive()

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far the work is: a bar, on a terminal only, drawn ten times a second at most.

        A `total` of 0 is work of which nobody knows how long it takes; then there is no bar, only what is being done.
        """
        if not _options.quiet and sys.stderr.isatty():
            _bar.draw(what, done, total)

    def paint(self, report: str) -> str:
        """The text report with its severities in colour, if stdout shows colours."""
        if not coloured(sys.stdout):
            return report
        return _SEVERITY.sub(lambda found: found[1] + _ink(found[2], _COLOURS[found[2]]), report)


@dataclass
class _Bar:
    shown: bool = False
    drawn: float = field(default=0.0)

    def draw(self, what: str, done: int, total: int) -> None:
        if not total:
            _tell(f"{what} ...", end="")
            self.shown = True
        elif done >= total:
            self.erase()
        elif time.monotonic() - self.drawn > 0.1:
            text = f"{what} {done}/{total}"
            width = max(10, min(40, shutil.get_terminal_size().columns - len(text) - 4))
            filled = width * done // total
            sys.stderr.write(f"\r\033[K[{'#' * filled}{'.' * (width - filled)}] {text}")
            sys.stderr.flush()
            self.shown, self.drawn = True, time.monotonic()

    def erase(self) -> None:
        if self.shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self.shown = False


_bar = _Bar()


def _tell(text: str, end: str = "\n") -> None:
    _bar.erase()
    sys.stderr.write(text + end)
    sys.stderr.flush()


def log_to_stderr(verbose: int) -> None:
    """Tell every program that is run (1) and how it ended (2)."""
    import logging

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr, force=True)
    logging.getLogger("dachsadmin").setLevel(logging.INFO if verbose == 1 else logging.DEBUG)


def prepare_streams() -> None:
    """Make stdout and stderr UTF-8 whatever the locale says, and quiet when a reader such as `head` has gone away.

    A run whose reader is gone goes on to its end, so that its exit status still tells the truth.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", errors="replace", closefd=False)
    sys.stdout = _text_stream(1)
    sys.stderr = _text_stream(2)


def _text_stream(number: int) -> TextIO:
    buffer = io.BufferedWriter(_Patient(number, "wb", closefd=False))
    return io.TextIOWrapper(buffer, encoding="utf-8", errors="surrogateescape", line_buffering=os.isatty(number))


class _Patient(io.FileIO):
    """A stream that swallows everything after its reader has gone, or its disk is full; the latter is told once."""

    def write(self, content: Any) -> int:
        if self.fileno() == 1:
            _bar.erase()
        try:
            return super().write(content)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if isinstance(error, BrokenPipeError):
                return len(content)
            where = "stdout" if self.fileno() == 1 else "stderr"
            raise EnvironmentFault(f"{where} cannot be written: {error.strerror}", "run 'df -h'") from None


def sentence(text: str) -> str:
    """What a library says, in our form: it begins in lower case, unless with a name, and has no full stop."""
    text = text.strip().rstrip(".")
    return text[0].lower() + text[1:] if re.match(r"[A-Z][a-z]", text) else text
