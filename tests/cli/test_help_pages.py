"""What a page of help promises: examples that run, groups that are the same everywhere, room to read."""

from __future__ import annotations

import inspect
import shlex
import shutil

import pytest
from typer.main import get_command

from curate.cli import _help
from curate.cli._app import app, main
from curate.cli._commands import COMMANDS, GROUPS, ROOMS
from curate.settings import DATASET_VARIABLE
from tests.engines import in_a_thread
from tests.pages import parse

#: Letters of an example, which is set in by four on a page of 80 columns.
LONGEST = 76

#: Examples that no test can run, by their beginning, and why.
NOT_RUN = {
    "curate audit --model birdnet": "needs scores of BirdNET",
    "curate doctor": "tells of this machine",
    "curate download csa --taxon": "asks GBIF first",
    "curate embed --model birdnet": "needs the network of BirdNET",
    "curate example --serve": "serves until Ctrl-C",
    "curate example field --card": "is run for the others",
    "curate map": "serves until Ctrl-C",
    "curate pseudo-label --model birdnet": "needs scores of BirdNET",
    "curate review --queue": "serves until Ctrl-C",
}
SERVES = {"curate review"}


def commands():
    """Every command and word behind one, by what is typed."""
    group = get_command(app)
    for name in COMMANDS:
        yield f"curate {name}", group.commands[name], COMMANDS[name]
        for word, below in getattr(group.commands[name], "commands", {}).items():
            yield f"curate {name} {word}", below, GROUPS[name][word]


PAGES = {typed: command for typed, command, _ in commands()}
FUNCTIONS = {typed: function for typed, _, function in commands()}
EXAMPLES = {
    each.command for command in (get_command(app), *PAGES.values()) for each in _help.examples_of(command)
}


@pytest.mark.parametrize("typed", PAGES)
def test_a_page_has_two_examples_of_its_command(typed):
    examples = list(_help.examples_of(PAGES[typed]))
    assert len(examples) >= 2
    for each in examples:
        assert each.command.startswith(typed)
        assert each.does[0].isupper()
        assert each.does.endswith(":")
        assert len(each.command) <= LONGEST


@pytest.mark.parametrize("line", sorted(EXAMPLES))
def test_an_example_is_typed_as_it_is_understood(line):
    assert parse(shlex.split(line)[1:]) == []


SCORES = "recording,onset,offset,silwre9,quetan9\nXC90000013.mp3,0,5,0.9,0.2\nXC90000021.ogg,0,5,0.1,0.8\n"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory, birds, example_folder):
    """A folder with all that the examples name."""
    folder = tmp_path_factory.mktemp("shelf")
    shutil.copytree(birds, folder / "birds")
    shutil.copytree(example_folder, folder / "birdclef-2025")
    with pytest.MonkeyPatch.context() as patch, in_a_thread():
        patch.chdir(folder)
        patch.setenv(DATASET_VARIABLE, str(folder / "birds"))
        shutil.copytree("birdclef-2025/train_audio", "recordings")
        shutil.copytree("birdclef-2025/train_audio/silwre9", "test-set/silwre9")
        for name in ("train.csv", "taxonomy.csv"):
            shutil.copy(f"birdclef-2025/{name}", name)
        for name in ("birds.csv", "insects.csv"):
            (folder / name).write_text(SCORES)
        voice = f"{example_folder}/train_audio/silwre9/XC90000013.mp3"
        (folder / "labels.csv").write_text(f"path,onset,offset\n{voice},6.9,10.4\n")
        (folder / "recordings.csv").write_text("url\nhttps://example.org/a.wav\n")
        (folder / "sounds.csv").write_text("link,species\nhttps://example.org/a.wav,owl\n")
        for line in (
            "example field --card",
            "import recordings/lanowl9 -d frogs",
            "import recordings/quetan9 -d crickets",
            "split --folds 5",
            "embed",
            "split-work -o parts",
            "manifest -o old.csv",
            "cut XC90000015.ogg 0 1",
            "render",
            "review export to-raven --to raven",
        ):
            assert main([*shlex.split(line), "-q"]) == 0, line
        (folder / "field" / "CARD").rename("SD-CARD")
    return folder


def runs(line):
    return line not in SERVES and not line.startswith(tuple(NOT_RUN))


@pytest.mark.parametrize("line", [line for line in sorted(EXAMPLES) if runs(line)])
def test_an_example_runs(line, shelf, monkeypatch, capsys):
    """Those that write are rehearsed."""
    monkeypatch.chdir(shelf)
    monkeypatch.setenv(DATASET_VARIABLE, str(shelf / "birds"))
    monkeypatch.setenv("XC_API_KEY", "0" * 40)
    words = shlex.split(line)[1:]
    function = FUNCTIONS[max((typed for typed in FUNCTIONS if line.startswith(typed)), key=len)]
    if "dry_run" in inspect.signature(function).parameters and "--dry-run" not in words:
        words.append("--dry-run")
    with in_a_thread():
        code = main(words)
    assert code == 0, capsys.readouterr()


def test_only_what_cannot_run_is_left_out():
    for start in NOT_RUN:
        assert any(line.startswith(start) for line in EXAMPLES), start
    assert SERVES <= EXAMPLES


@pytest.mark.parametrize("typed", PAGES)
def test_an_option_is_in_a_group_that_there_is(typed):
    for parameter in PAGES[typed].params:
        assert _help.group_of(parameter) in _help.GROUPS


def test_an_option_that_commands_share_is_in_one_group():
    where = {}
    for typed, command in PAGES.items():
        for parameter in command.params:
            if parameter.param_type_name == "option":
                where.setdefault((max(parameter.opts, key=len), parameter.help), {})[typed] = parameter
    for (name, _), found in where.items():
        assert len({_help.group_of(each) for each in found.values()}) == 1, name


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("typed", ["curate", *PAGES])
def test_a_page_fits_its_terminal(typed, columns, curate, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    page = curate(*typed.split()[1:], "--help").out
    assert max(map(len, page.splitlines())) <= columns
    assert "Examples\n" in page


def test_each_command_has_one_line_in_the_list_and_its_page_begins_with_it(curate, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    overview = curate("--help").out
    for _, said in ROOMS.values():
        for name, line in said.items():
            assert f" {line}\n" in overview
            assert PAGES[f"curate {name}"].help.split("\n\n")[0] == line


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        ("trim", "[1 or more; default: all cores; variable: CURATE_JOBS]"),
        ("trim", "[default: --render]"),
        ("review", "[0 to 65535; default: 8765]"),
        ("strip-voice", "[default: 0.25]"),
        ("download xeno-canto", "[default: 600]"),
    ],
)
def test_a_page_tells_what_may_be_given_and_what_is_taken_else(words, facts, curate, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert facts in " ".join(curate(*words.split(), "--help").out.split())


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        ("strip-voice", "curate strip-voice [OPTIONS] [PATH...]"),
        ("manifest", "curate manifest [OPTIONS] -o PATH"),
        ("review", "curate review [OPTIONS] [COMMAND]"),
        ("download", "curate download [OPTIONS] COMMAND"),
    ],
)
def test_the_first_line_tells_what_must_be_typed(words, usage, curate):
    assert curate(words, "--help").out.splitlines()[0] == f"Usage: {usage}"


def test_names_are_not_broken_at_their_hyphens(curate, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    page = curate("review", "export", "--help").out
    assert "doubtful-speech" in page
    assert "label-studio" in page
