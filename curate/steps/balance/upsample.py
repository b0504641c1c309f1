"""`curate upsample`: rare classes more often, common ones less, each class with its weight.

What is written are numbers: how many copies of a row train, and with what weight. Audio is
never copied. Only recordings that train are touched, so there must be folds first.
"""

from __future__ import annotations

import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from itertools import chain, compress, zip_longest
from typing import Any, Literal

from curate.catalogue import assignments
from curate.catalogue.dataset import Dataset, Run
from curate.catalogue.store import Store
from curate.decisions.balance import (
    BETA,
    Trainee,
    Weighting,
    balance,
    capped,
    check_targets,
    check_weighting,
    class_weights,
    counts_of,
    drawn,
    row_weights,
)
from curate.decisions.split import TEST, TRAIN
from curate.errors import UsageError
from curate.formatting import Displayed
from curate.scores.diverse import farthest_first
from curate.steps.balance.upsample_outcome import SPLIT, STEP, keep, standing
from curate.steps.balance.window_rows import kept_windows, load_windowing
from curate.steps.common.recording_vectors import of_recordings
from curate.steps.common.retentions import still_heard

#: What a cap keeps.
CapBy = Literal["diversity", "rating"]
CAP_BY: tuple[CapBy, ...] = ("diversity", "rating")

#: Lower ends of the bins of the histogram.
_BINS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(slots=True)
class ClassBalance:
    """Rows of a class that train, before and after, and the weight of each."""

    label: str
    before: int
    after: int
    weight: float


@dataclass(slots=True)
class Bin:
    """How many classes have `low` to `high` rows. An open end is `None`."""

    low: int
    high: int | None
    before: int
    after: int


@dataclass(slots=True)
class UpsampleSummary(Displayed):
    """What trains, before and after.

    Parameters
    ----------
    recordings, classes_count
        That train, with a label, and in how many classes.
    left_alone
        Recordings that validate or test: they stay as they are.
    raised, capped
        Classes that got more rows, and fewer.
    target
        Rows that rare classes get, as far as `max_repeats` allows.
    short
        Classes that `max_repeats` kept below the target.
    without_vectors
        Recordings of classes above the cap that come last, as nothing says what they are like.
    rows_before, rows_after
        Of all classes.
    ratio_before, ratio_after
        Rows of the largest class over those of the smallest.
    """

    recordings: int = 0
    classes_count: int = 0
    left_alone: int = 0
    target: int = 0
    raised: int = 0
    capped: int = 0
    short: int = 0
    without_vectors: int = 0
    rows_before: int = 0
    rows_after: int = 0
    ratio_before: float = 0.0
    ratio_after: float = 0.0
    histogram: list[Bin] = field(default_factory=list)
    classes: list[ClassBalance] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        """What the list of runs keeps."""
        return {"rows_before": self.rows_before, "rows_after": self.rows_after}


def upsample(
    dataset: Dataset,
    *,
    below: int = 20,
    target: int | None = None,
    max_repeats: int = 5,
    cap: int | None = None,
    by: CapBy = "rating",
    model: str | None = None,
    weights: Weighting | None = None,
    beta: float = BETA,
    rating_weights: bool = False,
    count_secondary: bool = False,
    fold: int | None = None,
    seed: int = 0,
    dry_run: bool = False,
) -> UpsampleSummary:
    """Say how often, and with what weight, each recording trains.

    Every run counts again from single rows, so ``below=0`` takes an earlier one back.

    Parameters
    ----------
    below, target, max_repeats, cap
        See `decisions.balance.balance`. Without a `target`, no class is raised above the largest one.
    by
        What `cap` keeps: ``rating`` the best rated of many recordists, ``diversity`` those that sound least
        alike, the farthest first.
    model
        Whose vectors say what sounds alike; the only ones that there are where None.
    weights, beta
        See `decisions.balance.class_weights`; counted after copies. None weighs all classes 1.
    rating_weights
        Multiply by (rating + 1) / 6. The mean of all rows stays 1.
    count_secondary
        Count recordings for the classes in their background, too.
    fold
        Count exactly for the round in which this fold validates. Its recordings stay single. None
        counts all that ever train.
    seed
        Decides between equals.
    dry_run
        Say what would be done. Write nothing.

    Raises
    ------
    UsageError
        If the recordings have no folds yet, or an option is out of range.
    NotInCatalogue
        If `by` is ``diversity`` and there are no vectors.
    """
    started = time.monotonic()
    check_targets(below=below, to=below if target is None else target, max_repeats=max_repeats, cap=cap)
    check_weighting(weights, beta)
    _check_by(by, cap=cap, model=model)
    parameters = {
        "below": below,
        "target": target,
        "max_repeats": max_repeats,
        "cap": cap,
        "by": by,
        "model": model,
        "weights": weights,
        "beta": beta,
        "rating_weights": rating_weights,
        "count_secondary": count_secondary,
        "fold": fold,
        "seed": seed,
    }
    dataset.check_exists()
    with nullcontext(Run()) if dry_run else dataset.writing(STEP, parameters) as run:
        store = dataset.store
        summary = UpsampleSummary()
        # No trigger of the catalogue tells of other vectors.
        kept = None if dry_run or by == "diversity" else standing(store, parameters)
        if kept is not None:
            _take_over(summary, kept)
            run.counts.update(summary.counts)
            summary.elapsed_s = time.monotonic() - started
            return summary
        windowing = load_windowing(store)
        units = {} if windowing is None else {n: len(found) for n, _, found in kept_windows(store, windowing)}
        trainees, others = _trainees(store, fold, units, seed)
        before = counts_of(trainees, secondary=count_secondary)
        # Where all classes are rare, more rows of each would balance nothing: the largest is the measure.
        sizes = counts_of(trainees).values()
        wanted = min(below, max(sizes)) if target is None and len(sizes) > 1 else below
        ranks = None
        if by == "diversity" and cap is not None:
            ranks = _by_diversity(dataset, trainees, summary, cap=cap, model=model)
        rows = balance(
            trainees,
            below=wanted,
            to=target,
            max_repeats=max_repeats,
            cap=cap,
            secondary=count_secondary,
            seed=seed,
            ranks=ranks,
        )
        after = counts_of(trainees, rows, secondary=count_secondary)
        own = counts_of(trainees, rows)
        by_class = class_weights(after, weights, beta=beta, over=own) if weights else {}
        weighed = row_weights(trainees, rows, by_class, ratings=rating_weights)
        summary.target = wanted if target is None else target
        _count(summary, before, after, by_class | _mean_weights(trainees, rows, weighed))
        summary.short = sum(before[each] < wanted and after[each] < summary.target for each in own)
        summary.recordings = sum(1 for trainee in trainees if trainee.label)
        summary.left_alone = len(others)

        if not dry_run:
            with store.transaction():
                # A recording that trained under another split or `fold` loses the share of that run.
                assignments.put_shares(store, ((1, None, 1.0, number) for number in others))
                assignments.put_shares(
                    store,
                    (
                        (
                            # With windows, the manifest spreads these rows over them.
                            rows[trainee.number] if windowing is None else 1,
                            None if windowing is None else rows[trainee.number],
                            round(weight, 6),
                            trainee.number,
                        )
                        for trainee, weight in zip(trainees, weighed, strict=True)
                    ),
                )
                heard = chain(others, (trainee.number for trainee in trainees))
                keep(store, parameters, asdict(summary), heard)
        run.counts.update(summary.counts)
    summary.elapsed_s = time.monotonic() - started
    return summary


def _check_by(by: str, *, cap: int | None, model: str | None) -> None:
    if by not in CAP_BY:
        raise UsageError(f"unknown way to cap: '{by}'", hint=f"there are: {', '.join(CAP_BY)}")
    if by == "diversity" and cap is None:
        raise UsageError("--by diversity says what --cap keeps", hint="add --cap, for example --cap 500")
    if by != "diversity" and model is not None:
        raise UsageError("--model chooses the vectors", hint="add --by diversity")


def _by_diversity(
    dataset: Dataset,
    trainees: Sequence[Trainee],
    summary: UpsampleSummary,
    *,
    cap: int,
    model: str | None,
) -> dict[int, int]:
    """Order the recordings of classes above the cap, the farthest first; give each its place."""
    held = of_recordings(dataset, model)
    at = {number: row for row, number in enumerate(held.numbers.tolist())}
    ranks: dict[int, int] = {}
    for members in capped(trainees, cap).values():
        known = [trainee for trainee in members if trainee.number in at]
        summary.without_vectors += len(members) - len(known)
        # The first is drawn; its key is the same wherever and whenever it was imported.
        known.sort(key=lambda trainee: (trainee.draw or 0, trainee.number))
        order = farthest_first(held.vectors[[at[trainee.number] for trainee in known]], cap)
        ranks |= {known[row].number: place for place, row in enumerate(order)}
    return ranks


def _take_over(summary: UpsampleSummary, kept: Mapping[str, Any]) -> None:
    """Write what an earlier run kept into the summary of one that has nothing to decide."""
    for name, value in kept.items():
        setattr(summary, name, value)
    summary.histogram = [Bin(**each) for each in kept["histogram"]]
    summary.classes = [ClassBalance(**each) for each in kept["classes"]]


def _trainees(
    store: Store, fold: int | None, units: Mapping[int, int], seed: int
) -> tuple[list[Trainee], list[int]]:
    """Read what trains, and the numbers of what does not; `units` are windows, where there are any."""
    trainees, folds = [], array("q")
    without = 0
    rows = assignments.training(store)
    for each, _ in still_heard(store, rows, lambda each: (each.number, each.duration, each.sr)):
        if each.fold is None:
            without += 1
            continue
        folds.append(each.fold)
        trainees.append(
            Trainee(
                each.number,
                each.label,
                each.secondary,
                each.recordist,
                each.rating,
                units.get(each.number, 1),
                drawn(seed, each.sha256 + each.name),
            )
        )
    if without:
        raise UsageError(
            f"{without:,} of {without + len(folds):,} recordings lack a fold: copies made before a split can "
            "end up on both sides",
            hint="run 'curate split' first",
        )
    plan = assignments.settings_of(store, SPLIT) or {"shares": {}}
    validating = {int(number) for number in plan["shares"]} | set(folds)
    validating -= {TRAIN, TEST}
    if fold is not None and fold not in validating:
        raise UsageError(
            f"unknown fold to validate on: {fold}",
            hint=f"there are: {', '.join(map(str, sorted(validating)))}",
        )
    if fold is None and len(validating) == 1:
        (fold,) = validating  # nothing else validates, so it never trains
    trains = [own not in (TEST, fold) for own in folds]
    others = [trainee.number for trainee, does in zip(trainees, trains, strict=True) if not does]
    return list(compress(trainees, trains)), others


def _mean_weights(
    trainees: Sequence[Trainee], rows: Mapping[int, int], weights: Sequence[float]
) -> dict[str, float]:
    """Tell the weight of each class: the mean of its rows."""
    counts: Counter[str] = Counter()
    sums: defaultdict[str, float] = defaultdict(float)
    for each, weight in zip(trainees, weights, strict=True):
        counts[each.label] += rows[each.number]
        sums[each.label] += rows[each.number] * weight
    return {label: sums[label] / number for label, number in counts.items() if number}


def _count(
    summary: UpsampleSummary,
    before: Counter[str],
    after: Counter[str],
    by_class: Mapping[str, float],
) -> None:
    summary.classes_count = len(before)
    summary.classes = [
        ClassBalance(label, before[label], after[label], round(by_class.get(label, 1.0), 6))
        for label in sorted(before)
    ]
    summary.raised = sum(row.after > row.before for row in summary.classes)
    summary.capped = sum(row.after < row.before for row in summary.classes)
    summary.rows_before, summary.rows_after = before.total(), after.total()
    summary.ratio_before, summary.ratio_after = _ratio(before), _ratio(after)
    summary.histogram = _histogram(before, after)


def _ratio(counts: Counter[str]) -> float:
    return max(counts.values()) / max(min(counts.values()), 1) if counts else 0.0


def _histogram(before: Mapping[str, int], after: Mapping[str, int]) -> list[Bin]:
    bins = []
    for low, above in zip_longest(_BINS, _BINS[1:]):
        high = None if above is None else above - 1
        was, now = (
            sum(low <= n and (high is None or n <= high) for n in counts.values())
            for counts in (before, after)
        )
        bins.append(Bin(low, high, was, now))
    while bins and not (bins[-1].before or bins[-1].after):
        bins.pop()
    return bins
