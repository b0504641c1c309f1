"""Finds human speech with the silero voice detector.

The probability of speech in every 32 ms is kept, and segments are found in those numbers
alone, by silero's own rule. So a new threshold needs no audio, and gives exactly what
listening again with that threshold would give.
"""

from __future__ import annotations

import importlib.metadata
import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.audio.resample import Resampler, to_mono
from curate.detectors.track import FULL, Track
from curate.errors import UsageError
from curate.model import Segment

if TYPE_CHECKING:
    from curate.detectors.silero import SileroNet

# Again in silero.py, which imports torch: finding segments does without it.
_SR = 16000
_CHUNK = 512

#: Beyond this a value is no sound, and its square could overflow in the network. Files that
#: hold 32-bit integers as floats (up to 2**31) are far below.
_LIMIT = 1e12


class SpeechDetector:
    """Listens for human voices.

    Parameters
    ----------
    device
        Where the network runs: ``cpu``, ``cuda``, or ``auto``, which is cuda where there is
        one. It is loaded when the first recording is opened.
    """

    name: ClassVar[str] = "speech"
    version: ClassVar[str] = f"1 (silero-vad {importlib.metadata.version('silero-vad')})"

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

        return SpeechListener(load(self.device), sr)

    def segments(self, packed: bytes, *, threshold: float = 0.5, min_speech: float = 0.25) -> list[Segment]:
        """Find speech in a packed track, as `segments` does."""
        return segments(Track.unpack(packed), threshold=threshold, min_speech=min_speech)


class SpeechListener:
    """Hears one recording in blocks of any length; the blocks do not change what it hears.

    Channels are averaged. NaN, infinities and values beyond 1e12 count as silence.

    Parameters
    ----------
    net
        The network.
    sr : Hz
        Rate of the recording. Lower ones than 16 kHz are heard as they are, with nothing
        above half of their rate.
    """

    def __init__(self, net: SileroNet, sr: int) -> None:
        from curate.detectors.silero import Stream  # noqa: PLC0415 - imports torch

        self._resampler = Resampler(sr, _SR)
        self._stream = Stream(net)

    def feed(self, block: NDArray[np.float32]) -> None:
        """Hear the next stretch, shape=(channels, n)."""
        mono = to_mono(_sound(block))
        self._stream.feed(self._resampler.feed(mono[np.newaxis])[0])

    def finish(self) -> bytes:
        """Hear the end, and give the packed `Track`; an empty recording has no frames."""
        self._stream.feed(self._resampler.finish()[0])
        probabilities = self._stream.finish()
        return Track.quantised(probabilities, hop=_CHUNK / _SR, n_samples=self._stream.n_samples).pack()


def _sound(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Silence whatever is no sound; NaN fails every comparison."""
    # The energy bounds every sample, and costs a third of asking for the extremes.
    if np.vdot(block, block) <= _LIMIT**2:
        return block
    return np.where(np.abs(block) <= _LIMIT, block, np.float32(0))


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


def check_settings(*, threshold: float, min_speech: float) -> None:
    """Make sure that `segments` can use these settings.

    Raises
    ------
    UsageError
        If one is out of range (or NaN).
    """
    if not 0 < threshold < 1:
        raise UsageError(f"threshold is {threshold}", hint="give a probability between 0 and 1, such as 0.5")
    if not 0 <= min_speech < math.inf:
        raise UsageError(f"min_speech is {min_speech}", hint="give a time in seconds, such as 0.25")


def segments(track: Track, *, threshold: float = 0.5, min_speech: float = 0.25) -> list[Segment]:
    """Find speech in a track by silero's rule.

    Speech begins where the probability reaches `threshold` and ends where it stays below
    `threshold` - 0.15 for 100 ms; what remains is widened by 30 ms at both ends.

    Parameters
    ----------
    track
        As heard by `SpeechListener`.
    threshold : 0 < threshold < 1
    min_speech : seconds, >= 0
        Speech must be longer than this.

    Returns
    -------
    Sorted and disjoint, labelled ``speech``
        The score is the mean probability over the frames that a segment touches, to four places.

    Raises
    ------
    UsageError
        If `threshold` or `min_speech` is out of range.
    """
    check_settings(threshold=threshold, min_speech=min_speech)
    probabilities = track.probabilities / FULL
    # Nearly all recordings hold no voice, and silero's rule is a slow loop over all frames.
    if not (probabilities >= threshold).any():
        return []
    from curate.detectors._silero_package import silero_package  # noqa: PLC0415 - imports torch

    found = silero_package().get_speech_timestamps_from_probs(
        probabilities.tolist(),
        sampling_rate=_SR,
        threshold=threshold,
        min_speech_duration_ms=min_speech * 1000,
        audio_length_samples=track.n_samples,
    )
    return [_segment(speech["start"], speech["end"], probabilities) for speech in found]


def _segment(start: int, end: int, probabilities: NDArray[np.float64]) -> Segment:
    frames = probabilities[start // _CHUNK : -(-end // _CHUNK)]
    return Segment(start / _SR, end / _SR, "speech", score=round(float(frames.mean()), 4))
