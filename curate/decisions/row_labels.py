"""Labels of rows by the annotations that are heard in them: of windows, or a row for each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from curate.errors import UsageError
from curate.intervals import Interval, total
from curate.model import Row, Segment

#: Seconds below which two times are the same: a tenth of a sample at 96 kHz.
_SAME = 1e-6


def check_overlap(min_overlap: float, window: float) -> None:
    """Refuse an overlap that is longer than a window of this many seconds.

    Raises
    ------
    UsageError
        If it is negative, or longer than a window.
    """
    if not 0 <= min_overlap <= window:
        raise UsageError(f"--min-label-overlap must be from 0 to {window:g} seconds: got {min_overlap:g}")


def between(row: Row, onset: float, offset: float) -> Row:
    """Narrow a row to a stretch of its file."""
    raw = row.path == row.source_path
    return replace(
        row,
        onset=onset,
        offset=offset,
        duration=offset - onset,
        muted=0.0,  # an annotation ends where nothing is heard
        source_onset=onset if raw else row.source_onset,
        source_offset=offset if raw else row.source_offset,
    )


def labelled(row: Row, annotations: Iterable[Segment], min_overlap: float) -> Row:
    """Keep of the annotations what is heard in a window, and label it by them.

    Those count that fill at least `min_overlap` seconds of it, as in OpenSoundscape. The class that
    fills most of it gives the label, the others are secondary; without any it has no label. A second
    that two annotations of a class mark counts once.

    Examples
    --------
    >>> marks = [Segment(0, 2, "owl"), Segment(0, 2, "owl"), Segment(1, 4, "wren")]
    >>> labelled(Row(offset=5.0), marks, 0.0).label
    'wren'
    """
    heard: list[Segment] = []
    spans: dict[str, list[Interval]] = {}
    for mark in annotations:
        low, high = max(mark.onset, row.onset), min(mark.offset, row.offset)
        if high - low > _SAME and high - low >= min_overlap - _SAME:
            heard.append(replace(mark, onset=low, offset=high))
            spans.setdefault(mark.label, []).append((low, high))
    seconds = {label: total(found) for label, found in spans.items()}
    order = sorted(seconds, key=lambda label: (-seconds[label], label))
    return relabelled(row, order[0] if order else "", tuple(order[1:]), tuple(heard))


def relabelled(row: Row, label: str, others: tuple[str, ...], annotations: tuple[Segment, ...]) -> Row:
    """Give a row other labels. The names of its taxon stay only with its own."""
    same = label == row.label
    return replace(
        row,
        label=label,
        secondary_labels=others,
        annotations=annotations,
        scientific_name=row.scientific_name if same else "",
        common_name=row.common_name if same else "",
        class_name=row.class_name if same else "",
    )


def strong(rows: Iterable[Row]) -> Iterator[Row]:
    """Give a row for every annotation, with its times and label. Other rows stay as they are."""
    for row in rows:
        if row.annotations is None:
            yield row
            continue
        for mark in row.annotations:
            yield between(relabelled(row, mark.label, (), (mark,)), mark.onset, mark.offset)
