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
from curate.steps.review.review_export import review_export
from tests.cards import bat, tone
from tests.datasets import shown
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


def marked(dataset, layer):
    """Onset, offset and band of what is marked in a layer."""
    fields = ("onset", "offset", "low_freq", "high_freq")
    return [tuple(row[name] for name in fields) for row in shown(dataset, "segments", layer=layer)]


@pytest.fixture
def heard(cave, tmp_path):
    """Somebody marked the bat in Raven, which plays the file for ten seconds."""
    head = "Begin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies\tBegin Path\n"
    rows = ["2\t4.5\t3000\t6000\tbat\t20240311_210000.wav", "9\t12\t3000\t6000\tbat\t20240311_210000.wav"]
    table = tmp_path / "card" / "cave" / "20240311_210000.Table.1.selections.txt"
    table.write_text(head + "\n".join(rows) + "\n")
    summary = import_(cave, table)
    assert (summary.annotations, summary.led_to_sound, summary.clipped) == (2, 2, 1)
    return cave


TRUTH = [(0.2, 0.45, 30000.0, 60000.0), (0.9, 1.0, 30000.0, 60000.0)]


def test_marks_of_a_program_that_plays_the_file_come_to_the_seconds_and_hz_of_the_sound(heard):
    assert marked(heard, "annotations") == TRUTH


@pytest.mark.parametrize("form", ["raven", "opensoundscape-boxes", "aoef"])
@pytest.mark.parametrize("is_rendered", [False, True], ids=["raw", "copy"])
def test_marks_go_out_as_programs_show_the_file_and_come_back(heard, tmp_path, form, is_rendered):
    if is_rendered:
        render(heard)
    name = {"raven": "out", "aoef": "out.json"}.get(form, "out.csv")
    manifest(heard, tmp_path / name, format=form, layer="annotations")
    if form == "raven":
        (table,) = (tmp_path / "out").glob("*.txt")
        cells = table.read_text().splitlines()[1].split("\t")
        slower = 1 if is_rendered else 10
        wanted = [0.2 * slower, 0.45 * slower, 30000 / slower, 60000 / slower]
        assert [float(cell) for cell in cells[3:7]] == pytest.approx(wanted)
    summary = import_(heard, tmp_path / name, layer="back")
    assert summary.led_to_sound == (0 if is_rendered else 2)
    assert marked(heard, "back") == [pytest.approx(row) for row in TRUTH]


def test_a_table_of_ours_keeps_the_seconds_of_the_sound(heard, tmp_path):
    manifest(heard, tmp_path / "m.csv", layer="annotations")
    assert [(row.onset, row.offset) for row in csv.read_manifest(tmp_path / "m.csv")] == [
        (0.2, 0.45),
        (0.9, 1.0),
    ]


@pytest.mark.parametrize("audio", ["link", "copy"])
def test_a_program_that_reviews_gets_the_file_at_the_rate_of_the_sound(cave, tmp_path, audio):
    assert review_export(cave, tmp_path / "out", to="raven", queue="labels", audio=audio).files == 1
    (file,) = (tmp_path / "out").glob("*.wav")
    assert pitch(file)[1:] == (256000, 1.0)
