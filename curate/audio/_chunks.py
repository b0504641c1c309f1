"""Containers that are chunks behind chunks: WAV, RIFX, RF64, W64, AIFF, CAF, AU and MP4.

Each walk finds where the chunk of the sound ends, and what follows it: the end, other chunks, another
file, or bytes that no header speaks of. Such bytes are sound that a header does not count yet: recorders
fill sizes in at the end, and those that lost their power never do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from curate.audio._bytes import ByteSpan, behind_header, bytes_at

#: Sizes from here on are what recorders and pipes write when they do not know the length.
_UNKNOWN = 0x7FFF0000

#: The largest size in four bytes, which stands for an unknown one; and what no file has.
_FULL, _FULL_LONG = 0xFFFFFFFF, 1 << 62

#: Codings of a WAV in which each sample has its bytes: integers, floats, A-law, mu-law, and any by its GUID.
_LINEAR = (1, 3, 6, 7, 0xFFFE)

#: Tags that programs put behind the last chunk without a header.
_TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN")

#: Fewer bytes than the header of a chunk are padding.
_PADDING = 8

#: Bytes that are looked at to tell padding from sound.
_LOOK = 1 << 16

#: Words for sound that a header does not count.
_MORE = " more follow"

#: Second half of a W64 identifier; the first is the four letters of the chunk (Sony Wave64, revision 1.4).
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_W64_RIFF = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")


#: Patches of a header: places from the start of the stream, and bytes.
_Patches = tuple[tuple[int, bytes], ...]

#: Gives them for a stream of so many bytes: its file and start, where its chunk of sound begins, and its end.
_Sizes = Callable[[BinaryIO, int, int, int], _Patches]


@dataclass(slots=True)
class _Kind:
    """How one kind of container lays out its chunks.

    Parameters
    ----------
    starts
        Whether bytes are the head of such a file.
    head
        Length of that head.
    chunk
        Reads the header of a chunk: its name, and the length of header and content; None if it is none.
    sound
        Name of the chunk of sound.
    align
        What places of chunks are multiples of.
    sizes
        Gives the patches for a stream whose sound continues to its end.
    unfilled
        Gives the patches where a size was never filled in, for decoders that then read nothing, or noise.
    least
        Length of a sound chunk without sound.
    wide
        Whether sizes have eight bytes.
    says_missing
        Whether it must be told here that the sound ends early, because libsndfile does not tell.
    """

    starts: Callable[[bytes], bool]
    head: int
    chunk: Callable[[bytes], tuple[bytes, int] | None]
    sound: bytes
    align: int
    sizes: _Sizes
    unfilled: _Sizes = lambda *_: ()
    least: int = field(default=8)
    says_missing: bool = False
    wide: bool = False


def riff(file: BinaryIO, size: int) -> list[ByteSpan]:
    """Walk a WAV, RF64 or BW64."""
    return [_lengthened(file, part) for part in _walk(file, size, _RIFF)]


def rifx(file: BinaryIO, size: int) -> list[ByteSpan]:
    """Walk a WAV whose numbers begin with the big end. FFmpeg 8 takes it for noise, so it must be whole."""
    return [_counted(part, "a big-endian WAV") for part in _walk(file, size, _RIFX)]


def aiff(file: BinaryIO, size: int) -> list[ByteSpan]:
    """Walk an AIFF or AIFC."""
    return [_counted(part, "an AIFF") for part in _walk(file, size, _AIFF)]


def w64(file: BinaryIO, size: int) -> list[ByteSpan]:
    """Walk a Sony Wave64."""
    return _walk(file, size, _W64)


def caf(file: BinaryIO, size: int) -> list[ByteSpan]:
    """Walk a CAF."""
    return _walk(file, size, _CAF)


def au(file: BinaryIO, size: int) -> list[ByteSpan]:
    """Find where an AU ends: it has only a header with a size."""
    parts: list[ByteSpan] = []
    start = 0
    while start < size:
        head = bytes_at(file, start, 12)
        if not head.startswith(b".snd"):
            return [*parts[:-1], _extended(file, size, parts[-1], ((8, _big(size - parts[-1].start)),))]
        offset, length = int.from_bytes(head[4:8]), int.from_bytes(head[8:12])
        stop = start + offset + length
        if length >= _UNKNOWN or not length or stop >= size or offset < 24:  # noqa: PLR2004 - its least header
            # A size of 0 was never filled in, and libsndfile takes it at its word.
            unfilled = ((8, _big(_FULL)),) if not length and stop < size else ()
            return [*parts, ByteSpan(start, size, unfilled)]
        parts.append(ByteSpan(start, stop))
        start = stop
    return parts


def _walk(file: BinaryIO, size: int, kind: _Kind) -> list[ByteSpan]:
    parts: list[ByteSpan] = []
    start = 0
    while start < size:
        if not kind.starts(bytes_at(file, start, 40)):
            break
        part = _stream(file, start, size, kind)
        parts.append(part)
        start = part.stop
    if parts and start < size:
        parts[-1] = parts[-1]._replace(stop=size)
    return parts


def _stream(file: BinaryIO, start: int, size: int, kind: _Kind) -> ByteSpan:
    """Walk the chunks of one stream: where it ends, what is odd, and how to mend its header."""
    at = start + kind.head
    sound: int | None = None
    form = behind = more = 0
    is_shifted = False
    while at < size:
        head = bytes_at(file, at, 40)
        if sound is not None and kind.starts(head):
            return ByteSpan(start, at)
        found = kind.chunk(head)
        if found is None or (sound is not None and at + found[1] > size + 1):
            break
        name, length = found
        form = at if name == b"fmt " else form
        if name == kind.sound and sound is None:
            sound, length = at, _long_length(file, start) or length
            if is_shifted and form:  # no decoder finds its way there
                left = size - sound - 8
                return behind_header(_chunk_at(file, form), sound + 8, min(length - 8, left) or left)
            is_open = length <= kind.least or _is_unknown(length, kind)
            if is_open or at + length >= size:
                missing = at + length - size
                is_told = kind.says_missing and missing > 0 and not _is_unknown(length, kind)
                note = f"truncated: {missing:,} bytes are missing at its end" if is_told else ""
                patches = kind.unfilled(file, start, at, size) if is_open else ()
                return ByteSpan(start, size, patches, note=note)
        elif sound is not None:
            behind += 1
            more += length * (name == kind.sound)
        end = at + length
        at = start + -(-(end - start) // kind.align) * kind.align
        if at != end and not _goes_on(file, at, size, kind) and _goes_on(file, end, size, kind):
            at = end  # somebody left the padding out
            is_shifted |= sound is None
    if at >= size or sound is None:
        # No decoder reads a second one, and the format allows none.
        note = f"a second chunk of sound, {more:,} bytes, is not read" if more else ""
        return ByteSpan(start, size, note=note)
    note = _judged(file, at, size, counted=at - sound, has_chunks_behind=behind > 0)
    patches = kind.sizes(file, start, sound, size) if note.endswith(_MORE) else ()
    return ByteSpan(start, size, patches, note=note)


def _counted(part: ByteSpan, what: str) -> ByteSpan:
    """Tell of a stream that is longer than its kind can count, and has no longer form."""
    if part.stop - part.start <= _FULL:
        return part
    return part._replace(note=f"truncated: sound behind 4 GiB of {what} is lost. Convert it to CAF or FLAC")


def _lengthened(file: BinaryIO, part: ByteSpan) -> ByteSpan:
    """Give a WAV with more sound than its header counts the header of an RF64, which counts in eight bytes.

    Some programs leave the most that four bytes hold, signed or not, others what the length has over 4 GiB.
    """
    if part.stop - part.start <= _UNKNOWN or bytes_at(file, part.start, 4) != b"RIFF":
        return part
    at, form, found = part.start + 12, b"", _riff_chunk(bytes_at(file, part.start + 12, 8))
    while found is not None and found[0] != b"data":
        form = bytes_at(file, at, found[1]) if found[0] == b"fmt " else form
        at += found[1] + found[1] % 2
        found = _riff_chunk(bytes_at(file, at, 8))
    if found is None or int.from_bytes(form[8:10], "little") not in _LINEAR:
        return part
    start, counted = at + 8, found[1] - 8
    stop, note = _end_of_sound(file, start, counted, part.stop), part.note
    if stop - start < counted + _PADDING:
        return part
    if counted and not _is_placeholder(counted):
        note = _judged(file, start + counted, stop, counted=found[1], has_chunks_behind=False)
        if not note.endswith(_MORE):
            return part
    length, align = stop - start, max(1, int.from_bytes(form[20:22], "little"))
    sizes = (len(form) + 48 + length, length, length // align)
    long = b"".join(each.to_bytes(8, "little") for each in sizes)
    head = b"RF64%bWAVEds64\x1c\0\0\0%b\0\0\0\0%bdata%b" % (_little(_FULL), long, form, _little(_FULL))
    return ByteSpan(start, stop, note=note, head=head)


def _end_of_sound(file: BinaryIO, start: int, counted: int, size: int) -> int:
    """Find the end of sound whose length may be more than four bytes hold: before a chunk, or at the end."""
    ends = range(start + counted, size, _FULL + 1) if counted else ()
    return next((end for end in ends if _goes_on(file, end + end % 2, size, _RIFF)), size)


def _is_placeholder(counted: int) -> bool:
    """Whether a size of four bytes is the most that one holds, with or without a sign, less some headers."""
    return _UNKNOWN <= counted <= _FULL // 2 + 1 or counted >= _FULL - (_FULL // 2 - _UNKNOWN)


def _judged(file: BinaryIO, at: int, size: int, *, counted: int, has_chunks_behind: bool) -> str:
    """Judge bytes that no header speaks of: padding, what belongs to nothing, or sound not counted yet."""
    left = size - at
    if left < _PADDING or bytes_at(file, at, _PADDING).startswith(_TAGS):
        return ""
    if _is_empty(file, at, size):
        return f"{left:,} empty bytes behind the sound"
    if has_chunks_behind:
        return f"{left:,} bytes at the end belong to nothing"
    return f"its header counts {counted:,} bytes of sound, and {left:,}{_MORE}"


def _is_unknown(length: int, kind: _Kind) -> bool:
    """Whether a size was never filled in: more than any file has, or the most that four bytes hold."""
    return length - kind.least >= (_FULL_LONG if kind.wide or length > _FULL + _PADDING else _UNKNOWN)


def _goes_on(file: BinaryIO, at: int, size: int, kind: _Kind) -> bool:
    """Whether a chunk or another stream stands at a place."""
    head = bytes_at(file, at, 40)
    found = kind.chunk(head)
    return kind.starts(head) or (found is not None and at + found[1] <= size + 1)


def _extended(file: BinaryIO, size: int, part: ByteSpan, patches: _Patches) -> ByteSpan:
    left = size - part.stop
    if _is_empty(file, part.stop, size):
        return part._replace(stop=size, note=f"{left:,} empty bytes behind the sound")
    counted = part.stop - part.start
    note = f"its header counts {counted:,} bytes of sound, and {left:,}{_MORE}"
    return part._replace(stop=size, note=note, patches=patches)


def _is_empty(file: BinaryIO, start: int, stop: int) -> bool:
    file.seek(start)
    left = stop - start
    while left > 0 and (data := file.read(min(left, _LOOK))):
        if data.count(0) != len(data):
            return False
        left -= len(data)
    return True


def _chunk_at(file: BinaryIO, place: int) -> bytes:
    """Read a chunk of a WAV with its header."""
    return bytes_at(file, place, 8 + int.from_bytes(bytes_at(file, place + 4, 4), "little"))


def is_name(name: bytes) -> bool:
    """Whether four bytes can be the name of a chunk or a box."""
    return len(name) == 4 and all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in name)  # noqa: PLR2004


def _little(value: int) -> bytes:
    return min(value, _FULL).to_bytes(4, "little")


def _big(value: int) -> bytes:
    return min(value, _FULL).to_bytes(4, "big")


def _riff_chunk(head: bytes) -> tuple[bytes, int] | None:
    return (head[:4], 8 + int.from_bytes(head[4:8], "little")) if is_name(head[:4]) else None


def _long_length(file: BinaryIO, start: int) -> int:
    """Length of the sound chunk of an RF64, which stands in a chunk of its own (EBU Tech 3306); else 0."""
    if not _has_long_length(file, start):
        return 0
    size = int.from_bytes(bytes_at(file, start + 28, 8), "little")
    return 8 + size if 0 < size < _FULL_LONG and size != _FULL else 0


def _has_long_length(file: BinaryIO, start: int) -> bool:
    head = bytes_at(file, start, 16)
    return head[:4] in (b"RF64", b"BW64") and head[12:16] == b"ds64"


def _long_sizes(file: BinaryIO, start: int, sound: int, size: int) -> _Patches:
    """Fill in the sizes of an RF64, which its recorder left empty, up to the end; none of other files."""
    if not _has_long_length(file, start):
        return ()
    return (20, (size - start - 8).to_bytes(8, "little")), (28, (size - sound - 8).to_bytes(8, "little"))


def _riff_sizes(file: BinaryIO, start: int, sound: int, size: int) -> _Patches:
    if _long_length(file, start):
        return _long_sizes(file, start, sound, size)
    return (4, _little(size - start - 8)), (sound - start + 4, _little(size - sound - 8))


def _rifx_sizes(_: BinaryIO, start: int, sound: int, size: int) -> _Patches:
    return (4, _big(size - start - 8)), (sound - start + 4, _big(size - sound - 8))


def _aiff_chunk(head: bytes) -> tuple[bytes, int] | None:
    return (head[:4], 8 + int.from_bytes(head[4:8])) if is_name(head[:4]) else None


def _aiff_sizes(file: BinaryIO, start: int, sound: int, size: int) -> _Patches:
    patches = [(4, _big(size - start - 8)), (sound - start + 4, _big(size - sound - 8))]
    at = start + 12
    while at < sound:
        head = bytes_at(file, at, 18)
        if head[:4] == b"COMM":  # channels, frames, bits per sample
            width = int.from_bytes(head[8:10]) * -(-int.from_bytes(head[14:16]) // 8)
            patches.append((at - start + 10, _big((size - sound - 16) // max(1, width))))
        at += 8 + int.from_bytes(head[4:8]) + (int.from_bytes(head[4:8]) & 1)
    return tuple(patches)


def _w64_chunk(head: bytes) -> tuple[bytes, int] | None:
    is_chunk = head[4:16] == _W64_TAIL or is_name(head[:4])
    length = int.from_bytes(head[16:24], "little")
    return (head[:4], length) if is_chunk and length >= 24 else None  # noqa: PLR2004 - its own header


def _w64_sizes(_: BinaryIO, start: int, sound: int, size: int) -> _Patches:
    return (
        (16, (size - start).to_bytes(8, "little")),
        (sound - start + 16, (size - sound).to_bytes(8, "little")),
    )


def _caf_chunk(head: bytes) -> tuple[bytes, int] | None:
    length = int.from_bytes(head[4:12], signed=True)
    if not is_name(head[:4]):
        return None
    return head[:4], 12 + (length if length >= 0 else 1 << 63)


def _caf_sizes(_: BinaryIO, start: int, sound: int, size: int) -> _Patches:
    return ((sound - start + 4, (size - sound - 12).to_bytes(8)),)


_RIFF = _Kind(
    lambda head: head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE",
    12, _riff_chunk, b"data", 2, _riff_sizes, _long_sizes,
)  # fmt: skip
_RIFX = _Kind(
    lambda head: head[:4] == b"RIFX" and head[8:12] == b"WAVE",
    12, _aiff_chunk, b"data", 2, _rifx_sizes, _rifx_sizes,
)  # fmt: skip
_AIFF = _Kind(
    lambda head: head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"),
    12, _aiff_chunk, b"SSND", 2, _aiff_sizes, least=16,
)  # fmt: skip
_W64 = _Kind(
    lambda head: head[:16] == _W64_RIFF,
    40, _w64_chunk, b"data", 8, _w64_sizes, least=24, wide=True,
)  # fmt: skip
_CAF = _Kind(
    lambda head: head[:6] == b"caff\0\1",
    8, _caf_chunk, b"data", 1, _caf_sizes, least=16, says_missing=True, wide=True,
)  # fmt: skip
