"""Registering files: facts, labels, identities, and what new bytes make worthless."""

from __future__ import annotations

import json
import os

import pytest

from curate.catalogue import cuts, layers, recordings
from curate.catalogue.cuts import CleanCopy
from curate.errors import CatalogueError
from curate.model import AudioInfo, Cut, FileFacts, Piece, Row, Segment


def record(store, number):
    names, rows = store.table("SELECT * FROM recordings WHERE id = ?", (number,))
    return dict(zip(names, next(rows), strict=True))


def test_what_a_table_and_the_file_say_is_kept(store, tmp_path):
    row = Row(
        path=str(tmp_path / "raw" / "a.ogg"),
        label="owl",
        secondary_labels=("0042", "frog"),
        scientific_name="Bubo fictus",
        archive="xeno-canto",
        recordist="Ana Exemplo",
        latitude=-1.5,
        rating=4.5,
        extra={"sound_type": "song", "time": "05:30", "filename": "owl/a.ogg"},
    )
    facts = FileFacts(123, 456, "ab" * 32, AudioInfo(441, 44100, 2, "ogg", "vorbis"), "ends early")
    number = recordings.add(store, row, facts, archive_id="17", folder=tmp_path)
    found = record(store, number)
    assert (found["archive"], found["archive_id"], found["path"]) == ("xeno-canto", "17", "raw/a.ogg")
    assert (found["status"], found["problem"], found["sha256"]) == ("ok", "ends early", "ab" * 32)
    assert (found["bytes"], found["mtime_ns"], found["frames"], found["sr"]) == (123, 456, 441, 44100)
    assert (found["duration"], found["channels"], found["codec"]) == (0.01, 2, "vorbis")
    assert (found["recordist"], found["latitude"], found["rating"]) == ("Ana Exemplo", -1.5, 4.5)
    assert (found["sound_type"], found["time"], found["country"]) == ("song", "05:30", None)
    assert json.loads(found["extra"]) == {"filename": "owl/a.ogg"}
    labels = list(store.rows("SELECT label, role FROM labels ORDER BY ordinal"))
    assert labels == [("owl", "primary"), ("0042", "secondary"), ("frog", "secondary")]
    assert store.one("SELECT scientific_name, common_name FROM taxa WHERE label = 'owl'") == (
        "Bubo fictus",
        "",
    )


def test_a_later_table_fills_the_gaps_of_a_taxon_and_changes_nothing(store, add):
    add("/a.wav", label="owl", scientific_name="Bubo fictus")
    add("/b.wav", label="owl", scientific_name="Strix falsa", common_name="Owl", class_name="Aves")
    assert list(store.rows("SELECT * FROM taxa")) == [("owl", "Bubo fictus", "Owl", "Aves", "")]


def test_an_unlabelled_recording_has_only_what_is_heard_behind_it(store, add):
    add(label="", secondary_labels=("frog",))
    assert list(store.rows("SELECT label, role FROM labels")) == [("frog", "secondary")]
    assert store.value("SELECT count(*) FROM taxa") == 0


def test_an_identity_that_is_taken_gets_a_number(store, add):
    for path in ("/a.wav", "/b.wav", "/c.wav"):
        add(path, archive="xeno-canto", archive_id="17")
    add("/d.wav", archive="csa", archive_id="17")
    assert list(store.rows("SELECT archive, archive_id FROM recordings ORDER BY id")) == [
        ("xeno-canto", "17"),
        ("xeno-canto", "17~2"),
        ("xeno-canto", "17~3"),
        ("csa", "17"),
    ]


def test_a_path_is_registered_once(add):
    add("/a.wav")
    with pytest.raises(CatalogueError, match="UNIQUE"):
        add("/a.wav")


def test_a_name_that_is_not_utf8_is_found_again(store, add, tmp_path):
    path = os.fsdecode(b"/data/caf\xe9.wav")
    number = add(path)
    assert recordings.known(store, path, tmp_path).id == number
    assert record(store, number)["path"] == b"/data/caf\xe9.wav"
    assert record(store, number)["archive_id"] == "/data/caf\\xe9.wav"
    assert recordings.known(store, "/data/caf.wav", tmp_path) is None


def test_a_file_is_the_same_if_size_and_time_are(store, add, tmp_path):
    add("/a.wav")
    known = recordings.known(store, "/a.wav", tmp_path)
    assert known.looks_like(1000, 5)
    assert not known.looks_like(1001, 5)
    assert not known.looks_like(1000, 6)
    recordings.touch(store, known.id, 6)
    assert recordings.known(store, "/a.wav", tmp_path).looks_like(1000, 6)


def test_a_recording_that_failed_is_there_with_its_reason(store, add):
    found = record(store, add(ok=False, label="owl"))
    assert (found["status"], found["problem"]) == ("failed", "noise, no sound")
    assert (found["frames"], found["duration"], found["sr"]) == (None, None, None)
    assert store.value("SELECT count(*) FROM labels") == 1


def test_new_bytes_forget_all_that_was_derived_and_nothing_of_the_others(store, add):
    layer = layers.define(store, "speech", producer="speech", version="1", parameters={})
    numbers = [add("/a.wav", label="owl"), add("/b.wav", label="owl")]
    cuts.announce_copies(store, [(number, f"clean/{number}.flac") for number in numbers])
    for number in numbers:
        layers.put_track(store, number, layer, "1", b"track")
        layers.put(store, number, layer, [Segment(1, 2, "voice")], digest="d")
        cuts.replace(store, number, "strip-voice", [Cut(1, 2, "excise", "voice", None, "p")])
        cuts.put_copy(store, CleanCopy(number, f"clean/{number}.flac", "d", 900, 9), [Piece(0, 0, 100)])
    info = AudioInfo(4410, 44100, 2, "flac", "pcm_16")
    facts = FileFacts(9, 9, "ff", info, None)
    assert recordings.replace(store, numbers[0], facts, at="2026-11-22") == recordings.Replaced()
    found = record(store, numbers[0])
    assert (found["sha256"], found["bytes"], found["duration"], found["sr"]) == ("ff", 9, 0.1, 44100)
    for table in ("coverage", "segments", "tracks", "cuts"):
        assert list(store.rows(f"SELECT recording FROM {table}")) == [(numbers[1],)], table
    assert dict(cuts.copies(store))[numbers[0]].digest is None
    assert dict(cuts.copies(store))[numbers[0]].path == f"clean/{numbers[0]}.flac"
    assert dict(cuts.copies(store))[numbers[1]].digest == "d"
    assert store.value("SELECT count(*) FROM labels") == 2


@pytest.mark.parametrize(
    ("producer", "stays"), [("import", True), ("BirdNET", True), ("search", False), ("pseudo-label", False)]
)
def test_of_the_same_length_stays_what_people_and_tables_said(store, add, producer, stays):
    number = add("/a.wav", label="owl", seconds=10.0)
    layer = layers.define(store, "some", producer=producer, version="1", parameters={})
    layers.put(store, number, layer, [Segment(1, 2, "owl")], digest="d")
    frames, sr = store.one("SELECT frames, sr FROM recordings WHERE id = ?", (number,))
    facts = FileFacts(9, 9, "ff", AudioInfo(frames, sr, 1, "wav", "pcm_16"), None)
    recordings.replace(store, number, facts, at="2026-11-22")
    for table in ("segments", "coverage"):
        assert store.value(f"SELECT count(*) FROM {table}") == stays, table


def test_the_length_that_decoding_gave_replaces_the_one_of_the_header(store, add):
    number = add(seconds=10.0)
    recordings.set_length(store, number, 1000, None)
    assert record(store, number)["problem"] is None
    recordings.set_length(store, number, 600, "ends early")
    found = record(store, number)
    assert (found["frames"], found["duration"], found["problem"]) == (600, 6.0, "ends early")


def test_the_longest_come_first_and_what_failed_not_at_all(store, add):
    short, long, middle = (add(f"/{seconds}.wav", seconds=seconds) for seconds in (1, 9, 5))
    add("/broken.wav", ok=False)
    assert list(recordings.longest_first(store)) == [(long, 9.0), (middle, 5.0), (short, 1.0)]


def test_files_come_in_the_order_asked_for_however_many_pages_that_takes(store, add, monkeypatch):
    monkeypatch.setattr(recordings, "_PAGE", 2)
    first, second, third = (add(f"/data/{name}.wav", seconds=2.5) for name in "abc")
    found = list(recordings.files(store, [third, first, second]))
    assert [file.recording for file in found] == [third, first, second]
    assert found[1] == recordings.File(first, "/data/a.wav", 2.5, 1000, 5, found[1].sha256)
