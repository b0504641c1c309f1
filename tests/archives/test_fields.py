"""Cells of archives' answers never raise, and unknown is None."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.archives import fields

ANYTHING = st.one_of(
    st.none(), st.text(max_size=40), st.integers(), st.floats(), st.lists(st.integers(), max_size=2)
)


@pytest.mark.parametrize(
    "read",
    [fields.text, fields.number, fields.whole, fields.date, fields.clock, fields.length, fields.absolute],
)
@given(cell=ANYTHING)
def test_no_cell_raises(read, cell):
    read(cell)


@given(st.text(max_size=80))
def test_text_that_was_decoded_is_decoded_once_and_for_all(words):
    once = fields.text(words)
    if once is not None and "&" not in once:
        assert fields.text(once) == once


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_whole_date_stays_as_it_is(day):
    assert fields.date(day.isoformat()) == day.isoformat()
    assert fields.date(f"{day.isoformat()}T10:00:00Z") == day.isoformat()


@pytest.mark.parametrize("cell", ["0000-00-00", "", "?", "tomorrow", "20210101", None])
def test_what_is_no_date_is_unknown(cell):
    assert fields.date(cell) is None


@pytest.mark.parametrize("cell", ["?:?", "xx:xx", "XX:XX", "??", "--:--", "??:??", "-", "...", ""])
def test_what_stands_for_digits_that_nobody_knows_is_unknown(cell):
    assert fields.clock(cell) is None


@pytest.mark.parametrize("cell", ["1:2:3:4", ":30", "12 s", "-1", "0:00"])
def test_what_is_no_length_is_unknown(cell):
    assert fields.length(cell) is None


@pytest.mark.parametrize(
    ("name", "species"),
    [
        ("Anas platyrhynchos \u00d7 rubripes", None),
        ("Anas platyrhynchos \u00d7 Anas rubripes", None),
        ("Anas platyrhynchos x rubripes", None),
        ("Empidonax alnorum/traillii", None),
        ("Chorthippus biguttulus agg.", None),
        ("Chorthippus biguttulus group", None),
        ("Pelophylax esculentus s.l.", None),
        ("Myotis nr. nattereri", None),
        ("Turdus cf. merula", None),
        ("Turdus merula xanthopus", "Turdus merula"),
        ("Turdus merula Xu, 1999", "Turdus merula"),
    ],
)
def test_what_is_of_several_species_is_of_none(name, species):
    assert fields.binomial(name) == species


@given(st.integers(1, 200_000))
def test_a_length_is_its_seconds(seconds):
    minutes, rest = divmod(seconds, 60)
    hours, left = divmod(minutes, 60)
    assert fields.length(f"{minutes}:{rest:02}") == seconds
    assert fields.length(f"{hours}:{left:02}:{rest:02}") == seconds


@pytest.mark.parametrize(
    ("words", "time"),
    [
        *((f"{hour % 12 or 12}:05{half}", f"{hour:02}:05") for hour in range(24) for half in [" am", "PM"]
          if (half == "PM") == (hour >= 12)),
        ("7:17:30 pm", "19:17"),
        ("7.17 p.m.", "19:17"),
        ("7pm", "19:00"),
        ("19:17 pm", "19:17"),
        ("7:00-8:00 pm", "7:00-8:00 pm"),
        ("7:05 at the dam", "07:05"),
        ("7.05, Siam", "07:05"),
        ("7:00-8:00pm", "7:00-8:00pm"),
        ("pm", "pm"),
        ("25:00 pm", "25:00 pm"),
    ],
)  # fmt: skip
def test_a_time_of_half_a_day_is_never_taken_for_one_of_a_whole(words, time):
    assert fields.clock(words) == time
