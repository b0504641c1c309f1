"""A dataset in parts: of about one length, and the same each time."""

from __future__ import annotations

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.split_work import split_work
from tests.datasets import write_tone

pytestmark = pytest.mark.usefixtures("thread")


def test_parts_are_of_about_one_length_and_the_same_each_time(tmp_path):
    for number in range(7):
        write_tone(tmp_path / "data" / "owl" / f"{number}.wav", seconds=1 + number)
    (tmp_path / "data" / "owl" / "broken.wav").write_bytes(b"RIFF")
    with Dataset(tmp_path / "birds") as birds:
        import_(birds, tmp_path / "data")
        planned = split_work(birds, parts=3, dry_run=True)
        assert not (tmp_path / "birds" / "parts").exists()
        made = split_work(birds, parts=3)
        assert made.parts == planned.parts
        assert sum(part.recordings for part in made.parts) == 8
        assert max(part.seconds for part in made.parts) - min(part.seconds for part in made.parts) <= 2
        with pytest.raises(UsageError, match="is there already"):
            split_work(birds, parts=3)
        with pytest.raises(UsageError, match="fewer recordings than 9 parts"):
            split_work(birds, parts=9, out=tmp_path / "more")
    assert not (tmp_path / "more").exists()
