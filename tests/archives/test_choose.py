"""What is taken of what there is: by licence, length and number, and each recording once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.archives.choose import Chooser, Terms, licenses
from curate.archives.licenses import normalise
from curate.archives.remote import RemoteRecording, row_of
from curate.archives.taxa import wanted
from curate.errors import UsageError
from curate.model import Taxon


def recording(number, name="Turdus merula", *, archive="xeno-canto", licence="cc-by 4.0", **fields):
    return RemoteRecording(
        archive, str(number), "", ("https://x",), scientific_name=name, license=normalise(licence), **fields
    )


def chosen(*found, **options):
    chooser = Chooser(options.pop("terms", Terms()), **options)
    for each in found:
        chooser.add(each, None)
    return [choice.recording.recording_id for choice in chooser.chosen()], dict(chooser.excluded)


@pytest.mark.parametrize(
    ("terms", "licence", "reason"),
    [
        (Terms(), "cc-by-nd", "no_derivatives"),
        (Terms(allow_nd=True), "cc-by-nd", None),
        (Terms(licenses("by-nd")), "cc-by-nd 4.0", None),
        (Terms(), "all rights reserved", "all_rights_reserved"),
        (Terms(licenses("all-rights-reserved,by")), "all rights reserved", None),
        (Terms(), "", None),
        (Terms(licenses("by,cc0")), "cc-by 3.0", None),
        (Terms(licenses("by,cc0")), "cc-by-nc", "license"),
        (Terms(licenses("CC-BY, cc0")), "", "license"),
        (Terms(licenses("by,unknown")), "", None),
    ],
)
def test_a_licence_decides(terms, licence, reason):
    assert terms.against(recording(1, licence=licence)) == reason


def test_there_is_no_licence_of_that_name():
    with pytest.raises(UsageError, match="unknown licence 'by-nc-xx'"):
        licenses("by,by-nc-xx")


def test_licences_may_be_written_as_archives_write_them():
    words = "CC BY-NC 4.0, CC-BY-NC-SA-4.0,CC0 1.0,public domain,http://creativecommons.org/licenses/by/3.0/"
    assert licenses(words) == {"by-nc", "by-nc-sa", "cc0", "pd", "by"}
    for word in ("cc", "nc", "by-nc-xx", "CC BY by permission"):
        with pytest.raises(UsageError, match="unknown licence"):
            licenses(word)


def test_an_unknown_length_is_not_held_against_a_recording():
    assert Terms(max_seconds=5).against(recording(1)) is None
    assert Terms(max_seconds=5).against(recording(1, duration=5.0)) is None
    assert Terms(max_seconds=5).against(recording(1, duration=5.1)) == "too_long"


def test_a_recording_of_a_test_set_is_left_out_by_whichever_name():
    terms = Terms(elsewhere={("xeno-canto", "1"), ("gbif", "7")})
    found = (recording(1), recording(2, references=(("gbif", "7"),)), recording(3))
    assert chosen(*found, terms=terms) == (["xeno-canto:3"], {"known_elsewhere": 2})


def test_the_best_rated_are_taken_in_the_order_of_the_archive():
    found = [recording(n, rating=rating) for n, rating in enumerate([2.0, None, 5.0, 4.0, 5.0])]
    assert chosen(*found, max_per_taxon=3, rated=True)[0] == ["xeno-canto:2", "xeno-canto:3", "xeno-canto:4"]
    assert chosen(*found, max_per_taxon=3)[0] == ["xeno-canto:0", "xeno-canto:1", "xeno-canto:2"]


def test_without_ratings_there_is_enough_as_soon_as_there_are_so_many():
    chooser = Chooser(Terms(), 2)
    for number in range(2):
        assert not chooser.enough("Turdus merula")
        chooser.add(recording(number), None)
    assert chooser.enough("Turdus merula")
    assert not Chooser(Terms(), None).enough("Turdus merula")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30))
def test_each_recording_is_taken_once_whatever_ways_lead_to_it(ways):
    chooser = Chooser(Terms())
    for direct, through in ways:
        chooser.add(recording(direct), None)
        chooser.add(recording(direct, references=(("gbif", str(through)),)), None)
    found = [choice.recording.identity for choice in chooser.chosen()]
    assert len(found) == len(set(found))
    names = [name for choice in chooser.chosen() for name in choice.recording.identities]
    assert len(names) == len(set(names))


def test_a_second_way_adds_its_reference_and_its_label():
    chooser = Chooser(Terms())
    chooser.add(recording(1, background=("Parus major",)), None)
    chooser.add(recording(1, "Turdus pilaris", references=(("gbif", "7"),)), None)
    [choice] = chooser.chosen()
    assert choice.recording.references == (("gbif", "7"),)
    assert choice.recording.background == ("Parus major", "Turdus pilaris")


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("cc-by", "cc-by-nc", "CC-BY-NC"),
        ("cc-by-nc", "cc-by", "CC-BY-NC"),
        ("", "cc-by", "CC-BY"),
        ("cc0", "by permission of the recordist", "by permission of the recordist"),
    ],
)
def test_of_two_licences_of_one_recording_the_stricter_counts(first, second, kept):
    chooser = Chooser(Terms())
    chooser.add(recording(1, licence=first), None)
    chooser.add(recording(1, licence=second), None)
    assert [choice.recording.license.code for choice in chooser.chosen()] == [kept]


def test_a_recording_whose_second_licence_is_not_wanted_is_left_out_and_gives_its_place_away():
    chooser = Chooser(Terms(), 1)
    chooser.add(recording(1), None)
    chooser.add(recording(1, licence="cc-by-nd"), None)
    assert not chooser.enough("Turdus merula")
    chooser.add(recording(1), None)
    chooser.add(recording(2), None)
    assert [choice.recording.archive_id for choice in chooser.chosen()] == ["2"]
    assert chooser.excluded == {"no_derivatives": 1}


def test_what_two_labels_of_one_species_lead_to_is_told():
    chooser = Chooser(Terms())
    for label in ("mallar3", "mallar4"):
        for number in (1, 2):
            chooser.add(recording(number, "Anas platyrhynchos"), Taxon(label, "Anas platyrhynchos"))
    [told] = chooser.told()
    assert (told.kind, told.path) == ("disagreement", "mallar4")
    assert told.reason == "2 recordings that it leads to have the label 'mallar3', which was asked for first"


def test_a_file_with_two_labels_and_no_species_keeps_both():
    chooser = Chooser(Terms())
    for label in ("owl", "wren"):
        chooser.add(recording(1, None), Taxon(label, ""))
    [choice] = chooser.chosen()
    assert (choice.label, choice.recording.background, list(chooser.told())) == ("owl", ("wren",), [])


@pytest.mark.parametrize("rated", [True, False])
def test_what_is_not_to_be_had_takes_no_place_of_the_best(rated):
    found = [recording(n, rating=5.0 - n) for n in range(4)]
    gone = {("xeno-canto", "1")}
    # It is listed all the same, so that it is counted as missing.
    expected = [f"xeno-canto:{n}" for n in (0, 1, 2)]
    assert chosen(*found, max_per_taxon=2, rated=rated, gone=gone)[0] == expected


def test_the_narrower_taxon_is_asked_for_first(tmp_path):
    path = tmp_path / "taxa.csv"
    path.write_text(
        "primary_label,scientific_name\nt,Motacilla\nw,Motacilla alba\nw1,Motacilla alba yarrellii\n",
        encoding="utf-8",
    )
    assert [taxon.label for taxon in wanted((), path, print)] == ["w1", "w", "t"]


# Labels.


def test_a_row_has_the_user_s_labels_and_the_archive_s_facts():
    found = replace(
        recording(1), background=("Turdus pilaris", "Parus major", "Turdus merula"), country="Spain"
    )
    taxon = Taxon("eurbla", "Turdus merula", "Blackbird", "Aves", "12716")
    row = row_of(found, "/a.wav", taxon, {"Turdus merula": "eurbla", "Turdus pilaris": "fieldf"})
    assert (row.label, row.secondary_labels) == ("eurbla", ("fieldf", "Parus major"))
    assert (row.common_name, row.class_name, row.license) == ("Blackbird", "Aves", "CC-BY-4.0")
    assert row.extra["country"] == "Spain"
    assert row.extra["license_url"] == "https://creativecommons.org/licenses/by/4.0/"


def test_a_genus_leaves_recordings_their_own_names():
    [taxon] = wanted(["Turdus"], None, [].append)
    assert row_of(recording(1), "/a.wav", taxon, {}).label == "Turdus merula"


def test_names_choose_rows_of_a_table(taxonomy):
    found = wanted(["eurbla", "common frog"], taxonomy, [].append)
    assert [taxon.label for taxon in found] == ["eurbla", "20979"]
    with pytest.raises(UsageError, match=r"unknown taxon at .*: 'Turdus merulla'") as caught:
        wanted(["Turdus merulla"], taxonomy, [].append)
    assert "turdus merula" in caught.value.hint.lower()


@pytest.mark.parametrize("name", ["Robin", "robin"])
def test_a_common_name_of_two_species_is_refused_with_both(tmp_path, name):
    table = tmp_path / "labels.csv"
    table.write_text(
        "primary_label,scientific_name,common_name\n"
        "eurrob1,Erithacus rubecula,Robin\namerob,Turdus migratorius,Robin\n",
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match="common name of 2 taxa: 'eurrob1' and 'amerob'"):
        wanted([name], table, [].append)


def test_a_label_is_meant_before_the_name_of_another(tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text(
        "primary_label,scientific_name,common_name\nrobin,Erithacus rubecula,Redbreast\n"
        "amerob,Turdus migratorius,Robin\n",
        encoding="utf-8",
    )
    [taxon] = wanted(["Robin"], table, [].append)
    assert taxon.label == "robin"
