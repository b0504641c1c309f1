"""What an export was made of is known, and it is stale as soon as a new one would say something else."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.common.export_states import ExportWatch
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from curate.steps.review.undo import undo
from tests.datasets import write_tone
from tests.exports import states

pytestmark = pytest.mark.usefixtures("thread")


def annotate(folder, label="owl", end=2.0):
    table = folder / "marks.csv"
    table.write_text(f"path,onset,offset,label\nin/owl/0.wav,1.0,{end},{label}\nin/owl/1.wav,3.0,4.0,owl\n")
    return table


@pytest.fixture
def birds(tmp_path):
    """Three recordings of 10 s, with annotations in two of them."""
    for number in range(3):
        write_tone(tmp_path / "in" / "owl" / f"{number}.wav", seconds=10.0, freq=2000 + 100 * number)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in", jobs=1)
        import_(dataset, annotate(tmp_path), jobs=1)
        yield dataset


def test_an_annotation_that_changes_makes_the_exports_stale_that_took_it_along(birds, tmp_path):
    manifest(birds, tmp_path / "marked.csv", layer="auto")
    manifest(birds, tmp_path / "windows.csv", layer="annotations", window=1.0)
    manifest(birds, tmp_path / "plain.csv")
    assert {state for state, _ in states(birds).values()} == {"current"}
    import_(birds, annotate(tmp_path, end=2.5), jobs=1)
    assert states(birds) == {
        "marked.csv": ("stale", "1 recording differs"),
        "windows.csv": ("stale", "1 recording differs"),
        "plain.csv": ("current", ""),
    }
    import_(birds, annotate(tmp_path), jobs=1)
    assert {state for state, _ in states(birds).values()} == {"current"}
    import_(birds, annotate(tmp_path, label="wren"), jobs=1)
    assert states(birds)["marked.csv"] == ("stale", "1 recording differs")


def test_other_sound_of_the_same_length_makes_an_export_stale(birds, tmp_path):
    manifest(birds, tmp_path / "m.csv")
    sf.write(tmp_path / "in/owl/2.wav", 0.1 * np.random.default_rng(0).standard_normal(160_000), 16_000)
    import_(birds, tmp_path / "in", jobs=1, replace_changed=True)
    assert states(birds)["m.csv"] == ("stale", "1 recording differs")


@pytest.mark.parametrize("options", [{}, {"audio_mode": "copy"}, {"sr": 8000, "codec": "flac"}])
def test_a_folder_that_is_written_again_as_it_is_replaces_nothing(birds, tmp_path, options):
    def again(**more):
        return manifest(birds, tmp_path / "out", format="folders", audio="raw", **options, **more).replaces

    assert again() == ""
    assert again() == ""
    cut(birds, "0.wav", 2, 3)
    assert again() != ""
    assert again() == ""
    keep(birds, "0.wav", 2, 3)
    assert again() != ""
    assert again(channels=1) != ""


def test_single_recordings_are_compared_as_all_of_them_are(birds, tmp_path):
    watch = ExportWatch()
    numbers = [1, 2, 3, 99]
    assert watch.differing(birds, numbers) == {}
    manifest(birds, tmp_path / "all.csv")
    manifest(birds, tmp_path / "marked.csv", layer="annotations")
    assert watch.differing(birds, numbers) == {}
    cut(birds, "0.wav", 2, 3)
    cut(birds, "2.wav", 0, 10)
    # Annotations lie in two recordings only. The third is no part of what goes with them.
    both = {str(tmp_path / "all.csv"): 2, str(tmp_path / "marked.csv"): 1}
    assert watch.differing(birds, numbers) == both
    assert states(birds)["all.csv"] == ("stale", "2 recordings differ")
    assert watch.differing(birds, [2]) == {}
    undo(birds, "last")
    manifest(birds, tmp_path / "all.csv")
    assert watch.differing(birds, numbers) == {str(tmp_path / "marked.csv"): 1}
    undo(birds, "last")
    assert watch.differing(birds, numbers) == {str(tmp_path / "all.csv"): 1}
    assert watch.differing(birds, []) == {}


def test_an_export_that_an_earlier_version_noted_is_told_as_such(birds, tmp_path):
    manifest(birds, tmp_path / "m.csv")
    with birds.noting() as store:
        store.run("UPDATE exports SET standing = '{}', states = ?", (bytes(48),))
    assert states(birds)["m.csv"] == ("stale", "an earlier version of curate made it: make it again")
