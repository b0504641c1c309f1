"""What the program says of itself: help texts, messages, and the first lines of public docstrings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from typer.main import get_command

from curate import errors
from curate.cli._app import app
from curate.cli._commands import ROOMS
from curate.cli._help import Example, examples_of
from tests.pages import ROOT

#: Calls whose text a person reads, by the last part of their name.
_SPOKEN = {"line", "note", "say", "warn", "Problem"} | {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
}


def _all_commands(command: object) -> Iterator[Any]:
    """A command, and those behind it."""
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from _all_commands(below)


def examples() -> list[Example]:
    """Every example of all help pages."""
    return [each for command in _all_commands(get_command(app)) for each in examples_of(command)]


def help_texts() -> list[str]:
    """Every text of the help pages and of the list of commands, each once."""
    found = [said for _, commands in ROOMS.values() for said in commands.values()]
    for command in _all_commands(get_command(app)):
        found.extend((command.help or "").split("\n\n"))
        found.extend(parameter.help for parameter in command.params if parameter.help)
    found.extend(each.does.rstrip(":") for each in examples())
    return [f"{text.rstrip('.')}." for text in dict.fromkeys(found) if text]


def messages() -> list[str]:
    """Our errors with their hints, problems that are reported, and printed lines; `…` stands for a value."""
    return _gathered().messages


def docstrings() -> list[str]:
    """First lines of the docstrings of public modules, classes and functions."""
    return _gathered().docstrings


def strings() -> list[str]:
    """Every text in the program; `…` stands for a value."""
    return _gathered().strings


class _Texts(NamedTuple):
    messages: list[str]
    docstrings: list[str]
    strings: list[str]


@cache
def _gathered() -> _Texts:
    """Read every module once."""
    found = _Texts([], [], [])
    for path in sorted((ROOT / "curate").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found.docstrings.extend(_first_lines(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                found.messages.extend(f"{text.rstrip('.')}." for text in _spoken(node) if _is_said(text))
            elif text := _text(node):
                found.strings.append(text)
    return found


def _first_lines(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    text = ast.get_docstring(node)
    if text:
        yield text.split("\n\n", maxsplit=1)[0]
    if not isinstance(node, ast.FunctionDef):
        for part in node.body:
            if isinstance(part, ast.ClassDef | ast.FunctionDef) and not part.name.startswith("_"):
                yield from _first_lines(part)


def _spoken(call: ast.Call) -> Iterator[str]:
    if getattr(call.func, "attr", getattr(call.func, "id", "")) in _SPOKEN:
        yield from map(_text, (*call.args, *(each.value for each in call.keywords if each.arg == "hint")))


def _is_said(text: str) -> bool:
    """Whether a text is more than a name or a kind."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) > 2


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
