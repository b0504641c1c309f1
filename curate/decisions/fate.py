"""What becomes of a recording: which part of it goes where, and why.

Pure. Where cuts of two reasons overlap, the first in the ledger has the seconds, so that each
second is counted once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from curate import intervals
from curate.model import Cut, Seconds

#: What a cut does, in a person's words.
_VERBS = {"excise": "cut out", "mute": "silenced", "drop": "dropped"}

#: Shorter than a frame at any rate that a recorder has: rounding, not sound.
_NOTHING: Seconds = 1e-6


class Fate(NamedTuple):
    """What becomes of one recording.

    Parameters
    ----------
    recording
        In words.
    goes_out
        Whether a trainer gets any of it.
    lost
        Seconds by reason.
    kept : seconds
    """

    recording: str
    goes_out: bool
    lost: Mapping[str, Seconds]
    kept: Seconds


def fate(status: str, duration: Seconds, made: Sequence[Cut]) -> Fate:
    """Tell which part of a recording goes where.

    Parameters
    ----------
    status
        ``ok``, or ``failed`` where it cannot be decoded.
    made
        Its cuts, of all steps.

    Examples
    --------
    >>> fate("ok", 10.0, [Cut(2, 4, "excise", "voice; much", None, "p")])
    Fate(recording='goes out, something cut', goes_out=True, lost={'cut out: voice': 2.0}, kept=8.0)
    """
    if status != "ok" or duration <= 0:
        return Fate("cannot be decoded" if status != "ok" else "holds no sound", False, {}, 0.0)
    for cut in made:
        if cut.action == "drop":
            return Fate(_why(cut), False, {_why(cut): duration}, 0.0)
    lost: dict[str, float] = {}
    taken: list[intervals.Interval] = []
    before = 0.0
    for cut in made:
        if cut.action == "flag":
            continue
        taken = intervals.union([*taken, *intervals.clip([(cut.onset, cut.offset)], 0.0, duration)])
        after = intervals.total(taken)
        lost[_why(cut)] = lost.get(_why(cut), 0.0) + after - before
        before = after
    kept = duration - before
    if kept < _NOTHING:
        return Fate(f"nothing left: {next(iter(lost))}", False, lost, 0.0)
    if lost:
        return Fate("goes out, something cut", True, lost, kept)
    return Fate("goes out, flagged" if made else "goes out whole", True, lost, kept)


def _why(cut: Cut) -> str:
    # Numbers behind a semicolon would make every reason one of its own.
    return f"{_VERBS[cut.action]}: {cut.reason.partition(';')[0]}"
