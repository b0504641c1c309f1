"""Downloading: everything is there once, with all that is known of it, whatever happened on the way."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import soundfile as sf

from curate.archives import inaturalist
from curate.catalogue.dataset import Dataset
from curate.errors import FormatError, NetError, UsageError
from curate.net.limits import Limit
from curate.steps.acquire.download import download
from curate.steps.acquire.example_archive import ExampleArchive
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.merge import merge
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from curate.steps.inspect.check import check
from curate.steps.inspect.explain import explain
from curate.steps.inspect.status import status
from tests.archives.servers import (
    KEY,
    Gbif,
    INaturalist,
    XenoCanto,
    gbif_occurrence,
    inat_observation,
    inat_sound,
)
from tests.datasets import shown, write_tone
from tests.downloads import files, state
from tests.fakes import faults
from tests.fakes.files import FileHost
from tests.fakes.sounds import sound


@pytest.fixture(scope="session")
def key_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("secrets") / "key"
    path.write_text(f"{KEY}\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def given_key(key_file, monkeypatch):
    """What `fetch` gives to Xeno-canto; a test may give it another."""
    monkeypatch.setitem(KEYS, "file", key_file)


@pytest.fixture
def xc():
    with XenoCanto() as server:
        yield server


@pytest.fixture
def birds(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        yield dataset


KEYS = {}


def fetch(dataset, server, archive="xeno-canto", **options):
    common = {"allow_private": True, "patience": 20.0, "jobs": 2}
    if archive == "xeno-canto":
        common |= {"taxon": ["Turdus merula"], "key_file": KEYS["file"]}
    return download(dataset, archive, server=server.url, **{**common, **options})


def ids(dataset):
    return sorted(row["recording_id"] for row in shown(dataset, "recordings"))


# The whole path.


def test_recordings_come_with_their_sound_and_all_that_is_known_of_them(birds, xc):
    summary = fetch(birds, xc)
    assert (summary.found, summary.chosen, summary.downloaded, summary.failed) == (7, 7, 7, 0)
    assert files(birds) == {f"xeno-canto/Turdus merula/XC{n}.wav": sound(n) for n in range(1, 8)}
    first = shown(birds, "recordings")[0]
    assert (first["recording_id"], first["label"], first["recordist"]) == (
        "xeno-canto:1",
        "Turdus merula",
        "Ann O'Hara 1",
    )
    assert (first["license"], first["date"], first["rating"]) == ("CC-BY-NC-SA-4.0", "2021-05", 4.0)
    assert (first["duration"], first["sr"], first["bytes"]) == (0.5, 8000, len(sound(1)))
    second = {
        (row["label"], row["role"]) for row in shown(birds, "labels") if row["recording_id"] == "xeno-canto:1"
    }
    assert second == {("Turdus merula", "primary"), ("Turdus pilaris", "secondary")}
    assert summary.taxa[0]["seconds"] == pytest.approx(3.5)


def test_the_same_command_asks_and_fetches_nothing_again(birds, xc):
    fetch(birds, xc)
    before = len(xc.seen)
    summary = fetch(birds, xc)
    assert (summary.asked, summary.kept, summary.known, summary.downloaded) == (0, 1, 7, 0)
    assert len(xc.seen) == before


def test_refresh_asks_anew_and_finds_what_is_new(birds):
    with XenoCanto(range(1, 4)) as server:
        fetch(birds, server)
        server.records += [{**server.records[0], "id": "9", "file": f"{server.url}/9/download"}]
        assert fetch(birds, server).downloaded == 0
        summary = fetch(birds, server, refresh=True)
    assert (summary.asked, summary.known, summary.downloaded) == (1, 3, 1)


def test_a_licence_that_changed_at_the_archive_is_told_once_and_not_taken_over(birds, xc):
    fetch(birds, xc)
    for record, words in zip(
        xc.records,
        ("by-nc-nd/4.0", "by/4.0", "by-nc-sa/3.0", "", "by-nc-sa/4.0", "no more", "by-nc-sa/4.0"),
        strict=True,
    ):
        record["lic"] = f"//creativecommons.org/licenses/{words}/" if "/" in words else words
    assert fetch(birds, xc).problems == []  # nobody was asked
    summary = fetch(birds, xc, refresh=True)
    told = [problem for problem in summary.problems if problem.kind == "changed"]
    assert [problem.path.rpartition("/")[2] for problem in told] == ["1", "2", "4", "6"]
    assert "is CC-BY-NC-ND-4.0 there now; the dataset keeps CC-BY-NC-SA-4.0" in told[0].reason
    assert {row["license"] for row in shown(birds, "recordings")} == {"CC-BY-NC-SA-4.0"}
    # One would be left out now.
    assert [problem.kind for problem in fetch(birds, xc).problems] == ["still-here"]


def test_recordings_that_are_called_otherwise_at_the_archive_are_told_once_and_keep_their_labels(birds, xc):
    fetch(birds, xc)
    changes = (
        {"sp": "pilaris", "en": "Fieldfare"},  # the whole genus is asked for
        {"gen": "Mystery", "sp": "mystery"},
        {"gen": "Parus", "sp": "major"},  # listed under another genus now
        {"ssp": "merula", "en": "Blackbird", "also": ["Strix aluco"]},  # no other species
    )
    for record, change in zip(xc.records, changes, strict=False):
        record.update(change)
    del xc.records[4]
    genus = {"taxon": ["Turdus", "Mystery"], "refresh": True}
    assert fetch(birds, xc, taxon=["Turdus", "Mystery"]).problem_counts["changed"] == 2
    told = {each.path.rpartition("/")[2]: each.reason for each in fetch(birds, xc, **genus).problems}
    assert (
        told["1"]
        == "it is called 'Turdus pilaris' there now; the dataset keeps 'Turdus merula', as it was fetched"
    )
    assert (
        told["2"] == "it has no species there any more; the dataset keeps 'Turdus merula', as it was fetched"
    )
    assert told.keys() == {"1", "2"}
    # Of the search by which they were fetched, three are called otherwise, and one is gone.
    told = [each for each in fetch(birds, xc, refresh=True).problems if each.kind == "changed"]
    assert sorted(each.path.rpartition("/")[2] for each in told) == ["1", "2", "3", "5"]
    assert all("lists it under Turdus merula no more" in each.reason for each in told)
    assert fetch(birds, xc).problems == []
    assert {row["label"] for row in shown(birds, "labels") if row["role"] == "primary"} == {"Turdus merula"}


def test_known_recordings_keep_their_label_where_a_later_table_has_another_and_it_is_told(
    birds, xc, tmp_path
):
    fetch(birds, xc, limit=3)
    table = tmp_path / "taxa.csv"
    table.write_text("primary_label,scientific_name\neurbla,Turdus merula\n", encoding="utf-8")
    told, classes = fetch(birds, xc, taxon=[], taxa=table).problems
    assert (classes.kind, classes.path) == ("spelling", "Turdus merula")
    assert (told.kind, told.path) == ("disagreement", "eurbla")
    assert told.reason == "'Turdus merula' stays the label of 3 known recordings; new ones get 'eurbla'"
    assert sorted(row["label"] for row in shown(birds, "labels") if row["role"] == "primary") == [
        *["Turdus merula"] * 3,
        *["eurbla"] * 4,
    ]


def test_a_sound_of_two_species_is_called_otherwise_only_where_neither_is_its_label(birds):
    frog, newt = (
        {"id": n, "name": name, "rank": "species"}
        for n, name in ((20979, "Rana temporaria"), (7, "Rana dalmatina"))
    )
    with INaturalist() as server:
        both = [inat_sound(1, host=server.url)]
        server.observations = [
            inat_observation(101, both, taxon=frog),
            inat_observation(102, both, taxon=newt),
        ]
        options = {"server": server.url, "allow_private": True, "patience": 5.0, "box": "50,-5,53,1"}
        download(birds, "inaturalist", **options)
        assert download(birds, "inaturalist", refresh=True, **options).problems == []
        server.observations = server.observations[1:]
        [told] = download(birds, "inaturalist", refresh=True, **options).problems
        assert "is called 'Rana dalmatina' there now; the dataset keeps 'Rana temporaria'" in told.reason


def test_a_sound_that_another_species_leads_to_as_well_is_no_news(birds):
    """Who asks for one of its species alone does not learn whether it still is of the other."""
    frog, newt = (
        {"id": n, "name": name, "rank": "species"}
        for n, name in ((20979, "Rana temporaria"), (7, "Rana dalmatina"))
    )
    with INaturalist() as server:
        server.taxa.append({**newt, "is_active": True})
        both = [inat_sound(1, host=server.url)]
        server.observations = [
            inat_observation(101, both, taxon=frog),
            inat_observation(102, both, taxon=newt),
        ]
        options = {"archive": "inaturalist", "taxon": ["Rana temporaria"]}
        fetch(birds, server, **options)
        options["taxon"] = ["Rana dalmatina"]
        assert fetch(birds, server, **options).problem_counts["changed"] == 0
        assert fetch(birds, server, **options, refresh=True).problem_counts["changed"] == 0
        # Both are asked for, and it is found as one of them only.
        server.observations = server.observations[1:]
        options["taxon"] = ["Rana temporaria", "Rana dalmatina"]
        summary = fetch(birds, server, **options, refresh=True)
        told = [each.reason for each in summary.problems if each.kind == "changed"]
        assert told == [
            "it is called 'Rana dalmatina' there now; the dataset keeps 'Rana temporaria', as it was fetched"
        ]


def test_a_list_that_is_left_early_or_is_not_whole_tells_of_nothing_that_is_gone(birds):
    with INaturalist() as server:
        options = {"server": server.url, "allow_private": True, "patience": 5.0, "taxon": ["Rana temporaria"]}
        download(birds, "inaturalist", **options)
        assert download(birds, "inaturalist", refresh=True, max_per_taxon=1, **options).problems == []
        server.observations = server.observations[:-1]
        [told] = download(birds, "inaturalist", refresh=True, **options).problems
        assert "inaturalist lists it under Rana temporaria no more" in told.reason


def test_all_pages_are_read_also_where_records_move_between_them(birds):
    with XenoCanto(range(1, 8), per_page=3) as server:
        # Between the pages a record was taken from the first: the second begins one too late.
        moved = {"once": True}

        def shift(page, listed):
            if page == 2 and moved.pop("once", None):
                return [server.records[2], *server.records[4:6]]
            return listed

        server.shift = shift
        summary = fetch(birds, server)
    assert ids(birds) == [f"xeno-canto:{n}" for n in range(1, 8)]
    assert "unlisted" not in summary.problem_counts


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("number", range(1, 8))
def test_all_others_are_found_where_a_record_is_withdrawn_while_pages_are_read(birds, page, number):
    with XenoCanto(range(1, 8), per_page=3) as server:

        def shift(asked, listed):
            if asked == page:  # answered, and then one is gone
                server.records = [each for each in server.records if each["id"] != str(number)]
            return listed

        server.shift = shift
        summary = fetch(birds, server, metadata_only=True)
        assert summary.problem_counts == {}
        assert fetch(birds, server).asked == 0
    assert set(ids(birds)) == {f"xeno-canto:{n}" for n in range(1, 8)} - {f"xeno-canto:{number}"}


def test_a_list_that_changes_each_time_that_it_is_read_is_told_and_asked_for_again(birds):
    with XenoCanto(range(1, 12), per_page=3) as server:
        everything = server.records

        def shift(asked, listed):
            if asked == 1:
                server.records = everything[1:]
            elif asked == 4:
                server.records = everything
            return listed

        server.shift = shift
        summary = fetch(birds, server, metadata_only=True)
        assert (summary.chosen, summary.problem_counts) == (10, {"unlisted": 1})
        assert summary.problems[0].reason == "xeno-canto reports 11 records, but lists 10"
        server.shift = None
        summary = fetch(birds, server)
    assert (summary.problem_counts, summary.downloaded) == ({}, 11)


@pytest.mark.parametrize("options", [{"taxon": ["Turdus merula"]}, {"country": "Spain"}])
def test_records_that_are_promised_and_not_listed_are_told_and_asked_for_again(birds, options):
    with XenoCanto(range(1, 4)) as server:
        promise = {
            "numRecordings": "999999999",
            "numSpecies": "1",
            "page": 1,
            "numPages": 1,
            "recordings": [],
        }
        server.arm(faults.says(200, json.dumps(promise).encode()), path="recordings")
        summary = fetch(birds, server, **options)
        assert (summary.found, summary.problem_counts) == (0, {"unlisted": 1})
        assert "reports 999,999,999 records, but lists 0" in summary.problems[0].reason
        server.disarm()
        assert fetch(birds, server, **options).downloaded == 3


def test_members_annotations_become_a_layer_of_segments(birds):
    boxes = {
        "annotations": [
            {"start_time": 0.1, "end_time": 9, "frequency_low": 1000, "scientific_name": "Turdus merula"}
        ]
    }
    with XenoCanto(range(1, 3), changes={2: {"annotation-set": boxes}}) as server:
        fetch(birds, server)
    [segment] = shown(birds, "segments")
    assert (segment["recording_id"], segment["layer"], segment["label"]) == (
        "xeno-canto:2",
        "annotations",
        "Turdus merula",
    )
    assert (segment["onset"], segment["offset"], segment["low_freq"]) == (0.1, 0.5, 1000)


def test_members_annotations_beyond_the_end_are_told(birds):
    spans = ((0.1, 0.55), (0.2, 4.0), (5.0, 6.0))
    boxes = [{"start_time": start, "end_time": end, "sound_type": "song"} for start, end in spans]
    with XenoCanto(range(1, 3), changes={2: {"annotation-set": {"annotations": boxes}}}) as server:
        [told] = fetch(birds, server).problems
    assert (told.kind, told.path.rpartition("/")[2]) == ("read-as", "2")
    assert told.reason.startswith("2 of its 3 annotations reach beyond its end of 0.5 s, 1 lie behind it")
    assert [(row["onset"], row["offset"]) for row in shown(birds, "segments")] == [(0.1, 0.5), (0.2, 0.5)]


def test_labels_are_those_of_the_user_s_table(birds, xc, tmp_path):
    table = tmp_path / "taxonomy.csv"
    table.write_text(
        "primary_label,scientific_name,common_name,class_name\neurbla,Turdus merula,Eurasian Blackbird,Aves\n"
        "fieldf,Turdus pilaris,Fieldfare,Aves\n"
    )
    summary = fetch(birds, xc, taxon=(), taxa=table)
    assert {(row["label"], row["role"]) for row in shown(birds, "labels")} == {
        ("eurbla", "primary"),
        ("fieldf", "secondary"),
    }
    assert min(files(birds)) == "xeno-canto/eurbla/XC1.wav"
    [problem] = summary.problems
    assert (problem.kind, problem.path) == ("unknown-taxon", "Turdus pilaris")


def test_a_misspelt_name_is_reported_with_near_ones(birds, xc):
    summary = fetch(birds, xc, taxon=["Turdus merulla", "Turdus merula"])
    [problem] = summary.problems
    assert "did you mean 'Turdus merula'?" in problem.reason
    assert summary.downloaded == 7


@pytest.mark.parametrize("again", [False, True])
def test_a_question_of_unknown_names_alone_is_an_error_each_time(birds, xc, again):
    for _ in range(1 + again):
        with pytest.raises(UsageError, match="xeno-canto lacks the name that you asked for") as told:
            fetch(birds, xc, taxon=["Turdus merulla"])
        assert told.value.hint.endswith("did you mean 'Turdus merula'?")
    with pytest.raises(UsageError, match="lacks any of the 2 names") as told:
        fetch(birds, xc, taxon=["Turdus merulla", "Turdus pilaris"], metadata_only=True)
    assert "Turdus pilaris: Xeno-canto has nothing" in told.value.hint


@pytest.mark.parametrize(
    ("rows", "hint"),
    [("", "give a table with rows"), (",owl\nno url,owl\n", "u.csv:3: 'no url' is no whole URL")],
)
def test_a_table_of_which_no_row_can_be_used_is_an_error(birds, tmp_path, rows, hint):
    (tmp_path / "u.csv").write_text(f"url,label\n{rows}")
    with pytest.raises(UsageError, match="no row of the table can be asked for") as told:
        download(birds, "urls", file=tmp_path / "u.csv")
    assert hint in told.value.hint


def test_nothing_on_these_terms_is_no_error(birds, xc):
    assert fetch(birds, xc, country="Chad").found == 0


def test_an_empty_name_does_not_ask_for_everything(birds, xc):
    with pytest.raises(UsageError, match="the name of a taxon is empty"):
        fetch(birds, xc, taxon=[""], country="Spain")


def test_a_table_without_one_clear_name_does_not_ask_for_everything(birds, xc, tmp_path):
    table = tmp_path / "taxonomy.csv"
    table.write_text("primary_label,scientific_name\na,Turdus merula\nb,Turdus merula\n")
    with pytest.raises(FormatError, match="each of its names under several labels"):
        fetch(birds, xc, taxon=(), taxa=table, country="Spain")


# What is taken.


def test_licences_that_forbid_derivatives_are_left_out_with_a_count(birds):
    nd = {"lic": "//creativecommons.org/licenses/by-nc-nd/4.0/"}
    with XenoCanto(range(1, 4), changes={2: nd}) as server:
        assert fetch(birds, server).excluded == {"no_derivatives": 1}
        assert ids(birds) == ["xeno-canto:1", "xeno-canto:3"]
        assert fetch(birds, server, allow_nd=True).downloaded == 1


def test_only_the_licences_asked_for_are_taken(birds):
    free = {"lic": "//creativecommons.org/publicdomain/zero/1.0/"}
    with XenoCanto(range(1, 4), changes={2: free}) as server:
        summary = fetch(birds, server, license="cc0,by")
    assert (ids(birds), summary.excluded) == (["xeno-canto:2"], {"license": 2})
    with pytest.raises(UsageError, match="unknown licence 'gpl'"):
        fetch(birds, server, license="gpl")


def test_of_each_taxon_the_best_rated_are_taken(birds, xc):
    summary = fetch(birds, xc, max_per_taxon=2)
    assert ids(birds) == ["xeno-canto:1", "xeno-canto:5"]  # rated A and B
    assert summary.chosen == 2
    assert fetch(birds, xc, max_per_taxon=2).downloaded == 0


def test_labels_above_the_cap_with_recordings_from_elsewhere_are_named(birds, xc, tmp_path):
    assert fetch(birds, xc, max_per_taxon=2).above_cap == []
    write_tone(tmp_path / "own" / "Turdus merula" / "a.wav")
    import_(birds, tmp_path / "own")
    summary = fetch(birds, xc, max_per_taxon=2)
    assert (summary.chosen, summary.above_cap) == (2, ["Turdus merula"])


def test_long_recordings_are_left_out_by_what_the_archive_says_and_by_what_came(birds):
    with XenoCanto(range(1, 4), changes={2: {"length": "9:00"}, 3: {"length": ""}}) as server:
        server.records[2]["file"] = server.records[2]["file"].replace("/3/", "/3/")
        summary = fetch(birds, server, max_seconds=0.4)
    assert (summary.excluded, summary.failed) == ({"too_long": 2}, 1)
    assert ids(birds) == []


def test_a_limit_leaves_the_rest_for_the_next_time(birds, xc):
    summary = fetch(birds, xc, limit=3)
    assert (summary.downloaded, summary.waiting) == (3, 4)
    assert fetch(birds, xc).downloaded == 4


def test_what_a_test_set_has_is_left_out(birds, xc, tmp_path):
    (tmp_path / "test.csv").write_text("filename,url\nblack/XC1.ogg,\nx.ogg,https://www.xeno-canto.org/2\n")
    (tmp_path / "manifest.csv").write_text("recording_id,path\nxeno-canto:3,a.wav\n")
    known = [tmp_path / "test.csv", tmp_path / "manifest.csv"]
    summary = fetch(birds, xc, exclude=known)
    assert ids(birds) == [f"xeno-canto:{n}" for n in range(4, 8)]
    assert summary.excluded == {"known_elsewhere": 3}
    manifest(birds, tmp_path / "train.parquet")
    manifest(birds, tmp_path / "train.jsonl")
    for place in (birds.folder, tmp_path / "train.parquet", tmp_path / "train.jsonl"):
        with Dataset(tmp_path / f"without {place.name}") as other:
            assert fetch(other, xc, exclude=[place], metadata_only=True).chosen == 3


def test_a_test_set_in_which_nothing_is_recognised_is_told(birds, xc, tmp_path):
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="names only recordings outside the archives"):
        fetch(birds, xc, exclude=[tmp_path / "odd.csv"])


def test_a_preview_asks_but_fetches_no_sound(birds, xc):
    summary = fetch(birds, xc, metadata_only=True)
    assert (summary.chosen, summary.waiting, summary.downloaded) == (7, 7, 0)
    assert summary.taxa[0]["seconds"] == 7
    assert not xc.asked("download")
    assert fetch(birds, xc).asked == 0


def test_a_preview_counts_as_the_run_does(birds):
    with XenoCanto(range(1, 8), changes={n: {"length": ""} for n in range(1, 8)}) as server:
        server.arm(faults.gone(), path="^/3/")
        fetch(birds, server, limit=4)
        for options in ({}, {"retry_failed": True}, {"max_seconds": 0.4}):
            preview = fetch(birds, server, metadata_only=True, **options)
            run = fetch(birds, server, limit=0, **options)
            assert (preview.chosen, preview.known, preview.missing, preview.waiting) == (
                run.chosen,
                run.known,
                run.missing,
                run.waiting,
            )
            assert preview.waiting == (4 if "retry_failed" in options else 3)


def test_a_dry_run_asks_nobody_and_writes_nothing(birds, xc):
    summary = fetch(birds, xc, dry_run=True)
    assert "query=gen%3ATurdus+sp%3Amerula" in summary.questions[0]
    assert not xc.seen
    assert not birds.folder.exists()


def test_a_dry_run_of_a_table_tells_the_files_that_it_names(birds, tmp_path):
    (tmp_path / "list.csv").write_text("url,label\nhttps://example.org/a.wav,owl\n")
    summary = download(birds, "urls", file=tmp_path / "list.csv", dry_run=True)
    assert (summary.found, summary.questions) == (1, ["https://example.org/a.wav"])


# The same sound by two ways.


def test_a_recording_that_an_import_brought_is_not_fetched_but_gets_its_source(birds, xc, tmp_path):
    write_tone(tmp_path / "data" / "black" / "XC3.wav")
    import_(birds, [tmp_path / "data"], jobs=1)
    summary = fetch(birds, xc)
    assert (summary.known, summary.linked, summary.downloaded) == (1, 1, 6)
    assert ids(birds) == [f"xeno-canto:{n}" for n in range(1, 8)]


def test_a_recording_that_gbif_leads_to_as_well_is_there_once_with_both_references(birds, xc):
    fetch(birds, xc)
    media = [{"type": "Sound", "identifier": f"{xc.url}/sounds/uploaded/ABC/XC3-song.wav"}]
    with Gbif([gbif_occurrence(77, media, catalogNumber="XC3")]) as gbif:
        summary = fetch(birds, gbif, "gbif", taxon=["Troglodytes troglodytes"])
    assert (summary.known, summary.linked, summary.downloaded) == (1, 1, 0)
    with (birds.folder / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as file:
        [row] = [row for row in csv.DictReader(file) if row["recording_id"] == "xeno-canto:3"]
    assert row["sources"] == "gbif:77; xeno-canto:3"
    others = explain(birds, "xeno-canto:3").sources
    assert [(each["archive"], each["archive_id"]) for each in others] == [("gbif", "77")]


def test_a_sound_on_two_observations_is_fetched_once_with_both_labels(birds):
    with INaturalist() as server:
        toad = {"id": 2, "name": "Bufo bufo", "rank": "species", "iconic_taxon_name": "Amphibia"}
        shared = inat_sound(1, host=server.url)
        server.observations = [inat_observation(101, [shared]), inat_observation(102, [shared], taxon=toad)]
        summary = fetch(birds, server, "inaturalist", place="7")
    assert (summary.found, summary.chosen, summary.downloaded) == (2, 1, 1)
    assert {(row["label"], row["role"]) for row in shown(birds, "labels")} == {
        ("Rana temporaria", "primary"),
        ("Bufo bufo", "secondary"),
    }


# The other archives.


def test_inaturalist_is_walked_by_id(birds):
    with INaturalist() as server:
        summary = fetch(birds, server, "inaturalist", taxon=["Rana temporaria"])
        pages = server.asked("observations")
    assert (summary.downloaded, len(pages)) == (5, 3)
    assert [question.query["id_above"] for question in pages] == ["0", "102", "104"]
    assert min(files(birds)) == "inaturalist/Rana temporaria/iNat1.wav"


def test_a_server_that_repeats_its_answers_for_ever_is_left(birds):
    with INaturalist() as server:
        first = server.observations[:2]
        server.arm(
            faults.says(200, json.dumps({"total_results": 9, "results": first}).encode()), path="observations"
        )
        summary = fetch(birds, server, "inaturalist", place="7")
        assert len(server.asked("observations")) == 2
    assert summary.downloaded == 2
    assert summary.problem_counts == {"unlisted": 1}


def test_gbif_is_read_page_by_page(birds):
    with Gbif(cap=2) as server:
        server.records = [
            gbif_occurrence(n, [{"type": "Sound", "identifier": f"{server.url}/files/{'x' * n}.wav"}])
            for n in range(1, 6)
        ]
        summary = fetch(birds, server, "gbif", taxon=["Troglodytes troglodytes"])
        assert [q.query["offset"] for q in server.asked("occurrence")] == ["0", "2", "4"]
    assert summary.downloaded == 5
    assert ids(birds) == [f"gbif:{n}" for n in range(1, 6)]


def test_a_file_of_the_colombian_sound_archive_is_found_as_wav_or_as_mp3(birds, tmp_path):
    def place(number, ending):
        return f"/rec/sonidos/IAvH-CSA-{number}/IAvH-CSA-{number}.{ending}"

    table = tmp_path / "train.csv"
    table.write_text(
        "primary_label,scientific_name,url\n"
        + "".join(f"{n},Frog {n},http://colecciones.humboldt.org.co{place(n, 'mp3')}\n" for n in (5, 6, 7))
    )
    with FileHost({place(5, "wav"): sound(5), place(6, "mp3"): sound(6, "MP3")}) as host:
        summary = download(birds, "csa", table=table, files=host.url, allow_private=True, patience=5)
        tried = [question.path for question in host.asked("CSA-6")]
    assert (summary.downloaded, summary.failed) == (2, 1)
    assert sorted(files(birds)) == ["csa/5/CSA5.wav", "csa/6/CSA6.mp3"]
    assert tried == [place(6, "wav"), place(6, "mp3")]


def test_a_table_of_urls_is_fetched_with_its_checksums(birds, tmp_path):
    body = sound(1)
    digest = hashlib.sha256(body).hexdigest()
    with FileHost({"/a.wav": body, "/b.wav": sound(2)}) as host:
        table = tmp_path / "list.csv"
        table.write_text(
            f"url,label,sha256\n{host.url}/a.wav,owl,{digest}\n{host.url}/b.wav,owl,{'0' * 64}\n"
            f"file:///etc/passwd,owl,\n{host.url}/c.wav,,\n"
        )
        summary = download(birds, "urls", file=table, allow_private=True, patience=5)
        assert (summary.downloaded, summary.failed) == (1, 3)
        assert not any("passwd" in path for path in files(birds))
        with Dataset(tmp_path / "other") as other:
            assert download(other, "urls", file=table, patience=5).downloaded == 0  # loopback was not allowed
    assert sorted(problem.kind for problem in summary.problems) == ["failed"] * 3


class Measured(inaturalist.INaturalist):
    """iNaturalist on loopback, which gives no more in a day than three of its sounds."""

    limits: ClassVar = {"127.0.0.1": Limit(requests=None, day=3 * len(sound(1)))}


def test_what_an_archive_gives_in_a_day_is_kept_to_over_all_runs(birds):
    with INaturalist() as server:

        def again():
            archive = Measured(place="7", server=server.url)
            return download(birds, archive, allow_private=True, patience=20.0, jobs=1)

        first = again()
        assert (first.downloaded, first.postponed, first.waiting, first.failed) == (3, 2, 2, 0)
        [problem] = first.problems
        assert problem.kind == "postponed"
        assert "GB in 24 hours, and curate has used them up; the same command continues" in problem.reason
        asked = len(server.seen)
        assert (again().downloaded, len(server.seen)) == (0, asked)
        with birds.noting() as store:
            store.run("UPDATE traffic SET hour = hour - 26")
        second = again()
    assert (second.downloaded, second.postponed) == (2, 0)
    assert files(birds) == {f"inaturalist/Rana temporaria/iNat{n}.wav": sound(n) for n in range(1, 6)}


def test_files_of_a_table_are_read_only_from_the_folder_that_was_allowed(birds, tmp_path):
    for folder in ("mine", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.wav").write_bytes(sound(1))
    table = tmp_path / "list.csv"
    table.write_text(f"url,label\nfile://{tmp_path}/mine/a.wav,owl\nfile://{tmp_path}/other/a.wav,owl\n")
    summary = download(birds, "urls", file=table)
    assert (summary.downloaded, summary.failed) == (0, 2)
    assert all("is a file of this machine" in problem.reason for problem in summary.problems)
    summary = download(birds, "urls", file=table, allow_files=tmp_path / "mine")
    assert (summary.downloaded, summary.failed) == (1, 1)
    assert list(files(birds).values()) == [sound(1)]


# What goes wrong.


def test_what_was_taken_offline_is_told_once_and_asked_for_again_only_on_request(birds, xc):
    xc.arm(faults.gone(), path="^/3/")
    summary = fetch(birds, xc)
    assert (summary.downloaded, summary.failed) == (6, 1)
    assert ids(birds) == [f"xeno-canto:{n}" for n in (1, 2, 4, 5, 6, 7)]
    assert [row["step"] for row in status(birds).failures] == ["download"]
    before = len(xc.asked("^/3/"))
    summary = fetch(birds, xc)
    assert (summary.missing, len(xc.asked("^/3/"))) == (1, before)
    xc.disarm()
    assert fetch(birds, xc, retry_failed=True).downloaded == 1
    assert status(birds).failures == []


def test_a_file_that_was_too_long_is_fetched_again_once_the_limit_allows_it(birds):
    with XenoCanto(range(1, 4), changes={n: {"length": ""} for n in (1, 2, 3)}) as server:
        assert fetch(birds, server, max_seconds=0.4).failed == 3
        before = len(server.asked("download"))
        assert fetch(birds, server, max_seconds=0.3).missing == 3
        assert len(server.asked("download")) == before
        assert fetch(birds, server, max_seconds=0.5, limit=1).downloaded == 1
        assert fetch(birds, server).downloaded == 2
    assert status(birds).failures == []


def test_a_file_that_a_killed_run_left_is_held_to_the_limit_of_this_run(birds):
    with XenoCanto([1], changes={1: {"length": ""}}) as server:
        left = birds.raw / "xeno-canto" / "Turdus merula" / "XC1.wav"
        left.parent.mkdir(parents=True)
        left.write_bytes(sound(1))
        assert fetch(birds, server, max_seconds=0.4).failed == 1
        assert ids(birds) == []
        assert fetch(birds, server, max_seconds=0.3).missing == 1
        assert fetch(birds, server, max_seconds=0.5).downloaded == 1
        assert server.asked("download") == []
    assert status(birds).failures == []


def test_a_file_that_is_no_audio_is_tried_again_only_on_request(birds, xc):
    xc.arm(faults.says(200, bytes(range(256)) * 8, "audio/wav"), path="^/3/")
    assert fetch(birds, xc).failed == 1
    before = len(xc.asked("^/3/"))
    assert (fetch(birds, xc).missing, len(xc.asked("^/3/"))) == (1, before)
    xc.disarm()
    assert fetch(birds, xc, retry_failed=True).downloaded == 1


def test_a_file_that_was_removed_is_fetched_again_and_put_back(birds, xc, tmp_path):
    fetch(birds, xc)
    before = state(birds.folder)
    times = {path: path.stat().st_mtime_ns for path in birds.raw.rglob("*.wav")}
    gone = sorted(times)[:3]
    for path in gone:
        path.unlink()
    summary = fetch(birds, xc, limit=2)
    assert (summary.known, summary.restored, summary.downloaded, summary.waiting) == (7, 2, 0, 1)
    shutil.rmtree(birds.raw)
    # The folder of the label is another one now, and the file goes there.
    table = tmp_path / "taxa.csv"
    table.write_text("primary_label,scientific_name\neurbla,Turdus merula\n", encoding="utf-8")
    assert fetch(birds, xc, taxon=[], taxa=table).restored == 7
    assert all("eurbla" in row["path"] for row in shown(birds, "recordings"))
    assert {path.stat().st_mtime_ns for path in birds.raw.rglob("*.wav")} == set(times.values())
    shutil.rmtree(birds.raw)
    assert fetch(birds, xc).restored == 7
    assert state(birds.folder) == before
    assert (fetch(birds, xc).restored, check(birds).wrong) == (0, [])


def test_a_file_that_was_removed_and_replaced_at_its_archive_is_told(birds, tmp_path):
    with FileHost({"/a.wav": sound(1), "/b.wav": sound(2)}) as host:
        table = tmp_path / "list.csv"
        table.write_text(f"url,label\n{host.url}/a.wav,owl\n{host.url}/b.wav,owl\n", encoding="utf-8")
        options = {"file": table, "allow_private": True}
        download(birds, "urls", **options)
        first = next(path for path in birds.raw.rglob("*_a.wav*"))
        first.unlink()
        host.files["/a.wav"] = sound(3)
        summary = download(birds, "urls", **options)
    assert (summary.restored, summary.downloaded) == (0, 0)
    [told] = summary.problems
    assert (told.kind, told.path) == ("changed", str(first))
    assert "curate import --replace-changed" in told.reason
    assert len(shown(birds, "recordings")) == 2
    import_(birds, first, replace_changed=True)
    assert len(shown(birds, "recordings")) == 2
    assert check(birds).wrong == []


def test_a_file_without_a_sample_is_no_recording(birds, tmp_path):
    empty = io.BytesIO()
    sf.write(empty, np.zeros(0, np.float32), 16000, format="WAV")
    with FileHost({"/a.wav": empty.getvalue()}) as host:
        table = tmp_path / "list.csv"
        table.write_text(f"url,label\n{host.url}/a.wav,owl\n", encoding="utf-8")
        options = {"file": table, "allow_private": True}
        summary = download(birds, "urls", **options)
        assert (summary.downloaded, summary.failed) == (0, 1)
        assert "it holds no sound" in summary.problems[0].reason
        again = download(birds, "urls", **options)
        assert (again.missing, len(host.seen)) == (1, 1)


def test_an_error_page_is_never_registered_as_sound(birds, xc):
    xc.arm(faults.page_instead("audio/mpeg"), path="download")
    summary = fetch(birds, xc, limit=2)
    assert (summary.downloaded, summary.failed) == (0, 2)
    assert files(birds) == {}
    assert ids(birds) == []
    xc.disarm()
    assert fetch(birds, xc).downloaded == 7  # a page is often gone the next time


def test_an_answer_that_is_none_is_not_kept(birds, xc):
    xc.arm(faults.page_instead(), path="recordings", times=1)
    with pytest.raises(NetError, match="something else"):
        fetch(birds, xc)
    assert fetch(birds, xc).downloaded == 7


def test_nothing_is_left_of_what_is_not_to_be_had(birds, xc):
    xc.arm(faults.gone(), path="^/3/")
    xc.arm(faults.page_instead(), path="^/4/")
    fetch(birds, xc)
    left = [name for _, _, names in os.walk(birds.raw) for name in names if ".part" in name]
    assert left == []


def test_options_that_an_archive_does_not_have_are_told(birds):
    with pytest.raises(UsageError, match="xeno-canto lacks the option 'place'") as caught:
        download(birds, "xeno-canto", place="7")
    assert "taxon" in caught.value.hint
    with pytest.raises(UsageError, match="zenodo needs the record"):
        download(birds, "zenodo")
    with pytest.raises(UsageError, match="unknown archive 'xeno-cant'"):
        download(birds, "xeno-cant")


# Killed.


def command(server, folder):
    return [
        *(
            sys.executable,
            "-m",
            "curate",
            "download",
            "xeno-canto",
            "--server",
            server.url,
            "--allow-private",
        ),
        *("--taxon", "Turdus merula", "--dataset", str(folder), "--quiet", "--jobs", "2", "--patience", "20"),
        *("--key-file", str(KEYS["file"])),
    ]


def test_killed_and_disturbed_at_random_it_ends_like_an_undisturbed_run(tmp_path):
    rng = random.Random(20261122)
    with XenoCanto(range(1, 41), per_page=12) as server:
        subprocess.run(command(server, tmp_path / "undisturbed"), check=True)
        expected = state(tmp_path / "undisturbed")
        server.arm(faults.cut(2000), path="/[1-9]?[369]/download", times=6)
        server.arm(faults.busy(503, Retry_After="0"), path="", times=3)
        server.arm(faults.drips(80_000), path="download")
        killed = 0
        for _ in range(6):
            process = subprocess.Popen(command(server, tmp_path / "birds"), stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=rng.uniform(0.5, 1.6))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, rng.choice([signal.SIGKILL, signal.SIGINT]))
                killed += 1
                process.wait()
        server.disarm()
        done = subprocess.run(command(server, tmp_path / "birds"), check=False)
    assert done.returncode == 0
    assert state(tmp_path / "birds") == expected
    assert killed


# The key.


def test_the_key_is_nowhere(birds, xc, tmp_path, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    xc.arm(faults.gone(), path="^/3/")
    summary = fetch(birds, xc)
    xc.arm(faults.says(400, b'{"error":"client_error","message":"bad"}'), path="recordings")
    said = []
    for options in ({"refresh": True}, {"refresh": True, "query": "q:A"}):
        with pytest.raises(UsageError) as caught:
            fetch(birds, xc, **options)
        said += [str(caught.value), str(caught.value.hint), repr(caught.value), repr(caught.value.__cause__)]
    wrong = tmp_path / "wrong"
    wrong.write_text(KEY.upper(), encoding="utf-8")
    monkeypatch.setitem(KEYS, "file", wrong)
    xc.disarm()
    with pytest.raises(UsageError, match="refused the key") as caught:
        fetch(birds, xc, refresh=True)
    said += [str(caught.value), str(caught.value.hint)]
    written = b"".join(
        Path(where, name).read_bytes() for where, _, names in os.walk(birds.folder) for name in names
    )
    assert len(xc.asked("recordings")[0].query["key"]) == len(KEY)
    for place in (written, caplog.text.encode(), json.dumps(said).encode(), repr(summary).encode()):
        assert KEY.encode().lower() not in place.lower()


# Credits.


def test_the_secrets_of_urls_in_a_table_are_nowhere(birds, tmp_path, caplog):
    """A password, a store's signature, a token: fetched with, and seen in no file, message or log."""
    secrets = ("geheim4711", "deadbeefcafe", "AKIA0815", "t0ken4711")
    signed = "X-Amz-Credential=AKIA0815&X-Amz-Signature=deadbeefcafe&X-Amz-Date=1"
    with FileHost({f"/{n}.wav": sound(n) for n in range(3)}) as host, caplog.at_level(logging.DEBUG):
        port = host.url.rpartition(":")[2]
        table = tmp_path / "list.csv"
        rows = [f"http://ann:geheim4711@127.0.0.1:{port}/{{}}.wav", f"{host.url}/{{}}.wav?{signed}"]
        rows += [f"{host.url}/{{}}.wav?id=7&user_token=t0ken4711"]
        lines = [row.format(n) for n, row in enumerate(rows)] + [
            row.format(f"gone{n}") for n, row in enumerate(rows)
        ]
        table.write_text("url,label\n" + "".join(f"{line},owl\n" for line in lines), encoding="utf-8")
        options = {"file": table, "allow_private": True, "patience": 1.0}
        questions = download(birds, "urls", **options, dry_run=True).questions
        summary = download(birds, "urls", **options)
        assert (summary.downloaded, summary.failed) == (3, 3)
        assert [each.query.get("user_token") for each in host.asked("^/2.wav")] == ["t0ken4711"]
        # Another signature of the same file is the same recording.
        table.write_text(table.read_text().replace("deadbeefcafe", "c0ffee").replace("Date=1", "Date=2"))
        again = download(birds, "urls", **options)
        assert (again.known, again.downloaded) == (3, 0)
    birds.close()
    told = [*questions, *(f"{each.path} {each.reason}" for each in (*summary.problems, *again.problems))]
    kept = b"".join(path.read_bytes() for path in birds.folder.rglob("*") if path.is_file())
    for secret in secrets:
        assert not any(secret in text for text in (*told, caplog.text))
        assert secret.encode() not in kept


def test_credits_name_who_what_licence_and_link(birds, xc):
    fetch(birds, xc, limit=2)
    page = (birds.folder / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "CC-BY-NC-SA-4.0" in page
    assert "Ann O'Hara 1" in page
    found = credited(birds)
    assert [row["url"] for row in found] == ["https://xeno-canto.org/1", "https://xeno-canto.org/2"]
    assert found[0]["license_url"] == "https://creativecommons.org/licenses/by-nc-sa/4.0/"
    assert {row["changes"] for row in found} == {""}


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("later", [{}, {"metadata_only": True}])
def test_credits_of_what_a_stopped_run_registered_are_written_by_the_next(
    birds, xc, monkeypatch, ending, later
):
    fetch(birds, xc, limit=2)
    with monkeypatch.context() as context:
        context.setattr("curate.steps.acquire.download.write_credits", _stopped_by(ending))
        with pytest.raises(ending):
            fetch(birds, xc, limit=3)
    assert len(_credited(birds)) == 2
    fetch(birds, xc, limit=0, **later)
    assert len(_credited(birds)) == 5


def test_credits_follow_what_an_import_or_a_merge_brings(birds, xc, tmp_path):
    fetch(birds, xc, limit=2)
    write_tone(tmp_path / "mine" / "owl" / "a.wav")
    table = tmp_path / "mine" / "train.csv"
    table.write_text("path,label,recordist,license\nowl/a.wav,owl,Bo Berg,CC BY 4.0\n", encoding="utf-8")
    import_(birds, table)
    assert max(row["recordist"] for row in _credited(birds)) == "Bo Berg"
    table.write_text(table.read_text().replace("CC BY 4.0", "CC BY-NC 4.0"), encoding="utf-8")
    import_(birds, table)  # the stricter licence counts
    assert "CC-BY-NC-4.0" in {row["license"] for row in _credited(birds)}
    with Dataset(tmp_path / "part") as part:
        write_tone(tmp_path / "theirs" / "wren" / "b.wav", freq=4000)
        import_(part, tmp_path / "theirs")
    merge(birds, tmp_path / "part")
    assert len(_credited(birds)) == len(ids(birds)) == 4
    with Dataset(tmp_path / "whole") as whole:
        merge(whole, birds.folder)
        assert len(_credited(whole)) == 4


def _stopped_by(ending):
    def stop(_dataset):
        raise ending

    return stop


def _credited(dataset):
    with (dataset.folder / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_what_was_registered_before_the_network_failed_has_its_credits(birds, xc, monkeypatch):
    monkeypatch.setattr("curate.steps.common.detect._COMMIT_EVERY", 0.0)
    fetch(birds, xc, limit=1)
    xc.arm(faults.busy(503, Retry_After="3600"), path=r"/[1-9]\d?/download", skip=2)
    numbers = range(10, 30)
    xc.records += [{**xc.records[0], "id": str(n), "file": f"{xc.url}/{n}/download"} for n in numbers]
    with pytest.raises(NetError):
        fetch(birds, xc, refresh=True, jobs=1, patience=0.5)
    assert len(_credited(birds)) == len(ids(birds)) > 1


def test_credits_follow_the_changes_of_copies(birds):
    with ExampleArchive() as server:
        download(birds, "xeno-canto", group="birds", server=server.url, allow_private=True)
        download(birds, "xeno-canto", group="frogs", server=server.url, allow_private=True)
    strip_voice(birds, jobs=1)
    changes = {row["recording_id"]: row["changes"] for row in credited(birds)}
    assert set(changes.values()) == {"", "trimmed, human speech removed"}
    strip_voice(birds, jobs=1, action="flag")
    assert {row["changes"] for row in credited(birds)} == {""}


def credited(dataset):
    with (dataset.folder / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
