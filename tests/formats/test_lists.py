"""Lists of names, as programs print them into one cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.formats import lists, parse

_names = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), max_size=4)


def stripped(names):
    return tuple(name.strip() for name in names if name.strip())


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("['abethr1' 'blbpuf2']", ("abethr1", "blbpuf2")),
        ("['abethr1'\n 'blbpuf2']", ("abethr1", "blbpuf2")),
        ("['it''s']", None),
        ("{'abethr1', 'blbpuf2'}", ("abethr1", "blbpuf2")),
        ("('abethr1',)", ("abethr1",)),
        ("frozenset({'abethr1'})", ("abethr1",)),
        ("set()", ()),
        ("array(['abethr1', 'blbpuf2'], dtype=object)", ("abethr1", "blbpuf2")),
        ("[np.str_('abethr1'), np.str_('blbpuf2')]", ("abethr1", "blbpuf2")),
        ('c("abethr1", "blbpuf2")', ("abethr1", "blbpuf2")),
        ("{abethr1,Parus major}", ("abethr1", "Parus major")),
        ("abethr1|blbpuf2", ("abethr1", "blbpuf2")),
        ("abethr1; blbpuf2", ("abethr1", "blbpuf2")),
        ("['abethr1' nan]", ("abethr1",)),
        ("[1139490 24322]", ("1139490", "24322")),
        ("[1. 2.]", ("1", "2")),
        ("(unknown)", ("(unknown)",)),
        ("['a' 'b', 'c']", None),
        ("['a', ..., 'b']", None),
        ("[['a'], ['b']]", None),
        ('{"a": 1}', None),
    ],
)
def test_a_list_is_read_however_it_was_printed_or_refused(cell, names):
    if names is None:
        with pytest.raises(ValueError, match="expected a list"):
            lists.names_in(cell)
    else:
        assert lists.names_in(cell) == names


@given(_names)
def test_lists_of_numpy_and_of_python_say_the_same(names):
    printed = np.array2string(np.array(names, dtype=object), threshold=1000)
    assert lists.names_in(printed) == stripped(names)
    assert lists.names_in(repr(set(names))) == stripped(set(names)) or not names
    assert lists.names_in(repr(tuple(names))) == stripped(names)


@given(st.text(max_size=30))
def test_any_text_is_a_list_or_refused(cell):
    try:
        found = lists.names_in(cell)
    except ValueError:
        return
    assert all(name == name.strip() != "" for name in found)


def test_a_label_may_hold_any_sign_unless_it_is_a_printed_list():
    assert parse.labels("owl; wren|newt") == ("owl; wren|newt",)
    assert parse.labels("['owl' 'wren']") == ("owl", "wren")
    assert parse.labels(["owl", None]) == ("owl",)
