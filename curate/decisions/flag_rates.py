"""Which classes a detector fires on far more often than on the rest of their archive.

A class flagged much more often than its archive's other classes is either narrated by its
recordists or sounds like a person to the detector. Of a public run over 28,564 recordings,
11 % were flagged in all but 59 % of one owl's and 55 % of a motmot's. The table needs no
truth, so it can be shown after every run.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Least ratio of a class's rate to that of the rest of its archive that is worth a look: classes
#: of speech-like callers in the public run start at about twice their archive's rate.
MIN_LIFT = 2.0

#: Least number of recordings of a class, below which a rate says little.
MIN_RECORDINGS = 5

#: Chance that a class of ordinary recordings would show as many flags; beyond it, no report.
MAX_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Lift:
    """One class of one archive that stands out.

    Parameters
    ----------
    rate, base_rate : 0 to 1
        Share of flagged recordings in the class, and in the rest of its archive.
    lift
        Their ratio, infinite if nothing else is flagged.
    """

    archive: str
    label: str
    recordings: int
    flagged: int
    rate: float
    base_rate: float
    lift: float


def lift_table(
    recordings: Iterable[tuple[str, str, bool]] | Mapping[tuple[str, str, bool], int],
) -> list[Lift]:
    """List the classes that stand out, most striking first.

    Parameters
    ----------
    recordings
        Archive, label, and whether the recording was flagged, one each; or how many there are of each.

    Returns
    -------
    Classes with at least `MIN_RECORDINGS` recordings whose rate is at least `MIN_LIFT` times
    that of the rest of their archive, unless chance explains it (one-sided binomial tail).
    """
    totals: Counter[tuple[str, str]] = Counter()
    flags: Counter[tuple[str, str]] = Counter()
    for (archive, label, is_flagged), number in Counter(recordings).items():
        totals[archive, label] += number
        flags[archive, label] += is_flagged * number
    archive_totals: Counter[str] = Counter()
    archive_flags: Counter[str] = Counter()
    for (archive, label), count in totals.items():
        archive_totals[archive] += count
        archive_flags[archive] += flags[archive, label]

    rows = []
    for (archive, label), count in totals.items():
        flagged = flags[archive, label]
        others = archive_totals[archive] - count
        if count < MIN_RECORDINGS or not flagged or not others or not label:
            continue
        base_flags = archive_flags[archive] - flagged
        rate, base_rate = flagged / count, base_flags / others
        lift = rate / base_rate if base_rate else math.inf
        # One half is added so that an archive without any other flag still has a small rate.
        if lift >= MIN_LIFT and _tail(count, flagged, (base_flags + 0.5) / (others + 1)) <= MAX_CHANCE:
            rows.append(Lift(archive, label, count, flagged, rate, base_rate, lift))
    return sorted(rows, key=lambda row: (-row.lift, -row.flagged, row.archive, row.label))


def _tail(n: int, k: int, p: float) -> float:
    """Chance of `k` or more successes in `n` trials with probability 0 < `p` < 1."""

    def log_term(i: int) -> float:
        ways = math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
        return ways + i * math.log(p) + (n - i) * math.log1p(-p)

    return math.fsum(math.exp(log_term(i)) for i in range(k, n + 1))
