"""A notebook made for the original folder finds everything in the written one, by changing one path."""

from __future__ import annotations

import csv
import os
from dataclasses import replace

import pandas as pd
import pytest

from curate.errors import FormatError, UsageError
from curate.formats.trainers import birdclef
from curate.formats.trainers.birdclef_carry_over import is_soundscape
from curate.model import Row
from tests.formats.rows import touch

TRAIN = (
    "primary_label,secondary_labels,type,filename,collection,rating,url,latitude,longitude,scientific_name,"
)
TRAIN += "common_name,author,license\n"

TAXONOMY = (
    "primary_label,inat_taxon_id,scientific_name,common_name,class_name\n"
    "0042,42,Aa insecta,An insect,Insecta\n"
    "asbfly,7,Muscicapa dauurica,Asian Brown Flycatcher,Aves\n"
    "ghost1,9,Silens silens,Nobody's Bird,Aves\n"
)

OTHERS = {
    "recording_location.txt": "Location: El Silencio",
    "sample_submission.csv": "row_id,0042,asbfly,ghost1\nsoundscape_8358733_5,0.3,0.3,0.3\n",
}


@pytest.fixture
def original(tmp_path):
    folder = tmp_path / "birdclef-2025"
    for name in (
        "train_audio/asbfly/XC1.ogg",
        "train_audio/0042/CSA2.ogg",
        "train_soundscapes/H02_20230420_074000.ogg",
    ):
        touch(folder / name)
        (folder / name).write_text(name)
    (folder / "train.csv").write_text(
        f"{TRAIN}asbfly,[''],[''],asbfly/XC1.ogg,XC,4.0,,,,Muscicapa dauurica,,,\n"
        "0042,[''],[''],0042/CSA2.ogg,CSA,0,,,,,,,\n"
    )
    (folder / "taxonomy.csv").write_text(TAXONOMY)
    touch(folder / "test_soundscapes" / "readme.txt")
    for name, text in OTHERS.items():
        (folder / name).write_text(text)
    touch(folder / "birdclef-2025.zip", folder / ".hidden")
    return folder


@pytest.fixture
def rows(original, problems):
    found = [replace(row, source_path=row.path) for row in birdclef.read(original, report=problems)]
    assert problems == []
    return found


def listing(folder):
    return sorted(
        os.path.relpath(os.path.join(where, name), folder)
        for where, _, names in os.walk(folder)
        for name in names
        if name != ".curate"
    )


@pytest.mark.parametrize("hold", ["symlink", "hardlink", "copy"])
def test_all_that_the_original_holds_is_there(hold, rows, original, tmp_path):
    out = tmp_path / "out"
    assert birdclef.write(rows, out / "train.csv", hold=hold) == 2
    there = [name for name in listing(original) if not name.endswith((".zip", ".hidden"))]
    assert listing(out) == there
    for name in there:
        if not name.endswith(("train.csv", "taxonomy.csv")):
            assert (out / name).read_bytes() == (original / name).read_bytes()
            assert (out / name).is_symlink() == (hold == "symlink")
    taxonomy = pd.read_csv(out / "taxonomy.csv", dtype=str)
    assert taxonomy["primary_label"].tolist() == ["0042", "asbfly", "ghost1"]
    assert taxonomy["common_name"].tolist()[2] == "Nobody's Bird"
    submission = pd.read_csv(out / "sample_submission.csv")
    assert set(submission.columns[1:]) == set(taxonomy["primary_label"])


def test_a_soundscape_keeps_its_name_whatever_its_copy_is_called(rows, tmp_path):
    touch(tmp_path / "clean" / "x.flac")
    clean = [replace(row, path=str(tmp_path / "clean" / "x.flac")) if not row.label else row for row in rows]
    birdclef.write(clean, tmp_path / "out" / "train.csv")
    [link] = (tmp_path / "out" / "train_soundscapes").glob("*.flac")
    assert link.name == "H02_20230420_074000.flac"
    assert link.resolve() == tmp_path / "clean" / "x.flac"


def test_a_soundscape_must_be_whole(rows, tmp_path):
    parts = [replace(row, onset=0.0 if row.label else 2.0) for row in rows]
    with pytest.raises(FormatError, match="soundscapes are whole files"):
        birdclef.write(parts, tmp_path / "out" / "train.csv")
    assert listing(tmp_path / "out") == []


def test_writing_again_replaces_what_was_written_and_nothing_else(rows, original, tmp_path):
    out = tmp_path / "out"
    birdclef.write(rows, out / "train.csv")
    (original / "recording_location.txt").write_text("elsewhere")
    birdclef.write(rows, out / "train.csv", hold="copy")
    assert (out / "recording_location.txt").read_text() == "elsewhere"
    (out / "train_audio" / ".curate").write_text("# nothing is ours\n")
    with pytest.raises(UsageError, match="refused to replace"):
        birdclef.write(rows, out / "train.csv")


def test_a_file_of_somebody_else_is_not_replaced(rows, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "sample_submission.csv").write_text("mine")
    with pytest.raises(
        UsageError, match=r"refused to replace .*sample_submission\.csv: it was made by something else"
    ):
        birdclef.write(rows, out / "train.csv")
    assert listing(out) == ["sample_submission.csv"]
    assert (out / "sample_submission.csv").read_text() == "mine"


def test_soundscapes_of_two_years_that_are_named_alike_are_both_there(rows, tmp_path):
    other = tmp_path / "birdclef-2024" / "train_soundscapes" / "H02_20230420_074000.ogg"
    touch(other)
    birdclef.write([*rows, Row(path=str(other), source_path=str(other))], tmp_path / "out" / "train.csv")
    names = sorted(path.name for path in (tmp_path / "out" / "train_soundscapes").glob("*.ogg"))
    assert names == ["H02_20230420_074000.ogg", "H02_20230420_074000_2.ogg"]


def test_an_unlabelled_recording_elsewhere_is_no_soundscape(tmp_path):
    assert not is_soundscape(Row(path=str(tmp_path / "a.wav")))
    assert is_soundscape(Row(path="x.flac", source_path="/data/unlabeled_soundscapes/1.ogg"))
    assert not is_soundscape(Row(path="/data/train_soundscapes/1.ogg", label="owl"))


def test_what_was_written_is_read_back_with_its_soundscapes(rows, tmp_path, problems):
    birdclef.write(rows, tmp_path / "out" / "train.csv")
    again = list(birdclef.read(tmp_path / "out", report=problems))
    assert problems == []
    assert [(row.label, os.path.basename(row.path), row.date) for row in again] == [
        (row.label, os.path.basename(row.path), row.date) for row in rows
    ]
    with (tmp_path / "out" / "train.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 3
