"""How far two layers agree on what is heard when: two detectors, or a detector and people. Pure.

Seconds are compared, class by class, in the recordings that both have looked at. Cohen's kappa (Educational
and Psychological Measurement 20, 1960) takes each moment for an item that both rate: heard, or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from curate import intervals
from curate.decisions.agreement import beyond_chance
from curate.intervals import Interval

#: What one layer says of a recording: stretches by class.
Heard = Mapping[str, Sequence[Interval]]


@dataclass(slots=True)
class ClassAgreement:
    """What two layers, here and there, say of a class.

    Parameters
    ----------
    recordings, here_only, there_only
        In which both, or only one of them, hear it.
    here, there
        Segments of each; and of those
    here_matched, there_matched
        that overlap one of the other's.
    both_s, here_s, there_s : seconds
        In which both hear it, and only one of them.
    """

    recordings: int = 0
    here_only: int = 0
    there_only: int = 0
    here: int = 0
    here_matched: int = 0
    there: int = 0
    there_matched: int = 0
    both_s: float = 0.0
    here_s: float = 0.0
    there_s: float = 0.0

    def add(self, here: Sequence[Interval], there: Sequence[Interval]) -> None:
        """Count what both say of one recording."""
        self.recordings += bool(here) and bool(there)
        self.here_only += bool(here) and not there
        self.there_only += bool(there) and not here
        self.here += len(here)
        self.there += len(there)
        self.here_matched += _matched(here, there)
        self.there_matched += _matched(there, here)
        one, other = intervals.union(here), intervals.union(there)
        both = sum(intervals.total(spans) for spans in intervals.overlaps(one, other))
        self.both_s += both
        self.here_s += intervals.length(one) - both
        self.there_s += intervals.length(other) - both

    def kappa(self, seconds: float) -> float | None:
        """Agreement beyond chance in this many seconds of recordings, or `None` where undefined.

        Examples
        --------
        >>> ClassAgreement(both_s=25, here_s=25).kappa(100), ClassAgreement().kappa(100)
        (0.5, None)
        """
        if seconds <= 0:
            return None
        here, there = (self.both_s + self.here_s) / seconds, (self.both_s + self.there_s) / seconds
        agreed = 1 - (self.here_s + self.there_s) / seconds
        return beyond_chance(agreed, here * there + (1 - here) * (1 - there))


def _matched(spans: Sequence[Interval], others: Sequence[Interval]) -> int:
    """Count the spans that overlap one of the others."""
    joined = intervals.union(others)
    return sum(any(intervals.clip(joined, *span)) for span in spans)


@dataclass(slots=True)
class LayerAgreement:
    """What two layers say, class by class, of the recordings that both looked at.

    Parameters
    ----------
    recordings, seconds
        That both looked at.
    """

    recordings: int = 0
    seconds: float = 0.0
    classes: dict[str, ClassAgreement] = field(default_factory=dict)

    def add(self, duration: float, here: Heard, there: Heard) -> None:
        """Count a recording of this many seconds."""
        self.recordings += 1
        self.seconds += duration
        for name in {**here, **there}:
            self.classes.setdefault(name, ClassAgreement()).add(here.get(name, ()), there.get(name, ()))
