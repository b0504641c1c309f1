"""What was done to a row says what is decided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.review_answers import Question, Words, compare
from curate.model import Segment

WORDS = Words("owl", frozenset({"frog", "owl"}), frozenset({"cut", "hum", "speech", "voice"}))
VOICE = Question("1-1000-3000", 1.0, 3.0, "speech", "cut")
CLASS = Question("1-0-9000", 0.0, 9.0, "owl", "keep")


SEARCH = Question("1-3000-6000", 3.0, 6.0, "keep calls", "like")


def said(questions, *marks, words=WORDS):
    answers, unclear = compare(questions, [Segment(*mark) for mark in marks], words)
    return [(each.how, each.onset, each.offset, each.says) for each in answers], [m.label for m in unclear]


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ((1.0, 3.0, "speech"), ("untouched", 1.0, 3.0, (("cut", "voice"),))),
        ((1.002, 2.998, "speech"), ("untouched", 1.0, 3.0, (("cut", "voice"),))),
        ((1.5, 4.0, "speech"), ("moved", 1.5, 4.0, (("cut", "voice"),))),
        ((1.5, 4.0, "Speech"), ("renamed", 1.5, 4.0, (("cut", "voice"),))),
        ((1.5, 4.0, "cut"), ("renamed", 1.5, 4.0, (("cut", ""),))),
        ((1.0, 3.0, "keep"), ("renamed", 1.0, 3.0, (("keep", ""),))),
        ((1.0, 3.0, "No voice"), ("renamed", 1.0, 3.0, (("keep", "no voice"),))),
        ((1.0, 3.0, "owl"), ("renamed", 1.0, 3.0, (("keep", ""),))),
        ((1.0, 3.0, "frog"), ("renamed", 1.0, 3.0, (("keep", "frog"), ("also", "frog")))),
        ((1.0, 3.0, "hum"), ("renamed", 1.0, 3.0, (("cut", "hum"),))),
        ((1.0, 3.0, "drop"), ("renamed", 1.0, 3.0, (("drop", ""),))),
    ],
)
def test_a_voice_that_stays_moves_or_gets_another_name(mark, expected):
    assert said([VOICE], mark) == ([expected], [])


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ((0.0, 9.0, "owl"), ("untouched", 0.0, 9.0, (("keep", ""),))),
        ((0.0, 9.0, "frog"), ("renamed", 0.0, 9.0, (("relabel", "frog"),))),
        ((2.0, 4.0, "frog"), ("renamed", 2.0, 4.0, (("relabel", "frog"),))),
        ((2.0, 4.0, "owl"), ("moved", 2.0, 4.0, (("keep", ""),))),
        ((0.0, 9.0, "cut"), ("renamed", 0.0, 9.0, (("cut", ""),))),
    ],
)
def test_a_class_that_stays_moves_or_gets_another_name(mark, expected):
    assert said([CLASS], mark) == ([expected], [])


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ((3.0, 6.0, "keep calls"), ("untouched", 3.0, 6.0, (("like", "keep calls"),))),
        ((4.0, 6.0, "keep calls"), ("moved", 4.0, 6.0, (("like", "keep calls"),))),
        ((3.0, 6.0, "Unlike"), ("renamed", 3.0, 6.0, (("unlike", "keep calls"),))),
        ((3.0, 6.0, "voice"), ("renamed", 3.0, 6.0, (("cut", "voice"),))),
        ((3.0, 6.0, "drop"), ("renamed", 3.0, 6.0, (("drop", ""),))),
    ],
)
def test_a_row_of_a_search_says_whether_it_is_like_that_and_cuts_nothing(mark, expected):
    assert said([SEARCH], mark) == ([expected], [])


def test_a_row_of_a_search_that_is_deleted_is_unlike_and_a_new_one_is_like():
    words = Words("owl", frozenset({"frog", "owl"}), WORDS.cut, frozenset({"keep calls"}))
    assert said([SEARCH]) == ([("deleted", 3.0, 6.0, (("unlike", "keep calls"),))], [])
    assert said([], (1, 2, "keep calls"), words=words) == (
        [("added", 1, 2, (("like", "keep calls"),))],
        [],
    )
    # Another class may all the same be what is searched for.
    assert said([SEARCH], (3.0, 6.0, "frog"), words=words) == ([], ["frog"])
    assert str(words).startswith("unlike, keep calls, keep, drop")


def test_what_is_deleted_says_the_opposite_and_what_is_new_speaks_for_itself():
    assert said([VOICE]) == ([("deleted", 1.0, 3.0, (("keep", ""),))], [])
    assert said([CLASS]) == ([("deleted", 0.0, 9.0, (("cut", ""),))], [])
    assert said([], (5, 6, "voice"), (6, 7, "frog"), (7, 8, "owl")) == (
        [
            ("added", 5, 6, (("cut", "voice"),)),
            ("added", 6, 7, (("also", "frog"),)),
            ("added", 7, 8, (("keep", ""),)),
        ],
        [],
    )


def test_an_animal_drawn_over_a_voice_that_was_deleted_does_not_keep_half_of_it():
    answers, _ = said([VOICE], (1.5, 2.0, "frog"))
    assert answers == [
        ("deleted", 1.0, 3.0, (("keep", ""),)),
        ("added", 1.5, 2.0, (("also", "frog"),)),
    ]


def test_a_row_drawn_over_one_that_stays_is_new():
    answers, _ = said([VOICE], (1.1, 2.9, "speech"), (1.0, 3.0, "speech"), (1.5, 2.0, "frog"))
    assert [how for how, *_ in answers] == ["untouched", "added", "added"]


def test_a_label_that_says_nothing_is_told_and_its_question_stays_open():
    assert said([VOICE], (1.0, 3.0, "dog")) == ([], ["dog"])
    assert said([VOICE], (1.0, 3.0, "speech"), (5.0, 6.0, ""))[1] == [""]


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 20), st.sampled_from(["speech", "hum"])),
        unique_by=lambda row: row[0],
    )
)
def test_what_comes_back_as_it_went_out_is_untouched_in_any_order(rows):
    questions = [Question(str(n), a, a + d, label, "cut") for n, (a, d, label) in enumerate(rows)]
    answers, unclear = compare(questions, [Segment(a, a + d, label) for a, d, label in rows[::-1]], WORDS)
    assert unclear == []
    assert [(each.how, each.question) for each in answers] == [("untouched", each) for each in questions]
