"""`curate dedupe`: copies are found whatever became of them, the best stays, and all of it is told."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import soundfile as sf

from curate.audio.read import read
from curate.audio.resample import resample
from curate.catalogue import cuts, store
from curate.catalogue.dataset import Dataset
from curate.catalogue.schema import MIGRATIONS
from curate.errors import UsageError
from curate.formats.tables.csv import read_manifest
from curate.model import Cut
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.clean.dedupe import dedupe
from curate.steps.export.manifest import manifest
from curate.steps.inspect.show import show
from curate.steps.inspect.status import status
from curate.steps.review.same import same
from curate.steps.review.undo import undo
from tests.archive import assigned, dataset_of, row
from tests.cards import audiomoth
from tests.engines import in_a_thread
from tests.songs import song

SR = 32000


def test_of_equal_copies_the_one_that_knows_its_origin_stays(tmp_path):
    """A program that saved a recording again lost what the recorder wrote."""
    y = song(1, seconds=4.0)
    first = audiomoth(tmp_path / "cards" / "Pond", "20240311", "054500", y=y[0], sr=SR)
    y, _ = sf.read(first, dtype="int16")
    (tmp_path / "cards" / "AAA").mkdir()
    sf.write(tmp_path / "cards" / "AAA" / "export 1.wav", y, SR)
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "cards", folders="ignore")
        assert dedupe(dataset).dropped == 1
        assert [row[0] for row in show(dataset, "drops").rows] == ["local:AAA/export 1.wav"]


def put(path, y, sr=SR):
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, y.T, sr)


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    """Four owls; the first also as FLAC, and quieter as a frog; a piece of the second; the third twice."""
    folder = tmp_path_factory.mktemp("audio") / "in"
    owls = [song(seed, seconds=8.0) for seed in range(4)]
    for number, y in enumerate(owls):
        put(folder / "owl" / f"{number}.wav", y)
    y, _ = sf.read(folder / "owl" / "0.wav", dtype="float32")
    put(folder / "owl" / "same.flac", y[np.newaxis])
    put(folder / "frog" / "quiet.wav", resample(0.2 * owls[0], SR, 22050), 22050)
    put(folder / "owl" / "piece.wav", owls[1][:, 2 * SR : 5 * SR])
    shutil.copy(folder / "owl" / "2.wav", folder / "owl" / "twin.wav")
    return folder


@pytest.fixture
def birds(tmp_path, audio):
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, audio)
        yield dataset


def dropped(dataset):
    names = dict(dataset.store.rows("SELECT id, archive_id FROM recordings"))
    return {
        names[number]: found[0].words
        for number, found in cuts.by_recording(dataset.store, "dedupe")
        if found[0].action == "drop"
    }


def test_copies_go_with_a_reason_and_a_piece_stays(birds):
    summary = dedupe(birds)
    assert dropped(birds) == {
        "owl/same.flac": "duplicate; same samples as local:owl/0.wav",
        "frog/quiet.wav": "duplicate; same sound as local:owl/0.wav",
        "owl/twin.wav": "duplicate; same bytes as local:owl/2.wav",
    }
    assert summary.evidence == {"bytes": 1, "samples": 1, "sound": 2}
    assert (summary.clusters, summary.dropped, summary.relabelled, summary.scanned) == (3, 3, 1, 8)


def test_the_reason_is_what_speaks_for_the_one_that_stays(birds):
    """Not what the recording has in common with another one that goes, too."""
    with birds.writing("test", {}):
        birds.store.run("UPDATE recordings SET license = 'CC0' WHERE archive_id = 'frog/quiet.wav'")
    dedupe(birds)
    assert {name: why for name, why in dropped(birds).items() if "quiet" in why} == {
        "owl/0.wav": "duplicate; same sound as local:frog/quiet.wav",
        "owl/same.flac": "duplicate; same sound as local:frog/quiet.wav",
    }


def test_no_more_are_heard_than_compared(birds):
    dedupe(birds)
    with birds.writing("test", {}):
        gone = [Cut(0.0, 8.0, "drop", "silence", None, "trim")]
        cuts.replace(birds.store, 1, "trim", gone)
    summary = dedupe(birds)
    assert (summary.recordings, summary.heard, summary.waiting) == (7, 7, 0)


def test_the_common_stretch_is_told_in_both_recordings(birds):
    dedupe(birds)
    rows = [
        dict(zip(found.columns, cells, strict=True))
        for found in [show(birds, "matches")]
        for cells in found.rows
    ]
    [piece] = [found for found in rows if "owl/piece.wav" in found["other"]]
    assert piece["recording_id"] == "local:owl/1.wav"
    assert piece["onset"] == pytest.approx(2.0, abs=0.05)
    assert piece["offset"] == pytest.approx(5.0, abs=0.05)
    assert (piece["other_onset"], piece["other_offset"]) == (0.0, pytest.approx(3.0, abs=0.05))


def test_the_manifest_has_the_best_copy_with_all_its_classes(birds, tmp_path):
    dedupe(birds)
    manifest(birds, tmp_path / "m.csv")
    rows = {found.recording_id: found for found in read_manifest(tmp_path / "m.csv")}
    assert len(rows) == 5
    assert rows["local:owl/0.wav"].secondary_labels == ("frog",)
    assert rows["local:owl/1.wav"].secondary_labels == ()


def test_pieces_of_one_tape_are_never_in_two_folds(birds):
    dedupe(birds)
    summary = split(birds, folds=2)
    sql = "SELECT r.archive_id, a.fold FROM recordings r JOIN assignments a ON a.recording = r.id"
    folds = dict(birds.store.rows(sql))
    assert folds["owl/1.wav"] == folds["owl/piece.wav"]
    assert summary.groups == 4


def test_another_run_listens_to_nothing_and_another_choice_takes_the_first_back(birds):
    first = dedupe(birds)
    again = dedupe(birds)
    assert (again.scanned, again.dropped) == (0, first.dropped)
    review = dedupe(birds, label_conflict="review")
    assert set(dropped(birds)) == {"owl/twin.wav"}
    assert review.review == 3
    flagged = [found[0] for _, found in cuts.by_recording(birds.store, "dedupe") if found[0].action == "flag"]
    assert {cut.words for cut in flagged} == {"duplicate; also called frog", "duplicate; also called owl"}
    assert birds.store.value("SELECT count(*) FROM more_labels") == 0


def test_without_listening_bytes_are_compared_still(birds):
    summary = dedupe(birds, sound=False)
    assert set(dropped(birds)) == {"owl/twin.wav"}
    assert (summary.heard, summary.waiting, summary.scanned) == (0, 8, 0)


def test_a_dry_run_writes_nothing(birds):
    assert dedupe(birds, dry_run=True).dropped == 1
    assert dropped(birds) == {}
    assert birds.store.value("SELECT count(*) FROM tracks") == 0


def test_a_broken_recording_is_told_and_the_rest_is_compared(audio, tmp_path):
    shutil.copytree(audio, tmp_path / "in")
    with in_a_thread(), Dataset(tmp_path / "other") as dataset:
        import_(dataset, tmp_path / "in")
        (tmp_path / "in" / "owl" / "3.wav").unlink()
        summary = dedupe(dataset)
    assert (summary.failed, summary.scanned, summary.dropped) == (1, 7, 3)


@pytest.fixture
def test_set(tmp_path):
    """A set that holds a part of owl 3, and something else."""
    folder = tmp_path / "test" / "night"
    put(folder / "a.wav", song(3, seconds=8.0)[:, SR : 6 * SR] * 0.5)
    put(folder / "b.wav", song(99, seconds=5.0))
    return tmp_path / "test"


def test_what_leaks_into_a_test_set_is_dropped(birds, test_set):
    summary = dedupe(birds, against=test_set)
    assert summary.leaks == 1
    [leak] = summary.leaking
    assert (leak.recording_id, leak.other, leak.kind) == ("local:owl/3.wav", "a.wav", "sound")
    assert (leak.onset, leak.other_onset) == (pytest.approx(1.0, abs=0.05), 0.0)
    assert dropped(birds)["owl/3.wav"].startswith("leak; 1.0-6.0 s is a.wav")


def test_a_place_without_recordings_is_nothing_to_compare_with(birds, tmp_path, test_set):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no sound")
    with Dataset(tmp_path / "none") as none:
        import_(none, test_set)
        with none.writing("test", {}):
            none.store.run("DELETE FROM recordings")
    for place in ("empty", "notes", "none"):
        for dry_run in (False, True):
            with pytest.raises(UsageError, match="lacks recordings"):
                dedupe(birds, against=tmp_path / place, dry_run=dry_run)
    assert status(birds).against == []


def test_what_was_in_a_place_that_is_empty_by_now_stays_out(birds, test_set):
    dedupe(birds, against=test_set, sound=False)
    shutil.rmtree(test_set)
    test_set.mkdir()
    dedupe(birds)
    assert [each["recordings"] for each in status(birds).against] == [2]


def test_a_copy_of_what_leaks_does_not_stay_in_its_place(birds, tmp_path, audio):
    (tmp_path / "test").mkdir()
    shutil.copy(audio / "owl" / "2.wav", tmp_path / "test" / "x.wav")
    dedupe(birds, against=tmp_path / "test")
    assert {name for name, why in dropped(birds).items() if why.startswith("leak")} == {
        "owl/2.wav",
        "owl/twin.wav",
    }


def test_another_dataset_is_compared_by_what_it_has_heard(birds, test_set, tmp_path):
    with in_a_thread(), Dataset(tmp_path / "evaluation") as other:
        import_(other, test_set)
        dedupe(other)
    shutil.rmtree(test_set)
    summary = dedupe(birds, against=tmp_path / "evaluation")
    assert [leak.recording_id for leak in summary.leaking] == ["local:owl/3.wav"]


def test_what_was_to_be_kept_out_stays_out_until_it_is_taken_back(birds, test_set, tmp_path, audio):
    (tmp_path / "second").mkdir()
    shutil.copy(audio / "owl" / "2.wav", tmp_path / "second" / "x.wav")
    dedupe(birds, against=test_set)
    shutil.rmtree(test_set)
    leaks = {"owl/3.wav", "owl/2.wav", "owl/twin.wav"}
    for summary in (dedupe(birds, against=tmp_path / "second"), dedupe(birds)):
        assert {name for name, why in dropped(birds).items() if why.startswith("leak")} == leaks
        assert summary.leaks == 3
    assert [(each["recordings"], each["heard"], each["leaks"]) for each in status(birds).against] == [
        (1, 1, 2),
        (2, 2, 1),
    ]
    put(tmp_path / "more" / "later.wav", song(3, seconds=8.0)[:, SR : 6 * SR])
    import_(birds, tmp_path / "more")
    dedupe(birds)  # what comes later is compared with both, wherever they are by then
    assert dropped(birds)["later.wav"].startswith("leak; ")
    same(birds, "owl/0.wav", "owl/1.wav")
    assert leaks < {name for name, why in dropped(birds).items() if why.startswith("leak")}
    gone = undo(birds, "dedupe", render=False)
    assert [place.rpartition("/")[2] for place in gone.no_longer_against] == ["second", "test"]
    dedupe(birds)
    assert not [why for why in dropped(birds).values() if why.startswith("leak")]


def test_recordings_with_the_same_id_leak_whatever_they_sound_like(tmp_path):
    rows = [row(n) for n in range(3)]
    with dataset_of(tmp_path / "other", rows[1:2], sha256=["f" * 64]) as other:
        other.store.one("SELECT 1")
    with in_a_thread(), dataset_of(tmp_path / "birds", rows) as dataset:
        summary = dedupe(dataset, sound=False, against=tmp_path / "other")
        assert [(leak.recording_id, leak.kind) for leak in summary.leaking] == [("xeno-canto:0", "id")]


def test_the_same_evening_in_two_archives_is_evidence_and_one_group(tmp_path):
    where = {
        "recordist": "Ada",
        "date": "2020-05-17",
        "latitude": 1.0,
        "longitude": 2.0,
        "extra": {"time": "05:10"},
    }
    rows = [
        row(0, archive="xeno-canto", **where),
        row(1, archive="inaturalist", **{**where, "recordist": "ada", "latitude": 1.0001}),
        row(2, archive="inaturalist", **{**where, "extra": {"time": "05:20"}}),
        row(3, archive="xeno-canto", **where),
    ]
    with in_a_thread(), dataset_of(tmp_path / "birds", rows) as dataset:
        summary = dedupe(dataset, sound=False)
        assert summary.evidence == {"metadata": 1}
        assert summary.dropped == 0
        split(dataset, folds=2, group="")
        folds = assigned(dataset)
        assert folds[0] == folds[1]


@pytest.mark.parametrize(
    "options", [{"min_overlap": 2.0}, {"label_conflict": "both"}, {"against": "nowhere"}]
)
def test_options_that_make_no_sense_are_refused(birds, options):
    with pytest.raises(UsageError):
        dedupe(birds, **options)


def test_songs_of_one_made_up_species_are_not_one_recording(tmp_path, example_folder):
    """The example holds one file twice; its classes are made by one rule each, and yet all else differs."""
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, example_folder)
        assert dedupe(dataset).evidence == {"bytes": 1}


@pytest.mark.corpus
def test_real_recordings_are_known_again_as_mp3_and_in_pieces_and_no_two_are_mixed_up(tmp_path, corpus):
    originals = sorted((corpus / "animals").glob("Bird-Sound-Detection*.flac"))[:8]
    for number, path in enumerate(originals):
        y, sr = read(path)
        put(tmp_path / "in" / "a" / f"{number}.wav", y, sr)
        sf.write(
            tmp_path / "in" / "a" / f"{number}.mp3",
            0.3 * y.T,
            sr,
            bitrate_mode="CONSTANT",
            compression_level=0.9,
        )
        put(tmp_path / "in" / "a" / f"{number}-piece.wav", resample(y[:, 3 * sr : 8 * sr], sr, 24000), 24000)
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        summary = dedupe(dataset)
    found = {tuple(sorted((pair.recording_id, pair.other))) for pair in summary.pairs}
    names = [f"local:a/{number}" for number in range(len(originals))]
    expected = {
        pair
        for name in names
        for pair in (
            (f"{name}-piece.wav", f"{name}.mp3"),
            (f"{name}-piece.wav", f"{name}.wav"),
            (f"{name}.mp3", f"{name}.wav"),
        )
    }
    assert found == expected


def test_what_an_earlier_version_found_to_leak_stays_out_until_it_is_taken_back(tmp_path, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(store, "MIGRATIONS", MIGRATIONS[:9])
        with dataset_of(tmp_path / "birds", [row(n) for n in range(3)]) as dataset, dataset.noting() as old:
            old.run(
                "INSERT INTO cuts VALUES (2, 'dedupe', 0, 0, 30, 'drop', 'leak', NULL, 'dedupe/fingerprint', "
                "'0.0-6.0 s is night.wav')"
            )
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        assert dedupe(dataset, sound=False).leaks == 1
        ((number, (cut,)),) = cuts.by_recording(dataset.store)
        assert (number, cut.action, cut.reason) == (2, "drop", "leak")
        assert "night.wav" in cut.detail
        undo(dataset, "dedupe", render=False)
        assert dedupe(dataset, sound=False).leaks == 0
