"""Which reader suits what lies there."""

from __future__ import annotations

import pytest

from curate.errors import FormatError, UsageError
from curate.formats import READERS
from curate.formats.choose import format_of, read_folder, reader_for
from curate.lookup import resolve
from curate.model import MANIFEST_COLUMNS
from tests.formats.rows import touch


@pytest.mark.parametrize(
    ("there", "named", "form"),
    [
        ("a.csv", "a.csv", "csv"),
        ("a.parquet", "a.parquet", "parquet"),
        ("tasks.json", "tasks.json", "label-studio"),
        ("cuts.jsonl.gz", "cuts.jsonl.gz", "lhotse"),
        ("m/recordings.jsonl.gz", "m", "lhotse"),
        ("m/train/metadata.jsonl", "m", "audiofolder"),
        ("m/metadata.csv", "m", "audiofolder"),
        ("m/croissant.json", "m", "croissant"),
        ("a.wav", "a.wav", "folders"),
        ("labels.txt", "labels.txt", "audacity"),
    ],
)
def test_a_source_is_read_by_what_lies_there(there, named, form, tmp_path):
    touch(tmp_path / there)
    assert reader_for(tmp_path / named, "auto") is resolve(form, READERS, kind="format")


#: Tables by their first lines, and the format that they are.
TABLES = {
    "file,start,end,species": "annotation-table",
    "file,onset,label": "csv",
    "file,start_time,end_time,owl,wren": "opensoundscape",
    "audio_file,annotation_file,annotation,start_time,end_time,low_f,high_f": "annotation-table",
    "Start (s),End (s),Scientific name,Common name,Confidence,File": "detections",
    "filepath,start,end,scientific_name,common_name,confidence,lat,lon,week,overlap": "detections",
    "INDIR,FOLDER,IN FILE,OFFSET,DURATION,scientific_name,common_name,confidence": "detections",
    "INDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,AUTO ID*,MATCH RATIO,MANUAL ID": "detections",
    "Date,Time,Sci_Name,Com_Name,Confidence,Lat,Lon,Cutoff,Week,Sens,Overlap,File_Name": "detections",
    "id,det_prob,start_time,end_time,high_freq,low_freq,class,class_prob": "detections",
    "idx,project,filename,window_start,window_end,label,logits": "detections",
    ",".join(MANIFEST_COLUMNS): "csv",
}


@pytest.mark.parametrize("columns", TABLES)
def test_a_table_of_stretches_is_annotations_and_what_a_program_found_detections(columns, tmp_path):
    (tmp_path / "t.csv").write_text(f"{columns}\n")
    assert format_of(tmp_path / "t.csv", "auto") == TABLES[columns]


def test_a_folder_of_recordings_is_read_with_the_selection_tables_in_it(tmp_path):
    touch(tmp_path / "m" / "owl" / "a.wav")
    assert format_of(tmp_path / "m", "auto") == "folders"
    assert reader_for(tmp_path / "m", "auto") is read_folder
    assert reader_for(tmp_path / "m", "folders") is resolve("folders", READERS, kind="format")


def test_a_text_with_the_columns_of_raven_is_a_selection_table(tmp_path):
    (tmp_path / "a.txt").write_text("Selection\tBegin Time (s)\tEnd Time (s)\n")
    assert reader_for(tmp_path / "a.txt", "auto") is resolve("raven", READERS, kind="format")


def test_the_log_of_birdnet_pi_is_refused_with_what_to_export(tmp_path, problems):
    (tmp_path / "BirdDB.txt").write_text("Date;Time;Sci_Name;Com_Name;Confidence;Lat;Lon;Cutoff;Week\n")
    read = reader_for(tmp_path / "BirdDB.txt", "auto")
    with pytest.raises(FormatError, match="does not name the files") as refused:
        read(tmp_path / "BirdDB.txt", report=problems)
    assert "File_Name" in refused.value.hint


def test_a_format_is_taken_as_named_and_what_is_not_there_is_told(tmp_path):
    touch(tmp_path / "a.txt")
    assert reader_for(tmp_path / "a.txt", "csv") is resolve("csv", READERS, kind="format")
    with pytest.raises(UsageError, match="no format 'xml'"):
        reader_for(tmp_path / "a.txt", "xml")
    with pytest.raises(UsageError, match="no such file"):
        reader_for(tmp_path / "none", "auto")
