"""The messages that head the page of troubleshooting are in the program, word for word."""

from __future__ import annotations

import re

import pytest

from tests.docs.program_texts import strings
from tests.pages import PAGES

TITLES = re.findall(r"^### (.+)$", PAGES["docs/troubleshooting.md"], re.MULTILINE)


def pieces(text):
    """The words between the values."""
    return [piece.strip() for piece in text.split("…") if piece.strip()]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_a_message(title):
    wanted = re.compile(".*".join(re.escape(piece) for piece in pieces(title)))
    assert any(wanted.search(message) for message in strings()), title


def test_a_message_that_there_is_no_more_is_found():
    wanted = re.compile(re.escape("no dataset was seen in"))
    assert not any(wanted.search(message) for message in strings())
    assert len(TITLES) > 15
