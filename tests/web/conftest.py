"""The example data set with its voices found, once; and a copy of it for each test that writes."""

from __future__ import annotations

import shutil

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.common.settle import settle
from curate.web import queues
from curate.web.session import ReviewSession

QUEUE = "doubtful-speech"


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
    return ReviewSession(folder, QUEUE, items, settle=settle)
