"""What is a voice, what may be one, and what else speaks for it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import intervals
from curate.decisions.voices import (
    BELIEVED,
    LONG,
    PROFILES,
    SURE,
    TALK,
    Classes,
    announced,
    judge,
    separate_voices,
)
from curate.model import Segment


def said(onset, score, seconds=0.5):
    return Segment(onset, onset + seconds, "speech", score)


def spans(segments):
    return [(segment.onset, segment.offset) for segment in segments]


@st.composite
def heard(draw):
    """Segments in order, disjoint, with scores."""
    steps = draw(st.lists(st.floats(0.05, 3), max_size=30))
    ends = list(itertools.accumulate(steps))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return [Segment(a, b, "speech", draw(st.sampled_from([0.2, 0.6, 0.89, 0.9, 1.0]))) for a, b in pairs]


def test_what_reaches_the_threshold_is_a_voice_and_what_does_not_is_doubted():
    voices = separate_voices([said(0, 0.9), said(15, 0.89)], threshold=0.9)
    assert ([s.onset for s in voices.sure], [s.onset for s in voices.doubtful]) == ([0], [15])


def test_what_lies_of_a_weak_segment_within_reach_of_a_voice_belongs_to_it_and_the_rest_is_doubted():
    voices = separate_voices([said(0, 1.0), said(0.8, 0.3), said(1.8, 0.3)], threshold=0.9)
    assert [(s.onset, s.offset) for s in voices.sure] == [(0, 0.5), (0.8, 1.0)]
    assert [(s.onset, s.offset) for s in voices.doubtful] == [(1.0, 1.3), (1.8, 2.3)]


def test_near_a_voice_less_is_asked_for():
    likely, weak = said(3, BELIEVED), said(5, BELIEVED - 0.01)
    assert separate_voices([said(0, 0.9), likely, weak], threshold=0.9).sure == [said(0, 0.9), likely]
    assert separate_voices([said(0, 0.89), likely, weak], threshold=0.9).sure == []
    assert separate_voices([said(0, 0.9), said(0.5 + TALK, BELIEVED)], threshold=0.9).doubtful == [
        said(0.5 + TALK, BELIEVED)
    ]


def test_what_is_believed_near_a_voice_leads_no_further():
    chain = [said(at, score) for at, score in ((0, 0.9), (3, BELIEVED), (6, BELIEVED), (9, BELIEVED))]
    assert spans(separate_voices(chain, threshold=0.9).sure) == spans(chain[:2])


def test_a_short_segment_is_no_voice_by_itself():
    assert separate_voices([said(0, 1.0, 0.2)], threshold=0.9, min_speech=0.25).sure == []


@given(segments=heard(), threshold=st.sampled_from([0.3, 0.6, 0.9]))
def test_nothing_is_lost_and_a_higher_threshold_has_fewer_voices(segments, threshold):
    voices, fewer = separate_voices(segments, threshold=threshold), separate_voices(segments, threshold=0.95)
    sure, doubtful = spans(voices.sure), spans(voices.doubtful)
    whole = intervals.union(spans(segments))
    assert intervals.total([*sure, *doubtful]) == pytest.approx(intervals.total(whole))
    assert intervals.total(sure) + intervals.total(doubtful) == pytest.approx(intervals.total(whole))
    assert intervals.total([*sure, *spans(fewer.sure)]) == pytest.approx(intervals.total(sure))


@pytest.mark.parametrize(
    "remarks",
    [
        "Announced at the end",
        "voice announcement at 0:35",
        "Anuncio del autor al final",
        "Habla el grabador",
        "people TALKING in the background",
        "recordist narrates",
        "spoken date and place",
        "Ansage am Ende",
        "Voces humanas",
    ],
)
def test_a_remark_that_somebody_speaks_is_evidence(remarks):
    assert announced(remarks)


@pytest.mark.parametrize(
    "remarks",
    [
        None,
        "",
        "Two males calling from the canopy",
        "voice of a young bird",
        "Announcement removed",
        "no human voice on this one",
        "sin voces",
        "stalking its prey",
    ],
)
def test_other_remarks_are_not(remarks):
    assert not announced(remarks)


def test_a_remark_turns_doubts_into_voices():
    segments = [said(0, 0.7), said(15, 0.95)]
    plain = judge(segments, threshold=0.9, review=0.6)
    told = judge(segments, threshold=0.9, review=0.6, remarks="announced by voice")
    assert (len(plain.sure), len(told.sure), told.doubtful) == (1, 2, [])


def test_in_a_class_that_sounds_like_people_only_a_sure_or_a_long_voice_is_believed():
    likely = SURE - 0.05

    def sure_of(*segments):
        return judge(segments, threshold=likely, review=0.25, like_people=True).sure

    assert sure_of(said(0, likely)) == []
    assert sure_of(said(0, SURE))
    assert sure_of(said(0, likely, LONG))
    assert judge([said(0, likely)], threshold=likely, review=0.25).sure


def counted(flagged_seconds):
    """A class of 20, of which 12 are flagged, in an archive in which little else is."""
    classes = Classes()
    classes.count("xc", "owl", has_voice=True, is_long=flagged_seconds >= LONG, times=12)
    classes.count("xc", "owl", has_voice=False, is_long=False, times=8)
    classes.count("xc", "other", has_voice=True, is_long=False, times=20)
    classes.count("xc", "other", has_voice=False, is_long=False, times=380)
    return classes


def test_a_class_flagged_far_more_often_than_the_rest_sounds_like_people():
    classes = counted(0.5)
    assert [row.label for row in classes.lift()] == ["owl"]
    assert classes.like_people() == {("xc", "owl")}


def test_a_class_with_long_speech_in_many_recordings_is_narrated():
    classes = counted(LONG + 1)
    assert [row.label for row in classes.lift()] == ["owl"]
    assert classes.like_people() == frozenset()


def test_profiles_differ_as_their_names_say():
    careful, balanced, privacy = (PROFILES[name] for name in ("careful", "balanced", "privacy"))
    assert careful.threshold > balanced.threshold > privacy.threshold
    assert all(0 < profile.review < profile.threshold <= SURE for profile in PROFILES.values())
    assert privacy.action == "mute"
