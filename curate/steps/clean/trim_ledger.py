"""From the layers of a dataset to its ledger of what is worth nothing, beside what other steps cut.

What `trim` leaves of the silence hangs on what the voices took: whichever of the two steps runs later,
the ledger is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from curate.catalogue import assignments, cuts, damage, listings, verdicts
from curate.catalogue.store import Store
from curate.decisions.faults import fault_cuts, fault_of
from curate.decisions.quality import LAYERS, Trim, preset_of, trim_cuts
from curate.decisions.verdicts import rule, spare
from curate.decisions.voice_cuts import withheld
from curate.detectors.decode import default_settings
from curate.errors import UsageError
from curate.model import Cut
from curate.steps.clean.trim_summary import TrimTally
from curate.steps.common.detect import LayerState, layer_states
from curate.steps.common.merge_join import MergeJoin

#: The step of the ledger's lines.
STEP = "trim"


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
        """Take a preset, and what is said otherwise; looks at every value.

        Raises
        ------
        UsageError
            If one is out of range.
        """
        for name, value in (("rare_below", rare_below), ("rare_activity", rare_activity)):
            if value < 0:
                raise UsageError(f"{name} must be 0 or more, not {value}")
        known = {name: settings[name] for name in Trim.__dataclass_fields__ if settings.get(name) is not None}
        rules = cls(replace(preset_of(preset), **known), rare_below, rare_first_seconds, rare_activity)
        replace(rules.trim, first_seconds=rare_first_seconds)  # looks at the value
        return rules

    def for_class_of(self, size: int) -> Trim:
        """Give the rules for a class of so many recordings; 0 for recordings without a class."""
        first_seconds = self.trim.first_seconds
        if first_seconds and 0 < size < self.rare_below:
            first_seconds = max(first_seconds, self.rare_first_seconds)
        return replace(self.trim, first_seconds=first_seconds, only_active=0 < size < self.rare_activity)


def _decisions(store: Store, rules: Rules) -> Iterator[tuple[dict[str, LayerState], list[Cut], list[Cut]]]:
    """Compare what should be cut of each recording with what the ledger says: new cuts, old cuts."""
    ledger, others = MergeJoin(cuts.by_recording(store, STEP)), MergeJoin(cuts.by_others(store, STEP))
    holes = MergeJoin(damage.by_recording(store))
    judged, faulty = MergeJoin(verdicts.by_recording(store)), MergeJoin(listings.faulty(store))
    of_class = {label: rules.for_class_of(size) for label, size in listings.class_sizes(store).items()}
    of_none = rules.for_class_of(0)
    streams = [layer_states(store, name, default_settings(name)) for name in LAYERS]
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
                of_class.get(first.label, of_none),
                duration=first.duration,
                taken=withheld(taken),
            )
        if new:
            ruling = rule(judged.get(first.recording) or [], duration=first.duration)
            new = spare(new, ruling)
        yield by_name, new, ledger.get(first.recording) or []


def preview(store: Store, policy: Mapping[str, Any]) -> TrimTally:
    """Count what the ledger would say."""
    tally = TrimTally()
    for entries, new, _ in _decisions(store, Rules.of(**policy)):
        _count(tally, entries, new)
    return tally


def decide(store: Store, policy: Mapping[str, Any]) -> TrimTally:
    """Write the ledger anew where it changes, and count what it says; the policy stands from then on.

    Parameters
    ----------
    policy
        Arguments of `Rules.of`.
    """
    rules = Rules.of(**policy)
    tally = TrimTally()
    with store.transaction():
        assignments.put_settings(store, STEP, policy)
        for entries, new, old in _decisions(store, rules):
            if new != old:  # written behind the place that is being read
                cuts.replace(store, next(iter(entries.values())).recording, STEP, new)
            _count(tally, entries, new)
    return tally


def decide_again(store: Store) -> None:
    """Decide anew after another step changed its cuts, as the latest run of `trim` wanted it, if any ran."""
    policy = assignments.settings_of(store, STEP)
    if policy is not None:
        decide(store, policy)


def _count(tally: TrimTally, entries: Mapping[str, LayerState], new: Sequence[Cut]) -> None:
    failed = any(entry.failed for entry in entries.values())
    waiting = not failed and not all(entry.current for entry in entries.values())
    tally.add(new, failed=failed, waiting=waiting)
