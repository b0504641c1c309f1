"""Tables of model scores: a row per window (or recording), a column per class. CSV or Parquet.

A row says what it is about by the id, path or name of a recording with onset and offset, or by
BirdCLEF's ``row_id``: the name of the file and the second at which the window ends. A manifest of
ours or a ``train.csv`` with columns of scores added is such a table, and so is what OpenSoundscape's
``predict`` gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.errors import FormatError
from curate.formats.parse import NOTHING, seconds, text
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.detectors import kind_of
from curate.formats.tables.guessed import EMPTY
from curate.formats.tables.parquet import reading
from curate.model import MANIFEST_COLUMNS, Problem

#: Column of BirdCLEF's submissions: ``<name of the file>_<second at which the window ends>``.
ROW_ID = "row_id"

#: Columns that may name the recording.
NAMES = ("recording_id", "recording", *table.PATH_COLUMNS)

#: Cells that stand for no score.
_NOTHING = ("", *sorted(EMPTY), *sorted(NOTHING))

#: Columns that are no classes: what a table knows of recordings beside the scores.
_OTHERS = (
    *MANIFEST_COLUMNS,
    *table.LABEL_COLUMNS,
    *(name for part in (table.FIELDS, table.EXTRAS) for _, names in part.values() for name in names),
)


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Scores as a table gives them.

    Parameters
    ----------
    names
        What each row calls its recording.
    onsets, offsets : seconds, shape (rows,)
        NaN for whole recordings.
    classes
        Columns of the scores.
    scores : 0 to 1, shape (rows, classes)
        NaN where a cell is empty.
    """

    names: list[str]
    onsets: NDArray[np.float64]
    offsets: NDArray[np.float64]
    classes: tuple[str, ...]
    scores: NDArray[np.float64]


def read_scores(path: Path, *, window: float) -> Predictions:
    """Read a table of scores.

    Parameters
    ----------
    window : seconds
        Length of the windows that a ``row_id`` names by their ends.

    Raises
    ------
    FormatError
        If the table cannot be read, names no recording, or holds what is no score from 0 to 1.
    """
    parquet = path.suffix.lower() == ".parquet"
    columns = _parquet_columns(path) if parquet else Sheet.open(path).columns
    program = kind_of(columns)
    if program is not None:
        raise FormatError(
            f"{path} lists what {program.producer} found: expected a column of scores for each class",
            hint=f"import it, and name its layer: layer:{program.producer}",
        )
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        raise FormatError(f"{path} has two columns '{min(twice)}'")
    name_in = table.find(columns, (ROW_ID, *NAMES))
    if name_in is None:
        raise FormatError(
            f"{path} lacks a column for the recording: expected one of {', '.join((ROW_ID, *NAMES))}",
            hint=f"columns there: {', '.join(columns[:12])}",
        )
    by_row_id = table.find([name_in], [ROW_ID]) is not None
    times = [] if by_row_id else [table.find(columns, table.TIMES[end]) for end in ("onset", "offset")]
    if times.count(None) == 1:
        raise FormatError(f"{path} has a column for one end of the windows only: {times[0] or times[1]}")
    ends = [column for column in times if column is not None]
    classes = tuple(name for name in columns if name not in (name_in, *ends) and _is_class(name))
    if not classes:
        raise FormatError(f"{path} lacks a column of scores", hint="a column per class, named after it")
    numbers = [*ends, *classes]
    loaded = _from_parquet(path, name_in, numbers) if parquet else _from_csv(path, columns, name_in, numbers)
    names = [text(cell) for cell in loaded.column(name_in).to_pylist()]
    values = np.empty((len(names), len(numbers)))
    for at, column in enumerate(numbers):
        values[:, at] = _floats(loaded, column, path)
    scores = values[:, len(ends) :]
    _check_scores(path, classes, scores)
    if by_row_id:
        names, offsets = _ends(path, names)
        return Predictions(names, np.maximum(0.0, offsets - window), offsets, classes, scores)
    if not ends:
        whole = np.full(len(names), np.nan)
        return Predictions(names, whole, whole, classes, scores)
    return Predictions(names, values[:, 0], values[:, 1], classes, scores)


def _is_class(column: str) -> bool:
    """Whether a column may be a class: pandas writes its index without a name, or under one of these."""
    index = not column or column.startswith(("Unnamed:", "__index_level_"))
    return not index and table.find([column], _OTHERS) is None


def _parquet_columns(path: Path) -> list[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    with reading(path):
        return list(pq.read_schema(path).names)


def _from_parquet(path: Path, name_in: str, numbers: list[str]) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    with reading(path):
        return pq.read_table(path, columns=[name_in, *numbers])


def _from_csv(path: Path, columns: list[str], name_in: str, numbers: list[str]) -> Any:  # noqa: ANN401
    import pyarrow as pa  # noqa: PLC0415 - heavy
    from pyarrow import csv  # noqa: PLC0415 - heavy

    sheet = Sheet.open(path)
    # Columns that are not asked for may lack a name, or have it twice.
    unique = [name or f"\0{at}" for at, name in enumerate(columns)]
    try:
        return csv.read_csv(
            path,
            read_options=csv.ReadOptions(column_names=unique, skip_rows=1 + sheet.skipped),
            parse_options=csv.ParseOptions(delimiter=sheet.delimiter),
            convert_options=csv.ConvertOptions(
                include_columns=[name_in, *numbers],
                column_types={name_in: pa.string(), **dict.fromkeys(numbers, pa.float64())},
                null_values=list(_NOTHING),
            ),
        )
    except pa.ArrowInvalid:
        return _row_by_row(sheet, name_in, numbers)


def _row_by_row(sheet: Sheet, name_in: str, numbers: list[str]) -> Any:  # noqa: ANN401
    """Read what pyarrow refuses: other encodings, decimal commas, times as a clock shows them."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    names: list[str] = []
    columns: dict[str, list[float | None]] = {column: [] for column in numbers}
    for line, record in sheet.records(_refuse):
        names.append(text(record[name_in]))
        for column, cells in columns.items():
            try:
                cells.append(seconds(record[column]))
            except ValueError as error:
                raise FormatError(
                    f"failed to read the scores in {sheet.path}:{line}: column {column}: {error}",
                    hint="name a column of scores by its class",
                ) from error
    arrays = {column: pa.array(cells, pa.float64()) for column, cells in columns.items()}
    return pa.table({name_in: pa.array(names, pa.string()), **arrays})


def _refuse(problem: Problem) -> None:
    """Refuse a table in which a row is no row: a score would be missing in silence."""
    raise FormatError(f"failed to read the scores in {problem.path}: {problem.reason}")


def _floats(loaded: Any, column: str, path: Path) -> NDArray[np.float64]:  # noqa: ANN401
    import pyarrow as pa  # noqa: PLC0415 - heavy

    try:
        cast = loaded.column(column).cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise FormatError(f"{path}: column {column} holds text where numbers belong: {error}") from error
    found: NDArray[np.float64] = cast.to_numpy()
    return found


def _check_scores(path: Path, classes: tuple[str, ...], scores: NDArray[np.float64]) -> None:
    wrong = np.argwhere((scores < 0) | (scores > 1))
    if len(wrong):
        row, column = wrong[0]
        raise FormatError(
            f"{path}: column {classes[column]}: expected a score from 0 to 1, "
            f"found {scores[row, column]:g} in row {row + 1}",
            hint="logits become scores by a sigmoid, percents by a division by 100",
        )


def _ends(path: Path, ids: list[str]) -> tuple[list[str], NDArray[np.float64]]:
    names, ends = [], np.empty(len(ids))
    for at, cell in enumerate(ids):
        name, _, end = cell.rpartition("_")
        try:
            ends[at] = float(end)
        except ValueError:
            ends[at] = math.nan
        if not name or not ends[at] > 0:
            raise FormatError(
                f"{path}: column {ROW_ID}: expected <file>_<second>, found '{cell}' in row {at + 1}"
            )
        names.append(name)
    return names, ends
