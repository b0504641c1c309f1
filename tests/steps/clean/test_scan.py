"""One pass for all detectors."""

from __future__ import annotations

import pytest

from curate.catalogue.dataset import Dataset
from curate.detectors import DETECTORS
from curate.errors import UsageError
from curate.steps.clean.scan import scan
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from tests.datasets import state, write_tone

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def data(tmp_path):
    for name in ("owl/a.wav", "owl/b.wav", "frog/c.wav"):
        write_tone(tmp_path / "data" / name, seconds=2)
    return tmp_path / "data"


def test_after_a_scan_nothing_else_decodes(scanned):
    assert strip_voice(scanned, render=False).scanned == 0
    assert trim(scanned, render=False).scanned == 0


def test_a_scan_finds_what_each_command_finds_alone(scanned, birds):
    trim(birds, render=False)
    found = "SELECT y.name, s.recording, s.onset, s.offset, s.label, s.score, s.extra FROM segments s "
    found += "JOIN layers y ON y.id = s.layer WHERE y.name <> 'speech'"
    assert sorted(scanned.store.rows(found), key=str) == sorted(birds.store.rows(found), key=str)


def test_the_second_scan_does_nothing_and_keeps_the_settings_of_each_layer(scanned, tmp_path):
    strip_voice(scanned, threshold=0.3, render=False)
    before = state(scanned.folder, tmp_path / "before")
    assert scan(scanned).scanned == 0
    assert state(scanned.folder, tmp_path / "after") == before


def test_only_the_detectors_named_listen(tmp_path, data):
    with Dataset(tmp_path / "birds") as dataset:
        assert scan(dataset, [data], detectors=["silence", "hum"]).detectors == ["hum", "silence"]
        assert {name for (name,) in dataset.store.rows("SELECT name FROM layers")} == {"hum", "silence"}


def test_no_more_than_the_limit_are_decoded(tmp_path, data):
    with Dataset(tmp_path / "birds") as dataset:
        assert scan(dataset, [data], limit=2, detectors=["silence"]).scanned == 2
        assert scan(dataset, detectors=["silence"]).scanned == 1


def test_a_file_that_fails_fails_for_all_detectors(tmp_path, data):
    with Dataset(tmp_path / "birds") as dataset:
        scan(dataset, [data], limit=0)
        (data / "owl" / "a.wav").write_bytes(b"no sound")
        assert scan(dataset).failed == 1
        failed = dataset.store.value("SELECT count(*) FROM coverage WHERE status = 'failed'")
        assert failed == len(DETECTORS)


def test_an_unknown_detector_is_named(tmp_path, data):
    with Dataset(tmp_path / "birds") as dataset, pytest.raises(UsageError, match="unknown detector 'hmu'"):
        scan(dataset, [data], detectors=["hmu"])
