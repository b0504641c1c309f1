"""A person cuts a stretch, whatever a machine found there."""

from __future__ import annotations

import unicodedata

import pytest

from curate.audio.read import read
from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.clean.trim import trim
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from tests.datasets import write_tone

SOUND = "XC90000012.ogg"


pytestmark = pytest.mark.usefixtures("thread")


def test_what_is_cut_is_gone_from_the_copy_and_says_who_wanted_it(scanned):
    summary = cut(scanned, SOUND, 2, 3.5, label="rooster", reviewer="ada")
    assert (summary.cut_before, summary.cut_after) == (0, 1.5)
    found = show(scanned, "cuts", recording=SOUND)
    (row,) = (dict(zip(found.columns, row, strict=True)) for row in found.rows)
    assert (row["onset"], row["offset"], row["action"]) == (2, 3.5, "excise")
    assert (row["reason"], row["producer"]) == ("rooster, says ada", "review/ada")
    trim(scanned, silence=False)
    raw, sr = read(row["path"])
    (copy,) = scanned.clean.rglob("XC90000012.*")
    assert raw.shape[1] - read(copy)[0].shape[1] == pytest.approx(1.5 * sr, abs=1)


def test_a_later_keep_takes_it_back(birds):
    cut(birds, SOUND, 2, 3.5)
    assert keep(birds, SOUND, 0, 10).cut_after == 0
    assert list(show(birds, "cuts", recording=SOUND).rows) == []


@pytest.mark.parametrize(("on_disk", "typed"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_name_is_known_however_its_accents_are_stored(tmp_path, on_disk, typed):
    name = "Möwe é.wav"
    write_tone(tmp_path / "in" / unicodedata.normalize(on_disk, name), seconds=4.0)
    with Dataset(tmp_path / "gulls") as dataset:
        import_(dataset, tmp_path / "in")
        said = unicodedata.normalize(typed, name)
        assert cut(dataset, said, 1, 2).cut_after == 1
        assert cut(dataset, f"local:{said}", 2, 3).cut_after == 2
        assert cut(dataset, str(tmp_path / "in" / said), 3, 4).cut_after == 3


def test_a_stretch_may_end_behind_the_recording(birds):
    assert cut(birds, SOUND, 1, 1e6).offset < 1000
