"""The catalogue's rows, chosen by recording and layer."""

from __future__ import annotations

import os
import shutil

import pytest

from curate.catalogue import layers, recordings
from curate.catalogue.dataset import Dataset
from curate.errors import NotInCatalogue, UsageError
from curate.model import AudioInfo, FileFacts, Row, Segment
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.inspect.show import TABLES, show
from tests.datasets import shown
from tests.engines import in_a_thread


@pytest.fixture(scope="module")
def stripped(tmp_path_factory, example_folder):
    with Dataset(tmp_path_factory.mktemp("show") / "birds") as dataset:
        with in_a_thread():
            strip_voice(dataset, [example_folder])
        yield dataset


def test_every_table_can_be_shown(stripped):
    counts = {table: len(shown(stripped, table)) for table in TABLES}
    assert counts["recordings"] == 26
    assert counts["labels"] == stripped.store.value("SELECT count(*) FROM labels")
    assert counts["segments"] == stripped.store.value("SELECT count(*) FROM segments") > 10
    assert counts["cuts"] == stripped.store.value("SELECT count(*) FROM cuts")
    assert counts["timemap"] == stripped.store.value("SELECT count(*) FROM pieces")
    assert counts["runs"] == 2


def test_paths_are_absolute_and_exist(stripped):
    for row in shown(stripped, "timemap"):
        assert os.path.isfile(row["path"])
        assert os.path.isfile(row["clean_path"])
        assert row["clean_path"].startswith(str(stripped.clean))


def test_segments_lie_where_somebody_speaks(stripped, truth, example_folder):
    for row in shown(stripped, "segments"):
        voices = truth[os.path.relpath(row["path"], example_folder)]
        # An echo, or a breath, belongs to a voice as far as half a second from it.
        assert any(onset < row["offset"] + 1 and row["onset"] - 1 < offset for onset, offset in voices)
        assert 0 < row["score"] <= 1
        assert row["layer"] == "speech"


def test_the_time_map_is_contiguous_and_as_long_as_what_is_kept(stripped):
    ends = {}
    for row in shown(stripped, "timemap"):
        assert row["clean_onset"] == pytest.approx(ends.get(row["recording_id"], 0.0))
        assert row["clean_offset"] - row["clean_onset"] == pytest.approx(row["raw_offset"] - row["raw_onset"])
        ends[row["recording_id"]] = row["clean_offset"]
    assert len(ends) == 9


def test_one_recording_is_named_by_its_id_or_the_end_of_its_path(stripped, example_folder):
    path = example_folder / "train_audio" / "silwre9" / "XC90000011.ogg"
    for name in ("xeno-canto:90000011", "XC90000011.ogg", "silwre9/XC90000011.ogg", str(path)):
        for table in ("recordings", "segments", "cuts", "labels", "timemap"):
            rows = shown(stripped, table, recording=name)
            assert rows, table
            assert {row["path"] for row in rows} == {str(path)}
        assert shown(stripped, "runs", recording=name) == []


@pytest.fixture
def mixed(tmp_path):
    """A dataset with a recording inside its folder, and two alike outside, one not in UTF-8."""
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("test", {}):
            facts = FileFacts(1, 1, "00", AudioInfo(100, 100, 1, "wav", "pcm_16"), None)
            paths = (f"{dataset.raw}/a.wav", "/one/b.wav", "/two/b.wav", os.fsdecode(b"/two/caf\xe9.wav"))
            for path in paths:
                row = Row(path=path, archive="local")
                recordings.add(
                    dataset.store, row, facts, archive_id=os.path.basename(path), folder=dataset.folder
                )
            for name in ("silence", "speech"):
                layer = layers.define(dataset.store, name, producer=name, version="1", parameters={})
                layers.put(
                    dataset.store, 1, layer, [Segment(0, 0.5, name), Segment(0.6, 0.9, name)], digest="d"
                )
        yield dataset


def test_a_recording_inside_the_dataset_is_found_by_the_path_that_is_shown(mixed):
    (path,) = [row["path"] for row in shown(mixed, "recordings") if row["recording_id"] == "local:a.wav"]
    assert len(shown(mixed, "recordings", recording=path)) == 1
    assert len(shown(mixed, "recordings", recording="raw/a.wav")) == 1


@pytest.mark.parametrize(
    "name", [b"local:caf\\xe9.wav", b"local:caf\xe9.wav", b"caf\xe9.wav", b"/two/caf\xe9.wav"]
)
def test_a_name_that_is_not_utf8_can_be_typed(mixed, name):
    (row,) = shown(mixed, "recordings", recording=os.fsdecode(name))
    assert os.fsencode(row["path"]) == b"/two/caf\xe9.wav"


def test_a_name_that_fits_several_or_none_is_told(mixed):
    with pytest.raises(NotInCatalogue, match=r"more than one recording 'b\.wav'"):
        show(mixed, "segments", recording="b.wav")
    unlike = "name it as 'curate show recordings' does"
    for name, hint in {
        "av": unlike,
        "wav": "did you mean 'b.wav'?",
        "/three/b.wav": "did you mean 'b.wav'?",
        "xeno-canto:1": unlike,
        "": unlike,
        "caf\udcff.wav": unlike,
    }.items():
        with pytest.raises(NotInCatalogue, match="unknown recording") as caught:
            show(mixed, "segments", recording=name)
        assert (name, caught.value.hint) == (name, hint)


def test_one_layer_is_chosen_by_its_name(mixed):
    assert {row["layer"] for row in shown(mixed, "segments")} == {"silence", "speech"}
    assert [row["label"] for row in shown(mixed, "segments", layer="speech")] == ["speech", "speech"]
    assert shown(mixed, "segments", layer="speech", recording="local:b.wav") == []


def test_an_unknown_layer_is_told_with_those_there_are(mixed):
    with pytest.raises(NotInCatalogue, match="unknown layer 'speach'") as caught:
        show(mixed, "segments", layer="speach")
    assert caught.value.hint == "did you mean 'speech'? there are: silence, speech"


def test_a_limit_gives_the_first_rows(stripped):
    rows = shown(stripped, "segments")
    assert shown(stripped, "segments", limit=3) == rows[:3]
    assert shown(stripped, "segments", limit=0) == []


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        ("segmets", {}, "unknown table 'segmets'"),
        ("cuts", {"layer": "speech"}, "--layer goes with segments"),
        ("cuts", {"limit": -1}, "limit must be 0 or more"),
    ],
)
def test_wrong_usage_is_told(stripped, table, options, words):
    with pytest.raises(UsageError, match=words):
        show(stripped, table, **options)


def test_without_a_dataset_the_next_step_is_named(tmp_path):
    with pytest.raises(NotInCatalogue, match="no dataset"):
        show(Dataset(tmp_path), "recordings")


_ONE_CUT_INSIDE = """
    SELECT x.recording, x.onset, x.offset FROM cuts x JOIN recordings r ON r.id = x.recording
    WHERE x.action = 'excise' AND x.onset > 2 AND x.offset < r.duration - 1
    GROUP BY x.recording HAVING count(*) = 1 AND 1 = (SELECT count(*) FROM cuts WHERE recording = x.recording)
"""


def test_segments_are_carried_into_the_clean_copy(stripped, tmp_path):
    """What a person marked in the raw file lies on the same sound in the copy."""
    shutil.copytree(stripped.folder, tmp_path / "birds")
    with Dataset(tmp_path / "birds") as dataset:
        number, onset, offset = dataset.store.one(_ONE_CUT_INSIDE)
        marks = [(0.5, 1.0), (onset + 0.2, offset - 0.2), (onset - 0.5, offset + 0.25)]
        with dataset.writing("test", {}):
            layer = layers.define(dataset.store, "marks", producer="test", version="1", parameters={})
            layers.put(dataset.store, number, layer, [Segment(*mark, "song") for mark in marks], digest="")
        assert len(shown(dataset, "segments", layer="marks")) == 3
        carried = shown(dataset, "segments", layer="marks", clean=True)
    # The second lay in the cut; the third spans it, and is shorter by it.
    assert [(row["onset"], row["offset"]) for row in carried] == [
        (0.5, 1.0),
        (pytest.approx(onset - 0.5, abs=1e-3), pytest.approx(onset + 0.25, abs=1e-3)),
    ]
    assert {row["path"].startswith(str(tmp_path / "birds" / "clean")) for row in carried} == {True}
    assert {row["label"] for row in carried} == {"song"}


def test_only_segments_have_clean_times(stripped):
    with pytest.raises(UsageError, match="segments only"):
        show(stripped, "cuts", clean=True)
