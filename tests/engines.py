"""Engines for tests that are not about engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from curate.engine import Engine

#: Modules that open an engine.
_OPENERS = (
    "curate.steps.check",
    "curate.steps.dedupe",
    "curate.steps.import_",
    "curate.steps.manifest",
    "curate.steps.render",
    "curate.steps.run",
    "curate.steps.scan",
    "curate.steps.strip_voice",
    "curate.steps.trim",
    "curate.steps.undo",
)


@contextmanager
def thread_engine(spec="local", *, jobs=None):
    """One thread in the place of `open_engine`: a process with torch takes seconds to start."""
    if isinstance(spec, Engine):
        yield spec
        return
    del jobs
    engine = Engine(lambda _: ThreadPoolExecutor(1), workers=1)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def in_a_thread():
    """Let all steps work in a thread of this process while the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for module in _OPENERS:
            patch.setattr(f"{module}.open_engine", thread_engine)
        yield
