"""Labels that are one name in several spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.label_spellings import joined_names, label_spellings, labels_of_one_taxon


@pytest.mark.parametrize(
    "other",
    [
        "turdus merula",
        "TURDUS MERULA",
        "Turdus  merula",
        "Turdus_merula",
        "turdus-merula",
        "Turdus\u00a0merula",
        "Turdus\u2011merula",
        "Turdus\u2013merula",
        "Turdus\u200b merula",
        "\ufeffTurdus merula",
    ],
)
def test_case_and_what_stands_between_words_make_no_other_name(other):
    assert label_spellings(["Turdus merula", "Parus major", other]) == [
        tuple(sorted(("Turdus merula", other)))
    ]


@pytest.mark.parametrize("quote", ["\u2019", "\u2018", "\u02bc", "`", "\u00b4"])
def test_quotes_of_text_programs_make_no_other_name(quote):
    other = f"Bewick{quote}s Wren"
    assert label_spellings(["Bewick's Wren", other]) == [tuple(sorted(("Bewick's Wren", other)))]


@pytest.mark.parametrize("sign", ["/", " / ", "+", " + ", " & ", ", ", " and "])
def test_signs_that_may_be_part_of_a_name_part_names_where_all_are_labels(sign):
    joined = sign.join(["owl", "wren"])
    assert joined_names(["owl", "wren", joined]) == [joined]
    assert joined_names(["owl", joined]) == []


def test_the_two_unicode_forms_of_a_letter_are_one_name():
    assert label_spellings(["m\u00e9sange", "me\u0301sange"]) == [("me\u0301sange", "m\u00e9sange")]


@pytest.mark.parametrize(
    "pair", [("A", "B"), ("A1", "A 1"), ("song+", "song"), ("A-", "A"), ("asbfly", "asbfly1")]
)
def test_signs_and_digits_tell_names_apart(pair):
    assert label_spellings(pair) == []


@pytest.mark.parametrize(
    ("label", "is_joined"),
    [("owl;wren", True), ("owl | wren", True), ("owl, wren", True), ("owl, great", False), ("owl|", False)],
)
def test_a_label_with_several_names_is_known_by_what_stands_between_them(label, is_joined):
    assert joined_names([label, "owl", "wren"]) == [label] * is_joined


@given(st.lists(st.text(max_size=6)))
def test_every_label_is_in_one_group_at_most_and_none_is_made_up(labels):
    told = [label for group in label_spellings(labels) for label in group]
    assert len(told) == len(set(told))
    assert set(told) <= set(labels)


def test_labels_with_one_scientific_name_are_grouped_by_it():
    names = {
        "hergul": "Larus argentatus",
        "euhgul1": "larus  argentatus",
        "Parus major": "Parus major",
        "noise": "",
        "rain": "",
    }
    assert [labels for _, labels in labels_of_one_taxon(names)] == [("euhgul1", "hergul")]


def test_a_label_without_a_name_may_be_the_name_of_another():
    names = {"fieldf": "Turdus pilaris", "Turdus pilaris": "", "wren": "", "Wren": ""}
    assert labels_of_one_taxon(names) == [("Turdus pilaris", ("fieldf", "Turdus pilaris"))]
