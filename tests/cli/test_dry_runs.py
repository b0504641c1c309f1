"""Every command that writes says beforehand what it would do, and writes nothing then."""

from __future__ import annotations

import inspect
import json
import shutil

import pytest

from curate import speeds
from curate.catalogue.dataset import Dataset
from curate.cli._commands import COMMANDS, GROUPS
from curate.steps.clean.strip_voice import strip_voice
from tests.datasets import state
from tests.engines import in_a_thread

#: Commands without a dry run, and why they need none.
WITHOUT = {
    "check": "writes nothing",
    "config": "writes nothing",
    "doctor": "writes nothing",
    "map": "what is decided there is shown before, and taken back by a key",
    "merge": "adds recordings, and changes none that are there",
    "similar": "writes the table that is asked for, and no dataset",
    "example": "writes the same 2 MB each time, and nothing over other files",
    "explain": "writes nothing",
    "recipes": "writes nothing",
    "review": "what is decided there is decided item by item, and taken back by a key",
    "show": "writes nothing",
    "status": "writes nothing",
}

VOICE = "XC90000011.ogg"

#: A dry run of each command that changes a dataset or writes files.
RUNS = {
    "cut": f"{VOICE} 1 2",
    "different": f"{VOICE} csa:90000122",
    "dump": "{new}",
    "keep": f"{VOICE} 0 5",
    "manifest": "-o {new}.csv",
    "report": "-o {new}.html",
    "review export": "{new} --to raven --audio cut",
    "same": "csa:90000111 csa:90000122",
    "undo": "strip-voice",
}


@pytest.fixture
def heard(listened, tmp_path):
    """A copy of a dataset in which voices were found."""
    folder = shutil.copytree(listened, tmp_path / "heard")
    with Dataset(folder) as dataset, in_a_thread():
        strip_voice(dataset)
    return folder


def found(said):
    """The object that a command printed."""
    assert said.code == 0, said.err
    return json.loads(said.out)


def commands():
    for name, command in COMMANDS.items():
        for word, function in (GROUPS.get(name) or {"": command}).items():
            yield f"{name} {word}".strip(), function


def test_every_command_that_writes_has_a_dry_run():
    without = {
        name for name, function in commands() if "dry_run" not in inspect.signature(function).parameters
    }
    assert without == WITHOUT.keys() - {"review"}
    assert "dry_run" not in inspect.signature(COMMANDS["review"]).parameters


@pytest.mark.parametrize("command", RUNS)
def test_a_dry_run_leaves_everything_as_it_was(curate, heard, tmp_path, command):
    before = state(heard, tmp_path / "before")
    words = RUNS[command].format(new=tmp_path / "new").split()
    said = curate(*command.split(), *words, "--dry-run", "-d", heard)
    assert said.code == 0, said.err
    assert "would" in said.out
    assert state(heard, tmp_path / "after") == before
    assert not list(tmp_path.glob("new*"))


@pytest.mark.parametrize("command", ["cut", "keep", "same", "undo"])
def test_a_dry_run_says_what_then_comes(curate, heard, command):
    """What it says would be written is what the command, and render after it, write."""
    words = [*command.split(), *RUNS[command].split(), "-d", heard, "--json"]
    foreseen = found(curate(*words, "--dry-run"))
    done = found(curate(*words))
    rendered = found(curate("render", "-d", heard, "--json"))["rendered"]
    assert foreseen["work"]["copies"] == rendered + done.get("rendered", 0)
    for key in done.keys() - {"work", "number", "elapsed_s", "rendered", "removed", "copies"}:
        assert foreseen[key] == done[key], key


def test_time_is_foreseen_from_runs_of_other_datasets(curate, heard, tmp_path):
    folder = tmp_path / "new"
    assert "how long is not known" in curate("import", tmp_path / "heard" / "clean", "-d", folder, "-n").out
    speeds.note("import_s", 1e6, 1)
    speeds.note("scan_s", 100, 1)
    said = curate("import", heard.parent / "heard" / "clean", "-d", folder, "--dry-run").out
    assert "by the last runs on this machine" in said
    work = found(curate("scan", heard / "clean", "-d", folder, "--dry-run", "--json"))["work"]
    assert work["recordings"] > 5
    assert work["elapsed_s"] == pytest.approx(work["seconds"] / 100)
    assert not folder.exists()


def test_a_page_and_an_export_are_foreseen_with_size_and_time(curate, heard, tmp_path):
    page = ["report", "-o", tmp_path / "r.html", "-d", heard]
    assert "how long is not known" in curate(*page, "--dry-run").out
    foreseen = found(curate(*page, "--dry-run", "--json"))
    made = found(curate(*page, "--json"))
    assert foreseen["excerpts"] == made["excerpts"] > 3
    assert foreseen["bytes"] == pytest.approx(made["bytes"], rel=0.5)
    assert found(curate(*page, "--dry-run", "--json"))["expected_s"] > 0
    sent = ["review", "export", tmp_path / "x", "--to", "raven", "--audio", "cut", "-d", heard]
    foreseen, made = found(curate(*sent, "--dry-run", "--json")), found(curate(*sent, "--json"))
    size = sum(path.stat().st_size for path in (tmp_path / "x").rglob("*.wav"))
    assert foreseen["bytes"] == pytest.approx(size, rel=0.02)
    for key in ("items", "files", "cut_outs", "seconds"):
        assert foreseen[key] == made[key]
    assert found(curate(*sent[:2], tmp_path / "y", *sent[3:], "--dry-run", "--json"))["expected_s"] > 0


def test_a_recipe_foresees_its_import_and_a_fresh_start_and_says_what_it_does_not(curate, heard, tmp_path):
    recipe = tmp_path / "r.toml"
    steps = [f'run = "import"\npaths = ["{heard / "clean"}"]', 'run = "strip-voice"', 'run = "dedupe"']
    recipe.write_text("".join(f"[[step]]\n{step}\n" for step in steps))
    work = found(curate("run", recipe, "-d", tmp_path / "new", "--dry-run", "--json"))["work"]
    assert work["recordings"] == len(list((heard / "clean").rglob("*.flac")))
    recipe.write_text('[[step]]\nrun = "strip-voice"\n[[step]]\nrun = "dedupe"\nsound = false\n')
    curate("keep", VOICE, "0", "5", "-d", heard)
    curate("render", "-d", heard)
    said = curate("run", recipe, "-d", heard, "--dry-run").out
    assert "not foreseen: which recordings dedupe drops" in said
    plain = found(curate("run", recipe, "-d", heard, "--dry-run", "--json"))["work"]
    fresh = found(curate("run", recipe, "-d", heard, "--dry-run", "--fresh", "--json"))["work"]
    assert plain["copies"] == 0 < fresh["copies"]
    ran = found(curate("run", recipe, "-d", heard, "--fresh", "--json"))
    assert ran["steps"][0]["summary"]["rendered"] == fresh["copies"]
