"""Voices by columns are those that the pure functions decide, recording by recording."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.decisions.retention import of_voices
from curate.decisions.voice_cuts import review_flags, voice_cuts
from curate.decisions.voices import judge
from curate.model import Segment
from curate.steps.common.cutting.voice_columns import Block, ScoredSpans
from curate.steps.common.interval_columns import Spans

TIMES = st.one_of(st.integers(0, 40).map(float), st.floats(0, 40), st.integers(0, 400).map(lambda n: n / 10))
SCORES = st.one_of(st.none(), st.sampled_from([0.1, 0.25, 0.4, 0.5, 0.75, 0.87, 0.9]), st.floats(0, 1))
SHORT = st.sampled_from([0.0, 0.05, 0.25, 0.3, 2.0])


def block_of(recordings, cells):
    columns = [np.array(column) for column in zip(*recordings, strict=True)]
    row, onset, offset, score = zip(*cells, strict=True) if cells else ((), (), (), ())
    spans = Spans(np.array(row, dtype=np.int64), np.array(onset, dtype=float), np.array(offset, dtype=float))
    return Block(*columns, ScoredSpans(spans, np.array(score, dtype=float)))


@st.composite
def recording(draw):
    ends = sorted(set(draw(st.lists(TIMES, max_size=14))))
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    if draw(st.booleans()):  # some that touch
        pairs = list(zip(ends, ends[1:], strict=False))  # noqa: RUF007 - as above
    found = [Segment(onset, offset, "speech", draw(SCORES)) for onset, offset in pairs]
    length = draw(st.one_of(TIMES.filter(bool), st.just(ends[-1] if ends else 5.0))) or 1.0
    return length, draw(st.booleans()), draw(st.booleans()), found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(recording(), min_size=1, max_size=5),
    st.sampled_from(["excise", "mute", "flag"]),
    st.sampled_from([(0.75, 0.25), (0.1, 0.06), (0.87, 0.5), (0.7, 0.7)]),
    SHORT,
    st.tuples(SHORT, SHORT, st.sampled_from([0.0, 1.0, 5.0]), st.sampled_from([0.0, 0.3, 1.0])),
)
def test_columns_decide_as_the_pure_functions_do(recordings, action, least, min_speech, policy):
    threshold, review = least
    scores = {"threshold": threshold, "review": review, "min_speech": min_speech}
    names = ("merge_gap", "pad", "min_keep", "min_keep_share")
    settings = dict(zip(names, policy, strict=True))
    block = block_of(
        [(length, announced, alike) for length, announced, alike, _ in recordings],
        [(row, s.onset, s.offset, s.score) for row, (*_, found) in enumerate(recordings) for s in found],
    )
    assert block.is_plain().all()
    voices = block.judge(**scores)
    made = block.cuts(voices, action=action, **settings)
    cells = defaultdict(list)
    for row, *cut in made.told().cells(np.arange(block.rows)):
        cells[row].append(tuple(cut))
    ends = [column.tolist() for column in made.ends(block.rows)]
    for row, (length, announced, alike, found) in enumerate(recordings):
        wanted = judge(found, **scores, remarks="voices" if announced else "two males", like_people=alike)
        for name, by_columns in (("sure", voices.sure), ("doubtful", voices.doubtful)):
            there = [
                (onset, offset, None if score != score else score)  # noqa: PLR0124 - NaN
                for of, onset, offset, score in zip(
                    *(column.tolist() for column in by_columns.spans), by_columns.score.tolist(), strict=True
                )
                if of == row
            ]
            assert there == [(s.onset, s.offset, s.score) for s in getattr(wanted, name)]
        assert bool(block.long(voices)[row]) == wanted.long
        cut = voice_cuts(wanted.sure, duration=length, action=action, **settings)
        flags = review_flags(wanted.doubtful, cut, duration=length, merge_gap=settings["merge_gap"])
        both = sorted([*cut, *flags], key=lambda each: each.onset)
        assert cells[row] == [astuple(each) for each in both]
        assert tuple(column[row] for column in ends) == tuple(of_voices(both))


def test_segments_that_overlap_are_left_to_the_pure_functions():
    block = block_of(
        [(9.0, False, False)] * 3, [(0, 1, 2, 0.5), (1, 1, 3, 0.5), (1, 2, 4, 0.5), (2, 3, 3, 0.5)]
    )
    assert block.is_plain().tolist() == [True, False, False]
