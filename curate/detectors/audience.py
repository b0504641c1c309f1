"""All the detectors that listen to one recording, and what some of them share: frames, and a low rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.audio.resample import Resampler, sound_only, to_mono
from curate.audio.spectrum import Framer, Frames
from curate.detectors import LOW_SR, BlockListener, Detector, FrameListener, Listener, LowListener


class Audience:
    """Hands a recording on to its listeners: as blocks, as frames, or at a low rate, as each asks for.

    Parameters
    ----------
    detectors
        By name; each is opened.
    sr : Hz
    """

    def __init__(self, detectors: Mapping[str, Detector], sr: int) -> None:
        self._listeners: dict[str, Listener] = {
            name: detector.open(sr) for name, detector in detectors.items()
        }
        # Told by their methods: asking for the protocols themselves takes as long as a second of sound.
        everyone: list[Any] = list(self._listeners.values())
        self._blocks: list[BlockListener] = [each for each in everyone if hasattr(each, "feed")]
        self._frames: list[FrameListener] = [each for each in everyone if hasattr(each, "hear")]
        self._lows: list[LowListener] = [each for each in everyone if hasattr(each, "hear_low")]
        self._framer = Framer(sr) if self._frames else None
        self._resampler = Resampler(sr, LOW_SR) if self._lows else None
        self._sr = sr
        self._heard = 0

    def feed(self, block: NDArray[np.float32]) -> None:
        """Hear the next stretch, shape=(channels, n)."""
        self._heard += block.shape[1]
        for listener in self._blocks:
            listener.feed(block)
        if self._framer is None and self._resampler is None:
            return
        sound = sound_only(block)
        if self._resampler is not None:
            self._tell_low(self._resampler.feed(to_mono(sound)[np.newaxis])[0])
        if self._framer is not None:
            for frames in self._framer.feed(sound):
                self._tell(frames)

    def finish(self) -> dict[str, bytes]:
        """Hear the end; give each detector's packed track."""
        if self._resampler is not None:
            self._tell_low(self._resampler.finish()[0])
        if self._framer is not None:
            for frames in self._framer.finish():
                self._tell(frames)
        duration = self._heard / self._sr
        return {name: listener.finish(duration) for name, listener in self._listeners.items()}

    def _tell(self, frames: Frames) -> None:
        for listener in self._frames:
            listener.hear(frames)

    def _tell_low(self, samples: NDArray[np.float32]) -> None:
        for listener in self._lows:
            listener.hear_low(samples)
