"""Damaged files through all commands: no second is lost without a word, and times stay true."""

from __future__ import annotations

import csv
import io
import logging

import numpy as np
import pytest
import soundfile as sf

from curate.audio.read import read
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.steps.acquire.import_ import import_
from curate.steps.clean.scan import scan
from curate.steps.clean.trim import trim
from curate.steps.export.manifest import manifest
from curate.steps.inspect.check import check
from curate.steps.inspect.report import report
from curate.steps.inspect.show import show
from curate.steps.inspect.status import status
from tests import signals
from tests.engines import in_a_thread

SR = 16000
SECONDS = 20.0


@pytest.fixture(scope="module", autouse=True)
def thread():
    with in_a_thread():
        yield


def encoded(y, sr=SR, **options):
    out = io.BytesIO()
    sf.write(out, y.T, sr, **options)
    return bytearray(out.getvalue())


@pytest.fixture(scope="module")
def song():
    return signals.noise(sr=SR, seconds=SECONDS, gain=0.003) + signals.song(sr=SR, seconds=SECONDS)


@pytest.fixture
def folder(tmp_path, song):
    folder = tmp_path / "data" / "owl"
    folder.mkdir(parents=True)
    flac = encoded(song, format="FLAC")
    flac[len(flac) // 2] ^= 1
    (folder / "flipped.flac").write_bytes(flac)
    ogg = encoded(song, format="OGG", subtype="VORBIS")
    ogg[len(ogg) // 2] ^= 1
    (folder / "page.ogg").write_bytes(ogg)
    sf.write(folder / "sound.wav", song.T, SR)
    return folder


@pytest.fixture
def dataset(tmp_path, folder):
    with Dataset(tmp_path / "birds") as opened:
        import_(opened, [folder.parent])
        yield opened


def test_an_import_tells_of_what_the_structure_of_a_file_shows(tmp_path, folder):
    with Dataset(tmp_path / "birds") as opened:
        summary = import_(opened, [folder.parent])
    assert summary.failed == 0
    assert summary.damaged >= 1
    assert any(problem.path.endswith("page.ogg") for problem in summary.damage)
    assert summary.audio_seconds == pytest.approx(3 * SECONDS)


def test_every_command_tells_of_damage_and_no_second_is_lost(dataset, tmp_path):
    found = scan(dataset)
    assert (found.failed, found.damaged) == (0, 2)
    assert 0.1 < found.damaged_seconds < 2
    told = status(dataset)
    assert told.seconds == pytest.approx(3 * SECONDS)
    assert (told.damaged, told.damaged_seconds) == (2, found.damaged_seconds)
    assert sum(row["recordings"] for row in told.problems) == 2
    read_all = check(dataset, read=True)
    assert (read_all.damaged, read_all.wrong) == (2, [])
    assert {fault.path.rsplit("/", 1)[-1] for fault in read_all.damage} == {"flipped.flac", "page.ogg"}
    written = manifest(dataset, tmp_path / "train.csv")
    assert (written.rows, written.damaged) == (3, 2)
    assert written.damaged_seconds == pytest.approx(found.damaged_seconds)
    with (tmp_path / "train.csv").open(encoding="utf-8") as file:
        assert [float(row["duration"]) for row in csv.DictReader(file)] == [SECONDS] * 3
    facts = report(dataset, out=tmp_path / "report.html").facts
    assert (facts.damaged, facts.damaged_seconds) == (2, found.damaged_seconds)
    assert 'id="damage"' in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_samples_that_are_no_numbers_are_told_from_the_import_to_the_manifest(tmp_path, song):
    folder = tmp_path / "data" / "owl"
    folder.mkdir(parents=True)
    broken = song.copy()
    broken[0, 5 * SR : 6 * SR] = np.nan
    broken[0, 8 * SR : 8 * SR + SR // 2] = 1e30
    sf.write(folder / "broken.wav", broken.T, SR, subtype="FLOAT")
    sf.write(folder / "loud.wav", 1e6 * song.T, SR, subtype="FLOAT")
    with Dataset(tmp_path / "birds") as dataset:
        summary = import_(dataset, [folder.parent])
        assert (summary.failed, summary.damaged) == (0, 1)
        assert summary.damage[0].reason.startswith("24,000 samples are no numbers, or larger than any sound")
        holes = [row[2:4] for row in show(dataset, "segments", layer="damage").rows]
        assert [tuple(hole) for hole in holes] == [(5.0, 6.0), (8.0, 8.5)]
        scanned = scan(dataset)
        assert (scanned.damaged, scanned.damaged_seconds) == (1, 1.5)
        checked = check(dataset, read=True)
        assert (checked.wrong, checked.damaged) == ([], 1)
        exported = manifest(dataset, tmp_path / "raw.csv")
        assert (exported.damaged, exported.damaged_seconds) == (1, 1.5)
        trim(dataset, damage="excise")
        assert manifest(dataset, tmp_path / "clean.csv").damaged == 0


def test_damage_that_the_catalogue_does_not_know_is_wrong(dataset):
    with dataset.writing("test", {}):
        dataset.store.run("UPDATE recordings SET problem = NULL")
    wrong = check(dataset, read=True).wrong
    assert [(each.kind, each.count) for each in wrong] == [("raw damaged", 2)]


def test_a_length_that_the_catalogue_has_wrong_is_found_and_mended(dataset, folder):
    path = str(folder / "sound.wav")
    with dataset.writing("test", {}):
        dataset.store.run("UPDATE recordings SET frames = 1000 WHERE path = ?", (path,))
        dataset.store.run("UPDATE recordings SET problem = 'known' WHERE problem IS NOT NULL")
    wrong = check(dataset, read=True).wrong
    assert [(each.kind, each.count) for each in wrong if each.kind == "raw unlike"] == [("raw unlike", 1)]
    (folder / "sound.wav").touch()
    import_(dataset, [folder.parent])
    assert all(each.kind != "raw unlike" for each in check(dataset, read=True).wrong)


def test_trim_flags_holes_or_cuts_them(dataset, tmp_path):
    trim(dataset)
    flags = [row for row in show(dataset, "cuts").rows if "damage in the file" in row]
    assert len(flags) == 2
    assert all("flag" in row for row in flags)
    cut = trim(dataset, damage="excise")
    assert cut.copies == 2
    assert cut.cut_seconds > 0.1
    copy, _ = read(dataset.clean / "owl" / "flipped.flac")
    assert copy.shape[1] < SR * SECONDS
    assert manifest(dataset, tmp_path / "train.csv").damaged == 0


def test_no_row_is_shorter_than_a_frame_of_a_trainer(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    sf.write(folder / "blip.wav", np.full(3, 0.1), SR)
    sf.write(folder / "sound.wav", signals.noise(sr=SR, seconds=1.0)[0], SR)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [folder])
        written = manifest(dataset, tmp_path / "train.csv")
    assert (written.rows, written.too_short) == (1, 1)


def test_low_rates_are_told_and_stop_nobody(tmp_path, capsys):
    folder = tmp_path / "data"
    folder.mkdir()
    for sr in (100, 250, 500, 700, 16000):
        sf.write(folder / f"{sr}.wav", signals.noise(sr=sr, seconds=20.0)[0], sr)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [folder])
        found = scan(dataset)
        assert (found.scanned, found.failed) == (5, 0)
        assert found.too_low == {"activity": 2, "buzz": 4, "fingerprint": 4, "hum": 4, "speech": 4}
        assert (scan(dataset).scanned, trim(dataset).failed) == (0, 0)
        low = {layer["layer"]: layer["too_low"] for layer in status(dataset).layers}
        assert low["hum"] == 4
    assert main(["status", "--dataset", str(tmp_path / "birds")]) == 0
    assert "rate is too low" in capsys.readouterr().out


def test_a_detector_that_raises_fails_its_own_layer_alone(tmp_path, folder, monkeypatch, caplog):
    from curate.detectors.hum import HumDetector

    real = HumDetector.open

    def broken(self, sr):
        listener = real(self, sr)
        hear = listener.hear

        def once(frames):
            if frames.samples.shape[0] == 2:
                raise IndexError("index 7 of nothing")
            hear(frames)

        listener.hear = once
        return listener

    # Other programs that ran in this process may have switched off all loggers.
    monkeypatch.setattr(logging.getLogger("curate.steps.common.failing"), "disabled", False)
    monkeypatch.setattr(HumDetector, "open", broken)
    sf.write(folder / "stereo.wav", signals.noise(sr=SR, seconds=5.0, channels=2).T, SR)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [folder.parent])
        with caplog.at_level(logging.DEBUG, logger="curate"):
            found = scan(dataset)
        assert (found.scanned, found.failed) == (4, 1)
        failed = [row for row in status(dataset).failures if row["step"] == "hum"]
        assert [(row["recordings"], row["path"].rsplit("/", 1)[-1]) for row in failed] == [(1, "stereo.wav")]
        assert "hum: IndexError" in failed[0]["reason"]
        layers = {layer["layer"]: layer["looked_at"] for layer in status(dataset).layers}
        assert (layers["hum"], layers["silence"]) == (3, 4)
        monkeypatch.undo()
        assert scan(dataset, retry_failed=True).failed == 0
    assert "index 7 of nothing" in caplog.text
