"""What plays slower than the sound was goes out at the rate of the sound, in windows and cuts, too."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from curate.catalogue.dataset import Dataset
from curate.formats.tables import csv
from curate.recorders.read import read_claims
from curate.steps.acquire.import_ import import_
from curate.steps.balance.windows import windows
from curate.steps.clean.render import render
from curate.steps.export.manifest import manifest
from tests.cards import bat, tone
from tests.engines import in_a_thread


@pytest.fixture
def cave(tmp_path):
    """A second of a bat at 45 kHz, which plays for ten."""
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        fields = {"TE": "10", "Samplerate": "256000", "Timestamp": "2024-03-11T21:00:00Z"}
        y = tone(256000, seconds=1.0, freq=45000.0)
        bat(tmp_path / "card" / "cave", "20240311_210000", y=y, fields=fields.items())
        import_(dataset, tmp_path / "card")
        yield dataset


def pitch(path):
    y, sr = sf.read(path)
    return np.argmax(np.abs(np.fft.rfft(y))) * sr / len(y), sr, len(y) / sr


def test_a_table_tells_of_files_that_readers_take_wrongly_until_there_is_a_copy(cave, tmp_path):
    assert manifest(cave, tmp_path / "m.csv").slow == 1
    assert render(cave).copies == 1
    summary = manifest(cave, tmp_path / "m.csv")
    (row,) = csv.read_manifest(tmp_path / "m.csv")
    assert (summary.slow, row.sr, row.duration) == (0, 256000, 1.0)
    assert (row.source_onset, row.source_offset) == (0.0, 1.0)
    frequency, sr, seconds = pitch(row.path)
    assert (sr, seconds) == (256000, 1.0)
    assert frequency == pytest.approx(45000, abs=2)


@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_a_file_next_to_a_table_is_as_it_was_and_told(cave, tmp_path, mode):
    summary = manifest(cave, tmp_path / "m.csv", audio_mode=mode)
    (row,) = csv.read_manifest(tmp_path / "m.csv")
    assert (summary.slow, summary.rows) == (1, 1)
    assert pitch(tmp_path / row.path)[2] == 10.0


def test_windows_count_the_seconds_of_the_sound(cave, tmp_path):
    assert windows(cave, length=0.25).windows == 4
    manifest(cave, tmp_path / "out", format="folders", window=0.25, codec="wav")
    assert not list((tmp_path / "out").rglob("*.wav"))  # nobody has labelled them
    summary = manifest(cave, tmp_path / "a", format="audiofolder", window=0.25, codec="wav")
    assert summary.slow == 0
    files = sorted((tmp_path / "a").rglob("*.wav"))
    assert len(files) == 4
    assert pitch(files[0])[1:] == (256000, 0.25)
    assert pitch(files[0])[0] == pytest.approx(45000, abs=5)
    lines = dict(next(claim for claim in read_claims(str(files[1])) if claim.source == "guano").fields)
    assert (lines["TE"], lines["Curate|Stretch"]) == ("1", "0.250-0.500")


def test_whole_files_are_converted_rather_than_linked(cave, tmp_path):
    manifest(cave, tmp_path / "a", format="audiofolder")
    (file,) = [path for path in (tmp_path / "a" / "train").iterdir() if path.suffix in (".flac", ".wav")]
    assert pitch(file)[1:] == (256000, 1.0)
