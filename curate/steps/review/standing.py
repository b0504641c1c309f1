"""What earlier commands left standing, which later ones go by: named, and set aside on request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from curate.catalogue import assignments, counts, listings, outsiders, verdicts
from curate.catalogue.store import Store
from curate.errors import UsageError
from curate.formatting import count
from curate.steps.balance.window_rows import load_windowing
from curate.steps.common.settle_verdicts import settle
from curate.steps.review.undo_steps import UNDOING, forget_duplicates

#: What is no step's: persons' verdicts, and sets that the dataset is kept apart from.
VERDICTS, AGAINST = "verdicts", "dedupe --against"


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that stands: the step that left it, and what it is, in words."""

    step: str
    words: str


def standing(store: Store) -> list[Standing]:
    """List what stands, in the order in which it is used."""
    found = []
    judged = int(store.value(counts.STANDING_VERDICTS))
    if judged:
        found.append(Standing(VERDICTS, count(judged, "verdict")))
    for step in ("strip-voice", "trim", "dedupe"):
        cut = int(store.value(counts.DECIDED_BY, (step,)))
        if cut or assignments.settings_of(store, step) is not None:
            found.append(Standing(step, f"what it decided about {count(cut, 'recording')}"))
    apart = len(list(outsiders.places(store)))
    if apart:
        found.append(Standing(AGAINST, f"{count(apart, 'set')} whose sounds are kept out"))
    divided = assignments.decided(store, "split")
    if divided:
        found.append(Standing("split", f"folds of {count(divided, 'recording')}"))
    windowing = load_windowing(store)
    if windowing is not None:
        how = f"{windowing.count} at random places" if windowing.count else f"every {windowing.hop:g} s"
        found.append(Standing("windows", f"windows of {windowing.length:g} s, {how}"))
    if assignments.are_balanced(store):
        found.append(Standing("upsample", "how often, and with what weight, recordings train"))
    return found


def set_aside(store: Store) -> list[Standing]:
    """Take back all that stands, so that what runs next decides as in a new dataset.

    Verdicts are withdrawn and stay in the history, from which `restore` brings them back. What the
    dataset is kept apart from stays out: nobody took that back.

    Returns
    -------
    What was set aside.
    """
    there = [each for each in standing(store) if each.step != AGAINST]
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    with store.transaction():
        given = [(number, each.number) for number, said in verdicts.by_recording(store) for each in said]
        for _, number in given:
            verdicts.withdraw(store, number, at=now)
        for recording in sorted({recording for recording, _ in given}):
            settle(store, recording, duration=listings.duration_of(store, recording))
        # The moments of earlier times stay, so that those can still be restored, one time after another.
        if given:
            assignments.put_settings(store, SET_ASIDE, {"at": [*_moments(store), now]})
        for step, take_back in UNDOING.items():
            # Not all of `dedupe`: undoing it would also forget what the dataset is kept apart from.
            (forget_duplicates if step == "dedupe" else take_back)(store)
    return there


def _moments(store: Store) -> list[str]:
    """Read when verdicts were set aside that can be restored, the earliest time first."""
    kept = (assignments.settings_of(store, SET_ASIDE) or {}).get("at", [])
    return [kept] if isinstance(kept, str) else list(kept)  # earlier versions kept one moment


#: Under which name the catalogue keeps when verdicts were set aside.
SET_ASIDE = "set-aside"


def restore(store: Store) -> int:
    """Give the verdicts that were set aside last their word again, and return how many.

    Raises
    ------
    UsageError
        If none are set aside.
    """
    moments = _moments(store)
    if not moments:
        raise UsageError(
            "no verdicts are set aside",
            hint="'curate run RECIPE --fresh' sets them aside. All: curate show verdicts",
        )
    with store.transaction():
        back = verdicts.give_again(store, withdrawn=moments.pop())
        for recording in sorted(set(back)):
            settle(store, recording, duration=listings.duration_of(store, recording))
        if moments:
            assignments.put_settings(store, SET_ASIDE, {"at": moments})
        else:
            assignments.forget_settings(store, SET_ASIDE)
    return len(back)


def carried(there: list[Standing], steps: Mapping[str, Mapping[str, Any]], store: Store) -> list[Standing]:
    """Pick what a recipe goes by although it does not say it.

    Parameters
    ----------
    steps
        Of the recipe: all options of each step that it names.
    """
    found = []
    for each in there:
        if each.step in steps and (each.step != "split" or _is_same_split(store, steps["split"])):
            continue
        found.append(each)
    return found


def _is_same_split(store: Store, options: Mapping[str, Any]) -> bool:
    """Whether folds were given by the very options that a recipe has."""
    said = (assignments.settings_of(store, "split") or {}).get("said")
    return said is None or all(said.get(name) == options.get(name) for name in said)
