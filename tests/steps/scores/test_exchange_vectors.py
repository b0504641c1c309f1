"""Vectors from elsewhere, and for others: Parquet, and databases of Perch-Hoplite."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import FormatError, UsageError
from curate.formats.tables import vector_files
from curate.steps.acquire.import_ import import_
from curate.steps.common.recording_vectors import of_recordings
from curate.steps.scores.embed import embed
from curate.steps.scores.held_vectors import held_vectors
from curate.steps.scores.similar import similar
from tests.datasets import write_tone
from tests.engines import in_a_thread

EAR = "tests.fakes.models:Ear"


@pytest.fixture
def birds(tmp_path):
    """Three recordings of 4 s."""
    for number, hz in enumerate((500, 3000, 6000)):
        write_tone(tmp_path / "data" / "owl" / f"{number}.wav", seconds=4, freq=hz)
    with Dataset(tmp_path / "set") as dataset, in_a_thread():
        import_(dataset, [tmp_path / "data"])
        yield dataset


def table(path, rows):
    """Write (recording, onset, offset, vector)."""
    columns = list(zip(*rows, strict=True))
    kinds = pa.string(), pa.float64(), pa.float64(), pa.list_(pa.float32())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    pq.write_table(pa.table(arrays, names=["recording", "onset", "offset", "vector"]), path)
    return path


def stored(birds, model):
    held = held_vectors(birds, model)
    return {row.recording: held.vectors[row.first : row.first + row.windows] for row in held.rows}


def windows(name, count, *, hop=1.0, start=1.0):
    return [(name, at * hop, at * hop + 2.0, [start + at, -1.0]) for at in range(count)]


def test_vectors_from_elsewhere_are_used_as_if_made_here(birds, tmp_path):
    rows = (
        windows("owl/0.wav", 3)
        + windows("local:owl/1.wav", 3, start=1.5)
        + windows("data/owl/2.wav", 3, start=-9)
    )
    path = table(tmp_path / "perch.parquet", rows[::-1])
    summary = embed(birds, model="perch", vectors_from=path)
    assert (summary.embedded, summary.recordings, summary.vectors, summary.problems) == (3, 3, 9, [])
    assert (summary.window, summary.hop, summary.dimension) == (2.0, 1.0, 2)
    assert stored(birds, "perch")[1].tolist() == [[1, -1], [2, -1], [3, -1]]
    found = similar(birds, "owl/0.wav@0.5", model="perch").found
    assert found[0].recording_id == "local:owl/1.wav"
    assert of_recordings(birds, "perch").numbers.tolist() == [1, 2, 3]
    again = embed(birds, model="perch", vectors_from=path)
    assert (again.embedded, again.same, again.vectors) == (0, 3, 9)
    with pytest.raises(UsageError, match="unknown model 'perch'"):
        embed(birds, model="perch")


@pytest.mark.parametrize("says_lengths", [True, False])
def test_short_clips_whose_every_second_window_is_cut_off_come_back(tmp_path, says_lengths):
    for number in range(3):
        write_tone(tmp_path / "data" / "owl" / f"{number}.wav", seconds=5.001, freq=1000.0 + number)
    with Dataset(tmp_path / "clips") as clips, in_a_thread():
        import_(clips, tmp_path / "data")
        embed(clips, out=tmp_path / "own.parquet")  # windows of 3 s: from 0 to 3, and from 3 to the end
        found = pq.read_table(tmp_path / "own.parquet")
        if not says_lengths:
            found = found.replace_schema_metadata(None)
        pq.write_table(found, tmp_path / "taken.parquet")
        summary = embed(clips, model="taken", vectors_from=tmp_path / "taken.parquet")
        assert (summary.vectors, summary.window, summary.hop, summary.problems) == (6, 3.0, 3.0, [])
        own = stored(clips, "spectral")
        assert all(np.array_equal(rows, own[number]) for number, rows in stored(clips, "taken").items())


def test_rows_that_cannot_be_used_are_named_and_stop_no_others(birds, tmp_path):
    rows = [
        *windows("owl/0.wav", 3),
        ("owl/0.wav", 1.0, 3.0, [5.0, 5.0]),  # twice
        ("owl/1.wav", 0.0, 2.0, [float("nan"), 1.0]),
        ("owl/1.wav", 1.0, 3.0, [1e9, 1.0]),  # more than half precision holds
        ("owl/1.wav", 2.0, 4.0, [1.0, 2.0]),
        ("owl/2.wav", 0.3, 2.3, [1.0, 2.0]),  # off the grid
        ("owl/2.wav", 8.0, 10.0, [1.0, 2.0]),  # behind the end
        ("lark.wav", 0.0, 2.0, [1.0, 2.0]),
    ]
    summary = embed(birds, model="perch", vectors_from=table(tmp_path / "a.parquet", rows))
    assert (summary.embedded, summary.windows, summary.holes) == (2, 6, 2)
    said = [f"{each.path.rpartition(': ')[2]}: {each.reason.partition(',')[0]}" for each in summary.problems]
    assert said == [
        "lark.wav: the dataset has no recording of this name",
        "row 8: expected windows of 2 s",
        "row 9: expected windows of 2 s",
        "row 4: the same window is there twice",
        "row 5: the vector has values that are no numbers",
        "row 6: the vector has values that are no numbers",
    ]
    assert stored(birds, "perch")[2].tolist() == [[0, 0], [0, 0], [1, 2]]


def test_vectors_of_a_model_that_runs_here_must_be_of_its_version(birds, tmp_path):
    embed(birds, model=EAR, out=tmp_path / "ear.parquet")
    made = stored(birds, EAR)
    with Dataset(tmp_path / "other") as others, in_a_thread():
        import_(others, [tmp_path / "data"])
        summary = embed(others, model=EAR, vectors_from=tmp_path / "ear.parquet")
        assert (summary.vectors, summary.version) == (12, "1")
        assert all(np.array_equal(found, made[number]) for number, found in stored(others, EAR).items())
        # The scores are not in the file: they are made when somebody embeds.
        assert embed(others, model=EAR).embedded == 3
        assert len(list(layers.looked_at(others.store, layers.find_number(others.store, "scores-ear")))) == 3
        path = table(tmp_path / "unknown.parquet", windows("owl/0.wav", 3))
        with pytest.raises(UsageError, match="by an unknown version, 2 numbers for 2 s") as caught:
            embed(others, model=EAR, vectors_from=path)
        assert "--model my-ear" in caught.value.hint


@settings(max_examples=20, deadline=None)
@given(
    vectors=st.lists(
        st.lists(st.floats(-6e4, 6e4, width=16), min_size=3, max_size=3), min_size=1, max_size=20
    ),
    hop=st.sampled_from([0.5, 1.0, 1.5]),
)
def test_a_table_of_ours_reads_back_as_it_was(tmp_path_factory, vectors, hop):
    path = tmp_path_factory.mktemp("vectors") / "a.parquet"
    onsets = np.arange(len(vectors)) * hop
    array = np.array(vectors, np.float16)
    with vector_files.writing(path, 3, {"model": "perch", "hop": hop}) as sink:
        sink.put("a", onsets, onsets + 2.0, array)
        sink.put("b", onsets, onsets + 2.0, -array)
    file = vector_files.opened(path)
    [one, other] = _parts(file, len(vectors))
    assert (file.dimension, file.facts) == (3, {"model": "perch", "hop": hop})
    assert np.array_equal(one[1], onsets)
    assert np.array_equal(one[2].astype(np.float16), array)
    assert np.array_equal(other[2].astype(np.float16), -array)


def _parts(file, size):
    [batch] = file.batches(vectors=True)
    cut = slice(0, size), slice(size, None)
    return [(batch.names[part], batch.onsets[part], batch.vectors[part]) for part in cut]


def test_files_that_are_no_vectors_are_refused(birds, tmp_path):
    pq.write_table(pa.table({"recording": ["a"], "onset": [0.0], "vector": [[1.0]]}), tmp_path / "a.parquet")
    with pytest.raises(FormatError, match="lacks offset"):
        embed(birds, model="perch", vectors_from=tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(FormatError, match="failed to read"):
        embed(birds, model="perch", vectors_from=tmp_path / "b.parquet")
    with pytest.raises(UsageError, match="vectors are missing at"):
        embed(birds, model="perch", vectors_from=tmp_path / "c.parquet")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=r"no Hoplite database: it lacks hoplite\.sqlite"):
        embed(birds, model="perch", vectors_from=tmp_path / "folder")
    rows = [("owl/0.wav", 0.0, 2.0, [1.0, 2.0]), ("owl/0.wav", 2.0, 4.0, [1.0])]
    with pytest.raises(FormatError, match="vectors behind row 0 have 1 to 2 numbers"):
        embed(birds, model="perch", vectors_from=table(tmp_path / "d.parquet", rows))
    with pytest.raises(UsageError, match="invalid name of a model: 'a/b'"):
        embed(birds, model="a/b", vectors_from=table(tmp_path / "e.parquet", windows("owl/0.wav", 3)))
    with pytest.raises(UsageError, match="has its own hop"):
        embed(birds, model="perch", vectors_from=tmp_path / "e.parquet", hop=1.0)
    with pytest.raises(UsageError, match="has no window of a recording here"):
        embed(birds, model="perch", vectors_from=table(tmp_path / "f.parquet", windows("lark.wav", 3)))


def test_a_file_never_hides_vectors_of_other_recordings(birds, tmp_path):
    embed(birds, model="perch", vectors_from=table(tmp_path / "a.parquet", windows("owl/0.wav", 3)))
    other = table(tmp_path / "b.parquet", windows("owl/1.wav", 2, hop=2.0))
    for dry_run in (True, False):
        with pytest.raises(UsageError, match="hide the vectors of 1 recordings") as caught:
            embed(birds, model="perch", vectors_from=other, dry_run=dry_run)
    assert "2 s windows every 1 s here, by an unknown version" in str(caught.value)
    assert "--model my-perch" in caught.value.hint
    assert len(stored(birds, "perch")[1]) == 3
    both = table(tmp_path / "c.parquet", windows("owl/0.wav", 2, hop=2.0) + windows("owl/1.wav", 2, hop=2.0))
    assert embed(birds, model="perch", vectors_from=both).recordings == 2
    # The same kind joins what is here.
    more = table(tmp_path / "d.parquet", windows("owl/2.wav", 2, hop=2.0))
    assert embed(birds, model="perch", vectors_from=more).recordings == 3


def test_at_the_terminal(birds, tmp_path, capsys):
    path = table(tmp_path / "perch.parquet", windows("owl/0.wav", 3))
    arguments = ["embed", "--dataset", str(birds.folder), "--model", "perch"]
    assert main([*arguments, "--vectors-from", str(path), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["windows"] == 3
    assert not (birds.folder / "vectors").exists()
    assert main([*arguments, "--vectors-from", str(path), "--out", str(tmp_path / "out.parquet")]) == 0
    assert f"written to {tmp_path}/out.parquet" in capsys.readouterr().out
    assert pq.read_table(tmp_path / "out.parquet")["vector"].to_pylist() == [[1, -1], [2, -1], [3, -1]]
    (tmp_path / "mine.parquet").write_bytes(b"mine")
    assert main([*arguments, "--out", str(tmp_path / "mine.parquet")]) == 2
    assert (tmp_path / "mine.parquet").read_bytes() == b"mine"


def test_vectors_that_come_and_go_stay_the_same_however_often(birds, tmp_path, capsys):
    file = table(tmp_path / "perch.parquet", windows("owl/0.wav", 2))
    embed(birds, model="perch", vectors_from=file)
    version = held_vectors(birds, "perch").kind.version
    for turn in range(2):
        out = tmp_path / f"again-{turn}.parquet"
        embed(birds, model="perch", out=out)
        summary = embed(birds, model="perch", vectors_from=out)
        assert (summary.embedded, summary.same) == (0, 1)
    assert held_vectors(birds, "perch").kind.version == version
    assert (
        main(["embed", "--model", "perch", "--vectors-from", str(file), "--dataset", str(birds.folder)]) == 0
    )
    assert "1 recording has 2 vectors of 2 numbers by perch\n" in capsys.readouterr().out


def test_a_file_of_which_nothing_fits_says_why(birds, tmp_path):
    write_tone(tmp_path / "more" / "crow" / "0.wav", seconds=4, freq=900)
    import_(birds, [tmp_path / "more"])
    both = table(tmp_path / "both.parquet", windows("0.wav", 2))
    with pytest.raises(UsageError, match=r"0\.wav: several recordings have this name, .*owl.* and .*crow"):
        embed(birds, model="perch", vectors_from=both)
    other = table(tmp_path / "other.parquet", windows("wren.wav", 2))
    with pytest.raises(UsageError, match=r"wren\.wav: the dataset has no recording of this name"):
        embed(birds, model="perch", vectors_from=other)
    bare = tmp_path / "bare.parquet"
    pq.write_table(pq.read_table(other).slice(0, 0), bare)
    with pytest.raises(UsageError, match="holds no windows"):
        embed(birds, model="perch", vectors_from=bare)
