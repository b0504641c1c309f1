"""A person's word beats a machine's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import intervals
from curate.decisions.verdicts import Ruling, called, rule, spare, unrefused
from curate.model import Cut, Segment, Verdict

DURATION = 20.0

seconds = st.integers(0, 40).map(lambda n: n / 2)


def verdict(judgement, onset=0.0, offset=DURATION, *, label=""):
    return Verdict(onset, offset, judgement, "ana", "2026-01-01T00:00:00+00:00", label)


def machine(onset, offset, action="excise"):
    return Cut(onset, offset, action, "voice", 0.9, "strip-voice/speech")


def spans(cuts):
    return [(cut.onset, cut.offset) for cut in cuts]


def test_what_a_person_keeps_no_machine_cuts():
    ruling = rule([verdict("keep", 2, 4)], duration=DURATION)
    assert ruling.kept == ((2, 4),)
    assert ruling.cuts == ()
    spared = spare([machine(1, 3), machine(3.5, 3.7), machine(5, 6, "flag")], ruling)
    assert spans(spared) == [(1, 2), (5, 6)]
    assert spared[0].reason == "voice"


def test_the_margin_of_a_cut_goes_with_it():
    ruling = rule([verdict("keep", 2, 4)], duration=DURATION)
    assert spare([machine(1.8, 4.2)], ruling) == []
    assert spans(spare([machine(6.0, 6.2)], ruling)) == [(6.0, 6.2)]


@pytest.mark.parametrize("pad", [0.2, 0.5, 3.0])
def test_a_margin_of_any_length_goes_with_what_it_was_cut_for(pad):
    voice = Segment(4.0, 6.0, "speech", 0.9)
    cut = [machine(4 - pad, 6 + pad)]
    assert spare(cut, rule([verdict("keep", 4, 6)], duration=DURATION), [voice]) == []
    narrowed = rule([verdict("keep", 5, 6), verdict("cut", 4, 5)], duration=DURATION)
    assert spans(spare(cut, narrowed, [voice])) == [(4 - pad, 5)]
    beside = rule([verdict("keep", 6, 6.5)], duration=DURATION)
    assert spans(spare(cut, beside, [voice])) == [(4 - pad, 6)]
    assert spare(cut, rule([], duration=DURATION), [voice]) == cut


@given(st.lists(st.tuples(seconds, seconds), max_size=4), st.lists(st.tuples(seconds, seconds), max_size=4))
def test_a_voice_that_no_person_kept_stays_cut(found, kept):
    voices = [Segment(low, high, "speech", 0.9) for low, high in map(sorted, found) if high - low > 0.01]
    ruling = rule([verdict("keep", *sorted(span)) for span in kept], duration=DURATION)
    cut = [machine(max(0.0, each.onset - 1), min(DURATION, each.offset + 1)) for each in voices]
    left = spans(spare(cut, ruling, voices))
    for each in unrefused(voices, ruling):
        for low, high in intervals.complement(ruling.kept, each.onset, each.offset):
            if high - low >= 0.5:  # what is shorter beside something kept may be its margin
                assert any(onset <= low and high <= offset for onset, offset in left)


def test_who_keeps_a_part_keeps_the_recording_from_being_dropped():
    ruling = rule([verdict("keep", 2, 4)], duration=DURATION)
    assert spare([machine(0, DURATION, "drop")], ruling) == []


def test_what_a_person_cut_is_flagged_no_more():
    """Somebody listened: it must not be counted as left to review, nor as flagged in a manifest."""
    ruling = rule([verdict("cut", 1, 4)], duration=DURATION)
    flags = [machine(1.5, 3.5, "flag"), machine(3, 6, "flag")]
    assert spans(spare([*flags, machine(2, 3)], ruling)) == [(4, 6), (2, 3)]
    dropped = rule([verdict("drop")], duration=DURATION)
    assert spare(flags, dropped) == []


def test_a_cut_says_who_wanted_it_and_what_is_there():
    (cut,) = rule([verdict("cut", 15, 99, label="a dog")], duration=DURATION).cuts
    assert cut == Cut(15, DURATION, "excise", "a dog, says ana", None, "review/ana")


def test_the_later_of_two_verdicts_counts():
    kept_then_cut = rule([verdict("keep", 2, 6), verdict("cut", 4, 8)], duration=DURATION)
    assert kept_then_cut.kept == ((2, 4),)
    assert spans(kept_then_cut.cuts) == [(4, 8)]
    cut_then_kept = rule([verdict("cut", 4, 8), verdict("keep", 2, 6)], duration=DURATION)
    assert cut_then_kept.kept == ((2, 6),)
    assert spans(cut_then_kept.cuts) == [(6, 8)]


def test_a_drop_holds_until_something_is_kept():
    (cut,) = rule([verdict("drop"), verdict("cut", 1, 2)], duration=DURATION).cuts
    assert (cut.onset, cut.offset, cut.action) == (0, DURATION, "drop")
    ruling = rule([verdict("drop"), verdict("keep", 1, 2)], duration=DURATION)
    assert ruling.kept == ((1, 2),)
    assert ruling.cuts == ()


judged = st.builds(
    lambda a, b, judgement: verdict(judgement, min(a, b), max(a, b) + 0.5),
    seconds,
    seconds,
    st.sampled_from(["cut", "keep", "drop"]),
)


@given(st.lists(judged, max_size=8), seconds)
def test_every_moment_goes_by_the_last_verdict_on_it(verdicts, moment):
    moment += 0.25
    if moment >= DURATION:
        return
    ruling = rule(verdicts, duration=DURATION)
    last_drop = max((n for n, v in enumerate(verdicts) if v.judgement == "drop"), default=-1)
    last_keep = max((n for n, v in enumerate(verdicts) if v.judgement == "keep"), default=-1)
    if last_drop > last_keep:
        assert [cut.action for cut in ruling.cuts] == ["drop"]
        return
    on_it = [v.judgement for v in verdicts if v.judgement != "drop" and v.onset <= moment < v.offset]
    last = on_it[-1] if on_it else None
    assert any(a <= moment < b for a, b in ruling.kept) is (last == "keep")
    assert any(cut.onset <= moment < cut.offset for cut in ruling.cuts) is (last == "cut")
    assert intervals.total(intervals.union(spans(ruling.cuts))) == intervals.total(spans(ruling.cuts))


@given(st.lists(st.tuples(seconds, seconds), max_size=5), st.lists(st.tuples(seconds, seconds), max_size=5))
def test_sparing_takes_out_what_is_kept_and_nothing_else(cut, kept):
    cuts = [machine(a, b) for a, b in intervals.union((min(p), max(p) + 1) for p in cut)]
    keeps = intervals.union((min(p), max(p) + 1) for p in kept)
    left = spans(spare(cuts, Ruling(tuple(keeps))))
    both = intervals.total(intervals.union([*left, *keeps]))
    assert both == intervals.total(intervals.union([*spans(cuts), *keeps]))
    assert intervals.total(left) + intervals.total(keeps) == both


def test_a_label_cuts_nothing_and_of_two_the_later_counts():
    said = [
        verdict("relabel", label="frog"),
        verdict("also", 2, 3, label="cricket"),
        verdict("relabel", label="toad"),
    ]
    assert rule([*said, verdict("cut", 1, 2)], duration=DURATION).kept == ()
    assert spans(rule([verdict("cut", 1, 2), *said], duration=DURATION).cuts) == [(1, 2)]
    assert called("owl", ("wind",), said) == ("toad", ("wind", "cricket"))


def test_what_is_heard_in_the_background_is_listed_once_and_not_beside_itself():
    assert called("owl", ("frog", "owl"), [verdict("cut", 1, 2)]) == ("owl", ("frog", "owl"))
    assert called("owl", ("frog",), [verdict("also", label="frog")]) == ("owl", ("frog",))
    assert called("owl", ("frog",), [verdict("relabel", label="frog")]) == ("frog", ())
    assert called("", (), [verdict("also", label="frog")]) == ("", ("frog",))
