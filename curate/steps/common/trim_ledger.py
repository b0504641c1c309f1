"""From the layers of a dataset to its ledger of worthless sound, next to the cuts of other steps.

What `trim` leaves of the silence hangs on what the voices took: whichever of the two steps runs later,
the ledger is the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from curate.catalogue import assignments, cuts, damage, layers, listings, ranges, runs, verdicts
from curate.catalogue.store import Store
from curate.decisions.faults import fault_cuts, fault_of
from curate.decisions.quality import LAYERS, Trim, preset_of, trim_cuts
from curate.decisions.verdicts import rule, spare
from curate.decisions.voice_cuts import withheld
from curate.detectors.detect_file import default_settings
from curate.errors import UsageError
from curate.intervals import total
from curate.model import Cut
from curate.steps.common.cutting.cut_columns import CutWords, LedgerColumns, Rewriting
from curate.steps.common.cutting.trim_blocks import HeardLayers, UsualBlock
from curate.steps.common.cutting.trim_columns import CountedTrims, is_plain, trims_counted
from curate.steps.common.detect import LayerState, layer_states
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.unheard import Unheard

#: The step of the ledger's lines.
STEP = "trim"

#: Under which name the ledger of runs keeps what is decided, by range.
_RANGES = f"{STEP} by range"

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
    def are_plain(self) -> bool:
        """Whether they are the same for all classes, and columns decide by them."""
        return is_plain(self.trim) and not self.rare_activity

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


@dataclass(frozen=True, slots=True)
class TrimRange:
    """What a narrow range of recordings adds to the whole.

    Parameters
    ----------
    counts
        What there is to count.
    upto
        Number of the last recording.
    unheard
        What a layer has yet to scan, as `Unheard` has it. Layers that have scanned all are left out.
    """

    counts: CountedTrims
    upto: int
    unheard: dict[str, list[list[int]]]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> TrimRange:
        """Read what `kept` gave."""
        return cls(CountedTrims.of(kept["counts"]), kept["upto"], kept["unheard"])

    @property
    def kept(self) -> dict[str, Any]:
        """Give what a catalogue keeps."""
        return {"counts": self.counts.kept, "upto": self.upto, "unheard": self.unheard}

    def of_layer(self, name: str) -> Unheard:
        """Give what a layer has yet to scan."""
        return Unheard(self.upto, self.unheard.get(name, []))


@dataclass(frozen=True, slots=True)
class DecidedTrims:
    """What is decided of all recordings.

    Parameters
    ----------
    policy
        By which it was: arguments of `Rules.of`.
    found
        By range, what it adds.
    changed
        The recordings of which other sound is kept than before.
    """

    policy: Mapping[str, Any]
    found: dict[int, TrimRange]
    changed: Sequence[int]

    @property
    def counts(self) -> CountedTrims:
        """What there is to count."""
        found = CountedTrims.none()
        for part in self.found.values():
            found = found.plus(part.counts)
        return found

    def keep(self, store: Store) -> None:
        """Keep what each range adds, until something changes, inside the transaction that wrote it."""
        found = {place: part.kept for place, part in self.found.items()}
        runs.keep(store, _RANGES, _range_settings(self.policy), {"ranges": found})


def _range_settings(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {**policy, "range": ranges.NARROW}


def decide(store: Store, policy: Mapping[str, Any]) -> DecidedTrims:
    """Write the ledger again where it changes, in the caller's transaction. The policy stands from then on.

    Only narrow ranges in which something changed since the latest run are read.

    Parameters
    ----------
    policy
        Arguments of `Rules.of`.
    """
    changed = array("q")
    rules, sizes = Rules.of(**policy), listings.class_sizes(store)
    found = _known(store, policy, rules, sizes)
    heard = HeardLayers.of(store) if rules.are_plain else None
    for block in ranges.blocks(ranges.places(store, ranges.NARROW) - found.keys()):
        parts, rewriting = _decided(store, block, rules, sizes, heard)
        found |= parts
        changed.extend(rewriting.write(store, STEP))
    found = dict(sorted(found.items()))
    kept = {name: Unheard.joined(part.of_layer(name) for part in found.values()).kept for name in LAYERS}
    assignments.put_settings(store, STEP, {"policy": dict(policy), "sizes": sizes, "unheard": kept})
    return DecidedTrims(policy, found, sorted(changed))


def _known(
    store: Store, policy: Mapping[str, Any], rules: Rules, sizes: Mapping[str, int]
) -> dict[int, TrimRange]:
    """Read what the latest run kept of ranges in which nothing changed since, and no class other rules."""
    last = runs.kept(store, _RANGES, _range_settings(policy))
    if last is None:
        return {}
    kept = ranges.untouched(
        store, _RANGES, made_from(store), last["ranges"], ranges.NARROW, but=f"cuts/{DEDUPE}"
    )
    if not kept:
        return {}
    before: Mapping[str, int] = (assignments.settings_of(store, STEP) or {})["sizes"]
    turned = {
        label
        for label in before.keys() | sizes.keys()
        if rules.for_class_of(before.get(label, 1)) != rules.for_class_of(sizes.get(label, 1))
    }
    other = ranges.of_classes(store, turned)
    return {place: TrimRange.of(each) for place, each in kept.items() if place not in other}


def _decided(
    store: Store,
    block: Sequence[int],
    rules: Rules,
    sizes: Mapping[str, int],
    heard: HeardLayers | None,
) -> tuple[dict[int, TrimRange], Rewriting]:
    """Decide about narrow ranges: give what is to be kept of each, and what the ledger must say else."""
    rewriting = Rewriting.nothing()
    ends = ranges.spans(block)
    numbers = np.array([each for span in ends for each in listings.numbers_between(store, *span)], np.int64)
    if not len(numbers):
        return {}, rewriting
    range_of = np.searchsorted(block, (numbers - 1) // ranges.NARROW)
    counts = [CountedTrims.none() for _ in block]
    is_usual = np.zeros(len(numbers), dtype=bool)
    if heard is not None:
        part = UsualBlock.read(store, numbers, ends, heard, rules.trim, others=(STEP, DEDUPE))
        made = part.block.decide(rules.trim)
        words = CutWords()
        is_usual = part.is_usual
        recordings = np.bincount(range_of[is_usual], minlength=len(block)).tolist()
        counts = trims_counted(made, range_of[part.places], recordings)
        ledger = LedgerColumns.read(store, STEP, numbers, ends, words)
        ledger = ledger.where(is_usual[ledger.spans.row])
        rewriting = Rewriting.by_columns(made, part.places, ledger, words, numbers)
    is_heard = {name: np.ones(len(numbers), dtype=bool) for name in LAYERS}
    left = np.flatnonzero(~is_usual).tolist()
    rest = _decisions(store, rules, sizes, members=numbers[left].tolist())
    for place, (entries, new, old) in zip(left, rest, strict=True):
        rewriting.compare(int(numbers[place]), new, old)
        counts[range_of[place]] = counts[range_of[place]].plus(counted(entries, new))
        for name, entry in entries.items():
            is_heard[name][place] = entry.looked_at
    there, first = np.unique(range_of, return_index=True)
    upto = numbers[np.append(first[1:], len(numbers)) - 1].tolist()
    found = {
        place: TrimRange(counts[place], last, {}) for place, last in zip(there.tolist(), upto, strict=True)
    }
    for name, heard_by in is_heard.items():
        if not heard_by.all():
            for place, each in Unheard.by_range(numbers, heard_by, range_of).items():
                if each.ranges:
                    found[place].unheard[name] = each.ranges
    return {block[place]: each for place, each in found.items()}, rewriting


def counted(entries: Mapping[str, LayerState], made: Sequence[Cut]) -> CountedTrims:
    """Say what there is to count of one recording, by what the layers know of it, and what is decided."""
    failed = any(entry.failed for entry in entries.values())
    waiting = not failed and not all(entry.current for entry in entries.values())
    actions = {cut.action for cut in made}
    is_dropped = "drop" in actions
    gone = total(withheld(made))
    excised = total((cut.onset, cut.offset) for cut in made if cut.action == "excise")
    reasons: dict[tuple[str, str], tuple[int, float]] = {}
    for cut in made:
        seconds = reasons.get((cut.reason, cut.action), (1, 0.0))[1]
        reasons[cut.reason, cut.action] = 1, seconds + cut.duration
    return CountedTrims(
        1,
        int(failed),
        int(waiting),
        int("flag" in actions),
        int(is_dropped),
        0.0 if is_dropped else excised,
        0.0 if is_dropped else gone - excised,
        gone if is_dropped else 0.0,
        reasons,
    )


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
