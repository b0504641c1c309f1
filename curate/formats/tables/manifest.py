"""The neutral manifest: its columns, and rows to and from them, exactly.

Each format that writes it (`csv`, `jsonl`, `parquet`) also has a `read_manifest` that gives
back the rows that were written. Both rest on this module. The types of the columns are
those that `curate.model.Row` declares. `Row.extra` and what follows it are not part of the manifest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.model import MANIFEST_COLUMNS, Row

#: Declared type of each column, as `Row` spells it.
TYPES: dict[str, str] = {name: str(Row.__dataclass_fields__[name].type) for name in MANIFEST_COLUMNS}

#: Values of a row in the order of the columns.
values: Callable[[Row], tuple[Any, ...]] = attrgetter(*MANIFEST_COLUMNS)

#: Columns of numbers.
_NUMBERS = frozenset(name for name, kind in TYPES.items() if "str" not in kind)

_LISTS = [at for at, name in enumerate(MANIFEST_COLUMNS) if TYPES[name] == "tuple[str, ...]"]
_MAPS = [at for at, name in enumerate(MANIFEST_COLUMNS) if TYPES[name] == "dict[str, float] | None"]
_json = json.JSONEncoder(ensure_ascii=False).encode


def text_from_list(names: Sequence[str]) -> str:
    """Write a list as JSON, an empty one as an empty cell."""
    return _json(names) if names else ""


def text_from_map(scores: Mapping[str, float] | None) -> str:
    """Write scores as JSON, `None` as an empty cell."""
    return "" if scores is None else _json(scores)


def _list_from_text(cell: str) -> tuple[str, ...]:
    return tuple(json.loads(cell)) if cell else ()


def _map_from_text(cell: str) -> dict[str, float] | None:
    return {name: float(score) for name, score in json.loads(cell).items()} if cell else None


_FROM_TEXT: dict[str, Callable[[str], object]] = {
    "str": str,
    "Seconds": float,
    "float": float,
    "int": int,
    "tuple[str, ...]": _list_from_text,
    "dict[str, float] | None": _map_from_text,
    "float | None": lambda cell: float(cell) if cell else None,
    "int | None": lambda cell: int(cell) if cell else None,
}
_PARSERS = [_FROM_TEXT[TYPES[name]] for name in MANIFEST_COLUMNS]


def cells(row: Row) -> list[Any]:
    """Values of a row as the `csv` module wants them: lists and scores as text, the rest as they are.

    The module writes None as an empty cell and a float as its `repr`, which is exact.
    """
    found = list(values(row))
    for at in _LISTS:
        found[at] = text_from_list(found[at])
    for at in _MAPS:
        found[at] = text_from_map(found[at])
    return found


@dataclass(frozen=True, slots=True)
class SharedCells:
    """A column of which several rows may have one cell: the cells, and from where each row takes its own."""

    cells: Sequence[Any]
    at: Sequence[int]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.at)

    def __iter__(self) -> Iterator[Any]:
        """Give the cell of each row."""
        return map(self.cells.__getitem__, self.at)


#: The cells of many rows.
Column = Sequence[Any] | SharedCells


def as_texts(name: str, column: Sequence[Any]) -> Sequence[Any]:
    """Give the same as `cells` of one column of many rows."""
    if TYPES[name] == "tuple[str, ...]":
        return [text_from_list(cell) if cell else "" for cell in column]
    return [text_from_map(cell) for cell in column] if TYPES[name] == "dict[str, float] | None" else column


def is_text(name: str) -> bool:
    """Tell whether the cells of a column are text, once lists and scores are."""
    return name not in _NUMBERS


def row_from_cells(found: Sequence[str]) -> Row:
    """Inverse of `cells` after a trip through a CSV file.

    Raises
    ------
    ValueError
        If a cell is not what its column holds. Names the column.
    """
    result: list[Any] = []
    if len(found) < len(MANIFEST_COLUMNS):
        raise ValueError(f"{len(found)} cells for {len(MANIFEST_COLUMNS)} columns")
    for name, parse, cell in zip(MANIFEST_COLUMNS, _PARSERS, found, strict=False):
        try:
            result.append(parse(cell))
        except ValueError:
            raise ValueError(f"column {name}: expected {TYPES[name]}, found '{cell[:60]}'") from None
    return Row(*result)


def row_from_values(found: Iterable[Any]) -> Row:
    """Inverse of `values` after a trip through a format with types of its own."""
    result = list(islice(found, len(MANIFEST_COLUMNS)))
    for at in _LISTS:
        result[at] = tuple(result[at])
    for at in _MAPS:
        result[at] = None if result[at] is None else dict(result[at])
    return Row(*result)


def check_columns(found: Sequence[str], table: Path) -> None:
    """Refuse a table that is not a neutral manifest. Further columns may stand behind its own.

    Raises
    ------
    FormatError
        Names the table, the columns that are missing and those that are there.
    """
    if tuple(found[: len(MANIFEST_COLUMNS)]) != MANIFEST_COLUMNS:
        missing = [name for name in MANIFEST_COLUMNS if name not in found]
        wrong = f"it lacks {', '.join(missing)}" if missing else "its columns are in another order"
        raise FormatError(
            f"{table} differs from a manifest of curate: {wrong}",
            hint=f"columns there: {', '.join(found) or 'none'}",
        )


def more(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    """Cells of columns that were asked for next to the manifest's own, from what else is known of a row."""
    return tuple(row.extra.get(name, "") for name in columns)
