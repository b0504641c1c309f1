"""Blocks of recordings end as each one ends by itself."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings

from curate.catalogue import cuts
from curate.decisions.retention import TOO_SHORT, of_voices, retention
from curate.steps.common.interval_columns import lengths
from curate.steps.common.reason_columns import reason_columns
from curate.steps.common.retention_columns import Ledger, retention_columns
from tests.archive import SR, dataset_of, row
from tests.fakes import ledgers as made_up
from tests.fakes.retained import LENGTHS, ledgers


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    """A dataset of the recordings that the ledgers are about, and one that cannot be decoded."""
    seconds = [*LENGTHS, 8.0]
    rows = [row(number) for number in range(len(seconds))]
    folder = tmp_path_factory.mktemp("five") / "birds"
    with dataset_of(folder, rows, seconds=seconds) as dataset, dataset.writing("test", {}):
        yield dataset


@given(ledger=ledgers())
@settings(max_examples=100, deadline=None)
def test_columns_say_of_each_recording_what_the_function_says(five, ledger):
    store = five.store
    for (number, step), made in ledger.items():
        cuts.replace(store, number, step, made)
    number = np.arange(1, len(LENGTHS) + 2)
    duration = np.array([*LENGTHS, 0.0])
    read = Ledger.read(store, number)
    found = retention_columns(store, number, duration, np.full(len(number), float(SR)), read)
    why = reason_columns(found, read, duration, duration == 0)
    voices = read.voices(len(number))
    made = dict(cuts.by_recording(store))
    taken = found.taken(duration)
    heard = lengths(found.stretches, len(number))
    for at, length in enumerate(duration.tolist()):
        mine = made.get(at + 1, [])
        end = retention("ok" if length else "failed", length, SR, mine)
        assert found.goes_out[at] == end.goes_out
        assert why.recording[at] == end.recording
        assert list(why.lost.get(at, {}).items()) == list(end.lost.items())
        assert list(why.muted.get(at, {}).items()) == list(end.muted.items())
        assert found.is_dropped[at] == end.is_dropped
        assert found.is_too_short[at] == end.is_too_short
        assert found.kept[at] == end.kept
        assert found.lost[at] == pytest.approx(sum(end.lost.values()), abs=1e-9)
        assert found.muted[at] == pytest.approx(sum(end.muted.values()), abs=1e-9)
        assert found.rest[at] == end.lost.get(TOO_SHORT, 0.0)
        own = found.stretches.where(found.stretches.row == at)
        assert list(zip(own.onset.tolist(), own.offset.tolist(), strict=True)) == list(end.stretches)
        assert heard[at] == pytest.approx(sum(high - low for low, high in end.stretches))
        if end.goes_out:
            assert (found.onset[at], found.offset[at]) == end.extent(length)
            assert (list(found.odd[at].splinters) if at in found.odd else []) == list(end.splinters)
            excised, both = taken.get(at + 1, ((), ()))
            assert (list(excised), list(both)) == end.taken(length)
        else:
            assert taken[at + 1] is None
        told = tuple(column[at] for column in voices)
        assert told == pytest.approx(tuple(of_voices(mine)), abs=1e-9)


def test_few_of_a_wide_range_have_the_cuts_that_they_have_among_all(tmp_path):
    draw = random.Random(3)
    with dataset_of(
        tmp_path / "birds", [row(number) for number in range(60)], seconds=[30.0] * 60
    ) as dataset:
        with dataset.writing("test", {}), dataset.store.transaction():
            made_up.decide(dataset, draw, [0.0] + [30.0] * 60)
        whole = np.arange(1, 61)
        few = np.array([2, 17, 31, 60])
        every, found = (
            retention_columns(dataset.store, some, np.full(len(some), 30.0), np.full(len(some), SR)).taken(
                np.full(len(some), 30.0)
            )
            for some in (whole, few)
        )
        assert found == {number: every[number] for number in few.tolist() if number in every}
        assert found
