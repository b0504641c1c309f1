"""Nearest neighbours: exact cosines, and rows without a sound."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.scores import neighbours


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 9))
def test_cosines_are_those_of_double_precision(seed, n, dimension):
    rng = np.random.default_rng(seed)
    rows = (rng.standard_normal((n, dimension)) * rng.choice([0.01, 1, 100], (n, 1))).astype(np.float16)
    rows[rng.random(n) < 0.2] = 0
    queries = rng.standard_normal((3, dimension)).astype(np.float32)
    found = neighbours.likeness(rows, queries)
    for row, cosine in zip(rows.astype(np.float64), found, strict=True):
        if not row.any():
            assert cosine == -1
        else:
            exact = queries @ row / np.linalg.norm(row) / np.linalg.norm(queries, axis=1)
            assert abs(cosine - exact.max()) < 1e-5


def test_rows_of_zeros_stay_zeros():
    assert np.allclose(neighbours.unit(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0, 0]])
