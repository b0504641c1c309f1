"""Marks inside a WAV are read with their names and lengths, in seconds of the file."""

from __future__ import annotations

import io
import struct

from curate.recorders import marks
from curate.recorders.carry import carry
from curate.recorders.containers import parts_of
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
