"""Formats that hold audio: AudioFolder, BirdNET's folders, WebDataset, Parquet, Croissant; their cards."""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from curate.errors import UsageError
from curate.formats.files import written_tables
from curate.formats.files.layout import LAYOUTS, by_label, by_species
from curate.formats.trainers import (
    audiofolder,
    birdnet,
    card,
    croissant,
    huggingface,
    sound_inside,
    webdataset,
    whole_set,
)
from curate.model import Row, Segment
from tests.formats import marked
from tests.formats.rows import FULL, touch


@pytest.fixture
def rows(tmp_path):
    """Three recordings whose sound can be read, named for two splits."""
    made = []
    for number, split in enumerate(("train", "train", "validation")):
        path = tmp_path / "audio" / f"{number}.flac"
        touch(path)
        path.write_bytes(bytes([number]) * 600_000)
        more = {"name": f"{split}/XC{number}.flac"}
        made.append(
            marked.row(path, label="007", recording_id=f"xeno-canto:{number}", license="cc0 1.0", extra=more)
        )
    return made


def test_shapes_are_in_alphabetical_order():
    assert list(LAYOUTS) == sorted(LAYOUTS)


def test_shards_hold_sound_and_metadata_side_by_side_and_nothing_of_this_machine(rows, tmp_path):
    made = []
    for turn in "ab":
        (tmp_path / turn).mkdir()
        assert webdataset.write(iter(rows), tmp_path / turn, shard_mb=1) == 3
        made.append({path.name: path.read_bytes() for path in (tmp_path / turn).iterdir()})
    assert made[0] == made[1]
    assert sorted(made[0]) == ["README.md", "train-000000.tar", "train-000001.tar", "validation-000000.tar"]
    with tarfile.open(tmp_path / "a" / "train-000001.tar") as tar:
        members = tar.getmembers()
        assert [member.name for member in members] == ["XC1.flac", "XC1.json"]
        assert {(member.mtime, member.uid, member.uname) for member in members} == {(0, 0, "")}
        assert tar.extractfile(members[0]).read() == bytes([1]) * 600_000
        told = json.load(tar.extractfile(members[1]))
    assert (told["label"], len(told["annotations"])) == ("007", 2)


def test_parquet_says_that_it_holds_audio(rows, tmp_path):
    (tmp_path / "hub").mkdir()
    assert huggingface.write(rows, tmp_path / "hub", shard_mb=1) == 3
    names = sorted(path.name for path in (tmp_path / "hub" / "data").iterdir())
    assert names == [
        "train-00000-of-00002.parquet", "train-00001-of-00002.parquet", "validation-00000-of-00001.parquet",
    ]  # fmt: skip
    table = pq.read_table(tmp_path / "hub" / "data" / names[0])
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert set(features) == set(table.column_names)
    (row,) = table.to_pylist()
    assert (row["audio"]["path"], len(row["audio"]["bytes"]), row["label"]) == ("XC0.flac", 600_000, "007")
    assert row["annotations"][0]["onset"] == 0.5


def test_parquet_with_sound_comes_back_with_the_notes_of_its_annotations(rows, tmp_path, problems):
    marks = (Segment(0.5, 1.5, "owl", 0.5, 300.0, None, note="faint; far off"), Segment(2.0, 3.0, "wren"))
    (tmp_path / "hub").mkdir()
    huggingface.write([replace(rows[0], annotations=marks)], tmp_path / "hub")
    (table,) = sound_inside.tables_in(tmp_path / "hub")
    sound_inside.take_out(table, tmp_path / "back", problems)
    (row,) = whole_set.read(tmp_path / "back", report=problems)
    assert row.annotations == marks
    assert problems == []


NAMES = ["a", "bird; and wind", "x|y", "['z']", "NA", "[", "\u2018quoted\u2019", 'say "b"', "c(1)"]


@pytest.mark.parametrize("names", [(), *((name,) for name in NAMES), ("a", "b"), tuple(NAMES)])
def test_secondary_labels_come_back_from_croissant_whatever_stands_in_them(names, tmp_path, problems):
    touch(tmp_path / "audio" / "a.mp3")
    row = replace(FULL, path="audio/a.mp3", secondary_labels=names)
    assert croissant.write([row], tmp_path) == 1
    (back,) = croissant.read(tmp_path, report=problems)
    assert back.secondary_labels == names
    assert problems == []


def test_secondary_labels_of_croissant_are_plain_where_they_can_be(tmp_path):
    row = replace(FULL, path="audio/a.mp3", secondary_labels=("Strix aluco", "wren"))
    croissant.write([row], tmp_path)
    cells = pq.read_table(tmp_path / croissant.TABLE).column("secondary_labels").to_pylist()
    assert cells == ["Strix aluco;wren"]


def test_an_audiofolder_is_read_with_its_splits(tmp_path, problems):
    out = tmp_path / "folder"
    touch(out / "train" / "a.flac", out / "train" / "b.flac", out / "validation" / "c.flac")
    names = ("train/a.flac", "train/b.flac", "validation/c.flac")
    placed = [marked.row(name, None, label="007", secondary_labels=("x",), rating=4.5) for name in names]
    assert audiofolder.write(placed, out) == 3
    found = list(audiofolder.read(out, report=problems))
    assert [(row.label, row.secondary_labels, row.rating) for row in found] == [("007", ("x",), 4.5)] * 3
    assert [row.extra["split"] for row in found] == ["train", "train", "validation"]
    assert problems == []
    assert 'split: validation\n    path: "validation/**"' in (out / "README.md").read_text()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_metadata_of_every_kind_are_read_and_without_any_the_folders(ending, tmp_path, problems):
    import pandas as pd

    touch(tmp_path / "train" / "owl" / "a.wav")
    assert [row.label for row in audiofolder.read(tmp_path / "train", report=problems)] == ["owl"]
    frame = pd.DataFrame({"file_name": ["owl/a.wav"], "label": ["jay"]})
    getattr(frame, f"to_{ending}")(tmp_path / "train" / f"metadata.{ending}", index=False)
    assert [row.label for row in audiofolder.read(tmp_path, report=problems)] == ["jay"]


def test_folders_of_birdnet_are_read_with_several_species_none_and_noise(tmp_path, problems):
    touch(
        tmp_path / "Turdus merula_Blackbird" / "a.wav",
        tmp_path / "Turdus merula_Blackbird,Strix aluco_Tawny Owl" / "b.wav",
        tmp_path / "-Strix aluco_Tawny Owl" / "c.wav",
        tmp_path / "Noise" / "d.wav",
    )
    rows = {row.path[-5]: row for row in birdnet.read(tmp_path, report=problems)}
    assert (rows["a"].scientific_name, rows["a"].common_name) == ("Turdus merula", "Blackbird")
    assert rows["b"].secondary_labels == ("Strix aluco_Tawny Owl",)
    assert [(rows[name].label, rows[name].extra["birdnet_folder"]) for name in "cd"] == [
        ("", "-Strix aluco_Tawny Owl"), ("", "Noise"),
    ]  # fmt: skip
    names = [by_species(rows[name], name, ".wav", {}) for name in "abcd"]
    assert names == [
        "Turdus merula_Blackbird/a.wav", "Turdus merula_Blackbird,Strix aluco_Tawny Owl/b.wav",
        "-Strix aluco_Tawny Owl/c.wav", "Noise/d.wav",
    ]  # fmt: skip


def test_folders_are_named_by_species_or_label_and_what_nobody_knows_has_none():
    taxa = {"eurbla": ("Turdus merula", "Blackbird"), "x": ("", "")}
    row = Row(label="eurbla", secondary_labels=("x",))
    assert by_species(row, "k", ".ogg", taxa) == "Turdus merula_Blackbird,x/k.ogg"
    assert by_label(row, "k", ".ogg", taxa) == "eurbla/k.ogg"
    for name in (by_label, by_species):
        assert name(Row(), "k", ".ogg", taxa) is None
        assert name(Row(annotations=()), "k", ".ogg", taxa) == "background/k.ogg"
        assert name(Row(label="../up"), "k", ".ogg", taxa) == "_._up/k.ogg"


def test_a_croissant_describes_its_table_by_hash(tmp_path):
    out = tmp_path / "birds.part"
    out.mkdir()
    named = [marked.row(f"audio/{number}.mp3", None, license="cc0 1.0") for number in range(2)]
    assert croissant.write(named, out) == 2
    described = json.loads((out / "croissant.json").read_text())
    table, audio = described["distribution"]
    assert table["sha256"] == hashlib.sha256((out / "recordings.parquet").read_bytes()).hexdigest()
    assert (audio["includes"], audio["encodingFormat"]) == ("audio/*.mp3", "audio/mpeg")
    assert (described["name"], described["license"]) == ("birds", ["cc0 1.0"])
    assert [each["name"] for each in described["recordSet"]] == ["recordings", "mp3"]


def test_a_card_names_a_licence_only_where_all_rows_have_it(tmp_path):
    one = [FULL, FULL]
    card.write(one, tmp_path / "one.md")
    assert "license: cc-by-nc-sa-4.0\n" in (tmp_path / "one.md").read_text()
    card.write([*one, Row(label="a|b")], tmp_path / "two.md")
    text = (tmp_path / "two.md").read_text()
    assert "license: other\n" in text
    assert "| cc-by-nc-sa 4.0 | 2 |" in text
    assert "| a\\|b | 1 |" in text
    assert "| unknown | 1 |" in text


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("//creativecommons.org/licenses/by-nc-sa/3.0/", "cc-by-nc-sa-3.0"),
        ("cc-by 4.0", "cc-by-4.0"),
        ("CC BY-SA 2.5", None),
        ("All rights reserved", None),
        ("not cc-by 4.0", None),
        ("no CC0", None),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
    ],
)
def test_licences_are_named_as_the_hub_does_with_their_version(words, name):
    assert card.hub_license(words) == name


def test_the_ledger_knows_our_tables_from_those_that_people_worked_on(tmp_path):
    ours = tmp_path / "a.txt"
    written_tables.check(ours)
    ours.write_text("ours")
    with pytest.raises(UsageError, match="was not made by curate"):
        written_tables.check(ours)
    written_tables.note([ours])
    written_tables.check(ours)
    ours.write_text("theirs")
    with pytest.raises(UsageError, match="was changed since"):
        written_tables.check(ours)
    written_tables.note([tmp_path / "a.txt"])
    (tmp_path / "a.txt").unlink()
    (tmp_path / "b.txt").write_text("b")
    written_tables.note([tmp_path / "b.txt"])
    assert [line.split("  ")[1] for line in (tmp_path / written_tables.LEDGER).read_text().splitlines()] == [
        "b.txt"
    ]


def test_marks_of_one_stretch_are_kept_in_metadata():
    told = audiofolder.metadata(marked.row("/a", (Segment(1, 2, "x"),)))
    assert told["annotations"] == [
        {
            "onset": 1,
            "offset": 2,
            "label": "x",
            "score": None,
            "low_freq": None,
            "high_freq": None,
            "note": "",
        }
    ]
    assert "annotations" not in audiofolder.metadata(FULL)
