"""`curate embed --kept`: vectors of what is kept, and never mixed with those of whole recordings."""

from __future__ import annotations

import json

import numpy as np
import pytest

from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.model import Cut
from curate.steps.acquire.import_ import import_
from curate.steps.common.recording_vectors import of_recordings
from curate.steps.scores.cluster import cluster
from curate.steps.scores.embed import embed
from curate.steps.scores.held_vectors import held_vectors
from curate.steps.scores.similar import similar
from tests import signals
from tests.datasets import write_sound
from tests.engines import in_a_thread

SR = 32000


@pytest.fixture
def birds(tmp_path):
    """Four recordings of nine seconds: three windows each."""
    for number in range(4):
        y = signals.chirp(500 + 900 * number, 900 + 900 * number, sr=SR, seconds=9.0)
        y = 0.3 * y + 0.005 * signals.noise(sr=SR, seconds=9.0, seed=number)
        write_sound(tmp_path / "data" / "owl" / f"{number}.wav", y, SR)
    with Dataset(tmp_path / "birds") as dataset, in_a_thread():
        import_(dataset, [tmp_path / "data"])
        yield dataset


def cut(birds, number, onset, offset, action="excise"):
    with birds.writing("trim", {}), birds.store.transaction():
        cuts.replace(birds.store, number, "trim", [Cut(onset, offset, action, "silence", None, "trim")])


def rows_of(birds):
    held = held_vectors(birds, "spectral")
    return {row.recording: held.vectors[row.first : row.first + row.windows] for row in held.rows}


def test_only_recordings_of_which_something_is_cut_are_listened_to_again(birds):
    embed(birds)
    whole = rows_of(birds)
    cut(birds, 2, 0.0, 4.0)
    cut(birds, 3, 1.0, 2.0, "flag")
    cut(birds, 4, 0.0, 9.0, "drop")
    assert embed(birds, kept=True, dry_run=True).work.recordings == 2
    summary = embed(birds, kept=True)
    assert (summary.embedded, summary.cut, summary.recordings, summary.nothing_left) == (1, 1, 3, 1)
    kept = rows_of(birds)
    assert [len(kept[number]) for number in (1, 2, 3, 4)] == [3, 3, 3, 0]
    assert np.array_equal(kept[1], whole[1])
    assert np.array_equal(kept[3], whole[3])
    assert kept[2].any(axis=1).tolist() == [False, True, True]
    assert not np.array_equal(kept[2][1], whole[2][1])
    assert np.array_equal(kept[2][2], whole[2][2])
    # What is not said stays: new recordings come along as those before.
    assert embed(birds).embedded == 0
    again = embed(birds, kept=False)
    assert (again.embedded, again.kept, again.vectors) == (2, False, 12)
    assert all(np.array_equal(found, whole[number]) for number, found in rows_of(birds).items())


def test_vectors_from_before_the_latest_cuts_are_left_out_and_made_again(birds, capsys):
    embed(birds, kept=True)
    cut(birds, 2, 0.0, 3.0)
    assert sorted(rows_of(birds)) == [1, 3, 4]
    assert of_recordings(birds, None).missing == [2]
    assert similar(birds, "owl/0.wav").missing == 1
    assert main(["similar", "owl/0.wav", "--dataset", str(birds.folder)]) == 0
    said = capsys.readouterr().out
    assert "1 recording left out, without current vectors: curate embed --model spectral" in said
    with pytest.raises(NotInCatalogue, match="lacks vectors of spectral"):
        similar(birds, "owl/1.wav")
    assert embed(birds).embedded == 1
    assert similar(birds, "owl/0.wav").missing == 0
    # A cut that is taken back is a change, too.
    with birds.writing("trim", {}), birds.store.transaction():
        cuts.replace(birds.store, 2, "trim", [])
    assert embed(birds).embedded == 1
    assert embed(birds).embedded == 0


def test_a_run_that_was_stopped_goes_on(birds):
    for number in (1, 2, 3):
        cut(birds, number, 0.0, 3.0)
    assert embed(birds, kept=True, limit=2).embedded == 2
    assert embed(birds).embedded == 2
    assert embed(birds).vectors == 12


def test_where_nothing_is_kept_of_any_there_are_no_vectors(birds):
    for number in (1, 2, 3, 4):
        cut(birds, number, 0.0, 9.0)
    assert embed(birds, kept=True).nothing_left == 4
    with pytest.raises(NotInCatalogue, match="vectors of spectral"):
        similar(birds, "owl/0.wav")


def test_all_windows_of_what_is_cut_are_like_nothing(birds):
    cut(birds, 2, 0.0, 5.0)
    embed(birds, kept=True)
    found = similar(birds, "owl/0.wav", all_windows=True).found
    assert {each.onset for each in found if each.recording_id.endswith("1.wav")} == {6.0}


def test_a_file_of_kept_parts_never_joins_vectors_of_whole_recordings(birds, tmp_path):
    cut(birds, 2, 0.0, 4.0)
    embed(birds, kept=True, out=tmp_path / "kept.parquet")
    with pytest.raises(UsageError, match="of kept parts: they differ from those of whole recordings"):
        embed(birds, vectors_from=tmp_path / "kept.parquet")
    assert embed(birds, model="mine", vectors_from=tmp_path / "kept.parquet").vectors == 12
    with pytest.raises(UsageError, match="are made here"):
        embed(birds, model="mine", kept=True, vectors_from=tmp_path / "kept.parquet")


def test_at_the_terminal(birds, capsys):
    cut(birds, 2, 0.0, 4.0)
    cut(birds, 4, 0.0, 9.0, "drop")
    assert main(["embed", "--kept", "--dataset", str(birds.folder)]) == 0
    said = capsys.readouterr().out
    assert "3 recordings have 9 vectors of 270 numbers by spectral 2, of what is kept" in said
    assert "1 window got none: less than half of it is kept" in said
    assert "1 recording has none: nothing of it is kept" in said
    assert main(["embed", "--kept", "--dataset", str(birds.folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kept"], found["nothing_left"]) == (True, 1)


def test_vectors_of_whole_recordings_replace_those_of_kept_parts_only_when_told(birds, tmp_path):
    embed(birds, out=tmp_path / "whole.parquet")
    cut(birds, 2, 0.0, 4.0)
    embed(birds, kept=True)
    kept = rows_of(birds)
    for dry_run in (True, False):
        with pytest.raises(UsageError, match="here are of kept parts") as caught:
            embed(birds, vectors_from=tmp_path / "whole.parquet", dry_run=dry_run)
    assert "--whole" in caught.value.hint
    assert all(np.array_equal(found, kept[number]) for number, found in rows_of(birds).items())
    assert embed(birds, vectors_from=tmp_path / "whole.parquet", kept=False).recordings == 4
    assert not held_vectors(birds, "spectral").kept


def test_groups_of_stale_vectors_are_refused_with_what_to_do(birds):
    embed(birds, kept=True)
    for number in (1, 2, 3, 4):
        cut(birds, number, 0.0, 4.0)
    for windows in (True, False):
        with pytest.raises(NotInCatalogue, match="all vectors of spectral are stale") as caught:
            cluster(birds, windows=windows)
        assert caught.value.hint == "make them again: curate embed --model spectral"
