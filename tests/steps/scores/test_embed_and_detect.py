"""`curate embed --detector`: one pass for vectors and for detectors that lack it."""

from __future__ import annotations

import pytest

from curate.audio.read import AudioFile
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.clean.scan import scan
from curate.steps.run import run
from curate.steps.scores.embed import embed
from curate.steps.scores.held_vectors import held_vectors
from tests import signals
from tests.datasets import write_sound
from tests.engines import in_a_thread

SR = 32000
MODEL = "tests.embedders.test_embed_file:Means"
BROKEN = "tests.embedders.test_embed_file:Nothing"
NAMES = ["fingerprint", "silence"]

#: What detectors leave in the catalogue.
HEARD = """
    SELECT y.name, c.recording, c.status, c.digest, hex(t.data), s.onset, s.offset, s.label, s.score
    FROM coverage c JOIN layers y ON y.id = c.layer AND y.name NOT LIKE 'vectors-%'
    LEFT JOIN tracks t ON t.recording = c.recording AND t.layer = c.layer
    LEFT JOIN segments s ON s.recording = c.recording AND s.layer = c.layer
    ORDER BY y.name, c.recording, s.ordinal
"""


@pytest.fixture
def data(tmp_path):
    for number in range(3):
        y = signals.chirp(500, 900 + 500 * number, sr=SR, seconds=4.0)
        y[:, SR : 2 * SR] = 0
        write_sound(tmp_path / "data" / "owl" / f"{number}.wav", y, SR)
    return tmp_path / "data"


@pytest.fixture
def opened(monkeypatch):
    """Name every file that is decoded, as often as it is."""
    found: list[str] = []
    blocks = AudioFile.blocks

    def counted(self, *args, **more):
        found.append(self)
        yield from blocks(self, *args, **more)

    monkeypatch.setattr(AudioFile, "blocks", counted)
    return found


@pytest.fixture
def birds(tmp_path, data):
    with Dataset(tmp_path / "birds") as dataset, in_a_thread():
        import_(dataset, [data])
        yield dataset


def by_recording(birds):
    held = held_vectors(birds, MODEL)
    return {row.recording: held.vectors[row.first : row.first + row.windows].tolist() for row in held.rows}


def test_one_pass_gives_what_two_give_and_decodes_once(birds, data, tmp_path, opened):
    summary = embed(birds, model=MODEL, detectors=NAMES)
    assert len(opened) == 3
    assert (summary.embedded, summary.detected, summary.undetected) == (3, 3, 0)
    with Dataset(tmp_path / "other") as other:
        import_(other, [data])
        opened.clear()
        embed(other, model=MODEL)
        scan(other, detectors=NAMES)
        assert len(opened) == 6
        assert list(other.store.rows(HEARD)) == list(birds.store.rows(HEARD))
        assert by_recording(other) == by_recording(birds)
    opened.clear()
    assert scan(birds, detectors=NAMES).scanned == 0
    assert embed(birds, model=MODEL, detectors=NAMES).detected == 0
    assert not opened


def test_only_what_a_detector_has_not_heard_is_listened_to(birds):
    scan(birds, detectors=["silence"], limit=2)
    summary = embed(birds, model=MODEL, detectors=NAMES, limit=2)
    assert (summary.embedded, summary.detected) == (2, 2)
    assert scan(birds, detectors=NAMES).scanned == 1


def test_a_model_that_fails_leaves_the_recording_to_the_detectors(birds):
    summary = embed(birds, model=BROKEN, detectors=NAMES)
    assert (summary.failed, summary.detected) == (3, 0)
    assert scan(birds, detectors=NAMES).scanned == 3


def test_a_recipe_decodes_once_for_vectors_and_for_what_its_later_steps_need(birds, tmp_path, opened):
    recipe = tmp_path / "look.toml"
    recipe.write_text(
        f'description = "look"\n[[step]]\nrun = "embed"\nmodel = "{MODEL}"\n'
        '[[step]]\nrun = "trim"\nrender = false\n[[step]]\nrun = "dedupe"\n'
    )
    done = run(birds, recipe)
    assert [step.summary.scanned for step in done.steps if step.run in {"trim", "dedupe"}] == [0, 0]
    assert len(opened) == 3


def test_names_are_checked_before_anything_is_read(birds):
    with pytest.raises(UsageError, match="unknown detector 'bell'"):
        embed(birds, model=MODEL, detectors=["bell"])
    with pytest.raises(UsageError, match="detectors scan where vectors are made"):
        embed(birds, model="mine", vectors_from="v.parquet", detectors=["hum"])


def test_at_the_terminal(birds, capsys):
    options = ["--model", MODEL, "--detector", "silence", "--detector", "hum"]
    assert main(["embed", *options, "--dataset", str(birds.folder)]) == 0
    assert "3 recordings scanned by detectors in the same pass. 0 failed" in capsys.readouterr().out
