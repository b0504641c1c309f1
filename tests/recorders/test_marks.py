"""Marks inside a WAV or AIFF are read with their names and lengths, in seconds of the file."""

from __future__ import annotations

import io
import struct

import pytest

from curate.recorders import info, marks
from curate.recorders.carry import carry
from curate.recorders.containers import parts_of
from curate.recorders.read import claims_of
from tests.recorder_bytes import chunk, wav

SR = 32000


def cue(*at):
    points = [struct.pack("<II4sIII", n, 0, b"data", 0, 0, sample) for n, sample in enumerate(at, start=1)]
    return b"cue ", struct.pack("<I", len(points)) + b"".join(points)


def named(names, lengths=()):
    parts = [chunk(b"labl", struct.pack("<I", n) + name.encode() + b"\0") for n, name in names.items()]
    parts += [
        chunk(b"ltxt", struct.pack("<II4sHHHH", n, length, b"rgn ", 0, 0, 0, 0))
        for n, length in dict(lengths).items()
    ]
    return b"LIST", b"adtl" + b"".join(parts)


def parts(*chunks):
    return parts_of(io.BytesIO(wav([], list(chunks), sr=SR)))


def test_points_and_regions_are_listed_by_time():
    claim = marks.claim(parts(cue(5 * SR, 2 * SR, 7 * SR), named({1: "owl", 2: "wren"}, {2: SR // 2})))
    assert [value for _, value in claim.fields] == ["2 s to 2.5 s: wren", "5 s: owl", "7 s"]
    assert claim.problems[0].startswith(
        "marks: the file holds 3 (2 s to 2.5 s: wren, 5 s: owl, 7 s). They label"
    )


def test_of_many_marks_three_are_named():
    (words,) = marks.claim(parts(cue(*range(0, 10 * SR, SR)))).problems
    assert "the file holds 10 (0 s, 1 s, 2 s and 7 more)" in words


def test_names_without_points_and_a_list_cut_short_are_no_marks():
    assert marks.claim(parts(named({1: "owl"}))) is None
    assert marks.claim(parts((b"cue ", struct.pack("<I", 3)), named({1: "owl"}))) is None
    assert marks.claim(parts((b"cue ", struct.pack("<I", 0)))) is None


def test_a_copy_carries_no_marks_since_its_times_are_others():
    found = parts(cue(SR), named({1: "owl"}), (b"LIST", b"INFO" + chunk(b"INAM", b"pond\0")))
    carried = carry(found, told=("Curate|Cuts", "excise 0-1"), length=1.0, sr=SR)
    assert [(name, data[:4]) for name, data in carried.chunks] == [(b"LIST", b"INFO")]


def aiff(*chunks, sr=SR, frames=100):
    """An AIFF of 16 bits, one channel; `chunks` before its sound."""
    exponent = sr.bit_length() - 1
    form = struct.pack(">hIhHQ", 1, frames, 16, 16383 + exponent, sr << (63 - exponent))
    body = b"AIFF"
    for name, data in [(b"COMM", form), *chunks, (b"SSND", bytes(8 + 2 * frames))]:
        body += name + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"FORM" + struct.pack(">I", len(body)) + body


def mark(*points):
    """The chunk MARK: each name has one byte for its length, and an even number with it."""
    data = struct.pack(">H", len(points))
    for number, (at, name) in enumerate(points, start=1):
        words = bytes([len(name)]) + name.encode()
        data += struct.pack(">hI", number, at) + words + b"\0" * (len(words) % 2)
    return b"MARK", data


@pytest.mark.parametrize("sr", [8000, 44100, 384_000])
def test_marks_of_an_aiff_are_listed_by_time(sr):
    data = aiff(mark((5 * sr, "owl"), (2 * sr, "wren"), (sr // 2, "")), sr=sr)
    claim = marks.claim(parts_of(io.BytesIO(data)))
    assert [value for _, value in claim.fields] == ["0.5 s", "2 s: wren", "5 s: owl"]
    assert claim.problems[0].startswith("marks: the file holds 3 (0.5 s, 2 s: wren, 5 s: owl). They label")


def test_an_aiff_whose_marks_are_cut_short_tells_those_that_are_whole():
    name, data = mark((SR, "owl"), (2 * SR, "wren"))
    claim = marks.claim(parts_of(io.BytesIO(aiff((name, data[:14])))))
    assert [value for _, value in claim.fields] == ["1 s: owl"]


def test_a_copy_of_an_aiff_carries_its_texts_and_no_marks():
    found = parts_of(io.BytesIO(aiff((b"ANNO", b"by the pond"), (b"AUTH", b"Ada"), mark((SR, "owl")))))
    assert [claim.fields for claim in claims_of(found) if claim.source == "info"] == [
        (("ANNO", "by the pond"), ("AUTH", "Ada"))
    ]
    carried = carry(found, told=("Curate|Cuts", "excise 0-1"), length=1.0, sr=SR)
    ((name, chunk_data),) = carried.chunks
    assert (name, dict(info.fields_of(chunk_data))) == (b"LIST", {"ICMT": "by the pond", "IART": "Ada"})
    assert ("COMMENT", "by the pond") in carried.comments
