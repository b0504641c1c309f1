"""Databases of perch-hoplite, as its notebooks leave them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from curate.errors import FormatError
from curate.formats.annotations import perch_hoplite
from curate.formats.choose import format_of
from tests.formats.rows import touch
from tests.formats.sources import SOURCES


@pytest.fixture
def database(tmp_path):
    """Recordings a and b; owls in both, and what was said of them."""
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    marks = [("a.wav", 0.5, 1.5, "owl"), ("a.wav", 2.0, 3.0, "owl"), ("b.wav", 1.0, 2.0, "owl")]
    return SOURCES["perch-hoplite"].make(tmp_path, marks)


def change(database, statement):
    with closing(sqlite3.connect(database / "hoplite.sqlite")) as opened, opened:
        opened.execute(statement)


def test_a_folder_and_the_file_in_it_are_known(database):
    assert format_of(database, "auto") == format_of(database / "hoplite.sqlite", "auto") == "perch-hoplite"


def test_who_said_so_becomes_the_note(database, problems):
    first, second = perch_hoplite.read(database, report=problems)
    assert [(m.onset, m.offset, m.label, m.note) for m in first.annotations] == [
        (0.5, 1.5, "owl", "ana"),
        (2.0, 3.0, "owl", "ana"),
    ]
    assert [m.onset for m in second.annotations] == [1.0]
    assert problems == []


def test_what_is_not_heard_or_only_perhaps_is_told_and_left_out(database, problems):
    change(database, "UPDATE annotations SET label_type = 0 WHERE id = 2")
    change(database, "UPDATE annotations SET label_type = 2 WHERE id = 3")
    first, second = perch_hoplite.read(database, report=problems)
    assert [m.onset for m in first.annotations] == [0.5]
    assert second.annotations == ()  # somebody listened to it
    assert [(p.kind, p.reason) for p in problems] == [
        ("left-out", "'owl' is absent here"),
        ("left-out", "'owl' may be here: people are unsure"),
    ]


def test_another_schema_is_refused_with_what_to_do(database, problems):
    change(database, "ALTER TABLE annotations RENAME TO hoplite_labels")
    with pytest.raises(FormatError, match="as a database of perch-hoplite") as caught:
        perch_hoplite.read(database, report=problems)
    assert "upgraded" in caught.value.hint


def test_a_folder_without_a_database_is_told(tmp_path, problems):
    with pytest.raises(FormatError, match="the file is missing"):
        perch_hoplite.read(tmp_path, report=problems)
