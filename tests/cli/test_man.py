"""The manual page: every command and option is on it, and roff reads it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from curate.cli._commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    target = tmp_path_factory.mktemp("man") / "curate.1"
    subprocess.run([sys.executable, ROOT / "scripts" / "make_man.py", target], check=True)
    return target


def test_every_command_is_on_the_page(page):
    text = page.read_text(encoding="utf-8").replace("\\-", "-")
    for name in COMMANDS:
        assert f".SS curate {name}\n" in text
    for words in ("curate download xeno-canto", "--min-silence", "CURATE_JOBS", ".SH EXIT STATUS"):
        assert words in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
def test_roff_reads_the_page_without_a_complaint(page):
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", page], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert "strip-voice" in done.stdout.replace("\u2010", "-").replace("\u2212", "-")
