"""A run that is killed anywhere is finished by the same command, with the same result."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time

import pytest

from tests.datasets import state
from tests.workers import run_killed

#: Histories, each of which is killed twice before it may finish.
HISTORIES = 5


def command(example_folder, folder):
    bank = str(folder.parent / "bank")
    return [
        *(sys.executable, "-m", "curate", "strip-voice", str(example_folder)),
        *("--dataset", str(folder), "--speech-bank", bank, "--quiet", "--jobs", "2"),
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, example_folder):
    folder = tmp_path_factory.mktemp("undisturbed") / "birds"
    started = time.monotonic()
    subprocess.run(command(example_folder, folder), check=True)
    took = time.monotonic() - started
    return state(folder, folder.parent / "dump"), took


def test_a_run_killed_at_random_moments_ends_like_an_undisturbed_one(undisturbed, example_folder, tmp_path):
    expected, took = undisturbed
    rng = random.Random(20261122)
    for history in range(HISTORIES):
        folder = tmp_path / str(history) / "birds"
        arguments = command(example_folder, folder)
        # The first kill falls into each part of the run in turn, the second anywhere.
        moment = took * (history + rng.random()) / HISTORIES
        while not run_killed(arguments, moment):  # the machine is quicker now than it was
            shutil.rmtree(folder.parent)
            moment /= 2
        run_killed(arguments, took * rng.uniform(0.2, 0.8))
        subprocess.run(arguments, check=True)
        result = state(folder, tmp_path / "dump")
        assert result["files"] == expected["files"]
        assert result["tables"] == expected["tables"]
        bank = [path.name for path in (folder.parent / "bank").iterdir()]
        excised = sum(row[5] == "excise" for row in expected["tables"]["cuts"][1:])
        assert sorted({name.rpartition(".")[2] for name in bank}) == ["csv", "flac"]
        assert len(bank) == excised + 1
