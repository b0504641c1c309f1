"""Every second of a recording goes somewhere, and is counted once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.fate import fate
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


@given(STRETCHES, st.floats(0.1, 50))
def test_every_second_is_counted_once(stretches, duration):
    made = [Cut(min(a, b), max(a, b), action, why, None, "p") for a, b, action, why in stretches]
    end = fate("ok", duration, made)
    assert end.kept + sum(end.lost.values()) == pytest.approx(duration, abs=1e-5)
    assert all(seconds >= 0 for seconds in end.lost.values())
    assert end.goes_out == (end.kept > 0)


@pytest.mark.parametrize(
    ("status", "made", "recording", "lost"),
    [
        ("ok", [], "goes out whole", {}),
        ("failed", [], "cannot be decoded", {}),
        ("ok", [Cut(1, 2, "flag", "voice; 3 s", 1, "p")], "goes out, flagged", {}),
        ("ok", [Cut(1, 2, "mute", "voice", 1, "p")], "goes out, something cut", {"silenced: voice": 1}),
        (
            "ok",
            [Cut(1, 4, "excise", "voice", 1, "p"), Cut(3, 6, "excise", "hum", 1, "q")],
            "goes out, something cut",
            {"cut out: voice": 3, "cut out: hum": 2},
        ),
        ("ok", [Cut(0, 10, "excise", "hum", 1, "p")], "nothing left: cut out: hum", {"cut out: hum": 10}),
        (
            "ok",
            [Cut(0, 1, "excise", "hum", 1, "p"), Cut(0, 10, "drop", "voice; 9.1 s of it", 1, "q")],
            "dropped: voice",
            {"dropped: voice": 10},
        ),
    ],
)
def test_a_recording_ends_as_its_cuts_say(status, made, recording, lost):
    end = fate(status, 10.0, made)
    assert end.recording == recording
    assert end.lost == pytest.approx(lost)
    assert end.goes_out == recording.startswith("goes out")
