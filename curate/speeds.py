"""How fast this machine was at its last runs, over all datasets: a small file of the user's.

It holds, for each machine that shares the user's folders, amounts and seconds, and nothing of what was worked
on. It only helps to foresee how long a run takes: where it cannot be read or written, work continues without.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

#: How much of earlier runs counts beside the latest: a short run, most of which was starting, changes little.
_MEMORY = 0.5

#: Machines that are remembered, the latest: clusters have many, which come and go.
_MACHINES = 64


def file() -> Path:
    """Say where the file is: in the platform's folder for what programs remember."""
    return user_state_path("curate", appauthor=False) / "speeds.json"


def note(kind: str, amount: float, seconds: float) -> None:
    """Remember how long an amount of one kind of work took.

    Parameters
    ----------
    kind
        What was done, such as ``listen``: its amount always has one unit.
    amount, seconds
        Both more than 0, or nothing is noted.
    """
    if not (amount > 0 and seconds > 0):
        return
    known = _read()
    own = known.pop(socket.gethostname(), {})
    before = own.get(kind, (0.0, 0.0))
    own[kind] = (round(amount + _MEMORY * before[0], 6), round(seconds + _MEMORY * before[1], 6))
    known[socket.gethostname()] = own
    latest = dict(list(known.items())[-_MACHINES:])
    path = file()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump(latest, out)
            os.replace(draft, path)
        except OSError:
            os.unlink(draft)
            raise


def seconds_for(kind: str, amount: float) -> float | None:
    """Tell about how long an amount would take, or `None` if this machine has yet to do it."""
    done, took = _read().get(socket.gethostname(), {}).get(kind, (0.0, 0.0))
    return amount * took / done if done > 0 and took > 0 else None


def _read() -> dict[str, dict[str, tuple[float, float]]]:
    """Read what is known; what is no such file, or was changed by somebody, is nothing."""
    try:
        found = json.loads(file().read_text(encoding="utf-8"))
        return {
            str(machine): {str(kind): (float(done), float(took)) for kind, (done, took) in own.items()}
            for machine, own in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
