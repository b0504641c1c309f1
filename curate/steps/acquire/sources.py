"""The sources of an import: opened by their readers, or explained before anything is imported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from curate.errors import FormatError, UsageError
from curate.formats import COLUMNS
from curate.formats.choose import format_of, refuse_untold_times
from curate.formats.parse import is_possible
from curate.lookup import near_path, resolve
from curate.model import NOTICES, Problem, Row, Segment
from curate.steps.acquire.import_summary import ExplainedTable, ImportSummary

#: Rows that an explained table shows.
_ROWS = 3


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How sources are read: see `import_`. `reader` chooses who reads one, and of `own` nothing is told.

    The dataset's own folder of clean copies is passed over whenever it lies below a source.
    """

    format: str
    label_column: str | None
    path_column: str | None
    audio_folder: Path | None
    reader: Callable[[Path | str], Callable[..., Iterator[Row]]]
    own: Path

    @property
    def columns(self) -> dict[str, str | None]:
        """The columns that were named."""
        return {"label_column": self.label_column, "path_column": self.path_column}

    def check(self, paths: Sequence[Path | str]) -> None:
        """Refuse unreadable sources at the start.

        Raises
        ------
        UsageError
            If there is no source, a path or the folder of the audio does not exist, or a format is unknown.
        """
        for path in paths:
            self.reader(path)
        if not paths:
            raise UsageError("name a folder or table to import", hint="name a folder, a table or audio files")
        if self.audio_folder is not None and not self.audio_folder.is_dir():
            raise UsageError(f"folder missing: {self.audio_folder}", hint=near_path(self.audio_folder))


def open_sources(
    paths: Sequence[Path | str], options: SourceOptions, summary: ImportSummary
) -> list[tuple[Path | str, Iterator[Row]]]:
    """Open each source. Of several, a faulty one is reported, and the others continue.

    Raises
    ------
    FormatError
        If none can be used.
    """
    opened = []
    for path in paths:
        try:
            opened.append((path, _rows(path, options, summary)))
        except FormatError as error:
            if len(paths) == 1:
                raise
            summary.report(Problem("unusable", str(path), error.message))
    if not opened:
        raise FormatError(f"none of {len(paths)} sources can be used" + told(summary))
    return opened


def _rows(path: Path | str, options: SourceOptions, summary: ImportSummary) -> Iterator[Row]:
    if options.format == "auto" and isinstance(path, Path):
        refuse_untold_times(path, options.columns["label_column"], options.columns["path_column"])
    own = os.path.realpath(options.own)

    def report(problem: Problem) -> None:
        if problem.kind != "export" or os.path.realpath(problem.path) != own:
            summary.report(problem)

    rows = options.reader(path)(path, report=report, audio_folder=options.audio_folder, **options.columns)
    return (_possible(row, summary) for row in rows)


def _possible(row: Row, summary: ImportSummary) -> Row:
    """Take from a row, whoever read it, a place and a date that cannot be meant, and report them.

    Programs write the position 0, 0, in the Gulf of Guinea, where they know none. It would be one site.
    """
    if row.latitude == row.longitude == 0:
        summary.report(Problem("bad-row", row.path, "position 0, 0 stands for an unknown place"))
        row = replace(row, latitude=None, longitude=None)
    if row.date and not is_possible(row.date):
        words = f"expected a date such as 2024-05-17, found '{row.date}'"
        summary.report(Problem("bad-row", row.path, words))
        row = replace(row, date="")
    return row


def told(summary: ImportSummary) -> str:
    """Name the first thing that kept recordings out, in brackets, or empty if missing."""
    problems = [problem for problem in summary.problems if problem.kind not in NOTICES]
    if not problems:
        return ""
    first, number = problems[0], sum(n for kind, n in summary.problem_counts.items() if kind not in NOTICES)
    words = f"{first.kind.replace('-', ' ')}, {first.path}, {first.reason}"
    return f" ({words}; {number - 1:,} more like it)" if number > 1 else f" ({words})"


def explained(path: Path | str, options: SourceOptions, summary: ImportSummary) -> ExplainedTable:
    """Say what the columns of a table are taken for. It is read to its end, and audio stays closed.

    Parameters
    ----------
    summary
        Takes what would be ignored, and the number of recordings.

    Raises
    ------
    UsageError
        If the source is a folder of recordings and no table.
    FormatError
        If the table is unusable as a whole.
    """
    if isinstance(path, str):
        raise UsageError(
            f"{path} is a folder in object storage, and a table was expected",
            hint="--dry-run lists the files there",
        )
    name = format_of(path, options.format)
    if path.is_dir() and name == "folders":
        raise UsageError(
            f"{path} is a folder: expected a table", hint="name a table. --dry-run reads folders"
        )
    taken: dict[str, str] = {}
    if name in COLUMNS and (path.is_file() or name == "birdclef"):
        explain: Callable[..., dict[str, str]] = resolve(name, COLUMNS, kind="format")
        taken = explain(path, **options.columns)
    shown: list[dict[str, object]] = []
    for row in _rows(path, options, summary):
        summary.recordings += 1
        summary.unlabelled += not row.label
        if len(shown) < _ROWS:
            shown.append(_known(row))
    return ExplainedTable(str(path), name, taken, shown)


def _known(row: Row) -> dict[str, object]:
    """List what a row says, without the fields in which it says nothing."""
    plain = asdict(Row())
    known: dict[str, object] = {name: value for name, value in asdict(row).items() if value != plain[name]}
    if row.annotations is not None:
        known["annotations"] = [_said(mark) for mark in row.annotations]
    return known


def _said(mark: Segment) -> str:
    """Say an annotation in words.

    Examples
    --------
    >>> _said(Segment(1.0, 2.5, "owl", 0.31, None, 3000.0))
    '1 to 2.5 s: owl, score 0.31, below 3000 Hz'
    """
    words = [f"{mark.onset:g} to {mark.offset:g} s: {mark.label or '(no label)'}"]
    if mark.score is not None:
        words.append(f"score {mark.score:g}")
    if mark.low_freq is not None and mark.high_freq is not None:
        words.append(f"{mark.low_freq:g} to {mark.high_freq:g} Hz")
    elif mark.low_freq is not None:
        words.append(f"above {mark.low_freq:g} Hz")
    elif mark.high_freq is not None:
        words.append(f"below {mark.high_freq:g} Hz")
    return ", ".join([*words, *([mark.note] if mark.note else [])])
