"""The workers of a Dask cluster: which may work for us, what each is at, and when one is gone.

Work is handed out here rather than by the scheduler: each task is sent to one worker, which gets the next
before it is done with the first. So it is known at once what a dead worker held, and no result is waited
for that died with it. Workers that join while a command runs are checked like the first ones, and get
their share.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass, field
from typing import Any

from curate.engine import worker_facts
from curate.errors import EngineError

#: Seconds between two looks at who is there: a dead worker costs about so much.
LOOK_EVERY = 1.0

#: Tasks that a worker holds beyond those that its threads are at, so that it does not wait for us.
_AHEAD = 1

#: Sent to a worker: defines the functions of `worker_facts`, and calls one.
_ASK = f"(lambda names: (exec({inspect.getsource(worker_facts)!r}, names), names['facts']())[1])({{}})"

#: What each package is, for a person, and how it is installed on a worker.
_REMEDIES = {
    "curate": "the code of curate",
    "weights": "silero's weights",
    "python": "Python",
}

_LOG = logging.getLogger(__name__)


class WorkerGone(BrokenExecutor):
    """The worker that held a task is gone."""


@dataclass(eq=False)
class _Call:
    """A task on its way: waiting here, or sent to a worker."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    alone: bool
    future: Future[Any] = field(default_factory=Future)
    worker: str | None = None
    sent: Any = None


class Workers:
    """Those workers of a cluster that run what we run. Hands tasks out to them.

    Parameters
    ----------
    client
        A `distributed.Client`.

    Raises
    ------
    EngineError
        If there are none, or one of them runs something else.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - an optional package's class
        self._client = client
        self._lock = threading.RLock()
        self._ours = worker_facts.facts()
        self._threads: dict[str, int] = {}
        self._refused: set[str] = set()
        self._paths: list[str] = []
        self._waiting: deque[_Call] = deque()
        self._waiting_alone: deque[_Call] = deque()
        self._held: dict[str, list[_Call]] = {}
        self._reserving = False
        self._reserved: str | None = None  # a worker that gets nothing but tasks that must be alone
        self._ended = threading.Event()
        there = client.nthreads()
        for worker, said in self._differences(there).items():
            raise EngineError(f"Dask worker {worker} {said}", hint=_REMEDY)
        self._threads = dict(there)
        self._watcher = threading.Thread(target=self._watch, name="dask-workers", daemon=True)
        self._watcher.start()

    @property
    def count(self) -> int:
        """How many tasks are worked on at once."""
        return sum(self._threads.values())

    def close(self) -> None:
        """Stop watching. What still runs is dropped."""
        self._ended.set()
        self._watcher.join()
        held = (call for calls in self._held.values() for call in calls)
        self.drop([*self._waiting, *self._waiting_alone, *held])

    def submit(self, call: _Call) -> None:
        """Send a task to the worker with most room, or keep it until one has some."""
        with self._lock:
            (self._waiting_alone if call.alone else self._waiting).append(call)
            self._hand_out()

    def drop(self, calls: Iterable[_Call]) -> None:
        """Forget unfinished tasks."""
        for call in list(calls):
            self._end(call, error=CancelledError())

    def reserve(self, *, wanted: bool) -> None:
        """Keep a worker for tasks that must be alone, or for all tasks again."""
        with self._lock:
            self._reserving, self._reserved = wanted, None
            self._hand_out()

    def check_paths(self, paths: Sequence[str]) -> None:
        """Make sure that every worker sees these files, those that join later as well.

        Raises
        ------
        EngineError
            If one does not; names it and the file.
        """
        self._paths = list(paths)
        for worker, missing in self._unseeing(None).items():
            raise EngineError(
                f"Dask worker {worker} is unable to see {missing}",
                hint="put the audio on a disk that all workers mount under the same path",
            )

    # ---- who is there

    def _watch(self) -> None:
        """Look again and again who left and who came."""
        while not self._ended.wait(LOOK_EVERY):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - a scheduler that is busy, restarts, or is gone
                _LOG.debug("the Dask scheduler did not answer: %s", error)
                if getattr(self._client, "status", "") in ("closed", "closing"):
                    self._all_left({})
                    return

    def _look(self) -> None:
        there: dict[str, int] = self._client.nthreads()
        self._all_left(there)
        came = there.keys() - self._threads.keys() - self._refused
        if came:
            reasons = self._differences(came)
            reasons |= {
                worker: f"cannot see {missing}"
                for worker, missing in self._unseeing(sorted(came - reasons.keys())).items()
            }
            for worker, reason in reasons.items():
                self._refused.add(worker)
                _LOG.warning("Dask worker %s gets no work: it %s", worker, reason)
            with self._lock:
                self._threads |= {worker: there[worker] for worker in came - reasons.keys()}
                self._hand_out()

    def _all_left(self, there: Iterable[str]) -> None:
        """Let the tasks of workers that are gone fail at once."""
        with self._lock:
            gone = self._threads.keys() - set(there)
            lost = [call for worker in gone for call in self._held.pop(worker, [])]
            for worker in gone:
                del self._threads[worker]
        for call in lost:
            self._end(call, error=WorkerGone(f"Dask worker {call.worker} has left"))

    def _differences(self, workers: Iterable[str]) -> dict[str, str]:
        """Say of each worker that runs something else what that is."""
        workers = list(workers)
        if not workers:
            return {}
        answers = self._client.run(eval, _ASK, workers=workers, on_error="return")
        return {
            worker: said
            for worker in workers
            if worker in answers and (said := difference(self._ours, answers[worker]))
        }

    def _unseeing(self, workers: list[str] | None) -> dict[str, str]:
        """Find workers that do not see a file, and the first such file of each."""
        if not self._paths or workers == []:
            return {}
        answers = self._client.run(_unseen, self._paths, workers=workers, on_error="return")
        return {
            worker: missing if isinstance(missing, str) else f"anything: {missing}"
            for worker, missing in answers.items()
            if missing is not None and (workers is not None or worker in self._threads)
        }

    # ---- who does what

    def _hand_out(self) -> None:
        """Send what waits to workers that have room, in its order; with the lock held."""
        if self._reserving and self._reserved not in self._threads:
            self._reserved = min(self._threads, key=self._load, default=None)
        for queue, find in ((self._waiting_alone, self._reserved_now), (self._waiting, self._freest)):
            while queue and (worker := find()):
                self._send(queue.popleft(), worker)

    def _load(self, worker: str) -> int:
        return len(self._held.get(worker, []))

    def _freest(self) -> str | None:
        """Find the worker with most room."""
        room = {
            worker: (threads + _AHEAD - self._load(worker)) / threads
            for worker, threads in self._threads.items()
            if worker != self._reserved
        }
        best = max(room, key=room.__getitem__, default=None)
        return best if best is not None and room[best] > 0 else None

    def _reserved_now(self) -> str | None:
        """Give the reserved worker, once it has done all else."""
        return None if self._held.get(self._reserved or "") else self._reserved

    def _send(self, call: _Call, worker: str) -> None:
        call.worker = worker
        self._held.setdefault(worker, []).append(call)
        # pure=False: equal arguments must not be folded into one task.
        call.sent = self._client.submit(
            call.function, *call.arguments, pure=False, workers=[worker], allow_other_workers=False
        )
        self._client.loop.add_callback(self._pass_on, call)

    async def _pass_on(self, call: _Call) -> None:
        """Wait for a result, and fetch it."""
        result: Any = None
        error: BaseException | None = None
        try:
            if call.sent is not None:  # else it was dropped already
                [result] = await self._client.gather([call.sent], asynchronous=True)
        except asyncio.CancelledError as cancelled:
            error = CancelledError(str(cancelled))
        except Exception as failure:  # noqa: BLE001 - of the task, or of the cluster: it is the future's
            error = failure
        self._end(call, result, error)

    def _end(self, call: _Call, result: Any = None, error: BaseException | None = None) -> None:  # noqa: ANN401
        """Give a task its end, unless it has one, and its place to the next."""
        with self._lock:
            if call.future.done():
                return
            for place in (self._waiting, self._waiting_alone, self._held.get(call.worker or "", [])):
                if call in place:
                    place.remove(call)
            if error is not None:
                call.future.set_exception(error)
            else:
                call.future.set_result(result)
            self._hand_out()
        if call.sent is not None:
            # Let go of, or the cluster keeps the result; what nobody holds is cancelled.
            call.sent.release()
            call.sent = None


class DaskExecutor(Executor):
    """Submits to the workers of a cluster. Every future ends.

    Parameters
    ----------
    workers
    alone
        Whether a worker shall have nothing else while it is at a task of this executor.
    """

    def __init__(self, workers: Workers, *, alone: bool) -> None:
        self._workers = workers
        self._alone = alone
        self._calls: set[_Call] = set()
        if alone:
            workers.reserve(wanted=True)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        """Send a call to a worker."""
        del kwargs  # the loop sends none
        call = _Call(fn, args, self._alone)
        self._calls.add(call)
        call.future.add_done_callback(lambda _: self._calls.discard(call))
        self._workers.submit(call)
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Drop what runs, but for `wait` without `cancel_futures`: the engine has seen all ends by then."""
        if cancel_futures or not wait:
            self._workers.drop(self._calls)
        if self._alone:
            self._workers.reserve(wanted=False)


_REMEDY = (
    "install the same curate and packages there as here, such as from one image or one environment on the "
    "shared disk, and start the worker again"
)


def difference(ours: dict[str, str], theirs: object) -> str | None:
    """Say how what another machine runs differs from ours, `None` if it is equal.

    Parameters
    ----------
    theirs
        Its facts, or the error that it answered with.

    Examples
    --------
    >>> difference({"numpy": "2.3.1"}, {"numpy": "2.3.1"})
    >>> difference({"numpy": "2.3.1"}, {"numpy": "1.26.0"})
    'has numpy 1.26.0, here is 2.3.1'
    """
    if not isinstance(theirs, dict):
        return f"hides its versions: {theirs}"
    wrong = [
        f"{_REMEDIES.get(name, name)} {theirs.get(name, 'none')}, here is {value}"
        for name, value in ours.items()
        if theirs.get(name) != value
    ]
    return f"has {'; '.join(wrong)}" if wrong else None


def _unseen(paths: list[str]) -> str | None:
    """Find the first file that cannot be read: what a worker does."""
    return next((path for path in paths if not os.access(path, os.R_OK)), None)
