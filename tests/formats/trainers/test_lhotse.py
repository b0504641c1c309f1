"""Lhotse manifests."""

from __future__ import annotations

import gzip
import json

import pytest

from curate.errors import FormatError
from curate.formats.trainers import lhotse
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_supervisions_count_from_the_start_of_their_cut_and_lengths_are_whole_samples(tmp_path):
    row = marked.row(
        "/a.wav", (Segment(4.5, 5.0, "owl"),), recording_id="xeno-canto:7", onset=4.0, duration=6.0, sr=44100,
        file_duration=10.00001,
    )  # fmt: skip
    assert lhotse.write([row], tmp_path) == 1
    (recording,) = lines(tmp_path / "recordings.jsonl.gz")
    assert recording["num_samples"] == 441000
    assert recording["duration"] == 441000 / 44100
    (supervision,) = lines(tmp_path / "supervisions.jsonl.gz")
    assert (supervision["recording_id"], supervision["start"], supervision["duration"]) == ("XC7", 4.5, 0.5)
    (cut,) = lines(tmp_path / "cuts.jsonl.gz")
    assert (cut["start"], cut["supervisions"][0]["start"], cut["type"]) == (4.0, 0.5, "MonoCut")
    assert cut["recording"] == recording


def test_several_cuts_of_a_recording_share_it_and_channels_are_listed(tmp_path):
    rows = [
        marked.row("/a.wav", None, label="owl", onset=at, offset=at + 1.0, channels=2) for at in (0.0, 5.0)
    ]
    lhotse.write(rows, tmp_path)
    (recording,) = lines(tmp_path / "recordings.jsonl.gz")
    assert recording["channel_ids"] == [0, 1]
    cuts = lines(tmp_path / "cuts.jsonl.gz")
    assert [cut["id"] for cut in cuts] == ["a-0", "a-1"]
    assert [cut["type"] for cut in cuts] == ["MultiCut"] * 2
    assert [each["id"] for each in lines(tmp_path / "supervisions.jsonl.gz")] == ["a-0", "a-1"]


def test_a_file_of_cuts_is_read_in_times_of_the_recording(tmp_path, problems):
    (row,) = marked.recordings(tmp_path, "a.wav", marks=(Segment(4.5, 5.0, "owl"),))
    lhotse.write([marked.row(row.path, row.annotations, onset=4.0)], tmp_path)
    found = lhotse.read(tmp_path / "cuts.jsonl.gz", report=problems)
    assert marked.found(found) == {"a.wav": (Segment(4.5, 5.0, "owl"),)}
    assert problems == []


def test_supervisions_of_speech_read_by_their_text_and_lost_ones_are_told(tmp_path, problems):
    marked.recordings(tmp_path, "a.wav")
    (tmp_path / "recordings.jsonl").write_text('{"id": "r", "sources": [{"source": "a.wav"}]}\n')
    (tmp_path / "supervisions.jsonl").write_text(
        '{"recording_id": "r", "start": 1, "duration": 2, "text": "hi"}\n'
        '{"recording_id": "x", "start": 1, "duration": 2}\n'
        '{"recording_id": "r", "start": null, "duration": 2}\n[]\n'
    )
    assert marked.found(lhotse.read(tmp_path, report=problems)) == {"a.wav": (Segment(1, 3, "hi"),)}
    assert [problem.path for problem in problems] == [f"{tmp_path}/supervisions.jsonl:{n}" for n in (2, 3, 4)]
    assert "expected one of recordings.jsonl, found 'x'" in problems[0].reason


def test_a_folder_that_lacks_a_manifest_says_so(tmp_path, problems):
    with pytest.raises(FormatError, match=r"expected one recordings\.jsonl\.gz"):
        lhotse.read(tmp_path, report=problems)


def test_what_supervisions_say_of_a_recording_is_read_and_the_strictest_licence_counts(tmp_path, problems):
    touch(tmp_path / "a.wav")
    said = [
        {
            "ebird_code": "norcar",
            "license": "CC BY 4.0",
            "recordist": "Ana",
            "latitude": -22.5,
            "longitude": 0.0,
        },
        {"species": "Poecile atricapillus", "license": "CC BY-NC 4.0", "latitude": "north"},
    ]
    supervisions = [
        {"id": f"a-{number}", "recording_id": "a", "start": number, "duration": 1.0, "custom": custom}
        for number, custom in enumerate(said)
    ]
    cut = {"id": "a", "start": 0.0, "duration": 5.0, "supervisions": supervisions}
    cut["recording"] = {"id": "a", "sources": [{"type": "file", "source": "a.wav"}]}
    with gzip.open(tmp_path / "cuts.jsonl.gz", "wt") as file:
        file.write(json.dumps(cut) + "\n")
    (row,) = lhotse.read(tmp_path / "cuts.jsonl.gz", report=problems)
    assert [mark.label for mark in row.annotations] == ["norcar", "Poecile atricapillus"]
    assert (row.license, row.recordist, row.latitude, row.longitude) == ("CC BY-NC 4.0", "Ana", -22.5, 0.0)
    assert [each.reason for each in problems] == ["column latitude: expected a number, found 'north'"]
