"""Decoding by FFmpeg through PyAV: m4a, aac, amr, 3gp, webm, wma, mkv and what else libsndfile lacks.

The first audio stream is read. The sample format is changed to float; where rate or channels change in
the middle, what follows is converted to what the stream began with. A damaged packet becomes silence of
its length: by the time stamps around it, or, in streams without any (MP3, AAC), by its bytes. Time stamps
that leap forward show packets that are missing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from curate.audio._bytes import Bytes, ByteSpan
from curate.audio._decoder import AudioFile, as_failure, border
from curate.audio._shape import Shaper, changed, unread
from curate.errors import CurateError, DecodeFailed

if TYPE_CHECKING:
    import av

# Containers whose header holds a duration. In others FFmpeg guesses one from size and bit rate.
_TIMED = {"mov", "matroska", "asf", "ape", "wv", "wav", "flac", "caf", "dsf", "tta", "aiff", "mpc", "ogg"}

# FFmpeg's names of containers and codecs where ours (libsndfile's, or the common one) differ.
_NAMES = {"mov": "mp4", "mp3float": "mpeg_layer_iii", "mp2float": "mpeg_layer_ii", "mp2": "mpeg_layer_ii"}

# Containers in which FFmpeg makes up the time stamps by adding packets up: only bytes tell what was lost.
_UNTIMED = frozenset({"mp3", "aac", "ac3", "eac3", "amr", "amrnb", "amrwb", "dts", "truehd", "loas"})

# Codings in which every packet tells how long it lasts, also one of a pause that FFmpeg does not decode:
# phones send next to nothing while nobody speaks (discontinuous transmission, 3GPP TS 26.093).
_EVEN = frozenset({"amrnb", "amrwb"})

# A leap of the time stamps counts from here on, in seconds: those of Vorbis waver by half a frame (14 ms)
# where pages meet, and Matroska rounds to milliseconds. After a damaged packet any leap of 2 ms counts.
_LEAP = 0.05
_LEAP_DAMAGED = 0.002

# Leaps in a container that does not say how long it is count up to here, in seconds.
_LONGEST_LEAP = 60.0

# Frames of silence that are made at a time, and decoded ones that are handed on together at least.
_SILENCE = 1 << 16
_TOGETHER = 1 << 16

# What iTunes and Apple's encoders note of an AAC: in hexadecimal digits, the frames before the sound and
# behind it, and the length of the sound (Apple, QuickTime File Format, "Audio Priming").
_ITUNES = re.compile(r" *[0-9A-Fa-f]{8} [0-9A-Fa-f]{8} [0-9A-Fa-f]{8} 0*([0-9A-Fa-f]{1,12}) ")

# Tags that stand between MP3 frames of joined files, and the headers that count frames: none of it is sound.
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")
#: Bytes at the start of a packet in which they stand.
_HEAD = 256
_COUNTS = (b"Xing", b"Info", b"VBRI")

# Sample formats that copies of 16 bits hold.
_SHALLOW = frozenset({"u8", "s16"})

# Lossless codings of floats.
_LOSSLESS_FLOATS = frozenset({"wavpack"})

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

    def __init__(self, path: Path, part: ByteSpan | None = None) -> None:
        super().__init__()
        self._is_damaged = part is not None and part.careful
        self.sr = 1  # Until the first frame says it.
        self._source = Bytes(path, part)
        self._container: Any = None
        try:
            with border(error_words):
                self._container = _open(self._source)
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        if not self._container.streams.audio:
            raise DecodeFailed("lacks an audio stream")
        stream = self._container.streams.audio[0]
        if stream.codec_context is None:
            raise DecodeFailed("unknown codec of its audio stream")
        self._decoded = 0  # frames of the stream, holes included
        self._lost_bytes, self._packets_lost = 0, 0
        self._sound_bytes, self._sound_packets = 0, 0
        self._is_even, self._lost_seconds = stream.codec_context.name in _EVEN, 0.0
        container = self._container.format.name.split(",")[0]
        self._is_timed = container not in _UNTIMED
        # Of a file that lost something, what is missing before the first frame is a hole, too.
        self._clock: float | None = 0.0 if self._is_damaged else None
        decoded = self._decode(stream)
        # What the first frames are, not what the header says: HE-AAC doubles the rate it declares. FFmpeg has
        # read ahead, and may give a shortened first frame the rate of a later part.
        early = list(itertools.islice(decoded, 2))
        if not early:
            raise DecodeFailed(self._complaints[0] if self._complaints else "no audio frame found")
        if len(self._container.streams.audio) > 1:
            self._complain(unread(len(self._container.streams.audio)))
        name = stream.codec_context.name
        self.format = _NAMES.get(container, container)
        self.codec = _NAMES.get(name, name) + depth_of(stream.codec_context, early[-1])
        self.sr, self.channels = _shape(early[-1])
        if _shape(early[0]) != _shape(early[-1]) and early[0].samples >= early[-1].samples:
            self.sr, self.channels = _shape(early[0])
        elif early[0].sample_rate != self.sr:
            early[0].sample_rate = self.sr
        self._shaper = Shaper(self.sr, self.channels)
        self._frames = self._shaped(itertools.chain(early, decoded))
        self._planes: list[NDArray[Any]] = [np.empty(0, np.float32)] * self.channels
        self._used = 0
        if container in _TIMED:
            self.declared_frames = self._duration(stream)
        # Of HE-AAC, FFmpeg counts what precedes the sound at half the rate.
        if container == "mov" and not self._is_damaged and stream.time_base == Fraction(1, self.sr):
            self._frames = self._unpadded(self._frames, most=2 * max(each.samples for each in early))
        # Encoders pad by up to two packets, and durations are rounded to milliseconds.
        self._slack = max(self.sr // 10, 4096)

    def close(self) -> None:
        """Let go of the file."""
        if self._container is not None:
            self._container.close()
        self._source.close()

    def _unpadded(self, frames: Iterator[list[NDArray[Any]]], *, most: int) -> Iterator[list[NDArray[Any]]]:
        """Leave out what fills the last packets of an MP4 behind the end that it declares.

        FFmpeg leaves out what precedes the sound, and gives the last packet whole. More than `most` frames
        there are sound that the header does not know of.
        """
        before, surplus = 0, 0
        held: list[list[NDArray[Any]]] = []
        for planes in frames:
            known = max(0, (self.declared_frames or 0) - before)
            before += len(planes[0])
            if surplus > most or self.declared_frames is None:
                yield planes
                continue
            if known:
                yield [plane[:known] for plane in planes]
            if len(planes[0]) > known:
                held.append([plane[known:] for plane in planes])
                surplus += len(planes[0]) - known
            if surplus > most:
                yield from held
        self.filling = surplus if surplus <= most else 0

    def _duration(self, stream: av.AudioStream) -> int | None:
        itunes = _ITUNES.match(self._container.metadata.get("iTunSMPB", ""))
        if itunes and stream.codec_context.name == "aac":
            return int(itunes[1], 16)
        if stream.duration is not None and stream.time_base is not None:
            return round(stream.duration * stream.time_base * self.sr)
        if self._container.duration is not None:
            return round(int(self._container.duration) * self.sr / 1_000_000)
        return None

    def _fill(self, block: NDArray[np.float32]) -> int:
        # Runs of frames may be short where something was lost; they are copied all at once.
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

    def _decode(self, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
        """Yield the frames of all packets that can be decoded."""
        for packet in self._packets(stream):
            try:  # no border, which would cost as much as a tenth of the decoding
                frames = packet.decode()
            except Exception as error:  # noqa: BLE001 - what a broken file raises
                self._lose(packet, as_failure(error, error_words))
                continue
            if frames and not self._is_timed:
                self._sound_bytes += packet.size
                self._sound_packets += len(frames)
            for frame in frames:
                if frame.samples:
                    yield frame

    def _shaped(self, frames: Iterator[av.AudioFrame]) -> Iterator[list[NDArray[Any]]]:
        """Yield an array of full scale 1.0 per channel, of each frame, and of silence for what was lost."""
        shape = first = (self.sr, self.channels)
        is_other = False
        run = _Run()
        for frame in frames:
            if hole := self._hole_before(frame):
                yield from run.planes()
                for silent in self._silence(hole):
                    yield [silent] * self.channels
            now = _shape(frame)
            if now != shape:
                shape = now
                self._complain(changed(shape, self._decoded / self.sr))
            if now == first and not is_other:
                self._decoded += frame.samples
                while not run.takes(frame):
                    yield from run.planes()
                continue
            yield from run.planes()
            planes = list(self._shaper.feed(np.asarray(planes_of(frame), np.float32), shape[0]))
            is_other = self._shaper.is_busy
            self._decoded += len(planes[0])
            yield planes
        yield from run.planes()
        for silent in self._silence(self._even_hole()):
            yield [silent] * self.channels
        rest = self._shaper.finish()
        if rest.shape[1]:
            self._decoded += rest.shape[1]
            yield list(rest)

    def _lose(self, packet: Any, error: CurateError) -> None:  # noqa: ANN401 - PyAV's, or a test's
        """Note a packet that cannot be decoded, unless it is a tag between joined files."""
        if not self._is_timed:
            data = bytes(packet)
            if data.startswith(_TAGS) or any(name in data[:_HEAD] for name in _COUNTS):
                return
            self._lost_bytes += len(data)
        if self._is_even and packet.duration and packet.time_base:
            self._lost_seconds += float(packet.duration * packet.time_base)
        self._packets_lost += 1
        self._complain(f"damaged packet left out at {self._decoded / self.sr:.2f} s: {error.message}")

    def _hole_before(self, frame: av.AudioFrame) -> int:
        """How many frames of silence stand for what was lost before this one, at the first rate."""
        lost, self._packets_lost = self._packets_lost, 0
        hole = self._even_hole()
        if self._is_timed:
            return self._leap_before(frame, lost=lost > 0)
        if hole:
            return hole
        if not lost or not self._sound_packets:
            return 0
        packets = max(1, round(self._lost_bytes * self._sound_packets / max(1, self._sound_bytes)))
        self._lost_bytes = 0
        return round(packets * frame.samples * self.sr / frame.sample_rate)

    def _even_hole(self) -> int:
        lost, self._lost_seconds = self._lost_seconds, 0.0
        return round(lost * self.sr)

    def _leap_before(self, frame: av.AudioFrame, *, lost: bool) -> int:
        """How many frames the time stamps leap forward, if that is more than they waver."""
        before, self._clock, pts = self._clock, None, frame.pts
        if pts is None or frame.time_base is None:
            return 0
        now = pts * float(frame.time_base)
        self._clock = now + frame.samples / frame.sample_rate
        if before is None:
            return 0
        leap = now - before
        if leap <= (_LEAP_DAMAGED if lost else max(_LEAP, 2 * frame.samples / frame.sample_rate)):
            return 0
        most = _LONGEST_LEAP * self.sr
        if self.declared_frames is not None:
            most = self.declared_frames + self._slack - self._decoded
        if leap * self.sr > most:
            self._complain(f"time stamps leap by {leap:.2f} s at {self._decoded / self.sr:.2f} s")
            return 0
        return round(leap * self.sr)

    def _silence(self, frames: int) -> Iterator[NDArray[np.float32]]:
        if frames <= 0:
            return
        self._hole(self._decoded, self._decoded + frames)
        while frames > 0:
            part = np.zeros(min(frames, _SILENCE), np.float32)
            self._decoded += len(part)
            frames -= len(part)
            yield part

    def _packets(self, stream: av.AudioStream) -> Iterator[Any]:
        packets = self._container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except Exception as error:  # noqa: BLE001 - as above
                self._complain(as_failure(error, error_words).message)
                return
            if packet is None:
                return
            yield packet


class _Run:
    """Frames of one shape that follow each other, collected by FFmpeg: of 1,152 samples each in MP3."""

    def __init__(self) -> None:
        from av import AudioFifo  # noqa: PLC0415 - loaded late, as all of PyAV

        self._new = AudioFifo
        self._held = AudioFifo()

    def takes(self, frame: av.AudioFrame) -> bool:
        """Take the next frame, unless what is held must be given first."""
        if self._held.samples >= _TOGETHER:
            return False
        frame.pts = None  # of a FIFO's frames they would have to follow each other exactly
        try:
            self._held.write(frame)
        except ValueError:  # another sample format
            if not self._held.samples:
                self._held = self._new()
            return False
        return True

    def planes(self) -> Iterator[list[NDArray[Any]]]:
        """Give what is held, an array of full scale 1.0 per channel."""
        frame = self._held.read()
        if frame is not None:
            yield planes_of(frame)


def _open(source: Bytes) -> Any:  # noqa: ANN401 - PyAV is loaded late
    import av  # noqa: PLC0415 - 80 ms that most files do not need

    try:
        # Tags are not ours to read, and in old files they are not UTF-8.
        return av.open(source, metadata_errors="replace")
    except TypeError:  # from PyAV 19 on they are replaced anyway
        source.seek(0)
        return av.open(source)


def depth_of(context: av.AudioCodecContext, frame: av.AudioFrame) -> str:
    """Tell the sample format of a lossless coding of more than 16 bits (see `curate.model.codec`)."""
    form = frame.format.name.removesuffix("p")
    is_plain = context.name.startswith("pcm_") or form in _SHALLOW
    # DTS and ATRAC have lossless modes, and decode their lossy ones to floats.
    is_plain |= form.startswith(("flt", "dbl")) and context.name not in _LOSSLESS_FLOATS
    return "" if is_plain or not context.codec.lossless else f"_{form}"


def _shape(frame: av.AudioFrame) -> tuple[int, int]:
    return frame.sample_rate, frame.layout.nb_channels


def planes_of(frame: av.AudioFrame) -> list[NDArray[Any]]:
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


def error_words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
