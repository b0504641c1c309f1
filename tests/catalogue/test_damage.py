"""The layer of damage: what cannot be decoded, by recording."""

from __future__ import annotations

from dataclasses import replace

from curate.catalogue import cuts, damage, layers, recordings
from curate.model import AudioInfo, Cut, FileFacts, Row

INFO = AudioInfo(160_000, 16000, 1, "flac", "pcm_16")


def add(store, folder, name, holes=()):
    info = replace(INFO, damage=holes)
    return recordings.add(
        store, Row(path=str(folder / name)), FileFacts(1, 2, name, info), archive_id=name, folder=folder
    )


def test_a_dataset_without_damage_has_no_such_layer(store, tmp_path):
    with store.transaction():
        number = add(store, tmp_path, "a")
        damage.put(store, number, [])
    assert layers.find_number(store, damage.LAYER) is None
    assert damage.totals(store) == (0, 0.0)
    assert list(damage.by_recording(store)) == []
    assert damage.uncut(store) == {}


def test_holes_are_kept_counted_and_replaced(store, tmp_path):
    with store.transaction():
        one = add(store, tmp_path, "a", ((1.0, 2.0), (3.0, 3.5)))
        other = add(store, tmp_path, "b")
        damage.put(store, other, [(0.0, 0.25)])
    assert damage.totals(store) == (2, 1.75)
    assert [(s.onset, s.offset, s.label) for s in dict(damage.by_recording(store))[one]] == [
        (1.0, 2.0, "lost"),
        (3.0, 3.5, "lost"),
    ]
    with store.transaction():
        damage.put(store, one, [])
    assert [number for number, _ in damage.by_recording(store)] == [other]


def test_what_is_cut_of_a_hole_is_nobodys_loss(store, tmp_path):
    with store.transaction():
        number = add(store, tmp_path, "a", ((1.0, 2.0),))
        cuts.replace(store, number, "trim", [Cut(0.5, 1.5, "excise", "silence", None, "trim/silence")])
    assert list(damage.uncut(store).values()) == [[(1.5, 2.0)]]


def test_other_bytes_have_other_holes(store, tmp_path):
    with store.transaction():
        number = add(store, tmp_path, "a", ((1.0, 2.0),))
        recordings.replace(store, number, FileFacts(1, 3, "c", INFO), at="2026-01-01T00:00:00+00:00")
    assert dict(damage.by_recording(store)) == {}
