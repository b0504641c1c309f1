"""WAV files of more than 4 GiB, whose header cannot count them: nothing is lost, and ours can be counted.

The long ones are sparse: they take no room, and nothing reads the silence in their middle.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from curate.audio import write as writing
from curate.audio._parts import parts
from curate.audio.read import open_audio, read
from curate.errors import AudioError
from curate.recorders.carry import CarriedMetadata
from tests import signals

SR, CHANNELS = 192000, 8
ALIGN = 2 * CHANNELS
FRAMES = (1 << 32) // ALIGN + 1_000_000
SIZE = FRAMES * ALIGN
END = np.random.default_rng(1).integers(-1000, 1000, (CHANNELS, 1000))


def long_wav(path: Path, counted: int, *, size: int = SIZE, behind: bytes = b"") -> Path:
    """Write a WAV of silence, with sound at its end and behind what its header counts."""
    head = struct.pack("<4sI4s", b"RIFF", (size + 36) % (1 << 32), b"WAVE")
    head += struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, CHANNELS, SR, SR * ALIGN, ALIGN, 16)
    head += struct.pack("<4sI", b"data", counted)
    with path.open("wb") as file:
        file.write(head)
        if counted < size:
            file.seek(len(head) + counted)
            file.write(b"\1\0" * 8)
        file.seek(len(head) + size - END.size * 2)
        file.write(END.T.astype("<i2").tobytes() + behind)
    if os.stat(path).st_blocks * 512 > 1 << 30:
        pytest.skip("this disk knows no sparse files")
    return path


def assert_whole(path: Path, frames: int = FRAMES) -> str | None:
    """Check the length and the last samples; gives what is said of the file."""
    with open_audio(path) as audio:
        assert audio.count() == frames
        assert audio.declared_frames == frames
        problem = audio.problem
    found, sr = read(path, start=(frames - END.shape[1]) / SR)
    assert sr == SR
    np.testing.assert_array_equal(np.rint(found * 32768), END)
    return problem


@pytest.mark.parametrize(
    "counted", [0, (1 << 32) - 1, (1 << 32) - 16, (1 << 32) - 45, (1 << 31) - 1, 1 << 31, (1 << 31) - 44]
)
def test_a_wav_whose_writer_stopped_counting_is_read_to_its_end(tmp_path: Path, counted: int) -> None:
    assert assert_whole(long_wav(tmp_path / "a.wav", counted)) is None


@pytest.mark.parametrize("behind", [b"", b"LIST\x04\0\0\0INFO"])
def test_a_wav_that_counts_what_is_over_4_gib_is_read_to_its_end(tmp_path: Path, behind: bytes) -> None:
    path = long_wav(tmp_path / "a.wav", SIZE % (1 << 32), behind=behind)
    problem = assert_whole(path)
    assert problem == "its header counts 16,000,008 bytes of sound, and 4,294,967,296 more follow"


def test_a_wav_that_lost_its_power_after_3_gib_is_read_to_its_end(tmp_path: Path) -> None:
    problem = assert_whole(long_wav(tmp_path / "a.wav", 3 << 30))
    assert problem is not None
    assert problem.startswith("its header counts 3,221,225,480 bytes of sound, and ")


@pytest.mark.parametrize("behind", [b"", b"LIST\x04\0\0\0INFO", b"ID3" + bytes(997)])
def test_a_wav_that_is_as_long_as_it_says_has_no_sound_behind(tmp_path: Path, behind: bytes) -> None:
    size = 3 << 30
    path = long_wav(tmp_path / "a.wav", size, size=size, behind=behind)
    assert assert_whole(path, size // ALIGN) is None


@pytest.mark.parametrize("counted", [(1 << 32) - 1, (1 << 31) - 1, SIZE % (1 << 32) + 8])
def test_an_aiff_of_more_than_4_gib_says_what_is_lost(tmp_path: Path, counted: int) -> None:
    rate = b"\x40\x10\xbb\x80" + bytes(6)  # 192,000 as a number of 80 bits
    head = struct.pack(">4sIhIh", b"COMM", 18, CHANNELS, counted // ALIGN, 16) + rate
    head = b"FORM" + struct.pack(">I", (counted + 46) % (1 << 32)) + b"AIFF" + head
    head += struct.pack(">4sIII", b"SSND", counted, 0, 0)
    path = tmp_path / "a.aiff"
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(head) + SIZE - 2)
        file.write(b"\1\0")
    (part,) = parts(path)
    assert part.note == "truncated: sound behind 4 GiB of an AIFF is lost. Convert it to CAF or FLAC"


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_what_is_too_long_for_a_wav_is_written_as_rf64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtype: str
) -> None:
    monkeypatch.setattr(writing, "_LONGEST_WAV", 60_000)
    y = signals.noise(sr=16000, seconds=2)
    path, carried = tmp_path / "a.wav", CarriedMetadata(b"GUANO|Version: 1.0\nMake: Lab\n", (), ())
    blocks = [y[:, :20_000], y[:, 20_000:]]
    frames = y.shape[1]
    told = {"sr": 16000, "channels": 1, "format": "wav", "subtype": subtype, "carried": carried}
    assert writing.write(path, blocks, frames=frames, **told) == frames
    data = path.read_bytes()
    assert (sf.info(path).format, sf.info(path).frames, sf.info(path).subtype) == ("RF64", frames, subtype)
    assert data.endswith(b"guan" + struct.pack("<I", 29) + carried.guano + b"\0")
    assert struct.unpack_from("<4sI4s4sIQ", data) == (b"RF64", 2**32 - 1, b"WAVE", b"ds64", 28, len(data) - 8)
    np.testing.assert_allclose(read(path)[0], y, atol=1 / 32768)
    before = data
    writing.write(path, blocks, frames=frames, **told)
    assert path.read_bytes() == before


def test_a_stream_that_turns_out_too_long_for_a_wav_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_LONGEST_WAV", 60_000)
    with pytest.raises(AudioError, match="too long for a WAV") as caught:
        writing.write(
            tmp_path / "a.wav", [signals.noise(sr=16000, seconds=2)], sr=16000, channels=1, format="wav"
        )
    assert caught.value.hint == "write it as FLAC"
    assert not list(tmp_path.iterdir())
