"""The manifest: every kept second once, whatever was cut, in every format."""

from __future__ import annotations

import functools
import itertools
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate import intervals
from curate.audio.read import read
from curate.catalogue import cuts, recordings
from curate.catalogue.cuts import CleanCopy
from curate.catalogue.dataset import Dataset
from curate.decisions.retention import SHORTEST
from curate.errors import CatalogueError, FormatError, NotInCatalogue, UsageError
from curate.formats.tables import csv as csv_format
from curate.formats.tables import jsonl, parquet
from curate.model import MANIFEST_COLUMNS, AudioInfo, Cut, FileFacts, Row
from curate.steps.clean.render import render
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export import manifest_rows
from curate.steps.export.manifest import manifest
from tests.engines import in_a_thread

READ = {"csv": csv_format.read_manifest, "jsonl": jsonl.read_manifest, "parquet": parquet.read_manifest}


@pytest.fixture(scope="module")
def stripped(tmp_path_factory, example_folder):
    """The example with rendered copies."""
    with Dataset(tmp_path_factory.mktemp("manifest") / "birds") as dataset:
        with in_a_thread():
            strip_voice(dataset, [example_folder])
        yield dataset


@pytest.fixture(scope="module")
def unrendered(tmp_path_factory, stripped):
    """The same cuts without copies: only the catalogue went elsewhere, so raw paths still lead home."""
    folder = tmp_path_factory.mktemp("unrendered") / "birds"
    with Dataset(folder) as dataset:
        with dataset.writing("test", {}):
            stripped.store._connection.backup(dataset.store._connection)
            for recording, _ in list(cuts.copies(dataset.store)):
                cuts.forget_copy(dataset.store, recording)
        yield dataset


def made(dataset, tmp_path, **options):
    """Rows of a manifest, after a trip through a file."""
    manifest(dataset, tmp_path / "m.csv", **options)
    return list(csv_format.read_manifest(tmp_path / "m.csv"))


def ledger(dataset):
    """Cuts by the recording's id."""
    names = dict(dataset.store.rows("SELECT id, archive || ':' || archive_id FROM recordings"))
    return {names[number]: found for number, found in cuts.by_recording(dataset.store)}


# Every kept second exactly once.


def registered(store, folder, *lengths, sr=44100):
    """Put recordings of so many frames into a catalogue; returns their numbers."""
    return [
        recordings.add(
            store,
            Row(path=f"/data/owl/{number}.wav", label="owl"),
            FileFacts(1, 1, "00", AudioInfo(frames, sr, 1, "wav", "pcm_16"), None),
            archive_id=str(number),
            folder=folder,
        )
        for number, frames in enumerate(lengths)
    ]


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A dataset of three recordings without files: 10 s, 100,003 frames and one frame."""
    with Dataset(tmp_path_factory.mktemp("three") / "birds") as dataset, dataset.writing("test", {}):
        registered(dataset.store, dataset.folder, 441_000, 100_003, 1)
        yield dataset


REMOVING = ("excise", "mute")


@st.composite
def cut_lists(draw, duration):
    """Cuts inside a recording, overlapping or not, with ends on whole microseconds as the policy makes."""
    ends = st.floats(0, duration) | st.sampled_from([0.0, duration])
    found = []
    for onset, offset in draw(st.lists(st.tuples(ends, ends), max_size=5)):
        low, high = sorted((round(onset, 6), round(offset, 6)))
        if low < high:
            action = draw(st.sampled_from([*REMOVING, "flag"]))
            found.append(Cut(low, high, action, "voice", None, "test"))
    return found


def frames(row):
    return round(row.onset * row.sr), round(row.offset * row.sr)


@given(lists=st.tuples(cut_lists(10.0), cut_lists(100_003 / 44100), cut_lists(1 / 44100)))
@settings(max_examples=150, deadline=None)
def test_kept_and_cut_seconds_add_up_to_each_recording(three, lists):
    for number, found in enumerate(lists, start=1):
        cuts.replace(three.store, number, "test", found)
    rows = list(manifest_rows.manifest_rows(three, audio="raw"))
    assert rows == list(manifest_rows.manifest_rows(three, audio="auto"))  # there are no copies
    for (number, found), length in zip(enumerate(lists), (441_000, 100_003, 1), strict=True):
        mine = [row for row in rows if row.recording_id == f"local:{number}"]
        lost = intervals.total((cut.onset, cut.offset) for cut in found if cut.action in REMOVING)
        kept = sum(row.duration for row in mine)
        # Each cut takes along what is too short for a row.
        assert lost - 1e-6 <= length / 44100 - kept <= lost + 6 * SHORTEST
        if not kept:
            continue
        assert all(row.duration >= SHORTEST - 1 / row.sr for row in mine)
        assert [frames(row) for row in mine] == sorted(frames(row) for row in mine)
        assert all(first < last for first, last in map(frames, mine))
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(map(frames, mine)))
        for row in mine:
            assert 0 <= row.onset < row.offset <= length / 44100
            assert row.duration == row.offset - row.onset
            assert (row.source_path, row.source_onset, row.source_offset) == (row.path, row.onset, row.offset)
            for cut in found:
                assert cut.action == "flag" or cut.offset <= row.onset or row.offset <= cut.onset


def test_a_rest_of_less_than_a_frame_is_no_row(three):
    """Ends are whole microseconds, recordings are not."""
    duration = 100_003 / 44100
    for number in (1, 2, 3):
        cuts.replace(three.store, number, "test", [])
    cuts.replace(
        three.store, 2, "test", [Cut(1.0, round(duration - 1e-6, 6), "excise", "voice", None, "test")]
    )
    rows = [row for row in manifest_rows.manifest_rows(three) if row.recording_id == "local:1"]
    assert [(row.onset, row.offset) for row in rows] == [(0.0, 1.0)]


def test_a_recording_that_is_dropped_or_cut_from_end_to_end_is_absent(three):
    cuts.replace(three.store, 1, "test", [Cut(0.0, 10.0, "drop", "voice", None, "test")])
    cuts.replace(three.store, 2, "test", [Cut(0.0, 3.0, "excise", "voice", None, "test")])
    cuts.replace(three.store, 3, "test", [])
    assert [row.recording_id for row in manifest_rows.manifest_rows(three)] == ["local:2"]
    assert [row.recording_id for row in manifest_rows.manifest_rows(three, audio="clean")] == ["local:2"]


def test_several_steps_cut_the_same_recording(three):
    for number in (1, 2, 3):
        cuts.replace(three.store, number, "test", [])
    cuts.replace(three.store, 1, "test", [Cut(1.0, 3.0, "excise", "voice", None, "test")])
    cuts.replace(three.store, 1, "trim", [Cut(2.0, 4.0, "excise", "silence", None, "trim")])
    rows = [row for row in manifest_rows.manifest_rows(three) if row.recording_id == "local:0"]
    cuts.replace(three.store, 1, "trim", [])
    assert [(row.onset, row.offset) for row in rows] == [(0.0, 1.0), (4.0, 10.0)]


# Which audio.


def test_auto_points_at_copies_where_there_are_any_and_at_raw_files_elsewhere(stripped, tmp_path):
    rows = made(stripped, tmp_path)
    removed = {name for name, found in ledger(stripped).items() if any(c.action == "excise" for c in found)}
    assert {row.recording_id for row in rows if row.path != row.source_path} == removed
    assert len(rows) == len({row.recording_id for row in rows}) == 26
    for row in rows:
        y, sr = read(row.path)
        assert (row.onset, row.sr) == (0.0, sr)
        assert row.offset == row.duration == y.shape[1] / sr
        if row.path == row.source_path:
            assert (row.source_onset, row.source_offset) == (0.0, row.duration)


def test_raw_never_points_at_copies(stripped, tmp_path):
    rows = made(stripped, tmp_path, audio="raw")
    assert all(row.path == row.source_path for row in rows)
    assert {row.recording_id for row in rows} == {row.recording_id for row in made(stripped, tmp_path)}
    by_recording = {
        name: list(found) for name, found in itertools.groupby(rows, key=lambda row: row.recording_id)
    }
    clean = {row.recording_id: row.duration for row in made(stripped, tmp_path)}
    for name, found in by_recording.items():
        assert sum(row.duration for row in found) == pytest.approx(clean[name], abs=1e-3)


def test_clean_gives_whole_files_only(stripped, tmp_path):
    rows = made(stripped, tmp_path, audio="clean")
    assert rows == made(stripped, tmp_path)
    assert len({row.path for row in rows}) == len(rows)


def test_the_source_is_the_stretch_of_the_raw_file_that_is_heard(stripped, tmp_path):
    """The ends of a copy are those of its source, sample by sample."""
    seen = 0
    for row in made(stripped, tmp_path):
        if row.path == row.source_path:
            continue
        seen += 1
        clean, sr = read(row.path)
        raw, _ = read(row.source_path)
        first, last = round(row.source_onset * sr), round(row.source_offset * sr)
        n = sr // 10
        np.testing.assert_allclose(clean[:, :n], raw[:, first : first + n].clip(-1, 1), atol=2**-15)
        np.testing.assert_allclose(clean[:, -n:], raw[:, last - n : last].clip(-1, 1), atol=2**-15)
    assert seen == 9


def test_without_copies_auto_gives_the_stretches_of_the_raw_files(unrendered, tmp_path):
    rows = made(unrendered, tmp_path)
    assert rows == made(unrendered, tmp_path, audio="raw")
    assert len(rows) > 26


@pytest.mark.parametrize("options", [{"audio": "clean"}, {"format": "birdclef"}])
def test_whole_files_are_refused_where_cuts_have_no_copy(unrendered, tmp_path, options):
    with pytest.raises(CatalogueError, match="has cuts but lacks a clean copy") as caught:
        manifest(unrendered, tmp_path / "train.csv", **options)
    assert "curate render" in caught.value.hint
    assert not (tmp_path / "train.csv").exists()


@pytest.fixture
def own(stripped, tmp_path):
    """A copy of the dataset that a test may change."""
    shutil.copytree(stripped.folder, tmp_path / "own")
    with Dataset(tmp_path / "own") as dataset:
        yield dataset


def test_a_copy_of_other_cuts_is_not_used(own, tmp_path):
    """Another threshold without rendering must not leave voices in the manifest."""
    strip_voice(own, pad=0.4, render=False)
    assert ledger(own)
    assert [row for row in made(own, tmp_path) if row.path != row.source_path] == []
    with pytest.raises(CatalogueError, match="lacks a clean copy"):
        manifest(own, tmp_path / "clean.csv", audio="clean")


def test_files_that_are_gone_are_counted(own, tmp_path, example_folder):
    """Each once, however many stretches are kept of it; a clean copy does without its raw file."""
    whole = manifest(own, tmp_path / "m.csv", dry_run=True)
    away = example_folder.rename(tmp_path / "away")
    try:
        gone = manifest(own, tmp_path / "m.csv", dry_run=True)
        raw = manifest(own, tmp_path / "m.csv", audio="raw", dry_run=True)
    finally:
        away.rename(example_folder)
    assert (whole.missing, gone.missing, raw.missing) == (0, 26 - gone.clean, 26)
    assert (gone.rows, gone.clean) == (whole.rows, 9)


def test_recordings_that_failed_are_absent(own, tmp_path):
    with own.writing("test", {}):
        (lost,) = own.store.one("SELECT id FROM recordings WHERE archive_id = '90000031'")
        recordings.replace(own.store, lost, FileFacts(0, 0, "ff", None, "no sound"), at="2026-11-22")
    rows = made(own, tmp_path)
    assert "xeno-canto:90000031" not in {row.recording_id for row in rows}
    assert len(rows) == 25


def test_muted_recordings_are_whole_copies_or_the_stretches_around(own, tmp_path):
    number, name, duration, sr = own.store.one(
        "SELECT id, archive || ':' || archive_id, duration, sr FROM recordings WHERE archive_id = '90000031'"
    )
    mute = [Cut(1.0, 2.0, "mute", "voice", None, "strip-voice/speech")]
    with own.writing("test", {}):
        cuts.replace(own.store, number, "strip-voice", mute)
    (before, after) = [row for row in made(own, tmp_path) if row.recording_id == name]
    assert (before.onset, before.offset, after.onset, after.offset) == (0.0, 1.0, 2.0, duration)
    with own.writing("test", {}):
        cuts.announce_copies(own.store, [(number, "clean/muted.flac")])
        cuts.put_copy(own.store, CleanCopy(number, "clean/muted.flac", "d", round(duration * sr), 9), [])
    (own.clean / "muted.flac").write_bytes(b"a copy")
    (row,) = [row for row in made(own, tmp_path) if row.recording_id == name]
    assert row.path == str(own.folder / "clean" / "muted.flac")
    assert (row.onset, row.offset, row.source_onset, row.source_offset) == (0.0, duration, 0.0, duration)
    assert len([row for row in made(own, tmp_path, audio="raw") if row.recording_id == name]) == 2


# What a row says.


def test_a_row_says_what_the_import_knew(stripped, tmp_path):
    rows = {row.recording_id: row for row in made(stripped, tmp_path)}
    row = rows["inaturalist:90000131"]
    assert (row.label, row.scientific_name, row.common_name, row.class_name) == (
        "9000202",
        "Gryllofictus punctum",
        "Dotted Cricket",
        "Insecta",
    )
    assert (row.recordist, row.license, row.archive) == ("Jo Specimen", "cc0 1.0", "inaturalist")
    assert (row.latitude, row.longitude, row.rating) == (6.0935, -74.7006, None)
    assert rows["xeno-canto:90000032"].secondary_labels == ("sladov9",)
    assert rows["xeno-canto:90000032"].rating == 3.0
    assert (row.fold, row.weight, row.copies) == (None, 1.0, 1)


def test_folds_weights_and_copies_are_those_assigned(own, tmp_path):
    with own.writing("test", {}):
        own.store.run("INSERT INTO assignments (recording, fold, weight, copies) VALUES (1, 3, 0.25, 4)")
    row = made(own, tmp_path)[0]
    assert (row.fold, row.weight, row.copies) == (3, 0.25, 4)


def test_the_summary_counts_what_was_written(stripped, tmp_path):
    summary = manifest(stripped, tmp_path / "m.jsonl", audio="raw")
    rows = list(jsonl.read_manifest(tmp_path / "m.jsonl"))
    assert (summary.path, summary.format) == (str(tmp_path / "m.jsonl"), "jsonl")
    assert (summary.rows, summary.recordings, summary.labels) == (len(rows), 26, 9)
    assert summary.unlabelled == sum(not row.label for row in rows) >= 2
    assert (summary.clean, summary.seconds) == (0, pytest.approx(sum(row.duration for row in rows)))
    assert manifest(stripped, tmp_path / "m.csv").clean == 9


def test_a_dry_run_counts_the_same_and_writes_nothing(stripped, tmp_path):
    dry = manifest(stripped, tmp_path / "m.csv", dry_run=True)
    assert list(tmp_path.iterdir()) == []
    wet = manifest(stripped, tmp_path / "m.csv")
    dry.elapsed_s = wet.elapsed_s = 0.0
    dry.expected_s = None
    assert dry == wet


# Formats.


@pytest.mark.parametrize("name", READ)
def test_each_format_reads_back_the_same_rows(name, stripped, tmp_path):
    manifest(stripped, tmp_path / f"m.{name}")
    kept = [
        Row(**{column: getattr(row, column) for column in MANIFEST_COLUMNS})
        for row in manifest_rows.manifest_rows(stripped)
    ]
    assert list(READ[name](tmp_path / f"m.{name}")) == kept


def test_pandas_reads_the_same_table_from_each_format(stripped, tmp_path):
    frames = {}
    for name, open_with in {
        "csv": functools.partial(pd.read_csv, dtype={"label": str}),
        "jsonl": functools.partial(pd.read_json, lines=True, dtype={"label": str}),
        "parquet": pd.read_parquet,
    }.items():
        manifest(stripped, tmp_path / f"m.{name}")
        frames[name] = open_with(tmp_path / f"m.{name}")
        assert list(frames[name].columns) == list(MANIFEST_COLUMNS)
    for column in ("recording_id", "path", "source_path", "scientific_name", "license"):
        tables = [frame[column].fillna("").tolist() for frame in frames.values()]
        assert tables[0] == tables[1] == tables[2], column
    for column in ("onset", "offset", "duration", "sr", "source_offset", "latitude", "copies"):
        np.testing.assert_allclose(frames["csv"][column], frames["parquet"][column], rtol=1e-15)
        np.testing.assert_allclose(frames["jsonl"][column], frames["parquet"][column], rtol=1e-9)
    labels = [frame["label"].fillna("").tolist() for frame in frames.values()]
    assert labels[0] == labels[1] == labels[2]
    assert "9000101" in labels[0]


@pytest.mark.parametrize("name", READ)
def test_writing_twice_gives_the_same_bytes(name, stripped, tmp_path):
    for file in ("a", "b"):
        manifest(stripped, tmp_path / file, format=name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("year", [2021, 2025, 2026])
def test_a_birdclef_folder_opens_as_the_original_does(stripped, tmp_path, year):
    """As notebooks do it: the base folder, then the file name of the table."""
    summary = manifest(stripped, tmp_path / "out" / "train.csv", format="birdclef", year=year)
    frame = pd.read_csv(tmp_path / "out" / "train.csv", dtype={"primary_label": str})
    assert len(frame) == summary.rows == 24  # soundscapes have no label
    base = tmp_path / "out" / ("train_short_audio" if year == 2021 else "train_audio")
    if year == 2021:
        base = base / frame["primary_label"]
    kept = {
        (Path(row.source_path).stem, row.label): row.duration
        for row in made(stripped, tmp_path, audio="clean")
        if row.label
    }
    for path, label in zip(base / frame["filename"], frame["primary_label"], strict=True):
        y, sr = read(path)
        assert y.shape[1] / sr == pytest.approx(kept.pop((Path(path).stem, label)))
    assert kept == {}


def test_a_birdclef_folder_holds_what_lay_beside_the_table_of_the_original(
    stripped, example_folder, tmp_path
):
    summary = manifest(stripped, tmp_path / "out" / "train.csv", format="birdclef")
    assert (summary.soundscapes, summary.unlabelled) == (2, 0)
    written = {path.stem: path for path in (tmp_path / "out" / "train_soundscapes").glob("S*")}
    assert written.keys() == {path.stem for path in (example_folder / "train_soundscapes").iterdir()}
    assert all(read(path)[0].size for path in written.values())
    assert (tmp_path / "out" / "truth.csv").read_bytes() == (example_folder / "truth.csv").read_bytes()
    counted = manifest(stripped, tmp_path / "out" / "train.csv", format="birdclef", dry_run=True)
    assert (counted.rows, counted.soundscapes, counted.recordings) == (summary.rows, 2, summary.recordings)


def test_a_soundscape_whose_times_moved_is_told(example_folder, tmp_path):
    """The tables of the original go along, and their windows count from the start of the original."""
    with Dataset(tmp_path / "birds") as own:
        for action, shifted in (("excise", 1), ("mute", 0)):
            strip_voice(own, example_folder, action=action)
            summary = manifest(own, tmp_path / action / "train.csv", format="birdclef")
            assert (summary.soundscapes, summary.shifted) == (2, shifted)


def test_a_birdclef_folder_is_imported_again_with_the_same_labels(stripped, tmp_path):
    from curate.formats.trainers import birdclef

    manifest(stripped, tmp_path / "out" / "train.csv", format="birdclef")
    problems = []
    again = {
        row.recording_id: row for row in birdclef.read(tmp_path / "out", report=problems.append) if row.label
    }
    assert problems == []
    before = {row.recording_id: row for row in made(stripped, tmp_path) if row.label}
    assert again.keys() == before.keys()
    for name, row in again.items():
        for column in ("label", "secondary_labels", "scientific_name", "recordist", "license", "rating"):
            assert getattr(row, column) == getattr(before[name], column), (name, column)


# Wrong usage.


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("m.txt", {}, "failed to tell the format"),
        ("m.csv", {"format": "xml"}, "unknown format 'xml'"),
        ("m.csv", {"audio": "loud"}, "unknown audio 'loud'"),
        ("train.csv", {"format": "birdclef", "audio": "raw"}, "lacks onsets"),
        ("m.csv", {"year": 2025}, "--year goes with"),
        ("train.csv", {"format": "birdclef", "year": 1999}, "unknown year of BirdCLEF: 1999"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_written(stripped, tmp_path, name, options, words):
    with pytest.raises(UsageError, match=words) as caught:
        manifest(stripped, tmp_path / name, **options)
    assert caught.value.hint or "--format" in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_parquet_cannot_hold_is_told_with_those_that_can(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("test", {}):
            facts = FileFacts(1, 1, "00", AudioInfo(100, 100, 1, "wav", "pcm_16"), None)
            row = Row(path=os.fsdecode(b"/data/caf\xe9.wav"))
            recordings.add(dataset.store, row, facts, archive_id="x", folder=dataset.folder)
        with pytest.raises(FormatError, match="UTF-8") as caught:
            manifest(dataset, tmp_path / "m.parquet")
        assert "csv" in caught.value.hint
        assert [found.path for found in made(dataset, tmp_path)] == [row.path]


def test_without_a_dataset_the_next_step_is_named(tmp_path):
    with pytest.raises(NotInCatalogue, match="no dataset"):
        manifest(Dataset(tmp_path / "birds"), tmp_path / "m.csv")
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_an_earlier_manifest_is_written_over(own, tmp_path):
    foreign = tmp_path / "train.csv"
    foreign.write_text("primary_label,filename\nowl,owl/XC1.ogg\n")
    raw = tmp_path / "a.ogg"
    raw.write_bytes(b"OggS and sound")
    for target, options in (
        (foreign, {}),
        (raw, {"format": "csv"}),
        (raw, {"format": "parquet"}),
        (tmp_path, {"format": "csv"}),
    ):
        before = target.read_bytes() if target.is_file() else None
        with pytest.raises(UsageError, match="is another file than a"):
            manifest(own, target, **options)
        assert before is None or target.read_bytes() == before
    for name in ("csv", "jsonl", "parquet"):
        target = tmp_path / f"again.{name}"
        assert manifest(own, target).rows == manifest(own, target).rows > 0


def test_flagged_recordings_are_counted_and_can_be_left_out(own, tmp_path):
    flagged = {row[0] for row in own.store.rows("SELECT DISTINCT recording FROM cuts WHERE action = 'flag'")}
    kept = manifest(own, tmp_path / "all.csv")
    fewer = manifest(own, tmp_path / "fewer.csv", skip_flagged=True)
    assert kept.flagged == fewer.flagged == len(flagged) == 1
    assert fewer.rows == kept.rows - 1


def test_a_dataset_that_was_not_looked_at_is_said(birds, tmp_path):
    assert manifest(birds, tmp_path / "all.csv").not_looked_at == 26


def test_a_lost_copy_is_not_pointed_at(own, tmp_path):
    lost = next(path for path in own.clean.rglob("*") if path.is_file())
    lost.unlink()
    assert str(lost) not in {row.path for row in made(own, tmp_path)}
    with pytest.raises(CatalogueError, match="lacks a clean copy"):
        manifest(own, tmp_path / "clean.csv", audio="clean")
    render(own)  # as the hint says
    assert str(lost) in {row.path for row in made(own, tmp_path, audio="clean")}


@pytest.mark.parametrize("action", ["excise", "mute"])
@pytest.mark.parametrize("window", [None, 3])
@pytest.mark.parametrize("audio", ["auto", "raw"])
def test_a_card_counts_the_recordings_of_which_something_was_taken(own, tmp_path, audio, window, action):
    """Whatever the rows are: each window of a clean copy is whole, and so is each stretch of a raw file."""
    numbers = list(own.store.rows("SELECT id FROM recordings WHERE duration > 4 ORDER BY id LIMIT 2"))
    with own.writing("test", {}):
        for (number,) in numbers:
            made = [Cut(1.0, 2.0, action, "voice", None, "strip-voice/speech")]
            cuts.replace(own.store, number, "strip-voice", made)
    render(own, jobs=1)
    manifest(own, tmp_path / "README.md", format="card", audio=audio, window=window)
    lost = own.store.one(
        "SELECT count(DISTINCT recording) FROM cuts WHERE action IN ('excise', 'mute') AND recording NOT IN "
        "(SELECT recording FROM cuts WHERE action = 'drop')"
    )[0]
    assert lost >= 2
    assert f"\n- {lost} recordings lost stretches" in (tmp_path / "README.md").read_text()
