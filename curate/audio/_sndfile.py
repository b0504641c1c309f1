"""Decoding by libsndfile: WAV, FLAC, Ogg, MP3, AIFF and their relatives.

It is the faster decoder and comes first. Where its word cannot be taken is known here:
sizes in headers that were never filled in, and seeking in lossy streams.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from curate.audio._bytes import Bytes, ByteSpan
from curate.audio._decoder import AudioFile, border
from curate.audio._flac_frames import FlacStream, words_behind_frames
from curate.audio._numbers import NoNumbers
from curate.errors import DecodeFailed
from curate.model import is_float

# libsndfile says SF_COUNT_MAX where a FLAC header leaves the length open.
_UNKNOWN = 1 << 62

# Sizes from here on are what recorders and pipes write when they do not know the length
# (0x7FFFFFFF, 0xFFFFFFFF and those less a header).
_UNKNOWN_BYTES = 0x7FFF0000

# libsndfile shortens a WAV or AIFF to what the file holds and says so only in its log.
_SHORT_DATA = re.compile(r"^ *(?:data|SSND) : (\d+) \(should be (\d+)\)", re.MULTILINE)
_SHORTENED = frozenset({"wav", "wavex", "rifx", "aiff"})

# Of the two relatives of WAV for long recordings the log gives the promised bytes of sound: RF64 (EBU
# Tech 3306) in a chunk ds64, and W64 with the 24 bytes of the chunk's own header.
_LONG_DATA = {
    "rf64": (re.compile(r"^ *Data size : (\d+)", re.MULTILINE), 0),
    "w64": (re.compile(r"^ *data : (\d+)", re.MULTILINE), 24),
}
_BLOCK_ALIGN = re.compile(r"^ *Block Align +: (\d+)", re.MULTILINE)

# What such a size is where it was never filled in, besides the numbers that are too large for any file.
_UNFILLED = 0xFFFFFFFF

# Coding in which a sample can be found by its number. Measured over the corpus at six random
# places per file (2026-11): exact in all of 3,090 reads of these; Vorbis differed in 42 of 840,
# Opus in 6 of 48 and MP3 in 12 of 378, by up to full scale. Those are decoded from the start.
_SEEKABLE = ("pcm_", "float", "double", "ulaw", "alaw")

# Coding in which a seek is exact if decoding starts a moment before, in which the bit reservoir
# fills: 159 of 159 reads of the corpus at random places, and 24 of 24 of files without a header,
# which FFmpeg decodes otherwise (2026-11). Vorbis was off by up to 20 ms
# near the end in 15 of 411, Opus by a thousandth of full scale.
_NEARLY_SEEKABLE = frozenset({"mpeg_layer_iii"})

# That moment, in seconds.
_BEFORE = 0.5

#: Bytes that libsndfile and the libraries below it may read ahead of what they have decoded. libFLAC has a
#: buffer of 8 kB, libogg one of a page (64 kB at most); twice that, to be sure.
READ_AHEAD = 1 << 17

# Frames that are interleaved at a time: small enough that both sides stay in the cache. With 1 << 13 stereo
# takes 4 % longer, for each call of soundfile costs 10 us.
_CHUNK = 1 << 15

# Frames at the end that are decoded to see whether it is reached. Not one alone: libsndfile 1.2.2 cannot
# seek to the last 448 frames of a short Vorbis stream, and such a file was decoded whole.
_TAIL = 1 << 12


class _Forward(sf.SoundFile):  # type: ignore[misc, unused-ignore]
    """A SoundFile that reads on without the seek that soundfile does after every read.

    That seek costs time, and in MP3 it loses the bit reservoir, which is audible.
    """

    def seekable(self) -> bool:
        return False


class SndFile(AudioFile):
    """A file open in libsndfile. At least one frame decodes, or the file is a valid empty one.

    Raises
    ------
    DecodeFailed
        With libsndfile's words only; the caller knows the path.
    """

    def __init__(self, path: Path, part: ByteSpan | None = None) -> None:
        super().__init__()
        self._path = path
        self._read_to = 0  # by checksums of frames, which lie one behind the other up to there
        # By descriptor: any file name works, and nothing is guessed from its ending.
        self._handle: Any = path.open("rb", buffering=0) if part is None else Bytes(path, part)
        self._is_whole = part is None
        try:
            self._open()
        except BaseException:
            self._handle.close()
            raise

    def _open(self) -> None:
        self._handle.seek(0)
        with border(_words):
            file = self._handle.fileno() if self._is_whole else self._handle
            self._sound = _Forward(file, closefd=False)
        self.sr, self.channels = self._sound.samplerate, self._sound.channels
        self.format, self.codec = self._sound.format.lower(), self._sound.subtype.lower()
        if self.format in ("wav", "wavex") and self._sound.endian == "BIG":
            self.format = "rifx"
        self.declared_frames = self._promised()
        # What an MP3's header says of its padding may be wrong by a frame or two.
        self._slack = 2 * 1152 if self.format == "mp3" else 0
        self._scratch = np.empty((_CHUNK, self.channels), np.float32)
        self._position, self._decoded, self._has_ended = 0, 0, False
        self._has_sought = False
        self._complaints.clear()
        self._no_numbers = NoNumbers()
        # The first frame is decoded at once: some files open and then give nothing.
        self._head = np.empty((self.channels, 1), np.float32)
        self._has_head = False
        self._has_head = self._fill(self._head) == 1
        if self._complaints and not self._has_head:
            raise DecodeFailed(self._complaints[0])

    @property
    def is_empty(self) -> bool:
        """Whether there is only a header."""
        return not self._has_head and self._position == 0

    @property
    def consumed(self) -> int:
        """Byte up to which libsndfile has read. It reads ahead by less than `READ_AHEAD`. 0 after a seek."""
        if self._has_sought or not self._is_whole:
            return self._read_to
        return os.lseek(self._handle.fileno(), 0, os.SEEK_CUR)

    def close(self) -> None:
        """Let go of the file."""
        self._sound.close()
        self._handle.close()

    def skip(self, frames: int) -> None:
        """Leave out the next `frames` frames, by a seek where that is exact."""
        inside = self._inside(frames) if self.codec.startswith(_SEEKABLE) else 0
        if inside:
            self._seek(inside)
        super().skip(frames - inside)

    def leap(self, frames: int) -> None:
        """Leave out the next `frames` frames. In MP3 by a seek to a moment before, from which it decodes."""
        before = round(_BEFORE * self.sr)
        if self.codec not in _NEARLY_SEEKABLE or self._inside(frames) <= before:
            self.skip(frames)
            return
        inside = self._inside(frames)
        self._seek(inside - before)
        super().skip(frames - inside + before)

    def _inside(self, frames: int) -> int:
        """How many of the next frames a seek can leave out: behind the counted ones are sequels."""
        if self.declared_frames is None or self._has_ended:
            return 0
        return min(frames, int(self._sound.frames) - self._position)

    def _seek(self, frames: int) -> None:
        target = self._position + frames
        self._has_sought = True
        try:
            with border(_words):
                self._sound.seek(target)
        except DecodeFailed:
            self._open()  # A damaged file: what can be reached is found by decoding.
            super().skip(target)
            return
        self._position, self._decoded, self._has_head = target, target, False

    def _count(self, *, checked: bool) -> None:
        """Go to the end if the last frame that the header counts decodes."""
        frames: int = self._sound.frames
        is_intact = self.declared_frames is not None and (not checked or self._is_intact())
        if not is_intact or not self._reaches(frames):
            self._open()
            return
        self._position, self._has_head = frames, False
        self._end()

    def _is_intact(self) -> bool:
        """Whether nothing in the middle is damaged, where that shows without decoding."""
        if is_float(self.codec):
            return False  # Only the samples tell whether they are numbers.
        if self.format != "flac":
            return True
        try:
            size = self._path.stat().st_size
            with FlacStream(self._path, ByteSpan(0, size)) as stream:
                self._read_to = size if not stream.tail and stream.is_whole() else 0
                return self._read_to > 0
        except DecodeFailed:
            return False

    def _reaches(self, frames: int) -> bool:
        # An MP3 comes here only if its header accounts for every byte (see `_mp3`); seeking in it
        # would make libmpg123 write to the terminal about the bit reservoir.
        if frames == 0 or self.format == "mp3":
            return True
        self._has_sought = True
        try:
            last = np.empty((min(frames, _TAIL), self.channels), np.float32)
            with border(_words):
                self._sound.seek(frames - len(last))
                return len(self._sound.read(out=last)) == len(last)
        except DecodeFailed:
            return False

    def _fill(self, block: NDArray[np.float32]) -> int:
        done = 0
        if self._has_head:
            block[:, :1] = self._head
            self._has_head = False
            done = 1
        if self.channels == 1:
            return done + self._read(block[:, done:].T)
        while done < block.shape[1]:
            wanted = self._scratch[: block.shape[1] - done]
            n = self._read(wanted)
            block[:, done : done + n] = wanted[:n].T
            done += n
            if n < len(wanted):
                break
        return done

    def _read(self, out: NDArray[np.float32]) -> int:
        """Decode into `out`, shape=(n, channels), and count what arrived even if it ends in an error."""
        n = 0
        try:
            with border(_words):
                n = len(self._sound.read(out=out))
        except DecodeFailed as error:
            try:
                with border(_words):
                    n = min(len(out), max(0, int(self._sound.tell()) - self._decoded))
            except DecodeFailed:
                pass  # In some codings libsndfile knows no places; its sequel decodes this block once more.
            if words := self._complaint(error, self._decoded + n):
                self._complain(words)
        self._decoded += n
        return n

    def _complaint(self, error: DecodeFailed, decoded: int) -> str:
        """Say what is wrong: behind the last frame of a FLAC a tag is as bad to its decoder as rubbish."""
        if self.format != "flac" or not self._is_whole or decoded != self.declared_frames:
            return error.message
        return words_behind_frames(self._path, ByteSpan(0, self._path.stat().st_size))

    def _promised(self) -> int | None:
        frames: int = self._sound.frames
        if frames >= _UNKNOWN:
            return None
        if self.format in _SHORTENED and (found := _SHORT_DATA.search(self._sound.extra_info)):
            promised, held = int(found[1]), int(found[2])
            if promised < _UNKNOWN_BYTES and held > 0:
                frames = max(frames, frames * promised // held)
        if self.format in _LONG_DATA and self.codec.startswith(_SEEKABLE):
            frames = max(frames, _promised_long(self.format, self._sound.extra_info))
        return frames


def _promised_long(form: str, log: str) -> int:
    """Frames that the header of an RF64 or W64 promises, 0 where it does not say."""
    pattern, overhead = _LONG_DATA[form]
    size, align = pattern.search(log), _BLOCK_ALIGN.search(log)
    if size is None or align is None or int(size[1]) == _UNFILLED or int(size[1]) >= _UNKNOWN:
        return 0
    return (int(size[1]) - overhead) // max(1, int(align[1]))


def _words(error: Exception) -> str:
    if not isinstance(error, sf.LibsndfileError):
        return str(error)
    words = str(error.error_string).removeprefix("Error : ").strip().rstrip(".")
    return words or f"libsndfile error {error.code}"
