"""APLOSE's results that a second person checked: corrections, confirmations and rejections."""

from __future__ import annotations

from curate.formats.annotations import annotation_table
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

HEAD = (
    "dataset,filename,{number},is_update_of_id,start_time,end_time,min_frequency,max_frequency,annotation,"
    "annotator,start_datetime,end_datetime,type,comments,signal_has_harmonics,signal_steps_count,"
    "created_at_phase{people}\n"
)


def row(number, replaced, times, label, who, *people, comment="", harmonics="False"):
    when = "2022-06-01T05:30:00.000+00:00,2022-06-01T05:31:00.000+00:00"
    cells = [
        number,
        replaced,
        times,
        "200,900",
        label,
        who,
        when,
        "BOX",
        comment,
        harmonics,
        "0",
        "ANNOTATION",
    ]
    return ",".join(["set,a.wav", *map(str, cells), *people]) + "\n"


def results(tmp_path, *rows, people=",ben,cem", number="annotation_id"):
    touch(tmp_path / "a.wav")
    path = tmp_path / "results.csv"
    path.write_text(HEAD.format(number=number, people=people) + "".join(rows))
    return path


def test_what_was_corrected_or_rejected_is_left_out_and_counted(tmp_path, problems):
    path = results(
        tmp_path,
        row(1, "", "1.0,2.0", "Whale", "ana", "True", ""),
        row(2, "", "3.0,4.0", "Whale", "ana", "False", ""),
        row(3, "", "5.0,6.0", "Whale", "ana", "False", "True"),
        row(4, "", "7.0,8.0", "Boat", "ana", "False", ""),
        row(9, "4.0", "7.1,8.2", "Ship", "ben", "", ""),
        row(5, "", "9.0,9.5", "Whale", "ana", "", ""),
    )
    assert marked.found(list(annotation_table.read(path, report=problems))) == {
        "a.wav": (
            Segment(1, 2, "Whale", None, 200, 900),
            Segment(5, 6, "Whale", None, 200, 900),
            Segment(7.1, 8.2, "Ship", None, 200, 900),
            Segment(9, 9.5, "Whale", None, 200, 900),
        )
    }
    assert problems == []
    assert {each.reason for each in problems.notices if " row " in each.reason} == {
        "1 row confirmed by one and rejected by another: kept",
        "1 row rejected by who checked them: left out, and taken as looked at",
        "1 row replaced by a correction: left out",
    }
    taken = annotation_table.taken(path)
    assert (taken["ben"], taken["cem"], taken["is_update_of_id"]) == ("verdict", "verdict", "correction")
    assert taken["signal_has_harmonics"] == ""


def test_older_results_call_the_number_otherwise_and_have_no_person(tmp_path, problems):
    path = results(
        tmp_path,
        row(1, "", "1.0,2.0", "Whale", "ana"),
        row(2, "1", "1.0,2.5", "Whale", "ana"),
        people="",
        number="result_id",
    )
    found = marked.found(list(annotation_table.read(path, report=problems)))
    assert found == {"a.wav": (Segment(1, 2.5, "Whale", None, 200, 900),)}


def test_columns_of_other_words_are_no_person(tmp_path, problems):
    path = results(
        tmp_path,
        row(1, "", "1.0,2.0", "Whale", "ana", "False", "far"),
        row(2, "", "3.0,4.0", "Whale", "ana", "False", ""),
        people=",signal_sidebands,weather",
    )
    assert len(marked.found(list(annotation_table.read(path, report=problems)))["a.wav"]) == 2
    assert annotation_table.taken(path)["weather"] == ""
