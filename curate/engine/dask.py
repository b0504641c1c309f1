"""The Dask engine: workers of a cluster behind the executor interface.

Workers read audio by path, so they must see the same files under the same names. They import curate
themselves, and resolve detectors by name, so they must have the same curate. Both is checked before
any work starts, and of workers that join later (`dask_workers`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from itertools import islice

from curate.engine.dask_workers import DaskExecutor, Workers
from curate.engine.loop import Engine
from curate.errors import EngineError, UsageError
from curate.release import install_hint
from curate.storage.address import is_remote

#: Seconds in which a scheduler must answer; on a busy machine it takes more than ten.
_ANSWER_WITHIN = 30.0

#: Paths shown to every worker before the work starts: one of each folder, of so many folders. A thousand
#: take a network disk a second.
_FOLDERS_CHECKED = 1000

#: Paths among which those are looked for.
_PATHS_CHECKED = 100_000


@contextmanager
def open_dask(where: str) -> Iterator[Engine]:
    """Open an engine on ``N`` local Dask workers or on the scheduler at an address.

    Raises
    ------
    EngineError
        If Dask is not installed, the scheduler does not answer or has no workers, or one of them runs
        another curate.
    """
    try:
        import distributed  # noqa: PLC0415
        from distributed.scheduler import KilledWorker  # noqa: PLC0415
    except ImportError as error:
        raise EngineError("the Dask engine is missing", hint=install_hint("dask")) from error
    with _cluster(where) as address:
        try:
            asyncio.run(_greet(address))
            client = distributed.Client(address, timeout=_ANSWER_WITHIN, set_as_default=False)
        # Another kind of server says anything, and its first bytes are taken for the size of a message.
        # TypeError: tls:// without a certificate in Dask's own configuration.
        except (OSError, TimeoutError, ValueError, MemoryError, TypeError) as error:
            why = str(error) or f"nothing came in {_ANSWER_WITHIN:g} s"
            raise EngineError(
                f"the Dask scheduler is unreachable at {address}: {why}",
                hint="start one with 'dask scheduler', and workers with 'dask worker ADDRESS'",
            ) from error
        with client:
            if not client.nthreads():
                raise EngineError(
                    f"the Dask scheduler at {address} lacks workers", hint="start some: dask worker ADDRESS"
                )
            workers = Workers(client)
            engine = Engine(
                lambda wanted: DaskExecutor(workers, alone=wanted == 1),
                workers=lambda: workers.count,
                died=(KilledWorker, BrokenExecutor),
                check=lambda paths: workers.check_paths(_one_of_each_folder(paths)),
                has_workers=lambda: workers.count > 0,
                falls_together=False,
            )
            try:
                yield engine
            finally:
                engine.close()
                workers.close()


async def _greet(address: str) -> None:
    """Connect once, for so long and no longer: a client waits for a greeting without an end."""
    from distributed.comm.core import connect  # noqa: PLC0415
    from distributed.security import Security  # noqa: PLC0415

    secured = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=_ANSWER_WITHIN, **secured), _ANSWER_WITHIN)
    await comm.close()


@contextmanager
def _cluster(where: str) -> Iterator[str]:
    import dask  # noqa: PLC0415
    import distributed  # noqa: PLC0415

    if "://" in where:
        yield where
        return
    if not where.isdecimal() or int(where) < 1:
        raise UsageError(
            f"unknown engine 'dask:{where}'", hint="dask:N with N workers, or dask:tcp://host:port"
        )
    # A worker that dies condemns what it held at once; `Engine` then tries each alone. A scheduler without a
    # dashboard still answers HTTP, and warns where the usual port is taken: a free one is asked for.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=int(where), threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
    ):
        yield cluster.scheduler_address


def _one_of_each_folder(paths: Iterable[str]) -> list[str]:
    folders: dict[str, str] = {}
    for path in islice(paths, _PATHS_CHECKED):
        if is_remote(path):
            continue
        if len(folders) == _FOLDERS_CHECKED:
            break
        folders.setdefault(os.path.dirname(path), path)
    return list(folders.values())
