"""Plausible mistakes: the answer says what happened, to which thing, and what to do next."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys

import pytest

from curate.catalogue.dataset import Dataset
from curate.release import RENAMED
from tests.datasets import write_tone


@pytest.fixture
def divided(birds, tmp_path, curate):
    """A copy of the dataset, with folds."""
    folder = shutil.copytree(birds, tmp_path / "divided")
    assert curate("split", "--folds", "3", "-d", folder).code == 0
    return folder


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("status", "{birds}"), "Name a dataset with --dataset"),
        (("--dataset", "{birds}", "status"), "Write options after the"),
        (("--versio",), "No such option: --versio"),
        (("show",), "Missing argument 'TABLE'. Table: agreement, cuts, "),
        (("manifest",), "Missing option '--out' / '-o'. File or folder to write."),
        (("keep", "XC90000011", "1", "2", "-d", "{birds}"), "hint: did you mean 'XC90000011.ogg'?"),
        (("cut", "xeno-canto:9000011", "1", "2", "-d", "{birds}"), "hint: did you mean 'xeno-canto:900000"),
        (
            ("show", "cuts", "--recording", "zzz", "-d", "{birds}"),
            "hint: name it as 'curate show recordings'",
        ),
        (("keep", "XC90000011.ogg", "5", "2", "-d", "{birds}"), "the onset comes before the offset"),
        (
            ("split", "--folds", "x", "-d", "{birds}"),
            "Invalid value for '--folds': 'x' ",
        ),
        (("manifest", "-o", "{new}.csv", "--folds", "0", "-d", "{birds}"), "curate split --folds 5"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(curate, birds, tmp_path, argv, words):
    said = curate(*(word.format(birds=birds, new=tmp_path / "new") for word in argv))
    assert said.code in {1, 2}
    assert words in " ".join(said.err.replace("│", "").split())
    assert not (tmp_path / "new.csv").exists()


@pytest.mark.parametrize(
    ("command", "old", "new"),
    [(command, old, new) for command, names in RENAMED.items() for old, new in names.items()],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_option_of_an_earlier_name_is_told_with_its_new_one(curate, command, old, new, form):
    words = {"download": ["download", "xeno-canto"]}.get(command, [command])
    said = curate(*words, old, "3", *form)
    told = " ".join((said.out if form else said.err).replace("│", "").split())
    assert said.code == 2
    assert f"No such option: {old}. It is now {new}" in told
    assert "Possible options" not in told
    listed = curate(*(new.split()[1:-1] if " " in new else words), "--help").out
    assert new.split()[-1] in listed


@pytest.mark.parametrize(
    ("typed", "near"), [("--wrong", None), ("--jsn", "--json"), ("--datast", "--dataset")]
)
def test_only_an_option_of_a_like_name_is_offered(curate, typed, near):
    told = curate("status", typed).err
    assert f"No such option: {typed}" in told
    assert ("--json" in told, "--dataset" in told) == (near == "--json", near == "--dataset")


def test_a_group_without_a_command_prints_its_help_once(curate):
    said = curate("download")
    assert (said.code, said.err) == (2, "")
    assert said.out == curate("help", "download").out


def test_the_audio_of_an_export_was_one_option(curate, birds, tmp_path):
    said = curate("manifest", "-o", tmp_path / "x.csv", "-d", birds, "--audio", "raw,copy")
    assert said.code == 2
    assert "it is now two options: --audio raw --audio-mode copy" in said.err


def test_two_recordings_of_one_name_are_told_apart_by_their_folders(curate, tmp_path):
    for folder in ("a", "b"):
        write_tone(tmp_path / "sounds" / folder / "x.wav", freq=3000.0 if folder == "a" else 4000.0)
    curate("import", tmp_path / "sounds", "-d", tmp_path / "birds")
    said = curate("keep", "x.wav", "0", "1", "-d", tmp_path / "birds")
    assert said.err == (
        "error: more than one recording 'x.wav'\n"
        "hint: name its folder, too, or its id as 'curate show recordings' does\n"
    )
    assert curate("keep", "a/x.wav", "0", "0.5", "-d", tmp_path / "birds").code == 0


def test_a_fold_that_is_not_there_is_told_with_those_that_are(curate, divided, tmp_path):
    said = curate("manifest", "-o", tmp_path / "x.csv", "--folds", "7,8", "-d", divided)
    assert (said.code, said.err) == (2, "error: empty fold: 7, 8\nhint: there are: 0, 1, 2\n")
    said = curate("manifest", "-o", tmp_path / "x.csv", "--folds", "2", "--skip-flagged", "-d", divided)
    assert said.code == 0


def test_only_flagged_rows_of_the_wanted_folds_are_counted(curate, divided, tmp_path):
    told = []
    for fold in range(3):
        table = tmp_path / f"{fold}.csv"
        said = curate("manifest", "-o", table, "--folds", fold, "-d", divided)
        told.append("of flagged recordings" in said.out)
    assert sorted(told) == [False, False, True]


def test_folds_that_cannot_be_filled_are_told_and_not_shown(curate, divided):
    said = curate("split", "--folds", "200", "--reset", "--dry-run", "-d", divided)
    assert "for 200 folds. Ask for fewer folds, or for smaller groups" in said.out
    assert len(said.out.splitlines()) < 80


def test_a_dataset_without_recordings_says_how_they_come_in(curate, tmp_path):
    with Dataset(tmp_path / "birds") as dataset, dataset.writing("test", {}):
        pass
    assert "no recordings yet: curate import PATH" in curate("status", "-d", tmp_path / "birds").out
    assert curate("split", "-d", tmp_path / "birds").out.startswith("every fold is empty")
    said = curate("manifest", "-o", tmp_path / "x.csv", "-d", tmp_path / "birds")
    assert "the export is empty: curate status" in said.out
    (tmp_path / "mine.toml").write_text('[[step]]\nrun = "dedupe"\n')
    said = curate("run", tmp_path / "mine.toml", "-d", tmp_path / "birds")
    assert "no recordings yet: curate import PATH" in said.out


def test_an_import_of_nothing_leaves_no_dataset_for_later_commands(curate, tmp_path):
    (tmp_path / "empty").mkdir()
    assert curate("import", tmp_path / "empty", "-d", tmp_path / "birds").code == 1
    said = curate("manifest", "-o", tmp_path / "m.csv", "-d", tmp_path / "birds")
    assert (said.code, "no dataset in" in said.err) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_table_whose_files_lie_elsewhere_says_so(curate, tmp_path):
    (tmp_path / "t.csv").write_text("path,label\nx.wav,owl\ny.wav,owl\n")
    said = curate("import", tmp_path / "t.csv", "-d", tmp_path / "birds")
    assert "row without file, " in said.err
    assert "; 1 more like it)" in said.err
    assert "hint: paths count from the table's folder; name another with --audio-folder" in said.err


def test_an_import_that_is_advised_goes_into_the_same_dataset(curate, tmp_path, monkeypatch):
    write_tone(tmp_path / "sounds" / "frog" / "c.wav")
    (tmp_path / "sounds" / "itemid.csv").write_text("itemid,hasbird\nc,1\n")
    monkeypatch.chdir(tmp_path)
    said = curate("import", "sounds", "-d", "my birds")
    [advice] = [line for line in said.err.splitlines() if "to read it: " in line]
    words = shlex.split(advice.partition("to read it: curate ")[2])
    assert curate(*words).code == 0
    assert [path.parent.name for path in tmp_path.rglob("curate.db")] == ["my birds"]
    monkeypatch.chdir("my birds")
    assert "to read it: curate import " in curate("import", "../sounds").err
    assert "--dataset" not in curate("import", "../sounds").err


@pytest.mark.parametrize("named", [[], ["--audio-folder", "."], ["--label-column", "species"]])
def test_a_spreadsheet_is_to_be_saved_as_csv(named, curate, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    said = curate("import", tmp_path / "t.xlsx", "-d", tmp_path / "birds", *named)
    assert said.err.endswith("t.xlsx: it is a spreadsheet\nhint: save it as CSV\n")


def test_what_is_gone_says_how_it_is_found_again(curate, tmp_path):
    write_tone(tmp_path / "sounds" / "owl" / "x.wav")
    curate("import", tmp_path / "sounds", "-d", tmp_path / "birds")
    (tmp_path / "sounds" / "owl" / "x.wav").unlink()
    said = curate("manifest", "-o", tmp_path / "x.csv", "--sr", "16000", "-d", tmp_path / "birds")
    assert "is missing, and has to be converted" in said.err
    assert "hint: put it back, or run 'curate import' on its new place" in said.err
    said = curate("trim", "-d", tmp_path / "birds", "-j", "1")
    assert said.code == 3
    assert "why 1 recording failed: curate status" in said.out


def test_a_key_that_is_none_is_told_from_one_that_is_missing(curate, tmp_path, monkeypatch):
    for name in ("CURATE_XENO_CANTO_KEY", "XC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    asked = ("download", "xeno-canto", "--taxon", "Strix aluco", "-d", tmp_path / "birds")
    assert "needs a key, and none was given" in curate(*asked).err
    (tmp_path / "key").write_text("not a key")
    assert "this is none" in curate(*asked, "--key-file", tmp_path / "key").err


@pytest.mark.parametrize(
    "argv",
    [
        ("report", "-o", "gs://bucket/report.html", "-d", "{birds}"),
        ("dump", "s3://bucket/tables", "-d", "{birds}"),
        ("status", "-d", "s3://bucket/birds"),
    ],
)
def test_a_url_is_refused_where_a_file_of_this_machine_is_meant(curate, birds, tmp_path, monkeypatch, argv):
    monkeypatch.chdir(tmp_path)
    said = curate(*(word.format(birds=birds, new=tmp_path / "new") for word in argv))
    assert said.code == 2
    assert "is a URL: curate works on files of this machine" in said.err
    assert "hint: " in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_called_like_a_scheme_is_a_folder(curate, tmp_path, monkeypatch):
    write_tone(tmp_path / "s3:" / "sounds" / "owl" / "x.wav")
    monkeypatch.chdir(tmp_path)
    assert curate("import", "s3:/sounds", "-d", tmp_path / "birds").code == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_stream_that_is_closed_from_the_start_is_none_of_our_business(birds, closed):
    told = subprocess.run(
        ["sh", "-c", f'exec "$0" -m curate status --dataset "$1" {closed}', sys.executable, str(birds)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert ("recordings" in told.stdout) == (" >&-" not in f" {closed}")
