"""Annotations in tables: stretches of recordings with labels, in any number of rows.

Readers hand over one row of cells at a time and get back one `Row` per recording, its
annotations sorted. Writers ask `marks` what stands in a row: its annotations, or the row
itself where a recording is labelled as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from curate.formats import Report
from curate.formats.files.audio_paths import FileMatch, Finder
from curate.formats.files.claims import NameClaim, meant
from curate.formats.files.folder_rows import row_at
from curate.formats.tables.segments import Parts, order, segment
from curate.model import Problem, Row, Segment


def marks(row: Row) -> tuple[Segment, ...]:
    """List what is marked in a row, in seconds of its file.

    Without annotations it is the row's own stretch under its label. Nothing if it has none.
    """
    if row.annotations is not None:
        return row.annotations
    return (Segment(row.onset, row.offset, row.label),) if row.label else ()


def heard(row: Row) -> Iterator[tuple[Segment, tuple[str, ...]]]:
    """Give each stretch of a row with all classes in it, for formats that take several.

    Of a recording without a label these are the classes in its background. The stretch then has no label.

    Examples
    --------
    >>> [(mark.label, names) for mark, names in heard(Row(label="owl", secondary_labels=("wren",)))]
    [('owl', ('owl', 'wren'))]
    >>> [(mark.label, names) for mark, names in heard(Row(secondary_labels=("wren",)))]
    [('', ('wren',))]
    """
    if row.annotations is not None:
        yield from ((mark, (mark.label,)) for mark in row.annotations)
    elif names := labels(row):
        yield Segment(row.onset, row.offset, row.label), names


def labels(row: Row) -> tuple[str, ...]:
    """List the classes that are heard in a row, each once, the likeliest first."""
    named = (
        (row.label, *row.secondary_labels) if row.annotations is None else (m.label for m in row.annotations)
    )
    return tuple(dict.fromkeys(name for name in named if name))


@dataclass(slots=True)
class _Named(NameClaim):
    """What a table says of a recording under one of its names."""

    found: list[Segment] = field(default_factory=list)


class Gathered:
    """Annotations by recording, as a table is read from top to bottom.

    Parameters
    ----------
    finder
        Finds the audio.
    report
        Takes what cannot be used. A recording that is not there is reported once.
    producer
        The program that found what is gathered. Empty for people.
    """

    def __init__(self, finder: Finder, report: Report, *, producer: str = "") -> None:
        self._finder = finder
        self._report = report
        self._producer = producer
        self._matches: dict[tuple[str, str | None], FileMatch] = {}
        self._found: dict[str, dict[str, _Named]] = {}

    def place(
        self,
        name: str,
        here: str,
        *,
        beside: str | None = None,
        near: str | None = None,
        otherwise: Sequence[str] = (),
    ) -> tuple[str, str] | None:
        """Find the recording of a row and note that it was looked at, or `None` if it is not there.

        Parameters
        ----------
        name
            As the table gives it.
        beside
            Folder of a table that bears the name of its recording, without its ending.
        near
            Folder of a table that names its recordings. What lies there comes before what lies elsewhere.
        otherwise
            Names that the recording may have had before it was uploaded, if there is none of this one.

        Returns
        -------
        The recording's path, and the name with the folder of its table. Both are for `add`.
        """
        if not name:
            self._report(Problem("bad-row", here, "its file name is empty"))
            return None
        if near is not None:
            name = self._finder.next_to(name, near) or name
        key = name, beside
        if key not in self._matches:
            match = self._match(name, beside)
            for other in otherwise if match.path is None and not match.several else ():
                found = self._match(other, beside)
                if found.path is None and not found.several:
                    found = self._finder.uploaded(other)
                if found.path is not None or found.several:
                    match = found
                    break
            self._matches[key] = match
            if match.path is None:
                self._report(match.problem(name, here))
        match = self._matches[key]
        if match.path is None:
            return None
        return match.path, self._note(match, match.path, name, here, beside)

    def _note(self, match: FileMatch, path: str, name: str, here: str, beside: str | None) -> str:
        """Note that a recording was looked at under a name, and give the key of what is found there."""
        key = name if beside is None else os.path.join(beside, name)
        self._found.setdefault(path, {}).setdefault(key, _Named(match, here, key, beside is not None))
        return key

    def _match(self, name: str, beside: str | None) -> FileMatch:
        if "\0" in name:
            return FileMatch()
        return self._finder.find(name) if beside is None else self._finder.of_stem(name, beside)

    def none_in(self, stem: str, beside: str) -> None:
        """Note that nothing was found in the recording called `stem`, if it is there."""
        match = self._finder.of_stem(stem, beside)
        if match.path is not None:
            self._note(match, match.path, stem, stem, beside)

    def add(self, place: tuple[str, str], parts: Parts, here: str) -> None:
        """Add a row's annotation to a recording, or report what is wrong with it."""
        found = segment(parts, here, self._report)
        if found is not None:
            self.put(place, found)

    def put(self, place: tuple[str, str], mark: Segment) -> None:
        """Add an annotation to a recording."""
        path, name = place
        self._found[path][name].found.append(mark)

    def rows(self) -> Iterator[Row]:
        """Give the recordings in the order in which they were first named."""
        for path, names in self._found.items():
            claims = list(meant(path, list(names.values()), self._report))
            if claims:
                found = [mark for named in claims for mark in named.found]
                yield annotated(path, found, producer=self._producer)


def annotated(path: str, found: list[Segment], *, producer: str = "") -> Row:
    """Make the row of a recording in which somebody marked something. Its class is not said."""
    row = row_at(path, "")
    return Row(
        recording_id=row.recording_id,
        path=row.path,
        archive=row.archive,
        annotations=tuple(sorted(set(found), key=order)),
        producer=producer,
    )


def with_annotations(rows: Iterator[Row], marked: Iterator[Row]) -> Iterator[Row]:
    """Give the rows their annotations. Those of other files, and of other producers, follow."""
    found: dict[str, list[Row]] = {}
    for row in sorted(marked, key=lambda row: bool(row.producer)):  # people first: what they say labels
        found.setdefault(row.path, []).append(row)
    for row in rows:
        here = found.pop(row.path, [])
        if here:
            yield replace(row, annotations=here[0].annotations, producer=here[0].producer)
            yield from here[1:]
        else:
            yield row
    for others in found.values():
        yield from others
