"""What is sent to a worker at a time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from curate.engine.bundles import bundles, share_of_bundle


def lengths(durations, workers):
    items = [SimpleNamespace(duration=duration) for duration in durations]
    share = share_of_bundle(sum(durations), workers)
    return [[item.duration for _, item in bundle] for bundle in bundles(items, share)]


def test_a_bundle_of_many_recordings_is_four_minutes_long():
    *sent, _ = lengths([10.0] * 2400, workers=2)
    assert all(240 <= sum(bundle) <= 250 for bundle in sent)  # shares add up to a hair less than one


@pytest.mark.parametrize(("recordings", "workers"), [(26, 2), (100, 8), (100, 64)])
def test_of_few_recordings_each_worker_gets_its_share(recordings, workers):
    sent = lengths([10.0] * recordings, workers)
    assert sum(len(bundle) for bundle in sent) == recordings
    assert len(sent) >= min(recordings, 8 * workers)


@pytest.mark.parametrize("durations", [[], [0.0], [0.0] * 100, [86400.0, 3.0]])
def test_nothing_is_lost_however_long_or_short(durations):
    assert [one for bundle in lengths(durations, workers=2) for one in bundle] == durations
