"""The page of commands is what the program says of itself."""

from __future__ import annotations

import subprocess
import sys

from tests.pages import PAGES, ROOT, table


def test_the_page_is_current(tmp_path):
    out = tmp_path / "commands.md"
    subprocess.run([sys.executable, ROOT / "scripts" / "make_commands.py", out], check=True)
    assert out.read_text(encoding="utf-8") == PAGES["docs/commands.md"], "run: make commands"


def test_an_option_has_its_value_its_help_and_its_default():
    rows = {row[0]: row[1:] for row in table("docs/commands.md", "### curate windows")}
    assert rows["`--seed N`"][1] == "0"
    assert rows["`--length SECONDS`"][0]


def test_a_bar_in_a_value_does_not_end_its_cell():
    rows = table("docs/commands.md", "#### curate download xeno-canto")
    assert {len(row) for row in rows} == {3}


def test_every_error_is_on_the_page():
    rows = {row[0]: row[1] for row in table("docs/commands.md", "## Errors in Python")}
    assert rows["`DecodeFailed`"] == "`AudioError`"
    assert "`CurateError`" not in rows
