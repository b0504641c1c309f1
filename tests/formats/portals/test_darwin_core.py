"""Darwin Core archives with Audubon Core."""

from __future__ import annotations

import csv

import pytest

from curate.errors import FormatError
from curate.formats.choose import format_of
from curate.formats.portals import darwin_core
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

FOUND = (
    Segment(0.5, 1.25, "owl", 0.75, 500.0, 2000.5, note="far"),
    Segment(1.0, 2.0, "NA, or not", None, 3000.0),
)
KNOWN = {
    "recording_id": "local:a",
    "label": "owl",
    "scientific_name": "Strix aluco",
    "common_name": "Tawny Owl",
    "latitude": -33.5,
    "longitude": 151.25,
    "date": "2024-03-11",
    "recordist": "Ana",
    "license": "cc-by 4.0",
    "extra": {"time": "05:45:00+05:30", "locality": "Creek"},
}


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def out(tmp_path):
    touch(tmp_path / "out" / "audio" / "a.wav")
    return tmp_path / "out"


def test_an_occurrence_says_what_when_and_where_and_its_sound_where_it_is_heard(out):
    assert darwin_core.write([marked.row("audio/a.wav", FOUND, **KNOWN)], out) == 2
    first, second = table(out / "occurrence.csv")
    assert {
        name: first[name] for name in ("scientificName", "vernacularName", "eventDate", "basisOfRecord")
    } == {
        "scientificName": "Strix aluco",
        "vernacularName": "Tawny Owl",
        "eventDate": "2024-03-11T05:45:00.500000+05:30/2024-03-11T05:45:01.250000+05:30",
        "basisOfRecord": "MachineObservation",
    }
    assert (first["decimalLatitude"], first["geodeticDatum"], first["locality"]) == (
        "-33.5",
        "WGS84",
        "Creek",
    )
    assert (second["scientificName"], second["verbatimIdentification"]) == ("NA, or not", "NA, or not")
    sounds = table(out / "multimedia.csv")
    assert [each["occurrenceID"] for each in sounds] == [first["occurrenceID"], second["occurrenceID"]]
    names = ("accessURI", "startTime", "endTime", "freqLow", "freqHigh", "type")
    assert [sounds[0][name] for name in names] == [
        "audio/a.wav", "0.5", "1.25", "500.0", "2000.5", "Sound",
    ]  # fmt: skip


def test_what_was_written_comes_back(out, problems):
    darwin_core.write([marked.row("audio/a.wav", FOUND, **KNOWN)], out)
    assert format_of(out, "auto") == format_of(out / "meta.xml", "auto") == "darwin-core"
    (row,) = darwin_core.read(out, report=problems)
    assert problems == []
    assert row.annotations == FOUND
    assert (row.latitude, row.date, row.recordist, row.license) == (-33.5, "2024-03-11", "Ana", "cc-by 4.0")
    assert row.extra == {"locality": "Creek"}


def test_a_day_alone_is_said_without_a_time(out):
    darwin_core.write([marked.row("audio/a.wav", FOUND[:1], **{**KNOWN, "extra": {}})], out)
    assert table(out / "occurrence.csv")[0]["eventDate"] == "2024-03-11"


def test_sounds_without_times_label_their_recording(out, problems):
    darwin_core.write([marked.row("audio/a.wav", FOUND, **KNOWN)], out)
    text = (out / "multimedia.csv").read_text()
    (out / "multimedia.csv").write_text(text.replace(",0.5,1.25,", ",,,").replace(",1.0,2.0,", ",,,"))
    (row,) = darwin_core.read(out, report=problems)
    assert (row.label, row.secondary_labels, row.annotations) == ("owl", ("NA, or not",), None)


def test_images_and_lost_occurrences_are_told(out, problems):
    darwin_core.write([marked.row("audio/a.wav", FOUND, **KNOWN)], out)
    text = (out / "multimedia.csv").read_text().splitlines()
    text[1] = text[1].replace(",Sound,", ",StillImage,")
    text[2] = "lost" + text[2]
    (out / "multimedia.csv").write_text("\n".join(text) + "\n")
    assert list(darwin_core.read(out, report=problems)) == []
    assert problems.kinds == ["bad-row", "left-out"]


def test_an_archive_without_sounds_is_refused(out, problems):
    (out / "meta.xml").write_text('<archive xmlns="http://rs.tdwg.org/dwc/text/"/>')
    with pytest.raises(FormatError, match="an archive of occurrences with multimedia"):
        darwin_core.read(out, report=problems)
