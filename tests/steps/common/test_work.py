"""A dry run says how much there is to do, and how long it takes by what was done before."""

from __future__ import annotations

import shutil

import pytest

from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.steps.acquire.import_ import import_
from curate.steps.clean.render import render
from curate.steps.clean.scan import scan
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.review.cut import cut
from curate.steps.run import run
from tests.datasets import state, write_tone
from tests.engines import in_a_thread


@pytest.fixture
def birds(tmp_path):
    """Three recordings of 10 s that nobody listened to."""
    for number in range(3):
        write_tone(tmp_path / "in" / "owl" / f"{number}.wav", seconds=10.0, freq=2000 + 100 * number)
    with Dataset(tmp_path / "birds") as dataset, in_a_thread():
        import_(dataset, tmp_path / "in")
        yield dataset


def test_what_is_to_be_listened_to_is_counted_and_timed_by_the_last_run(birds, tmp_path):
    before = state(birds.folder, tmp_path / "before")
    for work in (scan(birds, dry_run=True).work, strip_voice(birds, dry_run=True).work):
        assert (work.recordings, work.seconds, work.copies, work.elapsed_s) == (3, 30.0, 0, None)
    assert scan(birds, dry_run=True).work.copies_known
    assert not strip_voice(birds, dry_run=True).work.copies_known
    assert not run(birds, "default", dry_run=True).work.copies_known
    assert scan(birds, dry_run=True, limit=2).work.recordings == 2
    assert state(birds.folder, tmp_path / "after") == before
    scan(birds, limit=1)
    work = scan(birds, dry_run=True).work
    assert (work.recordings, work.seconds) == (2, 20.0)
    assert work.elapsed_s > 0
    scan(birds)
    assert scan(birds, dry_run=True).work.recordings == 0


def test_copies_to_be_written_are_counted_with_their_length_and_size(birds):
    cut(birds, "0.wav", 2, 3)
    work = render(birds, dry_run=True).work
    assert (work.recordings, work.copies, work.copy_seconds, work.elapsed_s) == (0, 1, 10.0, None)
    assert work.bytes > 10_000
    render(birds)
    assert render(birds, dry_run=True).work.copies == 0
    scan(birds)
    work = trim(birds, first_seconds=4, rare_below=0, dry_run=True).work
    assert (work.recordings, work.copies, work.copy_seconds) == (0, 3, 30.0)
    assert work.elapsed_s > 0
    cut(birds, "1.wav", 2, 3)
    work = run(birds, "default", dry_run=True).work
    assert (work.recordings, work.copies) == (0, 1)


@pytest.mark.parametrize("earlier", [None, "opus", "flac"])
def test_the_size_of_copies_is_foreseen_where_a_format_holds_not_all_rates(tmp_path, earlier):
    """Opus has no 44.1 kHz, and FLAC takes its place: six times as large, whatever copies were there."""
    for number, sr in enumerate((48000, 44100, 44100)):
        channels = 1 + number % 2
        write_tone(tmp_path / "in" / "owl" / f"{number}.wav", seconds=10.0, sr=sr, channels=channels)
    with Dataset(tmp_path / "birds") as dataset, in_a_thread():
        import_(dataset, tmp_path / "in")
        if earlier is not None:
            cut(dataset, "0.wav", 2, 3)
            render(dataset, audio_format=earlier)
        for number in range(3):
            cut(dataset, f"{number}.wav", 0, 1)
        foreseen = render(dataset, audio_format="opus", dry_run=True).work
        render(dataset, audio_format="opus")
        sizes = {path.suffix: path.stat().st_size for path in dataset.clean.rglob("*.*")}
        assert foreseen.copies == 3
        written = sum(path.stat().st_size for path in dataset.clean.rglob("*.*"))
        assert set(sizes) == {".opus", ".flac"}
        assert 0.75 * written < foreseen.bytes < 1.5 * written


@pytest.mark.parametrize("action", ["excise", "mute", "drop"])
@pytest.mark.parametrize("profile", ["careful", "privacy"])
def test_a_dry_run_counts_the_copies_that_are_then_written(listened, tmp_path, action, profile):
    """Another action, a recording that is dropped or kept, and another format: all are foreseen."""
    folder = shutil.copytree(listened, tmp_path / "birds")
    with in_a_thread(), Dataset(folder) as dataset:
        render(dataset)
        asked = {"profile": profile, "action": action, "min_keep": 1.0}
        foreseen = strip_voice(dataset, dry_run=True, **asked)
        done = strip_voice(dataset, **asked)
        assert (foreseen.work.copies, foreseen.cut_seconds) == (done.rendered, done.cut_seconds)
        foreseen = strip_voice(dataset, dry_run=True, audio_format="wav", **asked)
        assert foreseen.work.copies == strip_voice(dataset, audio_format="wav", **asked).rendered
        assert strip_voice(dataset, dry_run=True, **asked).work.copies == 0


def test_a_dry_run_of_a_recipe_counts_the_copies_of_what_was_heard_before(birds, tmp_path, capsys):
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        'description = "Beginnings."\n[[step]]\nrun = "strip-voice"\n'
        '[[step]]\nrun = "trim"\nfirst_seconds = 4\nrare_below = 0\n'
    )
    folder = str(birds.folder)
    assert main(["run", str(recipe), "-d", folder, "--dry-run"]) == 0
    assert "copies to write is known after the scan" in capsys.readouterr().out
    scan(birds)
    work = run(birds, recipe, dry_run=True).work
    assert (work.recordings, work.copies, work.copy_seconds, work.copies_known) == (0, 3, 30.0, True)
    run(birds, recipe)
    assert run(birds, recipe, dry_run=True).work.copies == 0
    assert main(["run", str(recipe), "-d", folder, "--dry-run"]) == 0
    assert "all recordings are scanned, and all copies are written" in capsys.readouterr().out
