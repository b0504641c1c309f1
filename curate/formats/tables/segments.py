"""One annotation out of the cells of a row: its times, its band, its label and its score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curate.formats import Report, parse
from curate.model import Problem, Segment

#: Column and cell of each part of an annotation; `onset` and `offset` must be there.
Parts = Mapping[str, tuple[str, Any]]


def segment(parts: Parts, here: str, report: Report) -> Segment | None:
    """Read one annotation; what cannot be meant is reported with its column, and None given.

    Parameters
    ----------
    parts
        The keys are `onset`, `offset`, `label`, `score`, `low_freq`, `high_freq`.
    here
        File and row, for the report.
    """

    def number(part: str) -> float | None:
        column, cell = parts.get(part, (part, None))
        try:
            return parse.number(cell)
        except ValueError as error:
            raise ValueError(f"column {column}: {error}") from None

    try:
        onset, offset = number("onset"), number("offset")
        low, high, score = number("low_freq"), number("high_freq"), number("score")
        if onset is None or onset < 0:
            raise _unexpected(parts, "onset", "seconds, 0 or more")
        if offset is None or offset <= onset:
            raise _unexpected(parts, "offset", f"seconds after {onset:g}")
    except ValueError as error:
        report(Problem("bad-row", here, str(error)))
        return None
    if low is not None and high is not None and (low < 0 or high <= low):
        low = high = None  # Audacity and Raven write -1 or equal ends for "no band"
    return Segment(onset, offset, parse.text(parts.get("label", ("", ""))[1]), score, low, high)


def _unexpected(parts: Parts, part: str, expected: str) -> ValueError:
    column, cell = parts.get(part, (part, None))
    return ValueError(f"column {column}: expected {expected}, found '{parse.text(cell)}'")
