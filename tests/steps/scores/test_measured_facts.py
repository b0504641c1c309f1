"""Groups of faults by what detectors measured: what no vector says, such as another gain."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from curate.catalogue import layers
from curate.cli._app import main
from curate.detectors.clipping import clipped_share
from curate.detectors.detect_file import detector
from curate.detectors.levels import Levels
from curate.detectors.silence import mean_level
from curate.steps.scores.cluster import cluster
from curate.web import queues
from tests import signals
from tests.detectors.heard import track
from tests.steps.scores.test_cluster import classes, filled

SR = 32000


def put_levels(birds, levels, *, clipped=()):
    """Keep tracks as the detectors of silence and clipping do: a level (dB) for each recording, or None."""
    for name in ("silence", "clipping"):
        version = detector(name).version
        with birds.writing("scan", {}):
            layer = layers.define(birds.store, name, producer=name, version=version, parameters={})
            for number, level in enumerate(levels, start=1):
                if level is not None:
                    byte = round(255 + 2 * level) if name == "silence" else 200 * (number in clipped)
                    packed = Levels(0.02, 6.0, np.full((1, 300), byte, np.uint8)).pack()
                    layers.put_track(birds.store, number, layer, version, packed)


def made(folder, off, *, device="", clipped=()):
    """Make 150 recordings of three classes, of which some are so many dB louder or softer."""
    rng = np.random.default_rng(3)
    rows = classes(50)
    levels = rng.normal(-25, 2, len(rows))
    for at in off:
        levels[at] -= 30
        rows[at]["device"] = device
    birds = filled(folder, rows)
    put_levels(birds, levels.tolist(), clipped=clipped)
    return birds


#: Four recordings of each class, 8 % of all.
OFF = [50 * kind + at for kind in range(3) for at in (1, 5, 11, 20)]


def test_a_recorder_with_another_gain_is_named(tmp_path):
    with made(tmp_path / "birds", OFF, device="SM4-17") as birds:
        summary = cluster(birds)
        [fault] = summary.faults
        assert fault.recordings == [f"local:{at + 1}.wav" for at in OFF]
        assert [(share.kind, share.value, share.members) for share in fault.shares] == [
            ("recorder", "SM4-17", 12)
        ]
        [level] = fault.differences
        assert level.fact == "level"
        assert level.difference == pytest.approx(-30, abs=3)
        assert fault.probability < 1e-6
        assert fault.what == (
            f"12 recordings of recorder SM4-17 differ from their 3 classes ({level.words}): another gain?"
        )
        assert level.words.endswith(" dB softer")
        assert summary.far_off == 12
        assert list(summary.unmeasured) == ["bandwidth", "hum"]


def test_faults_of_no_common_origin_are_a_group_of_their_own_and_outliers(tmp_path, capsys):
    out = tmp_path / "groups.csv"
    with made(tmp_path / "birds", OFF) as birds:
        summary = cluster(birds, out=out)
        [fault] = summary.faults
        assert fault.shares == []
        assert fault.recordings == [f"local:{at + 1}.wav" for at in OFF]
        assert "12 recordings without a common origin differ from their 3 classes" in fault.what
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [at for at, row in enumerate(rows) if row["differs"]] == OFF
        asked = {
            item.recording: item for item in queues.items(birds.store, "outliers", n=150, reviewer="ana")
        }
        assert {at + 1 for at in OFF} <= set(asked)
        assert "dB softer; unlike the others of frog" in asked[2].why
        assert main(["cluster", "--dry-run", "--dataset", str(birds.folder)]) == 0
    said = capsys.readouterr().out
    assert "12 recordings far from their class by what scan measured" in said
    assert "not compared for 150 recordings: curate scan --detector bandwidth --detector hum" in said


def test_recorders_of_a_soft_archive_are_no_groups_of_their_own(tmp_path):
    rng = np.random.default_rng(3)
    rows = classes(50)
    levels = rng.normal(-25, 2, len(rows))
    for at in range(0, len(rows), 5):
        rows[at] |= {"archive": "soft", "archive_id": f"{at}", "device": f"recorder {at % 3}"}
        levels[at] -= 60 if at % 3 == 2 else 25
    with filled(tmp_path / "birds", rows) as birds:
        put_levels(birds, levels.tolist())
        faults = cluster(birds).faults
    # One recorder is softer still.
    assert sorted(fault.shares[0].value for fault in faults) == ["recorder 2", "soft"]


def test_clipped_recordings_are_found_too(tmp_path):
    bad = {at + 1 for at in OFF}
    with made(tmp_path / "birds", (), clipped=bad) as birds:
        [fault] = cluster(birds).faults
        assert fault.differences[0].words == "4.9 % more of the samples clipped"
        assert "recorded too loud?" in fault.what
        assert len(fault.recordings) == 12


def test_levels_that_vary_are_no_fault_and_a_few_strays_are_outliers_alone(tmp_path):
    with made(tmp_path / "birds", OFF[:3]) as birds:
        summary = cluster(birds)
        assert summary.faults == []
        assert {each.recording_id for each in summary.measured_outliers} == {
            f"local:{at + 1}.wav" for at in OFF[:3]
        }


def test_a_rate_of_half_the_others_is_told_of_recordings_without_any_scan(tmp_path):
    rows = classes(50)
    for at in OFF:
        rows[at]["sr"] = SR // 2
    with filled(tmp_path / "birds", rows) as birds:
        summary = cluster(birds)
        [fault] = summary.faults
        assert "(0.5 times the sample rate): resampled, or is the rate in the header wrong?" in fault.what
        assert len(fault.recordings) == 12
        assert summary.unmeasured == dict.fromkeys(["silence", "clipping", "bandwidth", "hum"], 150)


def test_tracks_of_another_version_are_not_compared(tmp_path):
    with made(tmp_path / "birds", OFF) as birds:
        with birds.writing("scan", {}):
            birds.store.run("UPDATE tracks SET version = '0'")
        summary = cluster(birds)
        assert summary.faults == []
        assert summary.unmeasured["silence"] == 150


def test_what_is_measured_reaches_the_json(tmp_path, capsys):
    with made(tmp_path / "birds", OFF, device="SM4-17") as birds:
        assert main(["cluster", "--json", "--dataset", str(birds.folder)]) == 0
    [fault] = json.loads(capsys.readouterr().out)["faults"]
    assert fault["differences"][0]["fact"] == "level"


def test_tracks_tell_the_level_and_the_clipped_share_of_the_whole():
    y = signals.noise(seconds=4.0, sr=SR, gain=0.1)
    level = mean_level(track("silence", y, SR))
    assert level == pytest.approx(10 * np.log10(np.mean(y.astype(float) ** 2)), abs=0.5)
    assert mean_level(track("silence", y / 10, SR)) == pytest.approx(level - 20, abs=0.5)
    assert clipped_share(track("clipping", y, SR)) == 0
    loud = np.clip(20 * y, -1, 1)
    assert clipped_share(track("clipping", loud, SR)) > 0.03
    assert np.isnan(mean_level(Levels(0.02, 0.0, np.empty((1, 0), np.uint8)).pack()))
    assert clipped_share(Levels(0.02, 0.0, np.empty((1, 0), np.uint8)).pack()) == 0
