"""What a dataset holds, said in numbers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from curate.catalogue import cuts, layers
from curate.catalogue.dataset import Dataset
from curate.decisions.voices import PROFILES
from curate.errors import NotInCatalogue
from curate.model import Cut
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from curate.steps.inspect.report import report
from curate.steps.inspect.show import show
from curate.steps.inspect.status import status
from curate.steps.review.cut import cut

pytestmark = pytest.mark.usefixtures("thread")


def test_before_anything_was_looked_at(birds, example_folder):
    found = status(birds)
    assert found.dataset == str(birds.folder)
    assert (found.recordings, found.failed, found.labels, found.unlabelled) == (26, 0, 9, 2)
    assert (found.cut_seconds, found.clean_copies, found.clean_bytes) == (0.0, 0, 0)
    assert (found.layers, found.cuts, found.failures) == ([], [], [])
    files = [
        path
        for folder in ("train_audio", "train_soundscapes")
        for path in (example_folder / folder).rglob("*.*")
    ]
    assert found.bytes == sum(path.stat().st_size for path in files)
    assert found.seconds == pytest.approx(birds.store.value("SELECT sum(duration) FROM recordings"))
    assert {row["archive"]: (row["recordings"], row["labels"]) for row in found.archives} == {
        "birdclef": (2, 0),
        "csa": (7, 5),
        "inaturalist": (6, 5),
        "xeno-canto": (11, 5),
    }
    assert sum(row["seconds"] for row in found.archives) == pytest.approx(found.seconds)
    (run,) = found.last_runs
    assert (run["command"], run["outcome"]) == ("import", "done")
    assert json.loads(run["counts"])["added"] == 26


def test_after_voices_were_stripped(birds):
    summary = strip_voice(birds)
    found = status(birds)
    (layer,) = found.layers
    assert (layer["layer"], layer["looked_at"], layer["failed"], layer["waiting"]) == ("speech", 26, 0, 0)
    assert layer["recordings"] == summary.with_speech == 10
    assert layer["seconds"] == pytest.approx(summary.speech_seconds)
    assert json.loads(layer["parameters"]) == {
        "lowest_score": PROFILES["balanced"].review,
        "min_speech": 0.25,
    }
    assert found.cut_seconds == pytest.approx(summary.cut_seconds)
    assert found.clean_copies == summary.rendered == 9
    assert found.clean_bytes == sum(path.stat().st_size for path in birds.clean.rglob("*.flac"))
    assert [(row["step"], row["action"], row["reason"], row["recordings"]) for row in found.cuts] == [
        ("strip-voice", "excise", "voice", 9),
        ("strip-voice", "flag", "voice", 1),
    ]
    assert found.cuts[0]["seconds"] == pytest.approx(found.cut_seconds)
    assert [run["command"] for run in found.last_runs] == ["strip-voice", "import"]


def test_privacy_is_summed_up(birds):
    assert status(birds).privacy is None
    strip_voice(birds)
    cut = status(birds)
    assert cut.privacy["removed"] == pytest.approx(cut.cut_seconds)
    assert (cut.privacy["muted"], cut.privacy["not_looked_at"]) == (0, 0)
    assert cut.privacy["found"] == pytest.approx(cut.layers[0]["seconds"])
    flagged = [row for row in cut.cuts if row["action"] == "flag"]
    assert cut.privacy["in_review"] == pytest.approx(sum(row["seconds"] for row in flagged))
    assert cut.privacy["recordings_in_review"] == sum(row["recordings"] for row in flagged) == 1
    strip_voice(birds, action="mute", render=False)
    assert status(birds).privacy["muted"] == pytest.approx(cut.privacy["removed"])


def test_seconds_are_those_of_the_report_and_the_manifest_wherever_cuts_overlap(birds, tmp_path):
    whole = status(birds)
    with birds.writing("test", {}), birds.store.transaction():
        long = [row[0] for row in birds.store.rows("SELECT id FROM recordings WHERE duration > 6 LIMIT 3")]
        for step, onset in (("strip-voice", 1.0), ("trim", 2.0)):
            made = [Cut(onset, onset + 2, "excise", step, None, step), Cut(0, 1, "flag", "hum", None, step)]
            cuts.replace(birds.store, long[0], step, made)
        length = birds.store.value("SELECT duration FROM recordings WHERE id = ?", (long[1],))
        gone = [Cut(0.0, length, "drop", "silence", None, "trim"), Cut(1, 2, "excise", "hum", None, "trim")]
        cuts.replace(birds.store, long[1], "trim", gone)
        cuts.replace(birds.store, long[2], "trim", [Cut(0, 1, "flag", "hum", None, "trim")])
    found = status(birds)
    assert found.cut_seconds == pytest.approx(3.0)
    assert (found.dropped, found.dropped_seconds) == (1, length)
    assert (found.kept, found.waiting_copies) == (25, 1)
    assert found.kept_seconds == pytest.approx(whole.seconds - length - 3.0)
    facts = report(birds).facts
    assert facts.goes_out.seconds == pytest.approx(found.kept_seconds)
    assert facts.goes_out.recordings == found.kept
    written = manifest(birds, tmp_path / "m.csv", audio="raw")
    assert (written.recordings, written.seconds) == (found.kept, pytest.approx(found.kept_seconds))


def test_a_second_that_a_person_cuts_as_well_is_removed_once(birds):
    strip_voice(birds, render=False)
    before = status(birds).privacy
    name, onset, offset = birds.store.one(_CUTS, ("excise",))
    cut(birds, name, onset, offset)
    assert status(birds).privacy == before
    name, onset, offset = birds.store.one(_CUTS, ("flag",))
    cut(birds, name, onset, offset)
    after = status(birds).privacy
    assert after["removed"] == pytest.approx(before["removed"] + offset - onset)
    assert after["in_review"] == pytest.approx(before["in_review"] - (offset - onset))


_CUTS = """SELECT archive || ':' || archive_id, onset, offset FROM cuts x
           JOIN recordings r ON r.id = x.recording WHERE action = ?"""


def test_failures_are_listed_with_step_reason_and_the_first_path(birds):
    with birds.writing("test", {}):
        layer = layers.define(birds.store, "speech", producer="speech", version="1", parameters={})
        layers.put(birds.store, 1, layer, [], digest="d", failure="it is gone")
        layers.put(birds.store, 3, layer, [], digest="d")
        birds.store.run("UPDATE recordings SET status = 'failed', problem = 'no sound' WHERE id = 2")
    found = status(birds)
    paths = {number: birds.path(cell) for number, cell in birds.store.rows("SELECT id, path FROM recordings")}
    assert found.failures == [
        {"step": "import", "reason": "no sound", "recordings": 1, "path": paths[2]},
        {"step": "speech", "reason": "it is gone", "recordings": 1, "path": paths[1]},
    ]
    assert found.failed == 1
    (layer,) = found.layers
    assert (layer["looked_at"], layer["failed"], layer["waiting"]) == (1, 1, 23)


def test_failures_of_one_kind_are_one_line_whatever_file_and_number_they_tell(birds):
    paths = {number: birds.path(cell) for number, cell in birds.store.rows("SELECT id, path FROM recordings")}
    with birds.writing("test", {}):
        layer = layers.define(birds.store, "speech", producer="speech", version="1", parameters={})
        for number in (1, 2, 3):
            why = f"{paths[number]} is damaged: its sound ends before {number}.5 s"
            layers.put(birds.store, number, layer, [], digest="d", failure=why)
        layers.put(birds.store, 4, layer, [], digest="d", failure=f"{paths[4]}: No such file or directory")
        moved = f"/media/my disk/{Path(paths[5]).name}: No such file or directory"
        layers.put(birds.store, 5, layer, [], digest="d", failure=moved)
    assert status(birds).failures == [
        {
            "step": "speech",
            "reason": "is damaged: its sound ends before … s",
            "recordings": 3,
            "path": paths[1],
        },
        {"step": "speech", "reason": "No such file or directory", "recordings": 2, "path": paths[4]},
    ]
    assert report(birds, cuts=0).facts.failures == status(birds).failures
    listed = show(birds, "failures")
    rows = [dict(zip(listed.columns, row, strict=True)) for row in listed.rows]
    assert [(row["path"], row["step"]) for row in rows] == [(paths[n], "speech") for n in (1, 2, 3, 4, 5)]
    assert rows[1]["reason"].endswith("is damaged: its sound ends before 2.5 s")


def test_copies_that_could_not_be_made_are_told_until_they_are(tmp_path, example_folder):
    data = tmp_path / "data"
    shutil.copytree(example_folder, data)
    with Dataset(tmp_path / "birds") as dataset:
        strip_voice(dataset, [data], render=False)
        lost = [
            Path(dataset.path(cell))
            for (cell,) in dataset.store.rows(
                "SELECT DISTINCT path FROM recordings r JOIN cuts x ON x.recording = r.id "
                "WHERE x.action = 'excise' ORDER BY r.id LIMIT 2"
            )
        ]
        for path in lost:
            path.rename(path.with_suffix(".away"))
        summary = strip_voice(dataset)
        assert summary.problem_counts == {"failed": 2}
        assert (summary.failed, summary.rendered) == (2, 7)
        found = status(dataset)
        assert found.failures == [
            {"step": "render", "reason": "No such file or directory", "recordings": 2, "path": str(lost[0])}
        ]
        assert found.waiting_copies == 2
        for path in lost:
            path.with_suffix(".away").rename(path)
        assert strip_voice(dataset).rendered == 2
        assert status(dataset).failures == []


def test_reasons_are_grouped_whatever_their_numbers(birds):
    with birds.writing("test", {}):
        for number in (1, 2):
            detail = f"cutting it would leave {number}.2 s, less than 5 s"
            cuts.replace(birds.store, number, "test", [Cut(0, number, "flag", "voice", None, "p", detail)])
    (row,) = status(birds).cuts
    assert (row["reason"], row["recordings"], row["cuts"], row["seconds"]) == ("voice", 2, 2, 3.0)
    assert status(birds).cut_seconds == 0.0


def test_a_run_in_another_process_is_seen_while_it_works(birds):
    with Dataset(birds.folder) as other, other.writing("strip-voice", {}):
        run = status(birds).last_runs[0]
        assert (run["command"], run["ended"], run["outcome"]) == ("strip-voice", None, None)


def test_no_more_than_five_runs_are_told_the_latest_first(birds):
    for number in range(6):
        with birds.writing(f"run {number}", {}):
            pass
    assert [run["command"] for run in status(birds).last_runs] == [f"run {n}" for n in (5, 4, 3, 2, 1)]


def test_without_a_dataset_the_next_step_is_named(tmp_path):
    with pytest.raises(NotInCatalogue, match="no dataset") as caught:
        status(Dataset(tmp_path))
    assert "curate import" in caught.value.hint
