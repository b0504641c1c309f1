"""One writer per dataset, whoever dies, and a ledger of what each run did."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from filelock import FileLock

from curate.catalogue import store
from curate.catalogue.dataset import Dataset
from curate.catalogue.schema import MIGRATIONS
from curate.errors import CatalogueBusy, CatalogueError, NotInCatalogue
from curate.settings import DATASET_VARIABLE
from curate.steps.clean.scan import scan

#: Takes the right to write, says so, and keeps it until it is killed or its input ends.
HOLDER = """
import sys
from curate.catalogue.dataset import Dataset
with Dataset(sys.argv[1]).writing("strip-voice", {"threshold": 0.5}):
    print("holding", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that is writing to the dataset."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "birds")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def runs(dataset):
    return list(dataset.store.rows("SELECT command, outcome, ended IS NULL FROM runs ORDER BY id"))


def test_a_catalogue_of_an_earlier_version_can_be_written_to_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MIGRATIONS", MIGRATIONS[:6])
    with Dataset(tmp_path) as dataset, dataset.writing("import", {}):
        pass
    monkeypatch.undo()
    with Dataset(tmp_path) as dataset:
        assert scan(dataset).scanned == 0


def test_a_second_writer_is_refused_and_told_who_is_first_while_readers_read(holder, tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        assert dataset.store.value("SELECT count(*) FROM runs") == 1
        with pytest.raises(CatalogueBusy) as caught, dataset.writing("import", {}):
            pytest.fail("two writers at once")
        assert "strip-voice, since 20" in caught.value.message
        assert f"process {holder.pid} on " in caught.value.message
        assert "wait" in caught.value.hint
        assert runs(dataset) == [("strip-voice", None, 1)]


def test_a_writer_that_is_killed_leaves_no_lock_and_an_open_line_in_the_ledger(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("import", {}):
            pass
        assert runs(dataset) == [("strip-voice", "killed", 1), ("import", "done", 0)]


def test_a_writer_that_ends_well_lets_the_next_one_in(holder, tmp_path):
    holder.communicate("")
    assert holder.returncode == 0
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("import", {}):
            pass
        assert runs(dataset) == [("strip-voice", "done", 0), ("import", "done", 0)]


def test_one_program_writes_once_at_a_time(tmp_path):
    dataset = Dataset(tmp_path)
    with (
        dataset.writing("import", {}),
        pytest.raises(CatalogueError, match="by this program"),
        dataset.writing("strip-voice", {}),
    ):
        pass
    dataset.close()


@pytest.mark.parametrize(
    ("error", "outcome"), [(None, "done"), (ZeroDivisionError, "failed"), (KeyboardInterrupt, "interrupted")]
)
def test_the_ledger_says_how_a_run_ended_and_what_it_did(tmp_path, error, outcome):
    with Dataset(tmp_path) as dataset:
        try:
            with dataset.writing("import", {"b": tmp_path, "a": 1}) as run:
                run.counts["added"] = 3
                if error is not None:
                    raise error
        except (ZeroDivisionError, KeyboardInterrupt):
            pass
        names, rows = dataset.store.table("SELECT * FROM runs")
        (row,) = rows
        found = dict(zip(names, row, strict=True))
    assert (found["command"], found["outcome"], found["pid"]) == ("import", outcome, os.getpid())
    assert json.loads(found["parameters"]) == {"a": 1, "b": str(tmp_path)}
    assert json.loads(found["counts"]) == {"added": 3}
    assert found["started"] <= found["ended"]
    assert found["version"]
    assert found["host"]


def test_only_a_writer_may_write(tmp_path):
    with Dataset(tmp_path) as dataset:
        with dataset.writing("import", {}):
            dataset.store.run("INSERT INTO taxa (label) VALUES ('owl')")
        with pytest.raises(CatalogueError):
            dataset.store.run("INSERT INTO taxa (label) VALUES ('frog')")
        assert list(dataset.store.rows("SELECT label FROM taxa")) == [("owl",)]


def test_opening_touches_nothing(tmp_path):
    dataset = Dataset(tmp_path / "birds")
    assert not dataset.exists
    with pytest.raises(NotInCatalogue):
        _ = dataset.store
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_the_one_named_else_that_of_the_environment_else_the_current(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(DATASET_VARIABLE, raising=False)
    assert Dataset().folder == tmp_path
    monkeypatch.setenv(DATASET_VARIABLE, "frogs")
    assert Dataset().folder == tmp_path / "frogs"
    assert Dataset("birds").folder == tmp_path / "birds"


def test_a_folder_named_by_way_of_its_parent_is_the_same_folder(tmp_path, monkeypatch):
    """Paths inside the dataset are known by their beginning."""
    (tmp_path / "birds").mkdir()
    (tmp_path / "frogs").mkdir()
    monkeypatch.chdir(tmp_path / "frogs")
    assert Dataset("../birds").folder == tmp_path / "birds"


def test_paths_inside_move_with_the_dataset_and_others_stay(tmp_path, add_to):
    with Dataset(tmp_path / "old") as dataset:
        for path in (tmp_path / "old" / "raw" / "a.wav", tmp_path / "elsewhere" / "b.wav"):
            add_to(dataset, str(path))
    shutil.move(tmp_path / "old", tmp_path / "new")
    with Dataset(tmp_path / "new") as dataset:
        found = [
            dataset.path(cell) for (cell,) in dataset.store.rows("SELECT path FROM recordings ORDER BY id")
        ]
    assert found == [str(tmp_path / "new" / "raw" / "a.wav"), str(tmp_path / "elsewhere" / "b.wav")]


@pytest.fixture
def add_to():
    from curate.catalogue import recordings
    from curate.model import FileFacts, Row

    def add_to(dataset, path):
        with dataset.writing("import", {}):
            facts = FileFacts(1, 1, "00", None, None)
            recordings.add(dataset.store, Row(path=path), facts, archive_id=path, folder=dataset.folder)

    return add_to


def test_a_catalogue_of_an_earlier_version_is_brought_up_to_date_by_whoever_opens_it(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MIGRATIONS", MIGRATIONS[:2])
    with Dataset(tmp_path) as dataset, dataset.writing("test", {}):
        dataset.store.run("INSERT INTO taxa (label) VALUES ('owl')")
    monkeypatch.undo()
    with Dataset(tmp_path) as dataset:
        assert dataset.store.value("SELECT label FROM taxa") == "owl"
        assert dataset.store.value("SELECT count(*) FROM verdicts") == 0
        assert dataset.store.value("PRAGMA user_version") == len(MIGRATIONS)


def test_while_another_writes_an_earlier_version_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MIGRATIONS", MIGRATIONS[:2])
    with Dataset(tmp_path) as dataset, dataset.writing("test", {}):
        pass
    monkeypatch.undo()
    told = pytest.raises(CatalogueError, match="earlier version")
    with FileLock(tmp_path / ".curate.lock"), Dataset(tmp_path) as dataset, told:
        _ = dataset.store


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CatalogueError, match="failed to make the dataset folder"),
        Dataset(tmp_path / "file" / "birds").writing("import", {}),
    ):
        pass


def test_a_few_rows_are_noted_beside_others_all_or_none_and_without_a_run(tmp_path):
    with Dataset(tmp_path / "birds") as dataset, dataset.writing("import", {}):
        pass
    one, other = Dataset(tmp_path / "birds"), Dataset(tmp_path / "birds")
    with one, other:
        with one.noting() as store:
            store.run("INSERT INTO taxa (label) VALUES ('owl')")
        with other.noting() as store:
            store.run("INSERT INTO taxa (label) VALUES ('frog')")
        with pytest.raises(CatalogueError), one.noting() as store:
            store.many("INSERT INTO taxa (label) VALUES (?)", [("cat",), ("owl",)])
        assert list(other.store.rows("SELECT label FROM taxa ORDER BY label")) == [("frog",), ("owl",)]
        assert len(runs(other)) == 1


def test_who_notes_a_few_rows_waits_a_moment_then_says_who_is_writing(holder, tmp_path):
    dataset = Dataset(tmp_path / "birds")
    with dataset, pytest.raises(CatalogueBusy, match="strip-voice"), dataset.noting():
        pass
    holder.communicate("")
    with dataset, dataset.noting():
        pass
