"""Open the engine that a person named: processes of this machine, or Dask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from curate.engine.local import open_local
from curate.engine.loop import Engine
from curate.errors import UsageError
from curate.settings import cpu_count


@contextmanager
def open_engine(spec: str | Engine = "local", *, jobs: int | None = None) -> Iterator[Engine]:
    """Open the engine that a person named.

    Parameters
    ----------
    spec
        ``local``, ``dask:N`` or ``dask:tcp://host:port``; or an engine that is open already, which
        is passed on and left open, so that several steps share its workers.
    jobs
        Worker processes of the local engine; None takes one per core.

    Raises
    ------
    UsageError
        If there is no such engine.
    EngineError
        If its workers cannot be reached.
    """
    if isinstance(spec, Engine):
        yield spec
        return
    kind, _, where = spec.partition(":")
    if kind == "local" and not where:
        with open_local(cpu_count() if jobs is None else jobs) as engine:
            yield engine
    elif kind == "dask" and where:
        from curate.engine.dask import open_dask  # noqa: PLC0415 - an optional extra

        with open_dask(where) as engine:
            yield engine
    else:
        raise UsageError(f"unknown engine '{spec}'", hint="there are: local, dask:N, dask:tcp://host:port")
