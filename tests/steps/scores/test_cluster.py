"""`curate cluster`: groups, outliers and faults where they were built in."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from curate.catalogue import cuts, layers, vectors
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.embedders.embed_file import model_class
from curate.errors import NotInCatalogue, UsageError
from curate.model import Cut
from curate.scores.neighbours import unit
from curate.steps.clean.dedupe import dedupe
from curate.steps.common.model_kinds import digest_of, layer_name
from curate.steps.inspect.show import show
from curate.steps.review.different import different
from curate.steps.scores.audit import audit
from curate.steps.scores.cluster import cluster
from curate.steps.scores.cluster_results import COLUMNS
from curate.web import queues

#: Numbers of a vector of the model whose vectors are built here.
DIMENSION = 270


def filled(folder, rows, *, model="spectral"):
    """Make a dataset of recordings, each with the vectors of its windows.

    Parameters
    ----------
    rows
        Columns of the recording by name, and under ``vectors`` those of its windows; None has none.
    """
    with Dataset(folder) as birds, birds.writing("import", {}):
        for number, row in enumerate(rows, start=1):
            columns = {
                "id": number, "archive": "local", "archive_id": f"{number}.wav",
                "path": f"/data/{number}.wav", "status": "ok", "duration": 6.0, "frames": 6 * 32000,
                "sr": 32000, "channels": 1, "codec": "PCM_16",
                **{name: cell for name, cell in row.items() if name not in ("label", "vectors")},
            }  # fmt: skip
            names = ", ".join(columns)
            birds.store.run(
                f"INSERT INTO recordings ({names}) VALUES ({', '.join('?' * len(columns))})",
                tuple(columns.values()),
            )
            if row.get("label"):
                birds.store.run(
                    "INSERT INTO labels (recording, ordinal, label, role) VALUES (?, 0, ?, 'primary')",
                    (number, row["label"]),
                )
        put_vectors(birds, [row["vectors"] for row in rows], model=model)
    return Dataset(folder)


def put_vectors(birds, made, *, model="spectral"):
    """Store vectors as `embed` does; None for a recording without any."""
    kind = model_class(model)
    parameters = {"model": kind.name, "window": kind.window, "hop": kind.window}
    store, digest = birds.store, digest_of(kind, kind.window)
    layer = layers.define(
        store, layer_name(kind.name), producer=model, version=kind.version, parameters=parameters
    )
    path = vectors.path_of(birds.folder, kind.name, digest)
    with (
        vectors.VectorWriter(store, path, layer=layer, digest=digest, dimension=kind.dimension) as writer,
        store.transaction(),
    ):
        for number, own in enumerate(made, start=1):
            if own is not None:
                writer.put(number, np.asarray(own, np.float16), silent=int((~np.any(own, axis=1)).sum()))
                layers.put(store, number, layer, [], digest=digest)
        writer.sync()


def around(axis, rng, *, spread=0.3, moved=None):
    """Give two windows near a direction, moved towards another one."""
    middle = np.eye(DIMENSION)[axis] + spread * rng.normal(size=DIMENSION) / np.sqrt(DIMENSION)
    if moved is not None:
        middle = middle + 0.5 * np.eye(DIMENSION)[moved]
    return unit(middle + 0.05 * rng.normal(size=(2, DIMENSION)) / np.sqrt(DIMENSION))


def classes(number=30, *, kinds=("frog", "owl", "wren")):
    """Build recordings of classes, each round a direction of its own, by ten recordists each."""
    rng = np.random.default_rng(0)
    return [
        {"label": label, "vectors": around(axis, rng), "recordist": f"recordist {at % 10}"}
        for axis, label in enumerate(kinds)
        for at in range(number)
    ]


@pytest.fixture
def birds(tmp_path):
    """Three classes, one recording that is like another class, one silent, one without vectors."""
    rng = np.random.default_rng(1)
    rows = classes()
    rows.append({"label": "owl", "vectors": around(2, rng)})
    rows.append({"label": "owl", "vectors": np.zeros((2, DIMENSION))})
    rows.append({"label": "owl", "vectors": None})
    with filled(tmp_path / "birds", rows) as dataset:
        yield dataset


@pytest.fixture
def faulty(tmp_path):
    """The same classes; of each, four recordings of one recordist are moved in the same direction."""
    rng = np.random.default_rng(2)
    rows = classes()
    for axis in range(3):
        for at in range(4):
            rows[30 * axis + at] |= {"vectors": around(axis, rng, moved=50), "recordist": "Ada", "sr": 22050}
    with filled(tmp_path / "faulty", rows) as dataset:
        yield dataset


@pytest.mark.parametrize("of", ["recordings", "windows"])
def test_what_is_dropped_is_left_out_and_counted(birds, of):
    before = cluster(birds, windows=of == "windows")
    # Of a class, the one that is unlike it, and the two that could not be compared.
    with birds.writing("test", {}):
        for number in (1, 91, 92, 93):
            cuts.replace(birds.store, number, "test", [Cut(0.0, 6.0, "drop", "broken", None, "test")])
    summary = cluster(birds, windows=of == "windows")
    assert (before.dropped, summary.dropped) == (0, 4)
    assert (len(before.silent), len(before.missing)) == (1, 1)
    assert (summary.silent, summary.missing) == ([], [])
    assert before.compared - summary.compared == (2 if of == "recordings" else 4)
    layer = "groups" if of == "recordings" else "window-groups"
    grouped = {row[0] for row in show(birds, "segments", layer=layer).rows}
    assert "local:2.wav" in grouped
    assert not grouped & {"local:1.wav", "local:91.wav"}
    assert before.outlying - summary.outlying == (1 if of == "recordings" else 0)


def test_groups_are_the_classes_that_were_built(birds):
    summary = cluster(birds)
    assert [group.members for group in summary.groups] == [31, 30, 30]
    assert [list(group.labels) for group in summary.groups] == [["wren", "owl"], ["frog"], ["owl"]]
    assert all(group.stability > 0.7 for group in summary.groups)
    assert summary.size in {trial.size for trial in summary.trials}
    assert (summary.compared, summary.grouped) == (91, 91)


def test_what_could_not_be_compared_is_named(birds):
    summary = cluster(birds)
    assert summary.missing == ["local:93.wav"]
    assert summary.silent == ["local:92.wav"]


def test_a_recording_unlike_its_class_is_an_outlier(birds):
    summary = cluster(birds)
    assert summary.outliers[0].recording_id == "local:91.wav"
    assert summary.outliers[0].near == "wren"
    assert summary.outlying <= 3
    assert summary.faults == []


def test_recordings_that_differ_by_their_recordist_are_a_group_of_faults(faulty):
    summary = cluster(faulty)
    [fault] = summary.faults
    assert set(fault.recordings) == {f"local:{30 * k + at}.wav" for k in range(3) for at in range(1, 5)}
    assert {share.kind: share.value for share in fault.shares} == {
        "sample rate": "22,050 Hz",
        "recordist": "Ada",
    }
    assert all(share.probability < 1e-3 for share in fault.shares)
    assert fault.classes == 3
    assert fault.what == (
        "12 recordings at 22,050 Hz differ from their 3 classes: "
        "resampled, or is the rate in the header wrong?"
    )


def test_recordings_of_one_class_may_share_an_animal_and_are_no_fault(tmp_path):
    rng = np.random.default_rng(2)
    rows = classes()
    for at in range(12):
        rows[at] |= {"vectors": around(0, rng, moved=50), "recordist": "Ada"}
    with filled(tmp_path / "birds", rows) as dataset:
        assert cluster(dataset).faults == []


def test_who_recorded_a_whole_class_is_no_fault(tmp_path):
    rows = classes()
    for row in rows[:30]:
        row["recordist"] = "Ada"
    with filled(tmp_path / "birds", rows) as dataset:
        assert cluster(dataset).faults == []


def test_layers_and_the_table_hold_what_is_told(faulty, tmp_path):
    out = tmp_path / "groups.csv"
    cluster(faulty, out=out)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 90
    assert sum(row["fault_group"] == "fault group 1" for row in rows) == 12
    shown = show(faulty, "groups")
    cells = [dict(zip(shown.columns, row, strict=True)) for row in shown.rows]
    assert [row["group"] for row in rows] == [cell["group"] or "" for cell in cells]
    assert sum(cell["fault"] is not None for cell in cells) == 12
    segments = show(faulty, "segments", layer="fault-groups")
    assert len(list(segments.rows)) == 12


def test_queues_of_the_review_ask_about_them(birds, faulty):
    cluster(birds)
    cluster(faulty)
    asked = queues.items(birds.store, "outliers", n=50, reviewer="ana")
    assert 91 in {item.recording for item in asked}
    number = layers.find_number(birds.store, "outliers")
    far = {
        recording: found[0].measured["distance"]
        for recording, found in layers.segments_by_recording(birds.store, number)
    }
    assert [item.recording for item in asked] == sorted(far, key=lambda each: (-far[each], each))
    asked = queues.items(faulty.store, "fault-groups", n=50, reviewer="ana")
    assert len(asked) == 12


def test_windows_are_grouped_alone(birds):
    summary = cluster(birds, windows=True)
    assert (summary.unit, summary.compared) == ("windows", 182)
    assert summary.silent == ["local:92.wav"]
    assert [group.members for group in summary.groups] == [62, 60, 60]
    rows = list(show(birds, "segments", layer="window-groups").rows)
    assert len(rows) == 182
    assert {row[2] for row in rows} == {0.0, 3.0}
    assert layers.find_number(birds.store, "groups") is None


def test_the_same_run_gives_the_same_and_a_dry_run_writes_nothing(birds, tmp_path):
    dry = cluster(birds, dry_run=True, out=tmp_path / "groups.csv")
    assert layers.find_number(birds.store, "groups") is None
    assert not (tmp_path / "groups.csv").exists()
    made = cluster(birds)
    assert (made.groups, made.outliers) == (dry.groups, dry.outliers)


def test_without_vectors_it_says_what_to_run(tmp_path):
    with filled(tmp_path / "birds", [{"label": "owl", "vectors": None}]) as dataset:
        with pytest.raises(NotInCatalogue, match="vectors are missing here") as caught:
            cluster(dataset)
        assert caught.value.hint == "make them: curate embed"
        with pytest.raises(NotInCatalogue, match="vectors of birdnet are missing") as caught:
            cluster(dataset, model="birdnet")
        assert caught.value.hint == "make them: curate embed --model birdnet"


def test_of_several_models_one_must_be_named(birds):
    model = "tests.embedders.test_embed_file:Means"
    dimension = model_class(model).dimension
    with birds.writing("embed", {}):
        put_vectors(birds, [np.ones((2, dimension))] * 90, model=model)
    with pytest.raises(UsageError, match="several models: means, spectral") as caught:
        cluster(birds)
    assert caught.value.hint == "name one, for example --model means"
    assert cluster(birds, model="spectral").model == "spectral"
    assert cluster(birds, model="means").model == "means"
    assert cluster(birds, model=model).model == "means"


def test_too_few_recordings_are_refused(tmp_path):
    rows = [{"label": "owl", "vectors": np.ones((1, DIMENSION))}] * 7
    with (
        filled(tmp_path / "birds", [*rows, {"vectors": None}]) as dataset,
        pytest.raises(UsageError, match="vectors of 7 recordings; 1 have none"),
    ):
        cluster(dataset)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_items": 0}, "must be 1 or more"),
        ({"windows": True, "out": "x.csv"}, "leave out --windows"),
    ],
)
def test_options_that_make_no_sense_are_refused(birds, options, words):
    with pytest.raises(UsageError, match=words):
        cluster(birds, **options)


def test_small_classes_are_counted(tmp_path):
    rng = np.random.default_rng(0)
    rows = classes(20)
    rows += [{"label": "toad", "vectors": around(9, rng)}] * 3
    with filled(tmp_path / "birds", rows) as dataset:
        summary = cluster(dataset)
    assert (summary.small_classes, summary.in_small_classes) == (1, 3)
    assert summary.classes[2].label == "toad"


def test_a_layer_of_somebody_else_is_not_replaced(birds):
    with birds.writing("import", {}):
        layers.define(birds.store, "groups", producer="import", version="1", parameters={})
    with pytest.raises(UsageError, match="made by import"):
        cluster(birds)


def test_at_the_terminal(birds, faulty, capsys):
    assert main(["cluster", "--dataset", str(birds.folder)]) == 0
    said = capsys.readouterr().out
    assert "91 recordings compared by spectral: 91 in groups" in said
    assert (
        "1 recording left out, without current vectors: curate embed --model spectral (local:93.wav)" in said
    )
    assert "curate review --queue outliers" in said
    assert main(["cluster", "--dataset", str(faulty.folder)]) == 0
    said = capsys.readouterr().out
    assert "12 recordings at 22,050 Hz differ from their 3 classes" in said
    assert "curate review --queue fault-groups" in said
    assert main(["cluster", "--dataset", str(birds.folder), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["groups"]) == 3
    assert main(["cluster", "--windows", "--dataset", str(birds.folder)]) == 0
    assert "182 windows compared" in capsys.readouterr().out


def test_what_sounds_nearly_the_same_and_is_no_match_is_told(tmp_path, capsys):
    rng = np.random.default_rng(5)
    rows = classes()
    for one, other in ((2, 70), (10, 11), (20, 21), (30, 31)):
        rows[other]["vectors"] = unit(
            np.asarray(rows[one]["vectors"]) + 0.01 * rng.normal(size=DIMENSION) / 13
        )
    with filled(tmp_path / "birds", rows) as dataset:
        with dataset.writing("dedupe", {}):
            dataset.store.run(
                "INSERT INTO matches (recording, ordinal, other, kind, onset, offset, other_onset, "
                "other_offset, score) VALUES (11, 0, 12, 'sound', 0, 6, 0, 6, 9.0)"
            )
        different(dataset, "local:21.wav", "local:22.wav", reviewer="ana")
        summary = cluster(dataset)
        assert summary.near_twins == 2
        assert {(each.recording_id, each.other) for each in summary.twins} == {
            ("local:3.wav", "local:71.wav"),
            ("local:31.wav", "local:32.wav"),
        }
        assert all(each.cosine >= 0.97 for each in summary.twins)
        assert dedupe(dataset, sound=False, dry_run=True).only_alike == 2
        different(dataset, "local:3.wav", "local:71.wav", reviewer="ana")
        assert dedupe(dataset, sound=False, dry_run=True).only_alike == 1
        assert main(["dedupe", "--no-sound", "--dry-run", "--dataset", str(dataset.folder)]) == 0
        assert "1 pair sound nearly the same for cluster, but differ here" in capsys.readouterr().out


def test_vectors_that_are_no_numbers_spoil_no_others_and_are_named(tmp_path, capsys):
    rows = classes()
    good = [row["vectors"] for row in rows]
    rows[4]["vectors"] = np.array([good[4][0], np.full(DIMENSION, np.nan)])
    rows[5]["vectors"] = np.full((2, DIMENSION), np.inf)
    with filled(tmp_path / "birds", rows) as dataset:
        summary = cluster(dataset)
        assert summary.broken == ["local:5.wav", "local:6.wav"]
        assert (summary.compared, summary.grouped) == (88, 88)
        by_window = cluster(dataset, windows=True)
        assert (by_window.compared, by_window.broken) == (177, ["local:5.wav", "local:6.wav"])
        assert audit(dataset, neighbours="spectral").unvoted == 2
        assert main(["cluster", "--dataset", str(dataset.folder)]) == 0
    assert "2 recordings left out, with vectors that are no numbers" in capsys.readouterr().out
