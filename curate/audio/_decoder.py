"""What the decoders share: an open recording that is read forwards, block by block, to its last byte.

A decoder says how it fills a block; this class makes a stream of that, and puts into words
what went wrong on the way. Damage never raises once a first frame has been decoded. Where a decoder
gives up its sequels go on: another decoder for the rest, and the further parts of the file. What cannot be
decoded in between is a hole: silence of the lost length, so that times stay true, listed in `damage`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from curate import intervals
from curate.audio._numbers import NoNumbers
from curate.audio._shape import Shaper
from curate.errors import CurateError, DecodeFailed
from curate.model import is_float

#: Frames per block: 1 MiB of float32 per channel, eight seconds at 32 kHz.
BLOCK_FRAMES = 1 << 18

#: No recording is longer, in seconds: a year.
_LONGEST = 365.0 * 86400

#: Complaints that are told of one file.
_MOST_TOLD = 3


class border:  # noqa: N801 - used as a statement; written out, for it stands around every packet
    """Let whatever a decoder library raises arrive as `DecodeFailed`. Only calls into it stand in here.

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
        if isinstance(error, Exception):
            failure = as_failure(error, self._words)
            if failure is not error:
                raise failure from error


def as_failure(error: Exception, words: Callable[[Exception], str]) -> CurateError:
    """Give what a decoder library raised as `DecodeFailed`. Raises it again when memory runs out.

    A broken file can make a library raise anything, and must fail alone. FFmpeg has a MemoryError of its own,
    for sizes that a file made up; Python's says that there is no memory.
    """
    if type(error) is MemoryError:
        raise error
    return error if isinstance(error, CurateError) else DecodeFailed(words(error) or type(error).__name__)


class AudioFile(ABC):
    """An open recording, read forwards once. Close it, or use it in a ``with``.

    Attributes
    ----------
    sr : Hz
        Of the sound; a file that plays it slower has a lower one in its header.
    channels
    time_expansion
        How much slower the file plays than the sound was.
    format, codec
        In lower case, as in `curate.model.AudioInfo`.
    declared_frames
        Samples per channel that the header promises, None where it promises nothing.
        Containers that only know seconds promise within a few thousand frames.
    problem
        What was wrong with what has been decoded so far; complete once `blocks` has ended.
    damage : frames
        Holes so far, in order: where sound was lost, silence of the same length was put in. Where a float
        file holds no numbers is a hole, too, once its decoder has ended; those samples stay as they are.
    filling : frames
        Behind the end, what only fills an encoder's last packets; complete once `blocks` has ended.
    sequels
        Gives the next decoder, at its place, when the one before has ended.
    """

    sr: int
    channels: int
    format: str
    codec: str
    declared_frames: int | None = None
    problem: str | None = None
    filling: int = 0
    time_expansion: float = 1.0

    #: Frames that may be missing at the end before the file counts as truncated.
    _slack = 0

    def __init__(self) -> None:
        self._position = 0
        self._complaints: list[str] = []
        self._has_ended = False
        self._sequel: Sequel | None = None
        self.sequels: Iterator[Sequel] | None = None
        self.damage: list[tuple[int, int]] = []
        self._no_numbers = NoNumbers()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sequel is not None:
            self._sequel.audio.close()
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    @abstractmethod
    def _fill(self, block: NDArray[np.float32]) -> int:
        """Decode into `block`, shape=(channels, n); fewer frames than n only at the end."""

    @property
    def position(self) -> int:
        """Frames decoded or left out so far, holes included."""
        return self._position

    @property
    def consumed(self) -> int:
        """Byte up to which the file was surely read by this decoder, from its start on."""
        return 0

    @property
    def is_short(self) -> bool:
        """Whether this decoder ended before the promised end, or complained."""
        return bool(self._complaints) or self._missing() > self._slack

    def fill(self, block: NDArray[np.float32]) -> int:
        """Decode into `block`, shape=(channels, n). Fewer frames only at the end of the last sequel."""
        done = 0
        if not self._has_ended:
            done = self._fill(block)
            if is_float(self.codec):
                self._no_numbers.feed(block[:, :done], self._position, self.sr)
            self._position += done
            if done == block.shape[1]:
                return done
            self._end()
        while done < block.shape[1] and self._sequel is not None:
            n = self._sequel.fill(block[:, done:])
            self._position += n
            done += n
            if done < block.shape[1]:
                self._end()
        return done

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
            n = self.fill(block)
            if n == frames:
                yield block
            elif n:
                yield np.ascontiguousarray(block[:, :n])

    def filled(self, frames: int) -> Iterator[NDArray[np.float32]]:
        """Give silence behind the end, up to a length that counts what fills the last packets as sound.

        Catalogues of earlier versions have such lengths of MP4s.
        """
        missing = frames - self._position
        if 0 < missing <= self.filling:
            yield np.zeros((self.channels, missing), np.float32)

    def holes(self) -> tuple[tuple[float, float], ...]:
        """List the damage so far in seconds."""
        return tuple((start / self.sr, stop / self.sr) for start, stop in self.damage)

    def leap(self, frames: int) -> None:
        """Leave out the next `frames` frames, quickly where it may cost exactness: for ears and pictures."""
        self.skip(frames)

    def skip(self, frames: int) -> None:
        """Leave out the next `frames` frames, or all that are left."""
        scratch = np.empty((self.channels, min(frames, BLOCK_FRAMES)), np.float32)
        while frames > 0:
            n = self.fill(scratch[:, : min(frames, BLOCK_FRAMES)])
            if n == 0:
                return
            frames -= n

    def skip_all(self) -> int:
        """Decode all that is left, to its end, and discard it. Gives the frames of the whole."""
        scratch = np.empty((self.channels, BLOCK_FRAMES), np.float32)
        while self.fill(scratch):
            pass
        return self._position

    def count(self, *, checked: bool = True) -> int:
        """Find how many frames the file truly holds. Reading ends there.

        Parameters
        ----------
        checked
            Look for damage in the middle, too, where checksums show it; else only at the end.
        """
        self._count(checked=checked)
        return self.skip_all()

    def _count(self, *, checked: bool) -> None:  # noqa: B027 - there is nothing to do where that is not possible
        """Go to this decoder's end without decoding, where that is surely possible."""

    def finish(self) -> None:
        """Judge this decoder's end: `problem` says what was wrong until then."""
        missing = self._missing()
        words = "; ".join(self._complaints[:_MOST_TOLD])
        if missing > self._slack and self.declared_frames is not None:
            promised = self.declared_frames / self.sr
            # What no recording lasts is a broken header, and its digits would say nothing.
            length = f"{promised:.2f} s" if promised < _LONGEST else "a length that cannot be true"
            seconds = f"{self._position / self.sr:.2f} s of {length}"
            words = f"truncated: decoder stopped at {seconds}" + (f": {words}" if words else "")
        if self._no_numbers.runs:
            words = "; ".join([*([words] if words else []), self._no_numbers.words()])
            # FFmpeg decodes ahead: its own holes may lie among these.
            holes = intervals.union([*self.damage, *self._no_numbers.runs])
            self.damage = [(int(start), int(stop)) for start, stop in holes]
        self.problem = words or None

    def _missing(self) -> int:
        return 0 if self.declared_frames is None else self.declared_frames - self._position

    def _complain(self, words: str) -> None:
        """Note what went wrong; the first complaints are reported, for the others mostly follow from them."""
        if words not in self._complaints:
            self._complaints.append(words)

    def _hole(self, start: int, stop: int) -> None:
        """Note a hole, in frames; holes that touch are one."""
        if self.damage and self.damage[-1][1] >= start:
            start = self.damage.pop()[0]
        self.damage.append((start, stop))

    def _end(self) -> None:
        """Take the next sequel, after this decoder or the sequel before has ended."""
        ended = self._sequel
        if ended is None:
            self._has_ended = True
            self.finish()
        else:
            ended.audio.finish()
            ended.audio.close()
        self._sequel = None if self.sequels is None else next(self.sequels, None)


class Sequel:
    """A decoder that continues where another ended, in the rate and channels of the first.

    Parameters
    ----------
    audio
        At the place from which it continues.
    sr, channels
        Of the first decoder.
    """

    def __init__(self, audio: AudioFile, *, sr: int, channels: int) -> None:
        self.audio = audio
        self._shaper = None
        if (audio.sr, audio.channels) != (sr, channels):
            self._shaper = Shaper(sr, channels)
            self._waiting = self._shaped()
            self._ready = np.empty((channels, 0), np.float32)

    def fill(self, block: NDArray[np.float32]) -> int:
        """Decode into `block`, shape=(channels, n). Fewer frames than n only at the end."""
        if self._shaper is None:
            return self.audio.fill(block)
        done = 0
        while done < block.shape[1]:
            if not self._ready.shape[1]:
                following = next(self._waiting, None)
                if following is None:
                    break
                self._ready = following
                continue
            part = self._ready[:, : block.shape[1] - done]
            block[:, done : done + part.shape[1]] = part
            done += part.shape[1]
            self._ready = self._ready[:, part.shape[1] :]
        return done

    def _shaped(self) -> Iterator[NDArray[np.float32]]:
        assert self._shaper is not None
        for block in self.audio.blocks():
            yield self._shaper.feed(block, self.audio.sr)
        yield self._shaper.finish()
