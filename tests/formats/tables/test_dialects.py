"""Tables that clients of archives write are read by what their columns mean; a genus joins its epithet."""

from __future__ import annotations

import pytest

from curate.archives.urls import Urls
from curate.formats.tables import csv
from curate.formats.tables.taxa import read_taxa
from curate.formats.tables_beside import read_folder
from tests.datasets import write_tone

XENO_CANTO = (
    "id,gen,sp,ssp,en,rec,cnt,loc,lat,lng,type,url,file,file-name,lic,q,time,date,also,rmk,dvc\n"
    "1,Turdus,merula,,Common Blackbird,Ann,Spain,Lugo,42.1,-8.2,song,//xeno-canto.org/1,"
    "//xeno-canto.org/1/download,a.wav,//creativecommons.org/licenses/by-nc-sa/4.0/,{},07:17,2021-05-00,"
    '"Turdus pilaris, Parus major",hello,Zoom\n'
)
WARBLER = (
    "Recording_ID,Genus,Specific_epithet,English_name,Recordist,Country,Latitude,Longitude,Vocalization_type,"
    "Audio_file,License,Url,Quality,Time,Date\n"
    "1,Turdus,merula,Common Blackbird,Ann,Spain,42.1,-8.2,song,//xeno-canto.org/1/download,"
    "//creativecommons.org/licenses/by-nc-sa/4.0/,//xeno-canto.org/1,{},07:17,2021-05-00\n"
)


def listed(path):
    archive = Urls(file=path)
    found = [
        (search.taxon, each)
        for search in archive.searches()
        for each in archive.read(search, search.ask, b"").recordings
    ]
    return found, archive.problems


@pytest.mark.parametrize(("rating", "stars"), [("A", 5.0), ("E", 1.0), ("no score", None), ("", None)])
@pytest.mark.parametrize("text", [XENO_CANTO, WARBLER])
def test_metadata_of_xeno_canto_keep_all_that_they_tell(tmp_path, text, rating, stars):
    path = tmp_path / "xc.csv"
    path.write_text(text.format(rating), encoding="utf-8")
    [(taxon, found)], problems = listed(path)
    assert (taxon.label, taxon.scientific_name) == ("Turdus merula", "Turdus merula")
    assert (found.identity, found.file_urls) == (
        ("xeno-canto", "1"),
        ("https://xeno-canto.org/1/download",),
    )
    assert (found.recordist, found.license.code, found.rating) == ("Ann", "CC-BY-NC-SA-4.0", stars)
    assert (found.common_name, found.country, found.sound_type) == ("Common Blackbird", "Spain", "song")
    assert (found.latitude, found.longitude, found.date) == (42.1, -8.2, "2021-05")
    if text is XENO_CANTO:
        assert found.background == ("Turdus pilaris", "Parus major")
        assert (found.locality, found.remarks, found.device) == ("Lugo", "hello", "Zoom")
    assert {each.kind for each in problems} <= {"unused-column"}


def test_metadata_of_suwo_name_recordist_and_species(tmp_path):
    path = tmp_path / "suwo.csv"
    path.write_text(
        "repository,format,key,species,date,user_name,latitude,longitude,file_url,file_extension\n"
        "iNaturalist,sound,77,Rana temporaria,2021-05-01,bob,42.1,-8.2,"
        "https://static.inaturalist.org/sounds/26311.wav,wav\n",
        encoding="utf-8",
    )
    [(taxon, found)], _ = listed(path)
    assert (taxon.label, taxon.scientific_name) == ("Rana temporaria", "Rana temporaria")
    assert (found.identity, found.recordist, found.license.code) == (
        ("inaturalist", "26311"),
        "bob",
        "unknown",
    )


def test_files_beside_such_metadata_are_imported_with_them(tmp_path):
    write_tone(tmp_path / "a.wav")
    (tmp_path / "xc.csv").write_text(XENO_CANTO.format("B"), encoding="utf-8")
    [row] = csv.read(tmp_path / "xc.csv", report=[].append)
    assert (row.label, row.scientific_name, row.recordist, row.rating) == (
        "Turdus merula",
        "Turdus merula",
        "Ann",
        4.0,
    )
    assert row.secondary_labels == ("Turdus pilaris", "Parus major")


@pytest.mark.parametrize("text", [XENO_CANTO, WARBLER])
@pytest.mark.parametrize(
    "name",
    ["XC1.wav", "xc1.WAV", "XC1 - Common Blackbird - Turdus merula.wav", "1.wav", "Turdus-merula-1.wav"],
)
def test_files_are_found_by_the_number_of_their_recording(tmp_path, name, text):
    for each in (name, "XC11.wav", "site-1.wav"):
        write_tone(tmp_path / "audio" / "blackbird" / each)
    (tmp_path / "xc.csv").write_text(text.format("B"), encoding="utf-8")
    problems = []
    [row] = csv.read(tmp_path / "xc.csv", report=problems.append, audio_folder=tmp_path / "audio")
    assert row.path == str(tmp_path / "audio" / "blackbird" / name)
    assert (row.recording_id, row.archive, row.recordist) == ("xeno-canto:1", "xeno-canto", "Ann")
    assert {each.kind for each in problems} <= {"unused-column"}


def test_files_next_to_such_metadata_are_found_and_a_folder_names_the_command(tmp_path):
    write_tone(tmp_path / "XC1.wav")
    write_tone(tmp_path / "deep" / "XC1.wav")  # a folder is looked at where it is named
    (tmp_path / "xc.csv").write_text(XENO_CANTO.replace(",a.wav,", ",,").format("B"), encoding="utf-8")
    [row] = csv.read(tmp_path / "xc.csv", report=[].append)
    assert row.path == str(tmp_path / "XC1.wav")
    problems = []
    assert len(list(read_folder(tmp_path, report=problems.append))) == 2
    [told] = [each for each in problems if each.kind == "unused-file"]
    assert told.reason.startswith("a table of recordings; to read it: curate import")


def test_a_number_of_two_files_or_of_none_is_told(tmp_path):
    for each in ("a/XC1.wav", "b/XC1.wav"):
        write_tone(tmp_path / each)
    text = XENO_CANTO.replace("//xeno-canto.org/1/download,a.wav", ",").format("B")
    second = text.splitlines()[1].replace("1,", "2,", 1)
    (tmp_path / "xc.csv").write_text(f"{text}{second}\n", encoding="utf-8")
    problems = []
    assert list(csv.read(tmp_path / "xc.csv", report=problems.append, audio_folder=tmp_path)) == []
    told = [(each.kind, each.path) for each in problems if each.kind != "unused-column"]
    assert told == [("ambiguous", str(tmp_path / "XC1")), ("row-without-file", str(tmp_path / "XC2"))]


@pytest.mark.parametrize("header", ["genus,species", "Genus;Specific epithet", "gen\tsp", "Genus,epithet"])
def test_a_genus_and_an_epithet_are_one_name(tmp_path, header):
    mark = next(each for each in ",;\t" if each in header)
    path = tmp_path / "t.csv"
    rows = [["Turdus", "merula"], ["Merops", "merula"], ["Turdus", "Turdus pilaris"], ["Hyla", ""]]
    path.write_text("\n".join([header, *map(mark.join, rows)]) + "\n", encoding="utf-8")
    assert [(taxon.label, taxon.scientific_name) for taxon in read_taxa(path, report=print)] == [
        ("Turdus merula", "Turdus merula"),
        ("Merops merula", "Merops merula"),
        ("Turdus pilaris", "Turdus pilaris"),
        ("", "Hyla"),
    ]


def test_a_table_of_recordings_with_genus_and_species_has_whole_names_as_classes(tmp_path):
    for name in ("a.wav", "b.wav"):
        write_tone(tmp_path / name)
    path = tmp_path / "t.csv"
    path.write_text("file,genus,species\na.wav,Turdus,merula\nb.wav,Merops,merula\n", encoding="utf-8")
    problems = []
    assert [row.label for row in csv.read(path, report=problems.append)] == ["Turdus merula", "Merops merula"]
    assert problems == []
    # A column that is named is that one, whatever it is called here.
    path.write_text("file,gen,sp,lic\na.wav,Turdus,merula,\n", encoding="utf-8")
    assert [row.label for row in csv.read(path, report=print, label_column="sp")] == ["Turdus merula"]


def test_other_tables_are_read_as_they_stand(tmp_path):
    write_tone(tmp_path / "a.wav")
    path = tmp_path / "t.csv"
    text = "file,genus,species,scientific_name,en,q\na.wav,Turdus,merula,Turdus merula,x,7\n"
    path.write_text(text, encoding="utf-8")
    problems = []
    [row] = csv.read(path, report=problems.append)
    assert (row.label, row.scientific_name) == ("Turdus merula", "Turdus merula")
    assert [each.kind for each in problems] == ["unused-column"] * 2
