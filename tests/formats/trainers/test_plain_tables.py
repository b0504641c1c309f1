"""Tables that are written only, or simply: what stands in them, and that they are streamed in order."""

from __future__ import annotations

import csv
import json

import pytest

from curate.errors import FormatError
from curate.formats.annotations import generic_seq, ketos, perch_hoplite
from curate.formats.files.unique_names import Keys
from curate.formats.trainers import audformat, kaldi, nemo, opensoundscape
from curate.model import Row, Segment
from tests.formats import marked
from tests.formats.rows import touch


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


ROWS = [
    marked.row("/x/a.wav", recording_id="xeno-canto:1"),
    marked.row(
        "/x/b b.wav", None, label="Turdus merula", secondary_labels=("owl",), recording_id="local:b b.wav"
    ),
    marked.row("/x/c.wav", None),
    marked.row("/x/d.wav", ()),
]


def test_ketos_numbers_the_labels_and_says_which_is_which(tmp_path):
    assert ketos.write(ROWS, tmp_path / "t.csv") == 3
    assert table(tmp_path / "t.csv") == [
        ["filename", "start", "end", "label"],
        ["/x/a.wav", "0.5", "1.25", "2"],
        ["/x/a.wav", "1.0", "2.0", "0"],
        ["/x/b b.wav", "0.0", "10.0", "1"],
    ]
    assert table(tmp_path / "t_labels.csv")[1:] == [["0", "1139490"], ["1", "Turdus merula"], ["2", "asbfly"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv", "t_labels.csv"]


def test_generic_sequences_count_their_annotations_without_gaps(tmp_path):
    assert generic_seq.write([ROWS[3], *ROWS], tmp_path / "t.csv") == 3
    assert [row[-1] for row in table(tmp_path / "t.csv")[1:]] == ["0", "0", "1"]
    assert table(tmp_path / "t.csv")[1][:7] == [
        "asbfly",
        "0.5",
        "1.25",
        "16000",
        "40000",
        "/x/a.wav",
        "t.csv",
    ]


def test_labels_for_perch_are_single_words_and_all_that_are_known(tmp_path):
    assert perch_hoplite.write(ROWS, tmp_path / "t.csv") == 3
    assert table(tmp_path / "t.csv")[3] == ["/x/b b.wav", "0.0", "10.0", "Turdus_merula owl"]


@pytest.mark.parametrize("space", [" ", "\t", "\n", "\u00a0"])
def test_white_space_of_any_kind_parts_no_class(space, tmp_path):
    row = marked.row("/x/a.wav", None, label=f"Song{space}Thrush", secondary_labels=(f"an{space}owl",))
    perch_hoplite.write([row], tmp_path / "t.csv")
    assert table(tmp_path / "t.csv")[1][3] == "Song_Thrush an_owl"
    kaldi.write([row], tmp_path)
    assert (tmp_path / "text").read_text().split(" ", 1)[1] == "Song_Thrush an_owl\n"


def test_nemo_gives_a_length_in_the_place_of_an_end(tmp_path, problems):
    assert nemo.write(ROWS, tmp_path / "m.jsonl") == 3
    first = json.loads((tmp_path / "m.jsonl").read_text().splitlines()[0])
    assert first.pop("recording_id") == "xeno-canto:1"
    assert first == {"audio_filepath": "/x/a.wav", "offset": 0.5, "duration": 0.75, "label": "asbfly"}
    touch(tmp_path / "a.wav")
    (tmp_path / "text.jsonl").write_text(
        '{"audio_filepath": "a.wav", "duration": 2, "text": "hi"}\n'
        '{"audio_filepath": "a.wav", "duration": "x"}\n'
    )
    found = marked.found(nemo.read(tmp_path / "text.jsonl", report=problems))
    assert found == {"a.wav": (Segment(0, 2, "hi"),)}
    assert problems[0].reason == "columns offset, duration: expected seconds, found None and 'x'"
    (tmp_path / "other.jsonl").write_text('{"path": "a.wav"}\n')
    with pytest.raises(FormatError, match="lacks the key audio_filepath"):
        nemo.read(tmp_path / "other.jsonl", report=problems)


def test_a_kaldi_directory_is_sorted_and_its_utterances_bear_their_speaker(tmp_path):
    assert kaldi.write(reversed(ROWS), tmp_path) == 3
    text = (tmp_path / "text").read_text().splitlines()
    assert text == [
        "XC1-000000 asbfly", "XC1-000001 1139490", "b_b-000000 Turdus_merula owl",
    ]  # fmt: skip
    assert (tmp_path / "spk2utt").read_text().splitlines()[0] == "XC1 XC1-000000 XC1-000001"
    assert len((tmp_path / "wav.scp").read_text().splitlines()) == 4
    assert "b_b /x/b b.wav" in (tmp_path / "wav.scp").read_text()


def test_audformat_knows_files_without_segments(tmp_path):
    assert audformat.write(ROWS, tmp_path) == 3
    assert len(table(tmp_path / "db.files.csv")) == 5
    assert table(tmp_path / "db.segments.csv")[1][:3] == [
        "/x/a.wav", "0 days 00:00:00.500000", "0 days 00:00:01.250000",
    ]  # fmt: skip
    header = json.loads((tmp_path / "db.yaml").read_text())
    assert header["schemes"]["label"]["labels"] == ["1139490", "Turdus merula", "asbfly", "owl"]


def test_audformat_has_a_stretch_once_with_a_column_for_each_of_its_labels(tmp_path):
    marks = (Segment(0, 1, "frog"), Segment(0, 1, "owl"), Segment(0, 1, "owl", 0.5), Segment(1, 2, "frog"))
    assert audformat.write([marked.row("/x/a.wav", marks)], tmp_path) == 2
    assert table(tmp_path / "db.segments.csv") == [
        ["file", "start", "end", "label", "label_2"],
        ["/x/a.wav", "0 days 00:00:00.000000", "0 days 00:00:01.000000", "frog", "owl"],
        ["/x/a.wav", "0 days 00:00:01.000000", "0 days 00:00:02.000000", "frog", ""],
    ]
    schemes = json.loads((tmp_path / "db.yaml").read_text())["schemes"]
    assert schemes["label"] == schemes["label_2"] == {"dtype": "str", "labels": ["frog", "owl"]}


def test_one_hot_labels_leave_out_what_nobody_knows_and_keep_what_is_known_to_be_nothing(tmp_path, problems):
    assert opensoundscape.write(ROWS, tmp_path / "t.csv") == 3
    assert table(tmp_path / "t.csv") == [
        ["file", "start_time", "end_time", "1139490", "Turdus merula", "asbfly", "owl"],
        ["/x/a.wav", "0.0", "10.0", "1", "0", "1", "0"],
        ["/x/b b.wav", "0.0", "10.0", "0", "1", "0", "1"],
        ["/x/d.wav", "0.0", "10.0", "0", "0", "0", "0"],
    ]
    touch(tmp_path / "a.wav", tmp_path / "d.wav")
    found = marked.found(opensoundscape.read(tmp_path / "t.csv", report=problems))
    assert found == {"a.wav": (Segment(0, 10, "1139490"), Segment(0, 10, "asbfly")), "d.wav": ()}
    assert [problem.path for problem in problems] == ["/x/b b.wav"]
    (tmp_path / "other.csv").write_text("path,start,end\n")
    with pytest.raises(FormatError, match="lacks clip labels"):
        opensoundscape.read(tmp_path / "other.csv", report=problems)


def test_no_two_recordings_get_one_name():
    keys = Keys()
    rows = [
        Row("local:a.b", "/1"),
        Row("local:a.b", "/1"),
        Row("local:a_b", "/2"),
        Row("local:A b", "/3"),
        Row("", "/4/a-b.wav"),
        Row("local:a_b-2", "/5"),
    ]
    names = [keys.of(row) for row in rows]
    assert names[0] == names[1]
    assert len({name.casefold() for name in names}) == 5


def test_a_draft_that_fails_leaves_nothing(tmp_path):
    def failing():
        yield ROWS[0]
        raise ConnectionError

    for write in (ketos.write, opensoundscape.write, nemo.write, generic_seq.write, perch_hoplite.write):
        with pytest.raises(ConnectionError):
            write(failing(), tmp_path / "t.csv")
        assert list(tmp_path.iterdir()) == []
