"""From the layers of a dataset to its ledger of worthless sound, next to the cuts of other steps.

What `trim` leaves of the silence hangs on what the voices took: whichever of the two steps runs later,
the ledger is the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from typing import Any

from curate.catalogue import assignments, cuts, damage, layers, listings, verdicts
from curate.catalogue.store import Store
from curate.decisions.faults import fault_cuts, fault_of
from curate.decisions.quality import LAYERS, Trim, preset_of, trim_cuts
from curate.decisions.verdicts import rule, spare
from curate.decisions.voice_cuts import withheld
from curate.detectors.detect_file import default_settings
from curate.errors import UsageError
from curate.model import Cut
from curate.steps.common.detect import LayerState, detector_class, layer_states
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.unheard import Unheard

#: The step of the ledger's lines.
STEP = "trim"

#: Takes what the layers know of a recording, and what is decided about it.
Count = Callable[[Mapping[str, LayerState], Sequence[Cut]], None]

#: The layer that tells of animals.
_ACTIVITY = "activity"

#: Recordings that are held at a time.
_SIZE = 4_096

#: The step that finds duplicates.
DEDUPE = "dedupe"


def made_from(store: Store) -> list[str]:
    """Name the kinds of what the ledger is made from, as `catalogue.runs` knows them, but for `DEDUPE`."""
    heard = [f"coverage/{layers.find_number(store, name)}" for name in (*LAYERS, damage.LAYER)]
    return ["recordings", "labels", "given_labels", "verdicts", "cuts/", f"settings/{STEP}", *heard]


@dataclass(frozen=True, slots=True)
class Rules:
    """What shall be cut, by the size of the class."""

    trim: Trim
    rare_below: int
    rare_first_seconds: float
    rare_activity: int

    @classmethod
    def of(
        cls,
        *,
        preset: str,
        rare_below: int,
        rare_first_seconds: float,
        rare_activity: int,
        **settings: Any,  # noqa: ANN401 - of one type each, which the dataclass knows
    ) -> Rules:
        """Take a preset, and what is said otherwise. Looks at every value.

        Raises
        ------
        UsageError
            If one is out of range.
        """
        for name, value in (("rare_below", rare_below), ("rare_activity", rare_activity)):
            if value < 0:
                raise UsageError(f"{name} must be 0 or more: got {value}")
        known = {name: settings[name] for name in Trim.__dataclass_fields__ if settings.get(name) is not None}
        rules = cls(replace(preset_of(preset), **known), rare_below, rare_first_seconds, rare_activity)
        replace(rules.trim, first_seconds=rare_first_seconds)  # looks at the value
        return rules

    @property
    def leaves_silent(self) -> bool:
        """Whether nothing is decided about a recording with animals only."""
        return not self.trim.first_seconds and not self.rare_activity

    def for_class_of(self, size: int) -> Trim:
        """Give the rules for a class of this many recordings. 0 for unlabelled recordings."""
        first_seconds = self.trim.first_seconds
        if first_seconds and 0 < size < self.rare_below:
            first_seconds = max(first_seconds, self.rare_first_seconds)
        return replace(self.trim, first_seconds=first_seconds, only_active=0 < size < self.rare_activity)


def _decisions(
    store: Store,
    rules: Rules,
    sizes: Mapping[str, int],
    *,
    members: Sequence[int] | None = None,
    unheard: Mapping[str, Container[int]] | None = None,
) -> Iterator[tuple[dict[str, LayerState], list[Cut], list[Cut]]]:
    """Compare what should be cut of each recording with what the ledger says: new cuts, old cuts."""
    ledger = MergeJoin(cuts.by_recording(store, STEP, members))
    # A duplicate goes for the sake of another recording, and comes back if that one goes: trim it, too.
    others = MergeJoin(cuts.by_others(store, STEP, DEDUPE, members=members))
    holes = MergeJoin(damage.by_recording(store, members))
    judged = MergeJoin(verdicts.by_recording(store, members))
    faulty = MergeJoin(listings.faulty(store, members))
    of_size = cache(rules.for_class_of)
    hidden = unheard or {}
    streams = [
        layer_states(store, name, default_settings(name), members=members, unheard=hidden.get(name, ()))
        for name in LAYERS
    ]
    for entries in zip(*streams, strict=True):
        by_name = dict(zip(LAYERS, entries, strict=True))
        first = entries[0]
        facts = faulty.get(first.recording)
        lost = holes.get(first.recording) or []
        new = [] if facts is None else fault_cuts(fault_of(*facts), duration=first.duration, holes=len(lost))
        taken = others.get(first.recording) or []
        dropped = any(cut.action == "drop" for cut in [*new, *taken])
        if not dropped and any(entry.looked_at for entry in entries):
            new += trim_cuts(
                {"damage": lost, **{name: entry.segments for name, entry in by_name.items()}},
                # A class that only persons named is not among those that were counted: it is a small one.
                of_size(sizes.get(first.label, 1) if first.label else 0),
                duration=first.duration,
                taken=withheld(taken),
            )
        if new:
            ruling = rule(judged.get(first.recording) or [], duration=first.duration)
            new = spare(new, ruling)
        yield by_name, new, ledger.get(first.recording) or []


def _walk(
    store: Store, rules: Rules, sizes: Mapping[str, int]
) -> Iterator[tuple[int, Mapping[str, LayerState], list[Cut], list[Cut]]]:
    """Compare the same for all recordings; where nothing is found that could be cut, nothing is read.

    Yields
    ------
    Number, what the layers know (empty for those recordings, which all have looked at), new cuts, old cuts.
    """
    heard = _heard(store) if rules.leaves_silent else {}
    for block in listings.numbers(store, _SIZE):
        numbers = [number for (number,) in block]
        silent: set[int] = set()
        if heard:
            telling = [number for number in (*heard, layers.find_number(store, damage.LAYER)) if number]
            # Animals alone are no reason to cut, as long as the rules leave them: see `leaves_silent`.
            telling.remove(layers.find_number(store, _ACTIVITY) or 0)
            silent = layers.silent(
                store, STEP, heard=heard, telling=telling, first=numbers[0], last=numbers[-1]
            )
        rest = _decisions(store, rules, sizes, members=[each for each in numbers if each not in silent])
        for number in numbers:
            if number in silent:
                yield number, {}, [], []
            else:
                # In step: `rest` has one answer for each member, in this order, also for failed recordings.
                yield number, *next(rest)


def _heard(store: Store) -> dict[int, str]:
    """Give the layers with the digest of their usual look; nothing unless there are all."""
    found = {}
    for name in LAYERS:
        kind = detector_class(name)
        number = layers.find_number(store, kind.name)
        if number is None:
            return {}
        found[number] = layers.digest(kind.version, default_settings(name))
    return found


def decide(store: Store, policy: Mapping[str, Any], count: Count) -> Sequence[int]:
    """Write the ledger again where it changes, in the caller's transaction. The policy stands from then on.

    Parameters
    ----------
    policy
        Arguments of `Rules.of`.
    count
        Takes what the ledger says of each recording.

    Returns
    -------
    The recordings of which other sound is kept than before.
    """
    changed = array("q")
    sizes = listings.class_sizes(store)
    unheard = {name: Unheard() for name in LAYERS}
    differing: dict[int, tuple[list[Cut], list[Cut]]] = {}
    for number, entries, new, old in _walk(store, Rules.of(**policy), sizes):
        if new != old:
            differing[number] = new, old
            if withheld(new) != withheld(old):
                changed.append(number)
        if len(differing) >= _SIZE:  # written behind the place that is being read
            _replace(store, differing)
            differing = {}
        for name, each in unheard.items():
            each.see(number, is_heard=not entries or entries[name].looked_at)
        count(entries, new)
    _replace(store, differing)
    kept = {name: each.kept for name, each in unheard.items()}
    assignments.put_settings(store, STEP, {"policy": dict(policy), "sizes": sizes, "unheard": kept})
    return changed


def _replace(store: Store, differing: Mapping[int, tuple[list[Cut], list[Cut]]]) -> None:
    """Write the ledger of recordings again, of each the new cuts, where the old ones were."""
    if not differing:
        return
    sounds = [number for number, (new, old) in differing.items() if _sound(new) != _sound(old)]
    cells = [(number, *astuple(cut)) for number, (new, _) in differing.items() for cut in new]
    cuts.replace_all(store, STEP, cells, of=list(differing), sounds=sounds)


def _sound(made: Sequence[Cut]) -> list[tuple[float, float, str]]:
    return [(cut.onset, cut.offset, cut.action) for cut in made if cut.action != "flag"]


def decide_again(store: Store, members: Sequence[int]) -> bool:
    """Decide again about some recordings as the latest run did, inside the caller's transaction.

    Returns
    -------
    Whether that is possible: not before the first run.
    """
    standing = assignments.settings_of(store, STEP)
    if standing is None:
        return False
    if "policy" not in standing:  # an earlier version kept no more than that
        standing = {"policy": standing, "sizes": listings.class_sizes(store)}
    rules = Rules.of(**standing["policy"])
    unheard = {name: Unheard.of(kept) for name, kept in standing.get("unheard", {}).items()}
    for entries, new, old in _decisions(store, rules, standing["sizes"], members=members, unheard=unheard):
        if new != old:
            cuts.replace(store, next(iter(entries.values())).recording, STEP, new)
    return True
