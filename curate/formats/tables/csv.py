"""Tables as text: comma, semicolon or tab between the cells, a header, a row per recording.

Written is the neutral manifest: UTF-8, commas, lists as JSON text and empty where the list
is, None as an empty cell, floats so that they read back the same. Names of files that are
not UTF-8 keep their bytes. CSV has no types: pandas needs ``dtype={"label": str}`` to keep
labels that are digits as text.
"""

from __future__ import annotations

import codecs
import csv as csvlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TextIO

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.output import whole_file
from curate.formats.tables import manifest, recording_rows, table
from curate.formats.tables.archive_numbers import by_number
from curate.formats.tables.dialects import dialect
from curate.lookup import near_path
from curate.model import MANIFEST_COLUMNS, Problem, Row

DELIMITERS = ",;\t"

#: How zip files begin, and so spreadsheets, which are zip files.
_PACKED = b"PK\x03\x04"

#: What makes a cell stand in quotes.
_TO_QUOTE = re.compile('[,"\r\n]')

#: The line by which Excel is told what stands between cells.
_SEPARATOR = re.compile(r"\"?sep=.?\"?", re.IGNORECASE)


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read any table with a column for the path of the audio (see `table` for the names).

    Raises
    ------
    FormatError
        If the table is missing or empty, or has no such column.
    """
    sheet = Sheet.open(path)
    spoken = dialect(sheet.columns)
    columns = spoken.columns
    records: Callable[[Report], Iterable[table.Record]] = partial(spoken.records, sheet.records)
    if spoken.archive and path_column is None:
        where, deep = audio_folder or path.parent, audio_folder is not None
        columns, records = by_number(columns, records, where, spoken.archive, deep=deep)
    return recording_rows.rows(
        path,
        columns,
        records,
        report=report,
        label_column=spoken.names.get(label_column or "", label_column),
        path_column=path_column,
        audio_folder=audio_folder,
    )


def read_manifest(path: Path) -> Iterator[Row]:
    """Read back what `write` wrote, exactly. The audio is not looked at.

    Raises
    ------
    FormatError
        If the table is not a manifest. Names row and column.
    """
    with open_text(path) as handle:
        found = records(handle, path)
        _, header, _ = next(found, (0, [], []))
        manifest.check_columns(header, path)
        for line, cells, _ in found:
            try:
                yield manifest.row_from_cells(cells)
            except ValueError as error:
                raise FormatError(f"{path}:{line}: {error}") from error


def write(rows: Iterable[Row], out: Path, *, columns: Sequence[str] = ()) -> int:
    """Write the neutral manifest.

    Parameters
    ----------
    columns
        Keys of `Row.extra` that are columns behind its own.

    Raises
    ------
    FormatError
        If a text cannot be encoded.
    """
    count = 0
    with (
        whole_file(out) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as handle,
    ):
        writer = writer_to(handle)
        writer.writerow([*MANIFEST_COLUMNS, *columns])
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is the answer
            try:
                writer.writerow([*manifest.cells(row), *manifest.more(row, columns)])
            except UnicodeEncodeError as error:
                raise FormatError(f"failed to write {row.path!r} to {out}: {error}") from error
    return count


def write_columns(blocks: Iterable[Sequence[manifest.Column]], out: Path) -> int:
    """Write the neutral manifest from blocks of rows, each as the columns of `MANIFEST_COLUMNS`.

    Raises
    ------
    FormatError
        If a text cannot be encoded.
    """
    count = 0
    with (
        whole_file(out) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as handle,
    ):
        writer_to(handle).writerow(MANIFEST_COLUMNS)
        for block in blocks:
            try:
                handle.write(_lines(block))
            except UnicodeEncodeError as error:
                line = error.object[error.object.rfind("\n", 0, error.start) + 1 :]
                raise FormatError(f"failed to write {line[:200]!r} to {out}: {error}") from error
            count += len(block[0])
    return count


def _lines(block: Sequence[manifest.Column]) -> str:
    """Give the lines that a writer of `writer_to` would write, in half of the time."""
    made: dict[int, Iterable[str]] = {}  # one column may stand in several places
    for column, name in zip(block, MANIFEST_COLUMNS, strict=True):
        if id(column) in made:
            continue
        if isinstance(column, manifest.SharedCells):
            made[id(column)] = list(manifest.SharedCells(_cells(column.cells, name), column.at))
        else:
            made[id(column)] = _cells(column, name)
    return "\n".join([*map(",".join, zip(*(made[id(column)] for column in block), strict=True)), ""])


def _cells(column: Sequence[Any], name: str) -> Sequence[str]:
    """Give the cells of a column as they stand in the table."""
    if manifest.is_text(name):
        return _texts(manifest.as_texts(name, column))
    return ["" if cell is None else repr(cell) for cell in column]


def _texts(column: Sequence[str]) -> Sequence[str]:
    """Quote the texts that need it. Most columns hold none, which one look at all of it tells."""
    if _TO_QUOTE.search("".join(column)) is None:
        return column
    return [_quoted(cell) if _TO_QUOTE.search(cell) else cell for cell in column]


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


class _UnixLines:
    """Ends lines with a newline alone, in the place of the two characters of RFC 4180."""

    def __init__(self, handle: TextIO) -> None:
        self._write = handle.write

    def write(self, line: str) -> int:
        return self._write(line[:-2] + "\n")


def writer_to(handle: TextIO) -> Any:  # noqa: ANN401 - the type of a csv.writer is private
    """Open a CSV writer with newlines as ends of lines.

    The module quotes a carriage return inside a cell only if it ends lines too (Python 3.11),
    hence the detour.
    """
    return csvlib.writer(_UnixLines(handle), lineterminator="\r\n")


def open_text(path: Path) -> TextIO:
    """Open a table as text. Bytes that are not UTF-8 are kept as `os.fsdecode` keeps them.

    Raises
    ------
    FormatError
        If there is no such file, or it may not be read.
    """
    if not path.is_file():
        if path.is_dir():
            raise FormatError(f"failed to read the table {path}: it is a folder", hint="name a file in it")
        raise FormatError(f"failed to read the table {path}: the file is missing", hint=near_path(path))
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == _PACKED:
            raise FormatError(
                f"failed to read the table {path}: it is packed, as zip files and spreadsheets are",
                hint="unpack it, or save its sheet as CSV",
            )
        is_utf_16 = start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        if is_utf_16:  # "Unicode text" of Excel
            return path.open(encoding="utf-16", errors="replace", newline="")
        return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise FormatError(f"failed to read the table {path}: {error.strerror or error}") from error


def records(
    handle: TextIO, path: Path, *, delimiter: str = ",", quote: str = '"'
) -> Iterator[tuple[int, list[str], list[str]]]:
    """Read the records of a text, with the line on which each ends, and its lines as they stand.

    Parameters
    ----------
    path
        Named in errors.
    delimiter
        What stands between the cells.
    quote
        What may stand around a cell. Empty where nothing does.

    Raises
    ------
    FormatError
        If a quote is opened and never closed: all rows behind it would be part of one cell.
    """
    held: list[str] = []

    def lines() -> Iterator[str]:
        for line in handle:
            held.append(line)
            yield line

    reader = _reader(lines(), delimiter, quote)
    try:
        for cells in reader:
            if quote and _may_be_open(held, cells):
                _check_closed(held, path, reader.line_num, delimiter, quote)
            yield reader.line_num, cells, held.copy()
            held.clear()
    except csvlib.Error as error:
        raise FormatError(f"failed to read {path}:{reader.line_num}: {error}") from error


def _reader(lines: Iterable[str], delimiter: str, quote: str) -> Any:  # noqa: ANN401 - as in `writer_to`
    if not quote:
        return csvlib.reader(lines, delimiter=delimiter, quotechar=None, quoting=csvlib.QUOTE_NONE)
    return csvlib.reader(lines, delimiter=delimiter, quotechar=quote)


def _may_be_open(held: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the text may end inside the last cell of a record: a line that is whole is none of a cell's."""
    ends = ("\n", "\r")
    return len(held) > 1 or not held[0].endswith(ends) or (bool(cells) and cells[-1].endswith(ends))


def _check_closed(held: Sequence[str], path: Path, line: int, delimiter: str, quote: str) -> None:
    """Refuse a record inside whose last cell the text ends."""
    # Behind a record that is whole, a line more is a record more; inside a cell, it closes the cell.
    if len(list(_reader([*held, f"{quote}\n"], delimiter, quote))) == 1:
        raise FormatError(
            f"failed to read {path}: the quote that opens in line {line - len(held) + 1} is never closed",
            hint=f"close it, or write {quote}{quote} for a quote inside a cell",
        )


def _holds_rows(held: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether lines inside a record look like rows: as many cells, and no blank behind a comma."""
    if len(held) == 1 or width == 1:
        return False
    # Where the first cell has several lines, the last of them is followed by all other cells.
    inside = held[1:] if delimiter in held[0] else held[1:-1]
    parted = (line.rstrip("\r\n").split(delimiter) for line in inside)
    return any(len(cells) == width and not any(cell.startswith(" ") for cell in cells) for cells in parted)


def _parts(delimiter: str, *, header: str, below: str) -> tuple[bool, int]:
    """Say how well a delimiter parts a table: whether both lines alike, and the header into how many cells.

    Names of columns may hold commas, and numbers decimal commas.
    """
    cells, others = (next(csvlib.reader([line], delimiter=delimiter), []) for line in (header, below))
    return len(cells) == len(others) > 1, len(cells)


@dataclass(frozen=True)
class Sheet:
    """A table of text whose header has been read.

    Parameters
    ----------
    path
        The file.
    delimiter
        What stands between the cells.
    columns
        The header. Of two columns of one name the first counts.
    skipped
        Lines before the header.
    joined
        Joins the cells of a row with more of them than columns. Without it such a row is reported.
    """

    path: Path
    delimiter: str
    columns: list[str]
    skipped: int = 0
    joined: Callable[[list[str]], list[str]] = list

    @classmethod
    def open(cls, path: Path) -> Sheet:
        """Read the header. The delimiter parts it and the first row into as many cells.

        Raises
        ------
        FormatError
            If there is no such file, or it is empty.
        """
        with open_text(path) as handle:
            header = handle.readline()
            skipped = int(_SEPARATOR.fullmatch(header.strip()) is not None)
            header = handle.readline() if skipped else header
            below = next((line for line in handle if line.strip()), "")
        if not header.strip():
            raise FormatError(f"failed to read the table {path}: its first line is empty, expected a header")
        try:
            delimiter = max(DELIMITERS, key=partial(_parts, header=header, below=below))
            names = next(csvlib.reader([header], delimiter=delimiter))
        except csvlib.Error as error:
            raise FormatError(f"failed to read the header of {path}: {error}") from error
        return cls(path, delimiter, [name.strip() for name in names], skipped)

    @cached_property
    def _again(self) -> list[int]:
        """Places of columns whose name an earlier one has."""
        return [at for at, name in enumerate(self.columns) if name in self.columns[:at]]

    def records(self, report: Report) -> Iterator[table.Record]:
        """Read the rows below the header. One with more cells than columns is reported.

        So is one that continues over lines which look like rows: a quote may lack its end.

        Raises
        ------
        FormatError
            If the text is no table (such as a quote that is never closed).
        """
        with open_text(self.path) as handle:
            for at, (line, row, held) in enumerate(records(handle, self.path, delimiter=self.delimiter)):
                width = len(self.columns)
                if at <= self.skipped:
                    continue
                found = self.joined(row) if any(row[width:]) else row
                if any(found[width:]):
                    reason = f"{len(found)} cells for {width} columns"
                    report(Problem("bad-row", f"{self.path}:{line}", reason))
                elif _holds_rows(held, self.delimiter, width):
                    first = line - len(held) + 1
                    reason = f"a quote opens here and ends in line {line}; rows seem to lie in it: close it"
                    report(Problem("bad-row", f"{self.path}:{first}", reason))
                elif found:
                    padded = found + [""] * (width - len(found))
                    cells = dict(zip(self.columns, padded, strict=False))
                    # `dict` kept the last column of each name, and the first one counts.
                    for again in self._again:
                        cells[self.columns[again]] = padded[self.columns.index(self.columns[again])]
                    yield line, cells
