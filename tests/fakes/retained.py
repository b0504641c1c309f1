"""Random decisions of all steps about recordings of some lengths."""

from __future__ import annotations

from hypothesis import strategies as st

from curate.model import Cut

STEPS = {
    "strip-voice": "strip-voice/speech",
    "trim": "trim/silence",
    "dedupe": "dedupe",
    "review": "review/Ada",
}

LENGTHS = [30.0, 12.5, 6.0, 1.0]


@st.composite
def ledgers(draw):
    """What each step decided about each recording, with all actions."""
    found = {}
    for number, length in enumerate(LENGTHS, start=1):
        # Many ends lie closer together than what a trainer can use.
        near = st.tuples(st.sampled_from([0.0, 0.5, length]), st.floats(-0.06, 0.06)).map(sum)
        ends = st.floats(0, length) | st.sampled_from([0.0, length]) | near
        for step, producer in STEPS.items():
            made = []
            for one, other in draw(st.lists(st.tuples(ends, ends), max_size=3)):
                low, high = sorted(min(max(round(end, 6), 0.0), length) for end in (one, other))
                action = draw(st.sampled_from(["excise", "mute", "mute", "excise", "flag", "drop"]))
                low, high = (0.0, length) if action == "drop" else (low, high)
                if low < high:
                    made.append(Cut(low, high, action, f"{step}; {int(high) % 3}", 0.5, producer))
            found[number, step] = made
    return found
