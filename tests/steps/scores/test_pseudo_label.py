"""`curate pseudo-label`: rounds of soft labels as layers, and their windows in manifests."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.formats.tables import csv as csv_format
from curate.formats.tables import jsonl, parquet
from curate.steps.acquire.import_ import import_
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from curate.steps.review.undo import undo
from curate.steps.run import run
from curate.steps.scores.audit import audit
from curate.steps.scores.predictions import Recordings
from curate.steps.scores.pseudo_label import pseudo_label
from tests.datasets import shown, state, write_tone
from tests.engines import in_a_thread

DAWN, NIGHT = "S01_20240311_054500", "S02_20240311_211000"
READ = {"csv": csv_format, "jsonl": jsonl, "parquet": parquet}


@pytest.fixture
def scores(tmp_path):
    """Write a table of scores: a dict from row_id to the scores of silwre9 and quetan9."""

    def scores(rows, name="a.csv"):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["row_id", "silwre9", "quetan9"])
            writer.writerows([row_id, *values] for row_id, values in rows.items())
        return tmp_path / name

    return scores


@pytest.fixture
def dawn(scores):
    return scores(
        {f"{DAWN}_5": (0.9, 0.3), f"{DAWN}_10": (0.4, 0.2), f"{DAWN}_15": (0.05, 0.6), f"{NIGHT}_5": (0, 0)}
    )


def of(birds, layer="pseudo-1"):
    table = show(birds, "segments", layer=layer)
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return [(row["onset"], row["offset"], row["label"], row["score"]) for row in rows]


def test_a_round_is_a_layer_with_its_producer_and_parameters(birds, dawn):
    summary = pseudo_label(birds, dawn)
    assert of(birds) == [(0, 5, "quetan9", 0.3), (0, 5, "silwre9", 0.9), (10, 15, "quetan9", 0.6)]
    assert (summary.windows, summary.kept, summary.weak, summary.kept_recordings) == (4, 2, 2, 1)
    assert [(each.label, each.windows, each.best) for each in summary.classes] == [
        ("quetan9", 2, 1),
        ("silwre9", 1, 1),
    ]
    parameters = layers.parameters_of(birds.store, "pseudo-1")
    assert layers.producer_of(birds.store, "pseudo-1") == "pseudo-label"
    assert (parameters["keep_above"], parameters["files"][0]["name"]) == (0.5, "a.csv")
    number = layers.find_number(birds.store, "pseudo-1")
    assert len(list(layers.looked_at(birds.store, number))) == 2  # also where nothing was heard


def test_a_round_without_a_window_says_so_and_advises_no_export_of_it(birds, scores, capsys):
    table = scores({f"{DAWN}_5": (0.2, 0.3)})
    for more in ([], ["--dry-run"]):
        assert main(["pseudo-label", str(table), "-d", str(birds.folder), *more]) == 0
        said = capsys.readouterr().out
        assert "no window is sure of a class of the dataset" in said
        assert "Export them" not in said


def test_several_models_are_averaged(birds, scores):
    one = scores({f"{DAWN}_5": (0.9, 0.2), f"{DAWN}_10": (1, 0)})
    other = scores({f"{DAWN}_10": (0.4, 0), f"{DAWN}_5": (0.5, 0.6)}, "b.csv")
    assert pseudo_label(birds, [one, other]).incomplete == 0
    assert of(birds) == [(0, 5, "quetan9", 0.4), (0, 5, "silwre9", 0.7), (5, 10, "silwre9", 0.7)]


def test_rounds_stand_beside_each_other_and_one_of_the_same_name_is_replaced(birds, dawn, scores):
    pseudo_label(birds, dawn)
    pseudo_label(birds, dawn, round="pseudo-2", power=2)
    first = of(birds)
    assert of(birds, "pseudo-2") == [
        (0, 5, "quetan9", 0.09),
        (0, 5, "silwre9", 0.81),
        (10, 15, "quetan9", 0.36),
    ]
    pseudo_label(birds, scores({f"{NIGHT}_10": (1, 0)}), round="pseudo-2")
    assert of(birds, "pseudo-2") == [(5, 10, "silwre9", 1.0)]
    assert of(birds) == first


def test_what_persons_say_is_left_alone(birds, scores):
    before = list(show(birds, "labels").rows)
    table = scores({"XC90000021_5": (0.9, 0.1), f"{DAWN}_5": (0.9, 0)})
    summary = pseudo_label(birds, table)
    assert (summary.labelled, summary.recordings, len(of(birds))) == (1, 1, 1)
    assert pseudo_label(birds, table, labelled=True).labelled == 0
    assert len(of(birds)) == 3
    assert list(show(birds, "labels").rows) == before


def test_a_dry_run_and_a_second_run_change_nothing(birds, dawn, tmp_path):
    pseudo_label(birds, dawn, dry_run=True)
    with pytest.raises(NotInCatalogue):
        show(birds, "segments", layer="pseudo-1")
    pseudo_label(birds, dawn)
    before = state(birds.folder, tmp_path / "one")
    assert pseudo_label(birds, dawn, dry_run=True, round="pseudo-2").kept == 2
    pseudo_label(birds, dawn)
    assert state(birds.folder, tmp_path / "two") == before


@pytest.mark.parametrize("round", ["speech", "mine", " "])
def test_the_layer_of_a_detector_or_a_person_is_never_replaced(birds, dawn, round):
    with birds.writing("test", {}):
        layers.define(birds.store, "mine", producer="import", version="1", parameters={})
    with pytest.raises(UsageError, match=r"is the layer of a detector|was made by import"):
        pseudo_label(birds, dawn, round=round)


def test_rows_that_cannot_be_used_are_told(birds, scores):
    table = scores(
        {f"{DAWN}_5": (0.9, 0), "elsewhere_5": (1, 1), "elsewhere_10": (1, 1), f"{DAWN}_90": (1, 1)}
    )
    table.write_text(table.read_text() + f"{DAWN}_5,0,0\n")
    summary = pseudo_label(birds, table)
    assert [(each.kind, each.reason) for each in summary.problems] == [
        ("row-without-file", "the dataset has no recording of this name"),
        ("bad-row", "expected a window in 20 s, found one of 85 to 90"),
        ("bad-row", "the same window is there twice"),
    ]
    assert summary.kept == 1
    with pytest.raises(UsageError, match="names only recordings outside"):
        pseudo_label(birds, scores({"elsewhere_5": (1, 1)}))


def test_the_last_window_ends_with_its_recording(birds, scores):
    pseudo_label(birds, scores({f"{DAWN}_22": (0.9, 0)}))
    assert of(birds) == [(17, 20, "silwre9", 0.9)]


@pytest.mark.parametrize("ending", READ)
def test_a_manifest_has_a_row_for_each_window_with_its_soft_labels(birds, dawn, tmp_path, ending):
    before = manifest(birds, tmp_path / "before.csv").rows
    pseudo_label(birds, dawn)
    summary = manifest(birds, tmp_path / f"m.{ending}", soft_labels="pseudo-1")
    rows = list(READ[ending].read_manifest(tmp_path / f"m.{ending}"))
    soft = [row for row in rows if row.soft_labels is not None]
    assert [(row.onset, row.offset, row.soft_labels, row.weight) for row in soft] == [
        (0, 5, {"quetan9": 0.3, "silwre9": 0.9}, 0.9),
        (10, 15, {"quetan9": 0.6}, 0.6),
    ]
    assert {row.label for row in soft} == {""}
    assert (summary.soft.rows, summary.soft.unknown) == (2, {})
    # One soundscape became two windows, the other one, in which nothing is heard, is gone.
    assert len(rows) == before - 2 + 2
    assert all(row.label for row in rows if row.soft_labels is None)


def test_a_class_that_was_renamed_after_a_round_is_told(birds, dawn, tmp_path, capsys):
    renamed = [
        f"{row['path']},tanque1,{row['scientific_name']}\n"
        for row in shown(birds, "labels")
        if (row["label"], row["role"]) == ("quetan9", "primary")
    ]
    (tmp_path / "names.csv").write_text("".join(["file,label,scientific_name\n", *renamed]))
    pseudo_label(birds, dawn)
    import_(birds, tmp_path / "names.csv", replace_changed=True)
    with birds.noting() as store:
        store.run("DELETE FROM labels WHERE label = 'quetan9'")  # in the background
    assert manifest(birds, tmp_path / "m.csv", soft_labels="pseudo-1").soft.unknown == {"quetan9": 2}
    out = ["-d", str(birds.folder), "-o", str(tmp_path / "again.csv")]
    assert main(["manifest", *out, "--soft-labels", "pseudo-1"]) == 0
    assert "1 class of these label no recording: quetan9\n" in capsys.readouterr().out
    # The model's scientific name means the class that there is now, and no more the one that there was.
    (taxon,) = {row["scientific_name"] for row in shown(birds, "labels") if row["label"] == "tanque1"}
    assert Recordings(birds).meant([taxon], "t.csv", lambda _: None) == {taxon: "tanque1"}


def test_trainers_read_soft_labels_as_a_mapping(birds, dawn, tmp_path):
    pseudo_label(birds, dawn)
    for ending in READ:
        manifest(birds, tmp_path / f"m.{ending}", soft_labels="pseudo-1")
    text = pd.read_csv(tmp_path / "m.csv")["soft_labels"].dropna()
    assert json.loads(text.iloc[0]) == {"quetan9": 0.3, "silwre9": 0.9}
    lines = pd.read_json(tmp_path / "m.jsonl", lines=True, dtype=False)["soft_labels"].dropna()
    assert lines.iloc[0] == pytest.approx({"quetan9": 0.3, "silwre9": 0.9})
    pairs = pd.read_parquet(tmp_path / "m.parquet")["soft_labels"].dropna()
    assert dict(pairs.iloc[0]) == {"quetan9": 0.3, "silwre9": 0.9}


def test_recordings_that_leave_since_the_round_is_sure_of_nothing_are_told(birds, dawn, tmp_path, capsys):
    whole = manifest(birds, tmp_path / "m.csv")
    pseudo_label(birds, dawn)
    summary = manifest(birds, tmp_path / "m.csv", soft_labels="pseudo-1")
    assert (summary.soft.unsure, summary.recordings) == (1, whole.recordings - 1)
    birds.close()
    capsys.readouterr()
    out = ["-d", str(birds.folder), "-o", str(tmp_path / "again.csv")]
    assert main(["manifest", *out, "--soft-labels", "pseudo-1"]) == 0
    words = "1 recording without a label left out, as the round is sure of nothing in it\n"
    assert words in capsys.readouterr().out


def test_a_labelled_recording_keeps_its_label_beside_what_the_model_hears(birds, scores, tmp_path):
    pseudo_label(birds, scores({"XC90000021_5": (0.7, 0.9), "XC90000011_5": (0, 0)}), labelled=True)
    manifest(birds, tmp_path / "m.csv", soft_labels="pseudo-1")
    rows = {row.recording_id: row for row in csv_format.read_manifest(tmp_path / "m.csv")}
    row = rows["xeno-canto:90000021"]
    assert (row.label, row.offset, row.soft_labels) == ("quetan9", 5, {"quetan9": 0.9, "silwre9": 0.7})
    assert (rows["xeno-canto:90000011"].offset, rows["xeno-canto:90000011"].soft_labels) == (12, None)


@pytest.mark.parametrize("audio", ["auto", "raw"])
def test_windows_are_led_into_clean_copies_and_those_that_lost_a_part_are_left_out(
    scanned, scores, tmp_path, audio
):
    pseudo_label(scanned, scores({f"{DAWN}_{end}": (0.9, 0) for end in (5, 10, 15, 20)}))
    cut(scanned, f"{DAWN}.ogg", 6.0, 7.0)
    with in_a_thread():
        strip_voice(scanned)  # renders
    summary = manifest(scanned, tmp_path / "m.csv", soft_labels="pseudo-1", audio=audio)
    assert (summary.soft.rows, summary.soft.cut) == (3, 1)
    rows = [row for row in csv_format.read_manifest(tmp_path / "m.csv") if row.soft_labels is not None]
    assert [(row.source_onset, row.source_offset) for row in rows] == [(0, 5), (10, 15), (15, 20)]
    there = [(round(row.onset, 6), round(row.offset, 6)) for row in rows]
    if audio == "auto":
        assert there == [(0, 5), (9, 14), (14, 19)]
        assert all("clean" in row.path for row in rows)
    else:
        assert there == [(0, 5), (10, 15), (15, 20)]


def test_windows_in_cuts_take_no_place_below_the_cap_and_come_back_with_an_undo(scanned, scores, tmp_path):
    table = scores({f"{DAWN}_{end}": (1 - end / 100, 0) for end in (5, 10, 15, 20)})
    cut(scanned, f"{DAWN}.ogg", 1.0, 2.0)
    summary = pseudo_label(scanned, table, max_per_class=2)
    assert (summary.kept, summary.cut, summary.capped, summary.seconds) == (2, 1, 1, 10.0)
    assert [(each.label, each.best) for each in summary.classes] == [("silwre9", 2)]

    def exported():
        made = manifest(scanned, tmp_path / "m.csv", soft_labels="pseudo-1", audio="raw")
        return made.soft.rows, made.soft.cut

    assert exported() == (2, 1)
    undo(scanned, "last", render=False)
    assert exported() == (3, 0)


def test_a_dropped_recording_leaves_its_place_below_the_cap_to_others(birds, scores, capsys):
    table = scores({f"{DAWN}_5": (0.9, 0), f"{DAWN}_10": (0.8, 0), f"{NIGHT}_5": (0.7, 0)})
    cut(birds, f"{DAWN}.ogg", 0.0, 1e6)
    assert main(["pseudo-label", str(table), "-d", str(birds.folder), "--max-per-class", "1"]) == 0
    said = capsys.readouterr().out
    assert "kept 1 of 1 recording, 5.0 s. 0 too weak, 0 above the cap" in said
    assert "2 windows more left out, as a part of each is cut by now" in said


def test_classes_that_are_new_to_the_dataset_are_named_and_other_names_are_read(birds, dawn, capsys):
    dawn.write_text(dawn.read_text().replace("silwre9,quetan9", "Silverline Wren,elfowl"))
    summary = pseudo_label(birds, dawn, dry_run=True)
    assert [each.label for each in summary.classes] == ["elfowl", "silwre9"]
    assert (summary.new_classes, summary.failed) == (["elfowl"], 0)
    assert main(["pseudo-label", str(dawn), "-d", str(birds.folder), "--dry-run"]) == 0
    assert "1 class new to the dataset: elfowl" in capsys.readouterr().out


def test_soft_labels_go_into_neutral_tables_and_have_windows_of_their_own(birds, dawn, tmp_path):
    pseudo_label(birds, dawn)
    for options in ({"window": 5.0}, {"layer": "pseudo-1"}, {"format": "raven"}):
        with pytest.raises(UsageError, match="--soft-labels"):
            manifest(birds, tmp_path / "m.csv", soft_labels="pseudo-1", **options)
    with birds.writing("test", {}):
        layers.define(birds.store, "mine", producer="import", version="1", parameters={})
    with pytest.raises(UsageError, match="lacks soft labels"):
        manifest(birds, tmp_path / "m.csv", soft_labels="mine")


def test_a_recipe_takes_a_round_and_checks_it_before_anything_runs(birds, dawn):
    recipe = birds.folder / "r.toml"
    text = f"""
        [[step]]
        run = "pseudo-label"
        predictions = ["{dawn}"]
        keep_above = 0.5

        [[step]]
        run = "manifest"
        out = "m.csv"
        soft_labels = "pseudo-1"
    """
    recipe.write_text(text)
    with in_a_thread():
        assert run(birds, recipe).steps[-1].summary.soft.rows == 2
    recipe.write_text(text.replace("keep_above = 0.5", "keep_above = 7"))
    with pytest.raises(UsageError, match="from 0 to 1"):
        run(birds, recipe)


def test_the_command_prints_one_object_and_tells_of_rows_that_it_cannot_use(birds, scores, capsys):
    table = scores({f"{DAWN}_5": (0.9, 0), "elsewhere_5": (1, 1)})
    command = ["pseudo-label", str(table), "--dataset", str(birds.folder)]
    assert main([*command, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["kept"] == 1
    assert main([*command, "--dry-run"]) == 3
    said = capsys.readouterr()
    assert "would keep 1 of 1 recording" in said.out
    assert "elsewhere: the dataset has no recording of this name" in said.err


def test_what_a_detector_heard_becomes_soft_labels(tmp_path):
    for name in "ab":
        write_tone(tmp_path / "in" / f"{name}.wav", seconds=10.0, sr=8000)
    (tmp_path / "in" / "b.csv").write_text(
        "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
        "0,3,Strix aluco,Tawny Owl,0.9,a.wav\n0,3,Parus major,Great Tit,0.4,a.wav\n"
        "3,6,Parus major,Great Tit,0.3,b.wav\n"
    )
    (tmp_path / "in" / "m.csv").write_text("file,onset,offset,label\na.wav,1,2,owl\n")
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [tmp_path / "in" / "b.csv", tmp_path / "in" / "m.csv"])
        summary = pseudo_label(dataset, "layer:birdnet-analyzer", round="heard")
        assert of(dataset, "heard") == [(0, 3, "Parus major", 0.4), (0, 3, "Strix aluco", 0.9)]
        assert (summary.windows, summary.kept, summary.problems) == (2, 1, [])
        with pytest.raises(UsageError, match="the layer 'annotations' lacks scores"):
            pseudo_label(dataset, ["layer:annotations"])
        with pytest.raises(NotInCatalogue, match="unknown layer 'birdnet'"):
            pseudo_label(dataset, ["layer:birdnet"])
        doubts = audit(dataset, "layer:birdnet-analyzer")
        assert doubts.problems == []
