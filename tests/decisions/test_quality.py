"""What is cut of a recording, by what was found in it: no audio, only segments."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import intervals
from curate.decisions.quality import PRESETS, preset_of, trim_cuts
from curate.decisions.voice_cuts import withheld
from curate.errors import UsageError
from curate.model import Segment

STANDARD = PRESETS["standard"]


def segments(label, *spans, **measured):
    return [Segment(*span, label, measured=measured) for span in spans]


def decided(trim=STANDARD, *, duration=60.0, taken=(), **layers):
    return trim_cuts(layers, trim, duration=duration, taken=taken)


def told(cuts):
    return [(cut.onset, cut.offset, cut.action, cut.words) for cut in cuts]


def test_a_long_silence_is_cut_but_for_its_edges():
    cuts = decided(silence=segments("silence", (10, 20)))
    assert told(cuts) == [(10.5, 19.5, "excise", "silence")]


def test_a_silence_at_either_end_is_cut_to_the_end():
    cuts = decided(silence=segments("silence", (0, 10), (50, 60)))
    assert told(cuts) == [(0, 9.5, "excise", "silence"), (50.5, 60, "excise", "silence")]


def test_a_pause_is_no_silence():
    assert decided(silence=segments("silence", (10, 11.9))) == []


def test_where_an_animal_is_audible_there_is_no_silence():
    cuts = decided(silence=segments("silence", (10, 40)), activity=segments("activity", (20, 21)))
    assert [(cut.onset, cut.offset) for cut in cuts] == [(10.5, 19.5), (21.5, 39.5)]


def test_no_silence_keeps_it():
    assert decided(replace(STANDARD, silence=False), silence=segments("silence", (10, 40))) == []


def test_a_dead_microphone_is_cut_whatever_the_noise_meter_says():
    cuts = decided(dropout=segments("zeros", (10, 20)))
    assert told(cuts) == [(10.5, 19.5, "excise", "dead microphone")]
    assert decided(dropout=segments("dead-channel", (10, 20))) == []


def test_an_animal_that_is_heard_in_the_last_bits_is_no_dead_microphone():
    """Sound that fades out, or a faint recording in floats."""
    faint = segments("dead", (10, 60))
    quiet = {"silence": segments("silence", (0, 60)), "activity": segments("activity", (30, 30.05), (40, 45))}
    cuts = decided(dropout=faint, **quiet)
    assert all(cut.offset <= 30 or 30.05 <= cut.onset < cut.offset <= 40 or cut.onset >= 45 for cut in cuts)
    assert told(decided(dropout=segments("zeros", (10, 20)), activity=segments("activity", (12, 13)))) == [
        (10.5, 19.5, "excise", "dead microphone")
    ]


def test_after_a_splash_as_much_silence_stays_as_makes_a_recording():
    # 2 s of sound in 92: without its silence it would be shorter than `min_keep`.
    cuts = decided(duration=92, silence=segments("silence", (2, 92)), activity=segments("activity", (0, 2)))
    (cut,) = cuts
    assert (cut.action, cut.offset) == ("excise", 92)
    assert 5 <= 92 - cut.duration < 8


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ({"dropout": segments("zeros", (0, 60))}, "OE005 all zero"),
        ({"dropout": segments("stuck", (0.05, 60))}, "dead microphone from end to end"),
        ({"silence": segments("silence", (0, 60))}, "silence from end to end"),
    ],
)
def test_a_worthless_recording_is_dropped_with_its_reason(layers, reason):
    assert told(decided(**layers)) == [(0, 60, "drop", reason)]


def test_a_silent_recording_in_which_an_animal_is_audible_is_not_dropped():
    cuts = decided(silence=segments("silence", (0, 60)), activity=segments("activity", (30, 31)))
    assert all(cut.action == "excise" for cut in cuts)
    assert 60 - intervals.total(withheld(cuts)) >= 5


def test_what_is_left_beside_a_voice_is_dropped_if_it_is_silent():
    cuts = decided(silence=segments("silence", (20, 60)), taken=[(0, 20)])
    assert told(cuts) == [(0, 60, "drop", "silence next to a cut")]


def test_what_another_step_cut_is_not_cut_again():
    cuts = decided(silence=segments("silence", (10, 20)), taken=[(15, 30)])
    assert [(cut.onset, cut.offset) for cut in cuts] == [(10.5, 15)]


def test_no_edge_is_left_beside_a_sound_that_is_cut():
    """A tenth of a second between two joins is no breath and no echo, but a click."""
    quiet = segments("silence", (10, 20))
    assert told(decided(silence=quiet, taken=[(5, 10.2)])) == [(10.2, 19.5, "excise", "silence")]
    assert told(decided(silence=quiet, taken=[(19.8, 25)])) == [(10.5, 19.8, "excise", "silence")]
    assert told(decided(silence=quiet, taken=[(5, 9.5)])) == [(10.5, 19.5, "excise", "silence")]
    heard = segments("activity", (10.2, 10.4))
    assert told(decided(silence=quiet, activity=heard, taken=[(5, 10.2)]))[0][0] > 10.5


def test_where_silence_and_a_dead_microphone_meet_no_second_is_cut_twice():
    cuts = decided(dropout=segments("zeros", (10, 20)), silence=segments("silence", (19.2, 30)))
    assert intervals.total((c.onset, c.offset) for c in cuts) == sum(c.duration for c in cuts) == 19.0


def test_clipping_is_flagged_by_its_share():
    clipped = [
        Segment(1, 2, "clipping", 0.5, measured={"share": 0.05}),
        Segment(5, 6, "clipping", 0.02, measured={"share": 0.002}),
    ]
    assert told(decided(clipping=clipped)) == [(1, 2, "flag", "clipping")]
    assert decided(PRESETS["gentle"], clipping=clipped) == []
    assert told(decided(PRESETS["strict"], clipping=clipped)) == [(1, 2, "excise", "clipping")]


def test_damage_is_flagged_where_cutting_it_would_leave_too_little():
    clipped = segments("clipping", (0, 57), share=0.1)
    (cut,) = decided(PRESETS["strict"], clipping=clipped)
    assert cut.action == "flag"
    assert "less than 5 s would be left" in cut.detail


@pytest.mark.parametrize("label", ["fly", "wind", "broadband", "hum 50 Hz"])
def test_what_drowns_most_of_a_recording_is_flagged(label):
    layer = "hum" if label.startswith("hum") else "buzz"
    assert told(decided(**{layer: segments(label, (0, 40))})) == [(0, 40, "flag", label)]
    assert decided(**{layer: segments(label, (0, 20))}) == []


def test_damage_in_what_is_cut_anyway_is_none():
    """Else a clean recording would be asked about, and left out with the flagged ones."""
    silence = segments("silence", (10, 60))
    assert [cut.action for cut in decided(silence=silence, buzz=segments("broadband", (15, 60)))] == [
        "excise"
    ]
    clipped = segments("clipping", (5, 8), share=0.1)
    assert decided(clipping=clipped, taken=[(4, 9)]) == []
    assert told(decided(clipping=clipped, taken=[(4, 7)])) == [(7, 8, "flag", "clipping")]
    assert decided(replace(STANDARD, damage="drop"), clipping=clipped, taken=[(4, 9)]) == []


def test_what_drowns_most_of_what_is_left_is_flagged():
    cuts = decided(silence=segments("silence", (10, 60)), buzz=segments("fly", (0, 9)))
    assert (0, 9, "flag", "fly") in told(cuts)


def test_beyond_the_head_there_is_nothing_to_flag():
    cuts = decided(replace(STANDARD, first_seconds=20), clipping=segments("clipping", (15, 25), share=0.1))
    assert told(cuts)[0] == (15, 20, "flag", "clipping")


def test_rain_drowns_nothing_while_an_animal_stands_out():
    rain, bird = segments("broadband", (0, 60)), segments("activity", (0, 50))
    assert decided(buzz=rain, activity=bird) == []
    assert decided(buzz=segments("fly", (0, 60)), activity=bird) != []


@pytest.mark.parametrize("label", ["bump", "hiss"])
def test_knocks_and_hiss_are_noted_only(label):
    assert decided(replace(STANDARD, max_buzz=0), buzz=segments(label, (0, 30))) == []


def test_only_the_first_seconds_that_survive_stay():
    cuts = decided(replace(STANDARD, first_seconds=20), silence=segments("silence", (10, 30)), taken=[(2, 4)])
    assert [(cut.onset, cut.offset) for cut in cuts] == [(10.5, 29.5), (41, 60)]
    assert cuts[-1].reason == "beyond the first 20 s"


def test_in_a_rare_class_all_but_the_animal_is_cut():
    cuts = decided(replace(STANDARD, only_active=True), activity=segments("activity", (10, 15), (40, 45)))
    assert told(cuts) == [
        (0, 9.5, "excise", "no animal audible"),
        (15.5, 39.5, "excise", "no animal audible"),
        (45.5, 60, "excise", "no animal audible"),
    ]


@pytest.mark.parametrize("action", ["mute", "flag"])
def test_the_action_is_a_persons_choice(action):
    cuts = decided(replace(STANDARD, action=action), silence=segments("silence", (10, 20)))
    assert [cut.action for cut in cuts] == [action]


def test_dropping_takes_the_whole_recording():
    cuts = decided(replace(STANDARD, action="drop"), silence=segments("silence", (10, 20)))
    assert told(cuts) == [(0, 60, "drop", "silence; 9.0 s")]
    strict = replace(PRESETS["strict"], damage="drop")
    assert told(decided(strict, clipping=segments("clipping", (1, 2), share=0.1))) == [
        (0, 60, "drop", "clipping")
    ]


def test_a_stricter_preset_cuts_more():
    layers = {"silence": segments("silence", (10, 20), (30, 33), (40, 41.5))}
    cut = [intervals.total(withheld(decided(PRESETS[name], **layers))) for name in PRESETS]
    assert list(PRESETS) == ["gentle", "standard", "strict"]
    assert cut == sorted(cut)
    assert len(set(cut)) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "cut"},
        {"damage": "no"},
        {"min_silence": -1},
        {"first_seconds": math.nan},
        {"max_buzz": 1.1},
    ],
)
def test_a_setting_out_of_range_is_refused(wrong):
    with pytest.raises(UsageError):
        replace(STANDARD, **wrong)


def test_an_unknown_preset_names_those_there_are():
    with pytest.raises(UsageError, match="unknown preset 'mild'") as raised:
        preset_of("mild")
    assert "gentle, standard, strict" in raised.value.hint


spans = st.lists(
    st.tuples(st.floats(0, 50), st.floats(0.1, 30)).map(lambda s: (s[0], min(60.0, s[0] + s[1]))), max_size=6
)


@given(
    found=st.fixed_dictionaries(dict.fromkeys(("silence", "zeros", "activity", "clipping"), spans)),
    taken=spans,
    head=st.sampled_from([0.0, 10.0]),
    only_active=st.booleans(),
    name=st.sampled_from(list(PRESETS)),
)
def test_whatever_was_found_enough_stays_and_no_second_is_cut_twice(found, taken, head, only_active, name):
    trim = replace(PRESETS[name], first_seconds=head, only_active=only_active)
    found = {label: segments(label, *intervals.union(of), share=0.1) for label, of in found.items()}
    cuts = decided(trim, taken=taken, dropout=found.pop("zeros"), **found)
    assert all(0 <= cut.onset < cut.offset <= 60 for cut in cuts)
    if any(cut.action == "drop" for cut in cuts):
        assert len(cuts) == 1
        return
    gone = [(cut.onset, cut.offset) for cut in cuts if cut.action == "excise"]
    assert intervals.total(gone) == pytest.approx(sum(end - start for start, end in gone), abs=1e-5)
    left = 60 - intervals.total([*gone, *taken])
    before = 60 - intervals.total(taken)
    assert left >= min(before, trim.min_keep, head or 60) - 1e-4
    if head:
        assert left <= head + 1e-4


def test_a_recording_of_a_rare_class_in_which_nothing_is_heard_is_flagged():
    assert told(decided(replace(STANDARD, only_active=True))) == [(0, 60, "flag", "no animal audible")]
