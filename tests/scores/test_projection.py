"""Vectors on a plane: what is alike lies together, and the same comes out each time."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from curate.errors import UsageError
from curate.scores import projection
from curate.scores.projection import PROJECTIONS, pca


def clusters(n=90, dimension=20, seed=1):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(3, dimension))
    which = np.arange(n) % 3
    return (centres[which] + 0.1 * rng.normal(size=(n, dimension))).astype(np.float16), which


def apart(places, which):
    """How much further groups are from each other than they are wide."""
    means = np.stack([places[which == k].mean(axis=0) for k in range(3)])
    width = max(places[which == k].std(axis=0).max() for k in range(3))
    gaps = [np.linalg.norm(means[a] - means[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    return min(gaps) / width


def test_components_are_those_of_the_whole_and_point_one_way():
    vectors, which = clusters()
    placed = pca(vectors)
    unit = vectors.astype(float) / np.linalg.norm(vectors.astype(float), axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    _, strengths, directions = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ directions[:2].T
    assert np.allclose(np.abs(placed), np.abs(expected), atol=1e-3)
    assert placed.std(axis=0) == pytest.approx(strengths[:2] / np.sqrt(len(vectors)), rel=1e-2)
    assert apart(placed, which) > 3
    assert np.array_equal(placed, pca(vectors))


def test_the_length_of_a_vector_does_not_count():
    vectors, _ = clusters()
    longer = vectors * np.linspace(0.5, 2, len(vectors))[:, np.newaxis].astype(np.float16)
    assert np.allclose(pca(longer), pca(vectors), atol=5e-3)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_vectors_have_places_too(n):
    placed = pca(np.ones((n, 5), np.float16))
    assert placed.shape == (n, 2)
    assert np.isfinite(placed).all()


def test_one_number_is_laid_out_along_a_line():
    placed = pca(np.array([[1], [-1], [1]], np.float16))
    assert (placed[:, 1] == 0).all()
    assert placed[0, 0] == placed[2, 0] != placed[1, 0]


def test_umap_says_how_it_is_installed(monkeypatch):
    monkeypatch.setattr(projection.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="umap-learn") as caught:
        PROJECTIONS["umap"](np.ones((9, 4), np.float16))
    assert "map" in caught.value.hint


@pytest.mark.skipif(importlib.util.find_spec("umap") is None, reason="needs the extra [map]")
def test_umap_keeps_groups_together():
    vectors, which = clusters(60)
    placed = PROJECTIONS["umap"](vectors)
    assert placed.shape == (60, 2)
    assert apart(placed, which) > 3
