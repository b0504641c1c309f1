"""A recipe does what its commands do, with one decode and one rendering."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from curate.catalogue import verdicts
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.formats.tables.csv import read_manifest
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.windows import windows
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from curate.steps.review.undo import undo
from curate.steps.run import run
from tests.datasets import write_tone
from tests.engines import in_a_thread

TWICE = """
description = "Two cuts that share a decode."
[[step]]
run = "import"
paths = ["../audio"]
[[step]]
run = "strip-voice"
threshold = 0.6
[[step]]
run = "strip-voice"
threshold = 0.6
pad = 0.4
[[step]]
run = "manifest"
out = "train.csv"
"""


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example") / "audio"
    example(folder)
    return folder


@pytest.fixture
def birds(tmp_path, audio):
    (tmp_path / "audio").symlink_to(audio)
    (tmp_path / "mine.toml").write_text(TWICE)
    with Dataset(tmp_path / "birds") as dataset:
        yield dataset


def rows(dataset, sql):
    with closing(sqlite3.connect(dataset.folder / "curate.db")) as connection, connection:
        return connection.execute(sql).fetchall()


def test_a_recipe_gives_what_its_commands_give_one_by_one(tmp_path, birds):
    with in_a_thread():
        done = run(birds, tmp_path / "mine.toml")
    assert [step.run for step in done.steps] == ["import", "scan", "strip-voice", "strip-voice", "manifest"]
    by_name = {step.run: step.summary for step in done.steps}
    with Dataset(tmp_path / "by hand") as other, in_a_thread():
        import_(other, tmp_path / "audio")
        whole = strip_voice(other, threshold=0.6, pad=0.4)
        manifest(other, tmp_path / "by hand" / "train.csv")
        assert rows(other, "SELECT * FROM cuts") == rows(birds, "SELECT * FROM cuts")
    # One decode for both, and one rendering: by the last.
    assert by_name["scan"].scanned == whole.scanned
    assert [step.summary.rendered for step in done.steps if step.run == "strip-voice"] == [0, whole.rendered]
    assert done.failed == whole.failed
    text = (birds.folder / "train.csv").read_text()
    assert text.replace("/birds/", "/by hand/") == (tmp_path / "by hand" / "train.csv").read_text()


def test_a_recipe_that_ran_has_nothing_left_to_do(tmp_path, birds):
    with in_a_thread():
        run(birds, tmp_path / "mine.toml")
        again = run(birds, tmp_path / "mine.toml", from_step="strip-voice")
    assert [step.run for step in again.steps] == ["strip-voice", "strip-voice", "manifest"]
    assert again.steps[1].summary.scanned == 0


def test_what_was_done_stands_beside_the_manifest_and_says_nothing_of_hour_or_place(tmp_path, birds):
    with in_a_thread():
        run(birds, tmp_path / "mine.toml")
    text = (birds.folder / "train.provenance.json").read_text()
    document = json.loads(text)
    assert document["recipe"][1] == {"run": "strip-voice", "threshold": 0.6}
    assert document["inputs"]["recordings"] == 26
    assert document["versions"].keys() >= {"curate", "silero-vad", "torch"}
    assert [result["run"] for result in document["results"]] == [
        "import",
        "scan",
        "strip-voice",
        "strip-voice",
        "manifest",
    ]
    assert str(tmp_path) not in text
    (tmp_path / "elsewhere").mkdir()
    with Dataset(tmp_path / "elsewhere" / "birds") as other, in_a_thread():
        (tmp_path / "elsewhere" / "audio").symlink_to(tmp_path / "audio")
        run(other, tmp_path / "mine.toml")
        assert (other.folder / "train.provenance.json").read_text() == text


def test_what_failed_is_tried_again_once_for_all_steps(tmp_path):
    bad = write_tone(tmp_path / "audio" / "owl" / "bad.wav")
    write_tone(tmp_path / "audio" / "owl" / "good.wav")
    (tmp_path / "mine.toml").write_text(TWICE)
    with Dataset(tmp_path / "birds") as dataset, in_a_thread():
        import_(dataset, [tmp_path / "audio"])
        bad.rename(tmp_path / "bad.wav")
        assert run(dataset, tmp_path / "mine.toml", from_step="strip-voice").failed == 1
        (tmp_path / "bad.wav").rename(bad)
        with dataset.noting() as store:  # as where the file itself could not be decoded
            digest = "SELECT digest FROM coverage o WHERE o.layer = coverage.layer AND o.status = 'ok'"
            store.run(f"UPDATE coverage SET digest = ({digest}) WHERE status = 'failed'")
        assert run(dataset, tmp_path / "mine.toml", from_step="strip-voice").failed == 1
        again = run(dataset, tmp_path / "mine.toml", from_step="strip-voice", retry_failed=True)
    assert again.failed == 0
    assert [(step.run, step.summary.scanned) for step in again.steps[:3]] == [
        ("scan", 1),
        ("strip-voice", 0),
        ("strip-voice", 0),
    ]


def test_a_file_that_is_back_is_heard_once_for_all_steps(tmp_path):
    lost = write_tone(tmp_path / "audio" / "owl" / "lost.wav")
    write_tone(tmp_path / "audio" / "owl" / "good.wav")
    (tmp_path / "mine.toml").write_text(TWICE)
    with Dataset(tmp_path / "birds") as dataset, in_a_thread():
        import_(dataset, [tmp_path / "audio"])
        lost.rename(tmp_path / "lost.wav")
        assert run(dataset, tmp_path / "mine.toml", from_step="strip-voice").failed == 1
        (tmp_path / "lost.wav").rename(lost)
        again = run(dataset, tmp_path / "mine.toml", from_step="strip-voice")
    assert again.failed == 0
    assert [step.summary.scanned for step in again.steps[:3]] == [1, 0, 0]


def test_a_dry_run_says_the_plan_and_does_nothing(tmp_path, birds):
    plan = run(birds, tmp_path / "mine.toml", dry_run=True, from_step="manifest")
    assert [(step.run, step.parameters) for step in plan.steps] == [("manifest", {"out": "train.csv"})]
    assert not birds.folder.exists()


def test_a_step_that_a_recipe_lacks_is_no_place_to_begin(tmp_path, birds):
    with pytest.raises(UsageError, match="lacks the step 'trim'"):
        run(birds, tmp_path / "mine.toml", from_step="trim")


def test_nothing_runs_if_anything_is_wrong(tmp_path, birds):
    (tmp_path / "mine.toml").write_text(TWICE + "year = 'MMXXV'\n")
    with pytest.raises(UsageError, match="a whole number is wanted"):
        run(birds, tmp_path / "mine.toml")
    assert not birds.folder.exists()


WHOLE = """
[[step]]
run = "import"
paths = ["../audio"]
[[step]]
run = "split"
folds = 2
[[step]]
run = "manifest"
out = "train.csv"
relative = true
"""


@pytest.fixture
def small(tmp_path):
    """Six recordings of two classes, a recipe without windows, and a dataset that is not there yet."""
    for number in range(6):
        path = tmp_path / "audio" / ("owl", "wren")[number % 2] / f"{number}.wav"
        write_tone(path, seconds=4.0, freq=2000 + 300 * number)
    (tmp_path / "mine.toml").write_text(WHOLE)
    with Dataset(tmp_path / "birds") as dataset, in_a_thread():
        yield dataset


def test_what_a_recipe_goes_by_without_saying_it_is_named_and_can_be_set_aside(tmp_path, small):
    recipe = tmp_path / "mine.toml"
    assert run(small, recipe).carried == []
    first = {name: (small.folder / name).read_text() for name in ("train.csv", "train.provenance.json")}
    assert json.loads(first["train.provenance.json"])["carried"] == []
    assert run(small, recipe).carried == []  # its own folds are none of somebody else
    windows(small, length=2)
    cut(small, "owl/0.wav", 0, 1)
    split(small, folds=2, seed=7, reset=True)
    again = run(small, recipe)
    assert [each.step for each in again.carried] == ["verdicts", "split", "windows"]
    document = json.loads((small.folder / "train.provenance.json").read_text())
    assert document["carried"][2] == {"step": "windows", "what": "windows of 2 s, every 2 s"}
    assert (small.folder / "train.csv").read_text() != first["train.csv"]
    planned = run(small, recipe, fresh=True, dry_run=True)
    assert [each.step for each in planned.set_aside] == ["verdicts", "split", "windows"]
    fresh = run(small, recipe, fresh=True)
    assert (fresh.carried, fresh.set_aside) == ([], planned.set_aside)
    assert (small.folder / "train.csv").read_text() == first["train.csv"]
    assert undo(small, "fresh").given_again == 1
    with pytest.raises(UsageError, match="no verdicts are set aside"):
        undo(small, "fresh")
    manifest(small, tmp_path / "m.csv")
    assert sum(row.duration for row in read_manifest(tmp_path / "m.csv")) == pytest.approx(23.0)


def test_verdicts_that_were_set_aside_twice_all_come_back(tmp_path, small):
    (tmp_path / "one.toml").write_text('[[step]]\nrun = "split"\nfolds = 2\n')
    import_(small, tmp_path / "audio")
    for name in ("owl/0.wav", "wren/1.wav"):
        cut(small, name, 0, 1)
        run(small, tmp_path / "one.toml", fresh=True)

    def standing():
        return [number for number, _ in verdicts.by_recording(small.store)]

    assert standing() == []
    assert (undo(small, "fresh").given_again, standing()) == (1, [4])
    assert (undo(small, "fresh").given_again, standing()) == (1, [1, 4])


def test_what_is_counted_anew_does_not_hang_on_an_earlier_run(tmp_path, small):
    more = '[[step]]\nrun = "upsample"\nbelow = 5\n[[step]]\nrun = "windows"\nlength = 2\n[[step]]\n'
    last = 'run = "manifest"'
    (tmp_path / "mine.toml").write_text(WHOLE.replace(f"[[step]]\n{last}", more + last))
    found = []
    for _ in range(3):
        run(small, tmp_path / "mine.toml")
        found.append((small.folder / "train.csv").read_text())
    assert found[0] == found[1] == found[2]


def test_a_parameter_can_be_another_one_this_time(tmp_path, small, monkeypatch):
    (tmp_path / "audio").rename(tmp_path / "elsewhere")
    for dry_run in (True, False):
        with pytest.raises(UsageError, match=r"there is no .*audio") as error:
            run(small, tmp_path / "mine.toml", dry_run=dry_run)
        assert "--set import.paths=" in error.value.hint
    monkeypatch.chdir(tmp_path)
    changes = ["import.paths=elsewhere", "split.folds=3", "manifest.out=other.csv"]
    done = run(small, tmp_path / "mine.toml", set_=changes)
    assert done.steps[0].summary.added == 6
    assert len({row.fold for row in read_manifest(tmp_path / "other.csv")}) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("import", "write STEP.PARAMETER=VALUE"),
        ("trim.head=3", "lacks the step 'trim'"),
        ("split.fold=3", "unknown parameter 'fold'"),
        ("split.folds=many", "a whole number is wanted"),
        ("split.2.folds=3", "has 1 steps 'split'"),
    ],
)
def test_a_change_that_fits_nothing_is_refused(tmp_path, small, change, words):
    with pytest.raises(UsageError, match=words):
        run(small, tmp_path / "mine.toml", set_=[change])


def test_a_fresh_start_begins_at_the_first_step(small):
    """Else what strip-voice cut would be taken back, and nothing would cut it again."""
    with pytest.raises(UsageError, match="--fresh undoes the steps before 'split'"):
        run(small, "default", fresh=True, from_step="split", dry_run=True)
