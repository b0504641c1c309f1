"""Files of other annotation programs: their libraries read what we write, and we what they write."""

from __future__ import annotations

import json

import pytest

from curate.formats.annotations import aoef, audacity, elan, jams, perch_hoplite, textgrid
from curate.formats.portals import camtrap_dp, darwin_core
from curate.model import NOTICES, Segment
from tests.formats import marked
from tests.formats.rows import touch


@pytest.fixture
def problems():
    return []


#: What libraries drop, merge, cut or refuse in TextGrids: short intervals and gaps, signs in texts, overlaps.
AWKWARD = (
    Segment(0.000002, 0.5, "first"),
    Segment(0.5, 1.25, "a = b"),
    Segment(1.25, 1.250003, "brief"),
    Segment(1.250006, 2.0, "after"),
    Segment(2.0, 3.0, "007"),
    Segment(2.5, 4.0, "Thrush, Song"),
    Segment(4.0, 5.0, "mésange"),
    Segment(9.999999, 10.0, "end"),
)

TEXTGRIDS = {
    "crowsetta": """
import crowsetta
found = crowsetta.formats.seq.TextGrid.from_file(where).to_seq()
labels = [label for tier in (found if isinstance(found, list) else [found]) for label in tier.labels]
""",
    "parselmouth": """
import parselmouth
from parselmouth.praat import call
grid = parselmouth.read(where)
every = [call(grid, "Get label of interval", tier, n)
         for tier in range(1, call(grid, "Get number of tiers") + 1)
         for n in range(1, call(grid, "Get number of intervals", tier) + 1)]
labels = [label for label in every if label]
""",
    "praatio": """
from praatio import textgrid
grid = textgrid.openTextgrid(where, includeEmptyIntervals=False, reportingMode="error")
labels = [each.label for name in grid.tierNames for each in grid.getTier(name).entries]
""",
    "textgrid": """
import textgrid
labels = [each.mark for tier in textgrid.TextGrid.fromFile(where) for each in tier if each.mark]
""",
    "tgt": """
import tgt
labels = [each.text for tier in tgt.io.read_textgrid(where).tiers for each in tier]
""",
}


@pytest.mark.parametrize("library", TEXTGRIDS)
def test_every_library_reads_every_label_of_a_textgrid(library, real, tmp_path):
    (row,) = marked.recordings(tmp_path, "a.wav", marks=AWKWARD)
    textgrid.write([row], tmp_path / "a.TextGrid")
    code = "where = sys.argv[1]" + TEXTGRIDS[library] + "show(sorted(map(str, labels)))"
    assert real(code, tmp_path / "a.TextGrid") == sorted(mark.label for mark in AWKWARD)


def test_crowsetta_takes_the_labels_of_a_track_for_numbers_where_all_look_so(real, tmp_path):
    found = (Segment(0.0, 0.5, "007"), Segment(1.0, 1.5, "012"))
    (row,) = marked.recordings(tmp_path, "a.wav", marks=found)
    audacity.write([row], tmp_path / "a.txt")
    code = """
import crowsetta
show(list(crowsetta.formats.seq.AudSeq.from_file(sys.argv[1]).to_seq().labels))
"""
    assert real(code, tmp_path / "a.txt") == ["7", "12"]


#: What they make of an interval of no length: why none is written, and why none of them reads for us.
EMPTY_INTERVAL = {
    "parselmouth": ["before", "click"],
    "praatio": "refused",
    "textgrid": ["before", "after"],
    "tgt": ["before", "click", "after"],
}


@pytest.mark.parametrize("library", EMPTY_INTERVAL)
def test_libraries_differ_about_an_interval_of_no_length(library, real, tmp_path, problems):
    touch(tmp_path / "a.wav")
    tier = '"IntervalTier"\n"song"\n0\n2\n3\n0\n1\n"before"\n1\n1\n"click"\n1\n2\n"after"\n'
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n2\n<exists>\n1\n'
    (tmp_path / "a.TextGrid").write_text(head + tier)
    lines = "".join(f"    {line}\n" for line in TEXTGRIDS[library].strip().splitlines())
    code = f"where = sys.argv[1]\ntry:\n{lines}    show(labels)\nexcept Exception: show('refused')\n"
    assert real(code, tmp_path / "a.TextGrid") == EMPTY_INTERVAL[library]
    (row,) = textgrid.read(tmp_path, report=problems.append)
    assert [mark.label for mark in row.annotations] == ["before", "after"]
    assert [problem.kind for problem in problems] == ["bad-row"]


def test_tgt_loses_a_text_with_an_equals_sign_in_the_long_form(real, tmp_path):
    code = """
import tgt
grid, tier = tgt.TextGrid(), tgt.IntervalTier(0, 10, "song")
tier.add_interval(tgt.Interval(1, 2, "a = b"))
grid.add_tier(tier)
found = []
for form in ("long", "short"):
    tgt.io.write_to_file(grid, sys.argv[1], format=form)
    found += [each.text for tier in tgt.io.read_textgrid(sys.argv[1]).tiers for each in tier]
show(found)
"""
    assert real(code, tmp_path / "a.TextGrid") == ["a = b"]  # of the short form alone


WRITERS = {
    "parselmouth": """
import parselmouth
from parselmouth.praat import call
grid = call("Create TextGrid", 0, 10, "song call", "call")
call(grid, "Insert boundary", 1, 1.5)
call(grid, "Insert boundary", 1, 2.25)
call(grid, "Set interval text", 1, 2, 'owl "hoo" = 1')
call(grid, "Insert point", 2, 3, "peak")
for form in ("text file", "short text file"):
    call(grid, "Save as " + form, where + "/a.TextGrid")
""",
    "praatio": """
from praatio import textgrid
for form in ("short_textgrid", "long_textgrid"):
    grid = textgrid.Textgrid()
    grid.addTier(textgrid.IntervalTier("song", [(1.5, 2.25, 'owl "hoo" = 1')], 0, 10))
    grid.save(where + "/a.TextGrid", format=form, includeBlankSpaces=True)
""",
    "tgt": """
import tgt
grid = tgt.TextGrid()
tier = tgt.IntervalTier(0, 10, "song")
tier.add_interval(tgt.Interval(1.5, 2.25, 'owl "hoo" = 1'))
grid.add_tier(tier)
tgt.io.write_to_file(grid, where + "/a.TextGrid", format="long")
""",
}


@pytest.mark.parametrize("library", WRITERS)
def test_what_libraries_write_for_praat_is_read(library, real, tmp_path, problems):
    touch(tmp_path / "a.wav")
    real("where = sys.argv[1]\n" + WRITERS[library] + "show(0)", tmp_path)
    (row,) = textgrid.read(tmp_path, report=problems.append)
    assert row.annotations == (Segment(1.5, 2.25, 'owl "hoo" = 1'),)
    assert {problem.kind for problem in problems} <= {"left-out"}


def test_pympi_reads_what_elan_gets_and_writes_what_is_read(real, tmp_path, problems):
    (row,) = marked.recordings(tmp_path, "a.wav", marks=AWKWARD[3:7])
    elan.write([row], tmp_path / "a.eaf")
    code = """
from pympi.Elan import Eaf
found = Eaf(sys.argv[1])
tiers = found.get_tier_names()
every = [list(each[:3]) for tier in tiers for each in found.get_annotation_data_for_tier(tier)]
made = Eaf(author="Ana")
made.add_linked_file("file:///D:/site/a.wav", relpath="./a.wav", mimetype="audio/x-wav")
made.add_tier("species")
made.add_annotation("species", 1500, 2250, "owl & <wren>")
made.to_file(sys.argv[2])
show([sorted(every), [each["RELATIVE_MEDIA_URL"] for each in found.media_descriptors]])
"""
    every, media = real(code, tmp_path / "a.eaf", tmp_path / "made.eaf")
    wanted = [[round(1000 * m.onset), round(1000 * m.offset), m.label] for m in AWKWARD[3:7]]
    assert (every, media) == (sorted(wanted), ["./a.wav"])
    (back,) = elan.read(tmp_path / "made.eaf", report=problems.append)
    assert back.annotations == (Segment(1.5, 2.25, "owl & <wren>"),)
    assert [problem for problem in problems if problem.kind not in NOTICES] == []


def test_jams_is_valid_and_what_it_writes_is_read(real, tmp_path, problems):
    found = (Segment(0.5, 1.25, "007", 0.75), Segment(1.0, 2.0, "NA"), Segment(2.0, 3.0, ""))
    (row,) = marked.recordings(tmp_path, "a.wav", marks=found)
    jams.write([row], tmp_path / "a.jams")
    code = """
import jams
found = jams.load(sys.argv[1], validate=True, strict=True)
(annotation,) = found.annotations
show([[each.time, each.duration, each.value, each.confidence] for each in annotation.data])
found.save(sys.argv[2])
"""
    wanted = [[m.onset, m.duration, m.label, m.score] for m in found]
    assert real(code, tmp_path / "a.jams", tmp_path / "b.jams") == wanted
    (back,) = jams.read(tmp_path / "b.jams", report=problems.append)
    assert back.annotations == found


def test_soundevent_gets_predictions_where_all_marks_have_scores(real, tmp_path, problems):
    found = (Segment(0.5, 1.25, "owl", 0.75, 100.0, 200.0), Segment(1.0, 2.0, "wren", 0.5))
    (row,) = marked.recordings(tmp_path, "a.wav", marks=found)
    aoef.write([row], tmp_path / "a.json")
    code = """
import soundevent.io
found = soundevent.io.load(sys.argv[1], type="prediction_set")
(clip,) = found.clip_predictions
show([[each.score, each.tags[0].tag.value, list(each.sound_event.geometry.coordinates)]
      for each in clip.sound_events])
"""
    assert real(code, tmp_path / "a.json") == [
        [0.75, "owl", [0.5, 100.0, 1.25, 200.0]],
        [0.5, "wren", [1.0, 2.0]],
    ]
    (back,) = aoef.read(tmp_path / "a.json", report=problems.append)
    assert (back.producer, back.annotations) == ("curate", found)


def test_frictionless_finds_a_camtrap_dp_valid_and_takes_its_times_and_numbers(real, tmp_path):
    found = (Segment(0.5, 1.25, "owl", 0.75, 100.0, 200.5), Segment(1.0, 2.0, "NA"), Segment(2.0, 3.0, ""))
    extra = {"time": "05:45:00+05:30", "site": "Creek"}
    where = {"latitude": -33.5, "longitude": 151.25, "date": "2024-03-11", "extra": extra}
    touch(tmp_path / "dp" / "audio" / "a.wav")
    camtrap_dp.write([marked.row("audio/a.wav", found, **where)], tmp_path / "dp")
    code = """
import frictionless
place = Path(sys.argv[1]) / "datapackage.json"
told = json.loads(place.read_text())
profile = told.pop("profile")  # it lies at an address, and there is no network here
place.with_name("offline.json").write_text(json.dumps(told))
report = frictionless.validate(str(place.with_name("offline.json")))
rows = frictionless.Package(str(place.with_name("offline.json"))).get_resource("observations").read_rows()
show([report.valid, [str(error) for error in report.flatten(["message"])], profile.rpartition("/")[2],
      [[row["eventStart"].isoformat(), row["scientificName"],
        row["frequencyHigh"] and float(row["frequencyHigh"])] for row in rows]])
"""
    valid, errors, profile, rows = real(code, tmp_path / "dp")
    assert (valid, errors, profile) == (True, [], "camtrap-dp-profile-acoustic.json")
    assert rows == [
        ["2024-03-11T05:45:00.500000+05:30", "owl", 200.5],
        ["2024-03-11T05:45:01+05:30", "NA", None],
        ["2024-03-11T05:45:02+05:30", None, None],
    ]


#: What the published profile asks of a package as a whole, beyond the tables: Camtrap DP for bioacoustics.
PROFILE = {
    "type": "object",
    "required": [
        "resources", "profile", "created", "contributors", "project", "spatial", "temporal", "taxonomic",
    ],
    "properties": {
        "resources": {
            "minItems": 3,
            "items": {
                "required": ["name", "path", "profile", "schema"],
                "properties": {
                    "name": {"enum": ["deployments", "media", "observations"]},
                    "profile": {"enum": ["tabular-data-resource"]},
                },
            },
        },
        "contributors": {
            "items": {
                "properties": {
                    "role": {
                        "enum": [
                            "contact", "principalInvestigator", "rightsHolder", "publisher", "contributor",
                        ]
                    }
                }
            }
        },
        "licenses": {
            "minItems": 2,
            "items": {"required": ["scope"], "properties": {"scope": {"enum": ["data", "media"]}}},
        },
        "project": {
            "required": [
                "title", "samplingDesign", "captureMethod", "individualAnimals", "observationLevel",
            ],
            "properties": {
                "protocolType": {"enum": ["camera-trapping", "acoustic"]},
                "samplingDesign": {
                    "enum": [
                        "simpleRandom", "systematicRandom", "clusteredRandom", "experimental", "targeted",
                        "opportunistic",
                    ]
                },
                "captureMethod": {"minItems": 1, "items": {"enum": ["activityDetection", "timeLapse"]}},
                "individualAnimals": {"type": "boolean"},
                "observationLevel": {"items": {"enum": ["media", "event"]}},
            },
        },
        "temporal": {"required": ["start", "end"]},
        "taxonomic": {"items": {"required": ["scientificName"]}},
    },
}  # fmt: skip


@pytest.mark.parametrize("missing", ["", "samplingDesign"])
def test_frictionless_finds_the_package_as_a_whole_as_the_profile_has_it(missing, real, tmp_path):
    where = {"latitude": 1.5, "longitude": 2.5, "date": "2024-03-11", "extra": {"time": "05:45:00Z"}}
    touch(tmp_path / "dp" / "audio" / "a.wav")
    camtrap_dp.write([marked.row("audio/a.wav", (Segment(0.5, 1.25, "owl"),), **where)], tmp_path / "dp")
    (tmp_path / "dp" / "profile.json").write_text(json.dumps(PROFILE))
    code = """
import frictionless
place = Path(sys.argv[1]) / "datapackage.json"
told = json.loads(place.read_text())
told["profile"] = str(place.with_name("profile.json"))
told["project"].pop(sys.argv[2], None)
place.write_text(json.dumps(told))
with frictionless.system.use_context(trusted=True):
    report = frictionless.validate(str(place))
show([report.valid, [message for (message,) in report.flatten(["message"])]])
"""
    valid, errors = real(code, tmp_path / "dp", missing)
    assert valid is not bool(missing)
    assert all("'samplingDesign' is a required property" in error for error in errors)


def test_frictionless_passes_keys_that_are_empty_and_we_do_not(real, tmp_path, problems):
    where = {"latitude": 1.5, "longitude": 2.5, "date": "2024-03-11", "extra": {"time": "05:45:00Z"}}
    touch(tmp_path / "dp" / "audio" / "a.wav")
    camtrap_dp.write([marked.row("audio/a.wav", (Segment(0.5, 1.25, "owl"),), **where)], tmp_path / "dp")
    observations = tmp_path / "dp" / "observations.csv"
    observations.write_text(observations.read_text().replace(",a.wav,", ",,"))
    code = """
import frictionless
place = Path(sys.argv[1]) / "datapackage.json"
told = json.loads(place.read_text())
del told["profile"]
place.write_text(json.dumps(told))
show(frictionless.validate(str(place)).valid)
"""
    assert real(code, tmp_path / "dp") is True
    (row,) = camtrap_dp.read(tmp_path / "dp", report=problems.append)
    assert [mark.label for mark in row.annotations] == ["owl"]  # found by its deployment and its time
    observations.write_text(observations.read_text().replace("2024-03-11T05", "2024-03-12T05"))
    (row,) = camtrap_dp.read(tmp_path / "dp", report=problems.append)
    assert row.annotations is None
    assert "no medium of the deployment is of that time" in problems[-1].reason


def test_dwca_reader_joins_occurrences_and_sounds(real, tmp_path):
    found = (Segment(0.5, 1.25, "owl", 0.75, 100.0, 200.5), Segment(1.0, 2.0, 'say "NA", or\tnot'))
    touch(tmp_path / "dwca" / "audio" / "a.wav")
    row = marked.row("audio/a.wav", found, latitude=-33.5, longitude=151.25, date="2024-03-11")
    darwin_core.write([row], tmp_path / "dwca")
    code = """
from dwca.read import DwCAReader
terms, ac = "http://rs.tdwg.org/dwc/terms/", "http://rs.tdwg.org/ac/terms/"
with DwCAReader(sys.argv[1]) as archive:
    told = [[row.data[terms + "scientificName"], row.data[terms + "decimalLatitude"],
             [[each.data[ac + "startTime"], each.data[ac + "freqHigh"], each.data[ac + "accessURI"]]
              for each in row.extensions]] for row in archive]
    show([archive.descriptor.core.type, archive.metadata.find("dataset/title").text, told])
"""
    core, title, told = real(code, tmp_path / "dwca")
    assert (core, title) == ("http://rs.tdwg.org/dwc/terms/Occurrence", "dwca")
    assert told == [
        ["owl", "-33.5", [["0.5", "200.5", "audio/a.wav"]]],
        ['say "NA", or\tnot', "-33.5", [["1.0", "", "audio/a.wav"]]],
    ]


def test_what_people_marked_in_a_database_of_perch_hoplite_is_read(real, tmp_path, problems):
    code = """
import numpy as np
from perch_hoplite.db.datatypes import LabelType
from perch_hoplite.db.sqlite_usearch_impl import SQLiteUSearchDB, get_default_usearch_config
db = SQLiteUSearchDB.create(sys.argv[1], usearch_cfg=get_default_usearch_config(8))
site = db.insert_deployment(name="site", project="project")
for name in ("owl/a.wav", "owl/b.wav"):
    recording = db.insert_recording(filename=name, deployment_id=site)
    db.insert_window(recording, [0.0, 2.0], np.zeros(8, np.float16))
    if name == "owl/a.wav":
        for onset, label, kind in ((0.5, "owl", 1), (1.0, "wren", 0), (2.0, "newt", 2)):
            db.insert_annotation(recording, [onset, onset + 1.0], label, LabelType(kind), "ana")
db.commit()
db.db.close()
show(0)
"""
    touch(tmp_path / "data" / "owl" / "a.wav", tmp_path / "data" / "owl" / "b.wav")
    real(code, tmp_path / "perch")
    (row,) = perch_hoplite.read(tmp_path / "perch", report=problems.append, audio_folder=tmp_path / "data")
    assert row.path == str(tmp_path / "data" / "owl" / "a.wav")
    assert row.annotations == (Segment(0.5, 1.5, "owl", note="ana"),)
    assert [problem.reason.split()[0] for problem in problems] == ["'wren'", "'newt'"]
