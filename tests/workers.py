"""Tasks and detectors for workers to trip over, importable by name in a spawned process; and killing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import ClassVar

from curate.errors import DecodeFailed
from curate.model import Segment


def square(number):
    if number < 0:
        raise DecodeFailed(f"{number} has no root")
    return number * number


def square_or_die(number):
    """Squares, but the number 13 kills the process that holds it."""
    if number == 13:
        time.sleep(0.05)  # others are in flight by then
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def in_company(numbers):
    """Tells each how many there were, and refuses the number 81."""
    if 81 in numbers:
        raise DecodeFailed("81 has no company")
    return [(number, len(numbers)) for number in numbers]


def variable_and_module(names):
    """Tells a variable of the environment, and whether a module was loaded before it was asked for."""
    variable, module = names
    return os.environ.get(variable), module in sys.modules


class Unpackable(Exception):
    """An error of somebody else's library that pickle cannot pack."""

    def __init__(self, words):
        super().__init__(words)
        self.lock = threading.Lock()


class Unreturnable(Exception):
    """One that packs and cannot be unpacked: its arguments are not those of its class."""

    def __init__(self, what, where):
        super().__init__(f"{what} in {where}")


def square_and_die_soon(mark):
    """Squares the number that a file is named after, and the first time kills the process a little later."""
    number = int(mark.name)
    if not mark.exists():
        mark.touch()
        threading.Timer(0.002 * (number % 7), os.kill, (os.getpid(), signal.SIGKILL)).start()
    return number * number


def raise_odd_errors(number):
    if number == 1:
        raise Unpackable("no device")
    if number == 2:
        raise Unreturnable("no model", "here")
    return number


def slow_first(number):
    time.sleep(0.3 if number == 0 else 0.0)
    return number


def slow(seconds):
    time.sleep(seconds)


def clock(_item):
    return time.perf_counter_ns()


def report_pid(_number):
    return os.getpid()


def slow_by_name(seconds):
    """Takes so long on a worker whose environment says that it is slow; tells who it was."""
    time.sleep(seconds if os.environ.get("WORKER") == "slow" else 0.01)
    return os.environ.get("WORKER")


def read_bytes(path):
    """Reads a file, after a moment; tells who did it."""
    time.sleep(0.05)
    with open(path, "rb") as file:
        return file.read(), os.environ.get("WORKER")


class KillerDetector:
    """Hears nothing, and kills its process at recordings of a certain length."""

    name: ClassVar[str] = "killer"
    version: ClassVar[str] = "1"

    #: The rate by which a test marks the recording that kills.
    DEADLY = 11_111

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr):
        if sr == self.DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return self

    def feed(self, block):
        pass

    def finish(self, duration):
        del duration
        return b"heard"

    def segments(self, packed):
        assert packed == b"heard"
        return [Segment(0.0, 0.1, "sound")]


def run_killed(arguments, after):
    """Run a command and kill it after so many seconds; tells whether it was still running."""
    process = subprocess.Popen(arguments)
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        # The parent alone: its workers must notice by themselves.
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False
