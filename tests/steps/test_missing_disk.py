"""A disk that is not there today, or whose times moved, costs no recording: the next run goes on with it."""

from __future__ import annotations

import os

import pytest

from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.model import Cut
from curate.steps.acquire.import_ import import_
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.render import render
from curate.steps.clean.scan import scan
from curate.steps.review.cut import cut
from tests import signals
from tests.datasets import write_sound

pytestmark = pytest.mark.usefixtures("thread")

SR = 16000


@pytest.fixture
def disk(tmp_path):
    """A disk with three recordings, two of which are the same sound at two levels."""
    folder = tmp_path / "disk"
    song = signals.noise(sr=SR, seconds=6.0, gain=0.05, seed=1)
    for name, y in (("a", song), ("b", 0.5 * song), ("c", signals.noise(sr=SR, seconds=6.0, seed=2))):
        write_sound(folder / "owl" / f"{name}.wav", y, SR)
    return folder


@pytest.fixture
def birds(disk, tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, disk)
        yield dataset


def test_what_failed_as_its_disk_was_missing_is_heard_when_it_is_back(birds, disk):
    disk.rename(disk.with_name("away"))
    for _ in range(2):
        assert (dedupe(birds).failed, scan(birds, detectors=["silence"]).failed) == (3, 3)
    disk.with_name("away").rename(disk)
    back = dedupe(birds)
    assert (back.scanned, back.failed, back.waiting, back.dropped) == (3, 0, 0, 1)
    assert scan(birds, detectors=["silence"]).failed == 0
    assert dedupe(birds).scanned == 0


def test_what_is_missing_in_part_is_heard_when_it_is_back(birds, disk):
    scan(birds, detectors=["silence"])
    (disk / "owl" / "c.wav").rename(disk / "c")
    first = dedupe(birds)
    assert (first.scanned, first.failed, first.dropped) == (2, 1, 1)
    (disk / "c").rename(disk / "owl" / "c.wav")
    assert dedupe(birds).scanned == 1


def _an_hour_later(disk):
    for file in disk.rglob("*.wav"):
        changed = file.stat().st_mtime_ns + 3600 * 10**9
        os.utime(file, ns=(changed, changed))


def test_files_whose_time_moved_but_not_their_bytes_are_the_same_files(birds, disk):
    # FAT keeps local time: after clocks changed, all files of a card are an hour off.
    _an_hour_later(disk)
    assert (scan(birds, detectors=["silence"]).failed, dedupe(birds).failed) == (0, 0)
    cut(birds, "owl/c.wav", 1.0, 3.0)
    assert render(birds).rendered == 1


def test_other_bytes_of_the_same_size_wait_for_the_original(birds, disk):
    file = disk / "owl" / "c.wav"
    original = file.read_bytes()
    file.write_bytes(original[:-2] + b"\1\1")
    os.utime(file, (1, 1))
    first = scan(birds, detectors=["silence"])
    assert (first.scanned, first.failed) == (2, 1)
    file.write_bytes(original)
    back = scan(birds, detectors=["silence"])
    assert (back.scanned, back.failed) == (1, 0)


def test_a_report_says_how_many_cuts_it_could_not_read(birds, disk, tmp_path, capsys):
    with birds.writing("test", {}), birds.store.transaction():
        cuts.replace(
            birds.store, 1, "strip-voice", [Cut(1.0, 3.0, "excise", "voice", 0.5, "strip-voice/speech")]
        )
    disk.rename(disk.with_name("away"))
    assert main(["report", "-o", str(tmp_path / "r.html"), "-d", str(birds.folder)]) == 0
    said = capsys.readouterr().out
    assert "0 doubtful cuts to hear\n1 cut without sound. The first: " in said
    assert "a.wav: No such file or directory" in said
