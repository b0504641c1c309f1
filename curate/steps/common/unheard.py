"""Which recordings are newer than the last decision of a step, kept in a few numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from curate.steps.common.interval_columns import Flags, Ints


@dataclass(slots=True)
class Unheard:
    """Recordings that a layer has yet to scan. What was imported later is one of them.

    Parameters
    ----------
    upto
        Number of the last recording that there was.
    ranges
        First and last number of those that follow each other.
    """

    upto: int = 0
    ranges: list[list[int]] = field(default_factory=list)
    _is_open: bool = False

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Unheard:
        """Read what `kept` gave."""
        return cls(int(kept["upto"]), [list(each) for each in kept["ranges"]])

    @property
    def kept(self) -> dict[str, Any]:
        """Give what a catalogue keeps."""
        return {"upto": self.upto, "ranges": self.ranges}

    @classmethod
    def joined(cls, parts: Iterable[Unheard]) -> Unheard:
        """Put together what is known of ranges of recordings, in order."""
        found = cls()
        for each in parts:
            found.upto = max(found.upto, each.upto)
            for first, last in each.ranges:
                if found.ranges and found.ranges[-1][1] + 1 == first:
                    found.ranges[-1][1] = last
                else:
                    found.ranges.append([first, last])
        return found

    @classmethod
    def by_range(cls, recordings: Ints, is_heard: Flags, range_of: Ints) -> dict[int, Unheard]:
        """Take in recordings in order, those of each range apart."""
        places, first = np.unique(range_of, return_index=True)
        found = {}
        for place, some in zip(places.tolist(), np.split(np.arange(len(recordings)), first[1:]), strict=True):
            found[place] = cls()
            found[place].see_all(recordings[some], is_heard[some])
        return found

    def see_all(self, recordings: Ints, is_heard: Flags) -> None:
        """Take the next recordings in. They come in rising order."""
        if not len(recordings):
            return
        lacks = np.concatenate(([False], ~is_heard, [False])).astype(np.int8)
        changes = np.flatnonzero(np.diff(lacks))
        for first, behind in zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True):
            if first == 0 and self._is_open:
                self.ranges[-1][1] = int(recordings[behind - 1])
            else:
                self.ranges.append([int(recordings[first]), int(recordings[behind - 1])])
        self._is_open = not is_heard[-1]
        self.upto = int(recordings[-1])

    def __contains__(self, recording: object) -> bool:
        assert isinstance(recording, int)
        if recording > self.upto:
            return True
        at = bisect_right(self.ranges, recording, key=lambda each: each[0]) - 1
        return at >= 0 and recording <= self.ranges[at][1]
