"""What is kept of the scores of windows, and which scores are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from curate.embedders.class_scores import FLOOR, MOST, kept
from curate.errors import UsageError


@given(scores=arrays.arrays(np.float32, (3, 15), elements=st.floats(0, 1, width=32)))
def test_the_best_scores_of_each_window_are_kept_and_no_others(scores):
    names = [f"class {number}" for number in range(15)]
    found = list(kept(scores, names, [0.0, 3.0, 6.0], 3.0))
    for row, onset in zip(scores, (0.0, 3.0, 6.0), strict=True):
        mine = [segment for segment in found if segment.onset == onset]
        expected = sorted((each for each in row.tolist() if each >= FLOOR), reverse=True)[:MOST]
        assert [segment.score for segment in mine] == [round(each, 4) for each in expected]
        assert all(round(float(row[names.index(each.label)]), 4) == each.score for each in mine)
        assert all(segment.offset == onset + 3.0 for segment in mine)


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ([[0.5, 0.5, 0.5]], "gives 3 scores for a window, and names 2 classes"),
        ([[1.5, 0]], "outside 0 to 1"),
        ([[np.nan, 0.0]], "outside 0 to 1"),
    ],
)
def test_what_is_no_score_is_refused(scores, words):
    with pytest.raises(UsageError, match=words):
        list(kept(np.array(scores), ["owl", "wren"], [0.0], 3.0))
