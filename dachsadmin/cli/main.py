"""The command tree, the options that every command has, and what becomes of exceptions: exit codes."""

from __future__ import annotations

import contextlib
import difflib
import signal
import sys
import traceback
import warnings
from collections.abc import Sequence
from types import FrameType
from typing import Any, Optional

from dachsadmin.cli.without_rich import typer  # first, before anything else imports typer

from dachsadmin.cli import config, demo, journal, obscore, output, probe, start, upgrade, val, vosi
from dachsadmin.errors import AdminError, ExitCode, Stopped, UsageError

_EPILOG = "Options of every command, such as --quiet or --color, are listed by 'dachsadmin --help'."

app = typer.Typer(name="dachsadmin", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
                  context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
app.command("val", epilog=_EPILOG, short_help="Check resource descriptors.")(val.val)
app.command("start", epilog=_EPILOG, short_help="Make an RD from your own files or table.")(start.start)
app.command("demo", epilog=_EPILOG, short_help="Build an example service, or take it away.")(demo.demo)
app.command("probe", epilog=_EPILOG, short_help="Ask a running server as its users do.")(probe.probe)
app.command("history", epilog=_EPILOG, short_help="List all changes of this installation.")(journal.history)
app.command("show", epilog=_EPILOG, short_help="Show one change.")(journal.show)
app.command("resume", epilog=_EPILOG, short_help="Bring an interrupted change to its end.")(journal.resume)
app.command("undo", epilog=_EPILOG, short_help="Undo a change.")(journal.undo)
app.add_typer(config.app, name="config")
app.add_typer(obscore.app, name="obscore")
app.add_typer(upgrade.app, name="upgrade")
app.add_typer(vosi.app, name="vosi")


@app.callback(invoke_without_command=True)
def dachsadmin(
    yes: bool = typer.Option(False, "-y", "--yes", help="Do not ask: make the changes."),
    dry_run: bool = typer.Option(False, "-s", "--dry-run", "--simulate", help="Show what would be changed, and "
                                 "change nothing."),
    quiet: bool = typer.Option(False, "-q", "--quiet", help="Only what was asked for, and errors."),
    verbose: int = typer.Option(0, "-v", "--verbose", count=True, metavar="", help="Tell every program that is run; "
                                "-vv: and how it ended."),
    color: str = typer.Option("auto", "--color", metavar="auto|always|never", help="Colours; auto: on a terminal, "
                              "unless NO_COLOR is set."),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    config: Optional[str] = typer.Option(None, "--config", metavar="FILE", help="Read this file instead of those in "
                                         "/etc/dachsadmin."),
    version: bool = typer.Option(False, "--version", help="Print our version, and those of "
                                 "DaCHS, PostgreSQL and Python."),
) -> None:
    """Safe, honest, scriptable administration of a DaCHS data centre.

    The options below stand before or after the command.
    """
    if color not in ("auto", "always", "never"):
        raise UsageError(f"--color takes auto, always or never, not {color!r}")
    output.configure(output.Options(yes=yes, dry_run=dry_run, quiet=quiet, verbose=verbose, color=color, debug=debug,
                                    config=config or ""))
    if not debug:
        warnings.simplefilter("ignore")
    if verbose:
        output.log_to_stderr(verbose)
    if version:
        _print_versions()
        raise typer.Exit(0)


def _print_versions() -> None:
    from dachsadmin.system import debian
    from dachsadmin.system.host import Host
    from dachsadmin.version import version

    found = debian.versions(Host(), output.settings()["dachs.interpreter"])
    output.payload("\n".join([f"dachsadmin {version()}", *(f"{name} {text}" for name, text in found.items())]))


def main() -> int:
    """Run the command line of this process; return its exit status."""
    output.prepare_streams()
    _heed_signals()
    code = run(sys.argv[1:])
    with contextlib.suppress(AdminError):
        sys.stderr.flush()
    return code


def run(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit status."""
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except AdminError as error:
        output.complain(error)
        _trace(error)
        return int(error.exit_code)
    except Stopped as stop:
        output.note(stop.exit_code.meaning)
        _trace(stop)
        return int(stop.exit_code)
    except Exception as error:
        output.complain(AdminError(
            f"this is a bug in dachsadmin: {type(error).__name__}: {error}".rstrip(": ").replace("\n", " "),
            "" if output.options().debug else "run it again with --debug, and report what it shows"))
        _trace(error)
        return int(ExitCode.BUG)


def _dispatch(arguments: Sequence[str]) -> int:
    command: Any = typer.main.get_command(app)
    options, rest, last = sort_out(command, arguments)
    given = [*options, *rest]
    if hasattr(last, "commands") and not {"-h", "--help", "--version"} & set(given):
        with contextlib.redirect_stdout(sys.stderr):
            command.main([*rest, "--help"], prog_name="dachsadmin", standalone_mode=False)
        return int(ExitCode.USAGE)
    try:
        result = command.main(given, prog_name="dachsadmin", standalone_mode=False)
    except typer.Abort:
        raise Stopped(ExitCode.INTERRUPTED) from None
    except Exception as error:
        # click's exceptions cannot be imported: newer typer has click within itself.
        if not hasattr(error, "format_message"):
            raise
        raise _usage_error(error, [*_takes_value(command), *_takes_value(last)]) from None
    return int(result) if isinstance(result, int) else 0


def _usage_error(error: Any, names: Sequence[str]) -> UsageError:
    """What click says, in our form; `names` are the options that there are."""
    path = getattr(getattr(error, "ctx", None), "command_path", "dachsadmin")
    wrong = getattr(error, "option_name", "") if type(error).__name__ == "NoSuchOption" else ""
    near = difflib.get_close_matches(wrong, names, 1) if wrong.startswith("--") else []
    said = f"no such option: {wrong}" if wrong else output.sentence(error.format_message())
    return UsageError(said, f"did you mean {near[0]}?" if near else f"run '{path} --help'")


def sort_out(command: Any, arguments: Sequence[str]) -> tuple[list[str], list[str], Any]:
    """Part a command line into the options of every command, the rest, and the command that it names.

    An option that the command has itself is its own. Raises UsageError for a command that is not there.
    """
    everywhere, own, current = _takes_value(command), {}, command
    options: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        if not word.startswith("-") or word == "-":
            if hasattr(current, "commands"):
                current = _subcommand(current, word, rest)
                own = _takes_value(current)
            rest.append(word)
            continue
        for part in [word] if word.startswith("--") else _flags(word, everywhere, own):
            name, equals, _ = part.partition("=") if part.startswith("--") else (part[:2], part[2:], "")
            known, home = (own, rest) if name in own or name not in everywhere else (everywhere, options)
            home.append(part)
            if known.get(name) and not equals:
                if not waiting:
                    raise UsageError(f"{name} needs a value", f"write '{name} VALUE'")
                home.append(waiting.pop(0))
    return options, rest, current


def _flags(word: str, everywhere: dict[str, bool], own: dict[str, bool]) -> list[str]:
    """`-pv` as `-p` and `-v`; what follows an option that takes a value (`-T5`), or is not known, stays together."""
    parts: list[str] = []
    for place in range(1, len(word)):
        name = f"-{word[place]}"
        if own.get(name, everywhere.get(name, True)):
            return [*parts, f"-{word[place:]}"]
        parts.append(name)
    return parts


def _takes_value(command: Any) -> dict[str, bool]:
    """The options of a command, and whether each takes a value."""
    return {"-h": False, "--help": False} | {
        name: not (getattr(option, "is_flag", False) or getattr(option, "count", False))
        for option in command.params if option.param_type_name == "option"
        for name in (*option.opts, *option.secondary_opts)}


def _subcommand(group: Any, word: str, before: Sequence[str]) -> Any:
    if word in group.commands:
        return group.commands[word]
    path = " ".join(["dachsadmin", *before])
    near = difflib.get_close_matches(word, group.commands, 1, 0.53)
    raise UsageError(f"no command {' '.join([*before, word])!r}",
                     f"did you mean '{path} {near[0]}'?" if near else f"run '{path} --help' to see all commands")


def _heed_signals() -> None:
    """Turn the first signal that wants us to end into Stopped, which cleans up on its way; ignore the next ones."""
    def stop(number: int, frame: Optional[FrameType]) -> None:
        for other in heeded:
            signal.signal(other, lambda number, frame: None)
        raise Stopped(ExitCode.INTERRUPTED if number == signal.SIGINT else ExitCode.TERMINATED)

    # Who ignores a signal (nohup, a job in the background of a script) means us to ignore it too.
    heeded = [number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
              if signal.getsignal(number) != signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, stop)


def _trace(error: BaseException) -> None:
    if output.options().debug:
        traceback.print_exception(error, file=sys.stderr)
