"""What a run would have to do, and how long it would take by the last runs of this machine."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curate import speeds
from curate.catalogue import layers, listings, runs
from curate.catalogue.store import Store
from curate.steps.common.detect import detector_class

#: What the list of runs keeps of how fast they were: seconds of sound, and of the clock. By the second of
#: each pair `curate.speeds` remembers it, for other datasets of this machine.
LISTENED, LISTENING = "audio_seconds", "scan_s"
RENDERED, RENDERING = "rendered_seconds", "render_s"


@dataclass(slots=True)
class Work:
    """What is to be done. Times in seconds.

    Parameters
    ----------
    recordings, seconds
        To be decoded and listened to.
    copies, copy_seconds, bytes
        Clean copies to be written, their length, and about how large they will be.
    copies_known
        Whether those are all copies: before all is heard, nobody knows what will be cut.
    elapsed_s
        About how long it will take; None where this machine has not done the like.
    """

    recordings: int = 0
    seconds: float = 0.0
    copies: int = 0
    copy_seconds: float = 0.0
    bytes: int = 0
    copies_known: bool = True
    elapsed_s: float | None = None


def to_listen(
    store: Store,
    wanted: Mapping[str, Mapping[str, Any]],
    *,
    limit: int | None = None,
    retry_failed: bool = False,
) -> Work:
    """Count what detectors would decode: recordings that lack a track of theirs.

    Parameters
    ----------
    wanted
        Settings for each detector.
    limit
        Of recordings; None for all.
    retry_failed
        Whether what failed is tried again.
    """
    lacking: set[int] = set()
    for name, settings in wanted.items():
        kind = detector_class(name)
        number = layers.find_number(store, kind.name)
        digest = layers.digest(kind.version, settings)
        waiting = layers.waiting(
            store,
            -1 if number is None else number,
            version=kind.version,
            digest=digest,
            retry_failed=retry_failed,
        )
        lacking.update(recording for recording, has_track in waiting if not has_track)
    if limit is not None:
        lacking = set(sorted(lacking)[:limit])
    seconds = sum(duration for number, duration, _ in listings.lengths(store) if number in lacking)
    return Work(len(lacking), seconds)


def with_time(store: Store | None, work: Work) -> Work:
    """Say how long it would take, by the latest runs of this machine that did the like.

    Parameters
    ----------
    store
        Of the dataset, whose own runs are asked first; None where there is none yet.
    """
    parts = [(work.seconds, LISTENED, LISTENING), (work.copy_seconds, RENDERED, RENDERING)]
    times = [_time(store, *part) for part in parts if part[0] > 0]
    known = [each for each in times if each is not None]
    work.elapsed_s = sum(known) if len(known) == len(times) else None
    return work


def _time(store: Store | None, seconds: float, done: str, took: str) -> float | None:
    """Tell how long it took in this dataset, whose sound is alike, or else in any."""
    own = () if store is None else runs.counts_of(store, socket.gethostname(), took)
    for text in own:
        found = json.loads(text)
        if found.get(done, 0) > 0 and found.get(took, 0) > 0:
            return float(seconds * found[took] / found[done])
    return speeds.seconds_for(took, seconds)
