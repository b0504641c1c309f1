"""The README and its pages keep their word: tables are the program's, commands and scripts run."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing

import pytest
from typer.main import get_command

from curate.archives import ARCHIVES
from curate.audio.probe import probe
from curate.catalogue.dataset import Dataset
from curate.cli._app import app
from curate.cli._commands import ROOMS
from curate.decisions.voices import PROFILES
from curate.detectors import DETECTORS
from curate.formats import READERS, WRITERS
from curate.lookup import resolve
from curate.settings import DATASET_VARIABLE
from curate.steps.acquire.example import example
from curate.steps.clean.strip_voice import strip_voice
from tests.engines import in_a_thread
from tests.pages import PAGES, blocks, section, table


def run(arguments, folder):
    """Run Python as a newcomer's shell does, in a folder."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def environment():
    return {name: value for name, value in os.environ.items() if name != DATASET_VARIABLE}


def test_the_commands_listed_are_those_there_are():
    rows = [row[0] for row in table("docs/commands.md", "## Overview")]
    listed = [re.search(r"`curate ([\w-]+)|\*\*(.*)\*\*", row) for row in rows]
    assert [found[1] or found[2] for found in listed] == [
        word for title, commands in ROOMS.values() for word in (title, *commands)
    ]


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"docs/commands.md", "docs/numbers.md"}))
def test_a_page_leaves_the_meaning_of_an_option_to_the_page_of_commands(page):
    """A table may lead from a wish to an option. What it means stands in its help alone."""
    heads = re.findall(r"^\|(.*)\|\n\|[-|]+\|$", PAGES[page], re.MULTILINE)
    assert not [head for head in heads if {"option", "default"} <= {cell.strip() for cell in head.split("|")}]


def test_the_profiles_listed_are_those_there_are():
    listed = {row[0]: tuple(row[1:]) for row in table("docs/voices.md", "## Which profile?")}
    assert listed == {
        name: (f"{of.threshold:g}", f"{of.review:g}", of.action) for name, of in PROFILES.items()
    }


def test_the_formats_listed_are_those_there_are():
    listed = {row[0]: (row[1], row[2]) for row in table("docs/formats.md", "## The formats")}
    assert set(listed.values()) <= {("yes", "yes"), ("yes", ""), ("", "yes")}
    assert {name for name, (reads, _) in listed.items() if reads} == set(READERS)
    assert {name for name, (_, writes) in listed.items() if writes} == set(WRITERS)


def test_the_archives_listed_are_those_there_are():
    listed = [re.match(r"`([\w-]+)", row[0])[1] for row in table("docs/download.md", "## Archives")]
    assert sorted(listed) == list(ARCHIVES)


def test_the_options_of_download_listed_are_those_there_are():
    listed = set(re.findall(r"`(--[\w-]+)", PAGES["docs/download.md"]))
    commands = get_command(app).commands["download"].commands.values()
    there = {option for command in commands for parameter in command.params for option in parameter.opts}
    there = {option for option in there if option.startswith("--")}
    assert listed <= there
    assert there - listed <= {"--dataset", "--json", "--quiet", "--patience"}


def test_the_detectors_listed_are_those_there_are():
    listed = {row[0]: row[1].strip("`") for row in table("docs/quality.md", "## Detectors")}
    assert listed == {name: resolve(name, DETECTORS, kind="detector").name for name in DETECTORS}


@pytest.fixture
def background():
    """Start programs that run until the test ends; gives a function that waits for their server."""
    with ExitStack() as stack:

        def start(arguments, folder, port):
            process = stack.enter_context(
                subprocess.Popen([sys.executable, *arguments], cwd=folder, env=environment())
            )
            stack.callback(process.terminate)
            for _ in range(300):
                with closing(socket.socket()) as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        return
                time.sleep(0.1)
            raise TimeoutError(f"nobody listens on port {port}")

        yield start


def free_port():
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def told(lines):
    """Every command of a console with the lines that it prints there."""
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    return [lines[start:stop] for start, stop in zip(starts, [*starts[1:], None], strict=True)]


def timeless(line):
    """Leave out what depends on the machine's speed."""
    return re.sub(r" in [\d.]+ s \([\d,]+ times real time\)", "", line).rstrip()


def test_the_commands_run_in_their_order(tmp_path, background):
    folder, port = tmp_path, free_port()
    ran = set()
    tour = PAGES["README.md"] + PAGES["docs/first-dataset.md"]  # the page goes on where the README ends
    for written, *shown in told("".join(blocks("console", tour)).splitlines()):
        line = written.replace("8427", str(port))
        program, *arguments = shlex.split(line.removeprefix("$ "), comments=True)
        if program == "cd":
            folder /= arguments[0]
            continue
        assert program == "curate", line
        if arguments[-1] == "&":
            background(["-m", "curate", *arguments[:-1], "--port", str(port)], folder, port)
            continue
        done = run(["-m", "curate", *arguments], folder)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        printed = {timeless(each) for each in (done.stdout + done.stderr).splitlines()}
        assert {timeless(each) for each in shown} <= printed, f"{line}\n{done.stdout}{done.stderr}"
        ran.add(arguments[0])
    assert ran >= {"download", "example", "import", "strip-voice", "manifest"}


def test_the_script_runs_as_it_stands(tmp_path):
    [script] = blocks("python", section("docs/first-dataset.md", "## In Python"))
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    example(tmp_path / "birdclef-2025")
    done = run(["script.py"], tmp_path)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert printed
    assert all(line.startswith("{'recording_id': ") for line in printed)
    assert (tmp_path / "train.parquet").is_file()


def guide(heading, folder):
    """Run the commands of a trainer's guide in a dataset folder; gives its script, if it has one."""
    text = section("docs/trainers.md", heading)
    for line in "".join(blocks("sh", text)).splitlines():
        program, *arguments = shlex.split(line)
        assert program == "curate"
        done = run(["-m", "curate", *arguments], folder)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return "".join(blocks("python", text))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A dataset as the tour leaves it."""
    folder = tmp_path_factory.mktemp("guides")
    with in_a_thread(), Dataset(folder / "birds") as birds:
        strip_voice(birds, example(folder / "example").folder)
    return folder / "birds"


def test_the_guide_for_pytorch_runs_as_it_stands(dataset, tmp_path):
    script = guide("## PyTorch", dataset)
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    done = run([str(tmp_path / "train.py")], dataset)
    assert done.returncode == 0, done.stderr
    shapes = done.stdout.splitlines()
    assert len(shapes) > 5
    assert set(shapes[:-1]) == {"torch.Size([8, 160000]) torch.Size([8])"}


def test_the_guide_for_birdnet_makes_clips_in_folders_by_species(dataset):
    assert guide("## BirdNET-Analyzer", dataset) == ""
    clips = sorted((dataset / "birdnet-train").rglob("*.wav"))
    assert "Thryofictus argentilinea_Silverline Wren" in {clip.parent.name for clip in clips}
    assert {(info.sr, info.channels) for info in map(probe, clips)} == {(48000, 1)}
    assert max(probe(clip).frames for clip in clips) == 3 * 48000
