"""Folders named after classes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from curate.errors import FormatError, UsageError
from curate.formats.trainers import folders
from curate.model import Row
from tests.formats.rows import touch


def test_the_first_folder_is_the_label_however_deep_the_file_lies(tmp_path, problems):
    touch(tmp_path / "rubthr1" / "x.wav", tmp_path / "rubthr1" / "2024" / "may" / "y.wav", tmp_path / "z.wav")
    assert list(folders.read(tmp_path, report=problems)) == [
        Row(path=f"{tmp_path}/z.wav", label="", archive="local"),
        Row(path=f"{tmp_path}/rubthr1/x.wav", label="rubthr1", archive="local"),
        Row(path=f"{tmp_path}/rubthr1/2024/may/y.wav", label="rubthr1", archive="local"),
    ]


def test_names_of_species_and_archives_are_taken_from_folders_and_files(tmp_path, problems):
    touch(tmp_path / "Turdus rufiventris_Rufous-bellied Thrush" / "XC563936 - Soundscape.mp3")
    (row,) = folders.read(tmp_path, report=problems)
    assert row.label == "Turdus rufiventris_Rufous-bellied Thrush"
    assert (row.scientific_name, row.common_name) == ("Turdus rufiventris", "Rufous-bellied Thrush")
    assert (row.archive, row.recording_id) == ("xeno-canto", "xeno-canto:563936")


def test_labels_of_digits_stay_text(tmp_path, problems):
    touch(tmp_path / "0042" / "a.wav")
    (row,) = folders.read(tmp_path, report=problems)
    assert row.label == "0042"


def test_one_audio_file_is_one_unlabelled_recording(tmp_path, problems):
    touch(tmp_path / "asbfly" / "a.wav")
    (row,) = folders.read(tmp_path / "asbfly" / "a.wav", report=problems)
    assert row == Row(path=f"{tmp_path}/asbfly/a.wav", archive="local")


def test_paths_are_absolute_and_keep_their_links(tmp_path, problems, monkeypatch):
    touch(tmp_path / "disk" / "asbfly" / "a.wav")
    (tmp_path / "birds").symlink_to("disk")
    monkeypatch.chdir(tmp_path)
    (row,) = folders.read(Path("birds"), report=problems)
    assert row.path == f"{tmp_path}/birds/asbfly/a.wav"


def test_a_label_that_is_not_utf8_can_be_printed(tmp_path, problems):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    touch(folder / "a.wav")
    (row,) = folders.read(tmp_path, report=problems)
    assert row.label == "caf\\udce9"
    assert os.path.isfile(row.path)


@pytest.mark.parametrize("name", ["nothing", "notes.txt"])
def test_what_is_no_folder_and_no_audio_is_refused(tmp_path, problems, name):
    touch(tmp_path / "notes.txt")
    with pytest.raises(FormatError, match=f"{name}: it "):
        folders.read(tmp_path / name, report=problems)


def test_columns_are_refused(tmp_path, problems):
    with pytest.raises(UsageError, match="folders has fixed columns"):
        folders.read(tmp_path, report=problems, label_column="label")
