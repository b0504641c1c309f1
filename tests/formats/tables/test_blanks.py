"""NA, nan, None: an empty cell, or a class that is called so."""

from __future__ import annotations

import pytest

from curate.formats.tables import csv
from tests.formats.rows import touch

WORDS = ("NA", "nan", "None", "NaT", "null", "<NA>", "N/A", "#N/A", "NULL", "\\N", "-")


@pytest.fixture
def read(tmp_path, problems):
    """Write a table about a0.wav, a1.wav ... and read it."""

    def read(header, *lines):
        touch(*(tmp_path / f"a{number}.wav" for number in range(len(lines))))
        rows = (f"a{number}.wav,{line}\n" for number, line in enumerate(lines))
        (tmp_path / "t.csv").write_text(f"file,{header}\n" + "".join(rows))
        return list(csv.read(tmp_path / "t.csv", report=problems))

    return read


def said(problems):
    return [problem.reason for problem in problems.notices if problem.kind == "read-as"]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_stands_for_nothing_elsewhere_stands_for_nothing_in_a_label(word, read, problems):
    cells = ",".join([word] * 7)
    header = "label,secondary_labels,recordist,license,latitude,date,rating,country"
    first, second = read(header, f"{word},{cells}", f"owl,{cells}")
    assert (first.label, second.label) == ("", "owl")
    for row in (first, second):
        assert (row.secondary_labels, row.recordist, row.license, row.date, row.extra) == ((), "", "", "", {})
        assert (row.latitude, row.rating) == (None, None)
    assert problems == []
    assert said(problems)[0].startswith(f"column label: '{word}' (1) is read as an empty cell: ")


def test_where_a_table_leaves_cells_empty_the_word_is_a_class(read, problems):
    rows = read("label,latitude", "NA,1.5", "NA,", "Turdus merula,2", ",3")
    assert [row.label for row in rows] == ["NA", "NA", "Turdus merula", ""]
    assert said(problems) == [
        "column label: 'NA' (2) is read as a name: the table leaves cells empty where it has nothing"
    ]


def test_a_code_with_a_name_of_its_own_is_a_class(read, problems):
    rows = read(
        "label,scientific_name", "NA,Nucifraga americana", "NA,Nucifraga americana", "owl,Strix aluco"
    )
    assert [row.label for row in rows] == ["NA", "NA", "owl"]
    assert "is read as a name" in said(problems)[0]


def test_a_code_among_codes_is_a_class(read):
    assert [row.label for row in read("label", "NA", "TM", "PM")] == ["NA", "TM", "PM"]


def test_without_any_sign_it_is_nothing_and_said(read, problems):
    assert [row.label for row in read("label", "None", "owl", "wren")] == ["", "owl", "wren"]
    why = "nothing shows that it is a name; if it is one, spell it otherwise"
    assert said(problems) == [f"column label: 'None' (1) is read as an empty cell: {why}"]


@pytest.mark.parametrize("word", ["nan", "NaN", "None", "<NA>", "NaT"])
def test_pandas_writes_words_in_columns_of_text_and_leaves_numbers_empty(word, read):
    rows = read("label,latitude", f"{word},", "owl,1.5", f"{word},2")
    assert [row.label for row in rows] == ["", "owl", ""]


def test_none_is_a_class_where_the_column_itself_has_empty_cells(read):
    assert [row.label for row in read("label", "None", "owl", "")] == ["None", "owl", ""]


def test_namibia_is_a_country(read):
    rows = read("country,latitude", "NA,-22.5", "DE,", "ZA,1")
    assert [row.extra["country"] for row in rows] == ["NA", "DE", "ZA"]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Parus major;NA", ("Parus major",)),
        ("NA;NA", ()),
        ("NA|Parus major|nan", ("Parus major",)),
        ("['nan' 'b']", ("b",)),
        ("['NaT', '<NA>', 'b']", ("b",)),
        ('[NaN, "b"]', ("b",)),
        ('c("NA", "b")', ("b",)),
    ],
)
def test_a_word_among_the_names_of_a_list_is_read_as_alone_in_a_cell(cell, names, read, problems):
    rows = read("label,secondary_labels", f'owl,"{cell.replace(chr(34), chr(34) * 2)}"', "wren,owl and wren")
    assert [row.secondary_labels for row in rows] == [names, ("owl and wren",)]
    assert problems == []
    assert said(problems)[0].startswith("column secondary_labels: '")
    assert all(" is read as an empty cell: " in words for words in said(problems))


def test_a_word_in_a_printed_list_of_labels_is_read_as_alone_in_a_cell(read):
    rows = read("label", "\"['nan' 'b']\"", "\"['NA' 'nan']\"", "a;NA")
    assert [(row.label, row.secondary_labels) for row in rows] == [("b", ()), ("", ()), ("a;NA", ())]


def test_a_code_in_a_list_is_a_class_where_the_column_shows_it(read, problems):
    rows = read("label,secondary_labels", "PM,NA;TM", "TM,PM", "PM,[]", "TM,NA")
    assert [row.secondary_labels for row in rows] == [("NA", "TM"), ("PM",), (), ("NA",)]
    assert said(problems) == [
        "column secondary_labels: 'NA' (2) is read as a name: the names in the column are codes"
    ]


@pytest.mark.parametrize("word", ["\\N", "-", "--"])
def test_a_dash_is_nobody(word, read):
    assert [row.recordist for row in read("label,recordist", f"owl,{word}", "wren,Ann")] == ["", "Ann"]
