"""Windows of equal length over kept stretches: what a classifier is trained on.

No kept second is lost: where the last window would reach beyond the end of a stretch, it is
moved back to end there, and a stretch shorter than a window is one window of its own length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from curate.errors import UsageError
from curate.intervals import Interval
from curate.model import Row, Segment

#: Seconds below which two times are the same: a tenth of a sample at 96 kHz.
_SAME = 1e-6


def check(window: float, hop: float, min_label_overlap: float) -> None:
    """Refuse lengths that make no sense.

    Raises
    ------
    UsageError
        If a length is not positive, or no label could overlap a window so much.
    """
    if window <= 0 or hop <= 0:
        raise UsageError(f"window and hop must be more than 0 seconds, not {window:g} and {hop:g}")
    if not 0 <= min_label_overlap <= window:
        raise UsageError(f"min-label-overlap must be from 0 to {window:g} seconds, not {min_label_overlap:g}")


def spans(onset: float, offset: float, *, window: float, hop: float) -> Iterator[Interval]:
    """Cover a stretch with windows.

    Examples
    --------
    >>> list(spans(0, 12, window=5, hop=5)), list(spans(1, 4, window=5, hop=5))
    ([(0, 5), (5, 10), (7, 12)], [(1, 4)])
    """
    if offset - onset <= window + _SAME:
        yield onset, offset
        return
    number = 0
    while onset + number * hop + window <= offset + _SAME:
        start = onset + number * hop
        yield start, start + window
        number += 1
    if onset + (number - 1) * hop + window < offset - _SAME:
        yield offset - window, offset


def windows(
    rows: Iterable[Row], *, window: float, hop: float, min_label_overlap: float = 0.0
) -> Iterator[Row]:
    """Cut rows into windows.

    The window of an annotated row is labelled by the annotations that overlap it by at least
    `min_label_overlap` seconds, as in OpenSoundscape; the class that fills most of it gives the label,
    the others are secondary, and a window without any has no label. The windows of a row without
    annotations keep its labels. Where a window of a clean copy lies in the raw file is left to the caller.

    Parameters
    ----------
    window, hop, min_label_overlap : seconds
        As `check` lets them pass.
    """
    for row in rows:
        for onset, offset in spans(row.onset, row.offset, window=window, hop=hop):
            cut = between(row, onset, offset)
            yield cut if row.annotations is None else _labelled(cut, row.annotations, min_label_overlap)


def between(row: Row, onset: float, offset: float) -> Row:
    """Narrow a row to a stretch of its file."""
    raw = row.path == row.source_path
    return replace(
        row,
        onset=onset,
        offset=offset,
        duration=offset - onset,
        source_onset=onset if raw else row.source_onset,
        source_offset=offset if raw else row.source_offset,
    )


def _labelled(row: Row, annotations: Iterable[Segment], min_overlap: float) -> Row:
    """Keep of the annotations what is heard in a window, and label it by them."""
    heard: list[Segment] = []
    seconds: dict[str, float] = {}
    for mark in annotations:
        low, high = max(mark.onset, row.onset), min(mark.offset, row.offset)
        if high - low > _SAME and high - low >= min_overlap - _SAME:
            heard.append(replace(mark, onset=low, offset=high))
            seconds[mark.label] = seconds.get(mark.label, 0.0) + high - low
    order = sorted(seconds, key=lambda label: (-seconds[label], label))
    return relabelled(row, order[0] if order else "", tuple(order[1:]), tuple(heard))


def relabelled(row: Row, label: str, others: tuple[str, ...], annotations: tuple[Segment, ...]) -> Row:
    """Give a row other labels; the names of its taxon stay only with its own."""
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
    """Give a row for every annotation, with its times and label; rows without annotations as they are."""
    for row in rows:
        if row.annotations is None:
            yield row
            continue
        for mark in row.annotations:
            yield between(relabelled(row, mark.label, (), (mark,)), mark.onset, mark.offset)
