"""What the process that workers are forked from loads first: modules are then loaded once for all of them.

It is imported by name in that process, before the first fork, and reads from the environment what to load.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal

#: Holds the names of the modules, and the variables of the environment that were there before, as JSON.
VARIABLE = "CURATE_WARM"


def environment(modules: list[str], path: list[str]) -> dict[str, str]:
    """Give the environment in which the modules are found where the parent finds them.

    Parameters
    ----------
    path
        Where the parent looks for modules. It stands first, for nothing may be taken from the current folder
        instead.
    """
    changed = {"PYTHONPATH": os.pathsep.join(path), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    before = {name: os.environ.get(name) for name in changed}
    return {**changed, VARIABLE: json.dumps({"modules": modules, "before": before})}


def _load(asked: str) -> None:
    """Load modules; what fails is met again by the worker that needs it, where it can be told."""
    # It was started deaf to Ctrl-C, as the workers are; but a library may lift that while it is loaded.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wanted = json.loads(asked)
    gc.disable()  # nothing of what modules make is garbage, and looking through torch takes 0.2 s
    for name in wanted["modules"]:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 - any library may raise anything, and all workers would be lost
            continue
    for name, value in wanted["before"].items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    gc.freeze()  # so that no worker copies pages only to count what lies in them
    gc.enable()
    atexit.register(os._exit, 0)  # it holds nothing to put in order, and taking torch down takes 0.1 s


if VARIABLE in os.environ:
    _load(os.environ.pop(VARIABLE))
