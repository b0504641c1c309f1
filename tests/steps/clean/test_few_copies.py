"""After a few changes a rendering looks at their copies alone, and leaves what one over all would leave."""

from __future__ import annotations

import random
import shutil
from dataclasses import asdict

import numpy as np
import pytest
import soundfile as sf

from curate.catalogue import cuts, recordings, runs
from curate.catalogue.dataset import Dataset
from curate.model import Cut, Row
from curate.steps.acquire.import_ import import_
from curate.steps.clean import clean_copies, wanted_copies
from curate.steps.clean.render import render
from curate.steps.export.manifest import manifest

pytestmark = pytest.mark.usefixtures("thread")

SR = 8000

#: Some meet in one name, or would on disks that take no notice of case. Some have names like those of copies.
NAMES = (
    "a/robin.wav",
    "b/robin.wav",
    "a/Robin.flac",
    "a/robin~1.wav",
    "a/robin~2.wav",
    "c/robin.0123abcd.wav",
    "a/wren.wav",
    "b/wren~7.wav",
    "c/wren~7~7.wav",
    "c/lark.wav",
    "b/lark.flac",
    "a/kite.wav",
)


@pytest.fixture(autouse=True)
def _any_share(monkeypatch):
    monkeypatch.setattr(wanted_copies, "_MANY", 1.0)


@pytest.fixture
def birds(tmp_path):
    """A set of recordings without a cut, all in one class."""
    noise = np.random.default_rng(1)
    for name in NAMES:
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sr = 700_001 if name == "c/lark.wav" else SR  # FLAC fails to hold this rate, so its copy is a WAV
        sf.write(path, noise.normal(0, 0.1, sr), sr)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "raw")
        with dataset.noting() as store:
            for number in range(1, len(NAMES) + 1):
                recordings.relabel(store, number, Row(path="", label="owl"))
        yield dataset


def cut(dataset, number, *spans):
    made = [Cut(onset, offset, "excise", "cut", None, "review/ana") for onset, offset in spans]
    cuts.replace(dataset.store, number, "review", made)


def change(dataset, draw):
    """Let something happen to one recording, or to its copy."""
    number = draw.randrange(1, len(NAMES) + 1)
    what = draw.randrange(6)
    with dataset.noting() as store:
        if what < 3:
            at = draw.choice([0.1, 0.2, 0.3])
            cut(dataset, number, (at, at + 0.2))
        if what == 3:
            cut(dataset, number)
        if what == 4:
            recordings.relabel(store, number, Row(path="", label=draw.choice(["owl", "OWL", "frog", ""])))
    if what == 5 and (there := sorted(dataset.clean.rglob("*.*"))):
        draw.choice(there).unlink()


def said(summary):
    return {name: cell for name, cell in asdict(summary).items() if name not in ("elapsed_s", "seconds")}


def anew(dataset, aside):
    """Say what a rendering leaves that compares all copies, and put the set back as it was."""
    shutil.copytree(dataset.folder, aside)
    with dataset.noting() as store:
        runs.forget(store, "copies")
    found = outcome(dataset)
    dataset.close()
    shutil.rmtree(dataset.folder)
    shutil.move(aside, dataset.folder)
    return found


def outcome(dataset):
    """Say what a dry run foresees, what a rendering says, and what it leaves."""
    return clean_copies.plan(dataset), said(render(dataset)), left(dataset)


def left(dataset):
    """All files and rows of copies."""
    tables = ("copies", "pieces", "old_copies", "unrendered")
    rows = [dataset.store.every(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]
    return rows, {
        str(path.relative_to(dataset.clean)): path.read_bytes() for path in dataset.clean.rglob("*.*")
    }


@pytest.mark.parametrize("seed", range(3))
def test_a_few_changes_end_as_if_all_copies_were_compared(birds, tmp_path, seed):
    draw = random.Random(seed)
    with birds.noting():
        for number in draw.sample(range(1, len(NAMES) + 1), 8):
            cut(birds, number, (0.2, 0.5))
    assert render(birds).rendered == 8
    for turn in range(8):
        if turn == 4:  # copies that it names stay beside those that are made from then on
            manifest(birds, tmp_path / "train.csv")
        for _ in range(draw.choice([1, 1, 2, 4])):
            change(birds, draw)
        wanted = anew(birds, tmp_path / "aside")
        assert outcome(birds) == wanted


def test_only_the_copies_of_changed_recordings_and_their_namesakes_are_compared(birds, monkeypatch):
    asked = []
    plain = wanted_copies.wanted

    def seen(dataset, audio_format, members=None):
        asked.append(members)
        return plain(dataset, audio_format, members)

    monkeypatch.setattr(clean_copies, "wanted", seen)
    with birds.noting():
        for number in range(1, len(NAMES) + 1):
            cut(birds, number, (0.2, 0.5))
    render(birds)
    rows = birds.store.rows("SELECT id, path FROM recordings")
    name = {birds.path(path).rpartition("/raw/")[2]: number for number, path in rows}
    with birds.noting():
        cut(birds, name["a/kite.wav"], (0.3, 0.5))
    render(birds)
    with birds.noting():
        cut(birds, name["b/robin.wav"])
    render(birds)
    render(birds)
    robins = ("a/robin.wav", "b/robin.wav", "a/Robin.flac", "c/robin.0123abcd.wav")
    assert asked == [None, [name["a/kite.wav"]], sorted(name[each] for each in robins)]


def test_a_copy_that_failed_is_tried_again_with_all_others(birds):
    with birds.noting():
        cut(birds, 1, (0.2, 0.5))
        cut(birds, 2, (0.2, 0.5))
    render(birds)
    raw = birds.path(birds.store.value("SELECT path FROM recordings WHERE id = 1"))
    there = shutil.move(raw, raw + ".away")
    with birds.noting():
        cut(birds, 1, (0.3, 0.6))
    assert (render(birds).failed, render(birds).failed) == (1, 1)
    shutil.move(there, raw)
    summary = render(birds)
    assert (summary.failed, summary.rendered, summary.copies) == (0, 1, 2)
