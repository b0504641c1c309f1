"""Tables that lie beside recordings: read where they are clear, else told with a command."""

from __future__ import annotations

import json

import pytest

from curate.formats.choose import format_of
from curate.formats.tables_beside import read_folder
from curate.model import Segment
from tests.formats.rows import touch


@pytest.fixture
def folder(tmp_path):
    touch(
        tmp_path / "m" / "owl" / "a.wav", tmp_path / "m" / "owl" / "b.wav", tmp_path / "m" / "frog" / "c.wav"
    )
    return tmp_path / "m"


def read(folder):
    problems = []
    rows = {row.path[-5:]: row for row in read_folder(folder, report=problems.append)}
    return rows, [each for each in problems if each.kind != "unused-column"]


def test_label_tracks_and_tables_of_stretches_are_read_like_selection_tables(folder):
    (folder / "owl" / "a.txt").write_text("0.5\t1.0\thoot\n\\\t500\t900\n")
    (folder / "marks.csv").write_text("file,onset,offset,label\nb.wav,1,2,screech\n")
    (folder / "more.txt").write_text("file\tonset\toffset\tlabel\nfrog/c.wav\t3\t4\tcroak\n")
    (folder / "list.txt").write_text("a.wav\nb.wav\nfrog/c.wav\n")  # a list has no columns
    rows, problems = read(folder)
    assert {name: (row.label, row.annotations) for name, row in rows.items()} == {
        "a.wav": ("owl", (Segment(0.5, 1.0, "hoot", None, 500.0, 900.0),)),
        "b.wav": ("owl", (Segment(1.0, 2.0, "screech"),)),
        "c.wav": ("frog", (Segment(3.0, 4.0, "croak"),)),
    }
    assert [(each.kind, each.path) for each in problems] == [("passed-over", str(folder / "list.txt"))]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("some.csv", "file,label\nfrog/c.wav,toad\n", "a table of recordings; to read it: curate import "),
        ("some.txt", "file\tlabel\nfrog/c.wav\ttoad\n", "a table of recordings; to read it: curate import "),
        ("itemid.csv", "itemid,hasbird\na,1\nb,0\n", "it names recordings; to read it: curate import "),
        (
            "portal.csv",
            "audio_recording_id,event_start_seconds,event_end_seconds,low_frequency_hertz\n7,1,2,100\n",
            "a table of annotations; to read it: curate import ",
        ),
        ("t.json", json.dumps([{"data": {"audio": "a.wav"}, "annotations": []}]), "tasks of Label Studio"),
    ],
)
def test_what_a_person_must_decide_is_told_with_the_command(name, text, words, folder):
    (folder / name).write_text(text)
    rows, problems = read(folder)
    assert [row.label for row in rows.values()] == ["frog", "owl", "owl"]
    ((kind, reason),) = [(each.kind, each.reason) for each in problems]
    assert kind == "unused-file"
    assert words in reason
    assert f"{folder / name} --audio-folder {folder}" in reason


@pytest.mark.parametrize(
    ("head", "options"),
    [
        ("recording_id,t_min,t_max", " --format annotation-table --path-column recording_id"),
        ("my file,what,else", " --path-column 'my file'"),
        ("Clip,Starttime,Endtime", " --format annotation-table --path-column Clip"),
    ],
)
def test_a_column_of_files_that_is_called_as_no_other_is_named(head, options, folder):
    (folder / "t.csv").write_text(f"{head}\na,1.0,2.0\nc,3.5,4.5\n")
    _, problems = read(folder)
    ((kind, reason),) = [(each.kind, each.reason) for each in problems]
    assert kind == "unused-file"
    assert reason.endswith(f"--audio-folder {folder}{options}")


@pytest.mark.parametrize(
    "text",
    [
        "gain,battery\n1,2\n",
        "windy all day\n",
        "1\t2\n",
        "file,onset,offset,label\nnowhere.wav,1,2,owl\n",
        "file,label\nx.wav,owl\n",
    ],
)
def test_what_names_no_recording_is_passed_over(text, folder):
    (folder / ("notes.txt" if "\t" in text or "windy" in text else "t.csv")).write_text(text)
    rows, problems = read(folder)
    assert all(row.annotations is None for row in rows.values())
    assert [each.kind for each in problems] == ["passed-over"]


def test_what_curate_exported_is_not_read_back(folder):
    (folder / "tables").mkdir()
    (folder / "tables" / ".curate").touch()
    (folder / "tables" / "all.csv").write_text(f"file,onset,offset,label\n{folder}/owl/a.wav,1,2,owl\n")
    rows, problems = read(folder)
    assert rows["a.wav"].annotations is None
    assert [each.kind for each in problems] == ["export"]


@pytest.mark.parametrize(
    ("table", "text", "form"),
    [
        ("anything.csv", "filename,label\na.wav,x\nb.wav,x\n", "whole-set"),
        ("meta/esc.csv", "filename,fold,category\na.wav,1,x\nb.wav,1,x\nc.wav,2,y\n", "whole-set"),
        ("t.tsv", "filepath\tmultilabel\tstart\tend\na.wav\t['x']\t\t\nb.wav\t\t0\t5\n", "whole-set"),
        ("few.csv", "filename,label\na.wav,x\n", "folders"),
        ("marks.csv", "filename,start,end,label\na.wav,1,2,x\nb.wav,1,2,x\n", "folders"),
        ("birds.csv", "species,common_name\nx,y\n", "folders"),
        ("metadata.csv", "filename,label\na.wav,x\nb.wav,x\n", "whole-set"),
    ],
)  # fmt: skip
def test_a_set_is_known_by_the_columns_of_its_tables(table, text, form, folder):
    (folder / table).parent.mkdir(exist_ok=True)
    (folder / table).write_text(text)
    assert format_of(folder, "auto") == form


@pytest.mark.parametrize("both", [True, False])
def test_birdnet_s_tables_of_two_kinds_are_told_as_they_name_species_differently(folder, both):
    columns = (
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tCommon Name"
    )
    (folder / "owl" / "a.BirdNET.selection.table.txt").write_text(
        f"{columns}\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)\n"
        "1\tSpectrogram 1\t1\t0.0\t3.0\t0\t15000\tTawny Owl\ttawowl1\t0.8\ta.wav\t0.0\n"
    )
    if both:
        (folder / "b.BirdNET.results.csv").write_text(
            "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
            "0,3,Strix aluco,Tawny Owl,0.7,b.wav\n"
        )
    _, problems = read(folder)
    told = [each.reason for each in problems if each.kind == "spelling"]
    assert len(told) == both
    assert all(each.endswith("--format raven or --format detections") for each in told)
