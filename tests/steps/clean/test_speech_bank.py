"""The speech bank: cut voices as files of their own, several datasets to a folder."""

from __future__ import annotations

import csv
import os

import numpy as np
import pytest
import soundfile as sf

from curate.audio.read import read
from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.model import Cut
from curate.progress import silent
from curate.steps.acquire.import_ import import_
from curate.steps.clean import speech_bank as voice_bank
from tests.datasets import write_tone
from tests.engines import thread_engine

STEP = "test"


pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def bank(tmp_path):
    return tmp_path / "bank"


def dataset_of(folder, *files, replace_changed=False):
    dataset = Dataset(folder)
    import_(dataset, files, jobs=1, replace_changed=replace_changed)
    return dataset


def cut(dataset, *stretches, action="excise"):
    """Note the same cuts for every recording."""
    with dataset.writing(STEP, {}):
        for (number,) in list(dataset.store.rows("SELECT id FROM recordings")):
            found = [Cut(onset, offset, action, "voice", None, STEP) for onset, offset in stretches]
            cuts.replace(dataset.store, number, STEP, found)


def fill(dataset, bank):
    with thread_engine() as workers:
        problems = []
        options = {"workers": workers, "report": problems.append, "progress": silent}
        return voice_bank.fill(dataset, bank, STEP, **options), problems


def table(bank):
    with (bank / voice_bank.TABLE).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def clips(bank):
    return {path.name for path in bank.iterdir()} - {voice_bank.TABLE}


def check_agrees(bank):
    assert clips(bank) == {row["path"] for row in table(bank)}


def test_the_files_are_what_was_cut_and_their_table_says_of_what(tmp_path, bank):
    raw = write_tone(tmp_path / "raw" / "a.wav", seconds=3)
    dataset = dataset_of(tmp_path / "birds", raw)
    cut(dataset, (0.25, 0.5), (1.0, 2.5))
    assert fill(dataset, bank) == (2, [])
    check_agrees(bank)
    y, _ = read(raw)
    for row in table(bank):
        found, sr = read(bank / row["path"])
        start, stop = (round(float(row[end]) * sr) for end in ("onset", "offset"))
        np.testing.assert_allclose(found, y[:, start:stop], atol=2**-15)
        assert row["source_path"] == str(raw)
        assert row["dataset"] == str(dataset.folder)
        assert row["sha256"] == dataset.store.value("SELECT sha256 FROM recordings")


def test_datasets_that_share_a_bank_leave_each_other_in_peace(tmp_path, bank):
    first = dataset_of(tmp_path / "first", write_tone(tmp_path / "raw" / "a.wav"))
    second = dataset_of(tmp_path / "second", write_tone(tmp_path / "raw" / "b.wav"))
    for dataset in (first, second):
        cut(dataset, (0.2, 0.4))
        assert fill(dataset, bank) == (1, [])
    check_agrees(bank)
    before = clips(bank)
    assert len(before) == 2
    cut(second)
    assert fill(second, bank) == (0, [])
    check_agrees(bank)
    (left,) = table(bank)
    assert left["dataset"] == str(first.folder)


def test_datasets_with_the_same_recording_share_its_voice(tmp_path, bank):
    raw = write_tone(tmp_path / "raw" / "a.wav")
    first, second = (dataset_of(tmp_path / name, raw) for name in ("first", "second"))
    for dataset in (first, second):
        cut(dataset, (0.2, 0.4))
        assert fill(dataset, bank) == (1, [])
    assert len(clips(bank)) == 1
    assert len(table(bank)) == 2
    cut(first)
    fill(first, bank)
    assert len(clips(bank)) == len(table(bank)) == 1
    cut(second)
    fill(second, bank)
    assert clips(bank) == set()


@pytest.mark.parametrize(
    "text", ["", "path,recording_id\na.flac,x\n", ",".join(voice_bank.COLUMNS) + "\n../x.flac\n"]
)
def test_a_table_of_somebody_else_is_refused_before_anything_is_written(tmp_path, bank, text):
    dataset = dataset_of(tmp_path / "birds", write_tone(tmp_path / "raw" / "a.wav"))
    cut(dataset, (0.2, 0.4))
    bank.mkdir()
    (bank / "a.flac").write_text("precious")
    (bank / voice_bank.TABLE).write_text(text)
    with pytest.raises(UsageError, match="is another file than the table of a speech bank") as info:
        fill(dataset, bank)
    assert info.value.hint
    assert clips(bank) == {"a.flac"}
    assert (bank / voice_bank.TABLE).read_text() == text


@pytest.mark.parametrize(("action", "count"), [("excise", 1), ("mute", 1), ("flag", 0), ("drop", 0)])
def test_only_what_was_excised_or_muted_is_banked(tmp_path, bank, action, count):
    dataset = dataset_of(tmp_path / "birds", write_tone(tmp_path / "raw" / "a.wav"))
    cut(dataset, (0.0, 1.0), action=action)
    assert fill(dataset, bank) == (count, [])
    assert len(clips(bank)) == count


def test_a_long_stretch_is_read_in_pieces(tmp_path, bank, monkeypatch):
    monkeypatch.setattr(voice_bank, "_BLOCK_FRAMES", 1000)
    raw = write_tone(tmp_path / "raw" / "a.wav")
    dataset = dataset_of(tmp_path / "birds", raw)
    cut(dataset, (0.1, 0.9))
    sizes = []
    take = voice_bank._take

    def watched(*arguments):
        for block in take(*arguments):
            sizes.append(block.shape[1])
            yield block

    monkeypatch.setattr(voice_bank, "_take", watched)
    fill(dataset, bank)
    assert max(sizes) == 1000
    (row,) = table(bank)
    np.testing.assert_allclose(read(bank / row["path"])[0], read(raw)[0][:, 1600:14400], atol=2**-15)


def test_more_channels_than_flac_holds_become_wav(tmp_path, bank):
    dataset = dataset_of(tmp_path / "birds", write_tone(tmp_path / "raw" / "a.wav", channels=12))
    cut(dataset, (0.2, 0.4))
    assert fill(dataset, bank) == (1, [])
    (name,) = clips(bank)
    assert sf.info(bank / name).channels == 12
    assert name.endswith(".wav")


def test_a_recording_that_fails_is_reported_and_the_rest_goes_on(tmp_path, bank):
    gone = write_tone(tmp_path / "raw" / "gone.wav")
    dataset = dataset_of(tmp_path / "birds", gone, write_tone(tmp_path / "raw" / "b.wav"))
    cut(dataset, (0.2, 0.4))
    gone.unlink()
    count, problems = fill(dataset, bank)
    assert count == 1
    assert [(problem.kind, problem.path) for problem in problems] == [("failed", str(gone))]
    check_agrees(bank)
    write_tone(gone)
    os.utime(gone, ns=(0, dataset.store.value("SELECT mtime_ns FROM recordings WHERE id = 1")))
    assert fill(dataset, bank) == (2, [])
    check_agrees(bank)


def test_voices_of_a_file_that_was_replaced_are_written_again(tmp_path, bank):
    raw = write_tone(tmp_path / "raw" / "a.wav")
    dataset = dataset_of(tmp_path / "birds", raw)
    cut(dataset, (0.2, 0.4))
    fill(dataset, bank)
    (name,) = clips(bank)
    write_tone(raw, freq=500.0, seconds=2)
    dataset_of(dataset.folder, raw, replace_changed=True)
    cut(dataset, (0.2, 0.4))
    assert fill(dataset, bank) == (1, [])
    check_agrees(bank)
    np.testing.assert_allclose(read(bank / name)[0], read(raw)[0][:, 3200:6400], atol=2**-15)


def test_a_second_run_writes_nothing_again_but_what_is_missing(tmp_path, bank):
    dataset = dataset_of(tmp_path / "birds", write_tone(tmp_path / "raw" / "a.wav"))
    cut(dataset, (0.2, 0.4), (0.5, 0.7))
    fill(dataset, bank)
    first, second = sorted(clips(bank))
    before = (bank / first).stat().st_mtime_ns
    (bank / second).unlink()
    assert fill(dataset, bank) == (2, [])
    check_agrees(bank)
    assert (bank / first).stat().st_mtime_ns == before


def test_a_file_that_no_table_of_ours_lists_is_never_replaced(tmp_path, bank):
    dataset = dataset_of(tmp_path / "birds", write_tone(tmp_path / "raw" / "a.wav"))
    cut(dataset, (0.2, 0.4))
    fill(dataset, bank)
    (name,) = clips(bank)
    (bank / voice_bank.TABLE).unlink()
    (bank / name).write_text("precious")
    for _ in range(2):
        count, (problem,) = fill(dataset, bank)
        assert count == 0
        assert name in problem.reason
        assert (bank / name).read_text() == "precious"


@pytest.mark.parametrize("place", ["clean", "raw", "clean/bank", "raw/../raw/x"])
def test_a_bank_among_the_recordings_of_the_dataset_is_refused(tmp_path, place):
    dataset = dataset_of(tmp_path / "birds", write_tone(tmp_path / "raw" / "a.wav"))
    with pytest.raises(UsageError, match="holds recordings of the dataset"):
        fill(dataset, dataset.folder / place)
    assert not (dataset.folder / place).exists()


def test_a_bank_that_is_a_file_is_refused(tmp_path, bank):
    dataset = dataset_of(tmp_path / "birds", write_tone(tmp_path / "raw" / "a.wav"))
    bank.write_text("precious")
    with pytest.raises(UsageError, match="is a file"):
        fill(dataset, bank)


def test_an_error_leaves_nothing_half_written_and_the_next_run_goes_on(tmp_path, bank, monkeypatch):
    dataset = dataset_of(tmp_path / "birds", write_tone(tmp_path / "raw" / "a.wav"))
    cut(dataset, (0.2, 0.4), (0.5, 0.8))
    take = voice_bank._take

    def interrupted(audio, frames):
        yield from take(audio, frames)
        if frames == 4800:  # the second stretch
            raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(voice_bank, "_take", interrupted)
        written, problems = fill(dataset, bank)
    assert written == 1
    assert "RuntimeError: a bug" in str(problems)
    (name,) = clips(bank)
    assert name in {row["path"] for row in table(bank)}
    assert fill(dataset, bank) == (2, [])
    check_agrees(bank)
