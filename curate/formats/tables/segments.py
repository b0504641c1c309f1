"""One annotation out of the cells of a row: its times, its band, its label, its score and its note."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from curate.formats import Report, parse
from curate.model import Problem, Segment

#: Column and cell of each part of an annotation; `onset` and `offset` must be there.
Parts = Mapping[str, tuple[str, Any]]

#: Seconds before the start that are a trembling hand: clipped, as what reaches behind the end is.
_HAIR = 0.1


def segment(parts: Parts, here: str, report: Report) -> Segment | None:
    """Read one annotation. What cannot be meant is reported with its column, and `None` given.

    A band may be open to one side: Audacity and Raven write -1 for a limit that is not set. Limits that are
    swapped are put in order, and reported.

    Parameters
    ----------
    parts
        The keys are `onset`, `offset`, `label`, `score`, `low_freq`, `high_freq`, `note`.
    here
        File and row, for the report.
    """
    try:
        onset, offset = (_number(parts, part, parse.seconds) for part in ("onset", "offset"))
        score = _number(parts, "score")
        check_score(parts.get("score", ("score", None))[0], score)
        if onset is None or onset < -_HAIR:
            raise _unexpected(parts, "onset", "seconds, 0 or more")
        onset = max(0.0, onset)
        if offset is None or offset <= onset:
            raise _unexpected(parts, "offset", f"seconds after {onset:g}")
        low, high = _band(parts, here, report)
    except ValueError as error:
        report(Problem("bad-row", here, str(error)))
        return None
    label, note = (parse.text(parts.get(part, ("", ""))[1]) for part in ("label", "note"))
    return Segment(onset, offset, label, score, low, high, note=note)


def in_hertz(cell: object) -> object:
    """Turn kHz into Hz. What is no number is reported where the band is read.

    Examples
    --------
    >>> in_hertz("25,5"), in_hertz(""), in_hertz("high")
    (25500.0, None, 'high')
    """
    try:
        kilohertz = parse.number(cell)
    except ValueError:
        return cell
    return None if kilohertz is None else round(kilohertz * 1000, 6)


def end_after(onset: object, length: object) -> object:
    """Find where a stretch ends by how long it is. What is no number is reported where the times are read.

    Examples
    --------
    >>> end_after("1.5", "0,25"), end_after("1", ""), end_after("1", "long")
    (1.75, None, 'long')
    """
    try:
        begin, seconds = parse.seconds(onset), parse.seconds(length)
    except ValueError:
        return length  # the onset is read first, and told if it is no number
    return None if begin is None or seconds is None else round(begin + seconds, 6)


def check_score(column: str, score: float | None) -> None:
    """Make sure that a score lies between 0 and 1: one in percent would pass every least score.

    Raises
    ------
    ValueError
        Names the column.
    """
    if score is not None and not 0 <= score <= 1:
        raise ValueError(f"column {column}: expected a score from 0 to 1, found {score:g}")


def _number(parts: Parts, part: str, read: Callable[[object], float | None] = parse.number) -> float | None:
    column, cell = parts.get(part, (part, None))
    try:
        return read(cell)
    except ValueError as error:
        raise ValueError(f"column {column}: {error}") from None


def _band(parts: Parts, here: str, report: Report) -> tuple[float | None, float | None]:
    """Read the limits of a band, each of which may be open."""
    low, high = (_number(parts, part) for part in ("low_freq", "high_freq"))
    low, high = (None if limit is None or limit < 0 else limit for limit in (low, high))
    if low is None or high is None or low < high:
        return low, high
    if low == high == 0:
        return None, None
    column = parts["high_freq"][0]
    if high in {low, 0}:
        report(
            Problem("bad-row", here, f"column {column}: expected Hz above {low:g}, found {high:g}: left out")
        )
        return (None, None) if low == high else (low, None)
    report(
        Problem("bad-row", here, f"column {column}: {high:g} Hz is below {low:g} Hz: the limits are swapped")
    )
    return high, low


def _unexpected(parts: Parts, part: str, expected: str) -> ValueError:
    column, cell = parts.get(part, (part, None))
    return ValueError(f"column {column}: expected {expected}, found '{parse.text(cell)}'")


def order(mark: Segment) -> tuple[float, float, str, float, float, float, str]:
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
        mark.note,
    )
