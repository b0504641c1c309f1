"""Tables of programs that detect: how each calls its columns, and by which of them its table is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from curate.formats import parse
from curate.formats.tables import table
from curate.formats.tables.table import TIMES

#: Seconds of Perch's windows, where a table gives their starts alone.
PERCH_WINDOW = 5.0


@dataclass(frozen=True, slots=True)
class DetectionTable:
    """How a program writes its detections. Columns are spelt as `table.normal` does, the likeliest first.

    Parameters
    ----------
    producer
        Name of the program, and of the layer.
    signature
        Columns that all must be there.
    file
        Columns of the file. Where none is there the table bears the recording's name.
    folders
        Columns whose cells lead to the file.
    onset, offset, length : seconds
        Where a detection begins, and where it ends or how long it is. Without a column of the onset it
        is the whole recording.
    label, score
        What was found, and how sure the program is.
    is_logit
        Whether scores are logits, which become scores by a sigmoid.
    by_people
        Columns of what a person says of the detection.
    in_kilohertz
        Whether frequencies are kHz.
    window : seconds
        Length where the table says none.
    alone
        Whether there may be no column beside the signature.
    is_unquoted
        Whether the program puts no quotes around a cell with a comma, such as the path of a file.
    """

    producer: str
    signature: tuple[str, ...]
    label: tuple[str, ...]
    score: tuple[str, ...]
    file: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    onset: tuple[str, ...] = ()
    offset: tuple[str, ...] = ()
    length: tuple[str, ...] = ()
    is_logit: bool = False
    by_people: tuple[str, ...] = ()
    in_kilohertz: bool = False
    window: float | None = None
    low_freq: tuple[str, ...] = ()
    high_freq: tuple[str, ...] = ()
    alone: bool = False
    is_unquoted: bool = False


#: Columns of numbers that BirdNET adds on request.
_NUMBERS = ("lat", "lon", "week", "overlap", "sensitivity", "min_conf")

#: The tables that are known; the first whose columns are there counts.
KINDS: tuple[DetectionTable, ...] = (
    DetectionTable(
        "birdnet-analyzer",
        ("in_file", "offset", "duration", "scientific_name", "common_name", "confidence"),
        label=("scientific_name",),
        score=("confidence",),
        file=("in_file",),
        folders=("indir", "folder"),
        onset=("offset",),
        length=("duration",),
    ),
    # BirdNET's newer table for Kaleidoscope; Kaleidoscope's own has more columns, and a distance in TOP1DIST.
    DetectionTable(
        "birdnet-analyzer",
        ("indir", "folder", "in_file", "offset", "duration", "top1match", "top1dist"),
        label=("top1match",),
        score=("top1dist",),
        file=("in_file",),
        folders=("indir", "folder"),
        onset=("offset",),
        length=("duration",),
        alone=True,
    ),
    # Of bats (id.csv, meta.csv) Kaleidoscope gives a characteristic frequency, and kHz; of clusters Hz.
    DetectionTable(
        "kaleidoscope",
        ("in_file", "duration", "fc"),
        label=("auto_id",),
        score=("match_ratio",),
        by_people=("manual_id",),
        low_freq=("fmin",),
        high_freq=("fmax",),
        in_kilohertz=True,
        file=("in_file",),
        folders=("indir", "folder"),
        onset=("offset",),
        length=("duration",),
    ),
    DetectionTable(
        "kaleidoscope",
        ("in_file", "duration"),
        label=("auto_id", "top1match", "top1match_"),
        score=("match_ratio",),
        by_people=("manual_id",),
        low_freq=("fmin",),
        high_freq=("fmax",),
        file=("in_file",),
        folders=("indir", "folder"),
        onset=("offset",),
        length=("duration",),
    ),
    DetectionTable(
        "birdnet-pi",
        ("sci_name", "com_name", "confidence"),
        label=("sci_name",),
        score=("confidence",),
        file=("file_name",),
    ),
    DetectionTable(
        "batdetect2",
        ("det_prob", "start_time", "end_time", "class"),
        label=("class",),
        score=("class_prob", "det_prob"),
        file=("file", "filename", "recording"),
        onset=("start_time",),
        offset=("end_time",),
        low_freq=("low_freq",),
        high_freq=("high_freq",),
    ),
    DetectionTable(
        "perch",
        ("filename", "window_start", "window_end", "label", "logits"),
        label=("label",),
        score=("logits",),
        file=("filename",),
        onset=("window_start",),
        offset=("window_end",),
        is_logit=True,
    ),
    DetectionTable(
        "perch",
        ("source_id", "offset", "label", "logits"),
        label=("label",),
        score=("logits",),
        file=("source_id",),
        onset=("offset",),
        is_logit=True,
        window=PERCH_WINDOW,
    ),
    DetectionTable(
        "perch",
        ("filename", "timestamp_s", "label", "logit"),
        label=("label",),
        score=("logit",),
        file=("filename",),
        onset=("timestamp_s",),
        is_logit=True,
        window=PERCH_WINDOW,
    ),
    DetectionTable(
        "birdnet-analyzer",
        ("scientific_name", "common_name", "confidence"),
        label=("scientific_name",),
        score=("confidence",),
        file=table.PATH_COLUMNS,
        onset=TIMES["onset"],
        offset=TIMES["offset"],
        is_unquoted=True,
    ),
)


def kind_of(columns: Sequence[str]) -> DetectionTable | None:
    """Tell which program writes a table with these columns, or `None` for no one that is known.

    Examples
    --------
    >>> kind_of(["Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File"]).producer
    'birdnet-analyzer'
    """
    names = {table.normal(column) for column in columns}
    for kind in KINDS:
        times = all(table.find(columns, wanted) for wanted in (kind.onset, kind.offset) if wanted)
        is_kaleidoscope = kind.producer == "kaleidoscope"
        fits = set(kind.signature) == names if kind.alone else set(kind.signature) <= names
        if fits and (times or is_kaleidoscope):
            return kind
    return None


def joined(kind: DetectionTable, columns: Sequence[str], cells: list[str]) -> list[str]:
    """Join the cells into which the commas of an unquoted path part it, if there is one way to do so.

    Joined at any other column, a text would stand where a number belongs.

    Examples
    --------
    >>> columns = ["Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File"]
    >>> joined(KINDS[-1], columns, ["0", "3", "Strix aluco", "Tawny Owl", "0.5", "/cards", " 2024/a.wav"])[-1]
    '/cards, 2024/a.wav'
    """
    more = len(cells) - len(columns)
    texts = [table.find(columns, names) for names in (kind.file, kind.label, ("common_name",))]
    wanted = (kind.onset, kind.offset, kind.score, *((name,) for name in _NUMBERS))
    numbers = [columns.index(column) for names in wanted if (column := table.find(columns, names))]
    ways = []
    for column in dict.fromkeys(text for text in texts if text):
        at = columns.index(column)
        way = [*cells[:at], ",".join(cells[at : at + more + 1]), *cells[at + more + 1 :]]
        if all(_is_number(way[each]) for each in numbers):
            ways.append(way)
    return ways[0] if len(ways) == 1 else cells


def _is_number(cell: str) -> bool:
    try:
        return parse.number(cell) is not None
    except ValueError:
        return False
