"""The example data set with its voices found, once; and a copy of it for each test that writes."""

from __future__ import annotations

import shutil

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps._verdicts import settle
from curate.steps.example import example
from curate.steps.import_ import import_
from curate.steps.strip_voice import strip_voice
from curate.web import queues
from curate.web.desk import Desk
from tests.engines import in_a_thread

QUEUE = "doubtful-speech"


@pytest.fixture(scope="session")
def listened(tmp_path_factory):
    """Folder of a dataset in which speech was looked for."""
    folder = tmp_path_factory.mktemp("review")
    example(folder / "example")
    with Dataset(folder / "birds") as dataset, in_a_thread():
        import_(dataset, folder / "example")
        strip_voice(dataset, render=False)
    return folder / "birds"


@pytest.fixture
def folder(tmp_path, listened):
    """A dataset of the test's own; its recordings lie elsewhere."""
    return shutil.copytree(listened, tmp_path / "birds")


@pytest.fixture
def items(folder):
    with Dataset(folder) as birds:
        return queues.items(birds.store, QUEUE, n=300, reviewer="ana")


@pytest.fixture
def desk(folder, items):
    return Desk(folder, QUEUE, items, settle=settle)
