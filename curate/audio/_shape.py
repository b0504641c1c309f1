"""Sound of one rate and number of channels, whatever comes in: a stream may change both in its middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.audio.resample import Resampler, to_mono


class Shaper:
    """Converts blocks to one rate and number of channels.

    Mono goes to every channel, and several channels become mono as their mean; other numbers keep the first
    channels and repeat the last one.

    Parameters
    ----------
    sr : Hz
    channels
    """

    def __init__(self, sr: int, channels: int) -> None:
        self._sr, self._channels = sr, channels
        self._resampler: Resampler | None = None
        self._sr_in = sr

    @property
    def is_busy(self) -> bool:
        """Whether something is held back, so that blocks of the right shape must come here as well."""
        return self._resampler is not None

    def feed(self, block: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
        """Convert the next block, shape=(any, n), at `sr` Hz."""
        parts = [self.finish()] if sr != self._sr_in else []
        if self._resampler is None and sr != self._sr:
            self._resampler, self._sr_in = Resampler(sr, self._sr, self._channels), sr
        sound = self._mixed(block)
        parts.append(sound if self._resampler is None else self._resampler.feed(sound))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def finish(self) -> NDArray[np.float32]:
        """Give what a change of rate still holds back, shape=(channels, n)."""
        resampler, self._resampler, self._sr_in = self._resampler, None, self._sr
        return np.empty((self._channels, 0), np.float32) if resampler is None else resampler.finish()

    def _mixed(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        if len(block) == self._channels:
            return block
        if self._channels == 1:
            return to_mono(block)[np.newaxis]
        return block[np.minimum(np.arange(self._channels), len(block) - 1)]


def unread(streams: int) -> str:
    """Tell of a file that holds several streams of sound side by side. Readers play only one."""
    return f"holds {streams} streams of sound, and curate reads the first"


def changed(shape: tuple[int, int], seconds: float) -> str:
    """Tell of a stream that continues with another rate and number of channels."""
    sr, channels = shape
    return f"stream changes to {channels} channels at {sr} Hz at {seconds:.2f} s"
