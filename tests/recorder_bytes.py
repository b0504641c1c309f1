"""Chunks, blocks and files as recorders write them."""

from __future__ import annotations

import struct

import numpy as np


def chunk(name: bytes, data: bytes, *, padded: bool = True) -> bytes:
    return struct.pack("<4sI", name, len(data)) + data + (b"\0" * (len(data) % 2) if padded else b"")


def info_chunk(fields: dict[str, str]) -> bytes:
    return b"INFO" + b"".join(chunk(name.encode(), text.encode() + b"\0") for name, text in fields.items())


def wamd_chunk(entries: dict[int, str | int]) -> bytes:
    parts = []
    for number, value in {0x00: 1, **entries}.items():
        data = struct.pack("<H", value) if isinstance(value, int) else value.encode()
        parts.append(struct.pack("<HI", number, len(data)) + data)
    return b"".join(parts)


def bext_chunk(description: str, originator: str, date: str, time: str, *, history: str = "") -> bytes:
    head = struct.pack(
        "<256s32s32s10s8sQH",
        description.encode(),
        originator.encode(),
        b"",
        date.encode(),
        time.encode(),
        0,
        1,
    )
    return head.ljust(602, b"\0") + history.encode()


def vorbis_comments(fields: dict[str, str]) -> bytes:
    parts = [struct.pack("<I", 4), b"test", struct.pack("<I", len(fields))]
    for name, value in fields.items():
        words = f"{name}={value}".encode()
        parts += [struct.pack("<I", len(words)), words]
    return b"".join(parts)


def wav(
    chunks_before: list[tuple[bytes, bytes]] = (),
    chunks_after: list[tuple[bytes, bytes]] = (),
    *,
    sr: int = 32000,
    y: np.ndarray | None = None,
) -> bytes:
    """A WAV of 16 bits, one channel, with chunks before and after its sound."""
    samples = np.zeros(sr // 10, np.int16) if y is None else np.round(y * 32767).astype(np.int16)
    body = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, sr, 2 * sr, 2, 16))
    body += b"".join(chunk(*each) for each in chunks_before)
    body += chunk(b"data", samples.tobytes())
    body += b"".join(chunk(*each) for each in chunks_after)
    return b"RIFF" + struct.pack("<I", len(body)) + body
