"""The README and the pages in docs, and what stands in them."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from curate.cli import _log
from curate.cli._app import app

ROOT = Path(__file__).resolve().parents[1]

#: Text of every page by its path from the root of the repository.
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
}


def table(page, heading):
    """Cells of the first table below a heading, without its header."""
    rows = re.search(r"(?:^\|.*\|\n)+", section(page, heading), re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def blocks(language, text):
    """Code blocks of a language in a text, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def section(page, heading):
    """Text below a heading of a page, up to the next."""
    below = PAGES[page].split(f"\n{heading}\n", 1)[1]
    return re.split(r"^#{2,} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def prose(text):
    """A text without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def codes(text):
    """What stands between backticks in a text, on one line each."""
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose(text))]


def parse(arguments):
    """Find the command of some arguments and let it take them apart; gives what is left over."""
    command = get_command(app)
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    _log.take_value(arguments, "--log-file")  # may stand anywhere
    while hasattr(command, "commands") and arguments and not arguments[0].startswith("-"):
        name, *arguments = arguments
        if name.isupper():  # a place to put a name
            return []
        command = command.commands[name]
    return command.make_parser(command.context_class(command)).parse_args(arguments)[1]
