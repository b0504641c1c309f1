"""A part of a file's bytes, as a file of its own: for files that hold several, or whose header counts wrong.

The two decoders read it like any open file. Its name never reaches them, so that none is taken for a
protocol (``concat:...``) and nothing is guessed from its ending.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

#: Bytes that are read ahead.
_AHEAD = 1 << 20


class ByteSpan(NamedTuple):
    """Where in a file one stream of sound lies.

    Parameters
    ----------
    start, stop : bytes
    patches
        Bytes of its header that count wrong: where they stand, behind `start`, and what they should be.
    careful
        Whether its structure shows damage that the faster decoder would skip without a word.
    note
        What is wrong with its structure, in words; empty if nothing is.
    head
        Bytes that are read before it, where it has no header that can count it.
    """

    start: int
    stop: int
    patches: tuple[tuple[int, bytes], ...] = ()
    careful: bool = False
    note: str = ""
    head: bytes = b""


def bytes_at(file: BinaryIO, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)


def behind_header(form: bytes, begin: int, length: int) -> ByteSpan:
    """Give a stretch of a WAV's sound a header right before it, over what stands there.

    Parameters
    ----------
    form
        The chunk ``fmt`` with its own header.
    begin, length : bytes
        Where the stretch begins, behind as many bytes as a header takes.
    """
    head = form + b"\0" * (len(form) % 2) + b"data" + length.to_bytes(4, "little")
    head = b"RIFF" + (4 + len(head) + length).to_bytes(4, "little") + b"WAVE" + head
    return ByteSpan(begin - len(head), begin + length, ((0, head),))


class ByteReader:
    """Gives bytes at places of a file, read ahead piece by piece. Places are mostly asked for in order.

    Not a map of the file into memory: a disk that fails would end the whole process.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start, self._data = 0, b""

    def at(self, place: int, count: int) -> bytes:
        """Give this many bytes, fewer at the end of the file."""
        if place < self._start or place + count > self._start + len(self._data):
            self._file.seek(place)
            self._start, self._data = place, self._file.read(max(count, _AHEAD))
        begin = place - self._start
        return self._data[begin : begin + count]

    def find(self, words: bytes, place: int, stop: int) -> int:
        """Find the first place of some bytes between two places. `stop` if missing."""
        while place < stop:
            held = self.at(place, min(_AHEAD, stop - place))
            found = held.find(words)
            if found >= 0:
                return place + found
            if len(held) < len(words):
                break
            place += len(held) - len(words) + 1
        return stop


class Bytes:
    """The bytes of a part, for reading.

    Damaged headers ask for impossible places; -1 is the answer that FFmpeg understands, where an
    exception would be printed.

    Parameters
    ----------
    part
        None for the whole file.
    """

    def __init__(self, path: Path, part: ByteSpan | None = None) -> None:
        self.name = path.name.encode(errors="replace").decode()
        self._file = path.open("rb", buffering=0)
        size = os.fstat(self._file.fileno()).st_size
        self._part = ByteSpan(0, size) if part is None else part
        self._head = self._part.head
        self._length = len(self._head) + min(size, self._part.stop) - self._part.start
        self._at = 0
        self.seek(0)

    def read(self, count: int = -1) -> bytes:
        """Read up to `count` bytes, or all that are left."""
        left = max(0, self._length - self._at)
        wanted = left if count < 0 else min(count, left)
        head = self._head[self._at : self._at + wanted]
        data = head + (self._file.read(wanted - len(head)) or b"")
        at, self._at = self._at, self._at + len(data)
        for place, right in self._part.patches:
            low, high = max(place, at), min(place + len(right), at + len(data))
            if low < high:
                data = data[: low - at] + right[low - place : high - place] + data[high - at :]
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place and return it. -1 if it is missing."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}.get(whence)
        if base is None or base + offset < 0:
            return -1
        try:
            self._file.seek(self._part.start + max(0, base + offset - len(self._head)))
        except (OSError, OverflowError):
            return -1
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Say where the next read begins."""
        return self._at

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
