"""Cells of other people's tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.formats import parse


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("['']", ()),
        ("[]", ()),
        ("", ()),
        (None, ()),
        (float("nan"), ()),
        ("['call', 'song']", ("call", "song")),
        ('["a", "b"]', ("a", "b")),
        ('["it\'s", 1139490]', ("it's", "1139490")),
        ('[\'say "a, b"\', "it\'s"]', ('say "a, b"', "it's")),
        ("asbfly; 1139490;", ("asbfly", "1139490")),
        ("asbfly", ("asbfly",)),
        (["a", None, "", 7], ("a", "7")),
        (("a",), ("a",)),
    ],
)
def test_lists_are_understood_however_they_are_written(cell, expected):
    assert parse.names(cell) == expected


@pytest.mark.parametrize(
    "cell",
    ["['call'", "[call]", "[" * 10_000, "[x for x in y]", "[1] + [2]", "['a'], 'b'", '["\0"', "['a'];"],
)
def test_a_list_that_is_none_is_an_error_and_nothing_runs(cell):
    with pytest.raises(ValueError, match="expected a list"):
        parse.names(cell)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_python_lists_of_any_text_are_read(names):
    expected = tuple(name.strip() for name in names if name.strip())
    assert parse.names(repr(names)) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("7.5", 7.5),
        (" -3 ", -3.0),
        ("", None),
        ("nan", None),
        ("inf", None),
        (None, None),
        (4, 4.0),
        (0.0, 0.0),
    ],
)
def test_numbers_are_finite_or_unknown(cell, expected):
    assert parse.number(cell) == expected


def test_words_are_no_numbers():
    with pytest.raises(ValueError, match="expected a number, found 'A'"):
        parse.number("A")
    with pytest.raises(ValueError, match=r"expected a whole number, found '1\.5'"):
        parse.whole_number("1.5")


@pytest.mark.parametrize(
    ("cell", "expected"), [(1139490, "1139490"), (1139490.0, "1139490"), ("007", "007"), (0.5, "0.5")]
)
def test_labels_of_digits_stay_as_they_were_meant(cell, expected):
    assert parse.text(cell) == expected
