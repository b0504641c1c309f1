"""Databases of vectors, written by us and opened by perch-hoplite, and the other way round."""

from __future__ import annotations

import numpy as np
import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.scores.embed import embed
from curate.steps.scores.held_vectors import held_vectors
from curate.steps.scores.similar import similar
from tests.datasets import write_tone
from tests.engines import in_a_thread

hoplite = pytest.importorskip("perch_hoplite.db.sqlite_usearch_impl", reason="needs perch-hoplite")

EAR = "tests.fakes.models:Ear"


@pytest.fixture
def birds(tmp_path):
    for number, hz in enumerate((500, 3000, 6000)):
        write_tone(tmp_path / "data" / "owl" / f"{number}.wav", seconds=4, freq=hz)
    with Dataset(tmp_path / "set") as dataset, in_a_thread():
        import_(dataset, [tmp_path / "data"])
        yield dataset


def test_perch_hoplite_opens_what_we_write(birds, tmp_path):
    embed(birds, model=EAR, out=tmp_path / "ear")
    held = held_vectors(birds, EAR)
    db = hoplite.SQLiteUSearchDB.create(str(tmp_path / "ear"), readonly=True)
    assert (db.get_embedding_dim(), db.count_embeddings()) == (2, 12)
    names = {each.id: each.filename for each in db.get_all_recordings()}
    assert sorted(names.values()) == sorted(
        str(tmp_path / "data" / "owl" / f"{number}.wav") for number in range(3)
    )
    for window in db.get_all_windows(include_embedding=True):
        number = int(names[window.recording_id][-5])
        row = held.rows[[r.recording for r in held.rows].index(number + 1)]
        assert window.offsets[1] - window.offsets[0] == 1.0
        assert np.array_equal(window.embedding, held.vectors[row.first + int(window.offsets[0])])
    # And what we wrote comes back into another dataset.
    with Dataset(tmp_path / "other") as others, in_a_thread():
        import_(others, [tmp_path / "data"])
        assert embed(others, model=EAR, vectors_from=tmp_path / "ear").vectors == 12
        assert np.array_equal(held_vectors(others, EAR).vectors, held.vectors)


def test_we_open_what_perch_hoplite_writes(birds, tmp_path):
    rng = np.random.default_rng(1)
    db = hoplite.SQLiteUSearchDB.create(
        str(tmp_path / "perch"), usearch_cfg=hoplite.get_default_usearch_config(8)
    )
    site = db.insert_deployment(name="site", project="project")
    vectors = {}
    for number in (0, 2):
        recording = db.insert_recording(filename=f"owl/{number}.wav", deployment_id=site)
        for onset in (2.0, 0.0):  # in whatever order
            vectors[number, onset] = rng.normal(size=8).astype(np.float16)
            db.insert_window(recording, [onset, onset + 2.0], vectors[number, onset])
    db.commit()
    db.db.close()
    summary = embed(birds, model="perch", vectors_from=tmp_path / "perch")
    assert (summary.recordings, summary.vectors, summary.hop, summary.problems) == (2, 4, 2.0, [])
    held = held_vectors(birds, "perch")
    for row in held.rows:
        for window in range(2):
            assert np.array_equal(held.vectors[row.first + window], vectors[row.recording - 1, 2.0 * window])
    assert similar(birds, "owl/0.wav", model="perch").found[0].recording_id == "local:owl/2.wav"
