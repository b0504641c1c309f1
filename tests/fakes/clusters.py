"""Dask clusters of processes of this machine: a scheduler, and workers that come, go and differ."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def scheduler():
    """Give the address of a scheduler without workers, as one started by hand has it."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as cluster:
        yield cluster.scheduler_address


@contextmanager
def crew(*commands):
    """Start workers, and end them with the block."""
    with ExitStack() as stack:
        started = [stack.enter_context(_running(command, env)) for command, env in commands]
        yield started


@contextmanager
def _running(command, env):
    # Elsewhere: python -m would find curate in the current folder first.
    with subprocess.Popen(command, env=env, cwd="/", stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def worker(address, name, *, code=ROOT, nanny=False, prefix=(), **variables):
    """Command and environment of a worker with one thread, which imports curate from `code`."""
    command = [*prefix, sys.executable, "-m", "distributed.cli.dask_worker", address, "--name", name]
    command += ["--nthreads", "1", "--no-dashboard", "--nanny" if nanny else "--no-nanny"]
    path = os.pathsep.join([str(code), str(ROOT)])
    return command, {**os.environ, "PYTHONPATH": path, **variables}


def wait_for(address, count):
    """Wait until so many workers are there."""
    import distributed

    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=120)


def another_curate(folder):
    """Copy curate, and change a comment of it."""
    shutil.copytree(
        ROOT / "curate", folder / "curate", ignore=shutil.ignore_patterns("__pycache__", "example_data")
    )
    with (folder / "curate" / "intervals.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    return folder


def without(folder):
    """Prefix of a command that does not see what is in a folder; None where that cannot be made."""
    hidden = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    hidden += [f"mount -t tmpfs none '{folder}' && exec \"$@\"", "sh"]
    try:
        made = subprocess.run([*hidden, "true"], check=False, capture_output=True)
    except FileNotFoundError:
        return None
    return hidden if made.returncode == 0 else None
