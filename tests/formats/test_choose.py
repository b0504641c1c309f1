"""Which reader suits what lies there."""

from __future__ import annotations

import pytest

from curate.errors import UsageError
from curate.formats import READERS
from curate.formats.choose import reader_for
from curate.lookup import resolve
from tests.formats.rows import touch


@pytest.mark.parametrize(
    ("there", "named", "form"),
    [
        ("a.csv", "a.csv", "csv"),
        ("a.parquet", "a.parquet", "parquet"),
        ("tasks.json", "tasks.json", "label-studio"),
        ("cuts.jsonl.gz", "cuts.jsonl.gz", "lhotse"),
        ("m/recordings.jsonl.gz", "m", "lhotse"),
        ("m/train/metadata.jsonl", "m", "audiofolder"),
        ("m/metadata.csv", "m", "audiofolder"),
        ("m/owl/a.wav", "m", "folders"),
        ("labels.txt", "labels.txt", "audacity"),
    ],
)
def test_a_source_is_read_by_what_lies_there(there, named, form, tmp_path):
    touch(tmp_path / there)
    assert reader_for(tmp_path / named, "auto") is resolve(form, READERS, kind="format")


def test_a_text_with_the_columns_of_raven_is_a_selection_table(tmp_path):
    (tmp_path / "a.txt").write_text("Selection\tBegin Time (s)\tEnd Time (s)\n")
    assert reader_for(tmp_path / "a.txt", "auto") is resolve("raven", READERS, kind="format")


def test_a_format_is_taken_as_named_and_what_is_not_there_is_told(tmp_path):
    touch(tmp_path / "a.txt")
    assert reader_for(tmp_path / "a.txt", "csv") is resolve("csv", READERS, kind="format")
    with pytest.raises(UsageError, match="no format 'xml'"):
        reader_for(tmp_path / "a.txt", "xml")
    with pytest.raises(UsageError, match="no such file"):
        reader_for(tmp_path / "none", "auto")
