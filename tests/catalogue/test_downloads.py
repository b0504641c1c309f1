"""What archives answered, where recordings came from, and what could not be fetched."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.catalogue import attribution, downloads


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_an_answer_is_kept_as_it_came(store, body):
    downloads.keep_answer(store, "xeno-canto", "https://x?page=1", body)
    assert downloads.answer(store, "https://x?page=1") == body
    assert downloads.answer(store, "https://x?page=2") is None


def test_an_answer_to_the_same_request_replaces_the_earlier_one(store):
    for body in (b"old", b"new"):
        downloads.keep_answer(store, "gbif", "https://x", body)
    assert downloads.answer(store, "https://x") == b"new"
    assert store.value("SELECT count(*) FROM answers") == 1


def test_a_recording_is_known_by_all_of_its_names(store, add):
    number = add(archive="xeno-canto", archive_id="7")
    downloads.add_sources(store, number, [("gbif", "9", "https://g"), ("xeno-canto", "7", "https://x")])
    downloads.add_sources(store, number, [("gbif", "9", "https://other")])
    known = {(archive, archive_id): found for archive, archive_id, found in downloads.identities(store)}
    assert known == {("gbif", "9"): number, ("xeno-canto", "7"): number}
    assert downloads.sources(store) == set(known)
    [row] = attribution.credited(store)
    assert row[8] == "gbif:9; xeno-canto:7"


def test_a_miss_is_remembered_until_it_is_fetched_after_all(store):
    downloads.add_miss(store, ("gbif", "9"), "https://g", "busy", final=False)
    downloads.add_miss(store, ("gbif", "9"), "https://g", "gone", final=True)
    downloads.add_miss(store, ("gbif", "10"), "https://g", "busy", final=False)
    assert downloads.final_misses(store, max_seconds=None) == {("gbif", "9")}
    downloads.forget_misses(store, [("gbif", "9")])
    assert downloads.final_misses(store, max_seconds=None) == set()


def test_a_file_that_was_too_long_is_final_for_limits_below_its_length(store):
    downloads.add_miss(store, ("gbif", "9"), "https://g", "it is 9 s long", final=True, seconds=9.0)
    for limit, is_final in ((8.9, True), (9.0, False), (None, False)):
        assert bool(downloads.final_misses(store, max_seconds=limit)) == is_final


def test_what_is_said_of_a_folder_fills_gaps_and_changes_nothing_that_is_known(store, add, tmp_path):
    inside = os.path.join(tmp_path, "raw", "zenodo", "7", "")
    add(f"{inside}a.wav", archive_id="a.wav")
    add(f"{inside}XC1.wav", archive="xeno-canto", archive_id="1", license="cc0", recordist="Ann")
    add(os.path.join(tmp_path, "raw", "zenodo", "77", "b.wav"), archive_id="b.wav")
    claim = {"archive": "zenodo", "number": "7", "license": "CC-BY-4.0", "license_url": "https://l"}
    for _ in range(2):
        assert downloads.claim_folder(store, "raw/zenodo/7", **claim, recordist="Ben", url="https://z") == 2
    found = list(store.rows("SELECT archive, archive_id, license, recordist FROM recordings ORDER BY id"))
    assert found == [
        ("zenodo", "7/a.wav", "CC-BY-4.0", "Ben"),
        ("xeno-canto", "1", "cc0", "Ann"),
        ("local", "b.wav", "", ""),
    ]
