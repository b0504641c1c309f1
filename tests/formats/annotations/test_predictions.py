"""Tables of model scores, as trainers and notebooks write them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import FormatError
from curate.formats.annotations.predictions import read_scores
from curate.formats.tables import csv
from curate.steps.acquire.example import example
from tests.formats.rows import FULL

PLAIN = "path,onset,offset,owl,1139490\na.ogg,0,5,0.25,0.5\nb.ogg,5,10,,1\n"


@pytest.fixture(scope="session")
def example_table(tmp_path_factory):
    return example(tmp_path_factory.mktemp("data") / "example").folder / "train.csv"


def table(folder, text, name="scores.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_row_is_a_window_and_a_column_a_class(tmp_path):
    found = read_scores(table(tmp_path, PLAIN), window=5)
    assert found.names == ["a.ogg", "b.ogg"]
    assert found.classes == ("owl", "1139490")
    assert (found.onsets.tolist(), found.offsets.tolist()) == ([0, 5], [5, 10])
    np.testing.assert_array_equal(found.scores, [[0.25, 0.5], [np.nan, 1.0]])


def test_the_row_ids_of_birdclef_name_file_and_end(tmp_path):
    text = "row_id,owl\nH02_20230420_074000_5,0.1\nsoundscape_8358733_60,0.2\n7_2.5,0.3\n"
    found = read_scores(table(tmp_path, text), window=5)
    assert found.names == ["H02_20230420_074000", "soundscape_8358733", "7"]
    assert (found.onsets.tolist(), found.offsets.tolist()) == ([0, 55, 0], [5, 60, 2.5])
    assert found.classes == ("owl",)


def test_rows_without_times_are_about_whole_recordings(tmp_path):
    found = read_scores(table(tmp_path, "recording_id,owl\n0012,0.1\n"), window=5)
    assert found.names == ["0012"]
    assert np.isnan(found.onsets).all()
    assert np.isnan(found.offsets).all()


def test_a_manifest_with_scores_beside_it_is_a_table_of_scores(tmp_path):
    csv.write([FULL], tmp_path / "m.csv")
    frame = pd.read_csv(tmp_path / "m.csv").assign(owl=0.5)
    frame.to_csv(tmp_path / "with_index.csv")
    frame.to_parquet(tmp_path / "m.parquet")
    for name in ("with_index.csv", "m.parquet"):
        found = read_scores(tmp_path / name, window=5)
        assert (found.names, found.classes) == ([FULL.recording_id], ("owl",))
        assert (found.onsets[0], found.offsets[0]) == (FULL.onset, FULL.offset)


def test_a_table_of_birdclef_with_scores_beside_it_is_one_too(tmp_path, example_table):
    frame = pd.read_csv(example_table, dtype=str).assign(owl=0.5, frog=0.25)
    frame.to_csv(tmp_path / "oof.csv", index=False)
    found = read_scores(tmp_path / "oof.csv", window=5)
    assert found.names == frame["filename"].tolist()
    assert found.classes == ("owl", "frog")
    assert np.isnan(found.onsets).all()


def test_names_of_columns_may_be_spelt_freely(tmp_path):
    found = read_scores(table(tmp_path, "Row ID,Fold,owl\na_5,3,0.5\n"), window=5)
    assert (found.names, found.offsets.tolist(), found.classes) == (["a"], [5], ("owl",))


def test_what_pandas_writes_of_an_index_of_windows_is_read(tmp_path):
    index = pd.MultiIndex.from_tuples([("a.wav", 0.0, 5.0)], names=["file", "start_time", "end_time"])
    frame = pd.DataFrame({"owl": [0.5], "frog": np.array([0.25], dtype="float32")}, index=index)
    frame.to_csv(tmp_path / "s.csv")
    frame.to_parquet(tmp_path / "s.parquet")
    for name in ("s.csv", "s.parquet"):
        found = read_scores(tmp_path / name, window=5)
        assert (found.names, found.classes) == (["a.wav"], ("owl", "frog"))
        assert found.scores.tolist() == [[0.5, 0.25]]


def test_semicolons_and_a_mark_of_byte_order_are_read(tmp_path):
    found = read_scores(table(tmp_path, "\ufeffpath;onset;offset;owl\na.ogg;0;5;0.25\n"), window=5)
    assert (found.names, found.scores.tolist()) == (["a.ogg"], [[0.25]])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5))
def test_scores_survive_both_kinds_of_table(tmp_path, scores):
    frame = pd.DataFrame(scores, columns=["a", "b"]).assign(recording=[f"r{i}" for i in range(len(scores))])
    frame.to_csv(tmp_path / "s.csv", index=False)
    frame.to_parquet(tmp_path / "s.parquet")
    for name in ("s.csv", "s.parquet"):
        np.testing.assert_array_equal(
            read_scores(tmp_path / name, window=5).scores, frame[["a", "b"]].to_numpy()
        )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("owl,frog\n0.1,0.2\n", "lacks a column for the recording"),
        ("path,onset,owl\na,0,0.5\n", "one end of the windows only: onset"),
        ("path,onset,offset\na,0,5\n", "lacks a column of scores"),
        ("path,owl\na,3.5\n", "column owl: expected a score from 0 to 1, found 3.5 in row 1"),
        ("path,owl\na,-0.5\n", "from 0 to 1, found -0.5"),
        ("path,owl\na,inf\n", "from 0 to 1, found inf"),
        ("path,owl\na,often\n", "failed to read the scores.*often"),
        ("path,owl,owl\na,1,1\n", "two columns 'owl'"),
        ("row_id,owl\nsoundscape,0.5\n", "expected <file>_<second>, found 'soundscape' in row 1"),
        ("", "its first line is empty"),
    ],
)
def test_what_is_no_table_of_scores_is_refused_with_its_place(tmp_path, text, words):
    with pytest.raises(FormatError, match=words):
        read_scores(table(tmp_path, text), window=5)


def test_a_parquet_file_with_words_for_scores_is_refused(tmp_path):
    pd.DataFrame({"path": ["a"], "owl": ["often"]}).to_parquet(tmp_path / "s.parquet")
    with pytest.raises(FormatError, match="column owl holds text where numbers belong"):
        read_scores(tmp_path / "s.parquet", window=5)
    table(tmp_path, "no parquet", "t.parquet")
    with pytest.raises(FormatError, match="failed to read the table"):
        read_scores(tmp_path / "t.parquet", window=5)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("file;start_time;end_time;owl\nm\u00e9sange.wav;0;5;0,5\nb.wav;5;10;\n", "utf-8"),
        ("sep=;\nfile;start_time;end_time;owl\nm\u00e9sange.wav;0;5;0.5\nb.wav;5;10;NA\n", "utf-8"),
        ("file\tstart_time\tend_time\towl\nm\u00e9sange.wav\t0\t5\t0.5\nb.wav\t5\t10\t\n", "utf-16"),
        ("file,start_time,end_time,owl\nm\u00e9sange.wav,0,5,0.5\nb.wav,5,10,\n", "latin-1"),
        (
            "file,start_time,end_time,owl\nm\u00e9sange.wav,00:00:00,00:00:05,0.5\nb.wav,0:00:05,0:00:10,\n",
            "utf-8",
        ),
        ('file,start_time,end_time,owl,"of\nme"\nm\u00e9sange.wav,0,5,0.5,\nb.wav,5,10,,\n', "utf-8-sig"),
    ],
)
def test_scores_are_read_as_other_programs_save_tables(text, encoding, tmp_path):
    (tmp_path / "s.csv").write_bytes(text.encode(encoding))
    found = read_scores(tmp_path / "s.csv", window=5)
    assert found.names == ["m\u00e9sange.wav", "b.wav"]
    assert (found.onsets.tolist(), found.offsets.tolist()) == ([0, 5], [5, 10])
    np.testing.assert_array_equal(found.scores[:, 0], [0.5, np.nan])


def test_a_row_that_is_none_is_told_and_no_score_is_lost(tmp_path):
    with pytest.raises(FormatError, match=r"s.csv:3: 3 cells for 2 columns"):
        read_scores(table(tmp_path, "path;owl\na;0,5\nb;0;5\n", "s.csv"), window=5)


def test_a_list_of_detections_is_no_table_of_scores(tmp_path):
    text = "Start (s),End (s),Scientific name,Common name,Confidence,File\n0,3,Strix aluco,Owl,0.8,a.wav\n"
    with pytest.raises(FormatError, match="lists what birdnet-analyzer found") as caught:
        read_scores(table(tmp_path, text), window=5)
    assert caught.value.hint == "import it, and name its layer: layer:birdnet-analyzer"
