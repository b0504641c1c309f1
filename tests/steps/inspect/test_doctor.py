"""`curate doctor`: what is well is said to be, and what is not comes with what to do."""

from __future__ import annotations

import json

import pytest
from filelock import FileLock

from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.detectors import health
from curate.steps.inspect import doctor as module


def found(folder):
    with Dataset(folder) as dataset:
        return module.doctor(dataset)


def states(diagnosis, what):
    return [(each.state, each.said) for each in diagnosis.findings if each.what == what]


def test_here_all_is_well(listened):
    diagnosis = found(listened)
    assert diagnosis.wrong == 0
    looked_at = {each.what for each in diagnosis.findings}
    assert looked_at >= {
        "program",
        "packages",
        "decoders",
        "voices",
        "GPU",
        "extras",
        "disk",
        "dataset",
        "lock",
    }
    assert states(diagnosis, "dataset")[0] == ("ok", f"{listened}, 26 recordings")
    assert all(each.hint for each in diagnosis.findings if each.state != "ok")


def test_a_package_that_is_missing_or_too_old_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(
        module, "requires", lambda _: ["numpy>=99", "no-such-package>=1", "kaggle>=9; extra == 'kaggle'"]
    )
    [(state, said)] = states(found(tmp_path), "packages")
    assert state == "wrong"
    assert "older than 99" in said
    assert "no-such-package is missing" in said
    assert "kaggle" not in said


@pytest.mark.parametrize(
    ("older", "newer"), [("2.9", "2.10"), ("1.16", "2"), ("2.13.0", "2.13.1+cpu"), ("6.2.3", "6.3rc1")]
)
def test_versions_are_compared_by_their_numbers(older, newer):
    assert module._numbers(older) < module._numbers(newer)


def test_a_decoder_and_a_network_that_are_not_there_are_wrong(monkeypatch, tmp_path):
    monkeypatch.setattr("curate.audio.decoders.decoders", lambda: {"wav": "libsndfile", "m4a, aac": ""})

    def broken():
        raise ImportError("libtorch.so: cannot open shared object file")

    monkeypatch.setattr(health, "look", broken)
    diagnosis = found(tmp_path)
    assert ("wrong", "nothing reads m4a, aac") in states(diagnosis, "decoders")
    [(state, said)] = states(diagnosis, "voices")
    assert (state, "libtorch.so" in said) == ("wrong", True)
    assert diagnosis.wrong == 2


def test_a_dataset_that_is_written_to_or_broken_or_missing_is_told(listened, tmp_path):
    with FileLock(listened / ".curate.lock"):
        assert states(found(listened), "lock")[0][0] == "note"
    assert states(found(tmp_path), "dataset") == [("note", f"none in {tmp_path}")]
    (tmp_path / "curate.db").write_bytes(b"no database at all" * 100)
    assert states(found(tmp_path), "dataset")[0][0] == "wrong"


def test_a_full_disk_is_a_note(monkeypatch, tmp_path):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1e6}))
    assert states(found(tmp_path / "not" / "there"), "disk")[0][0] == "note"


def test_a_file_of_defaults_that_cannot_be_used_is_wrong_and_the_exit_code_says_so(tmp_path, capsys):
    (tmp_path / "curate.toml").write_text("jbs = 1", encoding="utf-8")
    assert main(["doctor", "-d", str(tmp_path), "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    [wrong] = [each for each in findings if each["state"] == "wrong"]
    assert wrong["what"] == "defaults"
    assert "did you mean 'jobs'" in wrong["hint"]
