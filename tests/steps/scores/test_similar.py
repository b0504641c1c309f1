"""`curate similar`: what is near an example, of this dataset or from elsewhere."""

from __future__ import annotations

import csv
import json

import pytest

from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.steps.review.cut import cut
from curate.steps.scores import near_rows
from curate.steps.scores.embed import embed
from curate.steps.scores.similar import similar
from tests.datasets import write_sound
from tests.steps.scores.test_embed import SR, birds, song

__all__ = ["birds"]


def test_recordings_of_the_same_song_come_first_and_the_example_is_left_out(birds):
    embed(birds)
    found = similar(birds, "owl/0.wav").found
    assert [each.label for each in found] == ["owl"] * 2 + ["wren"] * 3
    assert "owl/0.wav" not in [each.recording_id for each in found]
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert all(0 <= each.onset < each.offset <= 6.0 for each in found)


def test_a_moment_is_compared_by_its_window(birds):
    embed(birds)
    first, second = (similar(birds, f"local:owl/0.wav@{at}", max_items=1).found[0] for at in (1.0, 4.5))
    assert (first.onset, second.onset) == (0.0, 3.0)
    with pytest.raises(UsageError, match="lacks a window at 6"):
        similar(birds, "owl/0.wav@6")


def test_a_file_from_elsewhere_is_compared_and_not_taken_in(birds, tmp_path):
    embed(birds)
    write_sound(tmp_path / "elsewhere.wav", song(4100, 6900, 123), SR)
    summary = similar(birds, tmp_path / "elsewhere.wav", max_items=3)
    assert [each.label for each in summary.found] == ["wren"] * 3
    assert summary.recordings == 6
    assert embed(birds).recordings == 6


def test_all_windows_are_listed_on_request(birds):
    embed(birds)
    found = similar(birds, "owl/0.wav", all_windows=True).found
    assert len(found) == 10
    assert len({(each.recording_id, each.onset) for each in found}) == 10


def test_dropped_recordings_are_left_out_and_counted(birds):
    embed(birds)
    nearest = similar(birds, "owl/0.wav").found[0].recording_id
    cut(birds, nearest, 0.0, 6.0)
    summary = similar(birds, "owl/0.wav")
    assert nearest not in [each.recording_id for each in summary.found]
    assert (summary.recordings, summary.missing, summary.dropped) == (4, 0, 1)
    # What is dropped may be an example of what is looked for.
    summary = similar(birds, nearest)
    assert (summary.recordings, summary.missing, summary.dropped) == (5, 0, 1)


def test_what_has_no_vectors_is_counted(birds):
    with pytest.raises(NotInCatalogue, match="vectors of spectral") as caught:
        similar(birds, "owl/0.wav")
    assert caught.value.hint == "make them: curate embed --model spectral"
    embed(birds, limit=4)
    assert similar(birds, "owl/0.wav").missing == 2


def test_the_table_is_ours_and_nobody_elses_is_replaced(birds, tmp_path, capsys):
    embed(birds)
    out = tmp_path / "near.csv"
    arguments = ["similar", "owl/0.wav", "--dataset", str(birds.folder)]
    assert main([*arguments, "-o", str(out), "--max-items", "2"]) == 0
    assert "compared with 10 windows of 5 recordings by spectral" in capsys.readouterr().out
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["owl", "owl"]
    assert main([*arguments, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["found"]) == 5
    out.write_text("mine\n")
    assert main([*arguments, "-o", str(out)]) == 2
    assert out.read_text() == "mine\n"


def test_large_sets_are_searched_in_whole_numbers_with_the_same_answers(birds, tmp_path, monkeypatch):
    embed(birds)
    before = {
        (example, all_windows): similar(birds, example, max_items=3, all_windows=all_windows).found
        for example in ("owl/0.wav", "wren/2.wav@4")
        for all_windows in (False, True)
    }
    monkeypatch.setattr(near_rows, "LEAST", 1)
    embed(birds)
    folder = birds.folder / "vectors" / "spectral"
    assert [path.suffix for path in folder.iterdir()] == [".f16"]
    for (example, all_windows), found in before.items():
        assert similar(birds, example, max_items=3, all_windows=all_windows).found == found
        assert sorted(path.suffix for path in folder.iterdir()) == [".f16", ".i8", ".i8s"]
    # Rows that come later join, rows that are made anew take the place of others, and another hop of all.
    write_sound(tmp_path / "data" / "owl" / "new.wav", song(400, 700, 0), SR)
    embed(birds, [tmp_path / "data"])
    assert similar(birds, "owl/0.wav").found[0].recording_id == "local:owl/new.wav"
    [vectors] = folder.glob("*.f16")
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[: len(whole) // 2])
    embed(birds, retry_failed=True)
    assert [path.stat().st_size for path in sorted(folder.iterdir())] == [14 * 270 * 2, 6 * 270, 6 * 8]
    similar(birds, "owl/0.wav")
    assert [path.stat().st_size for path in sorted(folder.iterdir())] == [14 * 270 * 2, 14 * 270, 14 * 8]
    monkeypatch.setattr(near_rows, "LEAST", 1000)
    without = similar(birds, "wren/0.wav").found
    monkeypatch.setattr(near_rows, "LEAST", 1)
    assert similar(birds, "wren/0.wav").found == without
    embed(birds, hop=1.5)
    assert [path.suffix for path in folder.iterdir()] == [".f16"]


def test_where_another_command_writes_a_large_set_is_compared_as_it_is(birds, monkeypatch):
    embed(birds)
    before = similar(birds, "owl/0.wav").found
    monkeypatch.setattr(near_rows, "LEAST", 1)
    with birds.writing("trim", {}):
        assert similar(birds, "owl/0.wav").found == before
    assert len(list((birds.folder / "vectors" / "spectral").iterdir())) == 1
    similar(birds, "owl/0.wav")
    assert len(list((birds.folder / "vectors" / "spectral").iterdir())) == 3
