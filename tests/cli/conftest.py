"""The program, called as a shell calls it but without a process of its own."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from curate.cli._app import main
from curate.settings import DATASET_VARIABLE


class Said(NamedTuple):
    """What became of a call."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch):
    """The same output on every machine, and no dataset by accident."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv(DATASET_VARIABLE, raising=False)


@pytest.fixture
def curate(capsys):
    """Call the program: ``curate("status", "--json")`` gives its exit code, stdout and stderr."""

    def curate(*argv):
        capsys.readouterr()
        code = main([str(argument) for argument in argv])
        return Said(code, *capsys.readouterr())

    return curate


@pytest.fixture(scope="session")
def birds(tmp_path_factory, example_folder):
    """A dataset with the example, voices stripped: for tests that only look."""
    folder = tmp_path_factory.mktemp("cli") / "birds"
    assert main(["strip-voice", str(example_folder), "-d", str(folder), "--quiet", "-j", "1"]) == 0
    return folder
