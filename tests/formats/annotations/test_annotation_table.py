"""Tables of annotations, under the names that the field gives their columns."""

from __future__ import annotations

import pandas as pd
import pytest

from curate.errors import FormatError
from curate.formats.annotations import annotation_table
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

KINDS = {
    "bacpipe": "audiofilename,start,end,label:species\na.wav,1.0,2.5,owl\n",
    "birdnet": "Start (s),End (s),Scientific name,Common name,Confidence,File\n1,2.5,owl,Owl,0.5,/x/a.wav\n",
    "britekit": "recording,class,start_time,end_time\na.wav,owl,1.0,2.5\n",
    "crowsetta": "label,onset_s,offset_s,notated_path,annot_path\nowl,1.0,2.5,C:\\rec\\a.wav,x\n",
    "ours": "path,onset,offset,label,recording_id\na.wav,1.0,2.5,owl,local:a\n",
    "perch-hoplite": "filename,start_time_s,end_time_s,label\na.wav,1.0,2.5,owl\n",
    "begin and end": "file,begin,end,label\na.wav,1.0,2.5,owl\n",
    "begin time": "Filename,Begin Time,End Time,Low,High,Species\na.wav,1.0,2.5,100,200,owl\n",
    "length": "file,start,duration,label\na.wav,1.0,1.5,owl\n",
    "scikit-maad": "fname,min_t,max_t,min_f,max_f,label,filename\nx,1.0,2.5,100,200,owl,a.wav\n",
    "t_min": "filename,t_min,t_max,f_min,f_max,label,prob\na.wav,1.0,2.5,100,200,owl,0.5\n",
    "one word": "Audiofilename,Starttime,Endtime,Label\na.wav,1.0,2.5,owl\n",
    "capitals inside": "FileName,StartTime,EndTime,SpeciesCode,LowFreqHz\na.wav,1.0,2.5,owl,\n",
    "time_start": "file,time_start,time_end,label,score\na.wav,1.0,2.5,owl,0.5\n",
    "soundscapes of Cornell": (
        "Filename,Start Time (s),End Time (s),Low Freq (Hz),High Freq (Hz),Species eBird Code\n"
        "a.wav,1.0,2.5,100,200,owl\n"
    ),
    "warbleR": "sound.files,selec,start,end,label\na.wav,1,1.0,2.5,owl\n",
    "sfile": "sfile,start,end,label\na.wav,1.0,2.5,owl\n",
    "pandas": "file,start,end,label\na.wav,0 days 00:00:01,0 days 00:00:02.500000,owl\n",
    "semicolons": "file;start_time;end_time;label\na.wav;1,0;2,5;owl\n",
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_columns_of_the_field_are_known(kind, tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_text(KINDS[kind])
    ((name, marks),) = marked.found(annotation_table.read(tmp_path / "t.csv", report=problems)).items()
    assert (name, [(m.onset, m.offset, m.label) for m in marks]) == ("a.wav", [(1.0, 2.5, "owl")])
    assert problems == []


def test_a_length_that_is_no_number_or_missing_is_told(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_text(
        "file,start,duration,label\na.wav,1,long,owl\na.wav,2,,owl\na.wav,0.1,0.2,wren\n"
    )
    found = marked.found(annotation_table.read(tmp_path / "t.csv", report=problems))
    assert found == {"a.wav": (Segment(0.1, 0.3, "wren"),)}
    assert [problem.reason for problem in problems] == [
        "column duration: expected a number, found 'long'",
        "column duration: expected seconds after 2, found ''",
    ]


def test_boxes_confidence_and_rows_without_a_mark_are_kept(tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    (tmp_path / "t.csv").write_text(
        "file,start,end,label,low_freq,high_freq,score\na.wav,1,2,owl,100,200,0.5\nb.wav,,,,,,\n"
    )
    found = marked.found(annotation_table.read(tmp_path / "t.csv", report=problems))
    assert found == {"a.wav": (Segment(1, 2, "owl", 0.5, 100, 200),), "b.wav": ()}


def test_a_remark_without_a_stretch_is_no_fault_of_its_row_and_is_told_once(tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    (tmp_path / "t.csv").write_text(
        "file,start,end,label,note\na.wav,1,2,owl,far\na.wav,,,,rain\nb.wav,,,,silent\nb.wav,,,owl,\n"
    )
    found = marked.found(annotation_table.read(tmp_path / "t.csv", report=problems))
    assert found == {"a.wav": (Segment(1, 2, "owl", note="far"),), "b.wav": ()}
    [fault], [notice] = problems, problems.notices  # a label without times is a fault
    assert fault.reason == "column start: expected seconds, 0 or more, found ''"
    assert notice.reason == "column note: words without a stretch in 2 rows: left out, and taken as looked at"


def test_annotation_sets_of_xeno_canto_name_their_recordings_by_number(tmp_path, problems):
    touch(tmp_path / "XC694038 - Common Sandpiper - Actitis hypoleucos.mp3", tmp_path / "XC7.mp3")
    (tmp_path / "set.csv").write_text(
        "annotation_xc_id,xc_nr,scientific_name,start_time,end_time,frequency_high,frequency_low\n"
        "1,694038,Actitis hypoleucos,0.5,1.5,6000,2000\n"
        "2,7,Strix aluco,1,2,900,400\n3,8,Strix aluco,1,2,900,400\n"
    )
    rows = list(annotation_table.read(tmp_path / "set.csv", report=problems))
    assert [row.recording_id for row in rows] == ["xeno-canto:694038", "xeno-canto:7"]
    assert rows[0].annotations == (Segment(0.5, 1.5, "Actitis hypoleucos", None, 2000, 6000),)
    assert [problem.path for problem in problems] == ["XC8"]


def test_audio_is_found_below_a_folder_that_is_named(tmp_path, problems):
    touch(tmp_path / "deep" / "down" / "a.wav")
    (tmp_path / "t.csv").write_text("file,start,end,label\nelsewhere/a.wav,1,2,owl\n")
    assert list(annotation_table.read(tmp_path / "t.csv", report=problems)) == []
    (row,) = annotation_table.read(tmp_path / "t.csv", report=problems, audio_folder=tmp_path / "deep")
    assert row.path == str(tmp_path / "deep" / "down" / "a.wav")


def test_a_missing_column_is_named_with_those_that_would_do(tmp_path, problems):
    (tmp_path / "t.csv").write_text("file,start,label\na.wav,1,owl\n")
    with pytest.raises(
        FormatError, match="lacks a column for the offset: expected one of offset, offset_s"
    ) as caught:
        annotation_table.read(tmp_path / "t.csv", report=problems)
    assert caught.value.hint == "columns there: file, start, label"


def test_a_latin_1_table_finds_files_whose_names_are_utf_8(tmp_path, problems):
    touch(tmp_path / "mésange.wav")
    text = "file,start,end,label\nmésange.wav,1,2,mésange\n"
    (tmp_path / "t.csv").write_bytes(text.encode("latin-1"))
    assert marked.found(annotation_table.read(tmp_path / "t.csv", report=problems)) == {
        "mésange.wav": (Segment(1, 2, "mésange"),)
    }


def test_perch_hoplite_parts_labels_at_spaces_and_a_binomial_is_one(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_text(
        "filename,start_time_s,end_time_s,label\na.wav,1,2,owl wren\na.wav,3,4,Turdus merula\n"
    )
    (row,) = annotation_table.read(tmp_path / "t.csv", report=problems)
    assert [mark.label for mark in row.annotations] == ["owl", "wren", "Turdus merula"]


def test_numbers_of_ketos_are_looked_up_in_the_table_beside(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_text("filename,start,end,label\na.wav,1,2,1\na.wav,3,4,7\n")
    (tmp_path / "t_labels.csv").write_text("label,name\n0,owl\n1,007\n")
    (row,) = annotation_table.read(tmp_path / "t.csv", report=problems)
    assert [mark.label for mark in row.annotations] == ["007", "7"]


def test_the_label_of_a_sequence_of_crowsetta_is_not_its_number(tmp_path, problems):
    touch(tmp_path / "a.wav")
    columns = "label,onset_s,offset_s,onset_sample,offset_sample,notated_path,annot_path,sequence,annotation"
    (tmp_path / "t.csv").write_text(f"{columns}\nowl,1.0,2.5,16000,40000,a.wav,t.csv,0,0\n")
    (row,) = annotation_table.read(tmp_path / "t.csv", report=problems)
    assert [mark.label for mark in row.annotations] == ["owl"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_notes_lists_and_bands_are_kept_in_every_kind_of_table(ending, tmp_path, problems):
    touch(tmp_path / "a.wav")
    frame = pd.DataFrame({
        "file": ["a.wav"], "start": [1.0], "end": [2.0], "label": ["['owl' 'wren']"], "low_freq": [3000.0],
        "high_freq": [None], "notes": ["faint"], "mood": ["x"],
    })  # fmt: skip
    table = tmp_path / f"t.{ending}"
    if ending == "csv":
        frame.to_csv(table, index=False)
    elif ending == "jsonl":
        frame.to_json(table, orient="records", lines=True)
    else:
        frame.to_parquet(table)
    (row,) = annotation_table.read(table, report=problems)
    assert row.annotations == tuple(
        Segment(1, 2, label, None, 3000, None, note="faint") for label in ("owl", "wren")
    )
    assert [problem.reason for problem in problems.notices] == ["mood"]


@pytest.mark.parametrize(
    ("names", "taken", "refused"),
    [
        # The rows of a site whose recording is not there, whichever comes first.
        (["/mnt/siteA/Data/0530.wav", "/mnt/siteC/Data/0530.wav"], [0], [1]),
        (["/mnt/siteC/Data/0530.wav", "D:\\x\\siteA\\Data\\0530.wav"], [1], [0]),
        (["/mnt/siteC/Data/0530.wav", "Data/0530.wav"], [1, 0], []),
        (["/mnt/siteC/Data/0530.wav", "siteA/Data/0530.wav"], [1], [0]),
        # Two years of one site: nothing says which is meant.
        (["/2023/siteA/Data/0530.wav", "/2024/siteA/Data/0530.wav"], [], [0, 1]),
        (["/2023/siteA/Data/0530.wav", "/2024/siteA/Data/0530.wav", "0530.wav"], [2], [0, 1]),
        (["/a/s1/2024/0530.wav", "/a/s2/2024/0530.wav", "2024/0530.wav"], [], [0, 1, 2]),
        # Longer and shorter names of one file.
        (
            ["/mnt/siteA/Data/0530.wav", "/siteA/Data/0530.wav", "siteA/Data/0530", "0530.WAV"],
            [0, 1, 2, 3],
            [],
        ),
    ],
)
def test_of_several_names_for_a_recording_the_longest_match_counts(names, taken, refused, tmp_path, problems):
    touch(tmp_path / "audio" / "siteA" / "Data" / "0530.WAV")
    lines = (f"{name},{n},{n + 1},c{n}\n" for n, name in enumerate(names))
    (tmp_path / "t.csv").write_text("file,start,end,label\n" + "".join(lines))
    rows = list(annotation_table.read(tmp_path / "t.csv", report=problems, audio_folder=tmp_path / "audio"))
    assert sorted(mark.label for row in rows for mark in row.annotations) == [f"c{n}" for n in sorted(taken)]
    assert [(each.kind, each.path) for each in problems] == [("ambiguous", names[n]) for n in refused]
    assert all(f"named in {tmp_path}/t.csv:" in each.reason for each in problems)


def test_a_relative_name_that_matches_in_part_is_taken_and_told(tmp_path, problems):
    touch(tmp_path / "0530.WAV", tmp_path / "0600.WAV")
    (tmp_path / "t.csv").write_text(
        "file,start,end,label\nsiteC/0530.wav,1,2,owl\n/mnt/siteC/0600.wav,1,2,owl\n"
    )
    rows = list(annotation_table.read(tmp_path / "t.csv", report=problems))
    assert [row.path for row in rows] == [str(tmp_path / "0530.WAV"), str(tmp_path / "0600.WAV")]
    assert problems == []
    assert [(each.kind, each.path, each.reason) for each in problems.notices] == [
        (
            "read-as",
            "siteC/0530.wav",
            f"named in {tmp_path}/t.csv:2. Only '0530.wav' of it matches {tmp_path}/0530.WAV",
        )
    ]


@pytest.mark.parametrize(
    "columns",
    [
        "low_freq,high_freq",
        "start_frequency,end_frequency",
        "Min Frequency,Max Frequency",
        "low_frequency_hz,high_frequency_hz",
    ],
)
def test_the_columns_of_bands_are_known(columns, tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_text(f"file,start,end,label,{columns}\na.wav,1,2,owl,500,900\n")
    (row,) = annotation_table.read(tmp_path / "t.csv", report=problems)
    assert row.annotations == (Segment(1, 2, "owl", None, 500, 900),)


@pytest.mark.parametrize("columns", ["bottom.freq,top.freq", "Low Freq (kHz),High Freq (kHz)"])
def test_bands_in_kilohertz_become_hertz(columns, tmp_path, problems):
    """warbleR's selection tables have kHz."""
    touch(tmp_path / "a.wav")
    text = (
        f"sound.files,start,end,label,{columns}\na.wav,1,2,owl,0.5,9\na.wav,3,4,owl,low,9\na.wav,5,6,owl,,\n"
    )
    (tmp_path / "t.csv").write_text(text)
    (row,) = annotation_table.read(tmp_path / "t.csv", report=problems)
    assert row.annotations == (Segment(1, 2, "owl", None, 500, 9000), Segment(5, 6, "owl"))
    low = columns.partition(",")[0]
    assert [problem.reason for problem in problems] == [f"column {low}: expected a number, found 'low'"]


def test_a_column_of_labels_that_nobody_filled_gives_way_to_the_next(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_text("file,start,end,label,species\na.wav,1,2,,owl\na.wav,2,3,NA,wren\n")
    (row,) = annotation_table.read(tmp_path / "t.csv", report=problems)
    assert [mark.label for mark in row.annotations] == ["owl", "wren"]
    assert annotation_table.taken(tmp_path / "t.csv")["label"] == ""
