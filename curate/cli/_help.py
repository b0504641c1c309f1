"""Pages of help, and the list of all commands, for completion too, written before any command is loaded.

Plain text: it reads the same on a terminal, in a file and to a screen reader.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from inspect import cleandoc
from typing import Any, NamedTuple, TypedDict

from curate.cli._commands import ROOMS

#: Groups of options, the same in all commands. An option names its group as Typer's `rich_help_panel`,
#: which is read here and never by rich. One without a group is a setting.
SELECTION, INPUT, SETTINGS, OUTPUT, RUNNING, COMMON = (
    "Selection",
    "Input",
    "Settings",
    "Output",
    "Running",
    "Common",
)

#: In the order of a page.
GROUPS = (SELECTION, INPUT, SETTINGS, OUTPUT, RUNNING, COMMON)

#: Letters of what a command does, in a list; the first sentence of none is longer.
_LONGEST = 200

#: Letters of an option or command in a list, so that there is room for what it does.
_LONGEST_NAME = 30

#: Letters of a line of text, however narrow the terminal.
_NARROWEST = 20

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"

#: Heads the examples in a docstring, as numpydoc has it.
_EXAMPLES = "\n\nExamples\n--------\n"


class Example(NamedTuple):
    """A command to try, and what it does."""

    does: str
    command: str


class Texts(TypedDict):
    """What Typer takes of a command: what it does, and what stands below its options."""

    help: str
    epilog: str


def texts(command: Callable[..., None]) -> Texts:
    """Take the help and the examples of a command from its docstring, split for Typer.

    Paragraphs flow to the terminal's width. Examples stay as they are.
    """
    said, _, examples = cleandoc(command.__doc__ or "").partition(_EXAMPLES)
    paragraphs = (" ".join(paragraph.split()) for paragraph in said.split("\n\n"))
    return {"help": "\n\n".join(paragraphs), "epilog": examples}


def examples_of(command: Any) -> Iterator[Example]:  # noqa: ANN401 - Click's, wherever it is
    """Find the examples of a command: a line on what each does, and the command set in."""
    does = ""
    for block in (command.epilog or "").split("\n\n"):
        if block.startswith("    "):
            yield Example(does, block.strip())
        else:
            does = " ".join(block.split())


def group_of(parameter: Any) -> str:  # noqa: ANN401 - Click's, wherever it is
    """Name the group of an option."""
    own = getattr(parameter, "rich_help_panel", None)
    return own or (COMMON if parameter.name == "help" else SETTINGS)


def said_of(parameter: Any) -> tuple[str, str, str]:  # noqa: ANN401 - Click's, wherever it is
    """Gather what pages tell of an argument or option: what it does, its default, its variable."""
    default = parameter.default
    if isinstance(parameter.show_default, str):
        shown = parameter.show_default
    elif isinstance(default, bool):
        shown = (
            (parameter.opts if default else parameter.secondary_opts)[0] if parameter.secondary_opts else ""
        )
    else:
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        shown = shown if isinstance(default, int | float | str) else ""
    return parameter.help or "", shown, str(parameter.envvar or "")


def _range_of(parameter: Any) -> str:  # noqa: ANN401 - Click's, wherever it is
    holder = parameter if hasattr(parameter, "min") else parameter.type  # by Typer's version
    low, high = getattr(holder, "min", None), getattr(holder, "max", None)
    if low is None:
        return ""
    return f"{low} or more" if high is None else f"{low} to {high}"


def _described(parameter: Any) -> str:  # noqa: ANN401 - Click's, wherever it is
    """Say what an argument or option does, and in brackets what may be given."""
    said, default, variable = said_of(parameter)
    given = {"": _range_of(parameter), "default: ": default, "variable: ": variable}
    facts = "; ".join(f"{name}{value}" for name, value in given.items() if value)
    return f"{said}  [{facts}]" if facts else said


def usage_words(command: Any) -> list[str]:  # noqa: ANN401 - Click's, wherever it is
    """Spell what a command needs: options that it cannot do without, and its arguments."""
    words = []
    for parameter in command.params:
        is_option = parameter.param_type_name == "option"
        if is_option and parameter.required:
            words += [min(parameter.opts, key=len), parameter.metavar]
        elif not is_option:
            value = parameter.metavar or parameter.name.upper()
            words.append(value if parameter.required else f"[{value}]")
    return words


def word_behind(command: Any) -> list[str]:  # noqa: ANN401 - Click's, wherever it is
    """Spell that a command takes another word, in brackets if it may be left out."""
    if not hasattr(command, "commands"):
        return []
    return ["[COMMAND]" if command.invoke_without_command else "COMMAND"]


def write_overview(group: Any, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Write every command by its room, then the options that stand before a command."""
    group.format_usage(ctx, formatter)
    _write_text(formatter, group.help)
    width = max(len(name) for _, commands in ROOMS.values() for name in commands)
    for title, commands in ROOMS.values():
        _write_section(formatter, title, [(name.ljust(width), said) for name, said in commands.items()])
    _write_parameters(formatter, "Options", group.get_params(ctx), ctx)
    _write_examples(formatter, group)
    _write_text(formatter, "More about a command: curate help COMMAND, or curate COMMAND --help.")


def write_page(command: Any, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Write the page of one command: how it is typed, what it does, its words, options and examples."""
    command.format_usage(ctx, formatter)
    for paragraph in command.help.split("\n\n"):
        _write_text(formatter, paragraph, set_in=2)
    words = getattr(command, "commands", {})
    said = [(name, word.get_short_help_str(limit=_LONGEST)) for name, word in words.items()]
    _write_section(formatter, "Commands", said)
    parameters = command.get_params(ctx)
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    _write_parameters(formatter, "Arguments", arguments, ctx)
    options = [each for each in parameters if each not in arguments]
    for title in GROUPS:
        _write_parameters(formatter, title, [each for each in options if group_of(each) == title], ctx)
    _write_examples(formatter, command)


def _write_parameters(formatter: Any, title: str, parameters: list[Any], ctx: Any) -> None:  # noqa: ANN401
    """Write what may be typed, without types: their names in capitals say what they are."""
    records = [(each, record) for each in parameters if (record := each.get_help_record(ctx))]
    rows = [(record[0].partition(" <")[0], _described(each)) for each, record in records]
    _write_section(formatter, title, rows)


def _write_section(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:  # noqa: ANN401
    """Write names and what each is; a long name has a line of its own."""
    if not rows:
        return
    _write_title(formatter, title)
    left = min(max(len(name) for name, _ in rows), _LONGEST_NAME) + 4
    for name, said in rows:
        lines = _wrapped(said, formatter.width - left)
        if len(name) > left - 4:
            lines = ["", *lines]
        formatter.write(f"  {name.ljust(left - 2)}{lines[0]}".rstrip() + "\n")
        formatter.write("".join(f"{' ' * left}{line}\n" for line in lines[1:]))


def _write_examples(formatter: Any, command: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Write examples, each command on one line to be copied."""
    examples = list(examples_of(command))
    if examples:
        _write_title(formatter, "Examples")
    for each in examples:
        formatter.write(f"  {each.does}\n    {each.command}\n")


def _write_text(formatter: Any, text: str, set_in: int = 0) -> None:  # noqa: ANN401 - Click's
    """Write a paragraph."""
    formatter.write_paragraph()
    formatter.write("".join(f"{' ' * set_in}{line}\n" for line in _wrapped(text, formatter.width - set_in)))


def _wrapped(text: str, width: int) -> list[str]:
    """Fold a text. Names such as `pseudo-label` stay whole, which Click would break at their hyphens."""
    return textwrap.wrap(text, max(width, _NARROWEST), break_on_hyphens=False, break_long_words=False) or [""]


def _write_title(formatter: Any, title: str) -> None:  # noqa: ANN401
    is_bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    formatter.write_paragraph()
    formatter.write(f"{_BOLD}{title}{_PLAIN}\n" if is_bold else f"{title}\n")


def matching_commands(incomplete: str) -> list[Any]:
    """List the commands that begin so, with what each does, as Click's completion takes them."""
    if incomplete.startswith("-"):
        return []
    from curate.cli._complete import item

    rows = [row for _, commands in ROOMS.values() for row in commands.items()]
    rows.append(("help", "Show the help of a command."))
    return [item(name, said) for name, said in rows if name.startswith(incomplete)]


def problem_words(error: Any) -> str:  # noqa: ANN401 - Click's, wherever it is
    """Say what was typed wrongly, with its value, which Pydantic does not repeat, or what is missing."""
    words = str(error.format_message())
    if words.startswith("Missing"):
        return f"{words} {getattr(error.param, 'help', None) or ''}".rstrip()
    refused: list[Any] = getattr(error.__cause__, "errors", list)()
    if refused:
        words = words.replace("Input should", f"{refused[0]['input']!r} should").partition(", unable to")[0]
    return words
