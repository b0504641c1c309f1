"""One bounded loop that maps a function over items, on any engine.

An engine gives out `concurrent.futures` executors: processes of this machine (``local``), or
a Dask cluster (``dask:N`` for N local workers, ``dask:tcp://host:port`` for a running one).
The loop keeps a bounded number of items in flight, yields results as they finish, and keeps
each error with its item. A worker that dies takes only the item down that killed it: all
that it may have been at are tried again one at a time, so the culprit is known for certain.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from functools import partial
from typing import Any, Generic

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

#: So many looks that find no worker end the work.
_LOOKS = 4

#: Does a bundle: what a worker is sent.
_Work = Callable[[list[Item]], list[Answer[Result]]]


class Engine:
    """Workers, and how to get new ones when they died.

    Parameters
    ----------
    open_executor
        Makes an executor with this many workers, or with its usual number for None.
    workers
        How many items are worked on at once; a function where workers come and go.
    died
        The exceptions by which the executor says that a worker died.
    check, has_workers
        Makes sure that all workers see these paths; tells whether any worker is left.
    expect
        Takes the names of modules that the work will need, so that they may be loaded once for all workers.
    falls_together
        Whether all that is in flight fails with any worker, as in a pool of processes. Else the others
        go on meanwhile.
    """

    def __init__(
        self,
        open_executor: Callable[[int | None], Executor],
        *,
        workers: int | Callable[[], int],
        died: tuple[type[BaseException], ...] = (BrokenExecutor,),
        check: Callable[[Iterable[str]], None] = lambda _: None,
        has_workers: Callable[[], bool] = lambda: True,
        expect: Callable[[Iterable[str]], None] = lambda _: None,
        falls_together: bool = True,
    ) -> None:
        self._open = open_executor
        self._executor: Executor | None = None
        self._died = died
        self._has_workers = has_workers
        self._workers = workers
        self._falls_together = falls_together
        self.check_paths = check
        self.expect = expect

    @property
    def workers(self) -> int:
        """How many items are worked on at once, now."""
        return self._workers if isinstance(self._workers, int) else self._workers()

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
            # What ends before its turn waits here: at most what is in flight, so memory stays bounded.
            early[number] = outcome
            while turn in early:
                yield early.pop(turn)
                turn += 1

    def _unordered(
        self, work: _Work[Item, Result], parts: Iterator[Bundle[Item]]
    ) -> Iterator[tuple[int, Outcome[Item, Result]]]:
        running: dict[Future[list[Answer[Result]]], Bundle[Item]] = {}
        suspects: Bundle[Item] = []
        trial: _Trial[Item, Result] | None = None
        more = True
        while more or running or trial:
            # In a pool every death fails all that is in flight. While suspects are tried, sending more
            # would only make more suspects.
            waits = bool(suspects or trial) and self._falls_together
            if more and not waits:
                more = self._fill(running, work, parts)
            ended = self._wait([*running, *(trial.futures if trial else ())])
            for future in running.keys() & ended:
                bundle = running.pop(future)
                if self._has_died(future):
                    suspects.extend(bundle)
                else:
                    yield from outcomes(bundle, future.result())
            if trial:
                yield from trial.step()
            # A broken pool fails everything in flight; which item broke it is not known.
            if suspects and not (running and self._falls_together):
                self._drop_broken_pool()
                trial = trial or _Trial(self._open, self._has_died, work, is_pool=self._falls_together)
                trial.add(suspects)
                suspects = []
            if trial and trial.is_over:
                trial = None

    def _fill(
        self,
        running: dict[Future[list[Answer[Result]]], Bundle[Item]],
        work: _Work[Item, Result],
        parts: Iterator[Bundle[Item]],
    ) -> bool:
        """Send out as much as workers can be at; tells whether there is more."""
        while len(running) < max(1, self.workers) * _AHEAD:
            bundle = next(parts, None)
            if bundle is None:
                return False
            running[self._submit(work, bundle)] = bundle
        return True

    def _drop_broken_pool(self) -> None:
        if self._falls_together:
            self.close()

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

    def _wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Wait for the first to end, as long as there is somebody to wait for."""
        futures, absent = list(futures), 0
        while True:
            done, pending = wait(futures, timeout=_LOOK_EVERY, return_when=FIRST_COMPLETED)
            if done or not pending:
                return done
            # Only a minute without any is an end: a busy machine may be replacing its last workers just now.
            absent = 0 if self._has_workers() else absent + 1
            if absent == _LOOKS:
                raise EngineError(
                    "all workers have stopped", hint="start workers, then run the command again"
                )

    def _has_died(self, ended: Future[Any]) -> bool:
        try:
            error = ended.exception()
        except CancelledError as cancelled:
            raise EngineError(
                "the workers dropped the work", hint="is the cluster still up? run the command again"
            ) from cancelled
        return isinstance(error, self._died)

    def close(self) -> None:
        """Let the workers go. Running work is left to end by itself."""
        if self._executor is not None:
            _abandon(self._executor)
            self._executor = None


class _Trial(Generic[Item, Result]):
    """Suspects, tried one at a time by a worker that has nothing else, so that its death is their doing.

    Parameters
    ----------
    open_executor, has_died, work
        Of the engine, and what it does.
    is_pool
        Whether the workers are processes of ours, which die for a reason of their own only at their start.
        Those of a cluster may be taken away at any moment: there it needs two deaths to condemn an item.
    """

    def __init__(
        self,
        open_executor: Callable[[int | None], Executor],
        has_died: Callable[[Future[Any]], bool],
        work: _Work[Item, Result],
        *,
        is_pool: bool,
    ) -> None:
        self._open, self._has_died, self._work = open_executor, has_died, work
        self._is_pool = is_pool
        self._suspects: deque[tuple[int, Item]] = deque()
        self._deaths: Counter[int] = Counter()
        self._alone: Executor | None = None
        self._at: tuple[int, Item] | None = None
        self._future: Future[list[Answer[Any]]] | None = None

    @property
    def futures(self) -> list[Future[list[Answer[Any]]]]:
        """What is worked on: one at most."""
        return [] if self._future is None else [self._future]

    @property
    def is_over(self) -> bool:
        """Whether all were tried."""
        return self._future is None

    def add(self, suspects: Bundle[Item]) -> None:
        """Take more, in the order of their numbers."""
        self._suspects.extend(sorted(suspects, key=lambda pair: pair[0]))
        if self._future is None:
            self._next()

    def step(self) -> Iterator[tuple[int, Outcome[Item, Result]]]:
        """Give the outcome of an item if it has ended, and try the next."""
        if self._future is None or not self._future.done():
            return
        died = self._has_died(self._future)
        if died:
            assert self._alone is not None
            _abandon(self._alone)
            self._alone = None
        if self._at is None:
            if died:
                raise EngineError(
                    "worker processes die as soon as they start",
                    hint="a script that calls curate must do so below: if __name__ == '__main__':",
                )
        elif not died:
            yield from outcomes([self._at], self._future.result())
        else:
            number, item = self._at
            self._deaths[number] += 1
            if self._is_pool or self._deaths[number] > 1:
                error = WorkerDied("the worker process died while it was at this recording")
                yield number, Outcome(item, None, error)
            else:
                self._suspects.appendleft(self._at)
        self._next()

    def _next(self) -> None:
        self._future = None
        if not self._suspects:
            if self._alone is not None:
                self._alone.shutdown()
                self._alone = None
            return
        is_new = self._alone is None
        self._alone = self._alone or self._open(1)
        if is_new and self._is_pool:  # it is seen at work before it gets a suspect
            self._at, self._future = None, self._alone.submit(nothing, [None])
            return
        self._at = self._suspects.popleft()
        self._future = self._alone.submit(self._work, [self._at[1]])


def _abandon(executor: Executor) -> None:
    """Let an executor go without waiting, and drop what it has not begun."""
    executor.shutdown(wait=False, cancel_futures=True)
