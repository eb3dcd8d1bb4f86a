"""Shell completion for bash and zsh: static text, so that TAB does not start a Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commands import Command, Parameter

_BASH = r"""# bash completion of dachsadmin; made from its commands by docs/generate.py
_dachsadmin() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=dachsadmin i
    COMPREPLY=()
    # --option=value comes as three words
    if [[ $cur == "=" ]]; then
        cur=
    elif [[ $prev == "=" ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$command ${COMP_WORDS[i-1]}" in
%(valued)s
        esac
        case "$command ${COMP_WORDS[i]}" in
%(commands)s
        esac
    done
    case "$command $prev" in
%(values)s
    esac
    case "$command" in
%(words)s
    esac
}
complete -F _dachsadmin dachsadmin
"""


def bash(top: Command, words: Mapping[str, Sequence[str]]) -> str:
    """`words` are the fixed words for kinds of values: `rule`, `check` and `format`."""
    valued = [f'"{" ".join(command.words)} {name}"' for command in top.all() for option in _offered(command, top)
              if option.takes_value for name in option.names]
    commands = [f'            "{" ".join(command.words)}") command="{" ".join(command.words)}" ;;'
                for command in top.all() if len(command.words) > 1]
    values = [f"        {_bash_cases(command, option)})\n{_bash_reply([option], words)}            return ;;"
              for command in top.all() for option in _offered(command, top) if option.takes_value]
    replies = [_bash_words(command, top, words) for command in top.all()]
    continues = "            " + "|\\\n            ".join(valued) + ") continue ;;" if valued else "            *) ;;"
    return _BASH % {"valued": continues, "commands": "\n".join(commands), "values": "\n".join(values),
                    "words": "\n".join(replies)}


def _bash_cases(command: Command, option: Parameter) -> str:
    return "|".join(f'"{" ".join(command.words)} {name}"' for name in option.names)


def _bash_reply(parameters: Sequence[Parameter], words: Mapping[str, Sequence[str]], more: Sequence[str] = ()) -> str:
    """The lines that complete `cur` with what any of the parameters takes."""
    literal: list[str] = [*more, *(word for parameter in parameters for word in _literal(parameter, words))]
    kinds = {kind for parameter in parameters for kind in parameter.kinds}
    lines = [f"COMPREPLY=($(compgen -W '{' '.join(literal)}' -- \"$cur\"))"] if literal else []
    wanted = (["-f"] if "file" in kinds else ["-d", "-f -X '!*.rd'"] if "rd" in kinds else
              ["-d"] if "directory" in kinds else [])
    lines += ["compopt -o filenames 2>/dev/null"] if wanted else []
    lines += [f"mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(compgen {one} -- \"$cur\")" for one in wanted]
    return "".join(f"            {line}\n" for line in lines)


def _bash_words(command: Command, top: Command, words: Mapping[str, Sequence[str]]) -> str:
    names = [name for option in _offered(command, top) for name in option.names] + ["--help"]
    reply = _bash_reply(command.arguments, words, [below.words[-1] for below in command.commands])
    options = f"COMPREPLY=($(compgen -W '{' '.join(dict.fromkeys(names))}' -- \"$cur\"))"
    inner = "".join(f"    {line}\n" for line in reply.splitlines()) or "                :\n"
    return (f'        "{" ".join(command.words)}")\n            if [[ $cur == -* ]]; then\n                {options}\n'
            f"            else\n{inner}            fi ;;")


def _literal(parameter: Parameter, words: Mapping[str, Sequence[str]]) -> list[str]:
    return [*parameter.literals, *(word for kind in parameter.kinds for word in words.get(kind, ()))]


def zsh(top: Command, words: Mapping[str, Sequence[str]]) -> str:
    """`words` as for bash."""
    functions = [_zsh_function(command, top, words) for command in top.all()]
    return ("#compdef dachsadmin\n# zsh completion of dachsadmin; made from its commands by docs/generate.py\n\n"
            + "\n".join(functions) + f'\n{_zsh_name(top)} "$@"\n')


def _offered(command: Command, top: Command) -> list[Parameter]:
    """A command's own options, and those of every command that it does not have itself."""
    own = {name for option in command.options for name in option.names}
    return [*command.options, *(option for option in top.options if command is not top and not own & set(option.names))]


def _zsh_name(command: Command) -> str:
    return "_" + "_".join(word.replace("-", "_") for word in command.words)


def _zsh_function(command: Command, top: Command, words: Mapping[str, Sequence[str]]) -> str:
    specs = [spec for option in _offered(command, top) for spec in _zsh_option(option, words)]
    if not any("--help" in option.names for option in command.options):
        specs.append("'--help[show what there is to give, and leave]'")
    if not command.commands:
        specs += [f"'{'*' if argument.repeatable else '' if argument.required else ':'}:{_zsh_text(argument.metavar)}:"
                  f"{_zsh_action(argument, words)}'"
                  for argument in command.arguments]
        body = "    _arguments -s " + " \\\n        ".join(specs)
        return f"{_zsh_name(command)}() {{\n{body}\n}}\n"
    listed = "\n".join(f"                '{below.words[-1]}:{_zsh_text(below.short)}'" for below in command.commands)
    cases = "\n".join(f"                {below.words[-1]}) {_zsh_name(below)} ;;" for below in command.commands)
    arguments = " \\\n        ".join([*specs, "'1: :->command'", "'*:: :->rest'"])
    return f"""{_zsh_name(command)}() {{
    local state line
    local -a commands
    typeset -A opt_args
    _arguments -C -s {arguments} && return
    case $state in
        command)
            commands=(
{listed}
            )
            _describe command commands ;;
        rest)
            case $words[1] in
{cases}
            esac ;;
    esac
}}
"""


def _zsh_option(option: Parameter, words: Mapping[str, Sequence[str]]) -> list[str]:
    value = f":{_zsh_text(option.metavar)}:{_zsh_action(option, words)}" if option.takes_value else ""
    many = "*" if option.repeatable else ""
    others = "" if many or len(option.names) == 1 else f"({' '.join(option.names)})"
    return [f"'{others}{many}{name}{'=' if value and name.startswith('--') else ''}[{_zsh_text(option.help)}]{value}'"
            for name in option.names]


def _zsh_action(parameter: Parameter, words: Mapping[str, Sequence[str]]) -> str:
    literal = _literal(parameter, words)
    kinds = set(parameter.kinds)
    files = ("_files" if "file" in kinds else '_files -g "*.rd(-.)"' if "rd" in kinds else
             "_files -/" if "directory" in kinds else "")
    chosen = f"({' '.join(literal)})" if literal else ""
    if files and chosen:
        return f'{{compadd -- {" ".join(literal)}; {files}}}'
    return files or chosen or " "


def _zsh_text(text: str) -> str:
    for char in "[]:":
        text = text.replace(char, f"\\{char}")
    return text.replace("'", "'\\''")
