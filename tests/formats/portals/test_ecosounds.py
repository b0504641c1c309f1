"""Annotations of Ecosounds and A2O."""

from __future__ import annotations

import csv

import pytest

from curate.errors import FormatError
from curate.formats.choose import format_of
from curate.formats.files.layout import LAYOUTS
from curate.formats.portals import ecosounds
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

#: As the site exports its annotations.
HEAD = (
    "audio_event_id,audio_recording_id,audio_recording_uuid,event_start_seconds,event_end_seconds,"
    "event_duration_seconds,low_frequency_hertz,high_frequency_hertz,is_reference,common_name_tags,"
    "common_name_tag_ids,species_name_tags,other_tags\n"
)
FRIENDLY = "20240921T013002+1000_Station-01_2505488.flac"


def row(number, begin, end, common="", species="", other=""):
    return f"1,{number},d9e5,{begin},{end},1,3143.8,8397.9,false,{common},1|2,{species},{other}\n"


@pytest.fixture
def table(tmp_path):
    touch(tmp_path / "deep" / FRIENDLY, tmp_path / "262864.wav", tmp_path / "20240101_262865.wav")
    return tmp_path / "annotations.csv"


def test_recordings_are_found_by_their_numbers_and_tags_by_their_texts(table, problems):
    table.write_text(
        HEAD
        + row(2505488, 1041.5, 1042.75, "63:Crickets|74:Eastern Bristlebird", other="595:unsure:general")
        + row(262864, 1, 2, "63:Crickets", "12:Gryllus campestris")
        + row(262864, 3, 4)
    )
    assert format_of(table, "auto") == "ecosounds"
    first, second = ecosounds.read(table, report=problems)
    assert first.path.endswith(FRIENDLY)
    assert first.annotations == (
        Segment(1041.5, 1042.75, "Crickets", None, 3143.8, 8397.9, note="unsure"),
        Segment(1041.5, 1042.75, "Eastern Bristlebird", None, 3143.8, 8397.9, note="unsure"),
    )
    assert second.annotations == (
        Segment(1.0, 2.0, "Gryllus campestris", None, 3143.8, 8397.9, note="Crickets"),
        Segment(3.0, 4.0, "", None, 3143.8, 8397.9),
    )
    assert problems == []
    assert "common_name_tag_ids" in {notice.reason for notice in problems.notices}


def test_digits_of_another_meaning_are_no_number(table, problems):
    table.write_text(HEAD + row(262865, 1, 2) + row(5, 1, 2))
    assert list(ecosounds.read(table, report=problems)) == []
    assert problems.kinds == ["row-without-file", "row-without-file"]


def test_a_number_of_two_files_is_refused_with_both(table, problems):
    touch(table.parent / "more" / FRIENDLY)
    table.write_text(HEAD + row(2505488, 1, 2))
    assert list(ecosounds.read(table, report=problems)) == []
    (problem,) = problems
    assert (problem.kind, problem.reason.count(FRIENDLY)) == ("ambiguous", 2)


def test_the_site_takes_the_number_from_the_name_and_wants_a_band(tmp_path, problems):
    found = (Segment(1.0, 2.0, "owl", 0.5, 100.0, 900.0), Segment(3.0, 4.0, "wren"))
    (recording,) = marked.recordings(tmp_path, FRIENDLY, marks=found)
    assert ecosounds.write([recording], tmp_path / "out.csv") == 2
    with (tmp_path / "out.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "filename": FRIENDLY,
        "start_time_seconds": "1.0",
        "end_time_seconds": "2.0",
        "low_frequency_hertz": "100.0",
        "high_frequency_hertz": "900.0",
        "tag": "owl",
        "score": "0.5",
    }
    assert (second["low_frequency_hertz"], second["high_frequency_hertz"]) == ("0.0", "16000.0")
    (back,) = ecosounds.read(tmp_path / "out.csv", report=problems)
    assert [mark.label for mark in back.annotations] == ["owl", "wren"]


@pytest.mark.parametrize("label", ["12:30", "1:a:b", "1:a|2:b", "Larus: call", "a|1:b", "1:", "595"])
def test_a_class_that_looks_like_a_tag_comes_back_as_it_was_spelt(label, tmp_path, problems):
    (recording,) = marked.recordings(tmp_path, FRIENDLY, marks=(Segment(1.0, 2.0, label),))
    ecosounds.write([recording], tmp_path / "out.csv")
    (back,) = ecosounds.read(tmp_path / "out.csv", report=problems)
    spelt = LAYOUTS["ecosounds"].spells(label)
    assert [mark.label for mark in back.annotations] == [spelt]
    assert (spelt == label) == (label not in {"12:30", "1:a:b", "1:a|2:b"})


def test_another_table_is_refused(table, problems):
    table.write_text("filename,start_time_seconds\na.wav,1\n")
    with pytest.raises(FormatError, match="expected annotations of Ecosounds"):
        ecosounds.read(table, report=problems)


VERIFIED = (
    HEAD[:-1]
    + ",verifications,verification_counts,verification_correct,verification_incorrect,verification_skip,"
    "verification_unsure,verification_decisions,verification_consensus\n"
)

#: Common names, species names and other tags; what people say; labels and note.
VERDICTS = {
    "confirmed": ("5:bird", "", "", "5:bird,3,3,0,0,0,correct,1", ["bird"], ""),
    "denied": ("5:bird", "", "", "5:bird,3,1,2,0,0,incorrect,0.67", [""], "not bird"),
    "one of two": (
        "5:bird|6:cat", "", "", "5:bird|6:cat,3|3,3|0,0|3,0|0,0|0,correct|incorrect,1|1", ["bird"], "not cat"
    ),
    "all of two": (
        "5:bird|6:cat", "", "", "5:bird|6:cat,1|1,0|0,1|1,0|0,0|0,incorrect|incorrect,1|1", [""],
        "not bird; not cat",
    ),
    "as many for it": ("5:bird", "", "", "5:bird,2,1,1,0,0,correct|incorrect,0.5", ["bird"], "perhaps bird"),
    "unsure": ("5:bird", "", "", "5:bird,2,0,0,0,2,unsure,1", ["bird"], "perhaps bird"),
    "passed over": ("5:bird", "", "", "5:bird,1,0,0,1,0,skip,1", ["bird"], ""),
    "nobody": ("5:bird", "", "", ",,,,,,,", ["bird"], ""),
    "species of a denied name": (
        "5:bird", "7:Avis avis", "", "5:bird,1,0,1,0,0,incorrect,1", [""], "not Avis avis; not bird"
    ),
    "species that is confirmed": (
        "5:bird", "7:Avis avis", "", "5:bird|7:Avis avis,1|1,0|1,1|0,0|0,0|0,incorrect|correct,1|1",
        ["Avis avis"], "not bird",
    ),
    "another tag": ("5:bird", "", "8:song", "8:song,1,0,1,0,0,incorrect,1", ["bird"], "not song"),
    "decisions alone": ("5:bird", "", "", "5:bird,,,,,,incorrect,", [""], "not bird"),
}  # fmt: skip


@pytest.mark.parametrize("case", VERDICTS)
def test_a_tag_that_people_deny_is_no_label(case, table, problems):
    common, species, other, said, labels, note = VERDICTS[case]
    table.write_text(VERIFIED + row(262864, 1, 2, common, species, other)[:-1] + f",{said}\n")
    (found,) = ecosounds.read(table, report=problems)
    assert [(mark.label, mark.note) for mark in found.annotations] == [(label, note) for label in labels]
    assert problems == []
    told = [notice.reason for notice in problems.notices if notice.kind == "read-as"]
    assert told == (["1 event with a tag that people deny: marked without it"] if "not " in note else [])
    assert ecosounds.taken(table)["verification_incorrect"] == "what people say of tags"
