"""All the detectors that listen to one recording, and what some of them share: frames, and a low rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.audio.mix import Mixer
from curate.audio.resample import Resampler, sound_only
from curate.audio.spectrum import Framer
from curate.detectors import LOW_SR, Detector, Listener
from curate.errors import portable


@dataclass(slots=True)
class GroupResult:
    """What the listeners of one recording heard.

    Parameters
    ----------
    tracks
        Packed, of the detectors that are done.
    late
        What `TogetherListener.end` gave, with what takes the last step.
    failures
        Errors of detectors that failed at this recording, which end their own work alone.
    too_low
        Least rates, in Hz, of detectors that have nothing to say of this one.
    """

    tracks: dict[str, bytes] = field(default_factory=dict)
    late: dict[str, tuple[Callable[[Sequence[Any]], list[bytes]], Any]] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    too_low: dict[str, int] = field(default_factory=dict)

    def fail(self, name: str, error: Exception) -> None:
        """Note the error of a detector. Memory that runs out counts as a fault of the recording."""
        if isinstance(error, MemoryError):
            raise error
        self.failures[name] = portable(error)


class DetectorGroup:
    """Hands a recording on to its listeners: as blocks, as frames, or at a low rate, as each asks for.

    A detector that raises hears no more of this recording; the others do.

    Parameters
    ----------
    detectors
        By name; each is opened, unless the rate is too low for it.
    sr : Hz
    """

    def __init__(self, detectors: Mapping[str, Detector], sr: int) -> None:
        self._result = GroupResult()
        self._listeners: dict[str, Listener] = {}
        for name, detector in detectors.items():
            least = getattr(detector, "least_sr", 0)
            if sr < least:
                self._result.too_low[name] = least
                continue
            try:
                self._listeners[name] = detector.open(sr)
            except Exception as error:  # noqa: BLE001 - a detector of anybody's; it fails alone
                self._result.fail(name, error)
        # Told by their methods: asking for the protocols themselves takes as long as a second of sound.
        self._blocks = self._with("feed")
        self._frames = self._with("hear")
        self._lows = self._with("hear_low")
        self._framer = Framer(sr) if self._frames else None
        self._resampler = Resampler(sr, LOW_SR) if self._lows else None
        self._mixer = Mixer(sr)
        self._sr = sr
        self._heard = 0

    def feed(self, block: NDArray[np.float32]) -> None:
        """Hear the next stretch, shape=(channels, n)."""
        self._heard += block.shape[1]
        self._tell(self._blocks, block)
        if self._framer is None and self._resampler is None:
            return
        sound = sound_only(block)
        self._pass_on(self._mixer.feed(sound))

    def end(self) -> GroupResult:
        """Hear the end, all but the last step of those who take it together."""
        self._pass_on(self._mixer.finish())
        if self._resampler is not None:
            self._tell(self._lows, self._resampler.finish()[0])
        if self._framer is not None:
            for frames in self._framer.finish():
                self._tell(self._frames, frames)
        duration = self._heard / self._sr
        ended = self._result
        for name, listener in self._listeners.items():
            try:
                if hasattr(listener, "finish_together"):
                    together: Any = listener  # a `TogetherListener`
                    ended.late[name] = together.finish_together, together.end(duration)
                else:
                    ended.tracks[name] = listener.finish(duration)
            except Exception as error:  # noqa: BLE001 - as above
                ended.fail(name, error)
        return ended

    def finish(self) -> dict[str, bytes]:
        """Hear the end, and give each detector's packed track."""
        return finish_together([self.end()])[0]

    def _pass_on(self, mixed: Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> None:
        for sound, mono in mixed:
            if self._resampler is not None:
                self._tell(self._lows, self._resampler.feed(mono[np.newaxis])[0])
            if self._framer is not None:
                for frames in self._framer.feed(sound, mono):
                    self._tell(self._frames, frames)

    def _with(self, method: str) -> dict[str, Callable[[Any], None]]:
        """List the listeners that have a method, by name, with it."""
        return {
            name: getattr(listener, method)
            for name, listener in self._listeners.items()
            if hasattr(listener, method)
        }

    def _tell(self, listeners: dict[str, Callable[[Any], None]], heard: Any) -> None:  # noqa: ANN401
        failed = []
        for name, hear in listeners.items():
            try:
                hear(heard)
            except Exception as error:  # noqa: BLE001 - a detector of anybody's; it fails alone
                self._result.fail(name, error)
                failed.append(name)
        for name in failed:
            for each in (self._listeners, self._blocks, self._frames, self._lows):
                each.pop(name, None)


def finish_together(ended: Sequence[GroupResult]) -> list[dict[str, bytes]]:
    """Give each detector's packed track of several recordings, as `DetectorGroup.finish` does of one."""
    for name in {name: None for each in ended for name in each.late}:
        waiting = [each for each in ended if name in each.late]
        finish, _ = waiting[0].late[name]
        try:
            tracks = finish([each.late[name][1] for each in waiting])
        except Exception:  # noqa: BLE001 - it is met again, at its own recording
            for each in waiting:
                try:
                    each.tracks[name] = finish([each.late[name][1]])[0]
                except Exception as error:  # noqa: BLE001 - as above
                    each.fail(name, error)
            continue
        for each, track in zip(waiting, tracks, strict=True):
            each.tracks[name] = track
    return [each.tracks for each in ended]
