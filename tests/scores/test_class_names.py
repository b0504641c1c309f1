"""Which class of a dataset a name of a model means."""

from __future__ import annotations

from curate.scores.class_names import match

TAXA = {
    "eurbla": ("Turdus merula", "Common Blackbird"),
    "tawowl1": ("Strix aluco", "Tawny Owl"),
    "robin-eu": ("Erithacus rubecula", "Robin"),
    "robin-us": ("Turdus migratorius", "Robin"),
}


def test_labels_count_before_scientific_names_and_these_before_common_ones():
    labels = [*TAXA, "Rain"]
    found = match(["turdus merula", "tawowl1", "RAIN", "Robin", "Engine"], labels, TAXA)
    assert found.label_of == {"turdus merula": "eurbla", "tawowl1": "tawowl1", "RAIN": "Rain"}
    assert found.several == {"Robin": ("robin-eu", "robin-us")}
    assert found.unknown == ()


def test_two_names_may_mean_one_class_and_what_none_means_is_told():
    found = match(["Strix aluco", "Tawny Owl"], ["tawowl1", "eurbla"], TAXA)
    assert set(found.label_of.values()) == {"tawowl1"}
    assert found.unknown == ("eurbla",)


def test_a_class_without_a_taxon_is_known_by_its_label():
    assert match(["Strix aluco"], ["strix aluco"], {}).label_of == {"Strix aluco": "strix aluco"}


def test_a_name_in_the_very_letters_of_a_label_is_that_label():
    assert match(["owl", "Owl", "OWL"], ["owl", "Owl"], {}).label_of == {"owl": "owl", "Owl": "Owl"}


def test_both_names_of_birdnet_are_its_species_and_a_kind_of_call_is_no_species():
    names = ["Strix aluco_Waldkauz", "Strix aluco_Tawny Owl", "owl_begging"]
    found = match(names, ["tawowl1", "owl", "Turdus merula"], TAXA)
    assert found.label_of == dict.fromkeys(names[:2], "tawowl1")
    assert match(["Turdus merula_Amsel"], ["Turdus merula"], {}).label_of == {
        "Turdus merula_Amsel": "Turdus merula"
    }
