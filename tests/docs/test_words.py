"""The project's English: short sentences, few semicolons and negations, and something to try."""

from __future__ import annotations

import re

import pytest

from tests.docs import program_texts
from tests.docs.wording import Counts, Limits, count, count_page, sentences, words
from tests.pages import PAGES, ROOT, prose

LIMITS = Limits()

#: Pages of numbers: sentences between tables, read by those who look a figure up.
FIGURES = {"docs/numbers.md"}

#: What the program says of itself.
PROGRAM = {
    "help texts": program_texts.help_texts,
    "messages": program_texts.messages,
    "first lines of docstrings": program_texts.docstrings,
}

READ = sorted(PAGES.keys() - FIGURES)


@pytest.mark.parametrize("page", READ)
def test_a_page_reads_well(page):
    assert count_page(PAGES[page]).faults(LIMITS, examples=True) == []


#: Words of ours that readers stumble over, and the word of the glossary or of plain English.
ODD = {
    "anew": "again",
    "are told": "are reported",
    "beside": "next to",
    "data set": "dataset",
    "go out": "are exported",
    "goes on": "continues",
    "goes out": "is exported",
    "is told": "is reported",
    "likewise": "the same",
    "persons": "people",
    "so many": "the number",
}


@pytest.mark.parametrize("page", READ)
def test_a_page_has_one_plain_word_for_each_thing(page):
    text = " ".join(count_page(PAGES[page]).sentences).lower()
    found = {word: better for word, better in ODD.items() if re.search(rf"\b{word}s?\b", text)}
    assert found == {}


def test_messages_have_one_plain_word_for_each_thing():
    text = " ".join(program_texts.messages()).lower()
    assert {word: better for word, better in ODD.items() if re.search(rf"\b{word}s?\b", text)} == {}


def test_help_has_one_plain_word_for_each_thing():
    texts = program_texts.help_texts()
    found = {word: text for word in ODD for text in texts if re.search(rf"\b{word}s?\b", text.lower())}
    assert found == {}


def test_help_has_something_to_try():
    assert len(program_texts.examples()) / (counts_of("help texts").words / 1000) >= LIMITS.examples


def test_the_page_on_an_index_reads_well():
    text = (ROOT / "PACKAGE.md").read_text(encoding="utf-8")
    assert count_page(text).faults(LIMITS, examples=True) == []


def test_all_pages_together_read_well():
    together = Counts.together(count_page(PAGES[page]) for page in READ)
    thousands = together.words / 1000
    assert together.words / len(together.sentences) <= LIMITS.words_per_sentence
    assert len(together.long) / len(together.sentences) <= LIMITS.long_sentences
    assert together.semicolons / thousands <= LIMITS.semicolons
    assert together.negations / thousands <= LIMITS.negations
    assert together.examples / thousands >= LIMITS.examples


def counts_of(name):
    return Counts.together(map(count, PROGRAM[name]()))


@pytest.mark.parametrize("name", PROGRAM)
def test_the_program_reads_well(name):
    assert counts_of(name).faults(LIMITS, examples=False) == []


def test_the_texts_of_the_program_are_found():
    assert any(text.startswith("Fetch from Xeno-canto") for text in program_texts.help_texts())
    assert "no dataset in …." in program_texts.messages()
    assert '"""' not in "".join(program_texts.docstrings())
    assert len(program_texts.docstrings()) > 1000


PAGE = """# A heading; not counted

One sentence with seven words is here. Another; not so good!

- An item of a list
- A second, with `curate trim --silence` in it: e.g. this. It goes on.

| a table; | not counted |
|---|---|

    curate trim

Text in [a link](docs/no.md) between.

    curate trim --no-silence

    curate status

```sh
curate split; not counted
```
"""


def test_code_tables_and_headings_are_no_sentences():
    counts = count_page(PAGE)
    assert counts.sentences == (
        "One sentence with seven words is here.",
        "Another; not so good!",
        "An item of a list",
        "A second, with Code in it: e.g. this.",
        "It goes on.",
        "Text in a link between.",
    )
    assert (counts.words, counts.semicolons, counts.negations) == (32, 1, 1)


def test_a_block_is_an_example():
    assert count_page(PAGE).examples == 3


def test_a_figure_or_a_path_is_one_word():
    assert words("7,001 s in docs/numbers.md, re-encoded at 0.5") == 7


def test_a_long_sentence_and_missing_examples_are_told():
    text = "Word" + " word" * 30 + ". "
    assert count_page(text * 3).faults(LIMITS, examples=True) == [
        "31.0 words per sentence",
        f"3 of 3 sentences over 30 words: {[text.strip()] * 3}",
        "0 examples in 93 words",
    ]
    assert len(count(text).faults(LIMITS, examples=False)) == 1


def test_one_slip_does_not_condemn_a_short_text():
    assert count("Wait; it is not done.").faults(LIMITS, examples=False) == []
    assert len(count("It is not, and never was, done. No; no.").faults(LIMITS, examples=False)) == 1


def test_a_sentence_may_end_in_a_quotation_or_bold():
    assert sentences('**Bold ends.** "Next," it said. (Then this.) Last') == (
        "**Bold ends.",
        '"Next," it said.',
        "(Then this.",
        "Last",
    )


@pytest.mark.parametrize("page", sorted(PAGES))
def test_code_is_not_set_in_below_an_item_of_a_list(page):
    """The site takes it for text of the item."""
    is_item = False
    for line in prose(PAGES[page]).splitlines():
        if re.match(r"(?:[-*]|\d+\.) ", line):
            is_item = True
        elif line and not line.startswith(" "):
            is_item = False
        assert not (is_item and re.match(r" {4,}(?:curate|python|make|\$|error:|hint:)", line)), line
