"""Every second of a recording goes somewhere, and is counted once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import intervals
from curate.decisions.retention import SHORTEST, is_long, of_voices, retention
from curate.model import Cut

STRETCHES = st.lists(
    st.tuples(
        st.floats(0, 60),
        st.floats(0, 60),
        st.sampled_from(["excise", "mute", "flag"]),
        st.sampled_from("abc"),
    ),
    max_size=8,
)


SR = 32000


def cut(onset, offset, action="excise", why="voice", producer="p"):
    return Cut(onset, offset, action, why, None, producer)


@given(STRETCHES, st.floats(0.1, 50))
def test_every_second_is_counted_once(stretches, duration):
    made = [cut(min(a, b), max(a, b), action, why) for a, b, action, why in stretches]
    end = retention("ok", duration, SR, made)
    assert end.kept + sum(end.lost.values()) == pytest.approx(duration, abs=1e-3)
    assert all(seconds > 0 for seconds in (*end.lost.values(), *end.muted.values()))
    assert end.goes_out == (end.kept > 0) == bool(end.stretches)
    assert all(is_long(*stretch, SR) for stretch in end.stretches)
    if end.goes_out:  # nothing is left beside the stretches, whatever reads the cuts
        done = [(cut.onset, cut.offset) for cut in end.done if cut.action != "flag"]
        assert intervals.complement(done, 0.0, duration) == end.stretches
    heard = sum(offset - onset for onset, offset in end.stretches)
    assert heard + sum(end.muted.values()) == pytest.approx(end.kept, abs=1e-3)


@pytest.mark.parametrize(
    ("status", "made", "recording", "lost"),
    [
        ("ok", [], "kept whole", {}),
        ("failed", [], "cannot be decoded", {}),
        ("ok", [cut(1, 2, "flag", "voice")], "kept, flagged", {}),
        ("ok", [cut(1, 2, "mute")], "kept, something muted", {}),
        (
            "ok",
            [cut(1, 4), cut(3, 6, why="hum")],
            "kept, something cut",
            {"cut out: voice": 3, "cut out: hum": 2},
        ),
        ("ok", [cut(0, 10, why="hum")], "nothing left: cut out: hum", {"cut out: hum": 10}),
        (
            "ok",
            [cut(0, 1, why="hum"), cut(0, 10, "drop", "voice")],
            "dropped: voice",
            {"dropped: voice": 10},
        ),
    ],
)
def test_a_recording_ends_as_its_cuts_say(status, made, recording, lost):
    end = retention(status, 10.0, SR, made)
    assert end.recording == recording
    assert end.lost == pytest.approx(lost)
    assert end.goes_out == recording.startswith("kept")


def test_what_is_muted_keeps_its_length_and_is_not_heard():
    end = retention("ok", 10.0, SR, [cut(1, 3, "mute")])
    assert (end.lost, end.muted, end.kept) == ({}, {"muted: voice": 2}, 10.0)
    assert end.stretches == [(0.0, 1), (3, 10.0)]


def test_what_is_cut_out_is_not_muted_as_well():
    end = retention("ok", 10.0, SR, [cut(1, 4, "mute"), cut(3, 6, why="hum")])
    assert (end.lost, end.muted, end.kept) == ({"cut out: hum": 3}, {"muted: voice": 2}, 7.0)


def test_a_recording_without_a_sound_left_does_not_go_out():
    end = retention("ok", 10.0, SR, [cut(0, 4, "mute"), cut(4, 10, why="hum")])
    assert not end.goes_out
    assert (end.lost, end.muted) == ({"cut out: hum": 6, "muted: voice": 4}, {})


def test_less_than_a_frame_is_nothing():
    assert not retention("ok", 10.0, 100, [cut(0.001, 9.999)]).goes_out
    assert retention("ok", 10.0, 100, [cut(0.001, 4), cut(4.03, 10)]).goes_out
    assert not retention("ok", 10.0, 32000, [cut(0.001, 9.999)]).goes_out


def test_a_splinter_goes_with_the_cut_beside_it():
    end = retention("ok", 10.0, SR, [cut(0.01, 3, why="hum"), cut(3.02, 4)])
    assert (end.stretches, end.kept) == ([(4, 10.0)], pytest.approx(6.0))
    assert end.lost == pytest.approx({"cut out: hum": 3.02, "cut out: voice": 0.98})
    assert [(each.onset, each.offset, each.action) for each in end.splinters] == [
        (0.0, 0.01, "excise"),
        (3, 3.02, "excise"),
    ]
    muted = retention("ok", 10.0, SR, [cut(1, 3, "mute"), cut(3.02, 4, "mute")])
    assert (muted.lost, muted.kept) == ({}, 10.0)
    assert muted.muted == pytest.approx({"muted: voice": 3.0})
    both = retention("ok", 10.0, SR, [cut(1, 3, "mute"), cut(3.02, 4, why="hum")])
    assert both.lost == pytest.approx({"cut out: hum": 1.0})
    assert both.extent(10.0) == (0.0, 10.0)


def test_a_recording_of_splinters_is_too_short_however_much_is_muted():
    end = retention("ok", 1.0, SR, [cut(0.5, 1.0, "mute"), cut(0.02, 0.5)])
    assert (end.goes_out, end.is_too_short) == (False, True)
    assert end.lost == pytest.approx(
        {"cut out: voice": 0.48, "muted: voice": 0.5, "too short: less than 25 ms": 0.02}
    )
    two = retention("ok", 1.0, SR, [cut(0.02, 0.98)])
    assert (two.is_too_short, two.lost["too short: less than 25 ms"]) == (True, pytest.approx(0.04))
    assert retention("ok", 1.0, SR, [cut(SHORTEST, 1.0)]).goes_out


def test_of_voices_each_second_counts_once_and_only_of_those_who_decide_about_them():
    made = [
        cut(0, 2, producer="strip-voice/speech"),
        cut(1, 4, "mute", producer="review/Ada"),
        cut(3, 6, "flag", producer="strip-voice/speech"),
        cut(7, 9, why="silence", producer="trim/silence"),
    ]
    assert of_voices(made) == (2, 2, 2)
    assert of_voices([cut(0, 10, "drop", producer="strip-voice/speech")]) == (10, 0, 0)
    assert of_voices([]) == (0, 0, 0)
