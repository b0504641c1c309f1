"""Audacity label tracks: with and without bands, of any locale."""

from __future__ import annotations

import pytest

from curate.errors import FormatError, UsageError
from curate.formats.annotations import audacity
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch


@pytest.fixture
def read(tmp_path, problems):
    touch(tmp_path / "XC1.wav")

    def read(text):
        (tmp_path / "XC1.txt").write_bytes(text.encode())
        return list(audacity.read(tmp_path / "XC1.txt", report=problems))

    return read


def test_a_line_with_a_backslash_is_the_band_of_the_label_above(read, problems):
    (row,) = read("2.500000\t7.500000\tbkcchi\n\\\t1200.000000\t8400.000000\n8.0\t9.0\tnorcar\n")
    assert row.annotations == (Segment(2.5, 7.5, "bkcchi", None, 1200, 8400), Segment(8, 9, "norcar"))
    assert problems == []


def test_decimal_commas_line_ends_of_windows_and_unknown_bands_are_understood(read, problems):
    (row,) = read("2,5\t7,5\tbkcchi\r\n\\\t-1\t-1\r\n")
    assert row.annotations == (Segment(2.5, 7.5, "bkcchi"),)
    assert problems == []


def test_results_of_birdnet_keep_their_confidence(read):
    (row,) = read("0\t3\tTurdus merula_Blackbird\t0.75\n")
    assert row.annotations == (Segment(0, 3, "Turdus merula_Blackbird", 0.75),)


def test_a_point_and_a_text_are_told_and_the_rest_is_read(read, problems, tmp_path):
    (row,) = read("1.0\t1.0\tpoint\nhello\n2\t3\tx\n")
    assert row.annotations == (Segment(2, 3, "x"),)
    assert [problem.path for problem in problems] == [f"{tmp_path}/XC1.txt:{line}" for line in (1, 2)]
    assert problems[0].reason == "column offset: expected seconds after 1, found '1.0'"
    assert problems[1].reason == "expected onset, offset and label between tabs, found 'hello'"


def test_an_empty_track_says_that_somebody_looked(read):
    (row,) = read("")
    assert row.annotations == ()


def test_in_a_folder_only_texts_that_bear_the_name_of_a_recording_are_tracks(read, tmp_path, problems):
    read("1\t2\tx\n")
    (tmp_path / "notes.txt").write_text("buy milk")
    assert marked.found(audacity.read(tmp_path, report=problems)) == {"XC1.wav": (Segment(1, 2, "x"),)}
    assert problems == []


def test_what_is_written_is_what_audacity_writes(tmp_path):
    rows = [marked.row("/a.wav", (Segment(0.5, 1, "x y", None, 100, 200.5), Segment(1 / 3, 2, "z\t\n")))]
    audacity.write(rows, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == (
        "0.500000\t1.000000\tx y\n\\\t100.000000\t200.500000\n0.333333\t2.000000\tz \n"
    )


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        (None, ["1000.000000\t2000.000000", "", "-1.000000\t2000.000000"]),
        ("all", ["1000.000000\t2000.000000", "0.000000\t16000.000000", "0.000000\t2000.000000"]),
        ("none", ["", "", ""]),
    ],
)
def test_all_labels_have_a_band_or_none_has_where_that_is_asked_for(tmp_path, bands, expected):
    marks = (
        Segment(0.0, 1.0, "a", None, 1000.0, 2000.0),
        Segment(1.0, 2.0, "b"),
        Segment(2.0, 3.0, "c", None, None, 2000.0),
    )
    row = marked.row("/x/a.wav", marks, sr=32000)
    audacity.write([row], tmp_path / "a.txt", bands=bands)
    found = []
    for line in (tmp_path / "a.txt").read_text().splitlines():
        if line.startswith("\\"):
            found[-1] = line[2:]
        else:
            found.append("")
    assert found == expected


def test_a_track_holds_one_recording_and_a_folder_any_number(tmp_path):
    rows = [marked.row("/a.wav"), marked.row("/b.wav", ())]
    with pytest.raises(FormatError, match=r"there are /a\.wav and /b\.wav"):
        audacity.write(rows, tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []
    assert audacity.write(rows, tmp_path) == 2
    assert {path.name: path.stat().st_size > 0 for path in tmp_path.iterdir()} == {
        "a.txt": True,
        "b.txt": False,
    }


def test_there_are_no_columns_to_name(tmp_path, problems):
    with pytest.raises(UsageError, match="fixed columns"):
        audacity.read(tmp_path, report=problems, label_column="x")
    with pytest.raises(FormatError, match="the file is missing"):
        audacity.read(tmp_path / "none.txt", report=problems)


def test_labels_of_birdnet_are_the_scientific_names_of_its_other_tables(tmp_path):
    told = []
    touch(tmp_path / "a.wav")
    track = tmp_path / "a.BirdNET.results.txt"
    names = ("Strix aluco, Tawny Owl", "Strix aluco_Tawny Owl", "Engine, Engine", "Owl, Little", "nocall")
    track.write_text("".join(f"{at}\t{at + 3}\t{name}\t0.5\n" for at, name in enumerate(names)))
    (row,) = audacity.read(track, report=told.append)
    assert [mark.label for mark in row.annotations] == ["Strix aluco", "Strix aluco", "Engine", "Owl, Little"]
    assert [problem.reason for problem in told] == ["'nocall' in 1 row: taken as looked at, without a mark"]
