"""What is cut when a voice is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import intervals
from curate.decisions.voice_cuts import DOUBTFUL, review_flags, voice_cuts, withheld
from curate.errors import UsageError
from curate.model import Segment


def voice(onset, offset, score=0.9):
    return Segment(onset, offset, "speech", score)


def spans(cuts):
    return [(round(cut.onset, 6), round(cut.offset, 6)) for cut in cuts]


def test_a_voice_is_cut_with_a_margin():
    assert spans(voice_cuts([voice(10, 12)], duration=60)) == [(9.8, 12.2)]


def test_a_cut_says_why_how_sure_and_who():
    (cut,) = voice_cuts([voice(10, 12, 0.7), voice(12.1, 13, 0.8)], duration=60)
    assert (cut.action, cut.reason, cut.score, cut.producer) == ("excise", "voice", 0.8, "strip-voice/speech")


def test_voices_near_each_other_are_one_cut_and_far_ones_are_two():
    assert spans(voice_cuts([voice(10, 11), voice(11.29, 12)], duration=60, pad=0)) == [(10, 12)]
    assert spans(voice_cuts([voice(10, 11), voice(11.31, 12)], duration=60, pad=0)) == [(10, 11), (11.31, 12)]


def test_splinters_between_cuts_and_at_the_ends_go_too():
    cuts = voice_cuts([voice(0.3, 10), voice(10.6, 20), voice(40, 59.7)], duration=60)
    assert spans(cuts) == [(0, 20.2), (39.8, 60)]


def test_nothing_is_cut_where_too_little_would_remain():
    (cut,) = voice_cuts([voice(1, 17)], duration=20)
    assert cut.action == "flag"
    assert "3.6 s" in cut.detail
    assert withheld([cut]) == []


def test_a_recording_is_not_muted_to_almost_nothing_either_unless_that_is_wanted():
    voices = [voice(1, 17)]
    assert [cut.action for cut in voice_cuts(voices, duration=20, action="mute")] == ["flag"]
    assert [cut.action for cut in voice_cuts(voices, duration=20, action="mute", min_keep=0)] == ["mute"]


def test_a_recording_of_nothing_but_voice_is_dropped_not_emptied():
    (cut,) = voice_cuts([voice(0, 20)], duration=20, min_keep=0)
    assert (cut.action, cut.onset, cut.offset) == ("drop", 0, 20)


def test_drop_decides_about_the_whole_recording():
    (cut,) = voice_cuts([voice(1, 2), voice(5, 6)], duration=20, action="drop")
    assert (cut.action, cut.onset, cut.offset) == ("drop", 0, 20)
    assert "2.0 s" in cut.detail


def test_no_voice_no_cut():
    for action in ("excise", "mute", "flag", "drop"):
        assert voice_cuts([], duration=20, action=action) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"action": "burn"},
        {"pad": -1},
        {"merge_gap": float("nan")},
        {"min_keep": -0.1},
        {"min_keep_share": 1.1},
        {"min_keep_share": float("nan")},
    ],
)
def test_settings_out_of_range_are_told(settings):
    with pytest.raises(UsageError):
        voice_cuts([], duration=20, **settings)


times = st.floats(0, 100, allow_nan=False)
voices = st.lists(
    st.tuples(times, st.floats(0.01, 30)).map(
        lambda pair: voice(pair[0], min(100.0, pair[0] + pair[1]), 0.5)
    ),
    max_size=8,
).map(lambda found: [segment for segment in found if segment.onset < segment.offset])


@given(voices, st.floats(0, 2), st.floats(0, 2), st.floats(0, 20), st.floats(0, 1))
def test_cuts_cover_every_voice_lie_inside_and_leave_enough(found, merge_gap, pad, min_keep, share):
    settings = {"merge_gap": merge_gap, "pad": pad, "min_keep": min_keep, "min_keep_share": share}
    cuts = voice_cuts(found, duration=100.0, **settings)
    assert cuts == voice_cuts(found, duration=100.0, **settings)
    stretches = [(cut.onset, cut.offset) for cut in cuts]
    assert stretches == intervals.union(stretches)
    assert all(0 <= onset < offset <= 100 for onset, offset in stretches)
    outside = intervals.complement(stretches, 0, 100)
    assert not any(s.onset < b - 1e-9 and s.offset > a + 1e-9 for s in found for a, b in outside)
    if any(cut.action == "excise" for cut in cuts):
        assert 100 - intervals.total(stretches) >= min(min_keep, share * 100)


@pytest.mark.parametrize(
    ("duration", "voiced", "action", "detail"),
    [
        (6, 4.0, "excise", ""),
        (6, 4.4, "flag", "without it 1.0 s would be left, less than 20 % of the recording"),
        (14, 10.4, "excise", ""),
        (14, 10.8, "flag", "without it 2.6 s would be left, less than 20 % of the recording"),
        (60, 54.0, "excise", ""),
        (60, 55.0, "flag", "without it 4.4 s would be left, less than 5 s"),
    ],
)
def test_of_a_short_recording_a_share_must_be_left_and_of_a_long_one_seconds(
    duration, voiced, action, detail
):
    (cut,) = voice_cuts([voice(0.4, 0.4 + voiced)], duration=duration)
    assert (cut.action, cut.detail) == (action, detail)


def test_all_may_go_where_no_share_must_be_left():
    (cut,) = voice_cuts([voice(0.5, 5.8)], duration=6, min_keep_share=0)
    assert cut.action == "excise"


def test_what_may_be_a_voice_is_flagged_outside_of_cuts_without_margins():
    cuts = voice_cuts([voice(10, 12)], duration=60)
    flags = review_flags([voice(12, 13, 0.7), voice(30, 31, 0.6), voice(31.2, 32, 0.8)], cuts, duration=60)
    assert spans(flags) == [(12.2, 13), (30, 32)]
    assert [(cut.action, cut.reason, cut.score) for cut in flags] == [
        ("flag", DOUBTFUL, 0.7),
        ("flag", DOUBTFUL, 0.8),
    ]


def test_nothing_is_left_to_review_in_a_recording_that_is_dropped():
    cuts = voice_cuts([voice(10, 12)], duration=60, action="drop")
    assert review_flags([voice(30, 31, 0.7)], cuts, duration=60) == []
