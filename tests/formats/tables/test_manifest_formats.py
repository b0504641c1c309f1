"""What holds for each format that the neutral manifest is written in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import FormatError, UsageError
from curate.formats.tables import csv, jsonl, manifest, parquet
from curate.model import MANIFEST_COLUMNS, Row
from tests.formats.rows import FULL, rows

FORMATS = [csv, jsonl, parquet]
each_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.__name__.rpartition(".")[2])


@each_format
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_written_reads_back_identical(form, data, tmp_path_factory):
    table = data.draw(st.lists(rows(any_path=form is not parquet), max_size=4))
    out = tmp_path_factory.getbasetemp() / "round-trip"
    assert form.write(table, out) == len(table)
    read = list(form.read_manifest(out))
    assert read == table
    assert repr(read) == repr(table)  # 0.0 and -0.0 are equal, but not the same


@pytest.mark.parametrize("form", [csv, parquet])
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_columns_give_the_file_that_rows_give(form, data, tmp_path_factory):
    table = data.draw(st.lists(rows(any_path=form is not parquet), min_size=1, max_size=4))
    by_rows, by_columns = (tmp_path_factory.getbasetemp() / name for name in ("by-rows", "by-columns"))
    form.write(table, by_rows)
    cut = data.draw(st.integers(1, len(table)))
    blocks = [
        list(zip(*map(manifest.values, part), strict=True)) for part in (table[:cut], table[cut:]) if part
    ]
    assert form.write_columns(blocks, by_columns) == len(table)
    assert by_columns.read_bytes() == by_rows.read_bytes()


@pytest.mark.parametrize("form", [csv, parquet])
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_cells_that_several_rows_share_stand_in_each_of_them(form, data, tmp_path_factory):
    table = data.draw(st.lists(rows(any_path=form is not parquet), min_size=1, max_size=4))
    at = data.draw(st.lists(st.integers(0, len(table) - 1), min_size=1, max_size=6))
    by_rows, by_columns = (tmp_path_factory.getbasetemp() / name for name in ("by-rows", "by-taking"))
    form.write([table[place] for place in at], by_rows)
    columns = zip(*map(manifest.values, table), strict=True)
    assert form.write_columns([[manifest.SharedCells(cells, at) for cells in columns]], by_columns) == len(at)
    assert by_columns.read_bytes() == by_rows.read_bytes()


def test_a_parquet_table_is_the_same_however_its_rows_come(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 3)
    monkeypatch.setattr(parquet, "BATCHES_PER_GROUP", 2)
    table = [Row(path=f"{number}.ogg", label=f"species{number % 4}") for number in range(20)]
    found = set()
    for size in (1, 4, 7, 20):
        blocks = [table[start : start + size] for start in range(0, 20, size)]
        parquet.write_columns(
            [list(zip(*map(manifest.values, block), strict=True)) for block in blocks], tmp_path / "m"
        )
        found.add((tmp_path / "m").read_bytes())
    assert len(found) == 1


@each_format
def test_types_survive(form, tmp_path):
    form.write([FULL, Row()], tmp_path / "m")
    full, empty = form.read_manifest(tmp_path / "m")
    assert (full.rating, empty.rating) == (0.0, None)
    assert (full.fold, empty.fold) == (0, None)
    assert (full.secondary_labels, empty.secondary_labels) == (("1139490", 'say "a, b"'), ())
    for name in MANIFEST_COLUMNS:
        assert type(getattr(full, name)) is type(getattr(FULL, name)), name


@each_format
def test_the_same_rows_give_the_same_bytes(form, tmp_path):
    for name in "ab":
        form.write(iter([FULL, Row(label="007")]), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@each_format
def test_no_rows_make_a_table_without_rows(form, tmp_path):
    assert form.write([], tmp_path / "m") == 0
    assert list(form.read_manifest(tmp_path / "m")) == []


@each_format
def test_what_was_there_stays_when_the_rows_fail(form, tmp_path):
    def failing():
        yield FULL
        raise ConnectionError

    out = tmp_path / "m"
    form.write([FULL], out)
    before = out.read_bytes()
    with pytest.raises(ConnectionError):
        form.write(failing(), out)
    assert out.read_bytes() == before
    assert list(tmp_path.iterdir()) == [out]


@each_format
def test_folders_on_the_way_are_made_and_a_folder_is_not_overwritten(form, tmp_path):
    form.write([FULL], tmp_path / "new" / "m")
    with pytest.raises(UsageError, match="is a folder"):
        form.write([FULL], tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@each_format
def test_more_rows_than_a_row_group_keep_their_order(form, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 3)
    monkeypatch.setattr(parquet, "BATCHES_PER_GROUP", 2)
    table = [Row(path=f"{at}.wav") for at in range(20)]
    form.write(table, tmp_path / "m")
    assert list(form.read_manifest(tmp_path / "m")) == table


@each_format
def test_a_table_that_is_no_manifest_is_refused_by_name(form, tmp_path):
    other = tmp_path / "other"
    match form.__name__.rpartition(".")[2]:
        case "csv":
            other.write_text("path,label\na.wav,x\n")
        case "jsonl":
            other.write_text('{"path": "a.wav", "label": "x"}\n')
        case _:
            pd.DataFrame({"path": ["a.wav"], "label": ["x"]}).to_parquet(other)
    with pytest.raises(
        FormatError, match=r"other differs from a manifest of curate: it lacks recording_id, onset"
    ) as info:
        list(form.read_manifest(other))
    assert info.value.hint == "columns there: path, label"


def test_csv_opens_in_pandas_with_default_types(tmp_path):
    csv.write(
        [FULL, replace(FULL, label="1139490", fold=None, secondary_labels=(), rating=None)],
        tmp_path / "m.csv",
    )
    frame = pd.read_csv(tmp_path / "m.csv")
    assert tuple(frame.columns) == MANIFEST_COLUMNS
    assert frame["label"].tolist() == ["asbfly", "1139490"]
    assert frame["offset"].tolist() == [FULL.offset] * 2
    assert frame["recordist"].tolist() == ["Magnus Hellström"] * 2
    assert frame["secondary_labels"].isna().tolist() == [False, True]
    assert json.loads(frame["secondary_labels"][0]) == ["1139490", 'say "a, b"']
    assert frame["rating"].isna().tolist() == [False, True]


def test_csv_keeps_labels_of_digits_when_pandas_is_told_so(tmp_path):
    csv.write([Row(label="007"), Row(label="1139490")], tmp_path / "m.csv")
    assert pd.read_csv(tmp_path / "m.csv", dtype={"label": str})["label"].tolist() == ["007", "1139490"]


def test_csv_is_plain_lines_that_end_in_a_newline(tmp_path):
    csv.write([FULL], tmp_path / "m.csv")
    header, line, end = (tmp_path / "m.csv").read_bytes().decode().split("\n")
    assert header == ",".join(MANIFEST_COLUMNS)
    assert line.startswith(
        "xeno-canto:134896,/data/clean/asbfly/XC134896.flac,0.1,5.300000000000001,5.2,32000,asbfly,"
    )
    assert end == ""


def test_csv_says_which_cell_is_wrong(tmp_path):
    csv.write([FULL, FULL], tmp_path / "m.csv")
    text = (tmp_path / "m.csv").read_text().splitlines()
    text[2] = text[2].replace(",32000,", ",many,")
    (tmp_path / "m.csv").write_text("\n".join(text))
    with pytest.raises(FormatError, match=r"m\.csv:3: column sr: expected int, found 'many'"):
        list(csv.read_manifest(tmp_path / "m.csv"))


def test_csv_with_a_row_too_short_says_where(tmp_path):
    csv.write([FULL], tmp_path / "m.csv")
    with (tmp_path / "m.csv").open("a") as handle:
        handle.write("cut,off\n")
    with pytest.raises(FormatError, match=r"m\.csv:3: "):
        list(csv.read_manifest(tmp_path / "m.csv"))


def test_csv_refuses_text_that_no_file_name_can_hold(tmp_path):
    with pytest.raises(FormatError, match="failed to write"):
        csv.write([Row(path="\ud800")], tmp_path / "m.csv")
    block = list(zip(*map(manifest.values, [Row(path="a.wav"), Row(path="\ud800")]), strict=True))
    with pytest.raises(FormatError, match=r"failed to write ',.ud800,"):
        csv.write_columns([block], tmp_path / "m.csv")


def test_jsonl_is_one_object_per_line_with_lists_and_null(tmp_path):
    jsonl.write([FULL, Row()], tmp_path / "m.jsonl")
    first, second = map(json.loads, (tmp_path / "m.jsonl").read_text().splitlines())
    assert tuple(first) == MANIFEST_COLUMNS
    assert first["secondary_labels"] == ["1139490", 'say "a, b"']
    assert (second["secondary_labels"], second["rating"], second["label"]) == ([], None, "")
    frame = pd.read_json(tmp_path / "m.jsonl", lines=True)
    assert frame["recordist"][0] == "Magnus Hellström"


def test_jsonl_refuses_what_json_cannot_say(tmp_path):
    with pytest.raises(FormatError, match=r"'a\.wav'"):
        jsonl.write([Row(path="a.wav", duration=float("inf"))], tmp_path / "m.jsonl")


def test_jsonl_manifest_says_which_line_is_no_object(tmp_path):
    jsonl.write([FULL], tmp_path / "m.jsonl")
    with (tmp_path / "m.jsonl").open("a") as handle:
        handle.write("[1]\n")
    with pytest.raises(FormatError, match=r"m\.jsonl:2 must be a JSON object"):
        list(jsonl.read_manifest(tmp_path / "m.jsonl"))


def test_parquet_has_real_types(tmp_path):
    parquet.write([FULL, replace(FULL, label="1139490")], tmp_path / "m.parquet")
    schema = pq.read_schema(tmp_path / "m.parquet")
    kinds = {name: str(schema.field(name).type) for name in schema.names}
    assert kinds["label"] == "string"
    assert kinds["secondary_labels"].startswith("list<")
    assert "string" in kinds["secondary_labels"]
    assert (kinds["onset"], kinds["rating"], kinds["sr"], kinds["fold"]) == (
        "double",
        "double",
        "int32",
        "int32",
    )
    frame = pd.read_parquet(tmp_path / "m.parquet")
    assert frame["label"].tolist() == ["asbfly", "1139490"]
    assert list(frame["secondary_labels"][0]) == ["1139490", 'say "a, b"']


@pytest.mark.parametrize(
    "row", [Row(path="/a/caf\udce9.wav"), Row(path="/b.wav", secondary_labels=("\ud800",))]
)
def test_parquet_names_the_row_that_is_not_utf8(row, tmp_path):
    with pytest.raises(FormatError) as info:
        parquet.write([FULL, row], tmp_path / "m.parquet")
    assert repr(row.path) in info.value.message
    assert info.value.hint == "formats that keep any name: csv, jsonl"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", [csv, jsonl])
def test_bytes_of_a_file_name_are_kept(form, tmp_path):
    name = b"/a/caf\xe9.wav"
    form.write([Row(path=name.decode("utf-8", "surrogateescape"))], tmp_path / "m")
    (row,) = form.read_manifest(tmp_path / "m")
    assert row.path.encode("utf-8", "surrogateescape") == name


def test_parts_left_by_a_killed_run_are_written_over(tmp_path):
    out = tmp_path / "m.csv"
    Path(f"{out}.part").write_text("half")
    csv.write([FULL], out)
    assert list(tmp_path.iterdir()) == [out]
