"""The main job, on the example data set, whose truth is known to the sample."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from curate import intervals
from curate.audio.read import read
from curate.catalogue import cuts, layers
from curate.catalogue.dataset import Dataset
from curate.decisions.voice_cuts import DOUBTFUL, MIN_KEEP_SHARE
from curate.decisions.voices import PROFILES
from curate.detectors.speech import SpeechDetector
from curate.errors import NotInCatalogue, UsageError
from curate.model import Segment
from curate.steps.acquire.import_ import import_
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.clean.voice_counts import voice_counts
from curate.steps.inspect.status import status
from curate.timemap import TimeMap
from tests.datasets import shown, state, write_tone


@pytest.fixture(scope="module")
def stripped(tmp_path_factory, example_folder):
    """The example, imported and stripped once for the tests that only look."""
    with Dataset(tmp_path_factory.mktemp("stripped") / "birds") as dataset:
        summary = strip_voice(dataset, [example_folder], jobs=2)
        yield dataset, summary


@pytest.fixture
def own(stripped, tmp_path):
    """A copy of the stripped dataset that a test may change."""
    dataset, _ = stripped
    shutil.copytree(dataset.folder, tmp_path / "birds")
    with Dataset(tmp_path / "birds") as copy:
        yield copy


def clean_files(dataset):
    return sorted(path for path in dataset.clean.rglob("*") if path.is_file())


def relative(path, example_folder):
    return Path(path).relative_to(example_folder).as_posix()


def test_every_voice_is_found_and_nothing_else(stripped, truth, example_folder):
    dataset, summary = stripped
    found = {}
    for row in shown(dataset, "cuts"):
        found.setdefault(relative(row["path"], example_folder), []).append((row["onset"], row["offset"]))
    assert found.keys() == {file for file, voices in truth.items() if voices}
    for file, stretches in found.items():
        missed = intervals.total(
            part for voice in truth[file] for part in intervals.complement(stretches, *voice)
        )
        assert missed < 0.1 * intervals.total(truth[file]), file
    assert summary.with_speech == len(found)
    assert summary.scanned == summary.recordings == 26
    assert summary.failed == 0


def test_clean_and_cut_seconds_add_up_to_the_raw_length(stripped):
    dataset, summary = stripped
    ledger = dict(cuts.by_recording(dataset.store, "strip-voice"))
    copies = dict(cuts.copies(dataset.store))
    assert copies
    cut_frames = 0
    for number, copy in copies.items():
        sql = "SELECT frames, sr, path FROM recordings WHERE id = ?"
        frames, sr, cell = dataset.store.one(sql, (number,))
        info = sf.info(dataset.folder / copy.path)
        removed = sum(
            round(cut.offset * sr) - round(cut.onset * sr) for cut in ledger[number] if cut.action == "excise"
        )
        assert info.frames == copy.frames == frames - removed
        assert (info.samplerate, info.channels) == (sr, read(dataset.path(cell), duration=0.01)[0].shape[0])
        cut_frames += removed / sr
    assert summary.cut_seconds == pytest.approx(cut_frames, abs=1e-3)


def test_the_time_map_leads_from_every_clean_second_to_the_same_sound_in_the_raw_file(stripped):
    dataset, _ = stripped
    for number, copy in cuts.copies(dataset.store):
        cell, sr = dataset.store.one("SELECT path, sr FROM recordings WHERE id = ?", (number,))
        pieces = cuts.pieces_of(dataset.store, number)
        times = TimeMap(pieces, sr)
        clean, _ = read(dataset.folder / copy.path)
        raw, _ = read(dataset.path(cell))
        for piece in pieces:
            middle = piece.clean_start + piece.frames // 2
            start = round(times.to_raw(middle / sr) * sr)
            span = min(200, piece.frames // 2 - sr // 100)
            if span > 0:
                np.testing.assert_allclose(
                    clean[:, middle : middle + span], raw[:, start : start + span].clip(-1, 1), atol=2**-15
                )


def test_raw_files_are_untouched(stripped, example_folder):
    from importlib.resources import files

    shipped = files("curate") / "example_data"
    for path in example_folder.rglob("*.ogg"):
        assert path.read_bytes() == (shipped / path.relative_to(example_folder).as_posix()).read_bytes()
    assert stripped


def test_running_again_does_nothing(own, tmp_path):
    before = state(own.folder, tmp_path / "dump")
    times = {path: path.stat().st_mtime_ns for path in clean_files(own)}
    summary = strip_voice(own)
    assert (summary.scanned, summary.refreshed, summary.rendered, summary.removed) == (0, 0, 0, 0)
    assert state(own.folder, tmp_path / "dump") == before
    assert {path: path.stat().st_mtime_ns for path in clean_files(own)} == times


def test_another_threshold_needs_no_audio_and_gives_what_a_fresh_look_gives(own, tmp_path, example_folder):
    away = example_folder.rename(tmp_path / "away")  # so that nothing can be decoded
    try:
        summary = strip_voice(own, threshold=0.1, render=False)
    finally:
        away.rename(example_folder)
    assert (summary.scanned, summary.refreshed, summary.failed) == (0, 26, 0)
    with Dataset(tmp_path / "fresh") as fresh:
        strip_voice(fresh, [example_folder], threshold=0.1, render=False, jobs=2)
        for table in ("segments", "cuts"):
            assert shown(fresh, table) == shown(own, table)


def test_a_new_threshold_renders_only_what_changes_and_removes_what_is_cut_no_more(own):
    before = {path: path.read_bytes() for path in clean_files(own)}
    summary = strip_voice(own, min_speech=2.5, jobs=1)
    after = {path: path.read_bytes() for path in clean_files(own)}
    assert summary.removed == len(before.keys() - after.keys()) > 0
    changed = [path for path in after if after[path] != before.get(path)]
    assert summary.rendered == len(changed) < len(before)
    assert {row["clean_path"] for row in shown(own, "timemap")} == {str(path) for path in after}


def test_a_lost_or_damaged_copy_is_rendered_again(own):
    first, second, *_ = clean_files(own)
    contents = first.read_bytes()
    first.unlink()
    second.write_bytes(b"")
    assert strip_voice(own, jobs=1).rendered == 2
    assert first.read_bytes() == contents


def test_a_copy_whose_raw_file_is_gone_stays_and_is_told_to_be_out_of_date(own, example_folder, tmp_path):
    copies = clean_files(own)
    away = example_folder.rename(tmp_path / "away")
    try:
        summary = strip_voice(own, pad=0.4)
    finally:
        away.rename(example_folder)
    assert clean_files(own) == copies
    assert (summary.copies, summary.rendered, summary.failed) == (0, 0, 9)
    found = status(own)
    assert (found.clean_copies, found.waiting_copies) == (0, 9)
    assert (strip_voice(own, pad=0.4, jobs=1).copies, status(own).waiting_copies) == (9, 0)


def test_another_format_replaces_the_copies(own):
    count = len(clean_files(own))
    summary = strip_voice(own, audio_format="wav", jobs=1)
    assert summary.rendered == count
    assert {path.suffix for path in clean_files(own)} == {".wav"}
    assert len(clean_files(own)) == count
    # Until another is named, here or in another step.
    assert (strip_voice(own).rendered, trim(own, silence=False).rendered) == (0, 0)
    strip_voice(own, audio_format="flac", render=False)
    assert strip_voice(own, jobs=1).rendered == count


def test_muting_keeps_the_length_and_silences_the_voice(own, truth, example_folder):
    strip_voice(own, action="mute", jobs=1)
    assert any(row["action"] == "mute" for row in shown(own, "cuts"))
    for row in shown(own, "timemap"):
        raw, sr = read(row["path"])
        clean, _ = read(row["clean_path"])
        assert clean.shape == raw.shape
        for onset, offset in truth[relative(row["path"], example_folder)]:
            inside = clean[:, round((onset + 0.3) * sr) : round((offset - 0.3) * sr)]
            assert not inside.any()


def test_flagging_and_dropping_render_nothing(own):
    for action in ("flag", "drop"):
        summary = strip_voice(own, action=action, jobs=1)
        assert clean_files(own) == []
        assert {row["action"] for row in shown(own, "cuts")} == {action}
    assert summary.dropped == summary.with_speech
    assert summary.cut_seconds > summary.speech_seconds


def test_the_speech_bank_holds_the_cut_voices(own, tmp_path):
    import pandas as pd

    summary = strip_voice(own, speech_bank=tmp_path / "bank", jobs=1)
    table = pd.read_csv(tmp_path / "bank" / "speech_bank.csv")
    assert len(table) == summary.banked == len([r for r in shown(own, "cuts") if r["action"] == "excise"])
    for row in table.itertuples():
        y, sr = read(tmp_path / "bank" / row.path)
        whole, _ = read(row.source_path)
        raw = whole[:, round(row.onset * sr) : round(row.offset * sr)]
        np.testing.assert_allclose(y, raw.clip(-1, 1), atol=2**-15)
        assert sr == row.sr
    kept = {path.name for path in (tmp_path / "bank").glob("*.flac")}
    strip_voice(own, speech_bank=tmp_path / "bank", min_speech=2.5, jobs=1)
    fewer = {path.name for path in (tmp_path / "bank").glob("*.flac")}
    assert fewer
    assert fewer != kept
    assert fewer == set(pd.read_csv(tmp_path / "bank" / "speech_bank.csv").path)


def test_no_render_notes_cuts_and_writes_no_audio(birds):
    summary = strip_voice(birds, render=False, jobs=1)
    assert summary.cut_seconds > 0
    assert not birds.clean.exists()


def test_a_limit_looks_at_so_many_and_the_next_run_at_the_rest(birds):
    first = strip_voice(birds, limit=10, jobs=1, render=False)
    assert (first.scanned, first.waiting) == (10, 16)
    assert birds.store.value("SELECT max(recording) FROM coverage") == 10
    second = strip_voice(birds, jobs=1, render=False)
    assert (second.scanned, second.waiting) == (16, 0)


def test_a_dry_run_writes_nothing(birds, tmp_path):
    before = state(birds.folder, tmp_path / "dump")
    summary = strip_voice(birds, dry_run=True)
    assert summary.waiting == 26
    assert state(birds.folder, tmp_path / "dump") == before


def test_a_recording_that_fails_is_data_and_can_be_tried_again(tmp_path):
    good = write_tone(tmp_path / "data" / "owl" / "good.wav")
    bad = write_tone(tmp_path / "data" / "owl" / "bad.wav")
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [tmp_path / "data"], jobs=1)
        contents = bad.read_bytes()
        bad.unlink()
        summary = strip_voice(dataset, jobs=1)
        assert (summary.scanned, summary.failed) == (1, 1)
        assert dataset.store.value("SELECT reason FROM coverage WHERE status = 'failed'").startswith(str(bad))
        assert strip_voice(dataset, jobs=1).failed == 1
        stat = good.stat()
        bad.write_bytes(contents)
        import os

        known = dataset.store.value("SELECT mtime_ns FROM recordings WHERE path = ?", (str(bad),))
        os.utime(bad, ns=(stat.st_atime_ns, known))
        summary = strip_voice(dataset, retry_failed=True, jobs=1)
        assert (summary.scanned, summary.failed) == (1, 0)


def test_a_file_that_changed_since_its_import_is_not_looked_at(tmp_path):
    path = write_tone(tmp_path / "data" / "owl" / "a.wav")
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [tmp_path / "data"], jobs=1)
        write_tone(path, seconds=2.0)
        assert strip_voice(dataset, jobs=1).failed == 1
        assert "changed since" in dataset.store.value("SELECT reason FROM coverage WHERE status = 'failed'")


def test_bad_settings_are_told_before_anything_is_done(tmp_path):
    dataset = Dataset(tmp_path / "birds")
    for settings in (
        {"threshold": 1.5},
        {"action": "burn"},
        {"profile": "reckless"},
        {"review": 0.99},
        {"threshold": 0.5, "review": 0.6},
        {"audio_format": "aac"},
        {"limit": -1},
        {"pad": -0.1},
        {"min_speech": -1.0},
    ):
        with pytest.raises(UsageError):
            strip_voice(dataset, [tmp_path], **settings)
    assert not dataset.folder.exists()


def test_without_a_dataset_the_next_step_is_named(tmp_path):
    with pytest.raises(NotInCatalogue, match="no dataset"):
        strip_voice(Dataset(tmp_path / "birds"))
    assert not (tmp_path / "birds").exists()


def test_a_dry_run_shows_what_other_settings_would_give(own, tmp_path):
    before = state(own.folder, tmp_path / "dump")
    shown_dry = strip_voice(own, threshold=0.1, dry_run=True)
    assert state(own.folder, tmp_path / "dump") == before
    real = strip_voice(own, threshold=0.1, render=False)
    assert shown_dry.speech_seconds == real.speech_seconds
    assert shown_dry.cut_seconds == real.cut_seconds
    assert shown_dry.with_speech == real.with_speech


def test_a_format_that_cannot_hold_a_rate_gives_way_to_flac(own):
    summary = strip_voice(own, audio_format="opus", jobs=1)
    suffixes = {}
    for row in shown(own, "timemap"):
        rate = own.store.value(
            "SELECT sr FROM recordings WHERE archive || ':' || archive_id = ?", (row["recording_id"],)
        )
        suffixes[Path(row["clean_path"]).suffix, rate in (8000, 12000, 16000, 24000, 48000)] = True
    assert set(suffixes) == {(".flac", False), (".opus", True)}
    assert 0 < summary.other_format < summary.copies
    assert summary.failed == 0


def test_a_failed_look_keeps_what_an_earlier_one_found(own, example_folder, tmp_path, monkeypatch):
    """The disk with the audio is away, and the detector has a new version."""
    cut, copies = shown(own, "cuts"), clean_files(own)
    monkeypatch.setattr("curate.detectors.speech.SpeechDetector.version", "2")
    own.store.close()
    moved = tmp_path / "moved"
    example_folder.rename(moved)
    try:
        with Dataset(own.folder) as dataset:
            summary = strip_voice(dataset, jobs=1)
            assert summary.failed == 26
            assert shown(dataset, "cuts") == cut
            assert clean_files(dataset) == copies
    finally:
        moved.rename(example_folder)


def test_a_script_without_a_main_guard_gets_one_clear_error(tmp_path):
    import subprocess
    import sys

    write_tone(tmp_path / "data" / "owl" / "a.wav")
    script = tmp_path / "script.py"
    script.write_text(
        "import curate\n"
        "birds = curate.Dataset('birds')\n"
        "try:\n"
        "    curate.strip_voice(birds, ['data'], jobs=1)\n"
        "except curate.errors.EngineError as error:\n"
        "    print(error.message, '|', error.hint)\n"
        "    print(birds.exists)\n"
    )
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert "worker processes die as soon as they start | " in done.stdout
    assert "__main__" in done.stdout
    assert done.stdout.splitlines()[-1] == "False"


def test_what_may_be_a_voice_is_flagged_and_not_cut(own):
    summary = strip_voice(own, threshold=0.9999, review=0.5, render=False)
    assert summary.to_review
    assert summary.review_seconds > 0
    doubts = [row for row in shown(own, "cuts") if row["reason"] == DOUBTFUL]
    assert {row["action"] for row in doubts} == {"flag"}
    assert all(row["score"] < 0.9999 for row in doubts)
    assert max(row["score"] for row in doubts) > 0.5
    flagged = [row for row in shown(own, "cuts") if row["action"] == "flag"]
    assert len({row["recording_id"] for row in flagged}) == summary.to_review
    left = sum(row["offset"] - row["onset"] for row in flagged)
    assert summary.review_seconds == pytest.approx(left)
    assert summary.with_speech == len(
        {r["recording_id"] for r in shown(own, "cuts") if r["reason"] != DOUBTFUL}
    )


def test_a_threshold_below_the_profile_s_review_leaves_nothing_in_doubt(own):
    strip_voice(own, threshold=0.1, render=False)
    assert [row for row in shown(own, "cuts") if row["reason"] == DOUBTFUL] == []


def test_a_profile_sets_thresholds_and_action_that_are_not_given(own):
    strip_voice(own, profile="privacy", render=False)
    assert {row["action"] for row in shown(own, "cuts")} - {"flag"} == {"mute"}
    as_given = strip_voice(own, profile="privacy", action="drop", threshold=0.95, review=0.7, render=False)
    assert as_given.dropped == strip_voice(own, action="drop", render=False).dropped


def test_a_remark_of_a_voice_turns_a_doubt_into_a_cut(own):
    strict = {"threshold": 0.99999, "review": 0.5, "render": False}
    strip_voice(own, **strict)
    row = next(row for row in shown(own, "cuts") if row["reason"] == DOUBTFUL)
    where = "archive || ':' || archive_id = ?"
    with own.writing("test", {}):
        sql = f"UPDATE recordings SET remarks = 'Announced at the end.' WHERE {where}"
        own.store.run(sql, (row["recording_id"],))
    strip_voice(own, **strict)
    reasons = {r["reason"] for r in shown(own, "cuts", recording=row["recording_id"])}
    assert DOUBTFUL not in reasons


def test_an_animal_that_sounds_like_people_is_left_to_review(tmp_path):
    """Found in most of the owls, for half a second each, and in hardly anything else."""
    for number in range(12):
        write_tone(tmp_path / "data" / "owl" / f"{number}.wav", seconds=0.5)
        for label in ("wren", "frog"):
            write_tone(tmp_path / "data" / label / f"{number}.wav", seconds=0.5, freq=2000 + number)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [tmp_path / "data"], jobs=1)
        settings = {"lowest_score": PROFILES["balanced"].review, "min_speech": 0.25}
        with dataset.writing("test", {}):
            version = SpeechDetector.version
            layer = layers.define(
                dataset.store, "speech", producer="speech", version=version, parameters=settings
            )
            rows = dataset.store.rows("SELECT id, path LIKE '%owl%' FROM recordings")
            for number, owl in list(rows):
                found = [Segment(0.1, 0.4, "speech", 0.8)] if owl or number == 3 else []
                layers.put(dataset.store, number, layer, found, digest=layers.digest(version, settings))
        summary = strip_voice(dataset, render=False, min_keep=0.0, jobs=1)
        assert summary.scanned == 0
        assert [row.label for row in summary.lift] == ["owl"]
        assert summary.to_review == 12
        assert summary.with_speech <= 1


def birds_with_voices(folder, seconds, spans):
    """Give a dataset of recordings so long, all of which hold voices there."""
    for number, length in enumerate(seconds):
        write_tone(folder / "data" / f"{number}.wav", seconds=length)
    dataset = Dataset(folder / "birds")
    import_(dataset, [folder / "data"], jobs=1)
    settings = {"lowest_score": PROFILES["balanced"].review, "min_speech": 0.25}
    with dataset.writing("test", {}):
        version = SpeechDetector.version
        layer = layers.define(
            dataset.store, "speech", producer="speech", version=version, parameters=settings
        )
        found = [Segment(onset, offset, "speech", 0.995) for onset, offset in spans]
        for (number,) in list(dataset.store.rows("SELECT id FROM recordings")):
            layers.put(dataset.store, number, layer, found, digest=layers.digest(version, settings))
    return dataset


def test_recordings_that_would_be_left_too_short_are_counted(tmp_path):
    # With its margins and the splinter before it, 4 s go: of 4.9 s 0.9 are left, of 6 s 2.0.
    with birds_with_voices(tmp_path, (4.8, 4.9, 6, 9), [(0.4, 3.8)]) as dataset:
        summary = strip_voice(dataset, render=False, jobs=1)
        assert (summary.too_short, summary.flagged, summary.to_review) == (2, 2, 2)
        assert len({row["recording_id"] for row in shown(dataset, "cuts") if row["action"] == "excise"}) == 2
        kept = voice_counts(dataset.store)
        assert kept is not None
        assert kept[1].min_keep_share == MIN_KEEP_SHARE
        seconds_alone = strip_voice(dataset, render=False, min_keep_share=1.0, dry_run=True)
        assert seconds_alone.too_short == 3
        assert strip_voice(dataset, render=False, min_keep_share=0.0, dry_run=True).too_short == 0
        assert strip_voice(dataset, render=False, min_keep=0.0, jobs=1).too_short == 0
        # What is wanted as a flag is not flagged for being short.
        assert strip_voice(dataset, render=False, action="flag", jobs=1).too_short == 0


def labels_of(truth, example_folder, path):
    """Write the truth of the example as a person would: a row per voice, an empty one where there is none."""
    lines = ["path,onset,offset"]
    for file, voices in truth.items():
        if file.endswith((".ogg", ".flac", ".wav", ".m4a", ".mp3")):
            spans = [f"{onset},{offset}" for onset, offset in voices] or [","]
            lines += [f"{example_folder / file},{span}" for span in spans]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_voices_are_compared_with_labels_without_decoding(own, truth, example_folder, tmp_path):
    labels = labels_of(truth, example_folder, tmp_path / "labels.csv")
    before = state(own.folder, tmp_path / "dump")
    found = strip_voice(own, evaluate=labels).evaluation
    assert state(own.folder, tmp_path / "dump") == before
    assert (found.recordings, found.missing) == (26, 0)
    assert found.voices == sum(len(voices) for voices in truth.values())
    assert found.agreement.recall.share > 0.9
    assert found.agreement.event_recall.share == 1
    assert found.agreement.precision.share > 0.75
    assert found.wanted_threshold >= 0.9
    strict = strip_voice(own, evaluate=labels, threshold=0.99).evaluation
    assert strict.agreement.recall.share < found.agreement.recall.share
    assert strict.agreement.recall.low < strict.agreement.recall.share < strict.agreement.recall.high


def test_labels_may_be_a_table_of_raven_between_commas(own, truth, example_folder, tmp_path):
    """Its times run on over the list of files; those in each file stand in a column of their own."""
    lines = ["Selection,Begin Time (s),End Time (s),Begin Path,File Offset (s)"]
    for at, (file, voices) in enumerate(truth.items()):
        for onset, offset in voices:
            times = f"{1000 * at + onset},{1000 * at + offset}"
            lines.append(f"{len(lines)},{times},{example_folder / file},{onset}")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    found = strip_voice(own, evaluate=tmp_path / "labels.csv").evaluation
    plain = strip_voice(own, evaluate=labels_of(truth, example_folder, tmp_path / "plain.csv")).evaluation
    assert found.voices == plain.voices
    assert found.agreement.recall.share == pytest.approx(plain.agreement.recall.share)


def test_what_would_be_done_about_labelled_voices_is_told_by_the_same_rules_that_do_it(
    own, truth, example_folder, tmp_path
):
    labels = labels_of(truth, example_folder, tmp_path / "labels.csv")
    settings = {"min_keep": 0.0, "render": False}
    found = strip_voice(own, evaluate=labels, **settings).evaluation
    strip_voice(own, **settings)
    taken = sum(row["offset"] - row["onset"] for row in shown(own, "cuts") if row["action"] != "flag")
    assert found.taken.recall.share > found.agreement.recall.share  # by its margins
    assert found.taken.precision.share * taken == pytest.approx(
        found.taken.recall.share * found.voice_seconds
    )


def test_a_remark_and_a_rest_too_short_count_in_what_would_be_done(own, truth, example_folder, tmp_path):
    labels = labels_of(truth, example_folder, tmp_path / "labels.csv")
    strict = {"threshold": 0.99999, "review": 0.5, "render": False}
    plain = strip_voice(own, evaluate=labels, **strict).evaluation
    assert plain.taken.recall.share < plain.heeded.recall.share
    with own.writing("test", {}):
        own.store.run("UPDATE recordings SET remarks = 'Announced at the end.'")
    told = strip_voice(own, evaluate=labels, **strict).evaluation
    assert told.agreement == plain.agreement
    assert plain.taken.recall.share < told.taken.recall.share < told.heeded.recall.share


def test_labels_of_audacity_are_read_too(own, truth, example_folder):
    file = next(file for file, voices in truth.items() if voices)
    audio = example_folder / file
    labels = audio.with_suffix(".txt")
    labels.write_text("".join(f"{onset}\t{offset}\tvoice\n" for onset, offset in truth[file]))
    try:
        found = strip_voice(own, evaluate=labels).evaluation
    finally:
        labels.unlink()
    assert (found.recordings, found.voices) == (1, len(truth[file]))


def test_a_table_of_voices_needs_no_labels(own, example_folder):
    found = strip_voice(own, evaluate=example_folder / "truth.csv").evaluation
    assert (found.recordings, found.problems) == (26, [])


def test_labels_of_other_recordings_are_told(own, tmp_path):
    (tmp_path / "labels.csv").write_text(f"path,onset,offset\n{write_tone(tmp_path / 'a.wav')},0,1\n")
    with pytest.raises(UsageError, match="lacks the recordings that strip-voice scanned"):
        strip_voice(own, evaluate=tmp_path / "labels.csv")
