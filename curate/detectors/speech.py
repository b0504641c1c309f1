"""Finds human speech with the silero voice detector and its ear for nature (`_nature`).

The probability of speech in every 32 ms is kept, and segments are found in those numbers
alone. So a new threshold needs no audio, and gives exactly what listening again with that
threshold would give.
"""

from __future__ import annotations

import importlib.metadata
import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from curate import intervals
from curate.detectors.track import FULL, Track
from curate.errors import UsageError
from curate.model import Segment
from curate.model.speech import LOWEST_SCORE, MIN_SPEECH, REACH, SPEECH_CHUNK, SPEECH_SR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curate.detectors._silero_stream import Ended
    from curate.detectors.silero import SileroNet

#: Probabilities at which a stretch starts, and below which it ends.
_START, _END = 0.2, 0.1

#: Seconds below `_END` that do not end a stretch.
_BREATH = 0.2

#: Shortest stretch, seconds.
_SHORTEST = 0.1

#: Frames (0.26 s) over which a stretch must convince: a syllable and its neighbours.
_SYLLABLE = 8

#: Seconds by which a stretch is widened. Silero does so by 0.03 at both ends; but it hears a voice
#: in noise late, and in trials a fifth of what was missed at 0 dB lay before a voice that was found.
#: 0.18 s before finds no more.
#: Together they are shorter than the shortest pause, which is 7 frames or 0.22 s.
_BEFORE, _AFTER = 0.15, 0.03


#: The log odds of a voice, by those that the witnesses agree on: where the line begins, and how it rises.
#: Fitted on 720 mixes and 726 recordings without voices, by weights that never heard them. On other draws
#: ``bench/speech_accuracy.py`` tells how far it is off.
_OFFSET, _SLOPE = -1.82, 0.69


class SpeechDetector:
    """Listens for human voices.

    Parameters
    ----------
    device
        Where the network runs: ``cpu``, ``cuda``, or ``auto``, which is cuda where there is
        one. It is loaded when the first recording is opened.
    """

    name: ClassVar[str] = "speech"
    # Below 500 Hz nothing but the pitch of a voice is left.
    least_sr: ClassVar[int] = 1000
    # Loaded when the first recording is opened: it imports torch.
    loads: ClassVar[tuple[str, ...]] = ("curate.detectors._silero_stream",)
    version: ClassVar[str] = f"9 (silero-vad {importlib.metadata.version('silero-vad')})"

    def __init__(self, *, device: str = "auto") -> None:
        self.device = device

    def open(self, sr: int) -> SpeechListener:
        """Start listening to one recording, sampled at `sr` Hz.

        Raises
        ------
        UsageError
            If there is no such device here.
        CurateError
            If the installed silero-vad is not the one that curate knows.
        """
        from curate.detectors.silero import load  # noqa: PLC0415 - imports torch

        del sr  # it hears at `LOW_SR`
        return SpeechListener(load(self.device, nature=True))

    def segments(
        self, packed: bytes, *, lowest_score: float = LOWEST_SCORE, min_speech: float = MIN_SPEECH
    ) -> list[Segment]:
        """Find speech in a packed track, as `segments` does."""
        return segments(Track.unpack(packed), lowest_score=lowest_score, min_speech=min_speech)


class SpeechListener:
    """Hears one recording. What is above half of its rate is missing for a rate below 16 kHz."""

    def __init__(self, net: SileroNet) -> None:
        from curate.detectors._silero_stream import Stream  # noqa: PLC0415 - imports torch

        self._stream = Stream(net)

    def hear_low(self, samples: NDArray[np.float32]) -> None:
        """Hear the next samples."""
        self._stream.feed(samples)

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Track`. An empty recording has 0 frames."""
        return self.finish_together([self.end(duration)])[0]

    def end(self, duration: float) -> Ended:
        """Hear the end, but for what the network hears of several recordings together."""
        del duration
        return self._stream.end()

    @staticmethod
    def finish_together(ended: Sequence[Ended]) -> list[bytes]:
        """Let the network hear what is left of several recordings, and give the packed `Track` of each."""
        from curate.detectors._silero_stream import probabilities  # noqa: PLC0415 - imports torch

        return [
            Track.quantised(each, hop=SPEECH_CHUNK / SPEECH_SR, n_samples=one.n_samples).pack()
            for one, each in zip(ended, probabilities(ended), strict=True)
        ]


def check_device(device: str) -> None:
    """Make sure that the network can run on a device.

    Raises
    ------
    UsageError
        If there is no such device, or not here.
    """
    if device not in ("auto", "cpu"):  # looking for CUDA takes torch, and a second
        from curate.detectors.silero import choose_device  # noqa: PLC0415

        choose_device(device)


def check_settings(*, lowest_score: float, min_speech: float) -> None:
    """Make sure that `segments` can use these settings.

    Raises
    ------
    UsageError
        If one is out of range (or NaN).
    """
    if not 0 < lowest_score < 1:
        raise UsageError(f"lowest_score is {lowest_score}", hint="give a score between 0 and 1, such as 0.25")
    if not 0 <= min_speech < math.inf:
        raise UsageError(f"min_speech is {min_speech}", hint="give a time in seconds, such as 0.25")


def segments(
    track: Track, *, lowest_score: float = LOWEST_SCORE, min_speech: float = MIN_SPEECH
) -> list[Segment]:
    """Find speech in a track: what convinces, and what belongs to it.

    A stretch begins where the probability reaches 0.2 and ends where it stays below 0.1 for
    0.2 s. Two witnesses give its score: the greatest mean over 0.26 s, and the mean of all of it;
    their odds are multiplied, and the product is `calibrated`. So a bird's phrase that sounds like a
    word for a moment scores less than a person who speaks all along: at the same share of voices
    found, a third less was lost of animals than by the first mean alone.

    A score that reaches `lowest_score` makes a voice, and so is what lies of a weaker stretch within
    0.5 s of a voice: a person who is heard clearly once is not believed to be an animal in the next
    breath. In trials this found far more quiet speech than any single threshold, at the same rate of
    false alarms; with 1 s, twice as much was lost of the animals around a voice.

    Parameters
    ----------
    track
        As heard by `SpeechListener`.
    lowest_score : 0 < lowest_score < 1
    min_speech : seconds, >= 0
        A stretch that is shorter, with the 0.18 s by which it is widened, is no voice by itself.

    Returns
    -------
    Sorted and disjoint, labelled ``speech``
        With the score, to four places.

    Raises
    ------
    UsageError
        If `lowest_score` or `min_speech` is out of range.
    """
    check_settings(lowest_score=lowest_score, min_speech=min_speech)
    probabilities = track.probabilities / FULL
    stretches = _stretches(probabilities)
    if not stretches:
        return []
    end = track.n_samples / SPEECH_SR
    found = [
        Segment(
            max(0.0, start * track.hop - _BEFORE),
            min(end, stop * track.hop + _AFTER),
            "speech",
            score=round(
                calibrated(_agreed(_loudest(probabilities, start, stop), probabilities[start:stop].mean())), 4
            ),
        )
        for start, stop in stretches
    ]
    voices = [s for s in found if (s.score or 0.0) >= lowest_score and s.duration >= min_speech]
    return _with_neighbours(found, voices)


def _loudest(probabilities: NDArray[np.float64], start: int, stop: int) -> float:
    """Greatest mean over a syllable around one of these frames; beyond the ends is silence."""
    before, behind = _SYLLABLE // 2, _SYLLABLE // 2 - 1
    first, last = max(0, start - before), min(len(probabilities), stop + behind)
    around = np.pad(probabilities[first:last], (first - start + before, stop + behind - last))
    return float(np.convolve(around, np.full(_SYLLABLE, 1 / _SYLLABLE), mode="valid").max())


def _agreed(one: float, other: float) -> float:
    """Multiply the odds of two probabilities, which are not both 0 and 1.

    Rounding may put a mean of ones above one.
    """
    one, other = min(1.0, one), min(1.0, other)
    return float(one * other / (one * other + (1 - one) * (1 - other)))


def calibrated(agreed: float) -> float:
    """Turn what the witnesses agree on into a share: of stretches at 0.9, about nine in ten are voices.

    Parameters
    ----------
    agreed : 0 to 1

    Returns
    -------
    0 to 1
        A line in log odds, so it grows with `agreed`, and 0 and 1 stay.

    Examples
    --------
    >>> calibrated(0.0), calibrated(1.0)
    (0.0, 1.0)
    """
    if not 0 < agreed < 1:
        return agreed
    odds = math.exp(_OFFSET + _SLOPE * math.log(agreed / (1 - agreed)))
    return odds / (1 + odds)


def _with_neighbours(found: list[Segment], voices: list[Segment]) -> list[Segment]:
    """Add to the voices what lies within `REACH` of one."""
    near = intervals.pad([(v.onset, v.offset) for v in voices], REACH)
    inside = intervals.overlaps([(s.onset, s.offset) for s in found], near)
    own = set(voices)
    return [
        part
        for segment, spans in zip(found, inside, strict=True)
        for part in ([segment] if segment in own else [replace(segment, onset=a, offset=b) for a, b in spans])
    ]


def _stretches(probabilities: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Find where somebody may speak: first frame, and frame behind the last."""
    starts = probabilities >= _START
    if not starts.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], probabilities >= _END, [False]])))
    begun = [
        (first + int(np.argmax(starts[first:stop])), int(stop))
        for first, stop in edges.reshape(-1, 2)
        if starts[first:stop].any()
    ]
    hop = SPEECH_CHUNK / SPEECH_SR
    joined = intervals.union(begun, gap=_BREATH / hop)
    return [(int(a), int(b)) for a, b in joined if (b - a) * hop >= _SHORTEST]
