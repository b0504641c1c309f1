"""Every table as CSV, so that nothing is locked in."""

from __future__ import annotations

import os

import pandas as pd
import pytest

from curate.catalogue import recordings
from curate.catalogue.dataset import Dataset
from curate.catalogue.schema import TABLES
from curate.errors import NotInCatalogue, UsageError
from curate.model import FileFacts, Row
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.inspect.dump import dump

pytestmark = pytest.mark.usefixtures("thread")


def load(folder, table):
    return pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)


def test_every_table_loads_with_as_many_rows_and_columns_as_it_has(birds, tmp_path):
    strip_voice(birds)
    summary = dump(birds, tmp_path / "dump")
    assert summary.folder == str(tmp_path / "dump")
    assert {path.name for path in (tmp_path / "dump").iterdir()} == {f"{table}.csv" for table in TABLES}
    for table in TABLES:
        frame = load(tmp_path / "dump", table)
        columns, _ = birds.store.table(f"SELECT * FROM {table}")
        assert list(frame.columns) == columns
        count = birds.store.value(f"SELECT count(*) FROM {table}")
        assert len(frame) == summary.rows[table] == count, table
    assert load(tmp_path / "dump", "labels").label.tolist().count("9000101") == 3
    assert load(tmp_path / "dump", "copies").path.str.startswith("clean/").all()


def test_numbers_lose_nothing_and_tracks_are_hexadecimal(birds, tmp_path):
    strip_voice(birds, limit=3, render=False)
    dump(birds, tmp_path)
    frame = load(tmp_path, "recordings")
    assert [float(cell) for cell in frame.duration] == [
        row[0] for row in birds.store.rows("SELECT duration FROM recordings ORDER BY id")
    ]
    tracks = load(tmp_path, "tracks")
    assert len(tracks) == 3
    for row in tracks.itertuples():
        data = birds.store.value("SELECT data FROM tracks WHERE recording = ?", (int(row.recording),))
        assert bytes.fromhex(row.data) == data


def test_a_name_that_is_not_utf8_keeps_its_bytes(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("test", {}):
            row = Row(path=os.fsdecode(b"/data/caf\xe9.wav"))
            recordings.add(
                dataset.store, row, FileFacts(1, 1, "00", None, "x"), archive_id="x", folder=dataset.folder
            )
        dump(dataset, tmp_path / "dump")
    assert b"/data/caf\xe9.wav" in (tmp_path / "dump" / "recordings.csv").read_bytes()


def test_dumping_again_replaces_the_files(birds, tmp_path):
    dump(birds, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.glob("*.csv")}
    header = before[tmp_path / "taxa.csv"].splitlines(keepends=True)[0]
    (tmp_path / "taxa.csv").write_bytes(header + b"changed")
    dump(birds, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.glob("*.csv")} == before


def test_without_a_dataset_nothing_is_made(tmp_path):
    with pytest.raises(NotInCatalogue, match="no dataset"):
        dump(Dataset(tmp_path / "birds"), tmp_path / "dump")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "header", ["", "file,label\n", "recording,ordinal,label,role,mine\n", "recording,ordinal,label\n"]
)
def test_a_table_of_somebody_else_is_refused_before_anything_is_written(birds, tmp_path, header):
    out = tmp_path / "out"
    out.mkdir()
    (out / "labels.csv").write_text(header + "precious")
    with pytest.raises(UsageError, match=r"labels\.csv: it is another folder than a dump") as info:
        dump(birds, out)
    assert info.value.hint
    assert [path.name for path in out.iterdir()] == ["labels.csv"]
    assert (out / "labels.csv").read_text() == header + "precious"


def test_a_file_in_the_place_of_the_folder_is_refused(birds, tmp_path):
    (tmp_path / "out").write_text("precious")
    with pytest.raises(UsageError, match="out: it is a file"):
        dump(birds, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "precious"


def test_an_error_leaves_no_half_table(birds, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("curate.steps.inspect.dump._cell", fail)
    with pytest.raises(OSError, match="No space"):
        dump(birds, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
