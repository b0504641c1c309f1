"""A writable catalogue, and recordings to put into it."""

from __future__ import annotations

import pytest

from curate.catalogue import recordings
from curate.catalogue.store import Store
from curate.model import AudioInfo, FileFacts, Row


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "curate.db", write=True)
    yield opened
    opened.close()


@pytest.fixture
def add(store, tmp_path):
    """Add a recording that was never on a disk; returns its number."""

    def add(path="/data/owl/a.wav", *, seconds=10.0, sha256="00", archive_id="", ok=True, **fields):
        info = AudioInfo(round(seconds * 100), 100, 1, "wav", "pcm_16") if ok else None
        facts = FileFacts(1000, 5, sha256, info, None if ok else "noise, no sound")
        row = Row(path=path, **fields)
        return recordings.add(store, row, facts, archive_id=archive_id or path, folder=tmp_path)

    return add
