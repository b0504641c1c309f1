"""Pages of help, and the list of all commands, for completion too: written without loading any of them.

Plain text: it reads the same on a terminal, in a file and to a screen reader.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from curate.cli._commands import ROOMS

#: Letters of what a command does, in a list; the first sentence of none is longer.
_LONGEST = 200

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def write_overview(group: Any, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Write every command by its room, then the options that stand before a command."""
    group.format_usage(ctx, formatter)
    formatter.write_paragraph()
    formatter.write_text(group.help)
    width = max(len(name) for _, commands in ROOMS.values() for name in commands)
    for title, commands in ROOMS.values():
        _write_section(formatter, title, [(name.ljust(width), said) for name, said in commands.items()])
    _write_parameters(formatter, "Options", group.get_params(ctx), ctx)
    formatter.write_paragraph()
    formatter.write_text("More about a command: curate help COMMAND, or curate COMMAND --help.")


def write_page(command: Any, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Write the page of one command: how it is typed, what it does, its arguments, options and words."""
    command.format_usage(ctx, formatter)
    command.format_help_text(ctx, formatter)
    parameters = command.get_params(ctx)
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    _write_parameters(formatter, "Arguments", arguments, ctx)
    _write_parameters(formatter, "Options", [each for each in parameters if each not in arguments], ctx)
    words = getattr(command, "commands", {})
    said = [(name, word.get_short_help_str(limit=_LONGEST)) for name, word in words.items()]
    _write_section(formatter, "Commands", said)


def _write_parameters(formatter: Any, title: str, parameters: list[Any], ctx: Any) -> None:  # noqa: ANN401
    """Write what may be typed, without types: their names in capitals say what they are."""
    records = [record for each in parameters if (record := each.get_help_record(ctx))]
    _write_section(formatter, title, [(name.partition(" <")[0], said) for name, said in records])


def _write_section(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:  # noqa: ANN401
    if not rows:
        return
    is_bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    formatter.write_paragraph()
    formatter.write(f"{_BOLD}{title}{_PLAIN}\n" if is_bold else f"{title}\n")
    with formatter.indentation():
        formatter.write_dl(rows)


def matching_commands(incomplete: str) -> list[Any]:
    """List the commands that begin so, with what each does, as Click's completion takes them."""
    if incomplete.startswith("-"):
        return []
    from curate.cli._complete import item

    rows = [row for _, commands in ROOMS.values() for row in commands.items()]
    rows.append(("help", "Show the help of a command."))
    return [item(name, said) for name, said in rows if name.startswith(incomplete)]
