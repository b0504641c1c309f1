"""A set whose recordings lie in a bucket goes through every step as one on a disk does."""

from __future__ import annotations

import csv
import os
import shutil
import tarfile

import pyarrow.parquet as pq
import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import StorageError, UsageError
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.export.manifest import manifest
from curate.steps.inspect.check import check
from curate.steps.inspect.report import report
from curate.steps.inspect.status import status
from curate.storage import objects
from curate.storage.copies import local
from tests.datasets import state, write_tone
from tests.engines import in_a_thread
from tests.fakes import s3


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("set")
    with s3.server() as door:
        s3.put(door, "birds", b"")
        example(folder / "example")
        for path in sorted((folder / "example" / "train_audio").rglob("*")):
            if path.is_file():
                name = path.relative_to(folder / "example" / "train_audio").as_posix()
                s3.put(door, f"birds/audio/{name}", path.read_bytes())
        for number in range(4):
            tone = write_tone(folder / "tone.wav", freq=2000.0 + 500 * number).read_bytes()
            s3.put(door, f"birds/few/{'owl' if number % 2 else 'frog'}/{number}.wav", tone)
        s3.put(door, "birds/few/notes.txt", b"not audio")
        door.folder = folder
        yield door


@pytest.fixture
def door(running, tmp_path):
    with s3.environment(running, tmp_path / "cache"), in_a_thread():
        running.fault = s3.calm
        running.asked.clear()
        yield running


def work(dataset):
    strip_voice(dataset)
    trim(dataset)
    dedupe(dataset)


@pytest.fixture
def birds(door, tmp_path):  # noqa: ARG001 - which must be open
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, "s3://birds/few")
        yield dataset


def test_what_is_found_and_cut_is_that_of_the_same_files_on_a_disk(door, tmp_path):
    with Dataset(tmp_path / "birds") as birds:
        import_(birds, "s3://birds/audio")
        work(birds)
        compare(door, birds, tmp_path)


def compare(door, birds, tmp_path):
    with Dataset(tmp_path / "local") as disk:
        summary = import_(disk, door.folder / "example" / "train_audio", format="folders")
        assert summary.added > 20
        work(disk)
        manifest(disk, tmp_path / "local.csv")
    manifest(birds, tmp_path / "birds.csv")
    there, here = (state(tmp_path / name, tmp_path / f"{name}-dump") for name in ("birds", "local"))
    assert there["files"] == here["files"]
    for table in ("segments", "coverage", "tracks", "cuts", "labels", "pieces"):
        assert sorted(there["tables"][table]) == sorted(here["tables"][table]), table
    rows, wanted = (rows_of(tmp_path / name) for name in ("birds.csv", "local.csv"))
    names = "recording_id", "label", "onset", "offset", "duration"
    assert [[row[name] for name in names] for row in rows] == [
        [row[name] for name in names] for row in wanted
    ]
    assert all(row["source_path"].startswith("s3://birds/audio/") for row in rows)
    assert status(birds).recordings == len(here["tables"]["recordings"]) - 1
    assert check(birds).wrong == []
    assert check(birds, read=True).wrong == []
    report(birds, out=tmp_path / "report.html")
    # A manifest that names objects is read again.
    with Dataset(tmp_path / "again") as again:
        found = import_(again, tmp_path / "birds.csv")
        assert found.recordings == len({row["path"] for row in rows})


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_second_import_asks_for_no_object(door, birds):
    first = [asked for asked in door.asked if "/few/" in asked[1] and "list-type" not in asked[1]]
    assert first
    door.asked.clear()
    s3.forget()
    summary = import_(birds, "s3://birds/few")
    assert (summary.added, summary.known) == (0, summary.recordings)
    assert all("list-type=2" in path for _, path, _ in door.asked)
    assert summary.passed_over == {".txt": 1}


def test_an_object_that_was_replaced_is_told_and_not_taken(door, birds, tmp_path):
    s3.put(door, "birds/late/owl/1.wav", write_tone(tmp_path / "a.wav").read_bytes())
    import_(birds, "s3://birds/late")
    s3.put(door, "birds/late/owl/1.wav", write_tone(tmp_path / "a.wav", freq=4000.0).read_bytes())
    s3.forget()
    assert trim(birds).failed == 1
    assert "has changed since it was imported" in birds.store.value(
        "SELECT reason FROM coverage WHERE status = 'failed'"
    )
    summary = import_(birds, "s3://birds/late")
    assert [problem.kind for problem in summary.problems] == ["changed"]
    assert [fault.kind for fault in check(birds).wrong] == ["raw changed"]


def test_an_object_that_is_gone_is_a_failed_recording_and_stops_no_other(door, birds, tmp_path):
    s3.put(door, "birds/gone/owl/1.wav", write_tone(tmp_path / "a.wav").read_bytes())
    import_(birds, "s3://birds/gone")
    objects.remove("s3://birds/gone/owl/1.wav")
    s3.forget()
    summary = trim(birds)
    assert summary.failed == 1
    assert [fault.kind for fault in check(birds).wrong] == ["raw gone"]


def test_expired_credentials_stop_a_run_that_goes_on_later(door, birds):
    done = []

    def expire(method, _path):
        done.append(method == "GET")
        return "expired" if sum(done) > 2 else None

    s3.forget()
    shutil.rmtree(os.environ["CURATE_CACHE"])
    door.fault = expire
    with pytest.raises(StorageError, match="credentials have expired") as caught:
        trim(birds)
    assert s3.TOKEN not in str(caught.value)
    door.fault = s3.calm
    assert trim(birds).failed == 0
    dumped = b"".join(path.read_bytes() for path in birds.folder.glob("curate.db*"))
    for secret in (s3.KEY, s3.SECRET, s3.TOKEN):
        assert secret.encode() not in dumped


def test_tables_and_shards_are_written_to_a_bucket(door, birds):
    trim(birds, render=False)
    table = manifest(birds, "s3://birds/out/train.parquet")
    assert table.path == "s3://birds/out/train.parquet"
    assert pq.read_table(local("s3://birds/out/train.parquet")).num_rows == table.rows
    shards = manifest(birds, "s3://birds/out/wds", format="webdataset")
    names = [name for name in s3.names(door, "birds") if name.startswith("out/wds/")]
    tars = [name for name in names if name.endswith(".tar")]
    assert "out/wds/README.md" in names
    members = set()
    for name in tars:
        with tarfile.open(local(f"s3://birds/{name}")) as shard:
            members |= set(shard.getnames())
    assert len([name for name in members if name.endswith(".json")]) == shards.rows
    folder = manifest(birds, "s3://birds/out/set", format="audiofolder")
    written = [name for name in s3.names(door, "birds") if name.startswith("out/set/")]
    assert (
        sum(name.endswith((".ogg", ".flac", ".wav", ".mp3", ".m4a")) for name in written)
        == folder.recordings
        == 4
    )
    assert {each["path"] for each in status(birds).exports} == {
        "s3://birds/out/train.parquet",
        "s3://birds/out/wds",
        "s3://birds/out/set",
    }
    assert [path.name for path in birds.folder.iterdir() if path.name.startswith(".publishing")] == []
    # Written anew, it replaces its own; what is somebody else's is not written over.
    assert manifest(birds, "s3://birds/out/train.parquet").replaces
    s3.put(door, "birds/out/theirs.csv", b"path\n")
    with pytest.raises(UsageError, match="is there already"):
        manifest(birds, "s3://birds/out/theirs.csv")
    with pytest.raises(UsageError, match="lacks symlink"):
        manifest(birds, "s3://birds/out/b", format="audiofolder", audio_mode="symlink")


def test_an_export_that_fails_leaves_nothing_in_the_bucket(door, birds):
    before = s3.names(door, "birds")
    door.fault = lambda method, path: "denied" if method == "PUT" and path.endswith(".tar") else None
    with pytest.raises(StorageError, match="access is denied"):
        manifest(birds, "s3://birds/failing/wds", format="webdataset")
    door.fault = s3.calm
    assert s3.names(door, "birds") == before
    assert [each for each in status(birds).exports if "failing" in each["path"]] == []
