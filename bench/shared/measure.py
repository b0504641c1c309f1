"""Run one command, and write what it took to a pipe: `python bench/shared/measure.py FD COMMAND...`.

A process of its own, and a small one: Linux counts the peak memory of a child from the size of the
process that started it (exec keeps the high-water mark of what it replaces), so that a benchmark
that has grown would be measured with every command that it runs.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    report, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(report, False)  # else it would stay open in what the command leaves behind
    started = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    took = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": time.perf_counter() - started,
        "core_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }
    os.write(report, json.dumps(took).encode())


if __name__ == "__main__":
    main()
