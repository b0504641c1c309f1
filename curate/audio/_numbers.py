"""Samples of float files that are invalid: NaN, infinities, and values beyond all sound.

Whoever mixes or writes makes silence of them (`curate.audio.resample.sound_only`). Reports list them
as damage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.audio.resample import LIMIT
from curate.formatting import count

#: Runs less than this apart are one, in seconds: what lies between is too short to be of use.
_GAP = 0.01


class NoNumbers:
    """Collects where a recording holds invalid samples, block by block.

    Attributes
    ----------
    runs : frames
        In order; a frame counts if any of its channels holds none.
    samples
        How many there are.
    """

    def __init__(self) -> None:
        self.runs: list[tuple[int, int]] = []
        self.samples = 0

    def feed(self, block: NDArray[np.float32], start: int, sr: int) -> None:
        """Look at the next block, shape=(channels, n), from frame `start` on."""
        # As in `sound_only`: the energy bounds every sample, and NaN fails any test.
        if all(np.vdot(channel, channel) <= LIMIT**2 for channel in block):
            return
        bad = ~(np.abs(block) <= LIMIT)
        self.samples += int(np.count_nonzero(bad))
        edges = np.flatnonzero(np.diff(bad.any(axis=0), prepend=False, append=False)) + start
        onsets, offsets = edges[::2], edges[1::2]
        if self.runs and len(onsets) and onsets[0] - self.runs[-1][1] < _GAP * sr:
            onsets[0] = self.runs.pop()[0]
        apart = onsets[1:] - offsets[:-1] >= _GAP * sr
        first, last = np.r_[True, apart][: len(onsets)], np.r_[apart, True][: len(onsets)]
        self.runs += zip(onsets[first].tolist(), offsets[last].tolist(), strict=True)

    def words(self) -> str:
        """Say how many there are, or empty if missing."""
        if not self.samples:
            return ""
        verb = "is no number" if self.samples == 1 else "are no numbers"
        return f"{count(self.samples, 'sample')} {verb}, or larger than any sound"
