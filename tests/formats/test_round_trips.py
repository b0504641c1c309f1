"""What holds for each format that is written and read: what comes back is what went in."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.formats import READERS, WRITERS
from curate.formats.files.layout import LAYOUTS
from curate.lookup import resolve
from curate.model import NOTICES
from tests.formats import marked

MANY = 40


class Trip(NamedTuple):
    """How a format travels: what it is called on disk, and what it can say."""

    name: str
    out: str
    scores: bool = False
    bands: bool = True


TRIPS = [
    Trip("audacity", "labels"),
    Trip("label-studio", "tasks.json", scores=True),
    Trip("lhotse", "lhotse", scores=True),
    Trip("nemo", "m.jsonl", bands=False),
    Trip("opensoundscape-boxes", "boxes.csv"),
    Trip("raven", "tables", scores=True),
    Trip("raven", "all.selections.txt", scores=True),
]


@pytest.mark.parametrize("trip", TRIPS, ids=lambda trip: f"{trip.name}-{trip.out}")
@given(data=st.data())
@settings(max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_annotations_read_back_as_they_were_written(trip, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trip")
    count = data.draw(st.integers(1, 3))
    rows = marked.recordings(folder / "audio", *["a.wav", "b.flac", "c d.ogg"][:count])
    # A class that a format spells otherwise is told of, and tested with it.
    spells = LAYOUTS[trip.name].spells if trip.name in LAYOUTS else str
    marks = marked.marks(bands=trip.bands, scores=trip.scores).filter(
        lambda found: all(spells(mark.label) == mark.label for mark in found)
    )
    rows = [marked.row(row.path, data.draw(marks)) for row in rows]
    out = folder / trip.out
    if "." not in trip.out:
        out.mkdir()
    resolve(trip.name, WRITERS, kind="format")(rows, out)
    problems = []
    read = resolve(trip.name, READERS, kind="format")
    back = list(read(out, report=problems.append, audio_folder=folder / "audio"))
    assert [each for each in problems if each.kind not in NOTICES] == []
    expected = marked.found(rows)
    if trip.out in ("m.jsonl", "boxes.csv", "all.selections.txt"):  # they know no recording without marks
        expected = {name: marks for name, marks in expected.items() if marks}
    assert marked.found(back) == expected


@pytest.mark.parametrize("trip", TRIPS, ids=lambda trip: f"{trip.name}-{trip.out}")
def test_the_same_rows_give_the_same_bytes(trip, tmp_path):
    rows = marked.recordings(tmp_path / "audio", "a.wav", "b.wav")
    made = []
    for turn in ("one", "two"):
        out = tmp_path / turn / trip.out
        (out if "." not in trip.out else out.parent).mkdir(parents=True)
        resolve(trip.name, WRITERS, kind="format")(iter(rows), out)
        made.append({path.name: path.read_bytes() for path in (tmp_path / turn).rglob("*") if path.is_file()})
    assert made[0] == made[1]
    assert made[0]
