"""Engines for tests that are not about engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from curate.engine.loop import Engine

#: Modules that open an engine.
_OPENERS = (
    "curate.steps.inspect.check",
    "curate.steps.clean.dedupe",
    "curate.steps.acquire.import_",
    "curate.steps.export.manifest",
    "curate.steps.clean.render",
    "curate.steps.run",
    "curate.steps.clean.scan",
    "curate.steps.clean.strip_voice",
    "curate.steps.clean.trim",
    "curate.steps.review.undo",
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
