"""iNaturalist: taxa by their exact names, sounds with their own licences, paging by id."""

from __future__ import annotations

import json

import pytest

from curate.archives import Search
from curate.archives.inaturalist import INaturalist
from curate.errors import NetError, UsageError
from curate.net.records import HttpAnswer
from tests.archives.servers import inat_observation, inat_sound


def listing(*observations, left=None):
    total = len(observations) if left is None else left
    return json.dumps(
        {"total_results": total, "page": 1, "per_page": 200, "results": list(observations)}
    ).encode()


def taxa(*found):
    return json.dumps({"total_results": len(found), "results": list(found)}).encode()


def taxon(number, name, **changes):
    return {"id": number, "name": name, "is_active": True, "observations_count": 1, **changes}


FROG = taxon(20979, "Rana temporaria")


def asked(**options):
    archive = INaturalist(**options)
    [search] = archive.searches()
    return archive, search


def read(*observations):
    archive, search = asked(place="7")
    return archive.read(search, search.ask, listing(*observations))


# Questions.


def test_only_sounds_are_asked_for_by_id_from_the_start():
    _, search = asked(place="7,8", quality_grade="research,needs_id", since="2025-01-31", box="-5,-75,12,-66")
    assert search.ask.params == {
        "sounds": "true",
        "place_id": "7,8",
        "quality_grade": "research,needs_id",
        "created_d1": "2025-01-31",
        "swlat": "-5",
        "swlng": "-75",
        "nelat": "12",
        "nelng": "-66",
        "order_by": "id",
        "order": "asc",
        "per_page": "200",
        "id_above": "0",
    }


def test_a_number_in_the_table_needs_no_look_up_of_the_name(taxonomy):
    found = list(INaturalist(taxa=taxonomy).searches())
    assert [search.ask.params["taxon_id"] for search in found] == ["12716", "12751", "20979"]
    assert [search.taxon.label for search in found] == ["eurbla", "fieldf", "20979"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"quality_grade": "research"},
        {"place": "Spain"},
        {"place": "1", "quality_grade": "good"},
        {"place": "1", "since": "1 week"},
    ],
)
def test_what_cannot_be_asked_so_is_told(options):
    with pytest.raises(UsageError):
        INaturalist(**options)


def test_a_name_is_taken_only_if_it_is_exactly_the_one():
    archive, search = asked(taxon=["Rana temporaria"])
    assert search.ask.params["q"] == "Rana temporaria"
    page = archive.read(search, search.ask, taxa(taxon(1, "Rana"), FROG))
    assert page.following.params["taxon_id"] == "20979"
    page = archive.read(search, search.ask, taxa(taxon(1, "Rana"), taxon(2, "Rana temporalis")))
    assert page.following is None
    assert "did you mean 'Rana temporalis'?" in page.problems[0].reason


def test_a_name_that_is_a_part_of_many_is_looked_for_on_further_pages():
    archive, search = asked(taxon=["Ara"])
    many = [{"id": n, "name": f"Araneus {n}", "rank": "genus", "is_active": True} for n in range(30)]
    answer = {"total_results": 31, "page": 1, "per_page": 30, "results": many}
    page = archive.read(search, search.ask, json.dumps(answer).encode())
    assert (page.problems, page.following.params["page"], page.following.purpose) == ([], "2", "names")
    last = [{"id": 99, "name": "Ara", "rank": "genus", "is_active": True}]
    following = archive.read(
        search, page.following, json.dumps({**answer, "results": last}).encode()
    ).following
    assert following.params["taxon_id"] == "99"
    # The last page ends the search, and so does an empty one.
    for results in (many[:1], []):
        end = archive.read(search, page.following, json.dumps({**answer, "results": results}).encode())
        assert (end.following, [each.kind for each in end.problems]) == (None, ["unknown-taxon"])


def test_a_name_that_was_replaced_leads_to_the_current_one():
    archive, search = asked(taxon=["Rana temporaria"])
    old = taxon(5, "Rana temporaria", is_active=False, current_synonymous_taxon_ids=[77])
    page = archive.read(search, search.ask, taxa(old))
    assert page.following.params["taxon_id"] == "77"
    assert page.problems[0].kind == "renamed-taxon"


@pytest.mark.parametrize("name", ["Rana bermeja", "common frog"])
def test_a_common_name_is_told_with_the_species_that_it_means(name):
    archive, search = asked(taxon=[name])
    found = taxon(5, "Rana temporaria", matched_term="Rana Bermeja", preferred_common_name="Common Frog")
    [told] = archive.read(search, search.ask, taxa(found)).problems
    assert told.reason.endswith("did you mean 'Rana temporaria'?")


def test_of_two_taxa_of_one_name_the_one_of_the_right_class_is_taken(tmp_path):
    (tmp_path / "t.csv").write_text("scientific_name,class_name\nAgra cadabra,Insecta\n", encoding="utf-8")
    archive, search = asked(taxa=tmp_path / "t.csv")
    found = taxa(
        taxon(1, "Agra cadabra", iconic_taxon_name="Plantae", observations_count=99),
        taxon(2, "Agra cadabra", iconic_taxon_name="Insecta"),
    )
    assert archive.read(search, search.ask, found).following.params["taxon_id"] == "2"


COMPLEX = taxon(900, "Rana temporaria", rank="complex", rank_level=11, observations_count=99)
SPECIES = taxon(20979, "Rana temporaria", rank="species", rank_level=10)
PLANT = taxon(901, "Rana temporaria", rank="species", rank_level=10, iconic_taxon_name="Plantae")


def test_the_rank_of_a_species_is_asked_for_and_a_complex_of_the_same_name_is_not_taken():
    archive, search = asked(taxon=["Rana temporaria"])
    assert search.ask.params["rank"] == "species"
    page = archive.read(search, search.ask, taxa(COMPLEX, SPECIES))
    assert (page.following.params["taxon_id"], page.problems) == ("20979", [])


def test_a_name_that_only_a_complex_has_is_told():
    archive, search = asked(taxon=["Rana temporaria"])
    page = archive.read(search, search.ask, taxa(COMPLEX))
    assert page.following is None
    assert "not as a species: complex 900" in page.problems[0].reason


def test_two_species_of_one_name_are_told_with_both_numbers():
    archive, search = asked(taxon=["Rana temporaria"])
    page = archive.read(search, search.ask, taxa(SPECIES, PLANT))
    assert page.following is None
    assert "species 20979, species 901 Plantae" in page.problems[0].reason


def test_a_taxon_of_another_class_is_not_taken(tmp_path):
    (tmp_path / "t.csv").write_text(
        "scientific_name,class_name\nRana temporaria,Amphibia\n", encoding="utf-8"
    )
    archive, search = asked(taxa=tmp_path / "t.csv")
    page = archive.read(search, search.ask, taxa(PLANT))
    assert page.following is None
    assert "not as a species of Amphibia" in page.problems[0].reason


def test_a_genus_is_taken_and_not_its_subgenus_of_the_same_name():
    archive, search = asked(taxon=["Rana"])
    genus = taxon(7, "Rana", rank="genus", rank_level=20)
    subgenus = taxon(8, "Rana", rank="subgenus", rank_level=15, observations_count=99)
    page = archive.read(search, search.ask, taxa(subgenus, genus))
    assert page.following.params["taxon_id"] == "7"


def test_a_species_that_was_divided_is_told_with_its_parts():
    archive, search = asked(taxon=["Rana temporaria"])
    old = taxon(5, "Rana temporaria", is_active=False, current_synonymous_taxon_ids=[77, 78])
    page = archive.read(search, search.ask, taxa(old))
    assert page.following is None
    assert "divided it into taxa 77, 78" in page.problems[0].reason


def test_siblings_and_what_is_known_as_the_complex_alone_do_not_get_the_label_of_a_species(taxonomy):
    archive = INaturalist(taxa=taxonomy)
    search = next(each for each in archive.searches() if each.taxon.label == "20979")
    found = {"id": 20979, "name": "Rana temporaria", "rank": "species"}
    below = {"id": 5001, "name": "Rana temporaria honnorati", "rank": "subspecies"}
    renamed = {"id": 5002, "name": "Lithobates novus minor", "rank": "subspecies"}
    renamed |= {"min_species_taxon_id": 20979}
    sibling = {"id": 5003, "name": "Rana parvipalmata", "rank": "species", "ancestor_ids": [20979, 5003]}
    whole = {"id": 900, "name": "Rana temporaria", "rank": "complex"}
    observed = [found, below, renamed, sibling, whole]
    page = archive.read(
        search,
        search.ask,
        listing(*(inat_observation(n, [inat_sound(n)], taxon=each) for n, each in enumerate(observed, 1))),
    )
    assert [each.archive_id for each in page.recordings] == ["1", "2", "3"]
    assert [problem.kind for problem in page.problems] == ["other-taxon", "other-taxon"]
    assert "a sibling of Rana temporaria" in page.problems[0].reason
    assert "as the complex Rana temporaria only" in page.problems[1].reason


def test_a_taxon_without_any_observation_is_told(taxonomy):
    archive = INaturalist(taxa=taxonomy)
    search = next(iter(archive.searches()))
    [problem] = archive.read(search, search.ask, listing()).problems
    assert (problem.kind, problem.path) == ("nothing-found", "Turdus merula")


def test_observations_that_are_promised_and_not_listed_are_told():
    archive, search = asked(place="7")
    [problem] = archive.read(search, search.ask, listing(left=12)).problems
    assert problem.kind == "unlisted"


# Answers.


def test_pages_follow_by_id_and_end_when_nothing_is_left():
    archive, search = asked(place="7")
    page = archive.read(search, search.ask, listing(inat_observation(5, []), inat_observation(9, []), left=3))
    assert page.following.params["id_above"] == "9"
    assert page.following.params["place_id"] == "7"
    assert archive.read(search, page.following, listing(inat_observation(12, []))).following is None
    assert archive.read(search, page.following, listing(left=3)).following is None


def test_each_sound_of_an_observation_is_a_recording_with_its_own_licence():
    page = read(
        inat_observation(
            84,
            [
                inat_sound(1, license_code="cc0"),
                inat_sound(2, ending="m4a", license_code=None),
                inat_sound(3, license_code="cc-by-nc-xx"),
                inat_sound(4),
            ],
        )
    )
    assert [each.recording_id for each in page.recordings] == [f"inaturalist:{n}" for n in (1, 2, 3, 4)]
    codes = [each.license.code for each in page.recordings]
    assert codes == ["CC0-1.0", "all-rights-reserved", "cc-by-nc-xx", "CC-BY-NC-4.0"]
    assert page.recordings[1].file_name == "2.m4a"
    first = page.recordings[0]
    assert first.url == "https://www.inaturalist.org/observations/84"
    assert (first.scientific_name, first.class_name, first.recordist) == (
        "Rana temporaria",
        "Amphibia",
        "Ann O'Hara",
    )
    assert (first.date, first.time, first.latitude, first.longitude) == ("2021-06-25", "22:18", 51.6, -1.12)
    assert first.duration is None


@pytest.mark.parametrize("changes", [{"hidden": True}, {"file_url": None}, {"id": None}])
def test_a_sound_that_was_taken_down_is_reported(changes):
    page = read(inat_observation(84, [inat_sound(1, **changes), inat_sound(2)]))
    assert [each.archive_id for each in page.recordings] == ["2"]
    assert [problem.kind for problem in page.problems] == ["unavailable"]


@pytest.mark.parametrize(
    "changes",
    [
        {"sounds": None},
        {"taxon": None},
        {"user": None},
        {"location": None},
        {"location": "north"},
        {"location": [51.6, -1.1]},
        {"time_observed_at": None, "observed_on": None},
    ],
)
def test_an_observation_may_lack_anything(changes):
    page = read({**inat_observation(84, [inat_sound(1)]), **changes})
    assert len(page.recordings) == (0 if "sounds" in changes else 1)


def test_a_refusal_is_told_in_the_archive_s_words():
    answer = HttpAnswer(422, {}, b'{"error":"Unknown taxon_id 99","status":422}', "")
    assert "Unknown taxon_id 99" in INaturalist(place="1").refused(answer).message


# Real answers.


def test_a_real_observation_is_read(samples):
    archive, search = asked(place="7,6857")
    answer = (samples / "inaturalist" / "get_observation_with_sounds.json").read_bytes()
    [found] = archive.read(search, search.ask, answer).recordings
    assert (found.recording_id, found.license.code) == ("inaturalist:263113", "CC0-1.0")
    assert (found.scientific_name, found.common_name) == ("Pipistrellus pipistrellus", "Common Pipistrelle")


def test_real_taxa_are_read(samples):
    archive = INaturalist(taxon=["Nicrophorus vespilloides"])
    [search] = archive.searches()
    page = archive.read(search, search.ask, (samples / "inaturalist" / "get_taxa.json").read_bytes())
    assert page.following.params["taxon_id"] == "70118"


def test_observations_without_sounds_give_none(samples):
    archive, search = asked(place="7")
    answer = (samples / "inaturalist" / "get_observations_page1.json").read_bytes()
    assert archive.read(Search("all", search.ask), search.ask, answer).recordings == []


@pytest.mark.parametrize(
    ("said", "accuracy"),
    [
        ({"positional_accuracy": 19, "public_positional_accuracy": 19}, "19"),
        ({"positional_accuracy": 19}, "19"),
        ({"positional_accuracy": 5, "public_positional_accuracy": 28_000, "obscured": True}, "28000"),
        ({"positional_accuracy": 5, "public_positional_accuracy": None, "obscured": True}, None),
        ({"positional_accuracy": None}, None),
    ],
)
def test_the_accuracy_is_that_of_the_published_place(said, accuracy):
    [recording] = read(inat_observation(1, [inat_sound(1)], **said)).recordings
    assert recording.extra.get("positional_accuracy") == accuracy
    assert recording.extra.get("obscured") == ("yes" if said.get("obscured") else None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"quality_grade": "casual"}, "its quality grade is casual"),
        ({"created_at": "2024-12-31T10:00:00+00:00"}, "it was uploaded on 2024-12-31"),
        ({"created_at": "2025-01-30T23:00:00+00:00"}, None),  # the 31st in another zone
        ({"place_ids": [1, 2]}, "it lies outside of place 7,8"),
        ({"place_ids": [1, 8]}, None),
        ({"location": "40.4,-3.7"}, "it lies at 40.4, -3.7"),
        ({"location": None}, "its place is unknown"),
        ({"location": None, "place_ids": [1], "obscured": True}, None),
    ],
)
def test_what_was_not_asked_for_is_left_out_and_told(changes, words):
    """A server that passes over a part of the question gives all the others, too."""
    archive, search = asked(
        place="7,8", quality_grade="research,needs_id", since="2025-01-31", box="50,-5,53,1"
    )
    page = archive.read(search, search.ask, listing(inat_observation(1, [inat_sound(5)], **changes)))
    assert len(page.recordings) == (words is None)
    told = [(each.kind, each.reason) for each in page.problems]
    assert told == ([] if words is None else [("not-asked-for", f"left out: {words}")])


@pytest.mark.parametrize(
    "body", [b"{}", b'{"error": "Elasticsearch error", "status": 500}', b'{"results": null}']
)
@pytest.mark.parametrize("options", [{"taxon": ["Rana temporaria"]}, {"place": "7"}])
def test_an_error_with_status_200_is_no_empty_list(options, body):
    """Nothing would be found, and the answer kept."""
    archive, search = asked(**options)
    with pytest.raises(NetError, match="answer lacks"):
        archive.read(search, search.ask, body)


@pytest.mark.parametrize(
    ("taxon", "name"),
    [
        ({"name": "Rana temporaria", "rank": "complex", "rank_level": 11}, "Rana temporaria complex"),
        ({"name": "Rana", "rank": "subgenus"}, "Rana subgenus"),
        (
            {"name": "Anas platyrhynchos \u00d7 rubripes", "rank": "hybrid"},
            "Anas platyrhynchos \u00d7 rubripes",
        ),
        ({"name": "Motacilla alba yarrellii", "rank": "subspecies"}, "Motacilla alba"),
        ({"name": "Rana", "rank": "genus"}, "Rana"),
        (None, None),
    ],
)
def test_only_a_species_gives_its_name_to_a_sound(taxon, name):
    archive, search = asked(place="7")
    page = archive.read(search, search.ask, listing(inat_observation(1, [inat_sound(5)], taxon=taxon)))
    assert page.recordings[0].scientific_name == name
