"""Ogg files whose bytes follow from their sound alone."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from curate.audio._ogg import settle_serial
from curate.audio.write import AUDIO_FORMATS, write
from tests import signals


def checksum(page: bytes) -> int:
    """The checksum of a page as RFC 3533 says it, bit by bit."""
    crc = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) & 0xFFFFFFFF ^ (0x04C11DB7 if crc >> 31 else 0)
    return crc


def pages(data: bytes) -> list[bytes]:
    found = []
    while data:
        assert data[:4] == b"OggS"
        lengths = data[27 : 27 + data[26]]
        end = 27 + len(lengths) + sum(lengths)
        found.append(data[:end])
        data = data[end:]
    return found


@pytest.fixture(params=["ogg", "opus"])
def written(request, tmp_path: Path) -> bytes:
    y = signals.noise(sr=16000, seconds=3, seed=1)
    path = tmp_path / f"a{AUDIO_FORMATS[request.param].suffix}"
    write(path, [y], sr=16000, channels=1, format=request.param)
    return path.read_bytes()


def test_every_page_has_one_serial_number_and_its_checksum(written):
    found = pages(written)
    assert len(found) > 3
    assert len({page[14:18] for page in found}) == 1
    assert all(int.from_bytes(page[22:26], "little") == checksum(page) for page in found)


@pytest.mark.parametrize("serial", [0, 1, 0xDEADBEEF])
def test_whatever_number_was_drawn_the_bytes_are_the_same(written, serial):
    other = b""
    for page in pages(written):
        changed = page[:14] + serial.to_bytes(4, "little") + page[18:]
        other += changed[:22] + checksum(changed).to_bytes(4, "little") + changed[26:]
    assert other != written
    file = io.BytesIO(other)
    settle_serial(file)
    assert file.getvalue() == written


def test_another_sound_has_another_number(written, tmp_path):
    y = signals.noise(sr=16000, seconds=3, seed=2)
    write(tmp_path / "b.ogg", [y], sr=16000, channels=1, format="ogg")
    assert (tmp_path / "b.ogg").read_bytes()[14:18] != written[14:18]
