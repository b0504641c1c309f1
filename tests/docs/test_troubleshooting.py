"""The messages that head the page of troubleshooting are in the program, word for word."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.pages import PAGES, ROOT

TITLES = re.findall(r"^### (.+)$", PAGES["docs/troubleshooting.md"], re.MULTILINE)


@cache
def messages():
    """Every text in the program, with `…` for the values put into it."""
    found = []
    for path in (ROOT / "curate").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
                found.append("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


def pieces(text):
    """The words between the values."""
    return [piece.strip() for piece in text.split("…") if piece.strip()]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_a_message(title):
    wanted = re.compile(".*".join(re.escape(piece) for piece in pieces(title)))
    assert any(wanted.search(message) for message in messages()), title


def test_a_message_that_there_is_no_more_is_found():
    wanted = re.compile(re.escape("no dataset was seen in"))
    assert not any(wanted.search(message) for message in messages())
    assert len(TITLES) > 15
