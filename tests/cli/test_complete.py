"""What a shell completes, in a real bash where there is one, and how soon."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest

from curate.catalogue.dataset import Dataset
from curate.catalogue.views.names import names, recording_ids
from curate.cli import _complete
from curate.cli._app import main
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from tests.engines import in_a_thread


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completed")
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        import_(dataset, example(folder / "example").folder)
    return folder / "birds"


@pytest.fixture
def complete(capsys, monkeypatch, birds):
    """Ask as bash does, with words as bash breaks them; the last one is completed."""

    def complete(*words):
        monkeypatch.setenv("CURATE_DATASET", str(birds))
        monkeypatch.setenv(_complete.VARIABLE, "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(["curate", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        capsys.readouterr()
        main([])
        return capsys.readouterr().out.split()

    return complete


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["sp"], ["split-work", "split"]),
        (["hel"], ["help"]),
        (["download", "xe"], ["xeno-canto"]),
        (["show", "cu"], ["cuts"]),
        (["run", "birdnet"], ["birdnet-custom"]),
        (["recipes", "priv"], ["privacy"]),
        (["import", "--format", "croi"], ["croissant"]),
        (["manifest", "--format", "webd"], ["webdataset"]),
        (["manifest", "--format", "=", "webd"], ["webdataset"]),
        (["keep", "--label", "silw"], ["silwre9"]),
        (["split", "--holdout-archive", "xen"], ["xeno-canto"]),
        (["explain", "csa", ":", "9000010"], ["90000103"]),
        (["same", "csa", ":", "90000103", "csa", ":", "9000011"], ["90000111", "90000112"]),
        (["trim", "--first"], ["--first-seconds"]),
        (["review", "ex"], ["export"]),
        (["explain", "nowhere"], []),
        (["keep", "-d", "/nowhere", "--label", ""], []),
    ],
)
def test_names_are_completed(complete, words, found):
    assert complete(*words) == found


def test_a_file_of_defaults_that_is_wrong_completes_all_the_same(complete, tmp_path, monkeypatch):
    (tmp_path / "own.toml").write_text("nothing = 1", encoding="utf-8")
    monkeypatch.setenv("CURATE_CONFIG", str(tmp_path / "own.toml"))
    assert complete("keep", "--label", "silw") == ["silwre9"]


def test_names_of_a_dataset_are_those_that_begin_so(birds):
    with Dataset(birds) as dataset:
        assert list(names(dataset.store, "archives", "")) == ["birdclef", "csa", "inaturalist", "xeno-canto"]
        assert list(names(dataset.store, "archives", "c")) == ["csa"]
        assert list(names(dataset.store, "layers", "z")) == []
        assert len(list(recording_ids(dataset.store, ""))) == 26
        assert len(list(recording_ids(dataset.store, "xeno-canto:"))) == 11


@pytest.mark.parametrize("shell", _complete.SHELLS)
def test_each_shell_has_a_script_by_its_name(capsys, shell):
    assert main(["--show-completion", shell]) == 0
    assert _complete.VARIABLE in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_installed_in_the_home_of_who_asks(tmp_path, shell):
    done = subprocess.run(
        [sys.executable, "-m", "curate", "--install-completion", shell],
        env=os.environ | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{shell} completion installed in {tmp_path}" in done.stdout
    assert any("curate" in path.read_text() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_real_bash_completes_an_id_with_a_colon(birds, tmp_path):
    program = tmp_path / "curate"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m curate "$@"\n')
    program.chmod(0o755)
    script = f"""
        eval "$(curate --show-completion bash)"
        COMP_WORDS=(curate explain --dataset {birds} csa : 9000010); COMP_CWORD=6
        COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}
        _curate_completion curate
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["90000103"]


#: How each shell is asked what it would put in, with the script that curate prints for it.
SHELLS = {
    "fish": ("fish", "--no-config", "-c", "source {script}; complete -C {line}"),
    "zsh": (
        "zsh", "-f", "-c",
        # What the script hands on to the completion of zsh: a list of words for the place of the cursor.
        ("compdef() {{ : }}; _arguments() {{ print -r -- $@ }}; _files() {{ : }}; words=({line_words}); "
        "CURRENT=$#words; source {script}; _curate_completion"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "found"),
    [("curate keep --label silw", "silwre9"), ("curate show cu", "cuts"), ("curate tri", "trim")],
)
def test_other_shells_complete_by_their_own_scripts(shell, line, found, birds, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    program = tmp_path / "curate"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m curate "$@"\n')
    program.chmod(0o755)
    script = tmp_path / f"curate.{shell}"
    printed = [sys.executable, "-m", "curate", "--show-completion", shell]
    script.write_text(subprocess.run(printed, capture_output=True, text=True, check=True).stdout)
    *command, code = SHELLS[shell]
    code = code.format(script=script, line=f"'{line}'", line_words=line)
    environment = os.environ | {
        "CURATE_DATASET": str(birds),
        "HOME": str(tmp_path),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    done = subprocess.run([*command, code], env=environment, capture_output=True, text=True, check=True)
    assert found in done.stdout


def took(*argv, **environment):
    """Processor seconds that a program takes, the least of three tries: others use this machine, too."""

    def once():
        before = os.times()
        subprocess.run([sys.executable, *argv], env=os.environ | environment, capture_output=True, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    return min(once() for _ in range(3))


@pytest.mark.parametrize("words", [["trim", "--help"], ["help", "review", "export"], ["download", "-h"]])
def test_a_page_of_help_loads_nothing_that_checks_values_or_draws_boxes(words):
    program = (
        f"import sys; from curate.cli._app import main; code = main({words}); "
        "print(code, sorted({'pydantic', 'rich', 'numpy', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_help_and_completion_answer_at_once(birds):
    """Help takes less than twice what typer and rich take by themselves; completion, less than a blink."""
    least = took("-c", "import typer, rich")
    assert took("-m", "curate", "--help") < 2.0 * least
    begin = time.perf_counter()
    asked = took(
        "-m",
        "curate",
        CURATE_DATASET=str(birds),
        COMP_WORDS="curate\nkeep\n--label\nsi",
        COMP_CWORD="3",
        **{_complete.VARIABLE: "complete_bash"},
    )
    assert asked < max(0.150, 2.5 * least), f"{time.perf_counter() - begin:.2f} s for three"
