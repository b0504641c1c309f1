"""The local engine: processes of this machine, which end when their parent does."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from curate.engine import warm
from curate.engine.loop import Engine
from curate.errors import UsageError

_T = TypeVar("_T")


@contextmanager
def open_local(jobs: int) -> Iterator[Engine]:
    """Open an engine on this many processes of this machine.

    Raises
    ------
    UsageError
        If `jobs` is less than 1.
    """
    if jobs < 1:
        raise UsageError(f"--jobs must be at least 1: got {jobs}")
    executors: list[ProcessPoolExecutor] = []
    modules: dict[str, None] = {}

    def open_executor(workers: int | None) -> Executor:
        context = _context(list(modules))
        given = {"mp_context": context, "initializer": _start_worker, "initargs": (dict(os.environ),)}
        executors.append(_Executor(workers or jobs, **given))
        return executors[-1]

    engine = Engine(open_executor, workers=jobs, expect=lambda names: modules.update(dict.fromkeys(names)))
    try:
        yield engine
    except BaseException:
        # Interrupted: nobody waits for a 24-hour recording that a worker is still at.
        for executor in executors:
            _kill(executor)
        raise
    finally:
        # Waited for, since Python's own farewell at its end may meet an executor that is just closing
        # its pipe, and then prints a traceback after everything went well.
        for executor in executors:
            executor.shutdown(wait=True, cancel_futures=True)
        engine.close()


def _context(modules: list[str]) -> Any:  # noqa: ANN401 - multiprocessing names one class for each way
    """Choose how workers start: never forked from this process, for a fork copies the locks of its threads.

    On Linux they are forked from a small process without threads, which has loaded the modules; torch alone
    takes a second and more. It starts once, with what is expected then; workers load what is missing.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415 - not on every system

    # Started first, since it lets Ctrl-C through again when it is up: the small process would hear it.
    with _warnings_off("resource_tracker"):
        resource_tracker.ensure_running()
    path = [each for each in sys.path if os.pathsep not in each]
    try:
        with _interrupts_held(), _environment(warm.environment(modules, path)):
            forkserver.set_forkserver_preload([warm.__name__])
            forkserver.ensure_running()
    except OSError:
        # It listens at a socket in TMPDIR, whose path may be too long for that, as on some clusters.
        return multiprocessing.get_context("spawn")
    return multiprocessing.get_context("forkserver")


@contextmanager
def _environment(changed: dict[str, str]) -> Iterator[None]:
    """Change the environment for what is started meanwhile."""
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


class _Executor(ProcessPoolExecutor):
    """Starts its workers deaf to Ctrl-C, which a terminal sends to them, too, while they load modules."""

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:  # noqa: ANN401
        """Hand a call over; the first ones start the workers."""
        with _interrupts_held():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def _warnings_off(words: str) -> Iterator[None]:
    """Start Python processes within that do not warn in sentences with these first words.

    The tracker puts away what a process left that Ctrl-C ended at once, and would tell a person of it.
    """
    option = f"ignore:{words}:UserWarning"
    sys.warnoptions.append(option)
    try:
        yield
    finally:
        sys.warnoptions.remove(option)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Put off Ctrl-C; processes that are started meanwhile never hear it.

    They inherit the mask of this thread. Another thread, such as one of a library's, may take the signal all
    the same, and Python would interrupt this one: so it is noted meanwhile, and answered afterwards.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    answer = signal.getsignal(signal.SIGINT)
    is_heard = callable(answer) and threading.current_thread() is threading.main_thread()
    if is_heard:
        signal.signal(signal.SIGINT, lambda *given: came.append(given))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if is_heard:
            signal.signal(signal.SIGINT, answer)
        if came and callable(answer):
            answer(*came[0])


def _kill(executor: ProcessPoolExecutor) -> None:
    """End an executor's workers at once (from Python 3.14 on it can do so itself)."""
    processes: dict[int, Any] = getattr(executor, "_processes", None) or {}
    for process in list(processes.values()):
        process.terminate()


def _start_worker(environment: dict[str, str]) -> None:
    """Prepare a worker process: one thread for mathematics, and no life without its parent.

    Parameters
    ----------
    environment
        Of the parent now; the process that the worker was forked from may be older than a change in it.
    """
    os.environ.clear()
    os.environ.update(environment)
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
