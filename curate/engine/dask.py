"""The Dask engine: workers of a cluster behind the executor interface.

Workers read audio by path, so they must see the same files under the same names; that is
checked before any work starts. They import curate themselves, and resolve detectors by name.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
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

            engine = Engine(
                lambda _: _Executor(client),
                workers=workers,
                died=(KilledWorker, BrokenExecutor),
                check=lambda paths: _check_paths(client, paths),
                has_workers=lambda: bool(client.nthreads()),
            )
            try:
                yield engine
            finally:
                engine.close()


class _Executor(Executor):
    """Submits to a cluster; whatever becomes of a task, its future ends.

    The executor that `distributed.Client.get_executor` gives (2026.8) does not promise that: where a worker
    dies between the end of a task and the fetching of its result, and the second try fails as well, its
    future stays pending, or ends with an error about something else.

    Parameters
    ----------
    client
        A `distributed.Client`.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - an optional package's class
        self._client = client
        self._at_work: set[Any] = set()  # the cluster drops a task to which nobody holds a future

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        """Send a call to a worker."""
        # pure=False: equal arguments must not be folded into one task.
        sent = self._client.submit(fn, *args, pure=False, **kwargs)
        self._at_work.add(sent)
        future: Future[Any] = Future()
        self._client.loop.add_callback(self._pass_on, sent, future)
        return future

    async def _pass_on(self, sent: Any, future: Future[Any]) -> None:  # noqa: ANN401
        try:
            # Waits, fetches, and does both again where the worker with the result is gone by then.
            [result] = await self._client.gather([sent], asynchronous=True)
        except asyncio.CancelledError as error:
            future.set_exception(CancelledError(str(error)))
        except Exception as error:  # noqa: BLE001 - of the task, or of the cluster: both belong to the future
            future.set_exception(error)
        else:
            future.set_result(result)
        finally:
            self._at_work.discard(sent)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Drop what runs, but for `wait` without `cancel_futures`: the engine has seen all ends by then."""
        if cancel_futures or not wait:
            self._client.cancel(list(self._at_work))


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
