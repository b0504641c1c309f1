"""Putting metadata into a file that was just written: libsndfile leaves it out.

Chunks go behind the sound of a WAV, where each reader of RIFF looks; blocks go before the frames of a FLAC,
whose other bytes stay. What is there counts for the same file again: the same metadata gives the same bytes.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

from curate.recorders.carry import CarriedMetadata
from curate.recorders.comments import block_of, fields_of

_CHUNK = struct.Struct("<4sI")

#: A RIFF counts its bytes in 32 bits: a file that is nearly so long gets no more.
_MOST = (1 << 32) - (1 << 22)

_APPLICATION, _COMMENT = 2, 4

#: A block of a FLAC counts its bytes in 24 bits.
_LONGEST_BLOCK = (1 << 24) - 1


def put_metadata(path: Path, container: str, carried: CarriedMetadata) -> None:
    """Add metadata to a file.

    Parameters
    ----------
    container
        libsndfile's word: ``WAV``, ``RF64`` or ``FLAC``; others have taken a comment while they were written.
    """
    if container in ("WAV", "RF64"):
        _into_wav(path, carried)
    elif container == "FLAC":
        _into_flac(path, carried)


def _into_wav(path: Path, carried: CarriedMetadata) -> None:
    chunks = [*carried.chunks, *([(b"guan", carried.guano)] if carried.guano else [])]
    parts = [_CHUNK.pack(name, len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks]
    with path.open("r+b") as file:
        head = file.read(16)
        is_long = head.startswith(b"RF64") and head.endswith(b"ds64")
        if not is_long and (not head.startswith(b"RIFF") or path.stat().st_size > _MOST):
            return
        end = file.seek(0, os.SEEK_END)
        file.write(b"\0" * (end % 2) + b"".join(parts))
        size = file.tell()
        # An RF64 counts its bytes in a chunk of its own, behind the head of that.
        file.seek(20 if is_long else 4)
        file.write(struct.pack("<Q" if is_long else "<I", size - 8))


def _into_flac(path: Path, carried: CarriedMetadata) -> None:
    """Write the blocks again, with comments and chunks, and the frames behind them as they are."""
    beside = path.with_name(path.name + ".tagged")
    try:
        with path.open("rb") as file, beside.open("wb") as out:
            if file.read(4) != b"fLaC":
                return
            blocks: list[tuple[int, bytes]] = []
            vendor, is_last = "curate", False
            while not is_last:
                head = file.read(4)
                kind, is_last = head[0] & 0x7F, bool(head[0] & 0x80)
                data = file.read(int.from_bytes(head[1:], "big"))
                if kind == _COMMENT:
                    vendor = dict(fields_of(data)[:1]).get("vendor", vendor)
                else:
                    blocks.append((kind, data))
            blocks.insert(1, (_COMMENT, block_of(list(carried.comments), vendor)))
            # As flac itself keeps the chunks of a WAV that it packs.
            blocks += [
                (_APPLICATION, b"riff" + _CHUNK.pack(name, len(data)) + data)
                for name, data in carried.chunks
                if name != b"LIST"
            ]
            blocks = [block for block in blocks if len(block[1]) <= _LONGEST_BLOCK]
            out.write(b"fLaC")
            for place, (kind, data) in enumerate(blocks, start=1):
                last = 0x80 if place == len(blocks) else 0
                out.write(bytes([kind | last]) + len(data).to_bytes(3, "big") + data)
            shutil.copyfileobj(file, out, 1 << 20)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
