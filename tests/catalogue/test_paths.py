"""Paths as the catalogue keeps them, and names that every file system takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.catalogue.paths import printable, restored, safe_name, stored
from curate.storage.device_names import is_device_name

#: Parts of a path as Linux allows them: any bytes but the separator and NUL.
parts = st.binary(min_size=1, max_size=8).filter(lambda part: not set(part) & set(b"/\0")).map(os.fsdecode)
paths = st.lists(parts.filter(lambda part: part not in {".", ".."}), min_size=1, max_size=4).map(
    lambda found: "/" + "/".join(found)
)


@given(paths, paths)
def test_a_path_comes_back_as_it_was(path, folder):
    assert restored(stored(path, Path(folder)), Path(folder)) == path


@given(paths, paths, paths)
def test_a_path_inside_the_dataset_moves_with_it(inside, folder, elsewhere):
    cell = stored(folder + inside, Path(folder))
    assert not os.path.isabs(os.fsdecode(cell))
    assert restored(cell, Path(elsewhere)) == elsewhere + inside


@given(paths)
def test_a_path_outside_does_not_move(path):
    assert restored(stored(path, Path("/data/birds")), Path("/other")) == path


@given(st.text("ab./", min_size=1, max_size=12).map(lambda end: "/a/b" + end))
def test_a_path_in_the_dataset_is_kept_as_relpath_says(path):
    is_inside = os.path.abspath(path).startswith("/a/b/")
    assert stored(path, Path("/a/b")) == (os.path.relpath(path, "/a/b") if is_inside else path)


def test_a_folder_beside_the_dataset_with_a_longer_name_is_outside():
    assert stored("/data/birds2/a.wav", Path("/data/birds")) == "/data/birds2/a.wav"


@given(paths)
def test_a_stored_path_is_text_where_utf8_can_hold_it_and_bytes_elsewhere(path):
    cell = stored(path, Path("/data/birds"))
    try:
        os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        assert cell == os.fsencode(path)
    else:
        assert cell == path


@given(parts)
def test_what_is_printable_can_be_encoded_and_keeps_what_could_be(text):
    assert printable(text).encode("utf-8")
    if "\\" not in text and text.isprintable():
        assert printable(text) == text


texts = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
    | parts
    | st.builds(
        "".join,
        st.tuples(st.sampled_from(["aux", "Com1", "LPT²"]), st.sampled_from(["", ".", ". 1", ".a.b"])),
    )
)


@given(texts)
def test_a_safe_name_is_one_part_of_a_path_with_room_for_an_ending(text):
    name = safe_name(text)
    assert name
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert not is_device_name(name + ".flac")
    assert len(name.encode()) <= 255 - len("~1234567.flac.part")
    assert safe_name(text) == name


@given(st.lists(texts, unique=True, max_size=12))
def test_different_texts_have_different_safe_names(found):
    assert len({safe_name(text) for text in found}) == len(found)


@pytest.mark.parametrize("text", ["XC134896", "Größe", "0042", "a.b-c+d@e=f,g", "Turdus rufiventris"])
def test_a_name_that_is_safe_stays(text):
    assert safe_name(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "..", "a/b", "CON", "con", "lpt1", "aux.1", "COM¹.2.3", "é" + "x" * 80, "e\u0301", " a", "a."],
)
def test_a_name_that_is_not_gets_a_mark_of_its_own(text):
    assert safe_name(text) != text
    assert len(safe_name(text).rpartition("-")[2]) == 6


def test_names_of_the_widest_letters_fit():
    assert len(safe_name("\U00010330" * 100).encode()) <= 230
