"""Tags that phones, archives and recorders write into MP3, MP4 and rarer containers."""

from __future__ import annotations

import json
from fractions import Fraction

import av
import numpy as np
import pytest

from curate.audio.examine import examine
from curate.catalogue.dataset import Dataset
from curate.recorders.combine import combine
from curate.recorders.tags import claim
from curate.steps.acquire.import_ import import_

PAGE = (
    "XC90000061 © José Lee // Puebla del río, Sevilla (37.25, -6.0625), Spain // 15m // 05:45h, 2024-03-11 "
    "// male, song // heard // near a road //  /  / bird-seen:yes // also:  European Robin"
)


def written(path, options=None, **tags):
    """A second of sound with tags."""
    with av.open(str(path), "w", options=options or {}) as container:
        container.metadata.update(tags)
        codec = {".mp3": "libmp3lame", ".m4a": "aac", ".mov": "aac", ".caf": "pcm_s16le"}
        stream = container.add_stream(codec[path.suffix], rate=32000, layout="mono")
        form = "s16" if codec[path.suffix].startswith("pcm") else "fltp"
        y = np.random.default_rng(1).normal(0, 1000 if form == "s16" else 0.1, (1, 32000))
        frame = av.AudioFrame.from_ndarray(y.astype("i2" if form == "s16" else "f4"), form, "mono")
        frame.sample_rate, frame.pts, frame.time_base = 32000, 0, Fraction(1, 32000)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def read(path):
    return combine(examine(str(path)).claims, sr=32000)


def test_xeno_canto_tells_recordist_place_and_time_in_its_mp3(tmp_path):
    path = written(tmp_path / "robin.mp3", comment=PAGE, artist="José Lee", album="xeno-canto")
    (tmp_path / "data").mkdir()
    path.rename(tmp_path / "data" / "robin.mp3")
    with Dataset(tmp_path / "birds") as birds:
        [foreseen] = import_(birds, tmp_path / "data", dry_run=True).names
        assert foreseen.start == "2024-03-11T05:45:00"
        import_(birds, tmp_path / "data")
        columns = (
            "recordist, locality, country, latitude, longitude, elevation, date, time, sound_type, license"
        )
        [row] = birds.store.rows(f"SELECT {columns} FROM recordings")
    assert row[:5] == ("José Lee", "Puebla del río, Sevilla", "Spain", 37.25, -6.0625)
    assert row[5:] == ("15", "2024-03-11", "05:45:00", "male, song", "")  # the tags name no licence


@pytest.mark.parametrize("twice", [False, True])
def test_what_is_not_known_stays_empty_and_letters_are_mended(twice):
    page = "XC7 © José // Sevilla, Spain // ?m // ?h, 2015-05-06 // call"
    page = page.encode().decode("latin-1") if twice else page
    found = claim([("comment", page)], named=False)
    fields = dict(found.fields)
    assert (fields["recordist"], fields["locality"], fields["country"]) == ("José", "Sevilla", "Spain")
    assert (fields["date"], found.start, found.latitude, found.elevation) == ("2015-05-06", "", None, None)
    assert "elevation" not in fields


def test_a_phone_tells_when_and_where_it_recorded(tmp_path):
    apple = "com.apple.quicktime."
    tags = {
        f"{apple}creationdate": "2024-03-11T20:45:00+0100",
        f"{apple}location.ISO6709": "+47.0730+015.4210+353.000/",
        f"{apple}make": "Maker",
        f"{apple}model": "Phone 9",
        "creation_time": "2024-03-11T19:50:00Z",
    }
    facts = read(written(tmp_path / "a.mov", {"movflags": "use_metadata_tags"}, **tags))
    assert facts.start == "2024-03-11T20:45:00+01:00"
    assert (facts.latitude, facts.longitude, facts.elevation) == (47.073, 15.421, 353.0)
    assert facts.device == "Maker Phone 9"


@pytest.mark.parametrize("name", ["a.m4a", "20240311_204500.m4a"])
def test_when_an_m4a_was_made_counts_where_its_name_tells_no_time(tmp_path, name):
    facts = read(
        written(tmp_path / name, creation_time="2024-03-11T19:45:00Z", location="+47.0730+015.4210/")
    )
    assert facts.start == ("2024-03-11T19:45:00Z" if name == "a.m4a" else "2024-03-11T20:45:00")
    assert facts.latitude == pytest.approx(47.073)
    assert facts.doubts == ()


@pytest.mark.parametrize("name", ["a.mp3", "a.caf"])
def test_audiomoth_s_comment_is_read_in_every_container(tmp_path, name):
    comment = (
        "Recorded at 05:45:00 11/03/2024 (UTC) by AudioMoth 24F319055FDF2F5B at medium gain "
        "while battery was 4.2V and temperature was 21.5C."
    )
    facts = read(written(tmp_path / name, comment=comment))
    assert (facts.start, facts.serial) == ("2024-03-11T05:45:00Z", "24F319055FDF2F5B")


DAYS = {"2019-06-02": "2019-06-02", "20190602": "2019-06-02", "2019": "2019", "02.06.2019": "", "0": ""}


@pytest.mark.parametrize("text", DAYS)
def test_a_tag_is_a_date_only_where_it_reads_as_one(text, tmp_path):
    (tmp_path / "data").mkdir()
    written(tmp_path / "data" / "song.mp3", date=text, time="5")
    with Dataset(tmp_path / "birds") as birds:
        summary = import_(birds, tmp_path / "data")
        assert birds.store.one("SELECT date, coalesce(time, '') FROM recordings") == (DAYS[text], "")
        assert ["tag date", text] in [
            each[1:] for each in json.loads(birds.store.value("SELECT fields FROM recorders"))
        ]
    assert summary.problem_counts["odd-metadata"] == (not DAYS[text])


def test_tags_of_programs_alone_say_nothing(tmp_path):
    assert examine(str(written(tmp_path / "a.m4a"))).claims == ()
    assert claim([("title", "Dawn")], named=False).start == ""
