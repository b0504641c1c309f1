"""Engines for tests that are not about engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from curate.engine.loop import Engine


@contextmanager
def thread_engine(jobs=None):
    """One thread in the place of `open_local`: a process with torch takes seconds to start."""
    del jobs
    engine = Engine(lambda _: ThreadPoolExecutor(1), workers=1)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def in_a_thread():
    """Let every local engine that is opened while the block lasts be a thread of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("curate.engine.open.open_local", thread_engine)
        yield
