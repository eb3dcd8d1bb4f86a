"""The pages that are made: rules, exit codes, settings and commands in Markdown, and the man pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import roff
from commands import Command, Parameter

from dachsadmin.errors import ExitCode
from dachsadmin.model.run import RuleText
from dachsadmin.settings import DROP_INS, MAIN_FILE, SCHEMA, example

MADE = "<!-- Made by docs/generate.py; change what it is made from. -->\n"
FAMILIES = {"0": "Files that cannot be loaded, and ignores", "1": "Structure and references",
            "2": "Metadata, units and UCDs", "3": "Services and code", "4": "Facts of the database",
            "5": "Registry and obscore", "6": "Migration to a newer DaCHS", "9": "What could not be tested"}
PROBE_FAMILIES = {"1": "The server", "2": "TAP", "3": "Datalink and SODA", "4": "SSA, SIA and SCS", "5": "The registry",
                  "8": "Other validators", "9": "What could not be tested"}
OBSCORE_FAMILIES = {"1": "The view", "2": "Contributions", "3": "Its description", "4": "Values", "5": "Migration to a newer DaCHS"}
_OBSCORE = """DaCHS makes ivoa.obscore, the table of all observations, as one view of all tables that have an //obscore mixin. One of
them that is broken blocks every import, and whoever drops one with CASCADE drops the view for everybody.

    dachsadmin obscore status                 # what contributes, and what is wrong
    dachsadmin obscore check                  # try each contribution alone
    dachsadmin obscore reimport               # make the view anew while it is asked
    dachsadmin obscore reimport --quarantine  # leave out what is broken, and remember it
    dachsadmin obscore restore lamost5.data   # bring it back
    dachsadmin obscore explain                # why it is slow

`status` and `check` change nothing; reports, `--select`, `--ignore`, `--fail-on`, `--baseline` and exit statuses are
those of `dachsadmin val`. They connect as DaCHS does when it imports (its profile feed), so run them as root or as a member of
DaCHS's group. `check` is quick and says for each contribution that does not work which table, RD and mixin it comes from,
why, and what mends it. `status` also looks at the view, at TAP_SCHEMA, at the RDs, and at the first 100,000 rows of each table
(`--full`: at all). `--explain CODE` prints the pages below.

`explain` runs the usual queries (a cone, a region, wavelengths, times, an identifier), or one of yours, and tells what each
table took, how PostgreSQL looked it through, and which index its RD lacks.

`reimport` tries all contributions, compares the rows of each table with those of now, and puts the new view in the place of
the old one in one transaction. A client that asks meanwhile sees the old view or the new one, never none. It waits
at most 0.1 s for a lock, as every reader would wait behind it, and tries again for 30 s; then it names the process
that is in the way, and ends with status 6. Views made of ivoa.obscore come along. Afterwards it has DaCHS describe the
table in TAP_SCHEMA where needed, and find its limits. `dachsadmin undo` takes it back. A materialised ObsCore table
([ivoa]materialiseObscore of DaCHS 2.13) is made anew beside the old one, with its indexes, and takes its place in the same
way; its former rows cannot be brought back. The first time, `dachs imp //obscore` has to make it.
"""
_PROBE = """`dachsadmin probe [URL]` asks a running server as its users do, with pyVO, one request at a time, and changes
nothing on it. Without a URL it asks the server that gavo.rc on this machine describes.

    dachsadmin probe                                    # all that is published here
    dachsadmin probe https://vo.example.org             # any DaCHS
    dachsadmin probe --service lamost6/q                # one RD, published or not
    dachsadmin probe --registry --bench --report junit:probe.xml

Each check is told with its outcome and its time. Reports, `--select`, `--ignore`, `--fail-on`, `--baseline` and exit
statuses are those of `dachsadmin val`; the status is 4 if the server does not answer (or not any more), and 3 if what
answers is no DaCHS. What DaCHS itself does wrong and no operator can mend is information, with the workaround where
there is one. An answer may take --timeout seconds from beginning to end. Nothing is asked but the server itself: no
vocabularies are downloaded, and no proxy stands before this machine's own addresses.

A server that is asked at another address than the one it announces (behind a reverse proxy) is asked there for all that
it announces. `--registry` remembers the identifiers of the registry in the cache directory of dachsadmin, to tell the
next time which have gone. `dachsadmin probe --explain CODE` prints the pages below.
"""
VOSI_FAMILIES = {"1": "Documents", "2": "Capabilities", "3": "Tables", "4": "Agreement with TAP_SCHEMA",
                 "9": "What could not be tested"}
_VOSI = """`dachsadmin vosi check URL` asks a VO server, of whatever software, for the documents in which it tells of itself and
its tables, and holds them against VOSI 1.1; it changes nothing. `dachsadmin vosi check FILE...` does the same with saved
documents (tableset, table, capabilities, availability), as far as they tell.

    dachsadmin vosi check http://localhost:8080         # a DaCHS
    dachsadmin vosi check https://vo.example.org/tap    # any TAP service, or another service that has VOSI
    dachsadmin vosi check --all --report junit:vosi.xml http://localhost:8080
    dachsadmin vosi check tables.xml spectra.data.xml

Of more than twenty tables, twenty are asked for their own documents, and how many are left out is told; `--all` asks for
every one, which takes a DaCHS with thousands of tables seconds for each. Reports, `--select`, `--ignore`, `--fail-on`,
`--baseline` and exit statuses are those of `dachsadmin val`; the status is 4 if the server does not answer (or not any
more), and 3 if what answers is no VO service. What DaCHS itself does differently and no operator can mend is information.
A document may take --timeout seconds and have 100 MB; nothing outside of it is read, and no entity is replaced.

A server that is asked at another address than the one it announces (behind a reverse proxy) is asked there for all that
it announces. XML schemata are those that an installed DaCHS brings. `dachsadmin vosi check --explain CODE` prints the pages
below.
"""
STATUS_FAMILIES = {"1": "Broken tables", "2": "TAP_SCHEMA and dc.tablemeta", "3": "Coverage and statistics",
                   "4": "The registry", "5": "The running server", "9": "What could not be tested"}
_STATUS = """DaCHS publishes metadata of tables in several places, and no command of it keeps them together. An RD that was edited
changes the VOSI tables at once and TAP_SCHEMA with the next `dachs imp -m`; `dachs imp` wipes column statistics, and both
wipe coverage, which `dachs limits` finds again; the registry follows `dachs pub`.

    dachsadmin vosi status                       # all RDs that DaCHS knows tables or published resources of
    dachsadmin vosi status lamost5.data gums/q   # a table, an RD
    dachsadmin vosi status --served here         # also compare with the running server
    dachsadmin vosi refresh --stale              # mend what is stale
    dachsadmin vosi refresh --statistics ALL     # and find column statistics where there are none

`status` changes nothing. It has DaCHS load each RD, as the server's user, and compares what TAP_SCHEMA should have of
it with TAP_SCHEMA, dc.tablemeta, the database and the registry; then each table is current, stale (a command mends it),
broken (only you can) or untested. What an RD declares is kept in the cache directory of dachsadmin until the RD, a file that it
reads, DaCHS or its configuration changes; what the database has is asked anew each time. So the second run on 2,000 tables
takes a second or two. The server is asked with `--served` only: it needs seconds for the tables of a large site, in
which it answers nobody else. `--fail-on` is warning unless given; reports, `--select`, `--ignore`, `--baseline` and exit
statuses are those of `dachsadmin val`. `--explain CODE` prints the pages below.

`refresh` shows the commands of DaCHS that mend what is stale, asks, and runs them as who works on the service tree: `imp -m` (with
the data items named where DaCHS wants that), then `limits` where coverage was wiped, then `pub` where the registry is
behind, twenty RDs in one start of DaCHS. Whether that helped it sees in the database; DaCHS's exit statuses do not tell.
What is broken is left out, and told (status 1): `imp -m` would publish columns that nobody can query. What was interrupted
goes on with `dachsadmin resume`. It cannot be undone: metadata follows the RD.
"""
UPGRADE_FAMILIES = {"1": "apt and dpkg", "2": "The version that is to come", "3": "The database",
                    "4": "Files of DaCHS that you have replaced", "5": "The machine"}
_UPGRADE = """`dachsadmin upgrade check` looks at everything that an upgrade of DaCHS needs or stumbles over, and changes nothing.

    dachsadmin upgrade check                # with the version that apt would take
    dachsadmin upgrade check -t release     # with that of a suite: release, beta, backports, any, or one of Debian's
    dachsadmin upgrade check --select DU1   # only apt and dpkg
    dachsadmin upgrade check --report json:upgrade.json --baseline known.json

Lists of packages are fetched into a scratch directory, so that those of the machine stay as they are. The packages of the next
version are unpacked there with all that they ask for; all of its modules are imported, and all RDs loaded on a throw-away
database, as the server's user, never as root. The database is asked with the roles of DaCHS's own profiles.

Run it as root, or as a member of DaCHS's group. What cannot be looked at (no network, no gpg, a database on another machine,
files that only root may read) is told as untested with the way to do it: neither a pass nor a failure. `--fail-on` is
warning unless given; reports, `--select`, `--ignore`, `--baseline` and exit statuses are those of `dachsadmin val`; the
status is 3 if no source of packages has the suite. `--explain CODE` prints the pages below.
"""
COMPARE_FAMILIES = {"1": "Tables and columns", "2": "Rows", "3": "Services", "4": "The registry", "5": "What is tested",
                    "6": "Versions", "9": "What could not be compared"}
_COMPARE = """`dachsadmin upgrade snapshot` writes down what a data centre shows and promises, and `dachsadmin upgrade compare` tells
what has become of it: after an upgrade of DaCHS or Debian, a move to another machine, or an edit by hand.

    dachsadmin upgrade snapshot before.json --tests
    ...                                               # whatever you do
    dachsadmin upgrade compare before.json            # with what there is now
    dachsadmin upgrade compare before.json after.json # with a later snapshot

A snapshot has versions; the tables of all schemas that RDs have tables in, with columns and rows (counted up to a million, else
PostgreSQL's estimate; nothing takes longer than two minutes); the rows of ivoa.obscore by source; TAP_SCHEMA; what is published;
what `dachsadmin val ALL -c` finds (`--no-val`: not); with `--tests`, how the regression tests of all RDs end, which query the server;
and of the running server the VOSI tables, the capabilities of all services, the identifiers of the registry, and what comes of each
check of `dachsadmin probe --registry`. Nothing secret and nothing personal is in it: no users, no jobs, no rows. RDs are
loaded as the server's user, and nothing is changed. The file is JSON, which
[snapshot.schema.json](snapshot.schema.json) describes.

What could not be taken (no server, no database) is told, and stands in the file; then the exit status of `snapshot` is 6. `compare`
asks for now what was asked for then. What only one of the snapshots has is told as untested.

What is gone, or fails now and did not before, is an error; what is new is information. The exit status is 1 where there is an
error (`--fail-on`); reports, `--select`, `--ignore`, `--baseline` and exit statuses are those of `dachsadmin val`, and the
status is 3 for a file that is no snapshot, is not whole, or is of a newer dachsadmin. `--explain CODE` prints the pages
below.
"""


# -- Markdown

def rules(texts: Sequence[RuleText]) -> str:
    """docs/rules.md: a table, then every rule's page."""
    made = [f"# Rules\n\n{MADE}\n`dachsadmin val --explain CODE` prints these pages too. "
            "[val.md](val.md) tells how rules are chosen and silenced.\n"]
    for digit, family in FAMILIES.items():
        members = [text for text in texts if text.code[2] == digit]
        if members:
            rows = "".join(f"| [{text.code}](#{_anchor(text)}) | {text.name} | {text.severity.label} "
                           f"| {text.profile} | {_cell(text.title)} |\n" for text in members)
            made.append(f"## {family}\n\n| code | name | severity | profile | what is right |\n"
                        f"|---|---|---|---|---|\n{rows}")
            made += [_rule(text) for text in members]
    return "\n".join(made)


def probe(texts: Sequence[RuleText]) -> str:
    """docs/probe.md: what the command does, a table, then every check's page."""
    return _checks(f"# What probe checks\n\n{MADE}\n{_PROBE}", PROBE_FAMILIES, texts)


def obscore(texts: Sequence[RuleText]) -> str:
    """docs/obscore.md: what the commands do, a table, then every check's page."""
    return _checks(f"# The ObsCore table\n\n{MADE}\n{_OBSCORE}", OBSCORE_FAMILIES, texts)


def vosi_check(texts: Sequence[RuleText]) -> str:
    """docs/vosi-check.md: what the command does, a table, then every check's page."""
    return _checks(f"# What vosi check checks\n\n{MADE}\n{_VOSI}", VOSI_FAMILIES, texts)


def vosi_status(texts: Sequence[RuleText]) -> str:
    """docs/vosi-status.md: what status and refresh do, a table, then every check's page."""
    return _checks(f"# Published metadata\n\n{MADE}\n{_STATUS}", STATUS_FAMILIES, texts)


def upgrade_check(texts: Sequence[RuleText]) -> str:
    """docs/upgrade-check.md: what the command does, a table, then every check's page."""
    return _checks(f"# Before an upgrade\n\n{MADE}\n{_UPGRADE}", UPGRADE_FAMILIES, texts)


def upgrade_compare(texts: Sequence[RuleText]) -> str:
    """docs/upgrade-compare.md: what the commands do, a table, then every comparison's page."""
    return _checks(f"# Before and after a change\n\n{MADE}\n{_COMPARE}", COMPARE_FAMILIES, texts)


def _checks(head: str, families: Mapping[str, str], texts: Sequence[RuleText]) -> str:
    made = [head]
    for digit, family in families.items():
        members = [text for text in texts if text.code[2] == digit]
        rows = "".join(f"| [{text.code}](#{_anchor(text)}) | {text.name} | {text.severity.label} | {_cell(text.title)} |\n"
                       for text in members)
        made.append(f"## {family}\n\n| code | name | severity | what is right |\n|---|---|---|---|\n{rows}")
        made += [_check(text) for text in members]
    return "\n".join(made)


def _check(text: RuleText) -> str:
    see = "\n".join(f"- {address if '://' not in address or ' ' in address else f'<{address}>'}" for address in text.see)
    return (f"### {text.code} {text.name}\n\n{text.title} ({text.severity.label}, since {text.since})\n\n{text.why}\n\n"
            f"See:\n\n{see}\n")


def _anchor(text: RuleText) -> str:
    return f"{text.code.lower()}-{text.name}"


def _rule(text: RuleText) -> str:
    facts = [text.severity.label, f"profile {text.profile}", f"since {text.since}"]
    if text.confidence.label != "high":
        facts.insert(1, f"{text.confidence.label} confidence")
    see = "\n".join(f"- {address if '://' not in address else f'<{address}>'}" for address in text.see)
    return (f"### {text.code} {text.name}\n\n{text.title} ({', '.join(facts)})\n\n{text.why}\n\n"
            f"Bad:\n\n{_fenced(text.bad)}\nGood:\n\n{_fenced(text.good)}\nSee:\n\n{see}\n")


def _fenced(example_text: str) -> str:
    language = "xml" if example_text.lstrip().startswith("<") else "text"
    return f"```{language}\n{example_text}\n```\n"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def exit_codes() -> str:
    rows = "".join(f"| {code.value} | {code.meaning} |\n" for code in ExitCode)
    return (f"# Exit codes\n\n{MADE}\nThe same for every command; all other numbers are reserved.\n\n"
            f"| code | meaning |\n|---|---|\n{rows}")


def settings() -> str:
    made = [f"# Settings\n\n{MADE}\nEverything is optional. What is set last holds: built-in values, `{MAIN_FILE}`, "
            f"`{DROP_INS}/*.yaml` in the order of their names, environment variables, options of the command line. "
            "`dachsadmin config show` tells which value holds and where it comes from; an unknown name is an error.\n"]
    for setting in SCHEMA:
        section, _, key = setting.name.partition(".")
        choices = f"\n\nOne of {', '.join(f'`{choice}`' for choice in setting.choices)}." if setting.choices else ""
        made.append(f"## {setting.name}\n\n{setting.description}{choices}\n\n```yaml\n{section}:\n"
                    f"  {key}: {example(setting)}\n```\n\nEnvironment: `{setting.variable}`\n")
    return "\n".join(made)


def commands(top: Command) -> str:
    made = [f"# Commands\n\n{MADE}"]
    for command in top.all():
        usage = " ".join([*command.words, *(["[OPTIONS]"] if command.options else []),
                          *map(_argument, command.arguments), *(["COMMAND"] if command.commands else [])])
        made.append(f"## {' '.join(command.words)}\n\n{command.help}\n\n    {usage}\n")
        told = "".join(f"| `{_name(parameter)}` | {_cell(_help(parameter))} |\n" for parameter in command.parameters)
        if told:
            made.append(f"| | |\n|---|---|\n{told}")
        if command.commands:
            made.append("".join(f"- [{' '.join(below.words)}](#{'-'.join(below.words)}): {below.short}\n"
                                for below in command.commands))
    return "\n".join(made)


def _argument(argument: Parameter) -> str:
    shown = argument.metavar + ("..." if argument.repeatable and not argument.metavar.endswith("...") else "")
    return shown if argument.required or shown.startswith("[") else f"[{shown}]"


def _name(parameter: Parameter) -> str:
    value = f" {parameter.metavar}" if parameter.takes_value else ""
    return (", ".join(parameter.names) + value or _argument(parameter)).replace("|", "\\|")


def _help(parameter: Parameter) -> str:
    return parameter.help + (f" Default: {parameter.default}." if parameter.default else "")


# -- man pages

def man(command: Command, top: Command, prose: Path, date: str, source: str) -> str:
    """The page of a command with all its subcommands; what `prose` has under its name comes behind the options."""
    made = [roff.heading(command.page, command.section, date, source),
            f".SH NAME\n{roff.code(command.page)} \\- {roff.text(command.short[:1].lower() + command.short[1:])}\n",
            ".SH SYNOPSIS\n" + "".join(_synopsis(one) for one in _with_own_usage(command, top))]
    description = "".join(f".PP\n{roff.inline(' '.join(part.split()))}\n" for part in command.help.split("\n\n"))
    made.append(f".SH DESCRIPTION\n{description}")
    if command.arguments:
        made.append(".SH ARGUMENTS\n" + "".join(roff.tagged(roff.italic(_argument(argument)), _help(argument))
                                                for argument in command.arguments))
    if command.options:
        made.append(".SH OPTIONS\n" + "".join(map(_option, command.options)))
    if command.commands:
        made.append(".SH COMMANDS\n" + "".join(_subcommand(below, command is top) for below in command.commands))
    written = prose / f"{command.page}.md"
    if written.exists():
        made.append(roff.markdown(written.read_text(encoding="utf-8")))
    codes = "".join(roff.tagged(roff.bold(str(code.value)), code.meaning) for code in ExitCode)
    made.append(f".SH EXIT STATUS\n{codes}")
    made.append(".SH SEE ALSO\n" + _see_also(command, top))
    return "".join(made)


def _with_own_usage(command: Command, top: Command) -> tuple[Command, ...]:
    if command is top or not command.commands:
        return (command,)
    return tuple(one for one in command.all() if not one.commands)


def _synopsis(command: Command) -> str:
    parts = [roff.bold(" ".join(command.words))]
    parts += [f"[{roff.italic('OPTION')}]..."] if command.options else []
    parts += [roff.italic(_argument(argument)) for argument in command.arguments]
    parts += [roff.italic("COMMAND") + " ..."] if command.commands else []
    return f".PP\n{' '.join(parts)}\n"


def _option(option: Parameter) -> str:
    value = f" {roff.italic(option.metavar)}" if option.takes_value else ""
    return roff.tagged(", ".join(map(roff.bold, option.names)) + value, _help(option))


def _subcommand(command: Command, has_own_page: bool) -> str:
    if has_own_page:
        return roff.tagged(roff.bold(" ".join(command.words[1:])),
                           f"{command.short}. See {command.page}({command.section}).")
    made = f'.SS "{roff.code(" ".join(command.words[1:]))}"\n.PP\n{roff.inline(" ".join(command.help.split()))}\n'
    made += "".join(roff.tagged(roff.italic(_argument(argument)), _help(argument)) for argument in command.arguments)
    made += "".join(map(_option, command.options))
    return made + "".join(_subcommand(below, False) for below in command.commands)


def _see_also(command: Command, top: Command) -> str:
    pages = [(one.page, one.section) for one in (top, *top.commands) if one is not command]
    pages = pages if command is top or len(pages) < 6 else pages[:1]
    named = [*pages, ("dachsadmin.yaml", 5), ("dachs", 1)]
    return ",\n".join(f".BR {roff.code(page)} ({section})" for page, section in named) + "\n"


def man_settings(date: str, source: str) -> str:
    """dachsadmin.yaml(5)."""
    made = [roff.heading("dachsadmin.yaml", 5, date, source),
            ".SH NAME\ndachsadmin.yaml \\- settings of dachsadmin\n",
            f".SH SYNOPSIS\n.I {roff.code(MAIN_FILE)}\n.br\n.I {roff.code(DROP_INS)}/*.yaml\n",
            ".SH DESCRIPTION\n.PP\n" + roff.inline(
                "A YAML file with sections that have settings. Everything is optional; an unknown name is an error. "
                f"What is set last holds: built-in values, {MAIN_FILE}, the files below {DROP_INS} in the order of "
                "their names, environment variables, options of the command line. `dachsadmin config show` tells "
                "which value holds and where it comes from. A full sample is in "
                "/usr/share/doc/dachsadmin/examples.") + "\n",
            ".SH SETTINGS\n"]
    for setting in SCHEMA:
        choices = f" One of {', '.join(f'`{choice}`' for choice in setting.choices)}." if setting.choices else ""
        words = f"{setting.description}{choices} Built-in: `{example(setting)}`. Environment: `{setting.variable}`."
        made.append(roff.tagged(roff.bold(setting.name), words))
    made.append(".SH EXAMPLE\n.nf\nval:\n  fail_on: warning\n  ignore: [DA2, missing\\-bibcode]\n.fi\n")
    made.append(".SH SEE ALSO\n.BR dachsadmin (1),\n.BR dachsadmin\\-val (1)\n")
    return "".join(made)
