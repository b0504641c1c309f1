"""The list of all commands, for `curate --help` and for completion: written without loading any of them."""

from __future__ import annotations

import os
import sys
from typing import Any

from curate.cli._commands import ROOMS

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def write_overview(group: Any, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Write every command by its room, then the options that stand before a command."""
    group.format_usage(ctx, formatter)
    formatter.write_paragraph()
    formatter.write_text(group.help)
    width = max(len(name) for _, commands in ROOMS.values() for name in commands)
    for title, commands in ROOMS.values():
        _write_section(formatter, title, [(name.ljust(width), said) for name, said in commands.items()])
    records = [record for parameter in group.get_params(ctx) if (record := parameter.get_help_record(ctx))]
    _write_section(formatter, "Options", [(option.partition(" <")[0], said) for option, said in records])
    formatter.write_paragraph()
    formatter.write_text("More about a command: curate help COMMAND, or curate COMMAND --help.")


def _write_section(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:  # noqa: ANN401
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
