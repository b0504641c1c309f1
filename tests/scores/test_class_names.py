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


def test_of_several_classes_of_a_species_both_names_of_birdnet_tell_the_one():
    taxa = {
        "yerwar": ("Setophaga coronata", "Yellow-rumped Warbler"),
        "myrwar": ("Setophaga coronata", "Myrtle Warbler"),
        "audwar": ("Setophaga coronata", "Audubon's Warbler"),
    }
    told, open_ = "Setophaga coronata_Yellow-rumped Warbler", "Setophaga coronata_Reinita coronada"
    found = match([told, open_, "Setophaga coronata"], taxa, taxa)
    assert found.label_of == {told: "yerwar"}
    assert found.several == dict.fromkeys([open_, "Setophaga coronata"], ("audwar", "myrwar", "yerwar"))
    # One class of the species is meant whatever the common name is, as that is in many languages.
    assert match([open_], ["myrwar"], taxa).label_of == {open_: "myrwar"}


def test_a_sound_that_birdnet_writes_twice_is_that_sound():
    names = ["Dog_Dog", "Human vocal_Human vocal", "Engine_Engine"]
    found = match(names, ["dog", "Human vocal", "engines"], {})
    assert found.label_of == {"Dog_Dog": "dog", "Human vocal_Human vocal": "Human vocal"}
