"""What a person can write, and a small dataset for each of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from curate.catalogue.dataset import Dataset
from curate.formats.files.layout import LAYOUTS, ExportLayout
from curate.model import Segment
from curate.steps.acquire.import_ import import_
from tests.datasets import write_tone


@dataclass(frozen=True)
class Case:
    """Something that is said of a recording: its label, and what is marked in it.

    Parameters
    ----------
    label, others
        Of the recording as a whole.
    marks
        What is marked in it.
    beside
        What the other recording of the dataset is called.
    """

    label: str
    marks: tuple[Segment, ...]
    others: tuple[str, ...] = ()
    beside: str = "newt"


def _called(name: str, beside: str = "newt") -> Case:
    return Case(name, (Segment(0.5, 1.5, name, None, 500.0, 2000.0),), beside=beside)


#: By the headings of the table in docs/formats.md.
CASES: dict[str, Case] = {
    "digits": _called("007", beside="1139490"),
    "NA": _called("NA"),
    "empty": _called(""),
    "commas": _called("Thrush, Song"),
    "two labels": Case(
        "owl",
        (Segment(0.5, 1.5, "owl", None, 500.0, 2000.0), Segment(0.5, 1.5, "wren", None, 500.0, 2000.0)),
        ("wren",),
    ),
    "open band": Case("owl", (Segment(0.5, 1.5, "owl", None, 3000.0, None),)),
    "note": Case("owl", (Segment(0.5, 1.5, "owl", None, 500.0, 2000.0, note="faint, far off"),)),
}

#: Cases about annotations alone; formats of whole recordings do not know them.
OF_ANNOTATIONS = frozenset({"open band", "note"})

#: Formats that speak of whole recordings.
OF_RECORDINGS = frozenset({"birdclef", "croissant"})


def make(folder: Path, case: Case) -> None:
    """Make a dataset below a folder: a.wav is the case, b.wav something plain."""
    for name in "ab":
        write_tone(folder / "in" / f"{name}.wav", seconds=2.0, sr=8000)
    with (folder / "in" / "t.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(
            ("file", "label", "secondary_labels", "latitude", "longitude", "date", "time", "rating")
        )
        where = "1.5", "2.5", "2024-03-11", "05:45:00Z", ""  # who leaves cells empty means a class by NA
        rows.writerow(("a.wav", case.label, "; ".join(case.others), *where))
        rows.writerow(("b.wav", case.beside, "", *where))
    with (folder / "in" / "marks.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "onset", "offset", "label", "low_freq", "high_freq", "note", "score"))
        for mark in case.marks:
            band = mark.low_freq, mark.high_freq
            rows.writerow(("a.wav", mark.onset, mark.offset, mark.label, *band, mark.note, ""))
        rows.writerow(("b.wav", 0.5, 1.0, case.beside, 100, 900, "", 0.5))
    with Dataset(folder / "birds") as dataset:
        import_(dataset, folder / "in" / "t.csv")
        import_(dataset, folder / "in" / "marks.csv", format="annotation-table")


def layout_of(form: str) -> ExportLayout:
    """How an export of a format looks."""
    return LAYOUTS.get(form, ExportLayout())
