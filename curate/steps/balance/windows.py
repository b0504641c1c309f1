"""`curate windows`: choose how what is kept is cut into training windows."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass

from curate.catalogue import assignments, recorders
from curate.catalogue.dataset import Dataset, Run
from curate.decisions.windows import Windowing
from curate.errors import UsageError
from curate.formatting import Displayed
from curate.recorders.sun import SunFilter
from curate.steps.balance.window_rows import STEP, choose, kept_windows, load_windowing, outside


@dataclass(slots=True)
class WindowsSummary(Displayed):
    """What a choice of windows gives. Times in seconds.

    Parameters
    ----------
    recordings
        That have at least one window.
    short
        Windows shorter than the length: whole stretches.
    left_out
        Seconds of kept sound outside all windows.
    untimed
        With ``sun``, recordings of which nobody knows the start with its zone and the place: they give no
        window.
    balance_lost
        Whether copies of an earlier upsampling were taken back, since they counted other rows.
    """

    length: float = 0.0
    hop: float = 0.0
    recordings: int = 0
    windows: int = 0
    short: int = 0
    seconds: float = 0.0
    left_out: float = 0.0
    untimed: int = 0
    balance_lost: bool = False
    elapsed_s: float = 0.0


def windows(
    dataset: Dataset,
    *,
    length: float = 5.0,
    hop: float | None = None,
    random: int | None = None,
    seed: int = 0,
    sun: str | None = None,
    dry_run: bool = False,
) -> WindowsSummary:
    """Choose training windows. Manifests have a row for each from then on.

    Windows lie inside kept stretches, whatever is cut later, by the rule of
    `curate.decisions.windows.windows`. The choice stands until another is made, or `undo` takes it back.

    Parameters
    ----------
    length, hop : seconds
        `hop` is `length` where it is None.
    random
        This many windows at random places of each recording, instead of a row of them.
    seed
        Of the random places.
    sun
        Only windows that begin in this part of the day: ``night``, ``day``, ``dawn``, ``dusk``, or minutes
        around two events such as ``sunset-30..sunset+120``. Recordings without a zone or a position give
        none.
    dry_run
        Say what would be done. Write nothing.

    Raises
    ------
    UsageError
        If an option is out of range.
    """
    started = time.monotonic()
    if random is not None and hop is not None:
        raise UsageError("--random draws its places: leave out --hop", hint="leave one of them out")
    chosen = Windowing(length, length if hop is None else hop, random, seed, sun or "")
    chosen.check()
    if sun:
        SunFilter.of(sun)
    dataset.check_exists()
    with nullcontext(Run()) if dry_run else dataset.writing(STEP, asdict(chosen)) as run:
        store = dataset.store
        summary = WindowsSummary(chosen.length, chosen.hop)
        timed = {number for number, _ in recorders.starts(store)} if sun else set()
        placed = {number for number, _ in recorders.places(store)} if sun else set()
        for number, stretches, found in kept_windows(store, chosen):
            summary.untimed += bool(sun) and not (number in timed and number in placed)
            summary.recordings += bool(found)
            summary.windows += len(found)
            summary.short += sum(offset - onset < length - 1e-4 for onset, offset in found)
            summary.seconds += sum(offset - onset for onset, offset in found)
            summary.left_out += outside(stretches, found)
        # The same choice again must not take back an upsampling that counted these very windows.
        if not dry_run and load_windowing(store) != chosen:
            with store.transaction():
                choose(store, chosen)
                summary.balance_lost = assignments.are_balanced(store)
                assignments.forget_shares(store)
        run.counts.update(recordings=summary.recordings, windows=summary.windows)
    summary.elapsed_s = time.monotonic() - started
    return summary
