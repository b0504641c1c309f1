"""A manifest made by columns is the one that is made row by row: bytes, counts, and what is noted of it."""

from __future__ import annotations

import random
from dataclasses import asdict

import pytest

from curate.catalogue import cuts, exports, recordings
from curate.catalogue.dataset import Dataset
from curate.model import Cut
from curate.steps.export import manifest as manifest_step
from curate.steps.export.manifest import manifest
from tests.fakes import ledgers

OPTIONS = (
    {},
    {"audio": "raw"},
    {"skip_flagged": True},
    {"folds": "0,1"},
    {"repeat": True},
    {"folds": "2", "repeat": True, "skip_flagged": True},
)


def counted(summary):
    return {name: value for name, value in asdict(summary).items() if name not in ("path", "elapsed_s")}


@pytest.fixture
def made_up(tmp_path, request):
    draw = random.Random(request.param)
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("test", {}), dataset.store.transaction():
            ledgers.decide(dataset, draw, ledgers.register(dataset, draw, 60))
        yield dataset


@pytest.mark.parametrize("made_up", range(6), indirect=True)
def test_columns_say_what_rows_say(made_up, tmp_path, monkeypatch):
    for number, options in enumerate(OPTIONS):
        for ending in ("csv", "parquet"):
            out = tmp_path / f"{number}.{ending}"
            by_columns = counted(manifest(made_up, out, **options))
            found = out.read_bytes()
            (noted,) = [each for each in exports.every(made_up.store) if each.path == str(out)]
            named = exports.copies_of(made_up.store, noted.number)
            states = exports.states_of(made_up.store, noted.number)
            out.unlink()
            with monkeypatch.context() as patch:
                patch.setattr(manifest_step, "_BY_COLUMNS", frozenset())
                assert counted(manifest(made_up, out, **options)) == by_columns
            assert out.read_bytes() == found
            (by_rows,) = [each for each in exports.every(made_up.store) if each.path == str(out)]
            assert exports.states_of(made_up.store, by_rows.number) == states
            assert exports.copies_of(made_up.store, by_rows.number) == named


@pytest.fixture
def whole(made_up):
    """The same where all clean copies are there: else a row of one may come back with its file."""
    for _, copy in cuts.copies(made_up.store):
        (made_up.folder / copy.path).touch()
    return made_up


@pytest.mark.parametrize("made_up", [7], indirect=True)
def test_a_manifest_that_stands_is_not_written_again(whole, tmp_path):
    out = tmp_path / "train.csv"
    first = manifest(whole, out)
    when = out.stat().st_mtime_ns
    assert counted(manifest(whole, out)) == counted(first)
    assert out.stat().st_mtime_ns == when
    # Raw files are no part of the catalogue.
    (whole.raw / "1.ogg").parent.mkdir()
    for number in range(60):
        (whole.raw / f"{number}.ogg").touch()
    assert manifest(whole, out).missing < first.missing
    assert out.stat().st_mtime_ns == when


@pytest.mark.parametrize("made_up", [7], indirect=True)
def test_whatever_differs_writes_a_manifest_anew(whole, tmp_path):
    out = tmp_path / "train.csv"

    def is_written(**options):
        before = out.stat().st_mtime_ns
        manifest(whole, out, **options)
        return out.stat().st_mtime_ns != before

    manifest(whole, out)
    assert not is_written()
    assert is_written(skip_flagged=True)
    assert is_written()
    out.write_bytes(out.read_bytes() + b"\n")
    assert is_written()
    number = next(iter(dict(cuts.by_recording(whole.store))))
    with whole.noting() as store:
        cuts.replace(store, number, "trim", [Cut(0, 0.5, "excise", "silence", None, "trim/silence")])
    assert is_written()
    with whole.noting() as store:
        recordings.move(store, 1, "/elsewhere/1.ogg", whole.folder)
    assert is_written()
    assert not is_written()
    lost = next(copy.path for _, copy in cuts.copies(whole.store) if copy.digest)
    (whole.folder / lost).unlink()
    assert is_written()
