"""Write the page of all commands and options: ``python scripts/make_commands.py docs/commands.md``.

All of it is said elsewhere: each command's help and options are read from the program.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from make_man import EXIT_CODES
from typer.main import get_command

from curate import errors
from curate.cli._app import app
from curate.cli._commands import ROOMS
from curate.cli._help import GROUPS, group_of, said_of, usage_words

#: Where each command is explained, by its name.
GUIDES = {
    "download": "download.md",
    "import": "formats.md",
    "split-work": "cluster.md#split-and-merge",
    "merge": "cluster.md#split-and-merge",
    "scan": "quality.md#detectors",
    "strip-voice": "voices.md",
    "trim": "quality.md",
    "dedupe": "training-set.md#dedupe",
    "review": "review.md",
    "keep": "review.md",
    "cut": "review.md",
    "same": "training-set.md#dedupe",
    "different": "training-set.md#dedupe",
    "undo": "review.md#undo",
    "split": "training-set.md#split",
    "windows": "training-set.md#windows",
    "upsample": "training-set.md#upsample",
    "pseudo-label": "scores.md#pseudo-label",
    "audit": "scores.md#audit",
    "embed": "scores.md#embed",
    "similar": "scores.md#similar",
    "manifest": "formats.md",
    "clean-up": "dataset.md#exports",
    "run": "recipes.md",
    "recipes": "recipes.md",
    "report": "report.md",
    "explain": "dataset.md#explain",
    "check": "dataset.md#check",
    "config": "command-line.md#defaults",
    "doctor": "command-line.md#doctor",
}

#: Options that (nearly) every command has, told once.
SHARED = ("--dataset", "--json", "--quiet")

HEAD = """# Commands

<!-- Made from the program by scripts/make_commands.py; do not edit. -->

This page lists every command with all its options. `curate help COMMAND` prints the same on a terminal:

    curate help trim

Commands work on the dataset in the current folder, in `--dataset DIR`, or in `CURATE_DATASET`. With `--json`,
a command prints one JSON object on stdout, also for an error (`show` prints an array). Everything else goes
to stderr. Defaults in a file, completion and logs: [The command line](command-line.md).

## Overview
"""

BELOW = """
## Options of all commands

| option | what it does | default |
|---|---|---|
"""


ERRORS = """
## Errors in Python

Functions raise errors of `curate.errors`. Each has a message, and often a hint about the next step:

```python
import curate
from curate.errors import CurateError

try:
    curate.import_(curate.Dataset("birds"), "recordings/")
except CurateError as error:
    print(error, error.hint)
```
"""


def cell(text: str) -> str:
    """Spell a text so that it stays in its cell of a table."""
    return text.replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;")


def names_of(parameter: Any) -> str:  # noqa: ANN401 - Click's
    """Spell an argument or option as it is typed."""
    if not parameter.opts[0].startswith("-"):
        return f"`{parameter.metavar or parameter.name}`".replace("|", "\\|")
    value = f" {parameter.metavar}" if parameter.metavar else ""
    names = ", ".join((*parameter.opts, *parameter.secondary_opts))
    return f"`{names}{value}`".replace("|", "\\|")


def row(parameter: Any) -> str:  # noqa: ANN401 - Click's
    """Describe an argument or option in a row."""
    text, default, variable = said_of(parameter)
    default = f"{cell(default)} " if default else ""
    variable = f"(`{variable}`)" if variable else ""
    return f"| {names_of(parameter)} | {cell(text)} | {(default + variable).strip()} |"


def rows_of(parameters: list[Any]) -> list[str]:
    """Describe arguments, then options by their groups."""
    rows = [row(each) for each in parameters if not each.opts[0].startswith("-")]
    for title in GROUPS:
        group = [row(each) for each in parameters if each.opts[0].startswith("-") and group_of(each) == title]
        rows += [f"| **{title}** | | |", *group] if group else []
    return rows


def described(name: str, command: Any, level: str) -> list[str]:  # noqa: ANN401 - Click's
    """Describe a command, and those below it."""
    below = getattr(command, "commands", {})
    lines = [f"{level} curate {name}", "", command.help, ""]
    if guide := GUIDES.get(name):
        lines += [f"Guide: [{guide.partition('.')[0].replace('-', ' ')}]({guide}).", ""]
    parameters = [each for each in command.params if each.opts[0] not in SHARED]
    if command.params or not below:
        lines += [f"    {' '.join(('curate', name, *usage_words(command)))}", ""]
    if parameters:
        lines += ["| option | what it does | default |", "|---|---|---|", *rows_of(parameters), ""]
    lines += [command.epilog or "", ""]
    for word, part in below.items():
        lines += described(f"{name} {word}", part, f"{level}#")
    return lines


def errors_in_python() -> list[str]:
    """Describe every error of ours, below the one that it is a kind of."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    kinds = [
        kind for kind in kinds if issubclass(kind, errors.CurateError) and kind is not errors.CurateError
    ]
    rows = []
    for kind in kinds:
        first = (kind.__doc__ or "").partition("\n\n")[0]
        rows.append(
            f"| `{kind.__name__}` | `{kind.__bases__[0].__name__}` | {cell(' '.join(first.split()))} |"
        )
    return [ERRORS, "| error | is a kind of | meaning |", "|---|---|---|", *rows, ""]


def page() -> str:
    """Make the whole page."""
    group = get_command(app)
    lines = [HEAD, "| command | what it does |", "|---|---|"]
    for title, commands in ROOMS.values():
        lines.append(f"| **{title}** | |")
        lines += [f"| [`curate {name}`](#curate-{name}) | {said} |" for name, said in commands.items()]
    shared = {each.opts[0]: each for each in group.commands["trim"].params if each.opts[0] in SHARED}
    lines.append(BELOW + "\n".join(row(shared[name]) for name in SHARED))
    lines += [row(each) for each in group.params if not each.hidden]
    lines += ["", "## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES]
    lines += ["", *errors_in_python()]
    for title, names in ROOMS.values():
        lines += [f"## {title}", ""]
        for name in names:
            lines += described(name, group.commands[name], "###")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
