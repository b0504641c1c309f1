"""Which file a table means: the longest matching end of its path, and none where two match equally well."""

from __future__ import annotations

import pytest

from curate.formats.files.audio_paths import EXACT, Finder
from tests.formats.rows import touch


@pytest.fixture
def sites(tmp_path):
    """Recorders at two sites name their files by the clock."""
    touch(tmp_path / "site1" / "0530.WAV", tmp_path / "site2" / "0530.WAV", tmp_path / "tables" / "t.csv")
    return tmp_path


def found(folder, name, *, audio="", **options):
    finder = Finder(folder / "tables" / "t.csv", folder / audio if audio is not None else None)
    match = finder.find(name, **options)
    return match if match.path is None else match.path.removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    "name", [r"D:\data\site2\0530.WAV", "/mnt/SITE2/0530.wav", "site2/0530", "../site2/0530.WAV"]
)
def test_the_longest_end_of_a_path_of_any_system_counts(sites, name):
    assert found(sites, name) == "site2/0530.WAV"


@pytest.mark.parametrize("name", ["0530.WAV", "0530", "site3/0530.wav"])
def test_two_files_that_match_equally_well_are_both_named(sites, name):
    match = found(sites, name)
    assert match.several == (str(sites / "site1/0530.WAV"), str(sites / "site2/0530.WAV"))
    assert f"it may be {sites}/site1/0530.WAV or {sites}/site2/0530.WAV" in match.why
    assert match.problem(name, "t.csv:2").kind == "ambiguous"


def test_one_of_two_that_differ_in_case_alone_is_the_one_that_is_spelt_so(tmp_path):
    touch(tmp_path / "tables" / "a.wav", tmp_path / "tables" / "A.WAV")
    assert found(tmp_path, "A.WAV", audio=None) == "tables/A.WAV"
    assert len(found(tmp_path, "a.Wav", audio=None).several) == 2


@pytest.mark.parametrize("name", ["a.wav", "A.wav", "a", "deep/a.WAV", r"C:\deep\a.wav"])
def test_beside_the_table_case_and_ending_may_differ(tmp_path, name):
    touch(tmp_path / "tables" / "a.WAV", tmp_path / "tables" / "t.csv")
    assert found(tmp_path, name, audio=None) == "tables/a.WAV"


def test_names_without_an_ending_may_hold_dots_and_be_of_two_kinds(tmp_path):
    touch(tmp_path / "tables" / "a.1.wav", tmp_path / "tables" / "b.wav", tmp_path / "tables" / "b.flac")
    assert found(tmp_path, "a.1", audio=None) == "tables/a.1.wav"
    assert len(found(tmp_path, "b", audio=None).several) == 2
    assert found(tmp_path, "b.mp3", audio=None).path is None  # another file, though it may hold the same


def test_a_whole_path_is_not_matched_by_its_end(tmp_path):
    touch(tmp_path / "tables" / "a.wav")
    assert found(tmp_path, "elsewhere/a.wav", audio=None, whole=True).path is None
    assert found(tmp_path, "/elsewhere/a.wav", audio=None, whole=True).path is None
    assert found(tmp_path, "A.WAV", audio=None, whole=True) == "tables/a.wav"


def test_a_name_in_another_form_of_unicode_is_the_same(tmp_path):
    touch(tmp_path / "tables" / "me\u0301sange.wav")
    assert found(tmp_path, "m\u00e9sange.wav", audio=None) == "tables/me\u0301sange.wav"


def test_a_near_name_is_hinted(tmp_path):
    touch(tmp_path / "tables" / "XC123456.wav")
    match = found(tmp_path, "XC12345.wav", audio=None)
    assert (match.path, match.near) == (None, "XC123456.wav")
    assert match.problem("XC12345.wav", "t.csv:3").reason == "named in t.csv:3; did you mean 'XC123456.wav'?"
    assert found(tmp_path, "other.wav", audio=None).why == ""


def test_a_table_in_a_folder_of_the_same_name_speaks_of_the_audio_in_it(tmp_path):
    touch(tmp_path / "audio" / "site1" / "a.WAV", tmp_path / "audio" / "site2" / "a.WAV")
    finder = Finder(tmp_path / "tables", tmp_path / "audio")
    assert finder.of_stem("a", str(tmp_path / "tables" / "site2")).path == str(tmp_path / "audio/site2/a.WAV")
    assert finder.of_stem("a.wav", str(tmp_path / "tables" / "site1")).path == str(
        tmp_path / "audio/site1/a.WAV"
    )
    assert len(finder.of_stem("a", str(tmp_path / "tables")).several) == 2


def test_a_name_that_leads_to_its_file_is_exact(sites):
    assert Finder(sites / "tables/t.csv", sites).find("site1/0530.WAV").parts == EXACT


def test_an_uploaded_file_is_found_under_the_name_that_it_had(tmp_path):
    touch(tmp_path / "tables" / "XC1 - Wren (song).wav")
    assert Finder(tmp_path / "tables" / "t.json", None).uploaded("XC1_-_Wren_song.wav").path is not None
