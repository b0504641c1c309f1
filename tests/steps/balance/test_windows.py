"""`curate windows`: rows of the manifest, inside what is kept, in the file that is read."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.audio.read import read
from curate.catalogue import cuts, layers
from curate.errors import UsageError
from curate.model import Cut, Segment
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.balance.windows import windows
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from curate.steps.review.undo import undo
from tests.archive import assigned, dataset_of, register, row, rows_of
from tests.engines import in_a_thread


@pytest.fixture
def archive(tmp_path):
    """Two owls of 60 s, six frogs of 12 s."""
    rows = [row(n, "owl" if n < 2 else "frog") for n in range(8)]
    with dataset_of(tmp_path / "birds", rows, seconds=[60.0] * 2 + [12.0] * 6) as dataset:
        yield dataset


def test_the_manifest_has_a_row_for_each_window(archive, tmp_path):
    summary = windows(archive, length=5)
    rows = rows_of(archive, tmp_path)
    assert Counter(found.label for found in rows) == {"owl": 24, "frog": 18}
    assert (summary.windows, summary.recordings, summary.seconds) == (42, 8, 210.0)
    assert [(found.onset, found.offset) for found in rows[:2]] == [(0, 5), (5, 10)]
    assert {found.duration for found in rows} == {5}


def test_windows_move_out_of_what_is_cut_later(archive, tmp_path):
    windows(archive, length=5)
    with archive.writing("test", {}):
        cuts.replace(archive.store, 3, "test", [Cut(1.0, 4.0, "excise", "voice", None, "test")])
    rows = [found for found in rows_of(archive, tmp_path) if found.recording_id == "xeno-canto:2"]
    assert [(found.onset, found.offset) for found in rows] == [(4, 9), (7, 12)]


LENGTHS = st.integers(1, 200).map(lambda tenths: tenths / 10)


@given(length=LENGTHS, hop=LENGTHS, gone=st.lists(st.tuples(LENGTHS, LENGTHS), max_size=3))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_commands_give_the_same_windows_for_the_same_parameters(length, hop, gone, archive, tmp_path):
    made = [Cut(onset, onset + more, "excise", "voice", None, "test") for onset, more in gone]
    with archive.writing("test", {}):
        cuts.replace(archive.store, 1, "test", made)
    undo(archive, "windows")
    asked = rows_of(archive, tmp_path, window=length, hop=hop)
    left_out = manifest(archive, tmp_path / "m.csv", window=length, hop=hop).left_out
    summary = windows(archive, length=length, hop=hop)
    assert rows_of(archive, tmp_path) == asked
    assert (summary.windows, summary.left_out) == (len(asked), left_out)


def test_scraps_are_left_out_and_their_seconds_told(archive):
    with archive.writing("test", {}):
        made = [Cut(1.0, 4.0, "excise", "voice", None, "test"), Cut(5.5, 6.0, "mute", "voice", None, "test")]
        cuts.replace(archive.store, 3, "test", made)
    summary = windows(archive, length=5)
    assert summary.left_out == 2.5  # 0 to 1 s and 4 to 5.5 s
    assert summary.windows == 41


def test_windows_that_are_asked_for_beat_the_choice(archive, tmp_path):
    windows(archive, length=5)
    assert {found.duration for found in rows_of(archive, tmp_path, window=4)} == {4}


def test_windows_of_which_upsample_knows_nothing_are_refused_with_what_to_do(archive, tmp_path):
    windows(archive, length=5)
    split(archive, folds=2)
    upsample(archive, below=20, cap=20)
    chosen = rows_of(archive, tmp_path)
    assert rows_of(archive, tmp_path, window=5) == chosen
    for other in ({"window": 4}, {"window": 5, "hop": 2}):
        with pytest.raises(UsageError, match="counted windows of 5 s, every 5 s: expected the same") as told:
            manifest(archive, tmp_path / "other.csv", **other)
        assert "leave --window out" in told.value.hint
        assert not (tmp_path / "other.csv").exists()
    windows(archive, length=4)
    upsample(archive, below=20, cap=20)
    assert sum(found.copies for found in rows_of(archive, tmp_path, window=4)) == 40


def test_rows_that_are_no_windows_are_told_where_upsample_counted_those(archive, tmp_path):
    with archive.writing("test", {}):
        layer = layers.define(archive.store, "calls", producer="test", version="1", parameters={})
        layers.put(archive.store, 1, layer, [Segment(1, 2, "owl")], digest="d")
    windows(archive, length=5)
    split(archive, folds=2)
    assert not manifest(archive, tmp_path / "m.csv", layer="calls").uncounted
    upsample(archive, below=20)
    assert manifest(archive, tmp_path / "m.csv", layer="calls").uncounted
    assert not manifest(archive, tmp_path / "m.csv").uncounted
    assert not manifest(archive, tmp_path / "m.csv", layer="calls", window=5).uncounted


def test_upsampling_uses_every_window_before_any_twice(archive, tmp_path):
    windows(archive, length=5)
    split(archive, folds=2)
    upsample(archive, below=20, cap=20)
    rows = rows_of(archive, tmp_path)
    assert sum(found.copies for found in rows if found.label == "frog") == 20
    assert sum(found.copies for found in rows if found.label == "owl") == 20
    assert {found.copies for found in rows} == {1, 2}
    owls = [found.onset for found in rows if found.label == "owl"]
    assert len(owls) == 20  # evenly thinned, not the beginning of each
    assert max(owls) == 55


def test_another_choice_takes_upsampling_back(archive):
    windows(archive, length=5)
    split(archive, folds=2)
    upsample(archive, below=20)
    assert not windows(archive, length=5).balance_lost
    assert windows(archive, length=4).balance_lost
    assert set(assigned(archive, "windows")) == {None}


def test_cleared_the_manifest_has_whole_recordings_again(archive, tmp_path):
    windows(archive, random=3)
    assert len(rows_of(archive, tmp_path)) == 24
    undo(archive, "windows")
    assert [found.duration for found in rows_of(archive, tmp_path)] == [60.0] * 2 + [12.0] * 6


def test_a_dry_run_chooses_nothing(archive, tmp_path):
    assert windows(archive, length=5, dry_run=True).windows == 42
    assert len(rows_of(archive, tmp_path)) == 8


def test_random_places_go_by_what_is_recorded_and_not_by_when_it_came(tmp_path):
    rows = [row(n, "owl") for n in range(12)]
    hashes = [f"{n:064x}" for n in range(12)]
    places = []
    for name, order in (("one", range(12)), ("two", reversed(range(12)))):
        with dataset_of(tmp_path / name, [], sha256=[]) as dataset:
            for n in order:
                register(dataset, [rows[n]], sha256=[hashes[n]])
                with dataset.noting() as store:
                    newest = "(SELECT max(id) FROM recordings)"
                    store.run(f"UPDATE recordings SET archive_id = ? WHERE id = {newest}", (str(n),))
            windows(dataset, length=1.5, random=3, seed=4)
            found = rows_of(dataset, tmp_path)
            places.append(sorted((each.recording_id, each.onset) for each in found))
    assert places[0] == places[1]
    assert len({onset for _, onset in places[0]}) == 36  # each recording's own


def test_random_places_have_no_hop(archive):
    with pytest.raises(UsageError, match="leave out --hop"):
        windows(archive, random=3, hop=2.0)


def test_a_birdclef_table_keeps_whole_files(birds, tmp_path):
    windows(birds, length=2)
    assert manifest(birds, tmp_path / "out" / "train.csv", format="birdclef").rows == 24


def test_windows_in_a_clean_copy_are_the_same_sound_as_in_the_raw_file(tmp_path, example_folder):
    from curate.catalogue.dataset import Dataset

    with Dataset(tmp_path / "birds") as dataset:
        with in_a_thread():
            import_(dataset, example_folder)
            strip_voice(dataset)
        windows(dataset, length=1.0)
        rows = rows_of(dataset, tmp_path)
        raw = rows_of(dataset, tmp_path, audio="raw")
    assert [(r.source_onset, r.source_offset) for r in raw] == [
        (r.source_onset, r.source_offset) for r in rows
    ]
    assert all(found.path == found.source_path for found in raw)
    cleaned = [found for found in rows if found.path != found.source_path]
    assert len({found.path for found in cleaned}) > 3
    for found in cleaned:
        inner = {"start": found.onset + 0.02, "duration": found.duration - 0.04}  # without the fades
        y, _ = read(found.path, **inner)
        original, _ = read(found.source_path, **{**inner, "start": found.source_onset + 0.02})
        np.testing.assert_allclose(y, original[:, : y.shape[1]], atol=2e-4)
