"""Folds that a person, a competition or a paper gives: a table of recordings and folds, or a manifest."""

from __future__ import annotations

from pathlib import Path

from curate.errors import FormatError
from curate.formats import parse
from curate.formats.tables import table
from curate.formats.tables.sheets import open_sheet
from curate.model import Problem

#: Columns that may name a recording, the surest first.
_NAMES = ("recording_id", "path", "source_path", "filename", "file", "file_name", "file_path")
_FOLDS = ("fold", "split", "kfold")

#: Words for folds; `curate.decisions.split` says what the numbers mean.
_WORDS = {"train": -1, "training": -1, "valid": 0, "validation": 0, "val": 0, "dev": 0, "test": -2}


def read_folds(path: Path) -> list[tuple[str, int]]:
    """Read name and fold of every row.

    A row names its recording by its id or its path (or the end of it), in a column of that
    name. It names its fold by a number or by ``train``, ``valid`` or ``test``. Rows without a fold
    are passed over.

    Raises
    ------
    FormatError
        If the table cannot be read, a column is missing or a fold is none. Names the row.
    """
    sheet = open_sheet(path)
    name, fold = (
        next((each for each in names if each in sheet.columns), None) or table.find(sheet.columns, names)
        for names in (_NAMES, _FOLDS)
    )
    if name is None or fold is None:
        raise FormatError(
            f"{path} lacks a column of {'recordings' if name is None else 'folds'}",
            hint=f"it needs one of {', '.join(_NAMES)}, and one of {', '.join(_FOLDS)}",
        )
    rows = (
        (parse.text(row.get(name)), parse.text(row.get(fold)), line) for line, row in sheet.records(_refuse)
    )
    return [(who, _fold(cell, path, line)) for who, cell, line in rows if who and not parse.is_nothing(cell)]


def _refuse(problem: Problem) -> None:
    raise FormatError(f"{problem.path}: {problem.reason}")


def _fold(cell: str, path: Path, line: int) -> int:
    word = cell.strip().casefold()
    if word in _WORDS:
        return _WORDS[word]
    try:
        number = parse.whole_number(word)  # pandas writes 1.0 where other rows lack a fold
    except ValueError:
        number = None
    if number is None or number < -2:  # noqa: PLR2004
        raise FormatError(
            f"{path}, line {line}: '{cell}' is no valid fold",
            hint="give 0, 1, 2 ..., -1 or train for training only, -2 or test for the test",
        )
    return number
