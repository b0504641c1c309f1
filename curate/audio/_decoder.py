"""What the two decoders share: an open recording that is read forwards, block by block.

A decoder says how it fills a block; this class makes a stream of that, and puts into words
what went wrong on the way. Damage never raises once a first frame has been decoded: the
stream ends (or goes on behind the damage) and `problem` says so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from curate.errors import CurateError, DecodeFailed

#: Frames per block: 1 MiB of float32 per channel, eight seconds at 32 kHz.
BLOCK_FRAMES = 1 << 18


class border:  # noqa: N801 - used as a statement; written out, for it stands around every packet
    """Let whatever a decoder library raises arrive as `DecodeFailed`; only calls into it stand in here.

    Parameters
    ----------
    words
        Takes the library's words out of its error.
    """

    __slots__ = ("_words",)

    def __init__(self, words: Callable[[Exception], str]) -> None:
        self._words = words

    def __enter__(self) -> None:
        """Nothing is needed before the call."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A broken file can make a library raise anything, and must fail alone. FFmpeg has a MemoryError
        # of its own, for sizes that a file made up; Python's says that there is no memory.
        if isinstance(error, Exception) and not isinstance(error, CurateError) and kind is not MemoryError:
            raise DecodeFailed(self._words(error) or type(error).__name__) from error


class AudioFile(ABC):
    """An open recording, read forwards once; close it, or use it in a ``with``.

    Attributes
    ----------
    sr : Hz
    channels
    format, codec
        In lower case, as in `curate.model.AudioInfo`.
    declared_frames
        Samples per channel that the header promises, None where it promises nothing.
        Containers that only know seconds promise within a few thousand frames.
    problem
        What was wrong with what has been decoded so far; complete once `blocks` has ended.
    """

    sr: int
    channels: int
    format: str
    codec: str
    declared_frames: int | None = None
    problem: str | None = None

    #: Frames that may be missing at the end before the file counts as truncated.
    _slack = 0

    def __init__(self) -> None:
        self._position = 0
        self._complaint: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    @abstractmethod
    def _fill(self, block: NDArray[np.float32]) -> int:
        """Decode into `block`, shape=(channels, n); fewer frames than n only at the end."""

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[NDArray[np.float32]]:
        """Decode from the current position to the end, in bounded memory.

        Each block is an array of its own that the caller may keep or change.

        Parameters
        ----------
        frames : at least 1
            Length of every block but the last, which may be shorter.

        Yields
        ------
        shape=(channels, n), contiguous, full scale 1.0
            NaN and infinities of a float file are passed on as they are.
        """
        n = frames
        while n == frames:
            block = np.empty((self.channels, frames), np.float32)
            n = self._fill(block)
            self._position += n
            if n == frames:
                yield block
            elif n:
                yield np.ascontiguousarray(block[:, :n])
        self._judge_end()

    def leap(self, frames: int) -> None:
        """Leave out the next `frames` frames, quickly where it may cost exactness: for ears and pictures."""
        self.skip(frames)

    def skip(self, frames: int) -> None:
        """Leave out the next `frames` frames, or all that are left."""
        scratch = np.empty((self.channels, min(frames, BLOCK_FRAMES)), np.float32)
        while frames > 0:
            n = self._fill(scratch[:, : min(frames, BLOCK_FRAMES)])
            self._position += n
            if n == 0:
                return
            frames -= n

    def count(self) -> int:
        """Find how many frames the file truly holds; nothing can be read afterwards."""
        return sum(block.shape[1] for block in self.blocks())

    def _complain(self, words: str) -> None:
        """Keep the first complaint: what follows it is mostly its consequence."""
        if self._complaint is None:
            self._complaint = words

    def _judge_end(self) -> None:
        """Set `problem` from where the stream ended and what the decoder said until then."""
        missing = 0 if self.declared_frames is None else self.declared_frames - self._position
        if missing > self._slack and self.declared_frames is not None:
            seconds = f"{self._position / self.sr:.2f} s of {self.declared_frames / self.sr:.2f} s"
            words = f": {self._complaint}" if self._complaint else ""
            self.problem = f"truncated: decoder stopped at {seconds}{words}"
        else:
            self.problem = self._complaint
