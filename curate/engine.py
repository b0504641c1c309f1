"""One bounded loop that maps a function over items, on any engine.

An engine gives out `concurrent.futures` executors: processes of this machine (``local``), or
a Dask cluster (``dask:N`` for N local workers, ``dask:tcp://host:port`` for a running one).
The loop keeps a bounded number of items in flight, yields results as they finish, and keeps
each error with its item. A worker that dies takes only the item down that killed it: all
that were in flight are tried again one at a time, so the culprit is known for certain.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from curate.errors import EngineError, UsageError, WorkerDied
from curate.settings import cpu_count

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items in flight per worker: one that runs and enough behind it that no worker waits for us.
_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: a result, or the error that it raised."""

    item: Item
    result: Result | None
    error: BaseException | None


class Engine:
    """Workers, and how to get new ones when they died.

    Parameters
    ----------
    open_executor
        Makes an executor with so many workers, or with its usual number for None.
    workers
        How many items are worked on at once.
    died
        The exceptions by which the executor says that a worker died.
    """

    def __init__(
        self,
        open_executor: Callable[[int | None], Executor],
        *,
        workers: int,
        died: tuple[type[BaseException], ...] = (BrokenExecutor,),
        check: Callable[[Iterable[str]], None] = lambda _: None,
    ) -> None:
        self._open = open_executor
        self._executor: Executor | None = None
        self._died = died
        self.workers = workers
        self.check_paths = check

    def map(
        self, task: Callable[[Item], Result], items: Iterable[Item], *, ordered: bool = False
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield an outcome for every item.

        Parameters
        ----------
        task
            A module-level function; it and the items must pickle.
        items
            Read as needed, never all at once.
        ordered
            Yield in the order of `items` instead of as they finish.
        """
        outcomes = self._unordered(task, enumerate(items))
        if not ordered:
            for outcome in outcomes:
                yield Outcome(outcome.item[1], outcome.result, outcome.error)
            return
        early: dict[int, Outcome[Item, Result]] = {}
        turn = 0
        for outcome in outcomes:
            early[outcome.item[0]] = Outcome(outcome.item[1], outcome.result, outcome.error)
            while turn in early:
                yield early.pop(turn)
                turn += 1

    def _unordered(
        self, task: Callable[[Item], Result], items: Iterator[tuple[int, Item]]
    ) -> Iterator[Outcome[tuple[int, Item], Result]]:
        running: dict[Future[Result], tuple[int, Item]] = {}
        suspects: list[tuple[int, Item]] = []

        def settle(futures: Iterable[Future[Result]]) -> Iterator[Outcome[tuple[int, Item], Result]]:
            for future in futures:
                numbered = running.pop(future)
                error = _error_of(future)
                if isinstance(error, self._died):
                    suspects.append(numbered)
                else:
                    yield Outcome(numbered, None if error else future.result(), error)

        more = True
        while more or running:
            while more and len(running) < self.workers * _AHEAD:
                numbered = next(items, None)
                if numbered is None:
                    more = False
                else:
                    running[self._submit(task, numbered[1])] = numbered
            yield from settle(wait(running, return_when=FIRST_COMPLETED).done)
            if suspects:
                # A broken pool fails everything in flight; which item broke it is not told.
                yield from settle(wait(running).done)
                self.close()
                yield from self._one_by_one(task, sorted(suspects, key=lambda pair: pair[0]))
                suspects.clear()

    def _one_by_one(
        self, task: Callable[[Item], Result], suspects: list[tuple[int, Item]]
    ) -> Iterator[Outcome[tuple[int, Item], Result]]:
        alone: Executor | None = None
        for numbered in suspects:
            alone = alone or self._open(1)
            future = alone.submit(task, numbered[1])
            error = _error_of(future)
            if isinstance(error, self._died):
                _abandon(alone)
                alone = None
                died = WorkerDied("the worker process died while it was at this recording")
                died.__cause__ = error
                yield Outcome(numbered, None, died)
            else:
                yield Outcome(numbered, None if error else future.result(), error)
        if alone is not None:
            alone.shutdown()

    def _submit(self, task: Callable[[Item], Result], item: Item) -> Future[Result]:
        if self._executor is None:
            self._executor = self._open(None)
        try:
            return self._executor.submit(task, item)
        except self._died as error:
            # The pool broke between two looks at it: the item is as suspect as those in flight.
            future: Future[Result] = Future()
            future.set_exception(error)
            return future

    def close(self) -> None:
        """Let the workers go; what still runs is not waited for."""
        if self._executor is not None:
            _abandon(self._executor)
            self._executor = None


def _abandon(executor: Executor) -> None:
    """Let an executor go without waiting, and drop what it has not begun."""
    if isinstance(executor, ProcessPoolExecutor):
        executor.shutdown(wait=False, cancel_futures=True)
    else:
        executor.shutdown(wait=False)  # Dask's knows no other word, and cancels by itself


def _error_of(future: Future[Any]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        raise EngineError(
            "the workers dropped the work", hint="is the cluster still up? run the command again"
        ) from error


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
        with _open_local(cpu_count() if jobs is None else jobs) as engine:
            yield engine
    elif kind == "dask" and where:
        from curate.engine_dask import open_dask  # noqa: PLC0415 - an optional extra

        with open_dask(where) as engine:
            yield engine
    else:
        raise UsageError(f"no engine '{spec}'", hint="there are: local, dask:N, dask:tcp://host:port")


@contextmanager
def _open_local(jobs: int) -> Iterator[Engine]:
    if jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {jobs}")
    # Spawned, not forked: a fork copies the locks of threads that only the parent runs.
    context = multiprocessing.get_context("spawn")

    def open_executor(workers: int | None) -> Executor:
        return ProcessPoolExecutor(workers or jobs, mp_context=context, initializer=_start_worker)

    engine = Engine(open_executor, workers=jobs)
    try:
        yield engine
    except BaseException:
        # Interrupted: nobody waits for a 24-hour recording that a worker is still at.
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        engine.close()


def _start_worker() -> None:
    """Prepare a worker process: one thread for mathematics, and no life without its parent."""
    os.environ["OMP_NUM_THREADS"] = "1"  # read by the libraries that the task imports later
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _silence_c_libraries()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent,), daemon=True).start()


def _silence_c_libraries() -> None:
    """Keep decoders written in C from writing over the progress bar; Python still can.

    What they complain about reaches us as errors, and is noted with the recording.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _die_with(parent: Any) -> None:  # noqa: ANN401 - multiprocessing does not name the class
    """End this process when the parent is gone: a killed run must leave nobody behind."""
    parent.join()
    os._exit(1)
