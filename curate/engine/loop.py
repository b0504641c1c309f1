"""One bounded loop that maps a function over items, on any engine.

An engine gives out `concurrent.futures` executors: processes of this machine (``local``), or
a Dask cluster (``dask:N`` for N local workers, ``dask:tcp://host:port`` for a running one).
The loop keeps a bounded number of items in flight, yields results as they finish, and keeps
each error with its item. A worker that dies takes only the item down that killed it: all
that were in flight are tried again one at a time, so the culprit is known for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from functools import partial
from typing import Any

from curate.engine.bundles import (
    Answer,
    Bundle,
    Item,
    Made,
    Outcome,
    Result,
    bundles,
    each,
    nothing,
    outcomes,
    together,
)
from curate.errors import EngineError, WorkerDied

#: Bundles in flight per worker: one that runs and enough behind it that no worker waits for us.
_AHEAD = 4

#: Seconds after which a silent engine is asked whether it still has workers. Dask replaces one that
#: died within a few, so only two answers in a row count.
_LOOK_EVERY = 15.0

#: Does a bundle: what a worker is sent.
_Work = Callable[[list[Item]], list[Answer[Result]]]


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
    check, has_workers
        Makes sure that all workers see these paths; tells whether any worker is left.
    """

    def __init__(
        self,
        open_executor: Callable[[int | None], Executor],
        *,
        workers: int,
        died: tuple[type[BaseException], ...] = (BrokenExecutor,),
        check: Callable[[Iterable[str]], None] = lambda _: None,
        has_workers: Callable[[], bool] = lambda: True,
    ) -> None:
        self._open = open_executor
        self._executor: Executor | None = None
        self._died = died
        self._has_workers = has_workers
        self.workers = workers
        self.check_paths = check

    def map(
        self,
        task: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        ordered: bool = False,
        size: Callable[[Item], float] = lambda _: 1.0,
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
        size
            Share of a bundle that an item fills. A worker gets a bundle at a time, so that small
            items do not cost more to send than to do.
        """
        yield from self._outcomes(partial(each, task), bundles(items, size), ordered=ordered)

    def map_together(
        self,
        task: Callable[[Item], Made],
        finish: Callable[[list[Made]], list[Result]],
        items: Iterable[Item],
        *,
        ordered: bool = False,
        size: Callable[[Item], float],
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield an outcome for every item, with a last step that is quicker for several.

        Parameters
        ----------
        task, items, ordered, size
            As in `map`.
        finish
            Makes results of what the task made of the items of a bundle that did not fail, one for each. They
            must not depend on the company. A module-level function, too.
        """
        yield from self._outcomes(partial(together, task, finish), bundles(items, size), ordered=ordered)

    def _outcomes(
        self, work: _Work[Item, Result], parts: Iterator[Bundle[Item]], *, ordered: bool
    ) -> Iterator[Outcome[Item, Result]]:
        early: dict[int, Outcome[Item, Result]] = {}
        turn = 0
        for number, outcome in self._unordered(work, parts):
            if not ordered:
                yield outcome
                continue
            early[number] = outcome
            while turn in early:
                yield early.pop(turn)
                turn += 1

    def _unordered(
        self, work: _Work[Item, Result], parts: Iterator[Bundle[Item]]
    ) -> Iterator[tuple[int, Outcome[Item, Result]]]:
        running: dict[Future[list[Answer[Result]]], Bundle[Item]] = {}
        suspects: Bundle[Item] = []

        def settle(
            futures: Iterable[Future[list[Answer[Result]]]],
        ) -> Iterator[tuple[int, Outcome[Item, Result]]]:
            for future in futures:
                bundle = running.pop(future)
                if self._has_died(future):
                    suspects.extend(bundle)
                else:
                    yield from outcomes(bundle, future.result())

        more = True
        while more or running:
            while more and len(running) < self.workers * _AHEAD:
                bundle = next(parts, None)
                if bundle is None:
                    more = False
                else:
                    running[self._submit(work, bundle)] = bundle
            yield from settle(self._wait(running, FIRST_COMPLETED))
            if suspects:
                # A broken pool fails everything in flight; which item broke it is not told.
                yield from settle(self._wait(running, ALL_COMPLETED))
                self.close()
                yield from self._one_by_one(work, sorted(suspects, key=lambda pair: pair[0]))
                suspects.clear()

    def _one_by_one(
        self, work: _Work[Item, Result], suspects: Bundle[Item]
    ) -> Iterator[tuple[int, Outcome[Item, Result]]]:
        alone: Executor | None = None
        for number, item in suspects:
            alone = alone or self._open_alone()
            future = alone.submit(work, [item])
            if self._has_died(future):
                _abandon(alone)
                alone = None
                died = WorkerDied("the worker process died while it was at this recording")
                yield number, Outcome(item, None, died)
            else:
                yield from outcomes([(number, item)], future.result())
        if alone is not None:
            alone.shutdown()

    def _open_alone(self) -> Executor:
        """Open an executor with one worker, and see it at work before it gets a suspect."""
        alone = self._open(1)
        if self._has_died(alone.submit(nothing, [None])):
            _abandon(alone)
            raise EngineError(
                "worker processes die as soon as they start",
                hint="a script that calls curate must do so below: if __name__ == '__main__':",
            )
        return alone

    def _submit(self, work: _Work[Item, Result], bundle: Bundle[Item]) -> Future[list[Answer[Result]]]:
        if self._executor is None:
            self._executor = self._open(None)
        try:
            return self._executor.submit(work, [item for _, item in bundle])
        except self._died as error:
            # The pool broke between two looks at it: these are as suspect as those in flight.
            future: Future[list[Answer[Result]]] = Future()
            future.set_exception(error)
            return future

    def _wait(self, futures: Iterable[Future[Any]], until: str) -> set[Future[Any]]:
        """Wait for the first or for all, as long as there is somebody to wait for."""
        futures, absent = list(futures), 0
        while True:
            done, pending = wait(futures, timeout=_LOOK_EVERY, return_when=until)
            if not pending or (done and until == FIRST_COMPLETED):
                return done
            absent = 0 if self._has_workers() else absent + 1
            if absent > 1:
                raise EngineError("no worker is left", hint="start workers, then run the command again")

    def _has_died(self, future: Future[Any]) -> bool:
        self._wait([future], ALL_COMPLETED)
        try:
            error = future.exception()
        except CancelledError as cancelled:
            raise EngineError(
                "the workers dropped the work", hint="is the cluster still up? run the command again"
            ) from cancelled
        return isinstance(error, self._died)

    def close(self) -> None:
        """Let the workers go; what still runs is not waited for."""
        if self._executor is not None:
            _abandon(self._executor)
            self._executor = None


def _abandon(executor: Executor) -> None:
    """Let an executor go without waiting, and drop what it has not begun."""
    executor.shutdown(wait=False, cancel_futures=True)
