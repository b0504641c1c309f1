"""All the detectors that listen to one recording, and the frames that some of them share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import Framer
from curate.detectors import Detector, FrameListener, Listener


class Audience:
    """Hands a recording on to its listeners: as blocks to some, as frames to the others.

    Parameters
    ----------
    detectors
        By name; each is opened.
    sr : Hz
    """

    def __init__(self, detectors: Mapping[str, Detector], sr: int) -> None:
        opened = {name: detector.open(sr) for name, detector in detectors.items()}
        self._blocks: dict[str, Listener] = {}
        self._frames: dict[str, FrameListener] = {}
        for name, listener in opened.items():
            if isinstance(listener, FrameListener):
                self._frames[name] = listener
            else:
                self._blocks[name] = listener
        self._framer = Framer(sr) if self._frames else None

    def feed(self, block: NDArray[np.float32]) -> None:
        """Hear the next stretch, shape=(channels, n)."""
        for listener in self._blocks.values():
            listener.feed(block)
        if self._framer is not None:
            for frames in self._framer.feed(block):
                for framed in self._frames.values():
                    framed.hear(frames)

    def finish(self) -> dict[str, bytes]:
        """Hear the end; give each detector's packed track."""
        tracks = {name: listener.finish() for name, listener in self._blocks.items()}
        if self._framer is not None:
            for frames in self._framer.finish():
                for framed in self._frames.values():
                    framed.hear(frames)
            tracks |= {name: framed.finish(self._framer.duration) for name, framed in self._frames.items()}
        return tracks
