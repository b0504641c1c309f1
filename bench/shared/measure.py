"""Run one command, and write what it took to a pipe: `python bench/shared/measure.py FD COMMAND...`.

A process of its own, and a small one: Linux counts the peak memory of a child from the size of the
process that started it (exec keeps the high-water mark of what it replaces), so that a benchmark
that has grown would be measured with every command that it runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import sys
import time

#: Of Linux's <sys/prctl.h>.
_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    report, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(report, False)  # else it would stay open in what the command leaves behind
    started = time.perf_counter()
    _adopt_orphans()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, _ = os.wait4(process, 0)
    seconds = time.perf_counter() - started
    with contextlib.suppress(ChildProcessError):
        while True:  # workers are forked from a process that nobody else waits for
            os.wait()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "core_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }
    os.write(report, json.dumps(took).encode())


def _adopt_orphans() -> None:
    """Become the parent of what the command leaves behind, so that its core seconds count, too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
