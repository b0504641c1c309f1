"""What a person can write: odd labels, licences, places, dates, lists, scores and notes."""

from __future__ import annotations

import json
from pathlib import Path

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from tests.datasets import write_tone

#: Values by field; a recording is made of each.
FIELDS: dict[str, list[object]] = {
    "label": [
        "Thrush, Song", 'the "Brush" owl', "it's", "E\u0301peire", "Épeire brun", "owl|wren; jay", "(song)",
        "a=b", "True", "1e5", "2024-05-17", "0x1F", "NA", "007", "1139490", "-x", "=1+1", "owl  wren", "#owl",
        "50 %", "owl\\wren", "owl: 'call'", "鳥", "nocall",
    ],
    "secondary labels": [
        ["Thrush, Song"], ["owl|wren; jay", "jay"], ["007", "1"], ["it's", '"q"'], ["NA", "x"], ["a b", "c"],
    ],
    "licence": [
        "CC BY-NC-SA 4.0", "cc-by 4.0", "https://creativecommons.org/licenses/by-nd/4.0/", "CC0",
        'by permission only; ask "Ana, B."',
    ],
    "recordist": ["Müller, Ana", "12", 'O\'Brien; "B"', "007", "Nana", "Ana | Ben"],
    "place": [
        (-22.951916, -43.2104872), (0.0, 11.5), (89.999999, 179.999999), (-1e-06, 12.345678901234),
        (-90.0, -180.0),
    ],
    "date": ["2024", "2024-05", "2024-05-17", "2024-05-17T05:30:00+02:00", "2024-05-17T03:30:00Z"],
}  # fmt: skip

#: Marks: onset and offset, score, note.
MARKS: dict[str, list[tuple[float, float, float | None, str]]] = {
    "seconds": [(0.0, 0.5, None, ""), (0.123456, 0.654321, None, ""), (0.1, 1.999999, None, "")],
    "score": [(0.0, 0.5, 0.0, ""), (0.5, 1.0, 1.0, ""), (1.0, 1.5, 0.123456789, ""), (1.5, 2.0, 1e-07, "")],
    "note": [
        (0.0, 0.5, None, 'faint; far, "off"'), (0.5, 1.0, None, "two\nlines"), (1.0, 1.5, None, "12"),
        (1.5, 2.0, None, "a\ttab"),
    ],
}  # fmt: skip

#: What is known of the others: some formats want a place and a time.
_USUAL = {"latitude": 1.5, "longitude": 2.5, "date": "2024-03-11", "time": "05:45:00Z"}

_OF_MARKS = ("onset", "offset", "score", "note")
_COLUMNS = {"secondary labels": "secondary_labels", "licence": "license"}


def make(folder: Path) -> None:
    """Make a dataset below a folder: a recording for each value, and marks in the first of all."""
    lines = []
    for field, values in FIELDS.items():
        for value in values:
            name = f"r{len(lines):03d}.wav"
            said = {"latitude": value[0], "longitude": value[1]} if isinstance(value, tuple) else {}
            said = said or {_COLUMNS.get(field, field): value}
            lines.append({"file": name, "label": "owl", "secondary_labels": []} | _USUAL | said)
            write_tone(folder / "in" / name, seconds=2.0, sr=8000)
    # One without anything: the table leaves a cell empty where it has nothing, so NA is a name.
    write_tone(folder / "in" / "r999.wav", seconds=2.0, sr=8000)
    lines.append({"file": "r999.wav", "label": "", "secondary_labels": []})
    keys = dict.fromkeys(key for line in lines for key in line)
    rows = [{key: line.get(key) for key in keys} for line in lines]
    (folder / "in" / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    marks = [
        {"file": f"r{number:03d}.wav", "label": "hoot"} | dict(zip(_OF_MARKS, mark, strict=True))
        for number, marks in enumerate(MARKS.values())
        for mark in marks
    ]  # fmt: skip
    (folder / "in" / "marks.jsonl").write_text("".join(json.dumps(mark) + "\n" for mark in marks))
    with Dataset(folder / "birds") as dataset:
        import_(dataset, folder / "in" / "t.jsonl")
        import_(dataset, folder / "in" / "marks.jsonl", format="annotation-table")
