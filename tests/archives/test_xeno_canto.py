"""Xeno-canto: questions that cannot be misread, and every shape of answer."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from curate.archives import Search
from curate.archives.xeno_canto import XenoCanto
from curate.errors import NetError, UsageError
from curate.net.records import HttpAnswer
from tests.archives.servers import KEY, xc_record


def body(*records, total=None, **more):
    listed = {"numRecordings": str(len(records) if total is None else total), "recordings": list(records)}
    return json.dumps({**listed, "numSpecies": "1", "page": 1, "numPages": 1, **more}).encode()


def read(*records, **envelope):
    archive = XenoCanto(taxon=["Turdus merula"])
    [search] = archive.searches()
    return archive.read(search, search.ask, body(*records, **envelope))


def only(**changes):
    [recording] = read(xc_record(7, **changes)).recordings
    return recording


# Questions.


def test_a_table_of_taxa_is_one_question_each(taxonomy):
    found = list(XenoCanto(taxa=taxonomy, quality=">C", country="United States").searches())
    assert [search.taxon.label for search in found] == ["eurbla", "fieldf", "20979"]
    assert found[0].ask.params == {
        "query": 'gen:Turdus sp:merula cnt:"United States" q:">C"',
        "page": "1",
        "per_page": "500",
    }


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({"group": "land mammals"}, 'grp:"land mammals"'),
        ({"box": "-5,-75.5,12,-66"}, "box:-5,-75.5,12,-66"),
        ({"since": "2025-01-31", "length": "5-30"}, "since:2025-01-31 len:5-30"),
        ({"taxon": ["Turdidae"]}, "fam:Turdidae"),
        ({"taxon": "Turdus"}, "gen:Turdus"),
        ({"query": "type:song  rmk:dawn"}, "type:song rmk:dawn"),
        ({"query": "len:5-30 nr:1-5 temp:-5"}, "len:5-30 nr:1-5 temp:-5"),
        ({"query": 'since:2025-01-31 year:">2014"'}, 'since:2025-01-31 year:">2014"'),
    ],
)
def test_options_become_tags(options, query):
    [search] = XenoCanto(**options).searches()
    assert search.ask.params["query"] == query


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"group": "fish"},
        {"quality": "F"},
        {"quality": 'A" cnt:"Spain'},
        {"country": 'Spain" q:"A'},
        {"country": "CO"},
        {"country": "=uk"},
        {"since": "2025-13-45"},
        {"since": "yesterday"},
        {"length": "long"},
        {"length": "30-5"},
        {"box": "1,2,3"},
        {"box": "10,0,5,5"},
        {"query": "just words"},
        {"query": "year:2015-2020"},
        {"query": 'type:song month:"3 - 5"'},
        {"query": "smp:44100-96000 q:A"},
        {"query": "temp:-5-10.5"},
    ],
)
def test_what_cannot_be_asked_so_is_told_before_anything_is_asked(options):
    with pytest.raises(UsageError):
        list(XenoCanto(**options).searches())


@pytest.mark.parametrize(
    ("query", "limits"),
    [
        ("year:2015-2020", 'year:">2014" year:"<2021"'),
        ("type:song month:3-5", 'month:">2" month:"<6"'),
        ("smp:44100-96000", 'smp:">44100" smp:"<96000"'),
        ("temp:-5-10.5", 'temp:">-5" temp:"<10.5"'),
    ],
)
def test_who_asks_for_a_range_learns_how_to_write_it(query, limits):
    with pytest.raises(UsageError, match=r"Xeno-canto reads \w+:\S+ as \w+:\S+") as caught:
        XenoCanto(query=query)
    assert caught.value.hint == f"expected its two limits: {limits}"


def test_days_are_counted_from_the_day_of_the_run():
    """Answers are kept by their question, and would be those of the first day for ever."""
    before = datetime.now(UTC).date() - timedelta(days=31)
    [search] = XenoCanto(taxon=["Turdus merula"], since="30").searches()
    asked = re.search(r"since:(\S+)", search.ask.params["query"])[1]
    assert before <= date.fromisoformat(asked) <= before + timedelta(days=2)


def test_a_value_cannot_become_another_tag():
    with pytest.raises(UsageError, match="unknown search"):
        list(XenoCanto(taxon=['Turdus me"rula q:E']).searches())


# The key.


def test_the_key_comes_from_a_file_or_from_the_environment(tmp_path, monkeypatch):
    assert XenoCanto(group="birds").secret == {"key": KEY}
    (tmp_path / "key").write_text("  other-key\n", encoding="utf-8")
    assert XenoCanto(group="birds", key_file=tmp_path / "key").secret == {"key": "other-key"}
    monkeypatch.delenv("CURATE_XENO_CANTO_KEY")
    with pytest.raises(UsageError, match="needs a key") as caught:
        XenoCanto(group="birds")
    assert "xeno-canto.org/account" in caught.value.hint
    monkeypatch.setenv("XC_API_KEY", "third-key")
    assert XenoCanto(group="birds").secret == {"key": "third-key"}


@pytest.mark.parametrize(
    "noted",
    ["\ufeff{}\r\n", '"{}"', "'{}'\n", "XC_API_KEY={}\n", 'export CURATE_XENO_CANTO_KEY="{}"', " {} "],
)
def test_a_key_is_read_however_it_was_noted(noted, tmp_path):
    file = tmp_path / "key"
    file.write_text(noted.format("abc123def456"), encoding="utf-8")
    assert XenoCanto(group="birds", key_file=file).secret == {"key": "abc123def456"}


def test_another_server_gets_no_key_of_the_environment(tmp_path):
    assert XenoCanto(group="birds", server="http://127.0.0.1:8427").secret == {}
    (tmp_path / "key").write_text("its-key", encoding="utf-8")
    archive = XenoCanto(group="birds", server="http://127.0.0.1:8427", key_file=tmp_path / "key")
    assert archive.secret == {"key": "its-key"}


def test_no_question_holds_the_key(taxonomy):
    assert all(KEY not in search.ask.key for search in XenoCanto(taxa=taxonomy).searches())


# Answers.


def test_a_recording_has_every_field_of_the_schema():
    found = only()
    assert found.recording_id == "xeno-canto:7"
    assert found.url == "https://xeno-canto.org/7"
    assert found.file_urls == ("https://xeno-canto.org/7/download",)
    assert (found.scientific_name, found.common_name, found.rank) == (
        "Turdus merula",
        "Common Blackbird",
        "species",
    )
    assert (found.class_name, found.background) == ("Aves", ("Turdus pilaris",))
    assert (found.recordist, found.locality) == ("Ann O'Hara 1", "Río Miño")
    assert (found.license.code, found.rating) == ("CC-BY-NC-SA-4.0", 3.0)
    assert (found.date, found.time, found.elevation) == ("2021-05", "07:17", None)
    assert (found.latitude, found.longitude) == (42.1, -8.2)
    assert (found.sr, found.duration) == (8000, 1.0)
    assert found.remarks == "One line\nanother"
    assert found.extra["playback_used"] == "no"


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"id": 7}, "archive_id", "7"),
        ({"grp": None}, "class_name", None),
        ({"length": "1:02:03"}, "duration", 3723.0),
        ({"length": "0:00"}, "duration", None),
        ({"q": "no score"}, "rating", None),
        ({"q": ""}, "rating", None),
        ({"time": "?"}, "time", None),
        ({"time": "7.05"}, "time", "07:05"),
        ({"date": "0000-00-00"}, "date", None),
        ({"also": [""]}, "background", ()),
        ({"also": None}, "background", ()),
        ({"also": ["Mystery mystery", "Sonus naturalis", "Parus major"]}, "background", ("Parus major",)),
        ({"also": "Parus major, Turdus pilaris"}, "background", ("Parus major", "Turdus pilaris")),
        ({"alt": "??"}, "elevation", None),
        ({"alt": "1200-1400"}, "elevation", "1200-1400"),
        ({"time": "xx:xx"}, "time", None),
        ({"lat": "", "lon": None}, "latitude", None),
        ({"lat": "334"}, "latitude", None),
        ({"lon": ""}, "longitude", None),
        ({"smp": 44100}, "sr", 44100.0),
        ({"lic": "//creativecommons.org/publicdomain/zero/1.0/"}, "license.code", "CC0-1.0"),
        ({"file": "//xeno-canto.org/7/download"}, "file_urls", ("https://xeno-canto.org/7/download",)),
        ({"file-name": "../../etc/passwd"}, "file_name", "../../etc/passwd"),
    ],
)
def test_odd_cells_are_read_for_what_they_are(changes, field, value):
    found = only(**changes)
    for part in field.split("."):
        found = getattr(found, part)
    assert found == value


@pytest.mark.parametrize("epithet", ["sp.", "sp", "spp.", "indet.", "", None])
def test_a_recording_that_is_known_to_its_genus_alone_is_of_no_species(epithet):
    archive = XenoCanto(taxon=["Turdus"])
    [search] = archive.searches()
    [found] = archive.read(search, search.ask, body(xc_record(7, sp=epithet))).recordings
    assert (found.scientific_name, found.rank) == ("Turdus", "genus")


def test_a_species_that_members_question_is_told():
    page = read(xc_record(7, status="questioned"), xc_record(8, status="identified"))
    assert [each.archive_id for each in page.recordings] == ["7", "8"]
    [told] = page.problems
    assert (told.kind, told.path) == ("disagreement", "https://xeno-canto.org/7")


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Larus (Larus) fuscus", "gen:Larus sp:fuscus"),
        ("Turdus merula Linnaeus, 1758", "gen:Turdus sp:merula"),
        ("Passer domesticus (Linnaeus, 1758)", "gen:Passer sp:domesticus"),
        ("Passer domesticus L.", "gen:Passer sp:domesticus"),
        ("Hyla  arborea", "gen:Hyla sp:arborea"),
        ("hyla arborea", "gen:Hyla sp:arborea"),
        ("HYLA ARBOREA", "gen:Hyla sp:arborea"),
        ("Parus major ssp. major", "gen:Parus sp:major ssp:major"),
        ("Motacilla alba yarrellii (Gould, 1837)", "gen:Motacilla sp:alba ssp:yarrellii"),
    ],
)
def test_a_name_is_asked_for_without_its_author(name, query, tmp_path):
    [search] = XenoCanto(taxon=[name]).searches()
    assert search.ask.params["query"] == query
    table = tmp_path / "taxa.csv"
    table.write_text(f'label,scientific_name\nbird,"{name}"\n', encoding="utf-8")
    [search] = XenoCanto(taxa=table).searches()
    assert (search.ask.params["query"], search.taxon.label) == (query, "bird")


@pytest.mark.parametrize(("gen", "sp"), [("Sonus", "naturalis"), ("Mystery", "mystery")])
def test_a_soundscape_and_a_mystery_are_of_no_species(gen, sp):
    archive = XenoCanto(group="soundscape")
    [search] = archive.searches()
    [found] = archive.read(
        search, search.ask, body(xc_record(7, gen=gen, sp=sp, grp="soundscape"))
    ).recordings
    assert (found.scientific_name, found.common_name, found.class_name) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"file": None, "_meta": {"redacted_fields": {"file": "restricted_species"}}}, "restricted"),
        ({"file": None}, "unavailable"),
        ({"file": ""}, "unavailable"),
    ],
)
def test_a_recording_without_a_file_is_reported_and_not_guessed(changes, kind):
    page = read(xc_record(1), xc_record(2, **changes))
    assert [each.archive_id for each in page.recordings] == ["1"]
    assert [(problem.kind, problem.path) for problem in page.problems] == [(kind, "https://xeno-canto.org/2")]
    assert page.records == ("1", "2")


def test_annotations_of_members_become_segments():
    boxes = {
        "set_name": "mine",
        "annotations": [
            {
                "start_time": "0.5",
                "end_time": 1.0,
                "frequency_low": "1000",
                "frequency_high": 2000,
                "scientific_name": "Turdus merula",
            },
            {"start_time": 0, "end_time": 0.2, "sound_type": "song"},
            {"start_time": 3, "end_time": 2},
        ],
    }
    page = read(xc_record(7, **{"annotation-set": boxes}))
    [problem] = page.problems
    assert problem.reason == "1 of its 3 annotations lack an onset before an offset"
    found = page.recordings[0].annotations
    assert [(each.onset, each.offset, each.label) for each in found] == [
        (0, 0.2, "song"),
        (0.5, 1.0, "Turdus merula"),
    ]
    assert (found[1].low_freq, found[1].high_freq) == (1000, 2000)


# Pages.


def test_pages_go_on_until_all_records_came_whatever_the_number_of_pages():
    archive = XenoCanto(taxon=["Turdus merula"])
    [search] = archive.searches()
    first = archive.read(search, search.ask, body(*map(xc_record, range(500)), total=700, numPages=99))
    assert (first.following.params["page"], first.following.start, first.total) == ("2", 500, 700)
    second = archive.read(
        search, first.following, body(*map(xc_record, range(500, 700)), total=700, numPages=99)
    )
    assert second.following is None
    empty = archive.read(search, first.following, body(total=700))
    assert empty.following is None


def test_a_name_without_recordings_is_looked_for_in_its_genus():
    archive = XenoCanto(taxon=["Turdus merulla"])
    [search] = archive.searches()
    page = archive.read(search, search.ask, body())
    assert page.following.params["query"] == "gen:Turdus"
    [problem] = archive.read(search, page.following, body(xc_record(1))).problems
    assert (problem.kind, problem.path) == ("unknown-taxon", "Turdus merulla")
    assert "did you mean 'Turdus merula'?" in problem.reason


def test_a_species_whose_name_only_begins_alike_is_not_taken_for_it():
    found = read(xc_record(1), xc_record(2, sp="merulaxis"), xc_record(3, gen="Turdusa"))
    assert [each.archive_id for each in found.recordings] == ["1"]
    assert found.records == ("1", "2", "3")
    assert [(each.kind, each.reason) for each in found.problems] == [
        ("other-taxon", "left out: it is of Turdus merulaxis, not of Turdus merula"),
        ("other-taxon", "left out: it is of Turdusa merula, not of Turdus merula"),
    ]
    none = read(xc_record(2, sp="merulaxis"))
    assert none.following.purpose == "names"


def test_with_more_tags_no_recordings_are_no_misspelling():
    archive = XenoCanto(taxon=["Turdus merula"], country="Chad")
    [search] = archive.searches()
    page = archive.read(search, search.ask, body())
    assert page.following is None
    assert [problem.kind for problem in page.problems] == ["nothing-found"]


ASKED = {
    "group": "birds", "country": "spain", "box": "40,-9,43,0", "quality": ">C", "since": "2021-05-30",
    "length": "5-30", "query": 'type:song year:">2019"',
}  # fmt: skip
GOOD = {"q": "B", "length": "0:20"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"q": "A"}, None),
        ({"q": "C"}, "it is rated C"),
        ({"q": "no score"}, "it is rated no score"),
        ({"q": None}, "it is rated no score"),
        ({"cnt": "Portugal"}, "it is from Portugal"),
        ({"cnt": None, "grp": None, "length": "?", "date": "0000-00-00"}, None),
        ({"grp": "frogs"}, "it is of the group frogs"),
        ({"lat": "51.5"}, "it lies at 51.5, -8.2"),
        ({"lat": None, "lon": None}, "its place is unknown"),
        ({"lat": None, "lon": None, "_meta": {"redacted_fields": {"lat": "restricted_species"}}}, None),
        ({"lat": "43.004"}, None),
        ({"uploaded": "2021-05-01"}, "it was uploaded on 2021-05-01"),
        ({"uploaded": "2021-05-29"}, None),
        ({"length": "0:40"}, "it lasts 40 s"),
        ({"length": "0:31"}, None),
        ({"length": "0:02"}, "it lasts 2 s"),
        ({"date": "2018-00-00"}, "it is of the year 2018"),
    ],
)
def test_what_was_not_asked_for_is_left_out_and_told(changes, words):
    """A server that passes over a tag gives all the others, too."""
    archive = XenoCanto(**ASKED)
    [search] = archive.searches()
    page = archive.read(search, search.ask, body(xc_record(7, **{**GOOD, **changes})))
    assert len(page.recordings) == (words is None)
    assert [each.kind for each in page.problems] == ([] if words is None else ["not-asked-for"])
    assert all(f"left out: {words}, and " in each.reason for each in page.problems)


@pytest.mark.parametrize(
    ("options", "changes", "taken"),
    [
        ({"quality": "<C"}, {"q": "D"}, True),
        ({"quality": "<C"}, {"q": "A"}, False),
        ({"quality": "=A"}, {"q": "A"}, True),
        ({"quality": "B"}, {"q": "A"}, False),
        ({"country": "=Niger"}, {"cnt": "Nigeria"}, False),
        ({"country": "Niger"}, {"cnt": "Nigeria"}, True),
        ({"query": "grp:1"}, {}, True),
        ({"query": "rec:ann q:zz year:old box2:1"}, {}, True),
        ({"length": "<30"}, {"length": "1:02:03"}, False),
        ({"length": ">30"}, {"length": "1:02:03"}, True),
        ({"since": "30"}, {"uploaded": "1999-01-01"}, False),
        ({"query": "since:30"}, {"uploaded": "1999-01-01"}, True),  # days, counted from an unknown one
    ],
)
def test_only_what_contradicts_the_question_is_left_out(options, changes, taken):
    archive = XenoCanto(**options)
    [search] = archive.searches()
    page = archive.read(search, search.ask, body(xc_record(7, **changes)))
    assert len(page.recordings) == taken


# Errors.


def test_an_error_with_status_200_is_told_in_its_words():
    archive = XenoCanto(taxon=["Turdus merula"])
    [search] = archive.searches()
    with pytest.raises(NetError, match="maintenance until 10:00"):
        archive.read(search, search.ask, b'{"error": "server_error", "message": "maintenance until 10:00"}')


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Mirlo com\u00fan", "expected a scientific name"),
        ("Eurasian Blackbird", "expected a scientific name"),
        ("eurbla", "expected a scientific name"),
        ("Turdus sp.", "the genus alone asks for all of its species: 'Turdus'"),
        ("Turdus merulla", "did you mean 'Turdus merula'?"),
    ],
)
def test_what_is_no_name_of_a_species_is_told_with_what_is_expected(name, words):
    archive = XenoCanto(taxon=[name])
    [search] = archive.searches()
    page = archive.read(search, search.ask, json.dumps({"numRecordings": "0", "recordings": []}).encode())
    if page.following:
        page = archive.read(search, page.following, body(xc_record(7)))
    [told] = page.problems
    assert words in told.reason


@pytest.mark.parametrize(
    "answer", [b"<html>Service Unavailable</html>", b"[]", b'{"recordings": []}', b"", b"[" * 100_000]
)
def test_something_else_than_an_answer_is_told(answer):
    archive = XenoCanto(taxon=["Turdus merula"])
    [search] = archive.searches()
    with pytest.raises(NetError):
        archive.read(search, search.ask, answer)


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (401, b'{"error":"client_error","message":"Missing or invalid key"}', "refused the key"),
        (400, b'{"error":"client_error","message":"only tags"}', "only tags"),
        (400, b'{"error":{"code":"missing_parameter","message":"No query specified"}}', "No query specified"),
        (404, b"<html><body>gone</body></html>", "gone"),
    ],
)
def test_both_shapes_of_errors_are_understood(status, answer, words):
    error = XenoCanto(group="birds").refused(HttpAnswer(status, {}, answer, "https://xeno-canto.org"))
    assert words in error.message
    assert KEY not in f"{error.message} {error.hint}"


# Real answers.


def test_a_real_answer_is_read(samples):
    archive = XenoCanto(taxon=["Passerina amoena"])
    [search] = archive.searches()
    page = archive.read(search, search.ask, (samples / "xeno-canto" / "v3_recordings_ok.json").read_bytes())
    [found] = page.recordings
    assert (found.recording_id, found.license.code, found.duration) == (
        "xeno-canto:254462",
        "CC-BY-SA-4.0",
        253,
    )
    assert (page.following, page.total, page.problems) == (None, 1, [])


def test_answers_of_the_former_version_are_read_too(samples):
    archive = XenoCanto(group="birds")
    answer = (samples / "xeno-canto" / "v2_recordings_page1_excerpt.json").read_bytes()
    page = archive.read(Search("all", next(archive.searches()).ask), next(archive.searches()).ask, answer)
    assert len(page.recordings) == 3
    assert all(each.longitude is not None and each.class_name == "Aves" for each in page.recordings)
