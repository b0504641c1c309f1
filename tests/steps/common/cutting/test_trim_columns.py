"""Worthless sound by columns is what the pure function decides, recording by recording."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate import intervals
from curate.decisions.quality import PRESETS, trim_cuts
from curate.model import Segment
from curate.steps.common import interval_columns as columns
from curate.steps.common.cutting.trim_columns import MarkedSpans, TrimBlock, is_plain, trims_counted
from curate.steps.common.interval_columns import Spans
from curate.steps.common.trim_ledger import counted

TIMES = st.one_of(st.integers(0, 40).map(float), st.floats(0, 40), st.integers(0, 400).map(lambda n: n / 10))
NOISE = ("bump", "fly", "hiss", "hum", "wind")
KINDS = ("silence", "activity", "clipping", "buzz", "hum")


def pairs(draw, most):
    ends = sorted(set(draw(st.lists(TIMES, max_size=most))))
    if draw(st.booleans()):  # some that touch
        return list(zip(ends, ends[1:], strict=False))  # noqa: RUF007 - as below
    return list(zip(ends[::2], ends[1::2], strict=False))


@st.composite
def recording(draw):
    found = {name: pairs(draw, 8) for name in KINDS}
    layers = {
        name: [
            Segment(
                *span, draw(st.sampled_from(NOISE)), draw(st.sampled_from([None, 0.5])), measured=measured
            )
            for span in spans
            for measured in (draw(st.sampled_from([{}, {"share": 0.004}, {"share": 0.5}])),)
        ]
        for name, spans in found.items()
    }
    last = max((end for spans in found.values() for _, end in spans), default=5.0)
    length = draw(st.one_of(st.just(last), TIMES)) or 1.0
    return max(length, 0.5), layers, intervals.clip(intervals.union(pairs(draw, 6)), 0.0, max(length, 0.5))


def spans_of(recordings, chosen):
    cells = [(row, *span) for row, each in enumerate(recordings) for span in chosen(each)]
    row, onset, offset = zip(*cells, strict=True) if cells else ((), (), ())
    return Spans(np.array(row, dtype=np.int64), np.array(onset, dtype=float), np.array(offset, dtype=float))


def block_of(recordings, trim):
    def segments(name, wanted=lambda _: True):
        return [
            (row, each)
            for row, (_, layers, _) in enumerate(recordings)
            for each in layers[name]
            if wanted(each)
        ]

    def spans(found):
        row, onset, offset = (
            zip(*((row, s.onset, s.offset) for row, s in found), strict=True) if found else ((), (), ())
        )
        return Spans(
            np.array(row, dtype=np.int64), np.array(onset, dtype=float), np.array(offset, dtype=float)
        )

    clipped = segments("clipping", lambda each: each.measured.get("share", 0.0) >= trim.clipping_share)
    return TrimBlock(
        np.array([length for length, *_ in recordings]),
        spans(segments("silence")),
        spans(segments("activity")),
        MarkedSpans(spans(clipped), np.array([each.score for _, each in clipped], dtype=float)),
        {
            (label, layer): spans(segments(layer, lambda each, label=label: each.label == label))
            for layer in ("buzz", "hum")
            for label in NOISE
        },
        columns.union(spans_of(recordings, lambda each: each[2])),
    )


RULES = st.builds(
    replace,
    st.sampled_from(list(PRESETS.values())),
    silence=st.booleans(),
    min_silence=st.sampled_from([0.0, 0.1, 1.0, 2.0]),
    keep_edges=st.sampled_from([0.0, 0.05, 0.25, 0.5, 3.0]),
    clipping_share=st.sampled_from([0.0, 0.005, 1.0]),
    max_buzz=st.sampled_from([0.0, 0.25, 1.0]),
    min_keep=st.sampled_from([0.0, 1.0, 5.0]),
    action=st.sampled_from(["excise", "mute"]),
    damage=st.just("flag"),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(recording(), min_size=1, max_size=5), RULES)
def test_columns_decide_as_the_pure_function_does(recordings, trim):
    assert is_plain(trim)
    made = block_of(recordings, trim).decide(trim)
    cells = defaultdict(list)
    for row, *cut in made.cells(np.arange(len(recordings))):
        cells[row].append(tuple(cut))
    found = []
    for row, (length, layers, taken) in enumerate(recordings):
        wanted = trim_cuts(layers, trim, duration=length, taken=taken)
        assert cells[row] == [astuple(each) for each in wanted]
        found.append(counted({}, wanted))
    part = np.arange(len(recordings)) % 2
    two = trims_counted(made, part, [int(np.count_nonzero(part == 0)), int(np.count_nonzero(part))])
    for each, half in zip(two, (found[::2], found[1::2]), strict=True):
        check_sums(each, half)


def check_sums(sums, found):
    for name in ("recordings", "failed", "flagged", "dropped", "cut", "muted", "lost"):
        assert getattr(sums, name) == pytest.approx(sum(getattr(each, name) for each in found), abs=1e-6)
    reasons = defaultdict(lambda: np.zeros(2))
    for each in found:
        for kind, pair in each.reasons.items():
            reasons[kind] += pair
    assert sums.reasons.keys() == reasons.keys()
    for kind, pair in sums.reasons.items():
        assert pair == pytest.approx(reasons[kind], abs=1e-6)


def test_rules_that_hang_on_more_than_the_layers_are_left_to_the_function():
    standard = PRESETS["standard"]
    assert is_plain(standard)
    assert not is_plain(PRESETS["strict"])
    for changed in ({"first_seconds": 3.0}, {"only_active": True}, {"action": "drop"}, {"action": "flag"}):
        assert not is_plain(replace(standard, **changed))
