"""Which reader suits what lies there."""

from __future__ import annotations

import pytest

from curate.errors import FormatError, UsageError
from curate.formats import READERS
from curate.formats.choose import format_of, read_folder, reader_for, refuse_untold_times
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
    "file,begin,end,label": "annotation-table",
    "file,time_start,time_end,label,score": "annotation-table",
    "filename,t_min,t_max,f_min,f_max,label,prob": "annotation-table",
    "Filename,Begin Time,End Time,Low,High,Species": "annotation-table",
    "sound.files,selec,start,end,label": "annotation-table",
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("columns", [each for each in TABLES if not each.startswith("Start (s)")])
def test_a_text_of_a_spreadsheet_is_read_as_the_table_that_it_is(columns, encoding, tmp_path):
    (tmp_path / "t.txt").write_text("\t".join(columns.split(",")) + "\r\n", encoding=encoding)
    assert format_of(tmp_path / "t.txt", "auto") == TABLES[columns]


@pytest.mark.parametrize(
    ("table", "form"),
    [
        ("file,start,duration,label\na.wav,1,2,owl\n", "annotation-table"),
        ("file,start,duration,label\na.wav,,,\na.wav,1,2,owl\n", "annotation-table"),
        ("file,start_time,duration,label\na.wav,05:30:00,60,owl\n", "csv"),
        ("file,duration,label\na.wav,60,owl\n", "csv"),
    ],
)
def test_a_length_is_of_a_stretch_if_its_start_is_in_seconds(table, form, tmp_path):
    (tmp_path / "t.csv").write_text(table)
    assert format_of(tmp_path / "t.csv", "auto") == form


@pytest.mark.parametrize(
    "table",
    [
        "file,onset,label\na.wav,1,owl\n",
        "file,start_ms,end_ms,label\na.wav,1000,2000,owl\n",
        "file,start_sample,end_sample,label\na.wav,8000,16000,owl\n",
        "fileName,StartFrame,EndFrame,label\na.wav,10,20,owl\n",
        "file,from,to,label\na.wav,0.5,1.5,owl\n",
        "file,Vocalization begin (msec),label\na.wav,500,owl\n",
        "audio_filepath,offset,duration,label\na.wav,1.5,3,owl\n",
        "file,Event Begin (s),Event End (s),species\na.wav,,,owl\na.wav,1.5,3,owl\n",
    ],
)
def test_a_table_of_recordings_with_times_that_mean_nothing_there_is_refused(table, tmp_path):
    (tmp_path / "t.csv").write_text(table)
    with pytest.raises(FormatError, match="seems to mark stretches") as refused:
        refuse_untold_times(tmp_path / "t.csv", None, None)
    assert "--format csv" in refused.value.hint


def test_a_column_of_files_that_is_called_otherwise_can_be_named(tmp_path):
    (tmp_path / "t.csv").write_text("wav_filename,start_time_s,duration_s,label\na.wav,1,2,owl\n")
    with pytest.raises(FormatError) as refused:
        refuse_untold_times(tmp_path / "t.csv", None, None)
    assert "--format annotation-table --path-column COLUMN" in refused.value.hint


@pytest.mark.parametrize(
    "table",
    [
        "file,duration,label,time\na.wav,60,owl,05:30\n",
        "file,start_time,label\na.wav,2024-05-01 05:30,owl\n",
        "file,start_freq,end_freq,label\na.wav,100,200,owl\n",
        "file,StartTime,EndTime,label\na.wav,2024-05-01 05:30,2024-05-01 05:40,owl\n",
        "file,audio,sample,label\na.wav,1,2,owl\n",
        "file,offset,label\na.wav,,owl\n",
        f"{','.join(MANIFEST_COLUMNS)}\n",
    ],
)
def test_a_table_of_recordings_with_other_times_is_none_of_stretches(table, tmp_path):
    (tmp_path / "t.csv").write_text(table)
    refuse_untold_times(tmp_path / "t.csv", None, None)


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
    with pytest.raises(FormatError, match="lacks the names of the files") as refused:
        read(tmp_path / "BirdDB.txt", report=problems)
    assert "File_Name" in refused.value.hint


def test_a_format_is_taken_as_named_and_what_is_not_there_is_told(tmp_path):
    touch(tmp_path / "a.txt")
    assert reader_for(tmp_path / "a.txt", "csv") is resolve("csv", READERS, kind="format")
    with pytest.raises(UsageError, match="unknown format 'xml'"):
        reader_for(tmp_path / "a.txt", "xml")
    with pytest.raises(UsageError, match="file or folder missing"):
        reader_for(tmp_path / "none", "auto")
