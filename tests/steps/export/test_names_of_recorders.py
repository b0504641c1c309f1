"""Exports call files of recorders as the recorders did: tools read the time from the name."""

from __future__ import annotations

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.recorders import names
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.cards import audiomoth
from tests.engines import in_a_thread


@pytest.fixture
def card(tmp_path):
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        for site in ("Site A", "Site B", "Site C"):
            audiomoth(tmp_path / "card" / site / "20240311", "20240311", "054500")
        import_(dataset, tmp_path / "card")
        yield dataset


def files(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.suffix.lower() == ".wav"
    )


def test_names_begin_with_the_time_and_end_with_the_site_where_they_must(card, tmp_path):
    manifest(card, tmp_path / "out", format="audiofolder")
    found = files(tmp_path / "out")
    assert found == [
        "train/20240311_054500.wav",
        "train/20240311_054500_Site_B.wav",
        "train/20240311_054500_Site_C.wav",
    ]
    assert {names.claim(path[6:-4]).start for path in found} == {"2024-03-11T05:45:00"}


def test_names_are_kept_to_the_letter_in_a_folder_for_each_site(card, tmp_path):
    manifest(card, tmp_path / "m.csv", audio_mode="copy", keep_names=True)
    assert files(tmp_path / "m_audio") == [f"Site {site}/20240311_054500.wav" for site in "ABC"]
    with pytest.raises(UsageError):
        manifest(card, tmp_path / "shards", format="webdataset", keep_names=True)
