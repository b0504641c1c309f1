# ruff: noqa: E501 - what recorders write stays in one piece
"""Metadata found in files, wherever in them it lies."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import soundfile as sf

from curate.recorders.read import expansion_of, read_claims, read_parts
from tests.recorder_bytes import bext_chunk, chunk, info_chunk, vorbis_comments, wamd_chunk, wav

GUANO = b"GUANO|Version: 1.0\nTimestamp: 2024-03-11T05:45:00+05:30\nTE: 10\n"
MOTH = {
    "ICMT": "Recorded at 05:45:00 11/03/2024 (UTC+5:30) by AudioMoth 24F3190361DA4A1C at medium gain while battery was 4.1V"
}
ALL = [
    (b"guan", GUANO),
    (b"wamd", wamd_chunk({0x05: "2024-03-11 05:45:00+05:30"})),
    (b"bext", bext_chunk("", "X", "2024-03-11", "05:45:00")),
    (b"LIST", info_chunk(MOTH)),
]


@pytest.mark.parametrize("where", ["before", "after"])
def test_chunks_are_found_before_and_behind_the_sound(tmp_path, where):
    path = tmp_path / "20240311_054500.WAV"
    path.write_bytes(wav(**{f"chunks_{where}": ALL}))
    assert [claim.source for claim in read_claims(str(path))] == [
        "guano",
        "wamd",
        "bext",
        "audiomoth",
        "name",
    ]
    assert sf.info(path).frames == 3200


def test_a_chunk_of_odd_length_without_its_padding_hides_no_other(tmp_path):
    path = tmp_path / "a.wav"
    data = wav(
        chunks_after=[
            (
                b"guan",
                b"TE: 10\nMake: Abc"[:-1],
            )
        ]
    )
    path.write_bytes(data[:-1] + chunk(b"LIST", info_chunk({"IART": "Ada"})))
    assert [claim.source for claim in read_claims(str(path))] == ["guano", "info"]


@pytest.mark.parametrize("name", [b"_PMX", b"id3 ", b"(c) ", b"r64m"])
def test_chunks_of_editors_hide_no_other(tmp_path, name):
    path = tmp_path / "a.wav"
    path.write_bytes(wav([(name, b"<x/>")], [(name, b"<xmp/>"), (b"guan", GUANO)]))
    assert [claim.source for claim in read_claims(str(path))] == ["guano"]


def test_rf64_tells_the_length_of_its_sound_elsewhere(tmp_path):
    path = tmp_path / "a.wav"
    data = wav(chunks_after=[(b"guan", GUANO)])
    at = data.index(b"data")
    size = struct.unpack_from("<I", data, at + 4)[0]
    ds64 = chunk(b"ds64", struct.pack("<QQQI", len(data), size, size // 2, 0))
    path.write_bytes(
        b"RF64\xff\xff\xff\xffWAVE" + ds64 + data[12 : at + 4] + b"\xff\xff\xff\xff" + data[at + 8 :]
    )
    assert [claim.source for claim in read_claims(str(path))] == ["guano"]


def test_flac_has_comments_and_chunks_of_the_wav_that_it_packs(tmp_path):
    path = tmp_path / "a.flac"
    sf.write(path, np.zeros(3200), 32000)
    data = path.read_bytes()
    riff = b"riff" + chunk(b"guan", GUANO)
    comments = vorbis_comments({"COMMENT": MOTH["ICMT"]})
    blocks = b"".join(
        bytes([kind]) + len(body).to_bytes(3, "big") + body for kind, body in ((2, riff), (4, comments))
    )
    # Behind the first block, which tells of the stream and is 34 bytes long.
    path.write_bytes(data[:42] + blocks + data[42:])
    assert sf.info(path).frames == 3200
    assert {claim.source for claim in read_claims(str(path))} >= {"guano", "audiomoth"}


@pytest.mark.parametrize("format", ["VORBIS", "OPUS"])
def test_ogg_has_comments(tmp_path, format):
    path = tmp_path / "a.ogg"
    with sf.SoundFile(path, "w", 48000, 1, format="OGG", subtype=format) as sound:
        sound.comment = MOTH["ICMT"]
        sound.write(np.zeros(4800))
    assert "audiomoth" in [claim.source for claim in read_claims(str(path))]


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVEfmt ", b"OggS", b"fLaC\x04\xff\xff\xff", b"ID3\4\0\0\0\0\0\7"]
)
def test_files_that_are_cut_short_say_nothing(tmp_path, data):
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    assert read_claims(str(path)) == ()
    assert read_parts(str(tmp_path / "none.wav")).container == ""


def test_the_expansion_of_a_file_comes_from_its_bytes(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(chunks_after=[(b"guan", GUANO)], sr=25600))
    assert expansion_of(read_parts(str(path)), sr=25600, frames=2560) == 10.0
    path.write_bytes(wav(sr=25600))
    assert expansion_of(read_parts(str(path)), sr=25600, frames=2560) == 1.0
