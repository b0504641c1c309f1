"""The Dask engine: workers of a cluster behind the executor interface.

Workers read audio by path, so they must see the same files under the same names; that is
checked before any work starts. They import curate themselves, and resolve detectors by name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor
from contextlib import contextmanager
from itertools import islice
from typing import Any

from curate.engine.loop import Engine
from curate.errors import EngineError, UsageError
from curate.release import install_hint

#: Seconds in which a scheduler must answer; on a busy machine it takes more than ten.
_ANSWER_WITHIN = 30.0

#: Paths shown to every worker before the work starts: one of each folder, of so many folders.
_FOLDERS_CHECKED = 100

#: Paths among which those are looked for.
_PATHS_CHECKED = 100_000


@contextmanager
def open_dask(where: str) -> Iterator[Engine]:
    """Open an engine on ``N`` local Dask workers or on the scheduler at an address.

    Raises
    ------
    EngineError
        If Dask is not installed, the scheduler does not answer or has no workers.
    """
    try:
        import distributed  # noqa: PLC0415
        from distributed.scheduler import KilledWorker  # noqa: PLC0415
    except ImportError as error:
        raise EngineError("the Dask engine is not installed", hint=install_hint("dask")) from error
    with _cluster(where) as address:
        try:
            client = distributed.Client(address, timeout=_ANSWER_WITHIN, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(
                f"no Dask scheduler answers at {address}: {error}",
                hint="start one with 'dask scheduler', and workers with 'dask worker ADDRESS'",
            ) from error
        with client:
            workers = sum(client.nthreads().values())
            if not workers:
                raise EngineError(
                    f"the Dask scheduler at {address} has no workers", hint="start some: dask worker ADDRESS"
                )

            def open_executor(_workers: int | None) -> Executor:
                # pure=False: equal arguments must not be folded into one task.
                executor: Executor = client.get_executor(pure=False)
                return executor

            engine = Engine(
                open_executor,
                workers=workers,
                died=(KilledWorker, BrokenExecutor),
                check=lambda paths: _check_paths(client, paths),
                has_workers=lambda: bool(client.nthreads()),
            )
            try:
                yield engine
            finally:
                engine.close()


@contextmanager
def _cluster(where: str) -> Iterator[str]:
    import dask  # noqa: PLC0415
    import distributed  # noqa: PLC0415

    if "://" in where:
        yield where
        return
    if not where.isdecimal() or int(where) < 1:
        raise UsageError(f"no engine 'dask:{where}'", hint="dask:N with N workers, or dask:tcp://host:port")
    # A worker that dies condemns what it held at once; `Engine` then tries each alone. A scheduler without a
    # dashboard still answers HTTP, and warns where the usual port is taken: a free one is asked for.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=int(where), threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
    ):
        yield cluster.scheduler_address


def _check_paths(client: Any, paths: Iterable[str]) -> None:  # noqa: ANN401 - an optional package's class
    folders: dict[str, str] = {}
    for path in islice(paths, _PATHS_CHECKED):
        if len(folders) == _FOLDERS_CHECKED:
            break
        folders.setdefault(os.path.dirname(path), path)
    wanted = list(folders.values())
    for worker, unseen in client.run(_unseen, wanted).items():
        if unseen:
            raise EngineError(
                f"Dask worker {worker} cannot see {unseen[0]}",
                hint="put the audio on a disk that all workers mount under the same path",
            )


def _unseen(paths: list[str]) -> list[str]:
    return [path for path in paths if not os.access(path, os.R_OK)]
