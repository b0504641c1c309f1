"""Tables of folds, as competitions and papers write them."""

from __future__ import annotations

import pytest

from curate.errors import FormatError
from curate.formats.tables import jsonl, parquet
from curate.formats.tables.folds import read_folds
from curate.model import Row


def written(tmp_path, text):
    table = tmp_path / "folds.csv"
    table.write_text(text, encoding="utf-8")
    return table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("filename,fold\na.ogg,0\nb.ogg,3\n", [("a.ogg", 0), ("b.ogg", 3)]),
        (
            "recording_id,split\nxc:1,train\nxc:2,Validation\nxc:3,test\n",
            [("xc:1", -1), ("xc:2", 0), ("xc:3", -2)],
        ),
        ("\ufefffold,label,path\n1,owl,/a.wav\n,owl,/b.wav\n", [("/a.wav", 1)]),
        ("recording_id,filename,fold\nxc:1,a.ogg,-1\n", [("xc:1", -1)]),
        ("File Name,Fold\na.ogg,1.0\nb.ogg,\nc.ogg,-2.0\n", [("a.ogg", 1), ("c.ogg", -2)]),
    ],
)
def test_a_table_gives_names_and_folds(tmp_path, text, expected):
    assert read_folds(written(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("label,fold\nowl,0\n", "lacks a column of recordings"),
        ("path,label\na,owl\n", "lacks a column of folds"),
        ("path,fold\na,0\nb,often\n", "line 3: 'often' is no valid fold"),
        ("path,fold\na,-3\n", "'-3' is no valid fold"),
        ("path,fold\na,0.5\n", "'0.5' is no valid fold"),
        ("", "its first line is empty"),
        ('path,fold\n"a,0\nb,1\n', "the quote that opens in line 2 is never closed"),
        ("path,fold\na,0,1\n", "3 cells for 2 columns"),
    ],
)
def test_a_table_without_folds_says_what_it_lacks(tmp_path, text, words):
    with pytest.raises(FormatError, match=words):
        read_folds(written(tmp_path, text))


def test_a_manifest_of_any_kind_gives_names_and_folds(tmp_path):
    rows = [Row(recording_id="xc:1", path="/a.wav", fold=1), Row(recording_id="xc:2", path="/b.wav")]
    for form, write in (("parquet", parquet.write), ("jsonl", jsonl.write)):
        table = tmp_path / f"m.{form}"
        write(rows, table)
        assert read_folds(table) == [("xc:1", 1)]


def test_a_table_of_a_spreadsheet_gives_names_and_folds(tmp_path):
    table = tmp_path / "folds.csv"
    table.write_bytes("sep=;\r\nPath;path;fold\r\nx;a.ogg;0\r\n".encode("utf-16"))
    assert read_folds(table) == [("a.ogg", 0)]
