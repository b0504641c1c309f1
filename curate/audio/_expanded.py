"""Recordings that play slower than the sound was, at the rate that the sound was sampled with.

Bat recorders of the older kind write each second as ten, so that people can hear it. All times and
frequencies here are those of the animal: the frames are the same, and the rate is multiplied.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.audio._decoder import AudioFile


class ExpandedFile(AudioFile):
    """An open file whose rate counts `factor` times.

    Parameters
    ----------
    played
        The file as its header has it; closed with this one.
    factor : > 0
    """

    def __init__(self, played: AudioFile, factor: float) -> None:
        super().__init__()
        self._played = played
        self.sr, self.channels = max(1, round(played.sr * factor)), played.channels
        self.format, self.codec = played.format, played.codec
        self.time_expansion = factor

    def close(self) -> None:
        """Let go of the file."""
        self._played.close()

    def _fill(self, block: NDArray[np.float32]) -> int:
        return self._played.fill(block)

    def leap(self, frames: int) -> None:
        """Leave out frames as the file itself does."""
        self._played.leap(frames)
        self._position = self._played.position

    def count(self, *, checked: bool = True) -> int:
        """Count as the file itself does."""
        frames = self._played.count(checked=checked)
        self._position, self._has_ended = frames, True
        self.finish()
        return frames

    def finish(self) -> None:
        """Tell what was wrong with the file. Its own words count seconds as it plays."""
        self.problem, self.damage = self._played.problem, self._played.damage
