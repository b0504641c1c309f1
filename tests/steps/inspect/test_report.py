"""The page and the numbers of a dataset, from the catalogue and its recordings."""

from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import asdict
from html import unescape

import numpy as np
import pytest
import soundfile as sf

from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.model import Cut
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from curate.steps.inspect.report import report
from tests import signals
from tests.archive import dataset_of, row
from tests.engines import in_a_thread

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def stripped(tmp_path_factory, example_folder):
    """The example with its voices cut and its folds dealt out."""
    with Dataset(tmp_path_factory.mktemp("report") / "birds") as dataset:
        with in_a_thread():
            strip_voice(dataset, [example_folder])
        split(dataset)
        yield dataset


@pytest.fixture(scope="module")
def page(stripped, tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "report.html"
    return report(stripped, out=out, cuts=3), out.read_text("utf-8")


def test_what_goes_out_is_what_the_manifest_holds(stripped, tmp_path):
    found = report(stripped).facts.goes_out
    rows = manifest(stripped, tmp_path / "train.csv", dry_run=True)
    assert (found.recordings, found.classes) == (rows.recordings, rows.labels)
    assert found.seconds == pytest.approx(rows.seconds, abs=1e-3)


def test_the_page_is_one_file_that_needs_no_other(page):
    summary, text = page
    assert summary.bytes == len(text.encode()) < 5_000_000
    assert summary.excerpts == len(re.findall("<audio", text)) == 3
    assert not re.search(r'(?:src|href)="(?!data:|#|https://example\.org)', text)
    assert not re.search(r"@import|url\((?!#)", text)


def test_every_command_named_on_the_page_runs(stripped, page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CURATE_DATASET", str(stripped.folder))
    named = sorted(set(map(unescape, re.findall(r"<code>(curate [^<]+)</code>", page[1]))))
    assert len(named) > 15
    for command in named:
        arguments = shlex.split(command)[1:]
        if len(arguments) > 1:  # alone they are names of commands
            assert main(arguments) == 0, command
    capsys.readouterr()


def test_the_numbers_are_the_same_with_and_without_a_page(stripped, page):
    assert asdict(report(stripped, cuts=3).facts) == asdict(page[0].facts)


def test_the_same_dataset_gives_the_same_page(stripped, page, tmp_path):
    report(stripped, out=tmp_path / "again.html", cuts=3)
    assert (tmp_path / "again.html").read_text("utf-8") == page[1]


def test_without_cuts_no_sound_is_in_the_page(stripped, tmp_path):
    summary = report(stripped, out=tmp_path / "quiet.html", cuts=0)
    assert (summary.excerpts, summary.facts.doubtful) == (0, [])
    assert "<audio" not in (tmp_path / "quiet.html").read_text("utf-8")


def test_the_cuts_most_worth_hearing_come_first_one_of_each_recording(stripped):
    found = report(stripped).facts.doubtful
    assert [each.worth for each in found] == sorted((each.worth for each in found), reverse=True)
    assert len({each.recording_id for each in found}) == len(found) == 9
    assert {each.action for each in found} == {"excise"}


def test_doubt_counts_times_seconds_times_rarity_and_what_is_flagged_does_not_count(tmp_path):
    with dataset_of(tmp_path / "birds", [row(n, "owl" if n < 4 else "rail") for n in range(6)]) as dataset:
        made = {
            1: [Cut(0, 0.2, "excise", "voice", 0.03, "p"), Cut(1, 3, "excise", "voice", 0.5, "p")],
            2: [Cut(0, 9, "flag", "may be a voice", 0.5, "p")],
            3: [Cut(0, 2, "excise", "voice", 0.95, "p")],
            5: [Cut(0, 2, "mute", "voice", 0.5, "p")],
            6: [Cut(0, 9, "excise", "cut, says ada", None, "review/ada")],
        }
        with dataset.writing("test", {}):
            for number, cut in made.items():
                cuts.replace(dataset.store, number, "strip-voice", cut)
            cuts.replace(dataset.store, 4, "dedupe", [Cut(0, 9, "drop", "duplicate", 0.5, "dedupe")])
        found = [(each.label, each.onset, each.worth) for each in report(dataset).facts.doubtful]
    assert found == [("rail", 0, 1.0), ("owl", 1, 0.5), ("owl", 0, pytest.approx(0.05))]


@pytest.fixture
def taped(tmp_path):
    """A dataset of one recording: quiet noise, with a tone from 20 to 22 s that is cut."""
    sr = 48000
    y = signals.noise(sr=sr, seconds=40, gain=0.001)[0]
    y[20 * sr : 22 * sr] += signals.tone(3000, sr=sr, seconds=2, gain=0.01)[0]
    path = tmp_path / "data" / "owl" / "a.flac"
    path.parent.mkdir(parents=True)
    sf.write(path, y, sr)
    with Dataset(tmp_path / "birds") as dataset:
        with in_a_thread():
            import_(dataset, [tmp_path / "data"])
        with dataset.writing("test", {}):
            cuts.replace(dataset.store, 1, "strip-voice", [Cut(20, 22, "excise", "voice", 0.5, "p")])
        yield dataset, path


def test_what_is_heard_is_what_was_cut_and_the_seconds_around(taped, tmp_path):
    import base64

    dataset, _ = taped
    report(dataset, out=tmp_path / "r.html")
    data = re.search(r"data:audio/mpeg;base64,([\w+/=]+)", (tmp_path / "r.html").read_text("utf-8"))[1]
    y, sr = sf.read(io.BytesIO(base64.b64decode(data)))
    assert sr == 32000
    assert len(y) / sr == pytest.approx(6.0, abs=0.1)  # two seconds on either side
    power = np.abs(np.fft.rfft(y[int(2.2 * sr) : int(3.8 * sr)]))
    assert power.argmax() / 1.6 == pytest.approx(3000, abs=5)
    loud = np.abs(y).reshape(-1)[: 6 * sr].reshape(60, -1).max(axis=1) > 0.3
    assert loud[21:39].all()
    assert not loud[:19].any()
    assert not loud[41:].any()


def test_a_recording_that_is_gone_is_told_and_the_page_made(taped, tmp_path):
    dataset, path = taped
    path.unlink()
    summary = report(dataset, out=tmp_path / "r.html")
    assert summary.excerpts == 0
    assert "No such file" in summary.facts.doubtful[0].problem
    assert "Could not be shown" in (tmp_path / "r.html").read_text("utf-8")


def test_the_page_stays_small_however_many_cuts_are_wanted(taped, tmp_path, monkeypatch):
    monkeypatch.setattr("curate.steps.inspect.excerpts._BUDGET", -1)
    summary = report(taped[0], out=tmp_path / "r.html")
    assert summary.facts.doubtful[0].problem == "left out: the page would grow beyond 5 MB"


def test_what_an_archive_wrote_is_text(tmp_path):
    rows = [
        row(n, EVIL, recordist=EVIL, license=EVIL, url="javascript:alert(1)", archive=EVIL, common_name=EVIL)
        for n in range(1, 4)
    ]
    dataset = dataset_of(tmp_path / "birds", rows)
    with dataset.writing("test", {}):
        dataset.store.run("INSERT INTO assignments (recording, fold) VALUES (1, 0), (2, 1), (3, 1)")
        cuts.replace(dataset.store, 1, EVIL, [Cut(0, 1, "excise", EVIL, 0.5, EVIL)])
    report(dataset, out=tmp_path / "r.html")
    dataset.close()
    text = (tmp_path / "r.html").read_text("utf-8")
    assert EVIL not in text
    assert text.count("&lt;script&gt;alert(1)") > 8
    assert "javascript:" not in text


def test_a_dataset_without_anything_has_a_page_too(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("test", {}):
            pass
        found = report(dataset, out=tmp_path / "r.html").facts
    assert (found.came_in.recordings, found.goes_out.seconds) == (0, 0)
    assert json.dumps(asdict(found))


def test_only_a_page_of_ours_is_written_over(stripped, tmp_path):
    out = tmp_path / "report.html"
    report(stripped, out=out, cuts=0)
    report(stripped, out=out, cuts=0)
    out.write_text("<html>mine</html>")
    with pytest.raises(UsageError, match="is another file than a report"):
        report(stripped, out=out)
    assert out.read_text() == "<html>mine</html>"
    with pytest.raises(UsageError, match="it is a folder"):
        report(stripped, out=tmp_path)


@pytest.mark.parametrize("options", [{"rare": -1}, {"cuts": -1}])
def test_wrong_usage_is_told_before_anything_is_counted(tmp_path, options):
    with pytest.raises(UsageError, match="0 or more"):
        report(Dataset(tmp_path), **options)


def test_without_a_dataset_the_next_step_is_named(tmp_path):
    with pytest.raises(NotInCatalogue, match="no dataset"):
        report(Dataset(tmp_path), out=tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()
