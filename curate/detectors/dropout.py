"""Finds where the microphone was dead: values beyond any microphone.

In a frame of real sound the samples differ. A frame whose samples are all equal is digital zero
(``zeros``) or a stuck value (``stuck``); in a recording of several channels also of only one of
them (``dead-channel``). A frame that repeats the one before bit by bit, or a recent one at a buffer's
distance, was written twice (``repeat``). And where the sound falls to the converter's last
bit and stays there until the end, the microphone came off (``dead``).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import Frames, hop_of
from curate.detectors._repeats import Repeats
from curate.detectors.levels import Columns, Levels, bridged, runs
from curate.errors import UsageError
from curate.model import Segment

#: What a frame can be, one bit each.
_ZEROS, _STUCK, _CHANNEL, _REPEAT, _FAINT = 1, 2, 4, 8, 16

#: Peak to peak, full scale 1.0, of what the last bits of a 16-bit converter give.
_LAST_BITS = 4 / 32768

#: Words for each, in the order in which they take precedence.
_LABELS = {"zeros": _ZEROS, "stuck": _STUCK, "repeat": _REPEAT, "dead-channel": _CHANNEL}


class DropoutDetector:
    """Listens for a dead microphone."""

    name: ClassVar[str] = "dropout"
    least_sr: ClassVar[int] = 0
    version: ClassVar[str] = "2"

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr: int) -> DropoutListener:
        """Start listening to one recording, sampled at `sr` Hz."""
        return DropoutListener(sr)

    def segments(self, packed: bytes, *, min_duration: float = 0.1) -> list[Segment]:
        """Find dropouts in what was heard.

        Parameters
        ----------
        min_duration : seconds
            Shorter ones are none: coders begin and end with a few milliseconds of zeros.

        Returns
        -------
        Sorted and disjoint; labelled ``zeros``, ``stuck``, ``repeat``, ``dead-channel`` or ``dead``

        Raises
        ------
        UsageError
            If `min_duration` is not a time.
        """
        if not 0 <= min_duration < math.inf:
            raise UsageError(f"min_duration is {min_duration}", hint="give a time in seconds, such as 0.1")
        heard = Levels.unpack(packed)
        if not heard.rows.size:
            return []
        kinds = heard.rows[0]
        dead = _dead_from(kinds)
        labels = np.zeros(len(kinds), np.uint8)
        for number, bit in enumerate(_LABELS.values(), start=1):
            labels[(labels == 0) & (kinds & bit > 0)] = number
        labels[dead:][labels[dead:] != 1] = len(_LABELS) + 1
        words = [*_LABELS, "dead"]
        found = [
            Segment(*heard.seconds(run), word, score=1.0)
            for number, word in enumerate(words, start=1)
            for run in bridged(runs(labels == number), gap=2, shortest=min_duration / heard.hop)
        ]
        return _disjoint(sorted(found, key=lambda segment: segment.onset))


class DropoutListener:
    """Keeps a byte of marks for every frame. Compressed they take little space."""

    def __init__(self, sr: int) -> None:
        self._hop = hop_of(sr) / sr
        self._columns = Columns(1)
        self._repeats = Repeats()

    def hear(self, frames: Frames) -> None:
        """Hear the next frames."""
        constant = frames.low == frames.high
        zero = constant & (frames.high == 0)
        marks = np.zeros(len(frames), np.uint8)
        repeated = self._repeats.hear(frames)
        if constant.any() or repeated.any():  # in hardly any recording
            marks[zero.all(axis=0)] |= _ZEROS
            marks[constant.all(axis=0) & ~zero.all(axis=0)] |= _STUCK
            marks[constant.any(axis=0) & ~constant.all(axis=0)] |= _CHANNEL
            marks[repeated & ~constant.all(axis=0)] |= _REPEAT
        marks[(frames.high - frames.low).max(axis=0) <= _LAST_BITS] |= _FAINT
        self._columns.append(marks[np.newaxis])

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Levels`."""
        return Levels(self._hop, duration, self._columns.all()).pack()


def _dead_from(kinds: NDArray[np.uint8]) -> int:
    """First frame from which on there is nothing but the converter's last bits until the end.

    Returns the number of frames where the end is sound, or where no sound came before.
    """
    is_sound = kinds & (_FAINT | _ZEROS | _STUCK) == 0
    return len(kinds) - int(is_sound[::-1].argmax()) if is_sound.any() else len(kinds)


def _disjoint(found: list[Segment]) -> list[Segment]:
    """Let each segment begin where the one before ends: bridging may have let them overlap."""
    apart: list[Segment] = []
    for segment in found:
        onset = max(segment.onset, apart[-1].offset) if apart else segment.onset
        if onset < segment.offset:
            apart.append(Segment(onset, segment.offset, segment.label, segment.score))
    return apart
