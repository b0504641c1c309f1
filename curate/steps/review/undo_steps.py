"""How the decisions of a step are taken back: one function for each, run inside a transaction.

What detectors heard stays, so that the step can decide again without listening.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from curate.catalogue import assignments, cuts, duplicates, listings, outsiders, verdicts
from curate.catalogue.store import Store
from curate.decisions.retention import retention
from curate.model import Cut
from curate.steps.balance import window_rows
from curate.steps.common import same_sound_groups, trim_ledger, voice_ledger
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.settle_verdicts import follow

_DEDUPE, _SPLIT, _UPSAMPLE = "dedupe", "split", "upsample"


def _dedupe(store: Store) -> None:
    # First, as `forget_duplicates` would drop again what leaks.
    outsiders.forget(store)
    forget_duplicates(store)


def forget_duplicates(store: Store) -> None:
    """Take back what goes for the sake of a copy. What people said stands, and what leaks stays out."""
    cuts.clear(store, _DEDUPE)
    duplicates.replace(store, (), {}, ())
    assignments.forget_settings(store, _DEDUPE)
    # `clear` took what verdicts on pairs and leaks drop, too: that is written again.
    judged = {number for one, other, _ in verdicts.on_pairs(store) for number in (one, other)}
    leaking = {number for number, *_ in outsiders.leaks(store)}
    same_sound_groups.regroup_all(store, sorted(judged | leaking))


def _split(store: Store) -> None:
    assignments.forget_folds(store)
    assignments.forget_settings(store, _SPLIT)


def _strip_voice(store: Store) -> None:
    changed = [number for number, _ in cuts.by_recording(store, voice_ledger.STEP)]
    cuts.clear(store, voice_ledger.STEP)
    assignments.forget_settings(store, voice_ledger.STEP)
    follow(store, changed)


def _trim(store: Store) -> None:
    changed = [number for number, _ in cuts.by_recording(store, trim_ledger.STEP)]
    cuts.clear(store, trim_ledger.STEP)
    assignments.forget_settings(store, trim_ledger.STEP)
    # Not `follow`: trim has no settings any more, so only the choice among copies is left.
    same_sound_groups.regroup_all(store, changed)


def _windows_of(store: Store) -> None:
    window_rows.choose(store, None)
    assignments.forget_shares(store)


#: The steps that can be taken back, and how.
UNDOING: dict[str, Callable[[Store], None]] = {
    _DEDUPE: _dedupe,
    _SPLIT: _split,
    voice_ledger.STEP: _strip_voice,
    trim_ledger.STEP: _trim,
    _UPSAMPLE: assignments.forget_shares,
    window_rows.STEP: _windows_of,
}

#: Those of them that take something out of the sound.
CUTTING = frozenset({_DEDUPE, voice_ledger.STEP, trim_ledger.STEP})


@dataclass(slots=True)
class Back:
    """What comes back when a step is taken back: recordings it decided about, and their seconds."""

    step: str
    recordings: int = 0
    seconds: float = 0.0


def comes_back(store: Store, step: str) -> Back:
    """Count what a step alone takes away: what another one cuts as well stays away."""
    back = Back(step)
    if step not in CUTTING:
        back.recordings = assignments.decided(store, step)
        return back
    others = MergeJoin(cuts.by_others(store, step))
    for number, duration, sr, made in _made(store, step):
        rest = others.get(number) or []
        back.recordings += 1
        kept = retention("ok", duration, sr, rest).kept - retention("ok", duration, sr, [*rest, *made]).kept
        back.seconds += max(0.0, kept)
    return back


def _made(store: Store, step: str) -> Iterator[tuple[int, float, int, list[Cut]]]:
    """Stream number, seconds, rate and the step's cuts of the recordings that have any."""
    lengths = MergeJoin((number, (duration, sr)) for number, duration, sr in listings.lengths(store))
    for number, made in cuts.by_recording(store, step):
        yield number, *(lengths.get(number) or (0.0, 0)), made


def undo_step(store: Store, step: str) -> None:
    """Take the decisions of a step back, and decide again what hangs on them in other steps."""
    with store.transaction():
        UNDOING[step](store)
