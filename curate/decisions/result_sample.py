"""Draw a sample of the result that stands for all of it.

Pure and seeded. Every group gets its share of the sample and at least one place; which
recordings of a group, and which window of each, is chance.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from curate.intervals import Interval

#: Length of a window in seconds: what trainers hear at once.
WINDOW = 5.0


def shares(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """Divide `n` places among groups in proportion to their sizes, by the largest remainders.

    Examples
    --------
    >>> shares({"birds": 90, "frogs": 9, "insects": 1}, 10)
    {'birds': 8, 'frogs': 1, 'insects': 1}
    """
    n = min(n, sum(sizes.values()))
    ideal = {name: n * size / sum(sizes.values()) for name, size in sizes.items() if size}
    given = {name: min(sizes[name], max(1, int(part))) for name, part in ideal.items()}
    while sum(given.values()) < n:
        open_ = [name for name in given if given[name] < sizes[name]]
        given[max(open_, key=lambda name: ideal[name] - given[name])] += 1
    while sum(given.values()) > n and max(given.values()) > 1:
        given[
            min((name for name in given if given[name] > 1), key=lambda name: ideal[name] - given[name])
        ] -= 1
    return given


def draw(groups: Mapping[int, str], n: int, *, seed: int = 0) -> list[int]:
    """Choose `n` recordings, stratified by group, in random order.

    Parameters
    ----------
    groups
        Group of every recording.
    """
    rng = random.Random(seed)
    members: dict[str, list[int]] = {}
    for recording in sorted(groups):
        members.setdefault(groups[recording], []).append(recording)
    places = shares({name: len(found) for name, found in sorted(members.items())}, n)
    chosen = [recording for name, k in places.items() for recording in rng.sample(members[name], k)]
    rng.shuffle(chosen)
    return chosen


def window(kept: Sequence[Interval], *, recording: int) -> Interval | None:
    """Choose a window of what is kept of a recording, `None` if it is empty.

    A stretch is chosen in proportion to its length; a shorter one than the window is the window.
    """
    if not kept:
        return None
    rng = random.Random(f"0/{recording}")
    onset, offset = rng.choices(kept, weights=[high - low for low, high in kept])[0]
    start = onset + rng.random() * max(0.0, offset - onset - WINDOW)
    return start, min(offset, start + WINDOW)
