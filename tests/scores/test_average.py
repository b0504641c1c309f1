"""Averaging scores of several models, however their tables are ordered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.scores.average import ScoreTable, average, renamed

scores = st.floats(0, 1) | st.just(float("nan"))


@st.composite
def tables(draw):
    """Some tables of the same little world, each with rows and columns of its own, in any order."""
    made = []
    for _ in range(draw(st.integers(1, 4))):
        windows = draw(st.lists(st.tuples(st.integers(1, 3), st.just(0), st.integers(1, 3)), unique=True))
        classes = draw(st.lists(st.sampled_from("abcd"), unique=True))
        cells = draw(
            st.lists(scores, min_size=len(windows) * len(classes), max_size=len(windows) * len(classes))
        )
        values = np.array(cells, dtype=float).reshape(len(windows), len(classes))
        made.append(ScoreTable(windows, tuple(classes), values))
    return made


def said(table):
    """What a table says, as a dict; nothing where it says nothing."""
    return {
        (window, name): float(table.values[row, column])
        for row, window in enumerate(table.windows)
        for column, name in enumerate(table.classes)
        if not np.isnan(table.values[row, column])
    }


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_score_is_the_mean_of_those_that_were_given(made):
    mean, incomplete = average(made)
    given_ = [said(table) for table in made]
    wanted = {cell: np.mean([each[cell] for each in given_ if cell in each]) for cell in set().union(*given_)}
    assert said(mean) == pytest.approx(wanted)
    assert mean.windows == sorted(set().union(*(table.windows for table in made)))
    assert incomplete == sum(any(window not in table.windows for table in made) for window in mean.windows)


@settings(max_examples=60, deadline=None)
@given(tables(), st.randoms())
def test_the_order_of_rows_columns_and_models_does_not_count(made, random):
    shuffled = []
    for table in made:
        rows = random.sample(range(len(table.windows)), len(table.windows))
        columns = random.sample(range(len(table.classes)), len(table.classes))
        shuffled.append(
            ScoreTable(
                [table.windows[row] for row in rows],
                tuple(table.classes[column] for column in columns),
                table.values[np.ix_(rows, columns)],
            )
        )
    random.shuffle(shuffled)
    assert said(average(shuffled)[0]) == pytest.approx(said(average(made)[0]))


def test_a_model_for_insects_joins_one_for_birds():
    birds = ScoreTable([(1, 0, 5000), (1, 5000, 10000)], ("owl",), np.array([[0.2], [0.4]]))
    insects = ScoreTable([(1, 5000, 10000)], ("cricket", "owl"), np.array([[0.9, 0.8]]))
    mean, incomplete = average([birds, insects])
    assert mean.classes == ("cricket", "owl")
    np.testing.assert_allclose(mean.values, [[np.nan, 0.2], [0.9, 0.6]])
    assert incomplete == 1


@given(tables(), st.dictionaries(st.sampled_from("abcd"), st.sampled_from("abe")))
def test_of_classes_with_one_name_the_highest_score_counts(some, names):
    for table in some:
        expected: dict[object, float] = {}
        for (window, name), score in said(table).items():
            key = window, names.get(name, name)
            expected[key] = max(score, expected.get(key, 0.0))
        assert said(renamed(table, names)) == expected
