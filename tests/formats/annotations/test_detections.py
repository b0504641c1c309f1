"""Tables of detectors: known by their columns, a layer with scores under the program's name."""

from __future__ import annotations

import json
import math

import pytest

from curate.errors import FormatError
from curate.formats.annotations import audacity, detections, raven
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

OWL = Segment(3.0, 6.0, "Strix aluco", 0.5)

BIRDNET = "Start (s),End (s),Scientific name,Common name,Confidence"
NAMES = "scientific_name,common_name,confidence"
KALEIDOSCOPE = "IN FILE,OFFSET,DURATION"
MANUAL = "AUTO ID*,MATCH RATIO,MANUAL ID"

#: Name and text of a table, and who writes it; each says that an owl is heard in a.wav.
TABLES = {
    "birdnet": (
        "a.BirdNET.results.csv",
        f"{BIRDNET}\n3.0,6.0,Strix aluco,Tawny Owl,0.5\n",
        "birdnet-analyzer",
    ),
    "birdnet combined": (
        "BirdNET_CombinedTable.csv",
        f"{BIRDNET},File\n3.0,6.0,Strix aluco,Tawny Owl,0.5,/data/a.wav\n",
        "birdnet-analyzer",
    ),
    "birdnet r": (
        "r.csv",
        f"filepath,start,end,{NAMES},week\nD:\\data\\a.WAV,3,6,Strix aluco,Tawny Owl,0.5,-1\n",
        "birdnet-analyzer",
    ),
    "birdnet kaleidoscope": (
        "k.csv",
        f"INDIR,FOLDER,{KALEIDOSCOPE},{NAMES}\n/data,night1,a.wav,3.0,3.0,Strix aluco,Tawny Owl,0.5\n",
        "birdnet-analyzer",
    ),
    "birdnet kaleidoscope since 2.5": (
        "k.csv",
        f"INDIR,FOLDER,{KALEIDOSCOPE},TOP1MATCH,TOP1DIST\n/data,night1,a.wav,3.0,3.0,Strix aluco,0.5\n",
        "birdnet-analyzer",
    ),
    "kaleidoscope": (
        "id.csv",
        f"INDIR,FOLDER,{KALEIDOSCOPE},{MANUAL}\nD:\\bats,night1,a.wav,3,3,Strix aluco,0.5,\n",
        "kaleidoscope",
    ),
    "batdetect2": (
        "a.wav.csv",
        "id,det_prob,start_time,end_time,high_freq,low_freq,class,class_prob\n0,0.9,3,6,,,Strix aluco,0.5\n",
        "batdetect2",
    ),
    "batdetect2 json": (
        "a.wav.json",
        json.dumps({
            "id": "a.wav",
            "annotated": False,
            "annotation": [
                {"start_time": 3, "end_time": 6, "class": "Strix aluco", "class_prob": 0.5, "det_prob": 0.9}
            ],
        }),
        "batdetect2",
    ),
    "perch": (
        "p.csv",
        "idx,project,filename,window_start,window_end,label,logits\n0,x,a.wav,3.0,6.0,Strix aluco,0.0\n",
        "perch",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_the_tables_of_detectors_are_known(kind, tmp_path, problems):
    name, text, producer = TABLES[kind]
    touch(tmp_path / "a.wav")
    (tmp_path / name).write_text(text)
    (row,) = detections.read(tmp_path / name, report=problems)
    assert (row.label, row.annotations, row.producer) == ("", (OWL,), producer)
    assert problems == []


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("idx,dataset_name,source_id,offset,label,logits", "0,x,a.wav,3.0,owl,-2"),
        ("filename,timestamp_s,label,logit", "a.wav,3.0,owl,-2"),
    ],
)
def test_perch_gives_starts_of_windows_and_logits(header, row, tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "p.csv").write_text(f"{header}\n{row}\n")
    (found,) = detections.read(tmp_path / "p.csv", report=problems)
    (mark,) = found.annotations
    assert (mark.onset, mark.offset, mark.score) == (3.0, 8.0, pytest.approx(1 / (1 + math.exp(2))))


def test_birdnet_pi_speaks_of_whole_clips_and_only_if_it_names_them(tmp_path, problems):
    touch(tmp_path / "owl.mp3")
    columns = "Date;Time;Sci_Name;Com_Name;Confidence;Lat;Lon;Cutoff;Week;Sens;Overlap"
    line = "2024-05-01;05:00:00;Strix aluco;Tawny Owl;0.8;1;2;0.7;18;1.25;0.0"
    (tmp_path / "BirdDB.txt").write_text(f"{columns}\n{line}\n")
    with pytest.raises(FormatError, match="lacks the names of the files"):
        detections.read(tmp_path / "BirdDB.txt", report=problems)
    (tmp_path / "export.csv").write_text(f"{columns};File_Name\n{line};owl.mp3\n")
    (row,) = detections.read(tmp_path / "export.csv", report=problems)
    assert row.annotations == (Segment(0.0, math.inf, "Strix aluco", 0.8),)


def test_what_a_person_says_in_a_table_of_kaleidoscope_is_of_people_and_comes_first(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "id.csv").write_text(
        f"{KALEIDOSCOPE},{MANUAL}\na.wav,1,2,PIPPIP,0.8,PIPPYG\na.wav,5,1,NoID,,\n"
    )
    manual, auto = detections.read(tmp_path / "id.csv", report=problems)
    assert (auto.producer, auto.annotations) == (
        "kaleidoscope",
        (Segment(1, 3, "PIPPIP", 0.8), Segment(5, 6, "NoID")),
    )
    assert (manual.producer, manual.annotations) == ("", (Segment(1, 3, "PIPPYG"),))


def test_a_person_may_name_several_classes_or_say_that_there_is_none(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "id.csv").write_text(
        f'{KALEIDOSCOPE},{MANUAL}\na.wav,1,2,PIPPIP,0.8,"EPTFUS, LASNOC"\na.wav,5,1,PIPPIP,0.7,Noise\n'
    )
    manual, _ = detections.read(tmp_path / "id.csv", report=problems)
    several = (Segment(1, 3, "EPTFUS"), Segment(1, 3, "LASNOC"))
    assert manual.annotations == (*several, Segment(5, 6, "", note="Noise"))


def test_scores_in_percent_of_whole_clips_are_told(tmp_path, problems):
    touch(tmp_path / "owl.mp3")
    (tmp_path / "e.csv").write_text(
        "Sci_Name;Com_Name;Confidence;File_Name\nStrix aluco;Tawny Owl;90;owl.mp3\n"
    )
    assert [row.annotations for row in detections.read(tmp_path / "e.csv", report=problems)] in ([], [()])
    assert [problem.reason for problem in problems] == [
        "column Confidence: expected a score from 0 to 1, found 90"
    ]


def test_a_folder_of_tables_is_read_and_a_score_that_is_none_is_told(tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    header = f"{BIRDNET}\n"
    for name, score in (("a", "0.5"), ("b", "17")):
        text = f"{header}3.0,6.0,Strix aluco,Tawny Owl,{score}\n"
        (tmp_path / f"{name}.BirdNET.results.csv").write_text(text)
    (tmp_path / "README.txt").write_text("nothing\n")
    found = marked.found(detections.read(tmp_path, report=problems))
    assert found == {"a.wav": (OWL,), "b.wav": ()}
    assert [problem.reason for problem in problems] == [
        "column Confidence: expected a score from 0 to 1, found 17"
    ]


def test_another_table_is_refused_with_its_columns(tmp_path, problems):
    (tmp_path / "t.csv").write_text("file,label\n")
    with pytest.raises(FormatError, match=r"unknown detector. Columns there: file, label"):
        detections.read(tmp_path / "t.csv", report=problems)


def test_birdnet_as_raven_and_as_audacity_is_the_same_producer(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "a.BirdNET.selection.table.txt").write_text(
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tCommon Name\t"
        "Species Code\tConfidence\tBegin Path\tFile Offset (s)\n"
        "1\tSpectrogram 1\t1\t3.0\t6.0\t0\t15000\tTawny Owl\ttawowl1\t0.5\t/data/a.wav\t3.0\n"
    )
    (tmp_path / "a.BirdNET.results.txt").write_text("3.0\t6.0\tStrix aluco_Tawny Owl\t0.5\n")
    (table,) = raven.read(tmp_path / "a.BirdNET.selection.table.txt", report=problems)
    (track,) = audacity.read(tmp_path / "a.BirdNET.results.txt", report=problems)
    assert (table.producer, track.producer) == ("birdnet-analyzer", "birdnet-analyzer")
    assert [row.annotations[0].score for row in (table, track)] == [0.5, 0.5]


def test_a_text_of_one_long_line_is_no_table(tmp_path):
    (tmp_path / "notes.txt").write_text("a" * 200_000)
    assert detections.tables_in(tmp_path) == []


PERCH = "filename,window_start,window_end,label,logits\n"
BATS = "id,det_prob,start_time,end_time,high_freq,low_freq,class,class_prob\n"


def test_a_class_called_na_among_codes_is_kept(tmp_path, problems):
    touch(tmp_path / "a.wav")
    lines = (f"a.wav,{n},{n + 5},{label},0.0\n" for n, label in enumerate(["NA", "TM", "PM", "nan"]))
    (tmp_path / "p.csv").write_text(PERCH + "".join(lines))
    (row,) = detections.read(tmp_path / "p.csv", report=problems)
    assert [mark.label for mark in row.annotations] == ["NA", "TM", "PM"]
    assert [each.reason.partition(":")[0] for each in problems.notices if each.kind == "read-as"] == [
        "column label"
    ] * 2
    assert "'nan' (1) is read as an empty cell" in problems.notices[-1].reason


@pytest.mark.parametrize(("low", "labels"), [("", ["None", "Owl"]), ("None", ["Owl"])])
def test_the_tables_of_a_folder_decide_together_what_none_is(low, labels, tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    (tmp_path / "a.wav.csv").write_text(BATS + "0,0.9,3,6,,,None,0.5\n")
    (tmp_path / "b.wav.csv").write_text(BATS + f"0,0.9,3,6,200,{low},Owl,0.5\n1,0.9,7,9,1,,,0.5\n")
    rows = detections.read(tmp_path, report=problems)
    assert [mark.label for row in rows for mark in row.annotations] == labels
    told = [each.path for each in problems.notices if each.kind == "read-as"]
    assert told == [str(tmp_path)]


#: Columns as Kaleidoscope writes them, of clusters and of bats.
CLUSTER = (
    "INDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,Fmin,Fmean,Fmax,DATE,TIME,HOUR,DATE-12,TIME-12,HOUR-12,"
    "TOP1MATCH*,TOP1DIST,TOP2MATCH,TOP2DIST,TOP3MATCH,TOP3DIST,VOCALIZATIONS,MANUAL ID"
)
META = (
    "INDIR,OUTDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,OUT FILE FS,OUT FILE ZC,DATE,TIME,HOUR,DATE-12,"
    "TIME-12,HOUR-12,AUTO ID*,PULSES,MATCHING,MATCH RATIO,MARGIN,ALTERNATE 1,ALTERNATE 2,N,Fc,Sc,Dur,Fmax,"
    "Fmin,Fmean,TBC,Fk,Tk,S1,Tc,Qual,FILES,MANUAL ID"
)


@pytest.mark.parametrize(
    ("name", "columns", "told", "wanted"),
    [
        (
            "cluster.csv",
            CLUSTER,
            {"OFFSET": "1.5", "Fmin": "2500", "Fmax": "4100.5", "TOP1MATCH*": "owl.0", "MANUAL ID": "owl"},
            Segment(1.5, 4.5, "owl.0", None, 2500.0, 4100.5),
        ),
        (
            "meta.csv",
            META,
            {
                "OFFSET": "0",
                "Fc": "45.1",
                "Fmin": "43.2",
                "Fmax": "80.25",
                "AUTO ID*": "PIPPIP",
                "MATCH RATIO": "0.83",
            },
            Segment(0.0, 3.0, "PIPPIP", 0.83, 43200.0, 80250.0),
        ),
    ],
)
def test_kaleidoscope_counts_hertz_in_clusters_and_kilohertz_of_bats(
    name, columns, told, wanted, tmp_path, problems
):
    touch(tmp_path / "night1" / "a.wav")
    cells = {"INDIR": "D:\\card", "FOLDER": "night1", "IN FILE": "a.wav", "DURATION": "3"} | told
    line = ",".join(cells.get(column, "") for column in columns.split(","))
    (tmp_path / name).write_text(f"{columns}\n{line}\n")
    *people, program = detections.read(tmp_path / name, report=problems)
    assert (program.producer, program.annotations) == ("kaleidoscope", (wanted,))
    said = [mark.label for row in people for mark in row.annotations]
    assert said == [told[column] for column in told if column == "MANUAL ID"]
    assert problems == []


def test_a_table_without_rows_says_that_the_program_listened(tmp_path, problems):
    """BirdNET writes a table for each recording, and names the file in its rows alone."""
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    (tmp_path / "a.BirdNET.results.csv").write_text(f"{BIRDNET},File\n3.0,6.0,Strix aluco,Owl,0.5,/x/a.wav\n")
    (tmp_path / "b.BirdNET.results.csv").write_text(f"{BIRDNET},File\n")
    (tmp_path / "c.BirdNET.results.csv").write_text(f"{BIRDNET},File\n")
    found = marked.found(detections.read(tmp_path, report=problems))
    assert found == {"a.wav": (OWL,), "b.wav": ()}
    assert problems == []


@pytest.mark.parametrize("name", ["a.wav", "a", "A.WAV", "deep/a.wav", "deep\\a.wav"])
def test_a_table_in_a_folder_below_names_what_lies_next_to_it(name, tmp_path, problems):
    """Recorders give the same name at every site."""
    touch(
        tmp_path / "a.wav", *(tmp_path / site / folder / "a.wav" for site in "xy" for folder in ("", "deep"))
    )
    (tmp_path / "y" / "t.csv").write_text(f"{BIRDNET},File\n3.0,6.0,Strix aluco,Owl,0.5,{name}\n")
    (row,) = detections.read(tmp_path, report=problems)
    assert row.path == str(tmp_path / "y" / ("deep" if "deep" in name else "") / "a.wav")
    assert problems == []


def test_names_that_lead_elsewhere_are_found_as_before(tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "x" / "b.wav")
    (tmp_path / "x" / "t.csv").write_text(f"{BIRDNET},File\n3.0,6.0,Strix aluco,Owl,0.5,a.wav\n")
    (row,) = detections.read(tmp_path, report=problems)
    assert row.path == str(tmp_path / "a.wav")


def test_batdetect2_counts_in_seconds_of_the_animal_and_they_become_those_of_the_file(tmp_path, problems):
    """It writes a table and the JSON of each recording; how much it is expanded stands in the JSON."""
    touch(tmp_path / "a.wav")
    bat = {"start_time": 0.1, "end_time": 0.2, "low_freq": 30_000, "high_freq": 60_000, "class": "Pippip"}
    told = {"id": "a.wav", "time_exp": 10, "annotation": [bat | {"class_prob": 0.5, "det_prob": 0.9}]}
    (tmp_path / "a.wav.json").write_text(json.dumps(told))
    (tmp_path / "a.wav.csv").write_text(
        "id,det_prob,start_time,end_time,high_freq,low_freq,class,class_prob\n0,0.9,0.1,0.2,60000,30000,Pippip,0.5\n"
    )
    (row,) = detections.read(tmp_path, report=problems)
    assert row.annotations == (Segment(1.0, 2.0, "Pippip", 0.5, 3000.0, 6000.0),)
    (row,) = detections.read(tmp_path / "a.wav.csv", report=problems)
    assert row.annotations == (Segment(1.0, 2.0, "Pippip", 0.5, 3000.0, 6000.0),)
    assert problems == []


def test_a_cluster_of_kaleidoscope_has_a_distance_and_no_score(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "cluster.csv").write_text(
        f"INDIR,FOLDER,{KALEIDOSCOPE},TOP1MATCH*,TOP1DIST,MANUAL ID\n,,a.wav,3,3,owl,0.31,\n"
    )
    (row,) = detections.read(tmp_path / "cluster.csv", report=problems)
    assert (row.producer, row.annotations) == ("kaleidoscope", (Segment(3, 6, "owl"),))


@pytest.mark.parametrize("more", ["", ",lat,lon,week,overlap,sensitivity,min_conf,species_list,model"])
def test_birdnet_puts_no_quotes_around_a_path_with_commas(more, tmp_path, problems):
    touch(tmp_path / "cards, 2024" / "site,1" / "a.wav")
    others = more and ",52.1,5.1,20,0.0,1.0,0.1,,BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"
    lines = [
        f"{BIRDNET},File{more}",
        f"3.0,6.0,Strix aluco,Tawny Owl,0.5,/data/cards, 2024/site,1/a.wav{others}",
        f"3.0,6.0,Rooster, call,Rooster, call,0.5,/data/cards, 2024/site,1/a.wav{others}",  # which is unclear
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    (row,) = detections.read(tmp_path / "t.csv", report=problems)
    assert (row.path, row.annotations) == (str(tmp_path / "cards, 2024" / "site,1" / "a.wav"), (OWL,))
    assert [problem.path for problem in problems] == [f"{tmp_path}/t.csv:3"]
    assert "cells for" in problems[0].reason
