"""Fixtures of the formats."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from curate.model import NOTICES, Problem

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of real answers and heads of tables: third-party data that is not part of the project."""
    folder = Path(os.environ.get("CURATE_SAMPLES") or ROOT.parent / "shared" / "samples")
    if not folder.is_dir():
        pytest.skip("the real tables are not here (set CURATE_SAMPLES)")
    return folder


class Problems(list[Problem]):
    """What a reader could not use; call it to report. What it merely says of a table is in `notices`."""

    def __init__(self) -> None:
        super().__init__()
        self.notices: list[Problem] = []

    def __call__(self, problem: Problem) -> None:
        (self.notices if problem.kind in NOTICES else self).append(problem)

    @property
    def kinds(self) -> list[str]:
        """Kind of each problem, sorted."""
        return sorted(problem.kind for problem in self)


@pytest.fixture
def problems() -> Problems:
    return Problems()
