"""GBIF: exact matches only, sounds beside pictures, and the identity that the recording had before."""

from __future__ import annotations

import json

import pytest

from curate.archives.gbif import Gbif
from curate.errors import NetError, UsageError
from curate.net.records import HttpAnswer
from tests.archives.servers import gbif_occurrence

KEY = "b1047888-ae52-4179-9dd5-5448ea342a24"


def asked(**options):
    archive = Gbif(**options)
    [search] = archive.searches()
    return archive, search


def listing(*records, **envelope):
    plain = {"offset": 0, "limit": 300, "endOfRecords": True, "count": len(records), "facets": []}
    return json.dumps({**plain, "results": list(records), **envelope}).encode()


def sound(url="https://example.org/a.mp3", **changes):
    return {"type": "Sound", "format": "audio/mpeg", "identifier": url, **changes}


def read(*records, **envelope):
    archive, search = asked(dataset_key=KEY)
    return archive.read(search, search.ask, listing(*records, **envelope))


def match(**answer):
    archive, search = asked(taxon=["Troglodytes troglodytes"])
    return archive.read(search, search.ask, json.dumps(answer).encode())


# Names.


def test_an_exact_match_is_taken_and_a_synonym_leads_to_its_accepted_name():
    assert match(usageKey=5, matchType="EXACT").following.params["taxonKey"] == "5"
    assert (
        match(usageKey=5, acceptedUsageKey=6, synonym=True, matchType="EXACT").following.params["taxonKey"]
        == "6"
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"matchType": "NONE", "confidence": 100, "note": "No match because of too little confidence"},
        {"usageKey": 1, "canonicalName": "Troglodytes", "rank": "GENUS", "matchType": "HIGHERRANK"},
        {"usageKey": 2, "canonicalName": "Troglodytes troglodites", "matchType": "FUZZY"},
    ],
)
def test_a_higher_or_a_similar_taxon_is_not_taken_for_the_one_that_was_asked_for(answer):
    page = match(**answer)
    assert page.following is None
    assert [problem.kind for problem in page.problems] == ["unknown-taxon"]


def test_a_match_of_another_rank_is_told_and_not_taken():
    page = match(usageKey=5, matchType="EXACT", rank="GENUS")
    assert page.following is None
    assert "as a genus" in page.problems[0].reason
    assert match(usageKey=5, matchType="EXACT", rank="SPECIES_AGGREGATE").following is None
    assert match(usageKey=5, matchType="EXACT", rank="SPECIES").problems == []


def test_two_accepted_taxa_of_one_name_are_told_with_both():
    one = {
        "usageKey": 5,
        "matchType": "EXACT",
        "rank": "SPECIES",
        "status": "ACCEPTED",
        "kingdom": "Animalia",
    }
    one["canonicalName"] = "Troglodytes troglodytes"
    other = {**one, "usageKey": 6, "kingdom": "Plantae"}
    page = match(**one, alternatives=[other])
    assert page.following is None
    assert "Animalia 5, Plantae 6" in page.problems[0].reason
    assert match(**one, alternatives=[{**other, "status": "SYNONYM"}]).following is not None


def test_another_name_that_is_taken_is_told():
    page = match(
        usageKey=5, acceptedUsageKey=6, synonym=True, matchType="EXACT", species="Nannus troglodytes"
    )
    assert [problem.kind for problem in page.problems] == ["renamed-taxon"]
    assert "Nannus troglodytes" in page.problems[0].reason


def test_near_names_are_told():
    near = [{"canonicalName": "Troglodytes troglodites"}, {"canonicalName": "Pan troglodytes"}]
    assert "did you mean" in match(matchType="NONE", alternatives=near).problems[0].reason


# Pages.


def test_the_next_page_starts_where_the_answer_says_that_it_ended():
    page = read(gbif_occurrence(1, []), limit=200, endOfRecords=False, count=500)
    assert (page.following.params["offset"], page.following.params["datasetKey"]) == ("200", KEY)
    assert read(gbif_occurrence(1, [])).following is None
    assert read(endOfRecords=False).following is None


def test_more_than_gbif_lists_is_told():
    archive, search = asked(country="co")
    ask = archive._occurrences("", 99_900)
    assert ask.params["limit"] == "100"
    page = archive.read(
        search, ask, listing(gbif_occurrence(1, []), limit=100, endOfRecords=False, count=200_000)
    )
    assert page.following is None
    assert [problem.kind for problem in page.problems] == ["unlisted"]


# Answers.


def test_pictures_are_passed_over_and_each_sound_is_a_recording():
    media = [
        sound(),
        {"type": "StillImage", "identifier": "https://example.org/a.png"},
        sound("https://example.org/b.mp3"),
    ]
    page = read(gbif_occurrence(9, media))
    assert [each.recording_id for each in page.recordings] == ["gbif:9", "gbif:9-2"]
    assert page.recordings[0].url == "https://www.gbif.org/occurrence/9"
    assert page.recordings[0].class_name == "Aves"


def test_a_sound_without_a_file_is_reported():
    page = read(gbif_occurrence(9, [{"type": "Sound", "format": "audio/mpeg"}]))
    assert page.recordings == []
    assert [problem.kind for problem in page.problems] == ["unavailable"]


@pytest.mark.parametrize(
    ("url", "record", "identity"),
    [
        ("https://xeno-canto.org/sounds/uploaded/ABC/XC694038-a.mp3", {}, ("xeno-canto", "694038")),
        (
            "//www.xeno-canto.org/sounds/uploaded/ABC/old%20name.mp3",
            {"catalogNumber": "XC12"},
            ("xeno-canto", "12"),
        ),
        ("https://static.inaturalist.org/sounds/263113.wav?1624793769", {}, ("inaturalist", "263113")),
        ("http://colecciones.humboldt.org.co/rec/sonidos/IAvH-CSA-77/IAvH-CSA-77.wav", {}, ("csa", "77")),
        ("https://example.org/a.mp3", {}, ("gbif", "9")),
    ],
)
def test_a_recording_keeps_the_identity_that_its_own_archive_gave_it(url, record, identity):
    [found] = read(gbif_occurrence(9, [sound(url)], **record)).recordings
    assert found.identity == identity
    assert found.references == (() if identity[0] == "gbif" else (("gbif", "9"),))
    assert found.file_urls[0].startswith("http")


def test_the_licence_is_the_medium_s_and_only_without_one_the_record_s():
    page = read(
        gbif_occurrence(1, [sound(license="http://creativecommons.org/licenses/by-nc-nd/4.0/")]),
        gbif_occurrence(2, [sound("https://example.org/b.mp3")]),
        gbif_occurrence(3, [sound("https://example.org/c.mp3")], license=None),
    )
    assert [each.license.code for each in page.recordings] == ["CC-BY-NC-ND-4.0", "CC-BY-NC-4.0", "unknown"]


def test_words_in_plain_text_are_told():
    answer = HttpAnswer(400, {"content-type": "text/plain"}, b"Cannot parse ZZ into a known Country", "")
    assert "Cannot parse ZZ" in Gbif(country="ZZ").refused(answer).message


@pytest.mark.parametrize("options", [{}, {"country": "Colombia"}, {"dataset_key": "xc"}, {"box": "1"}])
def test_what_cannot_be_asked_so_is_told(options):
    with pytest.raises(UsageError):
        Gbif(**options)


# Answers that others recorded.


def test_real_answers_are_read(samples):
    archive, search = asked(taxon=["Helianthus annuus"])
    answer = (samples / "gbif" / "species_match_exact.json").read_bytes()
    page = archive.read(search, search.ask, answer)
    assert page.following.params["taxonKey"] == "9206251"
    answer = (samples / "gbif" / "species_match_none_or_multiple.json").read_bytes()
    assert archive.read(search, search.ask, answer).problems
    answer = (samples / "gbif" / "occurrence_search_first3_with_media.json").read_bytes()
    assert archive.read(search, page.following, answer).recordings == []  # pictures


def test_the_model_of_an_answer_with_sounds_is_read(samples):
    answer = (samples / "gbif" / "occurrence_search_sound_SYNTHETIC.json").read_bytes()
    archive, search = asked(dataset_key=KEY)
    page = archive.read(search, search.ask, answer)
    assert [each.recording_id for each in page.recordings] == ["xeno-canto:694038"]
    assert len(page.problems) == 1


def test_records_of_a_species_that_was_not_asked_for_are_left_out_and_named():
    archive, search = asked(taxon=["Troglodytes troglodytes"])
    page = archive.read(
        search, search.ask, json.dumps({"usageKey": 5, "matchType": "EXACT", "rank": "SPECIES"}).encode()
    )
    records = [
        gbif_occurrence(1, [sound("https://example.org/1.mp3")], taxonKey=5, speciesKey=5),
        gbif_occurrence(
            2, [sound("https://example.org/2.mp3")], taxonKey=51, speciesKey=5, taxonRank="SUBSPECIES"
        ),
        gbif_occurrence(3, [sound("https://example.org/3.mp3")], taxonKey=9, acceptedTaxonKey="5"),
        gbif_occurrence(4, [sound("https://example.org/4.mp3")]),
        gbif_occurrence(
            5, [sound("https://example.org/5.mp3")], taxonKey=7, speciesKey=7, scientificName="Rana iberica"
        ),
    ]
    page = archive.read(search, page.following, listing(*records))
    assert [each.archive_id for each in page.recordings] == ["1", "2", "3", "4"]
    [problem] = page.problems
    assert (problem.kind, problem.reason) == (
        "other-taxon",
        "left out: it is of Rana iberica, not of Troglodytes troglodytes",
    )


def test_a_higher_taxon_takes_all_that_is_below_it():
    archive, search = asked(taxon=["Troglodytidae"])
    page = archive.read(
        search, search.ask, json.dumps({"usageKey": 5, "matchType": "EXACT", "rank": "FAMILY"}).encode()
    )
    record = gbif_occurrence(1, [sound()], taxonKey=9, speciesKey=9, familyKey=5)
    assert len(archive.read(search, page.following, listing(record)).recordings) == 1


@pytest.mark.parametrize(
    ("words", "hidden"),
    [
        ("Coordinate uncertainty increased to 27126m to protect threatened taxon", "yes"),
        ("Coordinate uncertainty increased to 28041m at the request of the observer", "yes"),
        ("date withheld", "date withheld"),
        (None, None),
    ],
)
def test_a_place_that_inaturalist_hides_is_known_to_be_hidden(words, hidden):
    [recording] = read(gbif_occurrence(1, [sound()], informationWithheld=words)).recordings
    assert recording.extra.get("obscured") == hidden


@pytest.mark.parametrize(
    ("said", "date", "time"),
    [
        ({"eventDate": "2021-12-23T10:05:00"}, "2021-12-23", "10:05"),
        ({"eventDate": "2021-12-23T10:05:00", "eventTime": "10:07:00"}, "2021-12-23", "10:07"),
        ({"eventDate": "2021-12-23T00:00:00"}, "2021-12-23", None),
        ({"eventDate": "2021-12-23T00:00:30"}, "2021-12-23", "00:00"),
        ({"eventDate": "2021-12-23"}, "2021-12-23", None),
        ({"eventDate": "2021-12"}, "2021-12", None),
        ({"eventDate": None}, None, None),
    ],
)
def test_a_time_that_stands_behind_the_date_is_kept(said, date, time):
    [recording] = read(gbif_occurrence(1, [sound()], **said)).recordings
    assert (recording.date, recording.time) == (date, time)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"countryCode": "ES", "datasetKey": KEY.upper()}, None),
        ({"countryCode": "PT"}, "it is from PT"),
        ({"datasetKey": "50c9509d-22c7-4a22-a47d-8c48425ef4a7"}, "it is of the data set 50c9509d"),
        ({"decimalLatitude": 51.0}, "it lies at 51, -8.6"),
        ({"decimalLatitude": None}, "its place is unknown"),
        ({"decimalLatitude": 43.005}, None),
    ],
)
def test_what_was_not_asked_for_is_left_out_and_told(changes, words):
    archive, search = asked(dataset_key=KEY, country="es", box="40,-9,43,0")
    page = archive.read(search, search.ask, listing(gbif_occurrence(1, [sound()], **changes)))
    assert len(page.recordings) == (words is None)
    assert [each.kind for each in page.problems] == ([] if words is None else ["not-asked-for"])
    assert all(words in each.reason for each in page.problems)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"error": "Elasticsearch error", "status": 500}', b'{"results": null}']
)
@pytest.mark.parametrize("options", [{"taxon": ["Rana temporaria"]}, {"dataset_key": KEY}])
def test_an_error_with_status_200_is_no_empty_list(options, body):
    """Nothing would be found, and the answer kept."""
    archive, search = asked(**options)
    with pytest.raises(NetError, match="answer lacks"):
        archive.read(search, search.ask, body)


@pytest.mark.parametrize(
    "medium",
    [
        {"type": "audio/mpeg", "format": "Sound", "identifier": "https://example.org/7"},
        {"type": "sound", "identifier": "https://example.org/7"},
        {"format": "audio/x-wav", "identifier": "https://example.org/7"},
        {"type": "http://purl.org/dc/dcmitype/Sound", "identifier": "https://example.org/7"},
        {"identifier": "https://example.org/a.MP3?1"},
    ],
)
def test_sound_is_known_by_type_format_or_file_whichever_is_told(medium):
    assert len(read(gbif_occurrence(1, [medium])).recordings) == 1


def test_media_that_are_not_said_to_be_sound_are_told_where_there_is_no_other():
    unknown, picture = (
        {"identifier": "https://example.org/7"},
        {"format": "image/jpeg", "identifier": "https://e.org/a"},
    )
    page = read(
        gbif_occurrence(1, [unknown, picture]),
        gbif_occurrence(2, [picture]),
        gbif_occurrence(3, [sound(), unknown]),
    )
    assert [each.archive_id for each in page.recordings] == ["3"]
    assert [(each.kind, each.path) for each in page.problems] == [
        ("unavailable", "https://www.gbif.org/occurrence/1")
    ]


def test_a_file_that_a_record_lists_twice_is_one_recording():
    page = read(
        gbif_occurrence(1, [sound(), sound(), sound("https://example.org/b.mp3")], catalogNumber="XC694038")
    )
    assert [(each.archive_id, each.file_urls) for each in page.recordings] == [
        ("1", ("https://example.org/a.mp3",)),
        ("1-3", ("https://example.org/b.mp3",)),
    ]
    [twice] = read(gbif_occurrence(1, [sound(), sound()], catalogNumber="XC694038")).recordings
    assert twice.recording_id == "xeno-canto:694038"


def test_a_species_that_was_looked_for_in_vain_is_no_label():
    page = read(
        gbif_occurrence(1, [sound()], occurrenceStatus="ABSENT"),
        gbif_occurrence(2, [sound()], occurrenceStatus="PRESENT"),
    )
    assert [each.archive_id for each in page.recordings] == ["2"]
    assert [each.reason for each in page.problems] == ["left out: it tells that its species is absent"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        (
            {"scientificName": "Anas platyrhynchos \u00d7 Anas rubripes"},
            "Anas platyrhynchos \u00d7 Anas rubripes",
        ),
        ({"scientificName": "Anas platyrhynchos Linnaeus, 1758"}, "Anas platyrhynchos"),
        (
            {"scientificName": "Anas platyrhynchos", "taxonRank": "SPECIES_AGGREGATE"},
            "Anas platyrhynchos aggregate",
        ),
        ({"scientificName": "Anas Linnaeus, 1758", "genus": "Anas"}, "Anas"),
    ],
)
def test_a_record_of_no_one_species_is_not_named_as_one(changes, name):
    [recording] = read(gbif_occurrence(1, [sound()], species=None, **changes)).recordings
    assert recording.scientific_name == name
