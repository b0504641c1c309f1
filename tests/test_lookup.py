"""From names to things, and from wrong names to what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import UsageError
from curate.lookup import check_local, near_path


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "birdclef-2025").mkdir()
    (tmp_path / "birdclef-2025" / "train.csv").write_text("a")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("birdclef-2025/trian.csv", "did you mean '{here}/birdclef-2025/train.csv'?"),
        ("birdclef2025/train.csv", "did you mean '{here}/birdclef-2025'?"),
        ("/nowhere-at-all/x/y", "there is nothing called 'nowhere-at-all' in /"),
        ("owls", "there is nothing called 'owls' in {here}"),
        ("birdclef-2025/train.csv/x/y", "'{here}/birdclef-2025/train.csv' is a file: expected a folder"),
    ],
)
def test_a_path_that_is_not_there_is_followed_as_far_as_it_leads(here, path, words):
    assert near_path(path) == words.format(here=here)


@pytest.mark.parametrize(
    "path", ["s3://b/x", "s3:/b/x", Path("hf://datasets/x"), "https://example.org/a.csv", "file:///data"]
)
def test_a_url_is_no_path_of_this_machine(path):
    with pytest.raises(UsageError, match="is a URL"):
        check_local(path)


@pytest.mark.parametrize("path", [None, "", "C:/birds", "a/s3:/b", "birds", "/abs/x", b"\xff/s3://x"])
def test_other_names_are(path):
    check_local("birds", path)
