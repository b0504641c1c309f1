"""Fixtures shared by all tests."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import signal
import tempfile
import uuid
from pathlib import Path

import hypothesis  # imported here, since at the end of a run without it its plug-in would load it too late
import pytest

# The same examples in every run, so that what is green here is green elsewhere.
# `make test ARGS=--hypothesis-profile=default` looks for new ones.
hypothesis.settings.load_profile("ci")

# What programs of this machine remember between runs is the user's, not the tests'.
_STATE = tempfile.mkdtemp(prefix="curate-state-")
os.environ["XDG_STATE_HOME"] = _STATE
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)

# Whoever is started in the background ignores Ctrl-C, and so would the programs that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs the library of a format, where it is not installed."""
    given = getattr(item, "callspec", None)
    named = {value for value in given.params.values() if isinstance(value, str)} if given else set()
    if "aoef" in named and importlib.util.find_spec("soundevent") is None:
        pytest.skip("needs the extra [aoef]")


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    """No test knows how fast another was."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{_STATE}/{uuid.uuid4()}")


@pytest.fixture
def thread():
    """Local engines are a thread of this process, also for `pytest.mark.usefixtures`."""
    from tests.engines import in_a_thread

    with in_a_thread():
        yield


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of real recordings: third-party sound that is not part of the project."""
    folder = Path(os.environ.get("CURATE_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not (folder / "SOURCES.csv").is_file():
        pytest.skip("the corpus of real recordings is not here (set CURATE_CORPUS)")
    return folder


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory) -> Path:
    """Folder of the example, written once. Not to be written to."""
    from curate.steps.acquire.example import example

    return example(tmp_path_factory.mktemp("data") / "example").folder


@pytest.fixture(scope="session")
def listened(tmp_path_factory) -> Path:
    """Folder of a dataset: the example, in which voices were looked for. Not to be written to."""
    from curate.catalogue.dataset import Dataset
    from curate.steps.acquire.example import example
    from curate.steps.acquire.import_ import import_
    from curate.steps.clean.strip_voice import strip_voice
    from tests.engines import in_a_thread

    folder = tmp_path_factory.mktemp("listened")
    example(folder / "example")
    with Dataset(folder / "birds") as dataset, in_a_thread():
        import_(dataset, folder / "example")
        strip_voice(dataset, render=False)
    return folder / "birds"
