"""The way from a second of the clean copy to its second in the raw recording, and back.

Pure arithmetic over the kept pieces, in whole frames and so without drift: lengths and order
are the same on both sides.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from curate.intervals import Interval
from curate.model import Piece, Seconds


class TimeMap:
    """Leads times and intervals between a clean copy and its raw recording.

    Parameters
    ----------
    pieces
        The kept stretches in rising order, as `curate.audio.splice.pieces` gives them.
    sr : Hz
        Rate at which the pieces count frames.

    Examples
    --------
    Of ten seconds at 100 Hz, those from 4 to 6 were cut:

    >>> times = TimeMap([Piece(0, 0, 400), Piece(400, 600, 400)], 100)
    >>> times.to_raw(5.0), times.to_clean(7.0), times.to_clean(4.5)
    (7.0, 5.0, None)
    >>> times.interval_to_raw(3.0, 5.0)
    [(3.0, 4.0), (6.0, 7.0)]
    >>> times.interval_to_clean(3.0, 7.0)
    [(3.0, 5.0)]
    """

    def __init__(self, pieces: Sequence[Piece], sr: int) -> None:
        # From a time on one side to the other by one addition; kept in seconds for bisection.
        self._clean = [piece.clean_start / sr for piece in pieces]
        self._raw = [piece.raw_start / sr for piece in pieces]
        self._raw_end = [(piece.raw_start + piece.frames) / sr for piece in pieces]
        self._clean_end = [(piece.clean_start + piece.frames) / sr for piece in pieces]

    @property
    def clean_duration(self) -> Seconds:
        """Length of the clean copy."""
        return self._clean_end[-1] if self._clean_end else 0.0

    def to_raw(self, t: Seconds) -> Seconds:
        """Find where a second of the clean copy lies in the raw recording.

        A join itself belongs to the piece behind it; times before the start or behind the
        end are led by the first or last piece.
        """
        if not self._clean:
            return t
        k = max(0, bisect_right(self._clean, t) - 1)
        return self._raw[k] + (t - self._clean[k])

    def to_clean(self, t: Seconds) -> Seconds | None:
        """Find where a second of the raw recording lies in the clean copy, or `None` where it was cut.

        The end of the last piece counts as kept: it is the end of the copy.
        """
        k = bisect_right(self._raw, t) - 1
        if k < 0 or t > self._raw_end[k] or (t == self._raw_end[k] and k < len(self._raw) - 1):
            return None
        return self._clean[k] + (t - self._raw[k])

    def interval_to_raw(self, onset: Seconds, offset: Seconds) -> list[Interval]:
        """Lead an interval of the clean copy into the raw recording: one per piece that it touches."""
        return self._carry(onset, offset, self._clean, self._clean_end, self._raw)

    def interval_to_clean(self, onset: Seconds, offset: Seconds) -> list[Interval]:
        """Lead an interval of the raw recording into the clean copy.

        What is kept of it is contiguous there, whatever was cut from its inside, so the list
        holds one interval, or none if all of it was cut.
        """
        parts = self._carry(onset, offset, self._raw, self._raw_end, self._clean)
        return [(parts[0][0], parts[-1][1])] if parts else []

    @staticmethod
    def _carry(
        onset: Seconds, offset: Seconds, starts: list[Seconds], stops: list[Seconds], targets: list[Seconds]
    ) -> list[Interval]:
        carried = []
        for k in range(bisect_right(stops, onset), len(starts)):
            if starts[k] >= offset:
                break
            low, high = max(onset, starts[k]), min(offset, stops[k])
            carried.append((targets[k] + (low - starts[k]), targets[k] + (high - starts[k])))
        return carried
