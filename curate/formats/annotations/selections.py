"""Selection tables of Raven, as they stand: their columns, and a record for each selection.

Raven itself writes tabs and no quotes. A spreadsheet that saves such a table puts quotes around cells with a
comma or a quote in them. R quotes every text, and others part the cells by commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations import annotation_table
from curate.formats.files.walk import walked
from curate.formats.tables.csv import Sheet, open_text
from curate.formats.tables.table import LABEL, PATH, choose, find, find_filled
from curate.formats.tables.verdicts import judged
from curate.model import Problem

BEGIN, END, OFFSET = "Begin Time (s)", "End Time (s)", "File Offset (s)"
LOW, HIGH = "Low Freq (Hz)", "High Freq (Hz)"

#: Columns of a band that Raven was asked to show in kHz.
_KILOHERTZ = ("Low Freq (kHz)", "High Freq (kHz)")

#: Columns that may hold the label (Raven's users name their own), the likeliest first. Notes may, at last.
LABELS = (
    "Annotation", "Annotations", "Label", "Species", "Species Name", "Common Name", "Scientific Name",
    "Species Code", "Code", "Class", "Call Type", "Sound Type", "Call", "Type", "Tag", "Tags",
)  # fmt: skip

#: Columns that may name the recording.
FILES = ("Begin Path", "Begin File")

#: Columns that may name the recording in which a selection ends, if that is a later one.
_END_FILES = ("End Path", "End File")

_NOTES = ("Notes", "Comments", "Comment", "Remarks")
_SCORES = ("Score", "Confidence")

#: Columns by which a table of BirdNET-Analyzer is known, and how it is called as a producer.
_BIRDNET = ("Species Code", "Common Name", "Confidence")
BIRDNET = "birdnet-analyzer"

#: Characters that a header has at most; a text may be one line of any length.
_HEADER = 100_000

#: Columns that Raven writes and that say nothing of a recording.
_OF_RAVEN = ("Selection", "View", "Channel", "Begin Path", "Begin File", "File Offset (s)", "Delta Time (s)")

#: A cell in quotes, with each quote inside it twice.
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_NUMBER = re.compile(r"[-+\d.,]*")

#: Decimals in which the times of two rows of one selection agree: Raven shows up to nine.
_DECIMALS = 6

Record = Mapping[str, str]


def is_table(path: Path) -> bool:
    """Whether a file begins as a selection table does.

    Between tabs the columns of the times tell. Other tables, too, have such columns between commas. Of these
    it is one if Raven's columns name the recordings, or no column does.
    """
    try:
        with open_text(path) as handle:
            first = handle.readline(_HEADER)
    except FormatError:
        return False
    if "\t" in first:
        return find(first.split("\t"), [BEGIN]) is not None
    return is_selections(first.split(";" if ";" in first else ","))


def is_selections(columns: Sequence[str]) -> bool:
    """Whether a table with these columns holds selections, whatever parts its cells.

    Examples
    --------
    >>> is_selections(["Begin File", "Begin Time (s)", "End Time (s)"])
    True
    >>> is_selections(["Recording", "Begin Time (s)", "End Time (s)"])
    False
    """
    timed = all(find(columns, [name]) is not None for name in (BEGIN, END))
    return timed and (find(columns, FILES) or find(columns, annotation_table.FILES)) == find(columns, FILES)


def is_of_birdnet(columns: Sequence[str]) -> bool:
    """Whether BirdNET wrote a table with these columns, in which species have common names only."""
    return all(find(columns, [name]) for name in _BIRDNET)


def tables_in(folder: Path) -> list[Path]:
    """List the selection tables below a folder."""
    found: list[Path] = []
    for parent, names in walked(folder):
        tables = (Path(parent, name) for name in names if name.lower().endswith((".txt", ".tsv", ".csv")))
        found += filter(is_table, tables)
    return found


@dataclass(frozen=True, slots=True)
class SelectionTable:
    """A selection table whose header has been read.

    Parameters
    ----------
    sheet
        The table as one of text.
    quotes
        What stands in quotes: ``all`` texts, as R writes, ``some`` cells, as spreadsheets do, or ``none``.
    begin, end, offset, low, high, label_in, file_in, end_file_in, score_in, note_in
        The column that holds each; empty for none.
    in_kilohertz
        Whether its frequencies are kHz.
    """

    sheet: Sheet
    quotes: str
    begin: str
    end: str
    offset: str
    low: str
    high: str
    in_kilohertz: bool
    label_in: str
    file_in: str
    end_file_in: str
    score_in: str
    note_in: str

    @classmethod
    def open(cls, path: Path, label_column: str | None, path_column: str | None) -> SelectionTable:
        """Read the header, and find out what stands in quotes.

        Raises
        ------
        FormatError
            If it is no selection table, or names several recordings without saying where in each.
        """
        sheet = Sheet.open(path)
        columns = sheet.columns
        missing = [name for name in (BEGIN, END) if find(columns, [name]) is None]
        if missing:
            raise FormatError(
                f"{path} is no selection table of Raven: it lacks the column "
                f"{' and the column '.join(missing)}",
                hint=f"columns there: {', '.join(columns)}",
            )

        def column(names: Sequence[str], asked: str | None = None) -> str:
            return choose(columns, names, asked, path) or ""

        quotes = _quotes(sheet)
        filled = find_filled(columns, LABELS, partial(_cells, sheet, quotes))
        label_in, note_in = column([filled] if filled else _NOTES[:1], label_column), column(_NOTES)
        low, high = column([LOW]), column([HIGH])
        in_kilohertz = not (low or high)
        found = cls(
            sheet,
            quotes,
            begin=column([BEGIN]),
            end=column([END]),
            offset=column([OFFSET]),
            low=column(_KILOHERTZ[:1]) if in_kilohertz else low,
            high=column(_KILOHERTZ[1:]) if in_kilohertz else high,
            in_kilohertz=in_kilohertz,
            label_in=label_in,
            file_in=column(FILES, path_column),
            end_file_in=column(_END_FILES),
            score_in=column(_SCORES),
            note_in=note_in if note_in != label_in else "",
        )
        found.check()
        return found

    @property
    def path(self) -> Path:
        """The file."""
        return self.sheet.path

    @property
    def columns(self) -> list[str]:
        """Names of the columns, as they are spelt."""
        return self.sheet.columns

    @property
    def producer(self) -> str:
        """The program that found what is in the table; empty for people."""
        return BIRDNET if is_of_birdnet(self.columns) else ""

    def taken(self) -> dict[str, str]:
        """Say what each column is taken for, or empty where it is not used."""
        known = {
            self.begin: "onset", self.end: "offset", self.offset: "onset in the file", self.low: "low_freq",
            self.high: "high_freq", self.score_in: "score", self.note_in: "note", self.file_in: PATH,
            self.end_file_in: "file in which it ends", self.label_in: LABEL,
        }  # fmt: skip
        own = [column for name in _OF_RAVEN if (column := find(self.columns, [name]))]
        known |= {column: "Raven's own" for column in own if column not in known}
        known = judged(self.columns) | known
        return {column: known.get(column, "") for column in self.columns}

    def check(self) -> None:
        """Refuse a table of several recordings that does not say where in each.

        Raises
        ------
        FormatError
            Names the row.
        """
        if self.file_in and not self.offset and (line := self._line_of_another_file()):
            raise FormatError(
                f"{self.path}:{line}: the table names several recordings but lacks the column {OFFSET}",
                hint=f"in Raven {BEGIN} counts over all files: show the column {OFFSET}, and save again. "
                "If it counts within each file here, use --format annotation-table",
            )

    def later_file(self, record: Record) -> str:
        """Name the recording in which a selection ends; empty if it is the one in which it begins."""
        name = record[self.end_file_in] if self.end_file_in and self.file_in else ""
        folder, last = _parted(record[self.file_in]) if name else ("", "")
        return "" if _parted(name)[1] == last else name if _parted(name)[0] else folder + name

    def names_several(self) -> bool:
        """Whether the rows name more than one recording."""
        return bool(self.file_in) and self._line_of_another_file() > 0

    def _line_of_another_file(self) -> int:
        """Line of the first row that names another recording than the rows before it; 0 for none."""
        first = None
        for line, record in self.rows(_ignore):
            first = first or record[self.file_in]
            if record[self.file_in] != first:
                return line
        return 0

    def rows(self, report: Report) -> Iterator[tuple[int, Record]]:
        """Read the rows, with their lines."""
        return _cells(self.sheet, self.quotes, report)

    def selections(self, report: Report) -> Iterator[tuple[int, Record]]:
        """Read the rows, one for each selection: Raven has a row for every view of it."""
        number_in, view_in = (find(self.columns, [name]) for name in ("Selection", "View"))
        if number_in is None or view_in is None:
            yield from self.rows(report)
            return
        files = [column for name in FILES if (column := find(self.columns, [name]))]
        same = [number_in, *files, *([self.label_in] if self.label_in else [])]
        kept: dict[tuple[float | str, ...], list[tuple[int, Record]]] = {}
        for line, record in self.rows(report):
            key = _rounded(record[self.begin]), _rounded(record[self.end]), *map(record.__getitem__, same)
            kept.setdefault(key, []).append((line, record))
        for views in kept.values():
            yield from views if len(views) == 1 else self._seen(views, view_in)

    def _seen(self, views: Sequence[tuple[int, Record]], view_in: str) -> Iterator[tuple[int, Record]]:
        """Give the rows of a selection that say the most of it: those with a band, rather than waveforms.

        Rows of one view are no views of one selection: such are in tables of two people that were joined.
        """
        plain = [each for each in views if not each[1][view_in].startswith("Waveform")] or list(views)
        if len(plain) == 1:
            yield from plain
            return
        banded = [each for each in plain if self._has_band(each[1])] or plain
        seen: dict[tuple[float | str, ...], str] = {}
        for line, record in banded:
            band = (_rounded(record.get(self.low, "")), _rounded(record.get(self.high, "")))
            view = seen.setdefault(band, record[view_in])
            if view == record[view_in]:
                yield line, record

    def _has_band(self, record: Record) -> bool:
        cells = [_rounded(record.get(column, "")) for column in (self.low, self.high) if column]
        return any(cell not in ("", 0.0) for cell in cells)


def _ignore(problem: Problem) -> None:
    """Pass over what is reported when the rows are used."""


def _parted(path: str) -> tuple[str, str]:
    r"""Part a path of any system into its folder, with the last separator, and its name."""
    at = max(path.rfind("/"), path.rfind("\\")) + 1
    return path[:at], path[at:]


def _rounded(cell: str) -> float | str:
    """Read a number so that views may be compared; what is none stays as it is."""
    try:
        return round(float(cell), _DECIMALS)
    except ValueError:
        pass  # an empty cell, a decimal comma, or no number
    try:
        found = parse.seconds(cell)
    except ValueError:
        return cell
    return "" if found is None else round(found, _DECIMALS)


def _quotes(sheet: Sheet) -> str:
    """Say what stands in quotes: ``all`` texts, ``some`` cells or ``none``.

    A person may type a quote, too. A spreadsheet puts quotes around all cells that need them, and no others.
    """
    with open_text(sheet.path) as handle:
        lines = (line.rstrip("\r\n") for line in handle)
        if sheet.delimiter != "\t" or next(lines, "").startswith('"'):
            return "all"
        found = False
        for line in lines:
            for cell in line.split("\t") if '"' in line or "," in line else ():
                if ("," not in cell and '"' not in cell) or _NUMBER.fullmatch(cell):
                    continue
                if not _QUOTED.fullmatch(cell) or not re.search('[,"]', cell[1:-1]):
                    return "none"
                found = True
    return "some" if found else "none"


def _cells(sheet: Sheet, quotes: str, report: Report) -> Iterator[tuple[int, Record]]:
    """Read the rows of a table, with their lines."""
    if quotes == "all":
        yield from sheet.records(report)
        return
    width, backwards = len(sheet.columns), sheet.columns[::-1]
    with open_text(sheet.path) as handle:
        for number, line in enumerate(handle, start=1):
            if number <= 1 + sheet.skipped or not line.strip():
                continue
            found = line.rstrip("\r\n").split("\t")
            if any(found[width:]):
                reason = f"{len(found)} cells for {width} columns"
                report(Problem("bad-row", f"{sheet.path}:{number}", reason))
                continue
            if quotes == "some":
                found = [_unquoted(cell) for cell in found]
            if len(found) != width:
                found = (found + [""] * width)[:width]
            found.reverse()  # of two columns of one name the first counts
            yield number, dict(zip(backwards, found, strict=True))


def _unquoted(cell: str) -> str:
    """Read a cell without the quotes of a spreadsheet."""
    return cell[1:-1].replace('""', '"') if _QUOTED.fullmatch(cell) else cell
