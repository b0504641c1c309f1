"""A table that comes later says more of recordings that are known: gaps are filled, what differs is told."""

from __future__ import annotations

import json

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from tests.datasets import write_tone

COLUMNS = "path,label,secondary_labels,recordist,license,site,latitude,longitude,date,scientific_name"


pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def told(tmp_path):
    """Import tables of one recording, one after the other; gives the last summary."""
    write_tone(tmp_path / "owl" / "a.wav", seconds=0.1)

    def told(*cells, **options):
        (tmp_path / "t.csv").write_text(f"{COLUMNS}\nowl/a.wav,{','.join(cells)}\n")
        with Dataset(tmp_path / "birds") as dataset:
            return import_(dataset, tmp_path / "t.csv", **options)

    return told


def facts(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        names = "recordist, license, latitude, longitude, date, extra"
        *said, extra = dataset.store.one(f"SELECT {names} FROM recordings")
        return [*said, json.loads(extra or "{}").get("site")]


def test_what_is_empty_is_filled_and_counted(told, tmp_path):
    told("owl", "", "", "", "", "", "", "", "")
    summary = told("owl", "wren", "Ana", "CC BY 4.0", "A", "-22.5", "0", "2024-05-17", "Strix aluco")
    assert (summary.completed, summary.relabelled, summary.problem_counts["changed"]) == (1, 1, 0)
    assert facts(tmp_path) == ["Ana", "CC BY 4.0", -22.5, 0.0, "2024-05-17", "A"]
    with Dataset(tmp_path / "birds") as dataset:
        assert list(dataset.store.rows("SELECT label FROM labels ORDER BY ordinal")) == [("owl",), ("wren",)]
        assert dataset.store.value("SELECT scientific_name FROM taxa WHERE label = 'owl'") == "Strix aluco"
    assert told("owl", "wren", "Ana", "CC BY 4.0", "A", "-22.5", "0", "2024-05-17", "").completed == 0


def test_what_differs_is_told_with_both_and_taken_on_request(told, tmp_path):
    told("owl", "", "Ana", "CC BY 4.0", "A", "1", "2", "2024", "")
    summary = told("owl", "", "Ben", "CC BY 4.0", "B", "1.5", "2", "2023-01-01", "")
    (problem,) = [each for each in summary.problems if each.kind == "changed"]
    for words in ("recordist 'Ben' here, 'Ana'", "site 'B' here, 'A'", "latitude '1.5'", "date '2023-01-01'"):
        assert words in problem.reason
    assert facts(tmp_path) == ["Ana", "CC BY 4.0", 1.0, 2.0, "2024", "A"]
    told("owl", "", "Ben", "CC BY 4.0", "B", "1.5", "2", "2023-01-01", "", replace_changed=True)
    assert facts(tmp_path) == ["Ben", "CC BY 4.0", 1.5, 2.0, "2023-01-01", "B"]


@pytest.mark.parametrize(
    ("before", "now", "kept", "is_told"),
    [
        ("CC BY 4.0", "CC BY-NC 4.0", "CC BY-NC 4.0", True),
        ("CC BY-NC 4.0", "CC BY 4.0", "CC BY-NC 4.0", True),
        ("CC BY 4.0", "by permission only", "by permission only", True),
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0", False),
        ("", "CC BY 4.0", "CC BY 4.0", False),
    ],
)
def test_of_two_licences_the_stricter_counts(before, now, kept, is_told, told, tmp_path):
    told("owl", "", "", before, "", "", "", "", "")
    summary = told("owl", "", "", now, "", "", "", "", "")
    assert facts(tmp_path)[1] == kept
    assert bool(summary.problem_counts["changed"]) == is_told


def test_a_date_known_in_part_is_completed_and_a_part_of_it_is_no_other_date(told, tmp_path):
    told("owl", "", "", "", "", "", "", "2024", "")
    assert told("owl", "", "", "", "", "", "", "2024-05-17", "").completed == 1
    assert told("owl", "", "", "", "", "", "", "2024-05", "").problem_counts["changed"] == 0
    assert facts(tmp_path)[4] == "2024-05-17"


def test_a_place_is_never_put_together_of_two(told, tmp_path):
    told("owl", "", "", "", "", "10", "", "", "")
    assert told("owl", "", "", "", "", "20", "30", "", "").problem_counts["changed"] == 1
    assert facts(tmp_path)[2:4] == [10.0, None]


def test_another_label_comes_with_its_other_fields_told_once(told):
    told("owl", "", "Ana", "", "", "", "", "", "")
    summary = told("frog", "", "Ben", "", "", "", "", "", "")
    assert summary.problem_counts["changed"] == 1
    assert "label 'frog' here, 'owl' in the catalogue; recordist 'Ben'" in summary.problems[-1].reason


def test_a_label_is_no_secondary_label_beside_itself_and_none_is_there_twice(told, tmp_path):
    told("owl", "owl; frog; frog", "", "", "", "", "", "", "")
    with Dataset(tmp_path / "birds") as dataset:
        labels = list(dataset.store.rows("SELECT label, role FROM labels ORDER BY ordinal"))
    assert labels == [("owl", "primary"), ("frog", "secondary")]


def labels_of(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        return list(dataset.store.rows("SELECT label, role FROM labels ORDER BY ordinal"))


def test_another_label_leaves_the_secondary_labels_that_are_known(told, tmp_path):
    told("owl", "frog; wren", "", "", "", "", "", "", "")
    told("wren", "", "", "", "", "", "", "", "", replace_changed=True)
    assert labels_of(tmp_path) == [("wren", "primary"), ("frog", "secondary")]
    told("owl", "cat; frog", "", "", "", "", "", "", "", replace_changed=True)
    assert labels_of(tmp_path) == [("owl", "primary"), ("frog", "secondary"), ("cat", "secondary")]


def test_a_class_that_loses_its_scientific_name_by_another_label_is_told(told):
    told("owl", "", "", "", "", "", "", "", "Strix aluco")
    summary = told("strow1", "", "", "", "", "", "", "", "", replace_changed=True)
    ((kind, label, words),) = [(each.kind, each.path, each.reason) for each in summary.problems]
    assert (kind, label) == ("disagreement", "strow1")
    assert words.startswith(
        "it has no scientific name, and recordings of it were 'owl', which is Strix aluco"
    )
    assert summary.former == {"strow1": {"owl": 1}}
    # Nothing bears the former label any more, so there are no two classes of one taxon.
    assert told("strow1", "", "", "", "", "", "", "", "Strix aluco").problems == []


def test_secondary_labels_beside_another_label_are_told(told, tmp_path):
    told("owl", "frog", "", "", "", "", "", "", "")
    (problem,) = told("wren", "frog; owl; cat", "", "", "", "", "", "", "").problems
    assert problem.reason.startswith("label 'wren' with 'cat' beside it here, 'owl' in the catalogue")
    assert labels_of(tmp_path) == [("owl", "primary"), ("frog", "secondary")]


def test_folders_of_parts_are_kept_apart_as_those_of_a_set_are(tmp_path):
    for name in ("train/owl/a.wav", "train/frog/b.wav", "test/owl/c.wav"):
        write_tone(tmp_path / "set" / name, seconds=0.1)
    with Dataset(tmp_path / "birds") as dataset:
        assert import_(dataset, tmp_path / "set").parts == {"train": 2, "test": 1}
        sql = "SELECT r.path, a.fold FROM recordings r JOIN assignments a ON a.recording = r.id"
        assert [(str(path)[-5:], fold) for path, fold in dataset.store.rows(sql)] == [("c.wav", -2)]


def test_parts_that_tables_name_are_kept_apart(tmp_path):
    for part in ("train", "test"):
        write_tone(tmp_path / "set" / "audio" / f"{part}1.wav", seconds=0.1)
        (tmp_path / "set" / f"{part}.csv").write_text(f"filename,label\naudio/{part}1.wav,owl\n")
    with Dataset(tmp_path / "birds") as dataset:
        assert import_(dataset, tmp_path / "set").parts == {"train": 1, "test": 1}
        assert list(dataset.store.rows("SELECT fold FROM assignments")) == [(-2,)]
