"""Write the manual page of all commands: ``python scripts/make_man.py build/curate.1``.

All of it is said elsewhere: each command's help and options are read from the program.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
from pathlib import Path
from typing import Any

from typer.main import get_command

from curate.cli._app import app
from curate.cli._commands import ROOMS
from curate.cli._help import examples_of, said_of
from curate.release import version

EXIT_CODES = (
    ("0", "done"),
    ("1", "failed"),
    ("2", "wrong usage"),
    ("3", "finished, but some recordings failed"),
    ("130", "interrupted"),
    ("143", "ended by another program or by the system"),
)


def roff(text: str) -> str:
    """Spell a text so that it is text to roff, too."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return re.sub(r"^([.'])", r"\\&\1", plain, flags=re.MULTILINE)


def options(command: Any) -> list[str]:  # noqa: ANN401 - Click's
    """Describe the arguments and options of a command."""
    lines = []
    for parameter in command.params:
        names = ", ".join(f"\\fB{roff(name)}\\fR" for name in (*parameter.opts, *parameter.secondary_opts))
        if not parameter.opts[0].startswith("-"):
            names = f"\\fI{roff(parameter.metavar or parameter.name)}\\fR"
        elif parameter.metavar:
            names += f" \\fI{roff(parameter.metavar)}\\fR"
        text, default, variable = map(roff, said_of(parameter))
        said = [text]
        said += [f"Default: {default}."] if default else []
        said += [f"Variable: {variable}."] if variable else []
        lines += [".TP", names, " ".join(said)]
    return lines


def described(name: str, command: Any) -> list[str]:  # noqa: ANN401 - Click's
    """Describe a command below its name: what it does, its options, and commands to try."""
    lines = [f".SS curate {roff(name)}", roff(command.help), *options(command)]
    examples = [
        line
        for each in examples_of(command)
        for line in (".TP", roff(each.does), f"\\fB{roff(each.command)}\\fR")
    ]
    return [*lines, ".PP", "Examples:", *examples] if examples else lines


def page(today: dt.date) -> str:
    """Make the whole page."""
    group = get_command(app)
    lines = [
        f'.TH CURATE 1 "{today:%Y-%m-%d}" "curate {version()}" "User Commands"',
        ".SH NAME",
        "curate \\- " + roff("turn archives of animal sound into clean training sets"),
        ".SH SYNOPSIS",
        ".B curate",
        "\\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
        ".SH OPTIONS",
        *options(group),
    ]
    for title, names in ROOMS.values():
        lines += [f'.SH "{roff(title.upper())}"']
        for name in names:
            command = group.commands[name]
            lines += described(name, command)
            for word, below in getattr(command, "commands", {}).items():
                lines += described(f"{name} {word}", below)
    lines += [".SH EXIT STATUS"]
    for code, meaning in EXIT_CODES:
        lines += [".TP", code, meaning]
    lines += [
        ".SH FILES",
        roff("curate.toml, in a dataset and in your folder of settings: defaults. See curate config."),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", dt.datetime.now(tz=dt.UTC).timestamp()))
    target.write_text(page(dt.datetime.fromtimestamp(seconds, tz=dt.UTC).date()), encoding="utf-8")
