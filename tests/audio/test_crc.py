"""The checksums of FLAC frames are checked together, and nothing that one of them would find is missed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.audio._crc import are_sound


def crc16(data: bytes) -> int:
    """The checksum as RFC 9639 defines it, bit by bit."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ (0x8005 if value & 0x8000 else 0)) & 0xFFFF
    return value


def framed(*bodies: bytes) -> bytes:
    return b"".join(body + crc16(body).to_bytes(2) for body in bodies)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[k : k + size] for k in range(0, len(data), size)]


@given(st.binary(max_size=600), st.integers(1, 700))
def test_the_remainder_is_that_of_the_definition(data, size):
    assert are_sound(cut(data, size)) == (crc16(data) == 0)


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=6), st.integers(1, 2000), st.data())
def test_frames_are_sound_wherever_they_are_cut_and_no_burst_in_one_of_them_is_missed(bodies, size, data):
    whole = bytearray(framed(*bodies))
    assert are_sound(cut(bytes(whole), size))
    at = data.draw(st.integers(0, len(whole) - 2))
    burst = data.draw(st.integers(1, 0xFFFF))
    for k, byte in enumerate(burst.to_bytes(2)):
        whole[at + k] ^= byte
    assert not are_sound(cut(bytes(whole), size))


def test_long_frames_are_folded_in_pieces_of_any_length():
    rng = np.random.default_rng(4)
    whole = bytearray(framed(*(rng.bytes(n) for n in (40_000, 3, 65_535, 9_999))))
    for size in (1 << 20, 65_536, 15, 31):
        assert are_sound(cut(bytes(whole), size))
    whole[70_000] ^= 1
    assert not are_sound([bytes(whole)])


def test_no_frames_are_sound():
    assert are_sound([])
