"""A number has one definition: every command that tells it tells the same."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict

import pytest

from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.common import retentions
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from tests.engines import in_a_thread

NAME = "SELECT archive || ':' || archive_id FROM recordings WHERE id = ?"


@pytest.fixture(scope="module")
def told(tmp_path_factory, example_folder):
    """What the commands tell of one dataset, as JSON; one recording is no sound, and a person has decided."""
    work = tmp_path_factory.mktemp("numbers")
    (work / "more").mkdir()
    (work / "more/broken.wav").write_bytes(b"no sound")
    capture = {}
    with Dataset(work / "birds") as birds, in_a_thread():
        import_(birds, [example_folder, work / "more"])
        strip_voice(birds, render=False)
        trim(birds, render=False)
        dedupe(birds)
        split(birds, folds=3)
        upsample(birds, below=3)
        names = [row[0] for row in birds.store.rows("SELECT archive || ':' || archive_id FROM recordings")]
        for name, judge, onset in ((names[0], cut, 0.0), (names[1], keep, 0.0), (names[1], keep, 1.0)):
            judge(birds, name, onset, onset + 1.0, reviewer="ada")
    return work / "birds", capture


@pytest.fixture
def ask(told, capsys):
    folder, kept = told

    def ask(*words):
        if words not in kept:
            with in_a_thread():
                assert main([*words, "-d", str(folder), "--json"]) in (0, 3)
            kept[words] = json.loads(capsys.readouterr().out)
        return kept[words]

    return ask


@pytest.fixture
def status(ask):
    return ask("status")


@pytest.fixture
def facts(ask):
    return ask("report")["facts"]


def test_what_came_in(ask, status, facts):
    recordings = ask("show", "recordings")
    voices = ask("strip-voice", "--no-render")
    assert status["recordings"] == facts["came_in"]["recordings"] == len(recordings) == 27
    assert voices["recordings"] == 27
    assert status["failed"] == sum(row["status"] == "failed" for row in recordings) == 1
    assert status["failed"] == sum(row["failed"] for row in facts["archives"])
    seconds = sum(row["duration"] or 0 for row in recordings)
    assert status["seconds"] == pytest.approx(seconds)
    assert facts["came_in"]["seconds"] == pytest.approx(seconds)
    labels = {row["label"] for row in ask("show", "labels") if row["role"] == "primary"}
    assert status["labels"] == facts["came_in"]["classes"] == len(facts["classes"]) == len(labels)


def test_archives(ask, status, facts):
    found = {row["archive"]: row for row in status["archives"]}
    assert found.keys() == {row["name"] for row in facts["archives"]}
    listed = Counter(row["recording_id"].partition(":")[0] for row in ask("show", "recordings"))
    voices = {row["archive"]: row["recordings"] for row in ask("strip-voice", "--no-render")["archives"]}
    for row in facts["archives"]:
        same = found[row["name"]]
        assert row["recordings_in"] == same["recordings"] == listed[row["name"]] == voices[row["name"]]
        assert (row["failed"], row["classes"]) == (same["failed"], same["labels"])
        assert row["seconds_in"] == pytest.approx(same["seconds"])


def test_licences(status, facts):
    assert {row["name"]: row["recordings_in"] for row in facts["licenses"]} == {
        row["license"]: row["recordings"] for row in status["licenses"]
    }
    assert sum(row["recordings"] for row in status["licenses"]) == status["recordings"]


def test_what_goes_out(ask, status, facts):
    rows = ask("manifest", "--dry-run", "-o", "train.csv")
    assert status["kept"] == facts["goes_out"]["recordings"] == rows["recordings"]
    assert rows["labels"] == facts["goes_out"]["classes"]
    assert status["kept_seconds"] == pytest.approx(facts["goes_out"]["seconds"])
    assert rows["seconds"] == pytest.approx(facts["goes_out"]["seconds"], abs=0.01)
    for part in ("recordings", "seconds", "classes"):
        streams = facts["flow"][part]
        assert sum(each["amount"] for each in streams) == pytest.approx(facts["came_in"][part])
        out = sum(each["amount"] for each in streams if each["goes_out"])
        assert out == pytest.approx(facts["goes_out"][part])
    lost = status["seconds"] - status["kept_seconds"]
    assert status["cut_seconds"] + status["dropped_seconds"] == pytest.approx(lost)
    assert status["dropped"] == len({row["recording_id"] for row in ask("show", "drops")})


def test_cuts(ask, status, facts):
    assert facts["cuts"] == status["cuts"]
    counted, seconds, recordings = Counter(), defaultdict(float), defaultdict(set)
    for row in ask("show", "cuts"):
        key = row["producer"].partition("/")[0], row["action"], row["reason"].partition("; ")[0]
        counted[key] += 1
        seconds[key] += row["offset"] - row["onset"]
        recordings[key].add(row["recording_id"])
    told = {(row["step"], row["action"], row["reason"]): row for row in status["cuts"]}
    assert told.keys() == counted.keys()
    for key, row in told.items():
        assert (row["cuts"], row["recordings"]) == (counted[key], len(recordings[key]))
        assert row["seconds"] == pytest.approx(seconds[key])


def test_layers(ask, status, facts):
    assert facts["layers"] == status["layers"]
    segments = Counter(row["layer"] for row in ask("show", "segments"))
    assert {row["layer"]: row["segments"] for row in status["layers"] if row["segments"]} == segments
    voices = ask("strip-voice", "--no-render")
    speech = next(row for row in status["layers"] if row["layer"] == "speech")
    assert speech["looked_at"] == sum(row["looked_at"] for row in voices["archives"])
    assert voices["failed"] == speech["failed"] + status["failed"]


def test_voices(ask, status, facts):
    voices = ask("strip-voice", "--no-render")
    assert [row["archive"] for row in facts["voices"]] == [row["archive"] for row in voices["archives"]]
    for row, same in zip(facts["voices"], voices["archives"], strict=True):
        assert row["looked_at"] == same["looked_at"]
        assert row["with_voice"] == same["with_speech"]
        assert row["voice_seconds"] == pytest.approx(same["speech_seconds"])
    assert facts["lift"] == voices["lift"]
    own = [row for row in status["cuts"] if row["step"] == "review"]  # what persons cut is removed, too
    by_persons = sum(row["seconds"] for row in own)
    assert status["privacy"]["removed"] == pytest.approx(voices["cut_seconds"] + by_persons)
    assert by_persons == pytest.approx(1.0)
    assert status["privacy"]["in_review"] == pytest.approx(voices["review_seconds"])
    assert status["privacy"]["recordings_in_review"] == voices["to_review"]
    flags = [row for row in status["cuts"] if row["step"] == "strip-voice" and row["action"] == "flag"]
    assert sum(row["seconds"] for row in flags) == pytest.approx(voices["review_seconds"])


def test_voices_that_go_out_are_left_whatever_took_their_cuts_back(told, capsys, tmp_path):
    """What is left is what lies in the rows of a manifest."""
    folder = tmp_path / "left"
    shutil.copytree(told[0], folder)

    def ask(*words):
        assert main([*words, "-d", str(folder), "--json"]) in (0, 3)
        return json.loads(capsys.readouterr().out)

    def in_rows():
        ask("manifest", "-o", str(tmp_path / "m.jsonl"), "--audio", "raw")
        rows = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text().splitlines()]
        found = [each for each in ask("show", "segments") if each["layer"] == "speech"]
        left = Counter()
        for row in rows:
            for each in (each for each in found if each["recording_id"] == row["recording_id"]):
                onset = max(each["onset"], row["source_onset"])
                left[row["recording_id"]] += max(0.0, min(each["offset"], row["source_offset"]) - onset)
        return sum(left.values()), sum(seconds > 0 for seconds in left.values())

    for undone in ((), ("strip-voice",)):
        for step in undone:
            ask("undo", step)
        privacy = ask("status")["privacy"]
        assert (privacy["left"], privacy["recordings_left"]) == pytest.approx(in_rows(), abs=0.01)
        assert privacy["left"] > 0
        assert privacy["decided"] is not bool(undone)
    with Dataset(folder) as birds, birds.writing("test", {}), birds.store.transaction():
        birds.store.run("DELETE FROM cuts")  # of other steps, and of persons
    privacy = ask("status")["privacy"]
    assert privacy["left"] == pytest.approx(privacy["found"])
    main(["status", "-d", str(folder)])
    assert "are exported: curate strip-voice decides" in capsys.readouterr().out


def test_failures(ask, status, facts):
    assert facts["failures"] == status["failures"]
    listed = Counter((row["step"], row["reason"]) for row in ask("show", "failures"))
    assert {(row["step"], row["reason"]): row["recordings"] for row in status["failures"]} == listed


def test_folds_and_groups(ask, facts):
    divided = ask("split", "--folds", "3", "--dry-run")
    listed = Counter(row["fold"] for row in ask("show", "folds") if row["fold"] is not None)
    for row in facts["folds"]:
        same = next(fold for fold in divided["folds"] if fold["name"] == row["name"])
        assert row["recordings"] == same["recordings"] == listed[row["fold"]]
        assert row["seconds"] == pytest.approx(same["seconds"])
        assert row["classes"] == same["labels"]
    assert facts["leakage"]["groups"] == divided["groups"]
    assert facts["leakage"]["divided"] == divided["divided_groups"]


def test_verdicts(ask, status, facts):
    assert facts["review"] == status["review"]
    said = [row for row in ask("show", "verdicts") if not row["withdrawn"]]
    assert status["review"]["verdicts"] == len(said) == 3
    assert status["review"]["recordings"] == len({row["recording_id"] for row in said}) == 2


def test_recordings_without_a_fold_are_told_alike(told, capsys, tmp_path):
    folder = tmp_path / "unfolded"
    shutil.copytree(told[0], folder)

    def ask(*words):
        assert main([*words, "-d", str(folder), "--json"]) in (0, 3)
        return json.loads(capsys.readouterr().out)

    assert ask("status")["unfolded"] == 0
    with Dataset(folder) as birds, birds.writing("test", {}):
        kept = [each.number for each in retentions.kept(birds.store)]
        birds.store.run("UPDATE assignments SET fold = NULL WHERE recording IN (?, ?)", kept[:2])
        name = birds.store.value(NAME, (kept[1],))
    assert ask("status")["unfolded"] == 2
    every = ask("manifest", "--dry-run", "-o", "train.csv")
    assert (every["unfolded"], every["recordings"]) == (2, len(kept))
    parts = [ask("manifest", "--dry-run", "-o", "train.csv", "--folds", str(fold)) for fold in range(3)]
    assert [part["unfolded"] for part in parts] == [2, 2, 2]
    assert sum(part["recordings"] for part in parts) == len(kept) - 2
    main(["manifest", "--dry-run", "-o", "train.csv", "--folds", "0", "-d", str(folder)])
    assert "2 recordings have no fold and are left out: curate split" in capsys.readouterr().out
    ask("cut", name, "0", "1000000")
    assert ask("status")["unfolded"] == 1
    with Dataset(folder) as birds, birds.writing("test", {}):
        birds.store.run("UPDATE assignments SET fold = NULL")
    assert ask("status")["unfolded"] == ask("manifest", "--dry-run", "-o", "train.csv")["unfolded"] == 0
