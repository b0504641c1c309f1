"""Tables as archives really send them: not all of them are UTF-8."""

from __future__ import annotations

import json
import os

import pytest

from curate.catalogue.dataset import Dataset
from curate.formats.portals import darwin_core
from curate.model import Row
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.datasets import write_tone
from tests.engines import in_a_thread

NAME = "caf\u00e9.wav".encode("latin-1")


@pytest.fixture
def archive(tmp_path):
    """A BirdCLEF folder whose table, folders and file names are in Latin-1."""
    folder = tmp_path / "birdclef"
    sound = write_tone(folder / "train_audio" / "a.wav", seconds=0.2)
    species = os.fsencode(folder / "train_audio") + "/m\u00e9sange".encode("latin-1")
    try:
        os.mkdir(species)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    os.rename(sound, species + b"/" + NAME)
    text = (
        "primary_label,secondary_labels,filename,author,common_name,type\n"
        "m\u00e9sange,h\u00e9ron,m\u00e9sange/caf\u00e9.wav,Andr\u00e9,M\u00e9sange bleue,\u00e9cho\n"
    )
    (folder / "train.csv").write_bytes(text.encode("latin-1"))
    return folder


def test_a_table_and_file_names_in_latin_1_are_imported_and_written_again(tmp_path, archive):
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        summary = import_(birds, archive)
        assert (summary.added, summary.failed, dict(summary.problem_counts)) == (1, 0, {})
        [(recordist, extra, path)] = birds.store.rows("SELECT recordist, extra, path FROM recordings")
        assert recordist == "André"
        assert json.loads(extra)["filename"] == "m\udce9sange/caf\udce9.wav"
        assert path.endswith(NAME)
        roles = dict(birds.store.rows("SELECT role, label FROM labels"))
        assert roles == {"primary": "mésange", "secondary": "héron"}
        assert import_(birds, archive).known == 1
        for name in ("train.csv", "train.jsonl"):  # Parquet holds UTF-8 only, and says so
            assert manifest(birds, tmp_path / name).rows == 1


def told(summary, kind):
    return [(problem.path, problem.reason) for problem in summary.problems if problem.kind == kind]


@pytest.fixture
def table(tmp_path):
    """Write a table of recordings, each with sound of its own, from its columns and rows."""

    def table(columns, *rows):
        path = tmp_path / "table.csv"
        lines = [f"file,{columns}"]
        for number, row in enumerate(rows):
            write_tone(tmp_path / f"{number}.wav", seconds=0.2, freq=200.0 + 50 * number)
            lines.append(f"{number}.wav,{row}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return table


def test_a_name_in_several_spellings_is_told_and_stays_several_classes(tmp_path, table):
    path = table("label", "Turdus merula", "turdus merula", "Turdus  merula", "Parus major")
    words = "3 classes: 'Turdus  merula', 'Turdus merula', 'turdus merula'; if they are one, spell them alike"
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        foreseen = import_(birds, path, dry_run=True)
        summary = import_(birds, path)
        labels = [label for (label,) in birds.store.rows("SELECT label FROM labels ORDER BY label")]
    assert told(foreseen, "spelling") == told(summary, "spelling") == [("Turdus  merula", words)]
    assert summary.unused == 0
    assert labels == ["Parus major", "Turdus  merula", "Turdus merula", "turdus merula"]


def test_a_name_that_the_dataset_spells_otherwise_is_told(tmp_path, table):
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        assert not told(import_(birds, table("label", "Parus major")), "spelling")
        summary = import_(birds, table("label", "Parus major", "parus_major"))
        assert told(summary, "spelling") == [
            ("Parus major", "2 classes: 'Parus major', 'parus_major'; if they are one, spell them alike")
        ]


def test_a_label_that_looks_like_several_names_is_told_and_stays_one_class(tmp_path, table):
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        summary = import_(birds, table("label", "owl|wren", "owl", "wren"))
        labels = [label for (label,) in birds.store.rows("SELECT label FROM labels ORDER BY label")]
    [(label, reason)] = told(summary, "spelling")
    assert (label, labels) == ("owl|wren", ["owl", "owl|wren", "wren"])
    assert reason.startswith("one class, although it looks like several names")


TAXON = "label,scientific_name,common_name"


def taxa(birds):
    return dict(birds.store.rows("SELECT label, scientific_name FROM taxa ORDER BY label"))


def test_one_code_for_two_taxa_is_told_and_the_first_counts(tmp_path, table):
    path = table(TAXON, "barowl1,Tyto alba,Barn Owl", "barowl1,Tyto furcata,Barn Owl")
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        foreseen = import_(birds, path, dry_run=True)
        summary = import_(birds, path)
        again = import_(birds, path, replace_changed=True)
        assert taxa(birds) == {"barowl1": "Tyto alba"}
    [(label, reason)] = told(summary, "disagreement")
    assert told(foreseen, "disagreement") == told(again, "disagreement") == [(label, reason)]
    assert label == "barowl1"
    assert reason == (
        "scientific_name 'Tyto furcata' here, and 'Tyto alba' counts for the whole class. "
        "Two taxa need two labels"
    )


def test_a_later_taxonomy_that_calls_a_class_otherwise_is_told_and_taken_on_request(tmp_path, table):
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, table(TAXON, "barowl1,Tyto alba,Barn Owl"))
        later = table(TAXON, "barowl1,Tyto furcata,", "barowl1,Tyto furcata,")
        [(label, reason)] = told(import_(birds, later), "disagreement")
        assert (label, taxa(birds)) == ("barowl1", {"barowl1": "Tyto alba"})
        assert reason.startswith("scientific_name 'Tyto furcata' here, and 'Tyto alba' counts")
        assert "--replace-changed takes the new name" in reason
        assert not told(import_(birds, later, replace_changed=True), "disagreement")
        assert taxa(birds) == {"barowl1": "Tyto furcata"}
        assert not told(import_(birds, later), "disagreement")


def test_two_codes_for_one_taxon_are_told_and_stay_two_classes(tmp_path, table):
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        assert not told(import_(birds, table(TAXON, "hergul,Larus argentatus,")), "spelling")
        summary = import_(birds, table(TAXON, "hergul,Larus argentatus,", "euhgul1,Larus argentatus,"))
        assert told(summary, "spelling") == [
            ("Larus argentatus", "2 classes: 'euhgul1', 'hergul'; if they are one, give them one label")
        ]


def test_the_position_0_0_is_no_site_of_many_strangers(tmp_path, table):
    path = table("label,latitude,longitude", "owl,0,0", "owl,0.0,0.0", "owl,0,11.5", "owl,4.5,-74")
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        summary = import_(birds, path)
        places = list(birds.store.rows("SELECT latitude, longitude FROM recordings ORDER BY id"))
    assert places == [(None, None), (None, None), (0.0, 11.5), (4.5, -74.0)]
    reason = "position 0, 0 stands for an unknown place"
    assert told(summary, "bad-row") == [(str(tmp_path / f"{number}.wav"), reason) for number in (0, 1)]


def test_places_and_dates_of_a_darwin_core_archive_are_held_to_the_same(tmp_path):
    archive = tmp_path / "dwca"
    for name in "abc":
        write_tone(archive / f"{name}.wav", seconds=0.2, freq=200.0 + ord(name))
    rows = [
        Row(path="a.wav", label="owl", latitude=0.0, longitude=0.0, date="2024-05-17", offset=0.2),
        Row(path="b.wav", label="owl", latitude=4.5, longitude=-74.0, date="2021-13-40", offset=0.2),
        Row(path="c.wav", label="owl", latitude=4.5, longitude=-74.0, date="2024-05-17", offset=0.2),
    ]
    darwin_core.write(rows, archive)
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        summary = import_(birds, archive)
        sql = "SELECT latitude, coalesce(date, '') FROM recordings ORDER BY path"
        known = list(birds.store.rows(sql))
    assert known == [(None, "2024-05-17"), (4.5, ""), (4.5, "2024-05-17")]
    # A date is told with the row of its table, and a position with its recording.
    places = [os.path.basename(place) for place, _ in told(summary, "bad-row")]
    assert places == ["multimedia.csv:3", "a.wav"]


def test_a_date_that_no_calendar_has_is_told(tmp_path, table):
    rows = (
        "2021-13-40",
        "2021-02-29",
        "31/04/2021",
        "20211301",
        "2021-05-01/2021-05-32",
        "2020-02-29",
        "2021-05-00",
    )
    path = table("label,date", *(f"owl,{date}" for date in rows))
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        summary = import_(birds, path)
        dates = [
            date for (date,) in birds.store.rows("SELECT coalesce(date, '') FROM recordings ORDER BY id")
        ]
    assert dates == ["", "", "", "", "", "2020-02-29", "2021-05"]
    assert told(summary, "bad-row") == [
        (f"{path}:{line}", f"column date: expected a date such as 2024-05-17, found '{date}'")
        for line, date in enumerate(rows[:5], start=2)
    ]
