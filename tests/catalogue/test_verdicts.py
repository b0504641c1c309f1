"""Verdicts: who decided what and when; nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace

from curate.catalogue import verdicts
from curate.model import Verdict

KEEP = Verdict(1.0, 2.5, "keep", "ana", "2026-01-01T00:00:00+00:00", "owl", '{"version": "1"}')


def test_verdicts_come_back_in_the_order_in_which_they_were_given(store, add):
    first, second = add("/a.wav"), add("/b.wav")
    cut = replace(KEEP, judgement="cut", reviewer="ben")
    numbers = [verdicts.add(store, second, KEEP), verdicts.add(store, first, cut)]
    numbers.append(verdicts.add(store, second, cut))
    assert verdicts.of_recording(store, second) == [
        replace(KEEP, number=numbers[0]),
        replace(cut, number=numbers[2]),
    ]
    assert [(number, len(found)) for number, found in verdicts.by_recording(store)] == [
        (first, 1),
        (second, 2),
    ]


def test_a_verdict_that_is_undone_stands_no_more_but_is_not_forgotten(store, add):
    recording = add()
    number = verdicts.add(store, recording, KEEP)
    assert verdicts.withdraw(store, number, at="2026-01-02") == recording
    assert verdicts.withdraw(store, number, at="2026-01-03") is None
    assert verdicts.of_recording(store, recording) == []
    assert store.one("SELECT withdrawn FROM verdicts") == ("2026-01-02",)
