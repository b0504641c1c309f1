"""A source for each reader: recordings a, b and c, and a table that marks something in them.

What is marked is given as it stands in the table: times as text or numbers, right or wrong.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import struct
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from curate.model import MANIFEST_COLUMNS

#: File, onset, offset and label of a row.
Mark = tuple[str, object, object, str]

#: Words of a marked row in which other programs say more than we ask for.
MORE = "anything"


class Source(NamedTuple):
    """How a reader's input is made.

    Parameters
    ----------
    make
        Writes the marks below a folder that has the audio; gives what is to be read.
    onset, offset
        What the columns of the times are called; None where rows are about whole recordings.
    delimiter
        Between the cells of a table of text; empty for other formats.
    tables
        Which of the files below the folder are text.
    """

    make: Callable[[Path, Sequence[Mark]], Path]
    onset: str | None = None
    offset: str | None = None
    delimiter: str = ""
    tables: str = "t.*"


def _table(
    name: str, columns: Sequence[str], cells: Callable[[Mark], Sequence[object]], delimiter: str = ","
):
    def make(folder: Path, marks: Sequence[Mark]) -> Path:
        lines = [columns, *map(cells, marks)]
        text = "".join(delimiter.join(map(str, line)) + "\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return make


def _manifest(mark: Mark) -> dict[str, object]:
    file, onset, offset, label = mark
    known = {"path": file, "onset": onset, "offset": offset, "label": label, "weight": 1.0, "copies": 1}
    return {name: known.get(name, "") for name in MANIFEST_COLUMNS} | {MORE: "1"}


def _lines(name: str, record: Callable[[Mark], object]):
    def make(folder: Path, marks: Sequence[Mark]) -> Path:
        text = "".join(json.dumps(record(mark), ensure_ascii=False) + "\n" for mark in marks)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return make


def _parquet(folder: Path, marks: Sequence[Mark]) -> Path:
    frame = pd.DataFrame([_manifest(mark) for mark in marks])
    frame[["onset", "offset"]] = frame[["onset", "offset"]].astype(str)
    frame.to_parquet(folder / "t.parquet")
    return folder / "t.parquet"


def _audacity(folder: Path, marks: Sequence[Mark]) -> Path:
    for file in dict.fromkeys(mark[0] for mark in marks):
        lines = ("\t".join(map(str, mark[1:])) + "\n" for mark in marks if mark[0] == file)
        (folder / f"{Path(file).stem}.txt").write_text("".join(lines), encoding="utf-8")
    return folder


def _lhotse(folder: Path, marks: Sequence[Mark]) -> Path:
    files = list(dict.fromkeys(mark[0] for mark in marks))
    _lines("t.recordings.jsonl", lambda file: {"id": file, "sources": [{"source": file}], MORE: 1})(
        folder, files
    )

    def supervision(mark: Mark) -> object:
        file, onset, offset, label = mark
        return {
            "recording_id": file,
            "start": onset,
            "duration": _length(onset, offset),
            "text": label,
            MORE: 1,
        }

    _lines("t.supervisions.jsonl", supervision)(folder, marks)
    return folder


def _length(onset: object, offset: object) -> object:
    both = isinstance(onset, int | float) and isinstance(offset, int | float)
    return offset - onset if both else offset


def _label_studio(folder: Path, marks: Sequence[Mark]) -> Path:
    tasks = [
        {
            "data": {"audio": f"/data/local-files/?d={file}", MORE: 1},
            "annotations": [
                {"result": [{"value": {"start": onset, "end": offset, "labels": [label]}, MORE: 1}]}
            ],
        }
        for file, onset, offset, label in marks
    ]
    (folder / "t.json").write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return folder / "t.json"


def _birdclef(folder: Path, marks: Sequence[Mark]) -> Path:
    (folder / "train_audio").mkdir(exist_ok=True)
    for sound in folder.glob("*.wav"):
        sound.rename(folder / "train_audio" / sound.name)
    columns = ("primary_label", "filename", "latitude", MORE)
    cells = lambda mark: (mark[3], f"../train_audio/{mark[0]}", mark[1], 1)  # noqa: E731
    _table("train.csv", columns, cells)(folder, marks)
    return folder


def _audiofolder(folder: Path, marks: Sequence[Mark]) -> Path:
    _table("metadata.csv", ("file_name", "label", "latitude", MORE), lambda m: (m[0], m[3], m[1], 1))(
        folder, marks
    )
    return folder


def _folders(folder: Path, marks: Sequence[Mark]) -> Path:
    for file, _, _, label in marks:
        (folder / label).mkdir(exist_ok=True)
        place = folder / label / file
        if (folder / file).exists():
            (folder / file).rename(place)
        elif not place.exists():
            place.symlink_to(folder / "gone" / file)
    return folder


def _croissant(folder: Path, marks: Sequence[Mark]) -> Path:
    frame = pd.DataFrame([{"file_name": mark[0], "label": mark[3], MORE: 1} for mark in marks])
    frame.to_parquet(folder / "recordings.parquet")
    (folder / "croissant.json").write_text("{}", encoding="utf-8")
    return folder


def _dcase(folder: Path, marks: Sequence[Mark]) -> Path:
    """A column for each class."""
    classes = list(dict.fromkeys(mark[3] for mark in marks))
    columns = ("Audiofilename", "Starttime", "Endtime", *classes)
    make = _table(
        "t.csv", columns, lambda m: (*m[:3], *("POS" if m[3] == each else "NEG" for each in classes)), ","
    )
    return make(folder, marks)


def _textgrid(folder: Path, marks: Sequence[Mark]) -> Path:
    """In the long form, as Praat saves it."""
    for file in dict.fromkeys(mark[0] for mark in marks):
        here = [mark for mark in marks if mark[0] == file]
        lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", "xmax = 10 "]
        lines += ["tiers? <exists> ", "size = 1 ", "item []: ", "    item [1]:"]
        lines += [' class = "IntervalTier" ', f' name = "{MORE}" ', " xmin = 0 ", " xmax = 10 "]
        lines += [f"        intervals: size = {len(here)} "]
        for number, (_, onset, offset, label) in enumerate(here, start=1):
            lines += [f"    intervals [{number}]:", f"        xmin = {onset} ", f"        xmax = {offset} "]
            lines += [f'        text = "{label}" ']
        (folder / f"{Path(file).stem}.TextGrid").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _elan(folder: Path, marks: Sequence[Mark]) -> Path:
    times = lambda time: time * 1000 if isinstance(time, int | float) else time  # noqa: E731
    for file in dict.fromkeys(mark[0] for mark in marks):
        here = [mark for mark in marks if mark[0] == file]
        slots = [times(time) for mark in here for time in mark[1:3]]
        order = [f'<TIME_SLOT TIME_SLOT_ID="ts{n}" TIME_VALUE="{time}"/>' for n, time in enumerate(slots)]
        found = [
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{n}" TIME_SLOT_REF1="ts{2 * n}" '
            f'TIME_SLOT_REF2="ts{2 * n + 1}"><ANNOTATION_VALUE>{mark[3]}</ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION>"
            for n, mark in enumerate(here)
        ]
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT {MORE}="1">\n<HEADER>\n'
            f'<MEDIA_DESCRIPTOR MEDIA_URL="file:///D:/site/{file}" RELATIVE_MEDIA_URL="./{file}"/></HEADER>\n'
            f'<TIME_ORDER>{"".join(order)}</TIME_ORDER>\n<TIER TIER_ID="song">{"".join(found)}</TIER>\n'
            "</ANNOTATION_DOCUMENT>\n"
        )
        (folder / f"{Path(file).stem}.eaf").write_text(text, encoding="utf-8")
    return folder


def _avianz(folder: Path, marks: Sequence[Mark]) -> Path:
    for file in dict.fromkeys(mark[0] for mark in marks):
        listed: list[object] = [{"Operator": "Ana", "Reviewer": "", "Duration": 10.0, MORE: 1}]
        listed += [
            [onset, offset, 0, 0, [{"species": label, "certainty": 100, "filter": "M", MORE: 1}]]
            for name, onset, offset, label in marks
            if name == file
        ]
        (folder / f"{file}.data").write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
    return folder


def _sonic_visualiser(folder: Path, marks: Sequence[Mark]) -> Path:
    frames = lambda time: time * 8000 if isinstance(time, int | float) else time  # noqa: E731
    for file in dict.fromkeys(mark[0] for mark in marks):
        points = "".join(
            f'<point frame="{frames(onset)}" value="0" duration="{frames(_length(onset, offset))}" '
            f'label="{label}" {MORE}="1"/>\n'
            for name, onset, offset, label in marks
            if name == file
        )
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE sonic-visualiser>\n<sv><data>\n'
            '<model id="1" sampleRate="8000" type="sparse" dimensions="3" dataset="0" subtype="region"/>\n'
            f'<dataset id="0" dimensions="3">\n{points}</dataset></data></sv>\n'
        )
        (folder / f"{Path(file).stem}.svl").write_text(text, encoding="utf-8")
    return folder


def _jams(folder: Path, marks: Sequence[Mark]) -> Path:
    for file in dict.fromkeys(mark[0] for mark in marks):
        data = [
            {"time": onset, "duration": _length(onset, offset), "value": label, "confidence": None}
            for name, onset, offset, label in marks
            if name == file
        ]
        told = {"annotations": [{"namespace": "tag_open", "data": data}], "sandbox": {}, MORE: 1}
        (folder / f"{Path(file).stem}.jams").write_text(
            json.dumps(told, ensure_ascii=False), encoding="utf-8"
        )
    return folder


def _perch_hoplite(folder: Path, marks: Sequence[Mark]) -> Path:
    """A database of perch-hoplite 1.0, without the windows that lie beside annotations."""
    with closing(sqlite3.connect(folder / "hoplite.sqlite")) as database, database:
        database.execute("CREATE TABLE recordings (id INTEGER PRIMARY KEY, filename TEXT, datetime TEXT)")
        database.execute(
            "CREATE TABLE annotations (id INTEGER PRIMARY KEY, recording_id INTEGER, offsets FLOAT_LIST, "
            "label TEXT, label_type INTEGER, provenance TEXT)"
        )
        numbers = {file: n for n, file in enumerate(dict.fromkeys(mark[0] for mark in marks), start=1)}
        database.executemany(
            "INSERT INTO recordings VALUES (?, ?, NULL)", [(n, file) for file, n in numbers.items()]
        )
        for name, onset, offset, label in marks:
            ends = [end for end in (onset, offset) if isinstance(end, float)]
            packed = struct.pack(f"<{len(ends)}d", *ends) if isinstance(onset, float) else onset
            database.execute(
                "INSERT INTO annotations (recording_id, offsets, label, label_type, provenance) "
                "VALUES (?, ?, ?, 1, 'ana')",
                (numbers[name], packed, label),
            )
    return folder


def _aoef(folder: Path, marks: Sequence[Mark]) -> Path:
    """As Whombat exports a project: lists whose entries refer to each other by their numbers."""
    number = lambda *what: str(uuid.uuid5(uuid.NAMESPACE_URL, repr(what)))  # noqa: E731
    files = list(dict.fromkeys(mark[0] for mark in marks))
    labels = list(dict.fromkeys(mark[3] for mark in marks))
    told: dict[str, object] = {"collection_type": "annotation_set", "uuid": number("set"), "name": MORE}
    told["created_on"] = "2024-01-01T00:00:00"
    told["recordings"] = [
        {"uuid": number(file), "path": file, "duration": 10.0, "channels": 1, "samplerate": 8000}
        for file in files
    ]
    told["tags"] = [{"id": n, "key": "species", "value": label} for n, label in enumerate(labels)]
    told["clips"] = [
        {"uuid": number(file, "clip"), "recording": number(file), "start_time": 0.0, "end_time": 10.0}
        for file in files
    ]
    told["sound_events"] = [
        {
            "uuid": number(n),
            "recording": number(file),
            "geometry": {"type": "TimeInterval", "coordinates": [onset, offset]},
        }
        for n, (file, onset, offset, _) in enumerate(marks)
    ]
    told["sound_event_annotations"] = [
        {"uuid": number(n, "note"), "sound_event": number(n), "tags": [labels.index(mark[3])]}
        for n, mark in enumerate(marks)
    ]
    told["clip_annotations"] = [
        {
            "uuid": number(file, "notes"),
            "clip": number(file, "clip"),
            "sound_events": [number(n, "note") for n, mark in enumerate(marks) if mark[0] == file],
        }
        for file in files
    ]
    whole = {"version": "1.1.0", "created_on": "2024-01-01T00:00:00", "data": told}
    (folder / "t.json").write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    return folder / "t.json"


def _camtrap_dp(folder: Path, marks: Sequence[Mark]) -> Path:
    begin = dt.datetime(2024, 3, 11, 5, 45, tzinfo=dt.UTC)
    moment = lambda time: (  # noqa: E731
        (begin + dt.timedelta(seconds=time)).isoformat() if isinstance(time, int | float) else time
    )
    files = list(dict.fromkeys(mark[0] for mark in marks))
    _table("deployments.csv", ("deploymentID", "latitude", "longitude"), lambda _: ("S1", 1.5, 2.5))(
        folder, marks[:1]
    )
    columns = ("mediaID", "deploymentID", "timestamp", "filePath", "fileMediatype")
    _table("media.csv", columns, lambda m: (m[0], "S1", moment(0), m[0], "audio/wav"))(
        folder, [(file, 0, 0, "") for file in files]
    )
    columns = ("mediaID", "eventStart", "eventEnd", "observationType", "scientificName", MORE)
    cells = lambda m: (m[0], moment(m[1]), moment(m[2]), "animal", m[3], 1)  # noqa: E731
    _table("observations.csv", columns, cells)(folder, marks)
    resources = [{"name": name, "path": f"{name}.csv"} for name in ("deployments", "media", "observations")]
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}), encoding="utf-8")
    return folder


def _darwin_core(folder: Path, marks: Sequence[Mark]) -> Path:
    """As other programs write it: tabs, other names, and terms that nothing is made of."""
    dwc, ac = "http://rs.tdwg.org/dwc/terms/", "http://rs.tdwg.org/ac/terms/"
    numbered = list(enumerate(marks))
    _lines_of = lambda name, rows: (folder / name).write_text(  # noqa: E731
        "".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8"
    )
    _lines_of("taken.txt", [("key", "name"), *((n, mark[3]) for n, mark in numbered)])
    rows = [(n, "Sound", f"https://example.org/{m[0]}", m[1], m[2], 1) for n, m in numbered]
    _lines_of("sounds.txt", [("key", "type", "uri", "startTime", "endTime", MORE), *rows])
    head = 'encoding="UTF-8" fieldsTerminatedBy="\\t" fieldsEnclosedBy="" ignoreHeaderLines="1"'
    columns = ("http://purl.org/dc/elements/1.1/type", f"{ac}accessURI", f"{ac}startTime", f"{ac}endTime")
    fields = "".join(
        f'<field index="{n}" term="{term}"/>' for n, term in enumerate((*columns, MORE), start=1)
    )
    (folder / "meta.xml").write_text(
        f'<archive xmlns="http://rs.tdwg.org/dwc/text/"><core {head} rowType="{dwc}Occurrence">'
        f'<files><location>taken.txt</location></files><id index="0"/>'
        f'<field index="1" term="{dwc}scientificName"/></core>'
        f'<extension {head} rowType="{ac}Multimedia"><files><location>sounds.txt</location></files>'
        f'<coreid index="0"/>{fields}</extension></archive>'
    )
    return folder


def _whole_set(folder: Path, marks: Sequence[Mark]) -> Path:
    (folder / "c.wav").unlink(missing_ok=True)  # which no table of the set would name
    columns = ("filename", "start_time", "end_time", "ebird_code", MORE)
    _table("t.csv", columns, lambda m: (*m, 1))(folder, marks)
    return folder


_BIRDNET = ("Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File")
_BOXES = ("audio_file", "annotation_file", "annotation", "start_time", "end_time", "low_f", "high_f")
_RAVEN = (
    "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)",
    "Annotation", "Begin File", "File Offset (s)", MORE,
)  # fmt: skip

SOURCES: dict[str, Source] = {
    "annotation-table": Source(
        _table("t.csv", ("file", "start", "end", "label", MORE), lambda m: (*m, 1)), "start", "end", ","
    ),
    "aoef": Source(_aoef, "TimeInterval", "TimeInterval", tables="t.json"),
    "arbimon": Source(
        _table(
            "t.csv",
            ("recording", "species", "x1", "x2", "y1", "y2", "validated", MORE),
            lambda m: (m[0], m[3], m[1], m[2], 0, 0, "(not validated)", 1),
        ),
        "x1",
        "x2",
        ",",
    ),
    "audacity": Source(_audacity, "onset", "offset", "\t", "*.txt"),
    "audiofolder": Source(_audiofolder, delimiter=",", tables="metadata.csv"),
    "avianz": Source(_avianz, "onset", "offset", tables="*.data"),
    "birdclef": Source(_birdclef, delimiter=",", tables="train.csv"),
    "birdclef-soundscapes": Source(
        _table("t.csv", ("filename", "start", "end", "primary_label"), lambda m: m), "start", "end", ","
    ),
    "birdnet": Source(_folders),
    "boris": Source(
        _table(
            "t.csv",
            ("Source", "Behavior", "Start (s)", "Stop (s)", MORE),
            lambda m: (f"player #1:{m[0]}", m[3], m[1], m[2], 1),
        ),
        "Start (s)",
        "Stop (s)",
        ",",
    ),
    "camtrap-dp": Source(_camtrap_dp, "eventStart", "eventEnd", tables="observations.csv"),
    "croissant": Source(_croissant),
    "csv": Source(
        _table("t.csv", (*MANIFEST_COLUMNS, MORE), lambda m: tuple(_manifest(m).values())),
        "onset",
        "offset",
        ",",
    ),
    "darwin-core": Source(_darwin_core, "startTime", "endTime", tables="sounds.txt"),
    "dcase-few-shot": Source(_dcase, "Starttime", "Endtime", ","),
    "detections": Source(
        _table("t.csv", (*_BIRDNET, MORE), lambda m: (*m[1:3], m[3], m[3], 0.5, m[0], 1)),
        "Start (s)",
        "End (s)",
        ",",
    ),
    "ecosounds": Source(
        _table(
            "t.csv",
            ("filename", "start_time_seconds", "end_time_seconds", "low_frequency_hertz", "tag", MORE),
            lambda m: (*m[:3], 0, m[3], 1),
        ),
        "start_time_seconds",
        "end_time_seconds",
        ",",
    ),
    "elan": Source(_elan, "TIME_VALUE", "TIME_VALUE", tables="*.eaf"),
    "folders": Source(_folders),
    "jams": Source(_jams, "time", "duration", tables="*.jams"),
    "jsonl": Source(_lines("t.jsonl", _manifest), "onset", "offset"),
    "label-studio": Source(_label_studio, "start", "end"),
    "lhotse": Source(_lhotse, "start", "duration", tables="t.*.jsonl"),
    "nemo": Source(
        _lines(
            "t.jsonl",
            lambda m: {
                "audio_filepath": m[0],
                "offset": m[1],
                "duration": _length(m[1], m[2]),
                "label": m[3],
                MORE: 1,
            },
        ),
        "offset",
        "duration",
    ),
    "opensoundscape": Source(
        _table("t.csv", ("file", "start_time", "end_time", "owl", "wren"), lambda m: (*m[:3], 1, 0)),
        "start_time",
        "end_time",
        ",",
    ),
    "opensoundscape-boxes": Source(
        _table("t.csv", (*_BOXES, MORE), lambda m: (m[0], "", m[3], m[1], m[2], "", "", 1)),
        "start_time",
        "end_time",
        ",",
    ),
    "parquet": Source(_parquet, "onset", "offset"),
    "perch-hoplite": Source(_perch_hoplite, "offsets", "offsets"),
    "raven": Source(
        _table(
            "t.txt",
            _RAVEN,
            lambda m: (1, "Spectrogram 1", 1, m[1], m[2], 100, 200, m[3], m[0], m[1], 1),
            "\t",
        ),
        "File Offset (s)",
        "End Time (s)",
        "\t",
    ),
    "sonic-visualiser": Source(_sonic_visualiser, "frame", "duration", tables="*.svl"),
    "textgrid": Source(_textgrid, "xmin", "xmax", tables="*.TextGrid"),
    "whole-set": Source(_whole_set, "start_time", "end_time", ",", "t.csv"),
    "wildtrax": Source(
        _table(
            "t.csv",
            (
                "location",
                "recording_date_time",
                "source_file_name",
                "species_code",
                "detection_time",
                "tag_duration",
                MORE,
            ),
            lambda m: ("POND", "2022-06-01 05:30:00", m[0], m[3], m[1], _length(m[1], m[2]), 1),
        ),
        "detection_time",
        "tag_duration",
        ",",
    ),
}
