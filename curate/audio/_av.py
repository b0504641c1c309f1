"""Decoding by FFmpeg through PyAV: m4a, aac, amr, 3gp, webm, wma, mkv and what else libsndfile lacks.

The first audio stream is read, at its own rate and with its own channels; only the sample
format is changed, to float. A damaged packet is left out and reported, so the sound behind
it moves forward by that packet's length. Gaps between time stamps are not filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from curate.audio._decoder import AudioFile, border
from curate.errors import DecodeFailed

if TYPE_CHECKING:
    import av

# Containers whose header holds a duration. In others FFmpeg guesses one from size and bit rate.
_TIMED = {"mov", "matroska", "asf", "ape", "wv", "wav", "flac", "caf", "dsf", "tta", "aiff", "mpc", "ogg"}

# FFmpeg's names of containers and codecs where ours (libsndfile's, or the common one) differ.
_NAMES = {"mov": "mp4", "mp3float": "mpeg_layer_iii", "mp2float": "mpeg_layer_ii", "mp2": "mpeg_layer_ii"}

# Sample formats of FFmpeg (a trailing "p" is planar): type, value of silence, full scale.
_FORMATS: dict[str, tuple[str, int, float]] = {
    "u8": ("u1", 128, 2.0**7),
    "s16": ("i2", 0, 2.0**15),
    "s32": ("i4", 0, 2.0**31),
    "s64": ("i8", 0, 2.0**63),
    "flt": ("f4", 0, 1.0),
    "dbl": ("f8", 0, 1.0),
}


class AvFile(AudioFile):
    """A file open in FFmpeg, of which at least one frame decodes.

    Raises
    ------
    DecodeFailed
        With FFmpeg's words only; the caller knows the path.
    """

    def __init__(self, path: Path) -> None:
        import av  # noqa: PLC0415 - 80 ms that most files do not need

        super().__init__()
        self.sr = 1  # Until the first frame says it.
        self._source = _Source(path)
        self._container: Any = None
        try:
            with border(_words):
                # Tags are not ours to read, and in old files they are not UTF-8.
                self._container = av.open(self._source, metadata_errors="replace")
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        if not self._container.streams.audio:
            raise DecodeFailed("holds no audio stream")
        stream = self._container.streams.audio[0]
        if stream.codec_context is None:
            raise DecodeFailed("no decoder for its audio stream")
        self._decoded = 0
        self._frames = self._decode(stream)
        # What the first frame is, not what the header says: HE-AAC doubles the rate it declares.
        first = next(self._frames, None)
        if first is None:
            raise DecodeFailed(self._complaint or "no audio frame found")
        self._planes, self._used = first, 0
        container = self._container.format.name.split(",")[0]
        name = stream.codec_context.name
        self.format, self.codec = _NAMES.get(container, container), _NAMES.get(name, name)
        if container in _TIMED:
            self.declared_frames = self._duration(stream)
        # Encoders pad by up to two packets, and durations are rounded to milliseconds.
        self._slack = max(self.sr // 10, 4096)

    def close(self) -> None:
        """Let go of the file."""
        if self._container is not None:
            self._container.close()
        self._source.close()

    def _duration(self, stream: av.AudioStream) -> int | None:
        if stream.duration is not None and stream.time_base is not None:
            return round(stream.duration * stream.time_base * self.sr)
        if self._container.duration is not None:
            return round(int(self._container.duration) * self.sr / 1_000_000)
        return None

    def _fill(self, block: NDArray[np.float32]) -> int:
        # Frames are short (1,152 in MP3), so they are only listed here and copied all at once.
        listed: list[list[NDArray[Any]]] = []
        done, wanted = 0, block.shape[1]
        while done < wanted:
            if self._used == len(self._planes[0]):
                following = next(self._frames, None)
                if following is None:
                    break
                self._planes, self._used = following, 0
            used, left = self._used, len(self._planes[0]) - self._used
            n = min(left, wanted - done)
            whole = used == 0 and n == left
            listed.append(self._planes if whole else [plane[used : used + n] for plane in self._planes])
            self._used += n
            done += n
        for channel, parts in zip(block, zip(*listed, strict=True), strict=False):
            np.concatenate(parts, out=channel[:done])
        return done

    def _decode(self, stream: av.AudioStream) -> Iterator[list[NDArray[Any]]]:
        """Yield per frame one array of full scale 1.0 per channel, until the end or a change of shape."""
        for packet in self._packets(stream):
            try:
                with border(_words):
                    frames = packet.decode()
            except DecodeFailed as error:
                self._complain(f"damaged packet left out at {self._decoded / self.sr:.2f} s: {error.message}")
                continue
            for frame in frames:
                if self._decoded == 0:
                    self.sr, self.channels = frame.sample_rate, frame.layout.nb_channels
                shape = (frame.sample_rate, frame.layout.nb_channels)
                if shape != (self.sr, self.channels):
                    self._complain(f"stream changes to {shape[1]} channels at {shape[0]} Hz")
                    return
                if frame.samples:
                    self._decoded += frame.samples
                    yield _planes(frame)

    def _packets(self, stream: av.AudioStream) -> Iterator[Any]:
        packets = self._container.demux(stream)
        while True:
            try:
                with border(_words):
                    packet = next(packets, None)
            except DecodeFailed as error:
                self._complain(error.message)
                return
            if packet is None:
                return
            yield packet


class _Source:
    """A file for PyAV to read, whose name is never taken for a protocol (``concat:...``).

    Damaged headers ask for impossible places; -1 is the answer that FFmpeg understands, where an
    exception would be printed.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name.encode(errors="replace").decode()
        self._file = path.open("rb", buffering=0)
        self.read, self.tell, self.close = self._file.read, self._file.tell, self._file.close

    def seek(self, offset: int, whence: int) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError:
            return -1


def _planes(frame: av.AudioFrame) -> list[NDArray[Any]]:
    name, n = frame.format.name, frame.samples
    dtype, silence, scale = _FORMATS[name.removesuffix("p")]
    channels = frame.layout.nb_channels
    # PyAV may list a plane too many; its planes are buffers, which its annotations do not say.
    buffers: list[Any] = list(frame.planes[:channels])
    if frame.format.is_planar:
        planes = [np.frombuffer(buffer, dtype, n) for buffer in buffers]
    else:
        planes = list(np.frombuffer(buffers[0], dtype, n * channels).reshape(n, channels).T)
    if dtype.startswith("f"):
        return planes
    return [(plane.astype(np.float64) - silence) / scale for plane in planes]


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
