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


@pytest.mark.parametrize(
    ("cell", "date", "told"),
    [
        ("2024-05-01T05:00:00Z/2024-05-02T06:00:00Z", "2024-05-01", []),
        ("2024-05-01/2024-05-02", "2024-05-01", []),
        ("2024-05-01 05:00", "2024-05-01", []),
        ("2024-05", "2024-05", []),
        ("14/05/2024", "2024-05-14", []),
        ("05/06/2024", "", ["found '05/06/2024', which may be two dates"]),
        ("45413", "", ["found '45413'"]),
        ("2024-13-40", "", ["found '2024-13-40'"]),
    ],
)
def test_a_date_of_an_event_is_read_as_in_any_table(cell, date, told, out, problems):
    darwin_core.write(
        [marked.row("audio/a.wav", FOUND[:1], **{**KNOWN, "date": "1999-09-09", "extra": {}})], out
    )
    text = (out / "occurrence.csv").read_text()
    assert text.count("1999-09-09") == 1
    (out / "occurrence.csv").write_text(text.replace("1999-09-09", cell))
    (row,) = darwin_core.read(out, report=problems)
    expected = "column eventDate: expected a date such as 2024-05-17, "
    assert (row.date, [problem.reason for problem in problems]) == (date, [expected + each for each in told])


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


DWC, DCTERMS = "http://rs.tdwg.org/dwc/terms/", "http://purl.org/dc/terms/"
CORE = ("scientificName", "genus", "specificEpithet", "occurrenceStatus", "vernacularName", "recordedBy")
SOUNDS = ("type", "identifier", "references", "creator", "license")


@pytest.fixture
def gbif(tmp_path):
    """Write an archive as GBIF packs its downloads: tabs, the simple extension, and rights of each medium."""

    def gbif(occurrences, media):
        def described(kind, key, row_type, name, prefix, terms):
            fields = "".join(f'<field index="{n}" term="{prefix}{t}"/>' for n, t in enumerate(terms, start=1))
            return (
                f'<{kind} fieldsTerminatedBy="\\t" fieldsEnclosedBy="" ignoreHeaderLines="1" '
                f'rowType="{row_type}"><files><location>{name}</location></files><{key} index="0"/>{fields}'
                f"</{kind}>"
            )

        text = '<archive xmlns="http://rs.tdwg.org/dwc/text/">'
        text += described("core", "id", f"{DWC}Occurrence", "occurrence.txt", DWC, CORE)
        multimedia = "http://rs.gbif.org/terms/1.0/Multimedia"
        text += described("extension", "coreid", multimedia, "multimedia.txt", DCTERMS, SOUNDS)
        (tmp_path / "meta.xml").write_text(f"{text}</archive>", encoding="utf-8")
        for name, head, rows in (
            ("occurrence.txt", ("gbifID", *CORE), occurrences),
            ("multimedia.txt", ("gbifID", *SOUNDS), media),
        ):
            lines = ["\t".join(map(str, row)) for row in (head, *rows)]
            (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        touch(*(tmp_path / f"XC{number}.mp3" for number in range(1, 5)))
        return tmp_path

    return gbif


def sound(key, number, license="", creator="Ana"):
    at = f"https://xeno-canto.org/sounds/uploaded/A/XC{number}.mp3"
    return key, "Sound", at, f"https://xeno-canto.org/{number}", creator, license


BY, ND = ("http://creativecommons.org/licenses/by/4.0/", "http://creativecommons.org/licenses/by-nc-nd/4.0/")


def test_names_are_read_without_their_authors(gbif, problems):
    names = ("Parus major Linnaeus, 1758", "Coloeus monedula (Linnaeus, 1758)", "Strix aluco", "Strix sp.")
    path = gbif(
        [(n, name, "", "", "PRESENT", "", "") for n, name in enumerate(names, start=1)],
        [sound(n, n) for n in range(1, 5)],
    )
    rows = list(darwin_core.read(path, report=problems))
    assert [row.label for row in rows] == ["Parus major", "Coloeus monedula", "Strix aluco", "Strix sp."]
    assert [row.scientific_name for row in rows] == ["Parus major", "Coloeus monedula", "Strix aluco", ""]
    parted = gbif([(1, "Larus fuscus L.", "Larus", "fuscus", "", "Gull", "")], [sound(1, 1)])
    (row,) = darwin_core.read(parted, report=problems)
    assert (row.label, row.common_name) == ("Larus fuscus", "Gull")


def test_an_absent_species_labels_nothing_and_is_told(gbif, problems):
    path = gbif(
        [(1, "Strix aluco", "", "", "ABSENT", "", ""), (2, "Parus major", "", "", "present", "", "")],
        [sound(1, 1), sound(1, 2), sound(2, 2)],
    )
    rows = {row.path.rsplit("/", 1)[-1]: row.label for row in darwin_core.read(path, report=problems)}
    assert rows == {"XC1.mp3": "", "XC2.mp3": "Parus major"}
    (problem,) = problems.notices
    assert problem.reason == "2 sounds of species that are absent: taken as looked at, without a label"


def test_licence_creator_and_page_are_those_of_the_sound(gbif, problems):
    path = gbif(
        [(1, "Strix aluco", "", "", "", "", "Ben"), (2, "Parus major", "", "", "", "", "Ben")],
        [sound(1, 1, BY), sound(1, 2, ND, creator=""), sound(2, 3), sound(1, 4, BY), sound(2, 4, ND)],
    )
    rows = list(darwin_core.read(path, report=problems))
    assert [row.license for row in rows] == [BY, ND, "", ND]
    assert [row.recordist for row in rows] == ["Ana", "Ben", "Ana", "Ana"]
    assert [row.url.rpartition("/")[2] for row in rows] == ["1", "2", "3", "4"]
    assert rows[3].secondary_labels == ("Parus major",)


def test_a_mark_of_an_absent_species_is_one_without_a_label(out, problems):
    darwin_core.write([marked.row("audio/a.wav", FOUND[:1], **KNOWN)], out)
    text = (out / "occurrence.csv").read_text()
    (out / "occurrence.csv").write_text(text.replace(",present,", ",absent,"))
    (row,) = darwin_core.read(out, report=problems)
    assert [(mark.label, mark.note) for mark in row.annotations] == [("", "not owl")]
