"""Layers: what was found, that it was looked at, and who must be looked at (again)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.catalogue import layers
from curate.model import Segment


@pytest.fixture
def layer(store):
    return layers.define(store, "speech", producer="speech", version="1", parameters={"threshold": 0.5})


def waiting(store, layer, *, digest="now", version="1", retry_failed=False):
    found = layers.waiting(store, layer, version=version, digest=digest, retry_failed=retry_failed)
    return [number for number, _ in found]


def test_a_layer_has_one_row_whoever_fills_it(store, layer):
    again = layers.define(store, "speech", producer="my.voices:V", version="2", parameters={"a": 1})
    assert again == layer == layers.find_number(store, "speech")
    assert list(store.rows("SELECT producer, version, parameters FROM layers")) == [
        ("my.voices:V", "2", '{"a": 1}')
    ]
    assert layers.find_number(store, "silence") is None


settings = st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False) | st.text(max_size=3), max_size=3)


@given(st.text(max_size=3), settings, st.text(max_size=3), settings)
def test_digests_are_equal_if_version_and_settings_are(version, first, other_version, second):
    same = version == other_version and repr(sorted(first.items())) == repr(sorted(second.items()))
    assert (layers.digest(version, first) == layers.digest(other_version, second)) is same
    assert layers.digest(version, dict(reversed(first.items()))) == layers.digest(version, first)


def test_segments_come_back_as_they_were_put(store, layer, add):
    first, second, third = (add(f"/{name}.wav") for name in "abc")
    found = [Segment(0.1, 0.3, "voice", 0.9), Segment(2, 3, "voice", None, 100.0, 8000.0)]
    layers.put(store, third, layer, found, digest="d")
    layers.put(store, second, layer, [], digest="d")
    layers.put(store, first, layer, found[:1], digest="d")
    assert list(layers.segments_by_recording(store, layer)) == [(first, found[:1]), (third, found)]


def test_a_second_look_replaces_the_first_in_its_layer_only(store, layer, add):
    number = add()
    other = layers.define(store, "silence", producer="silence", version="1", parameters={})
    for kind in (layer, other):
        layers.put(store, number, kind, [Segment(0, 1, "old"), Segment(2, 3, "old")], digest="d")
    layers.put(store, number, layer, [Segment(5, 6, "new")], digest="e")
    assert dict(layers.segments_by_recording(store, layer)) == {number: [Segment(5, 6, "new")]}
    assert len(dict(layers.segments_by_recording(store, other))[number]) == 2
    assert list(store.rows("SELECT layer, digest FROM coverage ORDER BY layer")) == [
        (layer, "e"),
        (other, "d"),
    ]


def test_what_was_not_looked_at_waits_and_what_found_nothing_does_not(store, layer, add):
    first, second = add("/a.wav"), add("/b.wav")
    layers.put(store, first, layer, [], digest="now")
    assert waiting(store, layer) == [second]


def test_a_recording_that_cannot_be_decoded_never_waits(store, layer, add):
    add(ok=False)
    assert waiting(store, layer, retry_failed=True) == []


def test_a_look_with_other_settings_waits_and_knows_of_a_current_track(store, layer, add):
    without, old, current = (add(f"/{name}.wav") for name in "abc")
    for number in (without, old, current):
        layers.put(store, number, layer, [], digest="before")
    layers.put_track(store, old, layer, "0", b"of an old version")
    layers.put_track(store, current, layer, "1", b"track")
    found = layers.waiting(store, layer, version="1", digest="now", retry_failed=False)
    assert dict(found) == {without: False, old: False, current: True}
    assert layers.track_of(store, current, layer) == b"track"


def test_a_failed_look_waits_only_if_it_shall_be_tried_again(store, layer, add):
    number = add()
    layers.put(store, number, layer, [], digest="now", failure="it is gone")
    assert waiting(store, layer) == []
    assert waiting(store, layer, digest="another") == []
    assert waiting(store, layer, retry_failed=True) == [number]
    assert store.one("SELECT status, reason FROM coverage") == ("failed", "it is gone")
