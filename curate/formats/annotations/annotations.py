"""Annotations in tables: stretches of recordings with labels, in any number of rows.

Readers hand over one row of cells at a time and get back one `Row` per recording, its
annotations sorted. Writers ask `marks` what stands in a row: its annotations, or the row
itself where a recording is labelled as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from curate.formats import Report, parse
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import row_at
from curate.formats.tables.segments import Parts, segment
from curate.model import Problem, Row, Segment


def marks(row: Row) -> tuple[Segment, ...]:
    """List what is marked in a row, in seconds of its file.

    Without annotations it is the row's own stretch under its label; nothing if it has none.
    """
    if row.annotations is not None:
        return row.annotations
    return (Segment(row.onset, row.offset, row.label),) if row.label else ()


def labels(row: Row) -> tuple[str, ...]:
    """List the classes that are heard in a row, each once, the likeliest first."""
    named = (
        (row.label, *row.secondary_labels) if row.annotations is None else (m.label for m in row.annotations)
    )
    return tuple(dict.fromkeys(name for name in named if name))


class Gathered:
    """Annotations by recording, as a table is read from top to bottom.

    Parameters
    ----------
    finder
        Finds the audio.
    report
        Takes what cannot be used; a recording that is not there is reported once.
    """

    def __init__(self, finder: Finder, report: Report) -> None:
        self._finder = finder
        self._report = report
        self._paths: dict[tuple[str, str | None], str | None] = {}
        self._found: dict[str, list[Segment]] = {}
        self._labels: dict[str, str] = {}

    def place(self, name: str, here: str, *, beside: str | None = None) -> str | None:
        """Find the recording of a row and note that it was looked at; None if it is not there.

        Parameters
        ----------
        name
            As the table gives it.
        beside
            Folder of a table that bears the name of its recording, without its ending.
        """
        if (name, beside) not in self._paths:
            path = None
            if name and "\0" not in name:
                find = self._finder
                path = find.named(name) if beside is None else find.of_stem(name, beside)
            self._paths[name, beside] = path
            if path is None and name:
                self._report(Problem("row-without-file", parse.printable(name), f"named in {here}"))
        path = self._paths[name, beside]
        if not name:
            self._report(Problem("bad-row", here, "it names no file"))
        if path is not None:
            self._found.setdefault(path, [])
        return path

    def none_in(self, stem: str, beside: str) -> None:
        """Note that nothing was found in the recording called `stem`, if it is there."""
        path = self._finder.of_stem(stem, beside)
        if path is not None:
            self._found.setdefault(path, [])

    def add(self, path: str, parts: Parts, here: str) -> None:
        """Add a row's annotation to a recording, or report what is wrong with it."""
        found = segment(parts, here, self._report)
        if found is not None:
            self._found[path].append(found)

    def rows(self) -> Iterator[Row]:
        """Give the recordings in the order in which they were first named."""
        for path, found in self._found.items():
            yield annotated(path, found)


def annotated(path: str, found: list[Segment]) -> Row:
    """Make the row of a recording in which somebody marked something; its class is not said."""
    row = row_at(path, "")
    return Row(
        recording_id=row.recording_id,
        path=row.path,
        archive=row.archive,
        annotations=tuple(sorted(set(found), key=order)),
    )


def order(mark: Segment) -> tuple[float, float, str, float, float, float]:
    """Give the place of a mark among others: by its times, and all else that may differ."""
    none = -math.inf
    low, high, score = mark.low_freq, mark.high_freq, mark.score
    return (
        mark.onset,
        mark.offset,
        mark.label,
        none if low is None else low,
        none if high is None else high,
        none if score is None else score,
    )
