"""`dachsadmin start`: make a working RD from the operator's own files or table."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, NoReturn, Optional

import typer

from dachsadmin.cli import output
from dachsadmin.errors import UsageError

if TYPE_CHECKING:
    from dachsadmin.start.survey import Survey


def start(
    template: Optional[str] = typer.Argument(None, metavar="TEMPLATE", help="What to make; without it, all templates are "
                                             "listed with a line each."),
    files: List[str] = typer.Argument(None, metavar="[FILES...]", help="The data: files that the RD is to be made for."),
    from_: List[str] = typer.Option([], "--from", metavar="PATTERN", help="The data as a pattern in quotes, such as "
                                    "'data/*.fits.gz'; repeatable."),
    from_table: Optional[str] = typer.Option(None, "--from-table", metavar="SCHEMA.TABLE", help="The data: a table that is "
                                             "in a PostgreSQL database already."),
    dsn: Optional[str] = typer.Option(None, "--dsn", metavar="DSN", help="The database that --from-table is in, such as "
                                      "postgresql://USER@HOST/DATABASE, if it is not DaCHS's; leave the password to ~/.pgpass."),
    set_: List[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Answer a question; a value with @KEYWORD in it "
                                   "is Python over what the files tell; repeatable."),
    answers: Optional[str] = typer.Option(None, "--answers", metavar="FILE", help="Answers as YAML, a line 'key: answer' "
                                          "each."),
    questions: bool = typer.Option(False, "--questions", help="Print the template's questions as a file for --answers."),
    out: Optional[str] = typer.Option(None, "-o", "--output", metavar="FILE", help="Where to write; its directory is the "
                                      "resource directory. Default: q.rd here; '-': stdout."),
    force: bool = typer.Option(False, "--force", help="Overwrite an RD that is there."),
    for_dachs: Optional[str] = typer.Option(None, "--for-dachs", metavar="VERSION", help="Write what this DaCHS "
                                            "understands: 2.3, 2.7, 2.11 or 2.13. Default: the installed one."),
    every: bool = typer.Option(False, "--all", help="Look at all files, not at a sample."),
    like: Optional[str] = typer.Option(None, "--like", metavar="OLD.rd", help="Make the RD of the next data release from "
                                       "that of the last one, instead of from a template."),
    schema: Optional[str] = typer.Option(None, "--schema", metavar="NAME", help="The schema of that next release, such as "
                                         "lamost6."),
) -> None:
    """Make an RD from your own files: a service that imports, validates and answers.

    What nobody answers is asked on a terminal. Without one it stays in the RD as %key: question%, which val reports, and
    the exit status is 1.
    """
    from dachsadmin.start import catalogue, command

    if like is not None or schema is not None:
        _start_like(like, schema, [*([template] if template else []), *(files or ())], from_, out, force=force, every=every)
    if from_table and (files or from_):
        raise UsageError("the data are either files or --from-table, not both")
    if template is None or template == "list":
        output.payload(command.listing())
        raise typer.Exit(0)
    if questions:
        output.payload(command.questions_of(catalogue.named(template)))
        raise typer.Exit(0)
    settings = output.settings()
    terminal = output.terminal()
    request = command.Request(template, tuple(set_), answers or "", out or "", for_dachs or "", force,
                              settings["dachs.interpreter"])

    def look(resdir: str) -> Survey:
        from dachsadmin.start import introspect
        from dachsadmin.start.introspect import database

        if from_table:
            return database.survey(from_table, dsn or settings["database.dsn"])
        return introspect.survey(files or (), from_ or ([] if files else [_wanted_files(terminal)]), whole=every,
                                 progress=terminal.progress, resdir=resdir)

    raise typer.Exit(int(command.run(request, look, terminal)))


def _start_like(like: Optional[str], schema: Optional[str], files: List[str], patterns: List[str], out: Optional[str], *,
                force: bool, every: bool) -> NoReturn:
    """Make the next data release; with no files there is nothing to compare the old RD with."""
    from dachsadmin.start import catalogue, like_command

    usual = "write 'dachsadmin start --like ../lamost5/q.rd --schema lamost6 --from \"data/*.fits\"'"
    if like is None or schema is None:
        raise UsageError("--like and --schema go together", usual)
    if files and any(files[0] in (each.name, *each.aliases) for each in catalogue.templates()):
        raise UsageError(f"--like takes the old RD in place of the template {files[0]}", usual)
    terminal = output.terminal()

    def look(resdir: str) -> Survey:
        from dachsadmin.start import introspect

        return introspect.survey(files, patterns, whole=every, progress=terminal.progress, resdir=resdir)

    request = like_command.Request(like, schema, out or "", force)
    raise typer.Exit(int(like_command.run(request, look if files or patterns else None, terminal)))


def _wanted_files(terminal: output.Terminal) -> str:
    """The pattern of the data if the command line names none."""
    usual = "data/*"
    return terminal.ask(f"Files to look at, as a pattern [{usual}]") or usual if terminal.interactive else usual
