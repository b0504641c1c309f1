"""Whatever becomes of the files of a dataset is found, told with what to do, and nothing is written."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
from contextlib import closing

import pytest
import soundfile as sf

from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.render import render
from curate.steps.inspect.check import check
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from tests.archive import dataset_of, row, rows_of
from tests.datasets import state
from tests.engines import in_a_thread
from tests.songs import song

NAMES = ("silwre9/XC90000011", "silwre9/XC90000012", "lanowl9/XC90000042")


@pytest.fixture(scope="module")
def made(tmp_path_factory, example_folder):
    """A dataset with three clean copies, and raw files of its own."""
    folder = tmp_path_factory.mktemp("check")
    shutil.copytree(example_folder, folder / "example")
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        import_(dataset, folder / "example")
        for name in NAMES:
            cut(dataset, f"{name}.ogg", 1, 2)
        render(dataset)
    return folder


@pytest.fixture
def birds(made, tmp_path):
    """A copy that a test may damage; its raw files lie beside it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("test", {}):
            dataset.store.run("UPDATE recordings SET path = replace(path, ?, ?)", (str(made), str(tmp_path)))
        with in_a_thread():
            yield dataset


def raw(dataset, name):
    return dataset.folder.parent / "example" / "train_audio" / f"{name}.ogg"


def copy(dataset, name):
    return dataset.clean / f"{name}.flac"


def flip(path):
    """Change one byte in the middle, and neither size nor time."""
    now = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)
    os.utime(path, ns=(now.st_atime_ns, now.st_mtime_ns))


def found(dataset, **options):
    """Kind and path of each fault."""
    summary = check(dataset, **options)
    folder = str(dataset.folder.parent)
    return {
        (each.kind, os.path.relpath(fault.path, folder)) for each in summary.wrong for fault in each.first
    }


@pytest.mark.parametrize("read", [False, True])
def test_all_is_well_with_what_was_just_made(birds, read):
    summary = check(birds, read=read)
    assert (summary.recordings, summary.copies, summary.wrong) == (26, 3, [])
    assert (summary.bytes_read > 0) is read


def test_raw_files_that_are_gone_changed_or_touched_are_told_apart(birds):
    raw(birds, NAMES[0]).unlink()
    with raw(birds, NAMES[1]).open("ab") as file:
        file.write(b"x")
    os.utime(raw(birds, NAMES[2]))
    names = [f"example/train_audio/{name}.ogg" for name in NAMES]
    wanted = set(zip(("raw gone", "raw changed", "raw touched"), names, strict=True))
    assert found(birds) == found(birds, read=True) == wanted


def test_a_copy_that_went_for_a_file_that_is_gone_is_named_and_may_stay_instead(tmp_path):
    (tmp_path / "in").mkdir()
    for seed, name in ((1, "a"), (1, "b c"), (2, "other")):
        sf.write(tmp_path / "in" / f"{name}.wav", song(seed, seconds=2.0)[0], 32000)
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        dedupe(dataset)
        [(dropped,)] = [row[:1] for row in show(dataset, "drops").rows]
        there = tmp_path / "in" / dropped.removeprefix("local:")
        best = tmp_path / "in" / ({"a.wav", "b c.wav"} - {there.name}).pop()
        best.unlink()
        (tmp_path / "in" / "other.wav").unlink()
        [wrong] = check(dataset).wrong
        reasons = {os.path.basename(fault.path): fault.reason for fault in wrong.first}
        assert reasons["other.wav"] == "no such file"
        told, _, command = reasons[best.name].partition(". To use that one: curate ")
        assert told == f"no such file. The same sound is in {there}, which dedupe dropped for it"
        assert [row.path for row in rows_of(dataset, tmp_path)] == [
            str(best),
            str(tmp_path / "in" / "other.wav"),
        ]
        assert main([*shlex.split(command), "--dataset", str(dataset.folder)]) == 0
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        assert str(there) in [row.path for row in rows_of(dataset, tmp_path)]
        dedupe(dataset)
        assert str(best) not in [row.path for row in rows_of(dataset, tmp_path)]
        there.unlink()
        assert {fault.reason for fault in check(dataset).wrong[0].first} == {"no such file"}


def test_other_bytes_of_the_same_size_and_time_are_found_by_reading_them(birds):
    flip(raw(birds, NAMES[0]))
    flip(copy(birds, NAMES[1]))
    assert found(birds) == set()
    assert found(birds, read=True) == {
        ("raw changed", f"example/train_audio/{NAMES[0]}.ogg"),
        ("copy damaged", f"birds/clean/{NAMES[1]}.flac"),
    }


def test_a_copy_of_another_length_is_found_although_it_decodes(birds):
    path = copy(birds, NAMES[0])
    shutil.copy(copy(birds, NAMES[1]), path)
    with birds.writing("test", {}):
        sql = "UPDATE copies SET bytes = ? WHERE path = ?"
        birds.store.run(sql, (path.stat().st_size, f"clean/{NAMES[0]}.flac"))
    assert found(birds, read=True) == {("copy damaged", f"birds/clean/{NAMES[0]}.flac")}


def test_what_is_wrong_with_copies_is_mended_as_the_summary_says(birds, tmp_path):
    before = state(birds.folder, tmp_path / "before")
    copy(birds, NAMES[0]).unlink()
    copy(birds, NAMES[1]).write_bytes(b"fLaC")
    flip(copy(birds, NAMES[2]))
    summary = check(birds, read=True)
    advice = {each.kind: each.next for each in summary.wrong}
    assert advice["copy gone"] == advice["copy changed"] == "curate render"
    assert advice["copy damaged"].endswith(f"rm {copy(birds, NAMES[2])}; curate render")
    copy(birds, NAMES[2]).unlink()
    render(birds)
    assert check(birds, read=True).wrong == []
    assert state(birds.folder, tmp_path / "after") == before


def test_touched_files_are_well_after_the_import_that_the_summary_names(birds, tmp_path):
    with birds.writing("test", {}):
        sql = "UPDATE runs SET parameters = json_object('paths', json_array(?)) WHERE command = 'import'"
        birds.store.run(sql, (str(tmp_path / "example"),))
    os.utime(raw(birds, NAMES[2]))
    (wrong,) = check(birds).wrong
    assert wrong.next.endswith(f": curate import {tmp_path / 'example'}")
    import_(birds, tmp_path / "example")
    assert check(birds).wrong == []


def test_files_that_belong_to_nobody_are_told(birds):
    shutil.copy(copy(birds, NAMES[0]), birds.clean / "silwre9" / "mine.flac")
    (birds.clean / "silwre9" / os.fsdecode(b"caf\xe9.flac")).write_bytes(b"")
    (birds.clean / "silwre9" / ".hidden").write_bytes(b"")
    (birds.clean / "silwre9" / "x.flac.part").write_bytes(b"")
    (birds.raw / "xeno-canto").mkdir(parents=True)
    (birds.raw / "xeno-canto" / "1.part.json").write_bytes(b"")
    (birds.folder / ".train.converted").mkdir()
    assert found(birds) == {
        ("orphan", "birds/clean/silwre9/mine.flac"),
        ("orphan", os.fsdecode(b"birds/clean/silwre9/caf\xe9.flac")),
        ("leftover", "birds/clean/silwre9/x.flac.part"),
        ("leftover", "birds/raw/xeno-canto/1.part.json"),
        ("leftover", "birds/.train.converted"),
    }


def test_what_another_command_has_not_finished_is_not_judged(birds):
    (birds.clean / "silwre9" / "x.flac.part").write_bytes(b"")
    with Dataset(birds.folder) as other, other.writing("test", {}):
        summary = check(birds)
    assert (summary.busy, summary.wrong) == (True, [])
    assert not check(birds).busy


def test_a_copy_that_waits_to_be_made_anew_is_no_fault(birds):
    cut(birds, f"{NAMES[0]}.ogg", 3, 4)
    summary = check(birds, read=True)
    assert (summary.copies, summary.waiting, summary.wrong) == (2, 1, [])


def test_what_never_could_be_read_is_not_expected(birds):
    with birds.writing("test", {}):
        birds.store.run("UPDATE recordings SET status = 'failed', sha256 = NULL, path = '/none' WHERE id = 1")
    summary = check(birds)
    assert (summary.recordings, summary.wrong) == (25, [])


def test_a_folder_that_is_not_there_is_named_and_faults_beyond_the_limit_are_counted(tmp_path):
    dataset = dataset_of(tmp_path / "birds", [row(number) for number in range(2500)])
    (wrong,) = check(dataset, limit=2).wrong
    assert (wrong.kind, wrong.count, len(wrong.first)) == ("raw gone", 2500, 2)
    assert wrong.first[0].reason == "there is no /audio"


def test_rows_that_refer_to_nothing_and_broken_pages_are_damage(birds):
    with closing(sqlite3.connect(birds.folder / "curate.db", isolation_level=None)) as connection:
        connection.execute("INSERT INTO labels VALUES (999, 0, 'owl', 'primary')")
    (wrong,) = check(birds).wrong
    assert wrong.kind == "catalogue damaged"
    assert "the table labels refers to a row of recordings" in wrong.first[0].reason
    index = birds.store.value("SELECT rootpage FROM sqlite_master WHERE name = 'recordings_sha256'")
    birds.close()
    path = birds.folder / "curate.db"
    content = bytearray(path.read_bytes())
    content[(index - 1) * 4096 : index * 4096] = bytes(4096)
    path.write_bytes(content)
    summary = check(birds)
    assert summary.wrong[0].kind == "catalogue damaged"
    assert ".recover" in summary.wrong[0].next


def test_nothing_is_written(birds, tmp_path):
    before = state(birds.folder, tmp_path / "before")
    copy(birds, NAMES[0]).unlink()
    runs = birds.store.value("SELECT count(*) FROM runs")
    check(birds, read=True)
    assert birds.store.value("SELECT count(*) FROM runs") == runs
    after = state(birds.folder, tmp_path / "after")
    assert after["tables"] == before["tables"]
    assert before["files"].keys() - after["files"].keys() == {f"{NAMES[0]}.flac"}


def test_wrong_usage_and_a_missing_dataset_are_told(birds, tmp_path):
    with pytest.raises(UsageError, match="limit"):
        check(birds, limit=-1)
    with pytest.raises(NotInCatalogue):
        check(Dataset(tmp_path / "none"))
