"""What a shell sees: exit codes, what goes to stdout and to stderr, and how soon help answers."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys

import pytest
from typer.main import get_command

from curate.cli import _app
from curate.errors import NotInCatalogue
from curate.release import version
from tests.datasets import write_tone

COMMANDS = list(_app.COMMANDS)

#: All that has a help page and options of its own, by the words that call it.
ALL = [
    [name, *word]
    for name in COMMANDS
    for word in [
        *([[each] for each in _app.GROUPS.get(name, {})]),
        *([[]] if name not in _app.GROUPS or name in _app.ALONE else []),
    ]
]

#: Arguments with which each command has something to say about the dataset `birds`.
ARGUMENTS = {
    "example": ["{new}"],
    "import": ["{example}", "-d", "{birds}"],
    "strip-voice": ["-d", "{birds}"],
    "manifest": ["-o", "{new}.csv", "-d", "{birds}"],
    "report": ["-o", "{new}.html", "--cuts", "1", "-d", "{birds}"],
    "status": ["-d", "{birds}"],
    "dump": ["{new}", "-d", "{birds}"],
}


@pytest.fixture
def arguments(birds, example_folder, tmp_path):
    def arguments(command):
        places = {"birds": birds, "example": example_folder, "new": tmp_path / "new"}
        return [command, *(word.format(**places) for word in ARGUMENTS[command])]

    return arguments


# Exit codes.


@pytest.mark.parametrize("command", ARGUMENTS)
def test_what_went_well_is_0_and_says_so_on_stdout(curate, arguments, command):
    said = curate(*arguments(command))
    assert said.code == 0
    assert said.out.strip()
    assert said.err == ""


def test_what_failed_is_1_with_the_error_and_the_next_step_on_stderr(curate, tmp_path):
    said = curate("status", "--dataset", tmp_path)
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines() == [
        f"error: no dataset in {tmp_path}",
        "hint: make one with 'curate import PATH', or name another folder with --dataset",
    ]


@pytest.mark.parametrize(
    "argv",
    [
        ["nothing"],
        ["status", "--nothing"],
        ["import"],
        ["manifest"],
        ["import", "nowhere"],
        ["show", "nothing", "-d", "{birds}"],
        ["strip-voice", "-d", "{birds}", "--threshold", "1.5"],
        ["strip-voice", "-d", "{birds}", "--threshold", "much"],
        ["strip-voice", "-d", "{birds}", "--action", "burn"],
        ["strip-voice", "-d", "{birds}", "--engine", "ray"],
        ["manifest", "-d", "{birds}", "-o", "m.xyz"],
    ],
)
def test_wrong_usage_is_2_and_stdout_stays_empty(curate, birds, tmp_path, monkeypatch, argv):
    monkeypatch.chdir(tmp_path)
    said = curate(*(word.format(birds=birds) for word in argv))
    assert said.code == 2
    assert said.out == ""
    assert said.err
    assert "Traceback" not in said.err


def test_no_argument_at_all_shows_the_help(curate):
    said = curate()
    assert said.code == 2
    assert "strip-voice" in said.out + said.err


def test_counts_in_a_summary_are_counts(curate, tmp_path):
    write_tone(tmp_path / "data" / "owl" / "good.wav")
    (tmp_path / "data" / "owl" / "bad.wav").write_text("no sound")
    said = curate("import", tmp_path / "data", "-d", tmp_path / "birds", "-j", "1", "--json")
    assert json.loads(said.out)["problem_counts"] == {"failed": 1}


def test_recordings_that_failed_are_3_and_the_rest_is_done(curate, tmp_path):
    write_tone(tmp_path / "data" / "owl" / "good.wav")
    (tmp_path / "data" / "owl" / "bad.wav").write_text("no sound")
    said = curate("import", tmp_path / "data", "-d", tmp_path / "birds", "-j", "1")
    assert said.code == 3
    assert "2 recordings found: 2 new" in said.out
    assert "1 failed" in said.out
    assert "bad.wav: cannot decode" in said.err
    said = curate("strip-voice", "-d", tmp_path / "birds", "-j", "1", "--json")
    assert said.code == 3
    assert (json.loads(said.out)["scanned"], json.loads(said.out)["failed"]) == (1, 1)


def test_rows_that_cannot_be_used_are_3_with_file_row_and_column_and_the_rest_is_imported(curate, tmp_path):
    write_tone(tmp_path / "a.wav")
    table = tmp_path / "t.csv"
    table.write_text("file;onset;offset;label\na.wav;0,25;0,5;owl\na.wav;0,5;0,25;owl\nb.wav;0;1;owl\n")
    said = curate("import", table, "--format", "annotation-table", "-d", tmp_path / "birds", "-j", "1")
    assert said.code == 3
    assert f"{table}:3: column offset: expected seconds after 0.5, found '0,25'" in said.err
    assert f"b.wav: named in {table}:4" in said.err
    assert "1 annotation of 1 recording in layer annotations" in said.out
    said = curate("manifest", "-d", tmp_path / "birds", "-o", tmp_path / "m.csv", "--layer", "annotations")
    assert said.code == 0
    assert "1 annotation: 0 inside cuts left out, 0 clipped. 0 recordings left out" in said.out
    (tmp_path / "a.wav").write_bytes(b"no sound")
    said = curate("manifest", "-d", tmp_path / "birds", "-o", tmp_path / "c.csv", "--sr", "8000", "-j", "1")
    assert said.code == 3
    assert "a.wav: not converted: " in said.err


def test_an_interrupted_command_is_130_and_says_how_to_go_on(curate, birds, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("curate.steps.inspect.status.status", interrupted)
    assert curate("status", "-d", birds) == (
        130,
        "",
        "interrupted. The same command continues where this one stopped\n",
    )


def test_an_error_of_the_system_is_told_without_a_traceback(curate, birds, tmp_path):
    (tmp_path / "file").write_text("")
    said = curate("dump", tmp_path / "file" / "dump", "-d", birds)
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines() == [
        f"error: {tmp_path}/file/dump: Not a directory",
        f"hint: '{tmp_path}/file' is a file: expected a folder",
    ]


def test_a_file_that_cannot_be_written_is_called_as_the_person_called_it(curate, birds, tmp_path):
    (tmp_path / "there").write_text("a file")
    for command in ("report", "manifest"):
        said = curate(command, "-d", birds, "-o", tmp_path / "there" / "out.csv")
        assert said.code == 1
        assert "is a file" in said.err.splitlines()[1]
        said = curate(command, "-d", birds, "-o", tmp_path / f"{'x' * 249}.csv")
        assert said.code == 1
        assert said.err.startswith(f"error: {tmp_path}/x")
        assert ".part" not in said.err


@pytest.mark.parametrize(
    "argv",
    [
        ("import", "birdz"),
        ("scan", "birdz"),
        ("dedupe", "--against", "birdz"),
        ("strip-voice", "--evaluate", "birdz"),
        ("download", "urls", "birdz"),
        ("download", "xeno-canto", "--taxa", "birdz"),
        ("download", "xeno-canto", "--group", "birds", "--key-file", "birdz"),
        ("download", "xeno-canto", "--group", "birds", "--exclude", "birdz"),
    ],
)
def test_a_path_that_is_not_there_is_told_with_a_near_one(curate, birds, tmp_path, monkeypatch, argv):
    (tmp_path / "birdzz").mkdir()
    monkeypatch.chdir(tmp_path)
    said = curate(*argv, "-d", birds)
    assert said.code in {1, 2}
    assert "hint: did you mean 'birdzz'?" in said.err


@pytest.mark.parametrize("argv", [["--debug", "status"], ["status", "--debug"]])
def test_debug_shows_where_an_error_came_from(curate, tmp_path, argv):
    with pytest.raises(NotInCatalogue):
        curate(*argv, "-d", tmp_path)


@pytest.mark.parametrize(("bug", "shown"), [(ZeroDivisionError, ZeroDivisionError), (EOFError, RuntimeError)])
def test_a_bug_is_not_dressed_up_as_an_error_of_the_user(curate, birds, monkeypatch, bug, shown):
    def broken(*_):
        raise bug

    monkeypatch.setattr("curate.steps.inspect.status.status", broken)
    with pytest.raises(shown):
        curate("status", "-d", birds)


# What is printed where.


@pytest.mark.parametrize("command", ARGUMENTS)
def test_json_is_one_object_and_all_there_is_on_stdout(curate, arguments, command):
    said = curate(*arguments(command), "--json")
    assert said.code == 0
    assert isinstance(json.loads(said.out), dict)
    assert said.out.count("\n") == 1
    assert said.err == ""


def test_the_summary_of_strip_voice_has_its_keys(curate, birds):
    found = json.loads(curate("strip-voice", "-d", birds, "--json").out)
    assert found.keys() >= {
        "recordings",
        "scanned",
        "failed",
        "with_speech",
        "speech_seconds",
        "cut_seconds",
        "rendered",
        "elapsed_s",
        "audio_seconds",
    }
    assert (found["recordings"], found["scanned"], found["failed"], found["with_speech"]) == (26, 0, 0, 10)


@pytest.mark.parametrize("command", ARGUMENTS)
def test_quiet_prints_nothing(curate, arguments, command):
    assert curate(*arguments(command), "--quiet") == (0, "", "")


def test_show_prints_csv_where_nobody_watches_and_json_on_request(curate, birds):
    import pandas as pd

    said = curate("show", "cuts", "-d", birds, "--limit", "3")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "recording_id,path,onset,offset,action,reason,score,producer"
    assert len(lines) == 4
    assert curate("show", "cuts", "-d", birds, "--limit", "3", "--csv").out == said.out
    rows = json.loads(curate("show", "cuts", "-d", birds, "--limit", "3", "--json").out)
    assert [list(row) for row in rows] == [lines[0].split(",")] * 3
    assert json.loads(curate("show", "cuts", "-d", birds, "--limit", "0", "--json").out) == []
    assert pd.DataFrame(rows)["onset"].tolist() == [float(line.split(",")[2]) for line in lines[1:]]


def test_status_names_archives_layers_cuts_and_runs(curate, birds):
    out = curate("status", "-d", birds).out
    assert "26 recordings (4 min 45 s" in out
    for word in ("xeno-canto", "speech", "excise", "strip-voice", "9 clean copies"):
        assert word in out


def test_the_dataset_may_be_named_by_the_environment(curate, birds, monkeypatch):
    monkeypatch.setenv("CURATE_DATASET", str(birds))
    assert json.loads(curate("status", "--json").out)["dataset"] == str(birds)


def test_a_name_that_is_not_utf8_can_be_printed(curate, tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    data = write_tone(tmp_path / "data" / "owl" / "a.wav").parent.parent
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    assert curate("import", data, "-d", folder, "-j", "1").out.endswith("caf\\udce9\n")
    assert "caf\\udce9" in curate("status", "-d", folder).out
    assert json.loads(curate("status", "-d", folder, "--json").out)["dataset"] == folder


def test_a_name_cannot_command_the_terminal(curate, tmp_path):
    for name in ("\x1b[2Ja.wav", "b\nerror: c.wav"):
        write_tone(tmp_path / "data" / "owl" / name, seconds=0.1).write_bytes(b"no sound")
    done = curate("import", tmp_path / "data", "-d", tmp_path / "birds", "-j", "1")
    assert done.code == 3
    assert r"owl/\x1b[2Ja.wav: cannot decode" in done.err
    assert r"owl/b\nerror: c.wav: cannot decode" in done.err
    assert "\x1b" not in done.err + done.out


def test_a_reader_that_goes_away_is_no_error(birds):
    for argv in (["show", "segments"], ["show", "cuts", "--json"], ["status"], ["status", "--json"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [sys.executable, "-m", "curate", *argv, "-d", birds],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, ""), argv


# Help.


def test_the_version_is_that_of_the_package(curate):
    assert curate("--version") == (0, f"curate {version()}\n", "")
    assert importlib.import_module("curate").__version__ == version()


def test_the_versions_that_results_depend_on_are_one_object(curate):
    said = curate("--version", "--json")
    found = json.loads(said.out)
    assert said.code == 0
    assert found["curate"] == version()
    assert found.keys() >= {"python", "platform", "torch", "silero-vad", "soundfile", "av"}


def test_help_names_every_command_in_the_order_of_use(curate):
    said = curate("--help")
    assert said.code == 0
    assert re.findall(r"^  ([a-z][a-z-]*) ", said.out, re.MULTILINE) == COMMANDS
    assert curate("-h") == said


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_option_is_explained(curate, words):
    said = curate(*words, "--help")
    assert said.code == 0
    found = get_command(_app.app)
    for word in words:
        found = found.commands[word]
    assert found.help
    for parameter in found.params:
        assert parameter.help, parameter.name
        name = max(parameter.opts, key=len) if parameter.opts[0].startswith("-") else parameter.metavar
        assert name in said.out, name
        assert parameter.help.split()[0] in said.out, name


HEAVY = (
    "av",
    "distributed",
    "jinja2",
    "librosa",
    "matplotlib",
    "numpy",
    "PIL",
    "pandas",
    "pyarrow",
    "requests",
    "scipy",
    "silero_vad",
    "soundfile",
    "soxr",
    "torch",
)

HELP = """
import sys
from curate.cli._app import main
for argv in {calls}:
    assert main(argv) == 0
sys.stderr.write(repr(sorted(set({heavy}) & sys.modules.keys())))
"""


def test_help_and_version_load_nothing_heavy():
    calls = [["--help"], ["--version"], *([*words, "--help"] for words in ALL)]
    code = HELP.format(calls=calls, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]"


def test_the_package_loads_nothing_heavy_until_a_verb_is_used():
    code = f"import sys, curate; dir(curate); print(sorted(set({HEAVY}) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("status", "-d", "/nowhere/at/all"), 1, "no dataset in /nowhere/at/all"),
        (("status", "--no-such-option"), 2, "No such option: --no-such-option"),
        (("show",), 2, "Missing argument 'TABLE'. Table: agreement"),
        (("no-such-command",), 2, "No such command 'no-such-command'."),
        (("strip-voice", "--jobs", "many"), 2, "'--jobs'"),
        (("import", "/nowhere/at/all", "-d", "/nowhere/birds"), 2, "/nowhere/at/all"),
    ],
)
def test_with_json_every_error_is_one_object(curate, argv, code, words):
    said = curate(*argv, "--json")
    assert said.code == code
    found = json.loads(said.out)
    assert set(found) == {"error", "hint", "exit_code"}
    assert words in found["error"]
    assert found["exit_code"] == code
    assert found["error"].splitlines()[0] in said.err


def test_with_json_errors_of_the_system_and_ctrl_c_are_objects_too(curate, birds, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    said = curate("dump", tmp_path / "file" / "dump", "-d", birds, "--json")
    assert json.loads(said.out)["error"] == f"{tmp_path}/file/dump: Not a directory"
    for raised, code in ((KeyboardInterrupt(), 130), (OSError(28, "No space left on device"), 1)):

        def fails(*_, raised=raised):
            raise raised

        monkeypatch.setattr("curate.steps.inspect.status.status", fails)
        said = curate("status", "-d", birds, "--json")
        assert (said.code, json.loads(said.out)["exit_code"]) == (code, code)

    def broken(*_):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("curate.steps.inspect.status.status", broken)
    with pytest.raises(ZeroDivisionError):
        curate("status", "-d", birds, "--json")
