"""Reading the folders of the competitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import FormatError, UsageError
from curate.formats.trainers import birdclef
from curate.formats.trainers.birdclef_years import YEARS
from curate.model import Row
from tests.formats.rows import touch

RECORD = {
    "primary_label": "asbfly",
    "secondary_labels": "\"['x', '1139490']\"",
    "type": "\"['call', 'song']\"",
    "latitude": "39.2297",
    "longitude": "",
    "scientific_name": "Muscicapa dauurica",
    "common_name": "Asian Brown Flycatcher",
    "class_name": "Aves",
    "inat_taxon_id": "204455",
    "author": "Magnus Hellström",
    "date": "2013-05-00",
    "license": "cc-by-nc-sa 4.0",
    "rating": "2.5",
    "time": "08:30",
    "url": "https://www.xeno-canto.org/134896",
    "collection": "XC",
}


def make_year(folder: Path, year: int, *changes: dict[str, str]) -> Path:
    """Make a competition's folder, with a row for each dict of changes and its file."""
    layout = YEARS[year]
    lines = [",".join(layout.columns)]
    for change in changes or [{}]:
        record = {**RECORD, "filename": "asbfly/XC134896.ogg", **change}
        file = folder / layout.audio / record["filename"]
        if layout.bare:
            record["filename"] = Path(record["filename"]).name
        touch(file)
        lines.append(",".join(record[column] for column in layout.columns))
    name = "train.csv" if year >= 2025 else "train_metadata.csv"
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("year", YEARS)
def test_each_year_is_read_by_what_is_there(year, tmp_path, problems):
    (row,) = birdclef.read(make_year(tmp_path, year), report=problems)
    assert problems == []
    assert row.path == f"{tmp_path}/{YEARS[year].audio}/asbfly/XC134896.ogg"
    assert (row.recording_id, row.archive, row.label) == ("xeno-canto:134896", "xeno-canto", "asbfly")
    assert row.secondary_labels == ("x", "1139490")
    assert (row.scientific_name, row.common_name) == ("Muscicapa dauurica", "Asian Brown Flycatcher")
    assert (row.latitude, row.longitude, row.rating) == (39.2297, None, 2.5)
    assert (row.recordist, row.license) == ("Magnus Hellström", "cc-by-nc-sa 4.0")
    assert row.url == "https://www.xeno-canto.org/134896"
    assert row.date == ("2013-05" if year == 2021 else "")
    assert row.class_name == ("Aves" if year == 2026 else "")
    assert row.extra == {
        "sound_type": "call; song",
        "filename": "XC134896.ogg" if year == 2021 else "asbfly/XC134896.ogg",
        **({"time": "08:30"} if year <= 2022 else {}),
        **({"inat_taxon_id": "204455"} if year == 2026 else {}),
    }


def test_the_table_itself_can_be_named(tmp_path, problems):
    make_year(tmp_path, 2025)
    (tmp_path / "train.csv").rename(tmp_path / "fold0.csv")
    (row,) = birdclef.read(tmp_path / "fold0.csv", report=problems)
    assert row.label == "asbfly"


@pytest.mark.parametrize("label", ["1139490", "0042", "47158son16"])
def test_labels_are_text_whatever_they_look_like(label, tmp_path, problems):
    make_year(
        tmp_path, 2025, {"primary_label": label, "filename": f"{label}/iNat7.ogg", "collection": "iNat"}
    )
    (row,) = birdclef.read(tmp_path, report=problems)
    assert (row.label, row.archive, row.recording_id) == (label, "inaturalist", "inaturalist:7")


@pytest.mark.parametrize("empty", ["['']", "[]", ""])
def test_empty_lists_of_every_year_are_empty(empty, tmp_path, problems):
    make_year(tmp_path, 2025, {"secondary_labels": empty, "type": empty})
    (row,) = birdclef.read(tmp_path, report=problems)
    assert row.secondary_labels == ()
    assert "sound_type" not in row.extra
    assert problems == []


def test_a_rating_of_zero_means_unrated(tmp_path, problems):
    (row,) = birdclef.read(make_year(tmp_path, 2025, {"rating": "0.0"}), report=problems)
    assert row.rating is None


def test_an_unknown_collection_is_birdclef(tmp_path, problems):
    change = {"filename": "asbfly/dawn.ogg", "collection": "somebody"}
    (row,) = birdclef.read(make_year(tmp_path, 2025, change), report=problems)
    assert (row.archive, row.recording_id) == ("birdclef", "")


def test_a_broken_list_is_reported_and_the_rest_of_the_row_kept(tmp_path, problems):
    make_year(tmp_path, 2024, {"secondary_labels": "['x'", "latitude": "north"})
    (row,) = birdclef.read(tmp_path, report=problems)
    assert (row.label, row.secondary_labels, row.latitude) == ("asbfly", (), None)
    assert [problem.path for problem in problems] == [f"{tmp_path}/train_metadata.csv:2"] * 2
    assert problems.kinds == ["bad-row", "bad-row"]


def test_the_taxonomy_is_joined_where_the_row_is_silent(tmp_path, problems):
    make_year(tmp_path, 2025, {"primary_label": "0042", "filename": "0042/CSA1.ogg", "common_name": ""})
    (tmp_path / "taxonomy.csv").write_text(
        "primary_label,inat_taxon_id,scientific_name,common_name,class_name\n"
        "0042,42,Not this,Some Katydid,Insecta\nother,1,A,B,C\n"
    )
    (row,) = birdclef.read(tmp_path, report=problems)
    assert (row.class_name, row.common_name, row.scientific_name) == (
        "Insecta",
        "Some Katydid",
        "Muscicapa dauurica",
    )
    assert (row.extra["inat_taxon_id"], row.extra["filename"]) == ("42", "0042/CSA1.ogg")


def test_a_strange_taxonomy_is_reported_and_not_used(tmp_path, problems):
    make_year(tmp_path, 2025)
    (tmp_path / "taxonomy.csv").write_text("code,class\nasbfly,Aves\n")
    (row,) = birdclef.read(tmp_path, report=problems)
    assert row.class_name == ""
    assert [(problem.kind, problem.path) for problem in problems] == [("bad-row", f"{tmp_path}/taxonomy.csv")]


def test_rows_without_files_files_without_rows_and_second_rows_are_reported(tmp_path, problems):
    make_year(tmp_path, 2025, {}, {"filename": "asbfly/XC2.ogg"}, {"rating": "5.0"}, {"primary_label": ""})
    (tmp_path / "train_audio" / "asbfly" / "XC2.ogg").unlink()
    touch(tmp_path / "train_audio" / "x" / "XC4.ogg", tmp_path / "train_audio" / "XC3.ogg")
    rows = list(birdclef.read(tmp_path, report=problems))
    assert [(row.recording_id, row.rating) for row in rows] == [("xeno-canto:134896", 2.5)]
    assert [(problem.kind, Path(problem.path).name) for problem in problems] == [
        ("row-without-file", "XC2.ogg"),
        ("bad-row", "train.csv:4"),
        ("bad-row", "train.csv:5"),
        ("file-without-row", "XC3.ogg"),
        ("file-without-row", "XC4.ogg"),
    ]


@pytest.mark.parametrize(
    ("file", "date", "extra"),
    [
        ("train_soundscapes/H39_20230420_112000.ogg", "2023-04-20", {"locality": "H39", "time": "11:20:00"}),
        ("train_soundscapes/10534_SSW_20170429.ogg", "2017-04-29", {"locality": "SSW"}),
        ("train_soundscapes/B_S8_20250606_030007.ogg", "2025-06-06", {"locality": "S8", "time": "03:00:07"}),
        ("unlabeled_soundscapes/460830.ogg", "", {}),
        ("test_soundscapes/soundscape_20230420.ogg", "", {}),
        ("test_soundscapes/H39_20231399_112000.ogg", "", {}),
    ],
)  # fmt: skip
def test_soundscapes_are_unlabelled_and_their_names_tell_place_and_time(
    file, date, extra, tmp_path, problems
):
    make_year(tmp_path, 2025)
    touch(tmp_path / file)
    *_, row = birdclef.read(tmp_path, report=problems)
    assert row == Row(path=f"{tmp_path}/{file}", archive="birdclef", date=date, extra=extra)
    assert problems == []


def test_a_folder_without_table_says_what_was_expected_and_is_there(tmp_path, problems):
    touch(tmp_path / "labels.csv")
    with pytest.raises(FormatError, match=r"it lacks train\.csv or train_metadata\.csv") as info:
        birdclef.read(tmp_path, report=problems)
    assert info.value.hint == "there are: labels.csv"


def test_a_table_without_audio_folder_or_columns_is_refused(tmp_path, problems):
    (tmp_path / "train.csv").write_text("primary_label,filename\nx,x/a.ogg\n")
    with pytest.raises(FormatError, match="it lacks train_audio or train_short_audio"):
        birdclef.read(tmp_path, report=problems)
    (tmp_path / "train.csv").write_text("label,filename\nx,x/a.ogg\n")
    with pytest.raises(FormatError, match="it lacks primary_label") as info:
        birdclef.read(tmp_path, report=problems)
    assert info.value.hint == "columns there: label, filename"


def test_columns_are_refused(tmp_path, problems):
    with pytest.raises(UsageError, match="birdclef has fixed columns"):
        birdclef.read(tmp_path, report=problems, path_column="filename")


@pytest.mark.parametrize(("year", "name"), [(2024, "train_metadata"), (2025, "train")])
def test_real_tables_are_read_whole(year, name, samples, tmp_path, problems):
    real = samples / "kaggle" / f"birdclef-{year}_{name}_head.csv"
    if not real.is_file():
        pytest.skip(f"the real table of {year} is not here")
    lines = real.read_text(encoding="utf-8").strip().splitlines()
    (tmp_path / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    at = lines[0].split(",").index("filename")
    touch(*(tmp_path / "train_audio" / line.split(",")[at] for line in lines[1:]))
    rows = list(birdclef.read(tmp_path, report=problems))
    assert tuple(lines[0].split(",")) == YEARS[year].columns
    assert problems == []
    assert len(rows) == len(lines) - 1 > 2
    for row, line in zip(rows, lines[1:], strict=True):
        assert row.label == line.split(",")[0]
        assert row.recording_id.startswith("csa:" if year == 2025 else "xeno-canto:")
        assert (row.rating is None) == (year == 2025)
        assert row.extra.get("sound_type") == (None if year == 2025 else line.split(",")[2].strip("[']"))
        assert row.latitude
        assert row.longitude
        assert row.license
        assert row.secondary_labels == ()
