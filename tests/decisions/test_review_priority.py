"""What is worth most is asked first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.review_priority import NEAR, Candidate, doubt, order

LABELS = {1: "owl", 2: "frog", 3: "frog", 4: "frog"}


def candidate(recording=1, onset=0.0, offset=2.0, score=0.5):
    return Candidate(recording, onset, offset, score, "speech", "speech")


def asked(*candidates, limit=10):
    return [(item.recording, item.onset, item.offset) for item in order(candidates, LABELS, limit=limit)]


def test_doubt_is_greatest_between_yes_and_no_and_never_nothing():
    assert doubt(0.5) == doubt(None) == 1.0
    assert doubt(0.9) < doubt(0.7) < doubt(0.5) > doubt(0.3) > doubt(0.1)
    assert doubt(0.0) == doubt(1.0) > 0.0


def test_the_unsure_come_before_the_sure():
    assert asked(candidate(2, score=0.95), candidate(3, score=0.5)) == [(3, 0.0, 2.0), (2, 0.0, 2.0)]


def test_the_long_come_before_the_short():
    assert asked(candidate(2, offset=1.0), candidate(3, offset=5.0)) == [(3, 0.0, 5.0), (2, 0.0, 1.0)]


def test_the_rare_come_before_the_common():
    assert asked(candidate(1, offset=1.0), candidate(2, offset=2.0)) == [(1, 0.0, 1.0), (2, 0.0, 2.0)]


def test_candidates_close_together_are_one_question_about_the_most_doubtful_of_them():
    (item,) = order(
        [candidate(onset=0, offset=1, score=0.9), candidate(onset=1.5, offset=2, score=0.4)], {}, limit=9
    )
    assert (item.onset, item.offset, item.score, item.why) == (0, 2, 0.4, "speech 0.40")
    assert asked(candidate(onset=0, offset=1), candidate(onset=1 + NEAR, offset=3)) == [
        (1, 0, 1),
        (1, 2.0, 3),
    ]


def test_a_question_keeps_its_name():
    (item,) = order([candidate(12, 1.2344, 2.5)], LABELS, limit=1)
    assert item.key == "12-1234-2500"


times = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 10)), max_size=8)


@given(st.dictionaries(st.integers(1, 4), times, max_size=4), st.integers(1, 5))
def test_a_queue_is_ordered_and_no_longer_than_asked_and_covers_every_candidate(found, limit):
    candidates = [
        candidate(recording, onset / 2, (onset + length) / 2, 0.3)
        for recording in sorted(found)
        for onset, length in sorted(found[recording])
    ]
    everything = order(candidates, LABELS, limit=99)
    assert order(candidates, LABELS, limit=limit) == everything[:limit]
    assert [item.worth for item in everything] == sorted((item.worth for item in everything), reverse=True)
    for each in candidates:
        assert any(
            item.recording == each.recording and item.onset <= each.onset and each.offset <= item.offset
            for item in everything
        )
