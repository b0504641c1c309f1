"""Tables of URLs, and the Colombian Sound Archive that is reached by them."""

from __future__ import annotations

import pytest

from curate.archives.csa import Csa
from curate.archives.urls import Urls
from curate.errors import FormatError, UsageError
from tests.archives.servers import gbif_occurrence

_CSA = "http://colecciones.humboldt.org.co/rec/sonidos/IAvH-CSA-36385/IAvH-CSA-36385.mp3"
_XC = "https://www.xeno-canto.org/134896"
_INAT = "https://static.inaturalist.org/sounds/26.mp3?1"

TRAIN = (
    "primary_label,secondary_labels,type,filename,collection,rating,url,latitude,longitude,"
    "scientific_name,common_name,author,license\n"
    f"1139490,[''],[''],1139490/CSA36385.ogg,CSA,0.0,{_CSA},7.3,-73.7,"
    "Ragoniella pulchella,Ragoniella pulchella,A. Person,cc-by-nc-sa 4.0\n"
    f"eurbla,['fieldf'],['song'],eurbla/XC134896.ogg,XC,4.5,{_XC},51.4,104.6,"
    "Turdus merula,Eurasian Blackbird,B. Person,cc-by 4.0\n"
    f"20979,[''],[''],20979/iNat26.ogg,iNat,0.0,{_INAT},1,2,Rana temporaria,Common Frog,C. Person,cc0\n"
)


@pytest.fixture
def train(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text(TRAIN, encoding="utf-8")
    return path


def found(archive):
    return [
        (search.taxon.label, recording)
        for search in archive.searches()
        for recording in archive.read(search, search.ask, b"").recordings
    ]


def test_a_table_of_birdclef_leads_to_the_recordings_of_its_archives(train):
    listed = found(Urls(file=train))
    assert [(label, each.recording_id) for label, each in listed] == [
        ("1139490", "csa:36385"),
        ("eurbla", "xeno-canto:134896"),
        ("20979", "inaturalist:26"),
    ]
    bird = listed[1][1]
    assert bird.file_urls == ("https://xeno-canto.org/134896/download",)
    assert (bird.license.code, bird.rating, bird.recordist) == ("CC-BY-4.0", 4.5, "B. Person")
    assert (bird.background, bird.sound_type, bird.latitude) == (("fieldf",), "song", 51.4)
    assert listed[0][1].rating is None


def test_other_tables_need_no_more_than_a_url(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "link;md5;size\nhttps://example.org/a%20b.wav?token=abc;D41D8CD98F00B204E9800998ECF8427E;16\n"
        "//example.org/c.flac;;\nnowhere;;\n",
        encoding="utf-8",
    )
    archive = Urls(file=path)
    first, second = (each for _, each in found(archive))
    assert (first.checksum, first.bytes, first.file_name) == (
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        16,
        "a b.wav",
    )
    assert "abc" not in first.recording_id
    assert (second.file_urls, second.recording_id) == (
        ("https://example.org/c.flac",),
        "urls:example.org/c.flac",
    )
    assert [problem.kind for problem in archive.problems] == ["bad-row"]


MD5, SHA256 = "d41d8cd98f00b204e9800998ecf8427e", "ab" * 32


@pytest.mark.parametrize(
    ("cell", "checksum"),
    [
        (MD5, f"md5:{MD5}"),
        (f" MD5:{MD5} ", f"md5:{MD5}"),
        (SHA256, f"sha256:{SHA256}"),
        (f"sha256:{SHA256.upper()}", f"sha256:{SHA256}"),
        ("NA", None),
        ("", None),
    ],
)
def test_a_checksum_is_known_by_its_length(cell, checksum, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(f"url,checksum\nhttps://example.org/a.wav,{cell}\n", encoding="utf-8")
    archive = Urls(file=path)
    [(_, recording)] = found(archive)
    assert (recording.checksum, archive.problems) == (checksum, [])


@pytest.mark.parametrize("cell", ["crc32:12345678", f"sha1:{MD5}", f"md5:{SHA256}", "12345678", "öö"])
def test_a_checksum_that_cannot_be_compared_is_told_and_the_file_fetched_all_the_same(cell, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(f"url,checksum\nhttps://example.org/a.wav,{cell}\n", encoding="utf-8")
    archive = Urls(file=path)
    [(_, recording)] = found(archive)
    assert recording.checksum is None
    assert [problem.path for problem in archive.problems] == [f"{path}:2"]
    assert "column checksum: expected an md5 or a sha256" in archive.problems[0].reason


def test_a_url_that_is_not_whole_is_told_with_its_words(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("url,label\n/sounds/a.wav,owl\n,owl\n", encoding="utf-8")
    archive = Urls(file=path)
    assert [each.reason for each in archive.problems] == [
        "'/sounds/a.wav' is no whole URL",
        "its URL is empty",
    ]


def test_columns_without_a_use_are_told_in_one_line(tmp_path):
    path = tmp_path / "list.csv"
    more = ",".join(f"c{n}" for n in range(9))
    path.write_text(f"url,Lizenz,md5,Format,{more}\nhttps://example.org/a.wav,CC0\n", encoding="utf-8")
    (told,) = Urls(file=path).problems
    assert (told.kind, told.path) == ("unused-column", str(path))
    assert told.reason == "Lizenz, c0, c1, c2, c3, c4, c5, c6 and 2 more"


def test_columns_may_be_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("where,who\nhttps://example.org/a.wav,owl\n", encoding="utf-8")
    [(label, _)] = found(Urls(file=path, url_column="where", label_column="who"))
    assert label == "owl"
    with pytest.raises(FormatError, match="lacks the column 'nothing'"):
        Urls(file=path, url_column="nothing")
    with pytest.raises(FormatError, match="lacks a column of URLs"):
        Urls(file=path)


# Exports of archives.

EXPORT = (
    "id,observed_on,user_login,license,url,image_url,sound_url,scientific_name,iconic_taxon_name,place_guess\n"
    "71,2024-05-02,ann,CC-BY,https://www.inaturalist.org/observations/71,https://x.org/1.jpg,"
    "https://static.inaturalist.org/sounds/9.m4a?5,Hyla arborea,Amphibia,Pond\n"
    "72,2024-05-03,ben,CC0,https://www.inaturalist.org/observations/72,https://x.org/2.jpg,,Hyla arborea,,\n"
)


def test_of_an_export_of_inaturalist_the_sounds_are_taken_and_not_the_pages(tmp_path):
    path = tmp_path / "observations.csv"
    path.write_text(EXPORT, encoding="utf-8")
    archive = Urls(file=path)
    [(label, sound)] = found(archive)
    assert (label, sound.recording_id) == ("Hyla arborea", "inaturalist:9")
    assert sound.file_urls == ("https://static.inaturalist.org/sounds/9.m4a?5",)
    assert (sound.date, sound.recordist, sound.class_name) == ("2024-05-02", "ann", "Amphibia")
    assert sound.locality == "Pond"
    # The licence is that of the observation; the sound has one of its own.
    assert (sound.license.code, sound.extra["observation_license"]) == ("unknown", "CC-BY")
    assert [problem.kind for problem in archive.problems] == ["unused-column", "unsure-license", "no-sound"]
    # The page is fetched only where somebody says so.
    assert found(Urls(file=path, url_column="url"))[1][1].file_urls[0].endswith("/observations/72")


@pytest.mark.parametrize(("cell", "hidden"), [("true", "yes"), ("false", None), ("", None)])
def test_an_export_tells_whether_a_place_is_hidden(cell, hidden, tmp_path):
    path = tmp_path / "observations.csv"
    lines = EXPORT.splitlines()
    path.write_text(f"{lines[0]},coordinates_obscured\n{lines[1]},{cell}\n", encoding="utf-8")
    [(_, sound)] = found(Urls(file=path))
    assert sound.extra.get("obscured") == hidden


MEDIA = (
    "gbifID\ttype\tformat\tidentifier\tcreator\tlicense\n"
    "1\tSound\taudio/mpeg\thttps://example.org/1.mp3\tAnn\tCC BY 4.0\n"
    "1\tStillImage\timage/jpeg\thttps://example.org/1.jpg\tAnn\tCC BY 4.0\n"
    "2\t\timage/png\thttps://example.org/2.png\tBen\t\n"
    "2\thttp://purl.org/dc/dcmitype/Sound\t\thttps://example.org/2.wav\tBen\t\n"
    "3\tMovingImage\tvideo/mp4\thttps://example.org/3.mp4\tBen\t\n"
)


def test_of_darwin_core_media_the_sounds_are_taken(tmp_path):
    path = tmp_path / "multimedia.txt"
    path.write_text(MEDIA, encoding="utf-8")
    archive = Urls(file=path)
    listed = found(archive)
    assert [each.file_urls[0] for _, each in listed] == [
        "https://example.org/1.mp3",
        "https://example.org/2.wav",
    ]
    assert [each.recordist for _, each in listed] == ["Ann", "Ben"]
    assert [each.sound_type for _, each in listed] == [None, None]
    assert [problem.reason.split()[4] for problem in archive.problems] == [
        "StillImage,",
        "image/png,",
        "MovingImage,",
    ]


def test_what_the_media_show_is_told_by_the_occurrences_beside_them(tmp_path):
    (tmp_path / "multimedia.txt").write_text(MEDIA, encoding="utf-8")
    (tmp_path / "occurrence.txt").write_text(
        "gbifID\ttype\tlicense\tscientificName\tspecies\tdecimalLatitude\tdecimalLongitude\teventDate\n"
        "1\tPhysicalObject\tCC0_1_0\tHyla arborea (Linnaeus, 1758)\tHyla arborea\t1.5\t2.5\t2024-05-02\n"
        "2\tPhysicalObject\tCC0_1_0\tBufo bufo (Linnaeus, 1758)\tBufo bufo\t\t\t2024\n",
        encoding="utf-8",
    )
    listed = found(Urls(file=tmp_path / "multimedia.txt"))
    assert [label for label, _ in listed] == ["Hyla arborea", "Bufo bufo"]
    first, second = (each for _, each in listed)
    assert (first.scientific_name, first.latitude, first.date) == ("Hyla arborea", 1.5, "2024-05-02")
    assert (first.license.code, second.license.code) == ("CC-BY-4.0", "CC0-1.0")


def test_the_kind_of_an_occurrence_is_not_that_of_its_media(tmp_path):
    (tmp_path / "multimedia.txt").write_text(
        "gbifID\ttype\tidentifier\n1\t\thttps://example.org/1.mp3\n", encoding="utf-8"
    )
    (tmp_path / "occurrence.txt").write_text(
        "gbifID\ttype\tspecies\n1\tPhysicalObject\tHyla arborea\n", encoding="utf-8"
    )
    [(label, recording)] = found(Urls(file=tmp_path / "multimedia.txt"))
    assert (label, recording.sound_type) == ("Hyla arborea", None)


def test_columns_of_other_tables_keep_their_names(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "url,created,taxon_id,a:note,b:note\nhttps://example.org/a.wav,2024-01-01,7,x,y\n", encoding="utf-8"
    )
    [(_, recording)] = found(Urls(file=path))
    assert (recording.date, recording.extra) == (None, {})


def test_a_sound_type_that_people_give_is_none_of_a_medium(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("url,type\nhttps://example.org/a.wav,song\n", encoding="utf-8")
    [(_, recording)] = found(Urls(file=path))
    assert recording.sound_type == "song"


# The Colombian Sound Archive.


def test_its_files_are_tried_as_wav_before_mp3_and_https_before_http(train):
    [(label, recording)] = found(Csa(table=train))
    assert label == "1139490"
    assert [
        url.replace("colecciones.humboldt.org.co/rec/sonidos/IAvH-CSA-36385/", "")
        for url in recording.file_urls
    ] == [
        "https://IAvH-CSA-36385.wav",
        "http://IAvH-CSA-36385.wav",
        "https://IAvH-CSA-36385.mp3",
        "http://IAvH-CSA-36385.mp3",
    ]


def test_some_of_its_taxa_can_be_chosen(train):
    assert len(found(Csa(table=train, taxon=["Ragoniella pulchella"]))) == 1
    assert found(Csa(table=train, taxon=["Turdus merula"])) == []


def test_through_gbif_its_recordings_keep_their_numbers():
    import json

    archive = Csa(dataset_key="b1047888-ae52-4179-9dd5-5448ea342a24")
    [search] = archive.searches()
    media = [
        {
            "type": "Sound",
            "identifier": "http://colecciones.humboldt.org.co/rec/sonidos/IAvH-CSA-5/IAvH-CSA-5.wav",
        }
    ]
    answer = {"endOfRecords": True, "count": 1, "limit": 300, "results": [gbif_occurrence(1, media)]}
    [recording] = archive.read(search, search.ask, json.dumps(answer).encode()).recordings
    assert (recording.recording_id, recording.references) == ("csa:5", (("gbif", "1"),))
    assert len(recording.file_urls) == 4


@pytest.mark.parametrize("options", [{}, {"table": "a.csv", "dataset_key": "b"}])
def test_it_is_reached_one_way_at_a_time(options):
    with pytest.raises(UsageError, match="table"):
        Csa(**options)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.xeno-canto.org/download.php?XC=694038",
        "http://xeno-canto.org/XC694038",
        "https://xeno-canto.org/recording/694038",
        "https://www.xeno-canto.org/694038/embed?simple=1",
    ],
)
def test_old_addresses_of_xeno_canto_lead_to_its_files(tmp_path, url):
    [(_, found)] = rows(tmp_path, f"url,label\n{url},owl\n")
    assert found.identity == ("xeno-canto", "694038")
    assert found.file_urls == ("https://xeno-canto.org/694038/download",)


def test_media_of_inaturalist_s_archive_are_told_by_the_observations_beside_them(tmp_path):
    (tmp_path / "observations.csv").write_text(
        "id,scientificName,eventDate,decimalLatitude,decimalLongitude,recordedBy\n"
        "7,Rana temporaria,2021-05-01,42.0,-8.0,Ann\n8,Bufo bufo,2021-05-02,42.0,-8.0,Bo\n",
        encoding="utf-8",
    )
    text = (
        "id,type,format,identifier,license,creator,rightsHolder\n"
        "7,Sound,audio/aac,https://static.inaturalist.org/sounds/44751.x-m4a?15,CC BY-NC-SA 4.0,Ann Lee,Ann\n"
        "7,StillImage,image/jpeg,https://example.org/a.jpg,CC BY 4.0,Ann Lee,Ann\n"
    )
    [(taxon, found)] = rows(tmp_path, text, "media.csv")
    assert taxon.label == "Rana temporaria"
    assert (found.identity, found.recordist, found.license.code) == (
        ("inaturalist", "44751"),
        "Ann Lee",
        "CC-BY-NC-SA-4.0",
    )
    assert (found.date, found.latitude) == ("2021-05-01", 42.0)


def rows(folder, text, name="list.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    archive = Urls(file=folder / name)
    return [
        (search.taxon, each)
        for search in archive.searches()
        for each in archive.read(search, search.ask, b"").recordings
    ]
