"""What `curate undo` says, from the verdict to its end."""

from __future__ import annotations

import json
import shutil


def test_a_verdict_is_given_listed_and_taken_back(curate, birds, tmp_path):
    folder = tmp_path / "birds"
    shutil.copytree(birds, folder)
    said = curate("cut", "XC90000012.ogg", 1, 2, "-d", folder, "--reviewer", "ada")
    assert "curate undo 1 takes it back" in said.out
    assert "cut,,,ada" in curate("show", "verdicts", "-d", folder, "--csv").out
    said = curate("undo", "last", "-d", folder, "--reviewer", "ada")
    assert said.code == 0
    assert said.out.startswith("verdict 1 of ada taken back: cut 1-2 s of xeno-canto:90000012\n")
    said = curate("undo", "1", "-d", folder)
    assert said.code == 2
    assert "was taken back already" in said.err


def test_a_step_is_taken_back_with_its_copies(curate, birds, tmp_path):
    folder = tmp_path / "birds"
    shutil.copytree(birds, folder)
    said = curate("undo", "strip-voice", "-d", folder, "--dry-run")
    assert said.out.startswith("strip-voice would be taken back in 10 recordings: ")
    summary = json.loads(curate("undo", "strip-voice", "-d", folder, "--json", "-j", "1").out)
    assert (summary["removed"], summary["steps"][0]["recordings"]) == (9, 10)
    assert not list((folder / "clean").rglob("*.flac"))


def test_windows_are_taken_back_as_a_whole(curate, birds, tmp_path):
    folder = tmp_path / "birds"
    shutil.copytree(birds, folder)
    curate("windows", "--length", 2, "-d", folder)
    assert curate("undo", "windows", "-d", folder, "--dry-run").out == "windows would be taken back\n"
    assert curate("undo", "windows", "-d", folder).out == "windows taken back\n"


def test_on_a_terminal_each_verdict_is_a_line(curate, birds, tmp_path, monkeypatch):
    folder = tmp_path / "birds"
    shutil.copytree(birds, folder)
    pair = ("XC90000012.ogg", "XC90000013.mp3")
    curate("keep", pair[0], 0, 1, "-d", folder, "--reviewer", "ada", "--label", "wren")
    curate("same", *pair, "-d", folder, "--reviewer", "ada")
    curate("undo", 1, "-d", folder)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    said = curate("show", "verdicts", "-d", folder)
    first, second = said.out.splitlines()
    assert first.startswith("   1  keep 0.00-1.00 s of xeno-canto:90000012 (wren), ada, 20")
    assert ", undone 20" in first
    assert second.startswith("   2  same xeno-canto:90000012 and xeno-canto:90000013, ada, 20")
    assert said.err == "take one back: curate undo NUMBER\n"
