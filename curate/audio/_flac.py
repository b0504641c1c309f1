"""FLAC, frame by frame: what is left of a damaged file, each frame at its place.

Every frame of FLAC says which samples it holds and ends in a checksum (RFC 9639, section 9), so that a broken
one is known for certain, and the next sound one is found. libsndfile gives up there. Frames are found here,
and decoded by FFmpeg.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.audio._av import error_words, planes_of
from curate.audio._bytes import ByteSpan
from curate.audio._decoder import AudioFile, border
from curate.audio._flac_frames import FlacStream
from curate.audio._shape import Shaper, changed
from curate.errors import DecodeFailed

#: Frames of silence that are made at a time.
_SILENCE = 1 << 16


class FlacFile(AudioFile):
    """A FLAC stream whose frames are taken one by one. At least one of them decodes.

    Parameters
    ----------
    counts_less
        Whether its header is known to count less than there is.

    Raises
    ------
    DecodeFailed
        If it is no FLAC stream, or no frame can be decoded.
    """

    def __init__(self, path: Path, part: ByteSpan, *, counts_less: bool = False) -> None:
        super().__init__()
        self._stream = FlacStream(path, part, counts_less=counts_less)
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        import av  # noqa: PLC0415 - 80 ms that most files do not need

        stream = self._stream
        if not stream.sr:
            raise DecodeFailed("the FLAC stream lacks a rate")
        self.sr, self.channels, self.declared_frames = stream.sr, stream.channels, stream.declared_frames
        self.format, self.codec = "flac", f"pcm_{stream.bits}"
        with border(error_words):
            self._context: Any = av.CodecContext.create("flac", "r")
            self._context.extradata = stream.info
            self._context.options = {"err_detect": "crccheck+explode"}
        self._packet = av.Packet
        self._decoded = 0
        self._shaper = Shaper(self.sr, self.channels)
        self._chunks = self._decode()
        self._ready = next(self._chunks, None)
        if self._ready is None:
            raise DecodeFailed("the sound frame is missing")

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def _fill(self, block: NDArray[np.float32]) -> int:
        done = 0
        while done < block.shape[1] and self._ready is not None:
            part = self._ready[:, : block.shape[1] - done]
            block[:, done : done + part.shape[1]] = part
            done += part.shape[1]
            rest = self._ready[:, part.shape[1] :]
            self._ready = rest if rest.shape[1] else next(self._chunks, None)
        return done

    def _decode(self) -> Iterator[NDArray[np.float32]]:
        """Yield the sound of each frame at its place, with silence in between."""
        shape = (self.sr, self.channels)
        for header, stop in self._stream.framed():
            try:
                with border(error_words):
                    packet = self._packet(self._stream.bytes_of(header, stop))
                    frames = self._context.decode(packet)
            except DecodeFailed as error:
                self._complain(f"damaged frame at {header.sample / self.sr:.2f} s: {error.message}")
                continue
            if header.sample < self._decoded:
                continue
            if header.sample > self._decoded:
                yield from self._silence(header.sample - self._decoded)
            for frame in frames:
                chunk = np.asarray(planes_of(frame), np.float32)
                now = (frame.sample_rate, len(chunk))
                if now != shape:
                    shape = now
                    self._complain(changed(now, self._decoded / self.sr))
                chunk = self._shaper.feed(chunk, now[0])
                self._decoded += chunk.shape[1]
                if chunk.shape[1]:
                    yield chunk

    def _silence(self, frames: int) -> Iterator[NDArray[np.float32]]:
        self._hole(self._decoded, self._decoded + frames)
        while frames > 0:
            chunk = np.zeros((self.channels, min(frames, _SILENCE)), np.float32)
            self._decoded += chunk.shape[1]
            frames -= chunk.shape[1]
            yield chunk
