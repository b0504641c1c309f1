"""Camtrap DP with its profile for bioacoustics."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import FormatError, UsageError
from curate.formats.choose import format_of
from curate.formats.portals import camtrap_dp
from curate.model import NOTICES, Segment
from curate.steps.acquire.import_ import import_
from curate.steps.clean.render import render
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from tests.datasets import write_tone
from tests.engines import in_a_thread
from tests.formats import marked
from tests.formats.rows import touch

FOUND = (
    Segment(0.5, 1.25, "owl", 0.75, 500.0, 2000.5, note="far"),
    Segment(1.0, 2.0, "NA"),
    Segment(1.0, 2.0, "", None, 3000.0),
)
WHERE = {"latitude": -33.5, "longitude": 151.25, "date": "2024-03-11", "recordist": "Ana", "license": "cc0"}


def tables(folder):
    found = {}
    for name in ("deployments", "media", "observations"):
        with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            found[name] = list(csv.DictReader(file))
    return found


@pytest.fixture
def rows(tmp_path):
    touch(tmp_path / "out" / "audio" / "a.wav", tmp_path / "out" / "audio" / "b.wav")
    extra = {"time": "05:45:00.500+05:30", "site": "Creek"}
    first = marked.row("audio/a.wav", FOUND, label="owl", scientific_name="Strix aluco", extra=extra, **WHERE)
    second = marked.row("audio/b.wav", (), extra={**extra, "time": "06:45:00+05:30"}, **WHERE)
    return [first, second]


def test_times_are_those_of_the_recording_and_nothing_is_an_observation(rows, tmp_path):
    assert camtrap_dp.write(rows, tmp_path / "out") == 4
    made = tables(tmp_path / "out")
    (site,) = made["deployments"]
    assert (site["deploymentID"], site["latitude"], site["deploymentStart"], site["deploymentEnd"]) == (
        "Creek",
        "-33.5",
        "2024-03-11T05:45:00.500000+05:30",
        "2024-03-11T06:45:10.000000+05:30",
    )
    first, *_, nothing = made["observations"]
    assert (first["eventStart"], first["scientificName"], first["observationTags"]) == (
        "2024-03-11T05:45:01.000000+05:30",
        "Strix aluco",
        "label:owl",
    )
    assert (nothing["observationType"], nothing["mediaID"]) == ("blank", "b.wav")
    assert [each["filePath"] for each in made["media"]] == ["audio/a.wav", "audio/b.wav"]
    for table, others in (("media", ["deployments"]), ("observations", ["deployments", "media"])):
        for other in others:
            key = f"{other.removesuffix('s') if other != 'media' else other}ID"
            assert {each[key] for each in made[table]} <= {each[key] for each in made[other]} - {""}


def test_what_was_written_comes_back(rows, tmp_path, problems):
    camtrap_dp.write(rows, tmp_path / "out")
    assert format_of(tmp_path / "out", "auto") == "camtrap-dp"
    first, second = camtrap_dp.read(tmp_path / "out", report=problems)
    assert problems == []
    assert first.annotations == (FOUND[0], FOUND[2], FOUND[1])
    assert second.annotations == ()
    assert (first.latitude, first.longitude, first.date) == (-33.5, 151.25, "2024-03-11")
    assert first.extra == {"time": "05:45:00+05:30", "site": "Creek"}


def test_two_places_of_one_name_are_two_deployments(rows, tmp_path):
    rows[1] = replace(rows[1], latitude=10.0)
    camtrap_dp.write(rows, tmp_path / "out")
    made = tables(tmp_path / "out")
    assert [each["deploymentID"] for each in made["deployments"]] == ["Creek", "Creek (2)"]
    assert [each["deploymentID"] for each in made["media"]] == ["Creek", "Creek (2)"]


def change(folder, name, *, every=False, **cells):
    """Change cells of the first row of a table, or of every row."""
    found = tables(folder)[name]
    for record in found if every else found[:1]:
        record.update(cells)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows(found)


@pytest.mark.parametrize(
    ("table", "cells", "words"),
    [
        ("media", {"deploymentID": ""}, "column deploymentID: expected that of a deployment, found ''"),
        ("media", {"timestamp": "soon"}, "column timestamp: expected a time in ISO 8601, found 'soon'"),
        ("observations", {"mediaID": "gone"}, "column mediaID: expected that of a medium, found 'gone'"),
    ],
)
def test_keys_that_lead_nowhere_are_told(table, cells, words, rows, tmp_path, problems):
    camtrap_dp.write(rows, tmp_path / "out")
    change(tmp_path / "out", table, **cells)
    list(camtrap_dp.read(tmp_path / "out", report=problems))
    (problem,) = problems
    assert (problem.path, problem.reason) == (f"{tmp_path}/out/{table}.csv:2", words)


def test_observations_of_other_packages_are_read(rows, tmp_path, problems):
    camtrap_dp.write(rows, tmp_path / "out")
    # An event names no medium; a machine classified it; the audio lies at an address.
    change(tmp_path / "out", "media", filePath="https://example.org/x/a.wav", fileName="")
    change(
        tmp_path / "out",
        "observations",
        mediaID="",
        observationTags="direction:left",
        observationComments="near",
    )
    text = (tmp_path / "out" / "observations.csv").read_text()
    head, first, *others = text.splitlines()
    lines = [
        f"{head},classificationMethod,classifiedBy",
        f"{first},machine,BirdNET",
        *(f"{o},," for o in others),
    ]
    (tmp_path / "out" / "observations.csv").write_text("\n".join(lines) + "\n")
    people, _, machine = camtrap_dp.read(tmp_path / "out", report=problems, audio_folder=tmp_path / "out")
    assert problems == []
    assert (people.producer, machine.producer) == ("", "BirdNET")
    (mark,) = machine.annotations
    assert (mark.label, mark.note, mark.score) == ("Strix aluco", "direction:left; near", 0.75)


def test_an_event_of_a_package_without_durations_belongs_to_the_medium_that_began_before(
    rows, tmp_path, problems
):
    camtrap_dp.write(rows, tmp_path / "out")
    change(tmp_path / "out", "media", every=True, duration="")
    change(tmp_path / "out", "observations", every=True, mediaID="")
    *marked, unmarked = camtrap_dp.read(tmp_path / "out", report=problems)
    assert problems == []
    (notice,) = problems.notices
    assert notice.reason == "4 observations without a medium: the last one that began before was taken"
    found = [mark for row in marked for mark in row.annotations]
    assert [(mark.onset, mark.offset) for mark in found] == [(0.5, 1.25), (1.0, 2.0), (1.0, 2.0)]
    assert (unmarked.path.endswith("b.wav"), unmarked.annotations) == (True, ())


def test_an_event_before_all_media_is_told(rows, tmp_path, problems):
    camtrap_dp.write(rows[:1], tmp_path / "out")
    change(tmp_path / "out", "media", every=True, duration="")
    before = "2024-03-10T05:45:00+05:30"
    change(tmp_path / "out", "observations", every=True, mediaID="", eventStart=before, eventEnd=before)
    assert [row.annotations for row in camtrap_dp.read(tmp_path / "out", report=problems)] == [None]
    assert problems.kinds == ["bad-row"] * 3


@pytest.mark.parametrize(
    ("table", "cells", "lacking"),
    [
        (
            "observations",
            {"eventStart": "2024-03-10T05:46:00", "eventEnd": "2024-03-10T05:46:01"},
            "'05:46:00'",
        ),
        ("media", {"timestamp": "2024-03-10T05:46:00"}, "the time of the medium"),
    ],
)
def test_times_with_and_without_a_zone_are_compared_with_their_like_alone(
    table, cells, lacking, rows, tmp_path, problems
):
    camtrap_dp.write(rows[:1], tmp_path / "out")
    change(tmp_path / "out", table, **cells)
    list(camtrap_dp.read(tmp_path / "out", report=problems))
    words = "column eventStart: expected a zone as in the time of the medium"
    assert {problem.reason for problem in problems} == {f"{words}; {lacking} has none"}


def test_a_package_without_zones_gives_times_without_one(rows, tmp_path, problems):
    camtrap_dp.write(rows[:1], tmp_path / "out")
    for name, columns in (("media", ["timestamp"]), ("observations", ["eventStart", "eventEnd"])):
        text = (tmp_path / "out" / f"{name}.csv").read_text()
        assert all(column in text for column in columns)
        (tmp_path / "out" / f"{name}.csv").write_text(text.replace("+05:30", ""))
    (row, *_) = camtrap_dp.read(tmp_path / "out", report=problems)
    assert problems == []
    assert len(row.annotations) > 0
    assert row.extra["time"].count(":") == 2
    assert not row.extra["time"].endswith("Z")


def test_an_observation_with_the_time_of_its_medium_alone_is_about_all_of_it(rows, tmp_path, problems):
    """So the standard has it for observations of media, as of photographs."""
    camtrap_dp.write(rows[:1], tmp_path / "out")
    at = tables(tmp_path / "out")["media"][0]["timestamp"]
    change(tmp_path / "out", "observations", eventStart=at, eventEnd=at, observationLevel="media")
    (row, *_) = camtrap_dp.read(tmp_path / "out", report=problems)
    assert [(mark.onset, mark.offset, mark.label) for mark in row.annotations if mark.label == "owl"] == [
        (0.0, math.inf, "owl")
    ]
    assert problems == []
    words = "1 observation at the very start of a medium, without a length: all of it"
    assert words in [notice.reason for notice in problems.notices]
    change(tmp_path / "out", "observations", observationLevel="event")
    list(camtrap_dp.read(tmp_path / "out", report=problems))
    assert problems.kinds == ["bad-row"]


def test_images_are_told(rows, tmp_path, problems):
    camtrap_dp.write(rows, tmp_path / "out")
    change(tmp_path / "out", "media", fileMediatype="image/jpeg")
    (row,) = camtrap_dp.read(tmp_path / "out", report=problems)
    assert row.annotations == ()
    assert [(problem.kind, problem.reason) for problem in problems] == [("left-out", "1 images")]


def test_no_package_is_refused(tmp_path, problems):
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [{"name": "media"}]}))
    with pytest.raises(FormatError, match="no Camtrap DP: it lacks the table deployments"):
        camtrap_dp.read(tmp_path, report=problems)


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    """Two recordings, of one of which a second was cut out, and a third without a place."""
    folder = tmp_path_factory.mktemp("birds")
    for name in "abc":
        write_tone(folder / "in" / f"{name}.wav", seconds=4.0, sr=8000)
    (folder / "in" / "t.csv").write_text(
        "file,label,scientific_name,latitude,longitude,date,time\n"
        "a.wav,owl,Strix aluco,1.5,2.5,2024-03-11,05:45:00Z\n"
        "b.wav,wren,,1.5,2.5,2024-03-11,06:45:00Z\n"
        "c.wav,owl,Strix aluco,1.5,2.5,2024-03-11,05:45:00\n"
    )
    (folder / "in" / "m.csv").write_text(
        "file,onset,offset,label\na.wav,0.5,0.75,owl\na.wav,3,3.5,owl\nb.wav,,,\nc.wav,1,2,owl\n"
    )
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        import_(dataset, folder / "in" / "t.csv")
        import_(dataset, folder / "in" / "m.csv", format="annotation-table")
        cut(dataset, "a.wav", 1.0, 2.0)
        render(dataset)
    return folder / "birds"


def test_what_was_cut_out_is_not_in_the_package_and_times_hold(birds, tmp_path):
    with in_a_thread(), Dataset(birds) as dataset:
        summary = manifest(dataset, tmp_path / "dp", format="camtrap-dp", layer="annotations")
    assert (summary.rows, summary.unplaced) == (3, 1)
    assert summary.wants == "a place and a start with its time zone"
    made = tables(tmp_path / "dp")
    media = {each["mediaID"]: (each["timestamp"][11:19], each["duration"]) for each in made["media"]}
    assert sorted(media.values()) == [("05:45:00", "1"), ("05:45:02", "2"), ("06:45:00", "4")]
    assert sorted(each["eventStart"][11:22] for each in made["observations"] if each["scientificName"]) == [
        "05:45:00.50",
        "05:45:03.00",
    ]
    for each in made["media"]:
        assert (tmp_path / "dp" / each["filePath"]).is_file()
    problems = []
    back = list(camtrap_dp.read(tmp_path / "dp", report=problems.append))
    assert [problem for problem in problems if problem.kind not in NOTICES] == []
    assert sorted(m.onset for row in back for m in row.annotations) == [0.5, 1.0]


def test_clean_copies_are_refused(birds, tmp_path):
    with Dataset(birds) as dataset, pytest.raises(UsageError, match="which clean copies lose"):
        manifest(dataset, tmp_path / "dp", format="camtrap-dp", audio="clean")
