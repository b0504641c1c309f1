"""What names tell."""

from __future__ import annotations

import pytest

from curate.formats.files.origins import (
    PREFIXES,
    archive_from,
    collection_from,
    file_stem,
    origin,
    safe_name,
    species,
)
from curate.storage.device_names import is_device_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("XC134896.ogg", ("xeno-canto", "xeno-canto:134896")),
        ("/a/b/xc134896.ogg", ("xeno-canto", "xeno-canto:134896")),
        ("iNat1109254.ogg", ("inaturalist", "inaturalist:1109254")),
        ("iNat-12.m4a", ("inaturalist", "inaturalist:12")),
        ("CSA36385.ogg", ("csa", "csa:36385")),
        ("XCeed.wav", None),
        ("soundXC1.wav", None),
        ("/XC1/dawn.wav", None),
    ],
)
def test_file_names_of_archives_are_recognised(name, expected):
    assert origin(name) == expected


@pytest.mark.parametrize("archive", PREFIXES.values())
def test_names_for_files_lead_back_to_the_recording(archive):
    assert origin(file_stem(f"{archive}:42") + ".ogg") == (archive, f"{archive}:42")
    assert archive_from(collection_from(archive)) == archive


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("Turdus rufiventris", ("Turdus rufiventris", "")),
        ("Turdus_rufiventris", ("Turdus rufiventris", "")),
        ("Turdus rufiventris_Rufous-bellied Thrush", ("Turdus rufiventris", "Rufous-bellied Thrush")),
        ("Canis lupus familiaris", ("Canis lupus familiaris", "")),
        ("Ragoniella novae-seelandiae", ("Ragoniella novae-seelandiae", "")),
        ("rubthr1", ("", "")),
        ("1139490", ("", "")),
        ("background", ("", "")),
        ("noise_other", ("", "")),
        ("Turdus", ("", "")),
        *(
            (name, (name, ""))
            for name in (
                "Strix aluco",
                "Corvus corone",
                "Anser anser",
                "Parus major",
                "Alle alle",
                "Homo sapiens",
                "Bubo bubo",
                "Trogon rufus",
                "Corvus corax",
                "Rana arvalis",
                "Larus ridibundus",
                "Cettia cetti",
                "Molothrus ater",
            )
        ),
        *(
            (name, ("", ""))
            for name in (
                "Blue tit",
                "Blue_tit",
                "Great tit",
                "Song thrush",
                "House sparrow",
                "Common cuckoo",
                "Canada goose",
                "Great spotted woodpecker",
                "Greater flamingo",
                "Merle noir",
                "Barn owl_female",
                "Red panda",
                "Field recordings",
                "Site north",
            )
        ),
        ("", ("", "")),
    ],
)
def test_folders_named_after_species_tell_the_species(folder, expected):
    assert species(folder) == expected


@pytest.mark.parametrize(
    "name", ["..", ".", "", "a/b", "a\\b", "a\nb", ".hidden", "con:1", "aux", "Nul.2", "sp.", "a. ."]
)
def test_safe_names_stay_one_visible_part_of_a_path(name):
    safe = safe_name(name)
    assert safe
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert not is_device_name(safe)
    assert not set(safe) & set("/\\:\n\0")
