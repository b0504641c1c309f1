"""All the detectors that listen to one recording, and what some of them share: frames, and a low rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.audio.resample import Resampler, sound_only, to_mono
from curate.audio.spectrum import Framer, Frames
from curate.detectors import (
    LOW_SR,
    BlockListener,
    Detector,
    FrameListener,
    Listener,
    LowListener,
)


@dataclass(slots=True)
class GroupResult:
    """What the listeners of one recording heard.

    Parameters
    ----------
    tracks
        Packed, of the detectors that are done.
    late
        What `TogetherListener.end` gave, with what takes the last step.
    """

    tracks: dict[str, bytes] = field(default_factory=dict)
    late: dict[str, tuple[Callable[[Sequence[Any]], list[bytes]], Any]] = field(default_factory=dict)


class DetectorGroup:
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

    def end(self) -> GroupResult:
        """Hear the end, all but the last step of those who take it together."""
        if self._resampler is not None:
            self._tell_low(self._resampler.finish()[0])
        if self._framer is not None:
            for frames in self._framer.finish():
                self._tell(frames)
        duration = self._heard / self._sr
        ended = GroupResult()
        for name, listener in self._listeners.items():
            if hasattr(listener, "finish_together"):
                together: Any = listener  # a `TogetherListener`
                ended.late[name] = together.finish_together, together.end(duration)
            else:
                ended.tracks[name] = listener.finish(duration)
        return ended

    def finish(self) -> dict[str, bytes]:
        """Hear the end; give each detector's packed track."""
        return finish_together([self.end()])[0]

    def _tell(self, frames: Frames) -> None:
        for listener in self._frames:
            listener.hear(frames)

    def _tell_low(self, samples: NDArray[np.float32]) -> None:
        for listener in self._lows:
            listener.hear_low(samples)


def finish_together(ended: Sequence[GroupResult]) -> list[dict[str, bytes]]:
    """Give each detector's packed track of several recordings, as `DetectorGroup.finish` does of one."""
    for name in {name: None for each in ended for name in each.late}:
        waiting = [each for each in ended if name in each.late]
        finish, _ = waiting[0].late[name]
        for each, track in zip(waiting, finish([each.late[name][1] for each in waiting]), strict=True):
            each.tracks[name] = track
    return [each.tracks for each in ended]
