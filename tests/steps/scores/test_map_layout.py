"""Which windows are on a map, where, and what is left out of it."""

from __future__ import annotations

import numpy as np
import pytest

from curate.errors import NotInCatalogue, UsageError
from curate.scores import projection
from curate.steps.acquire.import_ import import_
from curate.steps.scores.embed import embed
from curate.steps.scores.map_layout import map_layout
from tests.datasets import write_sound
from tests.steps.scores.test_embed import MODEL, SR, birds

__all__ = ["birds"]


def test_each_window_has_a_place_and_those_of_a_class_lie_together(birds):
    embed(birds)
    layout = map_layout(birds)
    assert (layout.model, len(layout.points), layout.missing, layout.left_out) == ("spectral", 12, 0, 0)
    assert layout.points.onset.tolist() == [0.0, 3.0] * 6
    labels = dict(birds.store.rows("SELECT recording, label FROM labels"))
    place = layout.points.place.astype(float)
    own = np.array([labels[number] for number in layout.points.recording.tolist()])
    owls, wrens = (place[own == label, 0] for label in ("owl", "wren"))  # along the first component
    assert abs(owls.mean() - wrens.mean()) > 10 * max(owls.std(), wrens.std())
    assert {place.min(), place.max()} == {0, 65535}
    assert layout.points.identity == map_layout(birds).points.identity


def test_windows_without_a_sound_lie_nowhere_and_are_counted(birds, tmp_path):
    y = np.concatenate([0.1 * np.random.default_rng(1).normal(size=3 * SR), np.zeros(3 * SR)])
    write_sound(tmp_path / "half" / "half.wav", y, SR)
    import_(birds, [tmp_path / "half"])
    embed(birds)
    layout = map_layout(birds)
    assert (layout.windows, layout.silent, len(layout.points)) == (14, 1, 13)


def test_of_too_many_windows_each_recording_keeps_one(birds):
    embed(birds)
    layout = map_layout(birds, max_points=8)
    assert 6 <= len(layout.points) <= 8
    assert len(set(layout.points.recording.tolist())) == 6
    assert layout.left_out == 12 - len(layout.points)
    assert len(map_layout(birds, max_points=4).points) <= 4
    with pytest.raises(UsageError, match="max-points"):
        map_layout(birds, max_points=0)


def test_without_vectors_the_command_that_makes_them_is_named(birds):
    with pytest.raises(NotInCatalogue, match="vectors") as caught:
        map_layout(birds)
    assert caught.value.hint == "make them: curate embed"
    embed(birds, limit=4)
    assert map_layout(birds).missing == 2


def test_of_several_models_one_must_be_named(birds):
    embed(birds)
    embed(birds, model=MODEL)
    with pytest.raises(UsageError, match="several models") as caught:
        map_layout(birds)
    assert caught.value.hint.startswith("name one, for example --model ")
    assert map_layout(birds, model="spectral").model == "spectral"
    assert len(map_layout(birds, model=MODEL).points) > 0


def test_a_projection_is_named_rightly(birds):
    embed(birds)
    with pytest.raises(UsageError, match="unknown projection 'tsne'") as caught:
        map_layout(birds, projection="tsne")
    assert caught.value.hint == "there are: pca, umap"


def test_what_takes_minutes_is_kept_until_the_vectors_change(birds, tmp_path, monkeypatch):
    made = []
    slow = lambda rows: made.append(len(rows)) or projection.pca(rows)  # noqa: E731
    monkeypatch.setitem(projection.PROJECTIONS, "umap", slow)
    embed(birds)
    first = map_layout(birds, projection="umap")
    again = map_layout(birds, projection="umap")
    assert made == [12]
    assert first.points.identity == again.points.identity
    write_sound(tmp_path / "data" / "owl" / "new.wav", np.random.default_rng(3).normal(size=6 * SR) / 9, SR)
    embed(birds, [tmp_path / "data"])
    assert len(map_layout(birds, projection="umap").points) == 14
    assert made == [12, 14]
    assert len(list((birds.folder / "vectors" / "spectral").glob("*.npy"))) == 1
