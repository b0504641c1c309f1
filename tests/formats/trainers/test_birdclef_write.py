"""Writing what a competitor's notebook opens."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from curate.errors import FormatError, UsageError
from curate.formats.trainers import birdclef
from curate.formats.trainers.birdclef_years import YEARS
from curate.model import Row
from tests.formats.rows import touch


@pytest.fixture
def rows(tmp_path) -> list[Row]:
    """A clean copy of a bird, an insect from the raw folder, and an unlabelled recording."""
    bird = Row(
        recording_id="xeno-canto:134896",
        path=str(tmp_path / "clean" / "XC134896.flac"),
        offset=5.0,
        duration=5.0,
        label="asbfly",
        secondary_labels=("0042", "it's"),
        scientific_name="Muscicapa dauurica",
        common_name="Asian Brown Flycatcher",
        class_name="Aves",
        rating=4.5,
        archive="xeno-canto",
        recordist="Doe, Jane",
        license="cc0",
        url="https://xeno-canto.org/134896",
        latitude=39.2297,
        longitude=-0.5,
        date="2013-05-17",
        source_path=str(tmp_path / "raw" / "XC134896.ogg"),
        extra={"sound_type": "call; song", "time": "08:30", "filename": "asbfly/XC134896.ogg"},
    )
    insect = Row(
        recording_id="csa:36385",
        path=str(tmp_path / "raw" / "somewhere.wav"),
        label="0042",
        archive="csa",
        source_path=str(tmp_path / "raw" / "somewhere.wav"),
    )
    unlabelled = Row(recording_id="local:x", path=str(tmp_path / "raw" / "x.wav"))
    for row in (bird, insect, unlabelled):
        touch(Path(row.path))
        Path(row.path).write_text(row.recording_id)
    return [bird, insect, unlabelled]


@pytest.mark.parametrize("year", YEARS)
def test_a_notebook_finds_each_file_by_the_rule_of_the_year(year, rows, tmp_path):
    out = tmp_path / "out" / "train.csv"
    assert birdclef.write(rows, out, year=year) == 2
    frame = pd.read_csv(out)
    assert tuple(frame.columns) == YEARS[year].columns
    assert frame["primary_label"].tolist() == ["asbfly", "0042"]
    base = out.parent / YEARS[year].audio
    found = base / frame["primary_label"] / frame["filename"] if year == 2021 else base / frame["filename"]
    assert [Path(path).read_text() for path in found] == ["xeno-canto:134896", "csa:36385"]
    assert [Path(path).name for path in found] == ["XC134896.flac", "CSA36385.wav"]
    assert frame["secondary_labels"].map(ast.literal_eval).tolist() == [
        ["0042", "it's"],
        [""] if year == 2025 else [],
    ]
    assert frame["type"].map(ast.literal_eval)[0] == ["call", "song"]
    assert frame["rating"].tolist() == [4.5, 0.0]
    assert frame["author"][0] == "Doe, Jane"
    assert frame["latitude"][0] == 39.2297
    assert frame["longitude"].isna().tolist() == [False, True]


def test_the_default_is_2025_with_collection_and_taxonomy(rows, tmp_path):
    birdclef.write(rows, tmp_path / "out" / "train.csv")
    frame = pd.read_csv(tmp_path / "out" / "train.csv")
    assert frame["collection"].tolist() == ["XC", "CSA"]
    assert frame["filename"].tolist() == ["asbfly/XC134896.flac", "0042/CSA36385.wav"]
    taxonomy = pd.read_csv(tmp_path / "out" / "taxonomy.csv", dtype=str, keep_default_na=False)
    assert taxonomy.to_dict("records") == [
        {
            "primary_label": "0042",
            "inat_taxon_id": "0042",
            "scientific_name": "",
            "common_name": "",
            "class_name": "",
        },
        {
            "primary_label": "asbfly",
            "inat_taxon_id": "",
            "scientific_name": "Muscicapa dauurica",
            "common_name": "Asian Brown Flycatcher",
            "class_name": "Aves",
        },
    ]


@pytest.mark.parametrize("year", YEARS)
def test_what_is_written_reads_back(year, rows, tmp_path, problems):
    name = "train.csv" if year >= 2025 else "train_metadata.csv"
    birdclef.write(rows, tmp_path / "out" / name, year=year)
    bird, insect = birdclef.read(tmp_path / "out", report=problems)
    assert problems == []
    same = {"recording_id", "label", "secondary_labels", "scientific_name", "common_name", "rating"}
    for field in same | {"archive", "recordist", "license", "url", "latitude", "longitude"}:
        assert getattr(bird, field) == getattr(rows[0], field), field
    assert bird.date == (rows[0].date if year == 2021 else "")
    assert bird.extra["sound_type"] == "call; song"
    assert (insect.recording_id, insect.label, insect.rating) == ("csa:36385", "0042", None)


def test_a_real_year_is_written_as_it_was_read(samples, tmp_path, problems):
    real = samples / "kaggle" / "birdclef-2025_train_head.csv"
    if not real.is_file():
        pytest.skip("the real table of 2025 is not here")
    text = real.read_text(encoding="utf-8").strip() + "\n"
    (tmp_path / "train.csv").write_text(text, encoding="utf-8")
    touch(*(tmp_path / "train_audio" / line.split(",")[3] for line in text.splitlines()[1:]))
    birdclef.write(birdclef.read(tmp_path, report=problems), tmp_path / "out" / "train.csv", year=2025)
    assert (tmp_path / "out" / "train.csv").read_text(encoding="utf-8") == text


def test_the_same_rows_give_the_same_bytes_over_an_earlier_export(rows, tmp_path):
    out = tmp_path / "out" / "train.csv"
    birdclef.write(rows, out)
    before = out.read_bytes()
    birdclef.write(rows, out)
    assert out.read_bytes() == before
    assert sorted(path.name for path in out.parent.iterdir()) == ["taxonomy.csv", "train.csv", "train_audio"]


def test_recordings_that_would_be_named_alike_get_names_of_their_own(rows, tmp_path):
    again = tmp_path / "other" / "b.flac"
    touch(again, again.with_name("c.flac"))
    alike = [replace(rows[0], path=str(again)), replace(rows[0], path=str(again.with_name("c.flac")))]
    birdclef.write([rows[0], *alike], tmp_path / "out" / "train.csv")
    names = pd.read_csv(tmp_path / "out" / "train.csv")["filename"].tolist()
    assert names == ["asbfly/XC134896.flac", "asbfly/XC134896_2.flac", "asbfly/XC134896_3.flac"]


def test_a_label_cannot_lead_out_of_the_folder(rows, tmp_path):
    birdclef.write([replace(rows[0], label="../../up/and away")], tmp_path / "out" / "train.csv")
    frame = pd.read_csv(tmp_path / "out" / "train.csv")
    assert frame["primary_label"].tolist() == ["../../up/and away"]
    assert (tmp_path / "out" / "train_audio" / frame["filename"][0]).is_file()
    assert frame["filename"][0].count("/") == 1


@pytest.mark.parametrize("stretches", [[(0.5, 2.0)], [(0.0, 2.0), (3.0, 4.0)], [(0.0, 2.0), (0.0, 4.0)]])
def test_stretches_of_files_are_refused_and_nothing_is_left(stretches, rows, tmp_path):
    parts = [replace(rows[1], onset=onset, offset=offset) for onset, offset in stretches]
    with pytest.raises(FormatError, match=r"somewhere\.wav is used in part") as info:
        birdclef.write(parts, tmp_path / "out" / "train.csv")
    assert info.value.hint == "use --audio clean, or auto after rendering"
    assert list((tmp_path / "out").iterdir()) == []


def test_an_audio_folder_of_somebody_else_is_refused_untouched(rows, tmp_path):
    touch(tmp_path / "out" / "train_audio" / "asbfly" / "XC1.ogg")
    with pytest.raises(UsageError, match="train_audio: it was made by something else"):
        birdclef.write(rows, tmp_path / "out" / "train.csv")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["train_audio"]


def test_a_taxonomy_of_somebody_else_is_refused_untouched(rows, tmp_path):
    taxonomy = tmp_path / "out" / "taxonomy.csv"
    touch(taxonomy)
    taxonomy.write_text("precious")
    with pytest.raises(UsageError, match=r"taxonomy\.csv: it was made by something else"):
        birdclef.write(rows, tmp_path / "out" / "train.csv")
    assert taxonomy.read_text() == "precious"
    assert birdclef.write(rows, tmp_path / "out" / "train_metadata.csv", year=2024) == 2
    assert taxonomy.read_text() == "precious"


@pytest.mark.parametrize("name", ["train.csv", "XC1.wav"])
def test_a_file_of_somebody_else_is_never_replaced(name, rows, tmp_path):
    out = tmp_path / "out" / name
    touch(out)
    out.write_text("precious")
    with pytest.raises(UsageError, match=f"refused to replace .*{name}") as info:
        birdclef.write(rows, out)
    assert info.value.hint
    assert [path.name for path in out.parent.iterdir()] == [name]
    birdclef.write(rows, out.with_name("other.csv"))
    with pytest.raises(UsageError, match=f"refused to replace .*{name}"):  # also beside a folder of ours
        birdclef.write(rows, out)
    assert out.read_text() == "precious"


def test_exports_of_several_years_share_a_folder_and_are_all_known_as_ours(rows, tmp_path):
    for _ in range(2):
        for year, name in [(2025, "train.csv"), (2024, "train_metadata.csv"), (2021, "train.csv")]:
            assert birdclef.write(rows, tmp_path / "out" / name, year=year) == 2


#: Exports over and over to copies of a folder, killing the n-th export at its n-th change of the disk.
KILLER = """
import os, shutil, sys
from pathlib import Path
from curate.formats.trainers import birdclef
from curate.model import Row

start, states, *audio = map(Path, sys.argv[1:])
rows = [Row(path=str(path), label="b", recording_id=f"local:{path.stem}") for path in audio]
birdclef.write([], states / "warm" / "train.csv")  # what is imported late must not count
shutil.rmtree(states / "warm")
for number in range(1000):
    out = states / str(number)
    shutil.copytree(start, out, symlinks=True)
    child = os.fork()
    if not child:
        left = number

        def kill(event, arguments):
            global left
            writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if writes or event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink"}:
                if not left:
                    os._exit(9)
                left -= 1

        sys.addaudithook(kill)
        try:
            birdclef.write(rows, out / "train.csv")
        except BaseException as error:
            print(out, repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 9:
        sys.exit(code)
"""


def killed_everywhere(start, states, audio) -> list[Path]:
    """States that a killed export leaves, one for each moment; the last was not killed."""
    states.mkdir()
    subprocess.run([sys.executable, "-c", KILLER, start, states, *audio], check=True)
    return sorted(states.iterdir(), key=lambda path: int(path.name))


@pytest.mark.parametrize("earlier", [False, True])
def test_an_export_killed_anywhere_is_finished_by_the_next(earlier, tmp_path):
    audio = [tmp_path / "raw" / f"{name}.wav" for name in "abc"]
    touch(*audio)
    (tmp_path / "start").mkdir()
    if earlier:
        birdclef.write([Row(path=str(audio[2]), label="x")], tmp_path / "start" / "train.csv")
    once = killed_everywhere(tmp_path / "start", tmp_path / "once", audio[:2])
    assert len(once) > 10
    # Killed again on the way from a state in which the folder had been moved away, or was not yet.
    halfway = [state for state in once if not (state / "train_audio").exists()]
    assert halfway
    twice = killed_everywhere(halfway[-1], tmp_path / "twice", audio[:2])
    for state in once + twice:
        birdclef.write([Row(path=str(path), label="b") for path in audio], state / "train.csv")
        assert {path.name for path in state.iterdir()} == {"taxonomy.csv", "train.csv", "train_audio"}
        names = pd.read_csv(state / "train.csv")["filename"].tolist()
        assert names == ["b/a.wav", "b/b.wav", "b/c.wav"]
        assert sorted(path.name for path in (state / "train_audio" / "b").iterdir()) == [n[2:] for n in names]
        assert pd.read_csv(state / "taxonomy.csv")["primary_label"].tolist() == ["b"]


def test_a_year_without_competition_names_those_with(rows, tmp_path):
    with pytest.raises(UsageError, match="unknown year of BirdCLEF: 2019") as info:
        birdclef.write(rows, tmp_path / "out" / "train.csv", year=2019)
    assert info.value.hint == "there are: 2021, 2022, 2023, 2024, 2025, 2026"
