"""How often, and with what weight, each recording trains. Pure.

Rare classes are repeated, common ones are cut short, and weights even out what is left. All
of it is counted per class and exactly; no audio is copied.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Literal
from zlib import crc32

from curate.errors import UsageError

Weighting = Literal["effective", "inverse", "sqrt"]
WEIGHTINGS: tuple[Weighting, ...] = ("effective", "inverse", "sqrt")

#: Rating that an unrated recording counts with: what the third place of BirdCLEF 2024 took.
UNRATED = 3.75

#: Beta of Cui et al. 2019 (Class-balanced loss, CVPR), who tried 0.9 to 0.9999.
BETA = 0.999


@dataclass(frozen=True, slots=True)
class Trainee:
    """What balancing needs to know of one recording that trains.

    Parameters
    ----------
    number
        Number in the catalogue.
    units
        Rows that a manifest has of it: its training windows, or 1.
    rating : 0 to 5
        None where unrated.
    draw
        Decides between equals; None draws by the number: see `drawn`.
    """

    number: int
    label: str
    secondary: tuple[str, ...] = ()
    recordist: str = ""
    rating: float | None = None
    units: int = 1
    draw: int | None = None


def counts_of(
    trainees: Sequence[Trainee], rows: Mapping[int, int] | None = None, *, secondary: bool = False
) -> Counter[str]:
    """Count the rows of each class.

    Parameters
    ----------
    rows
        How many each recording has; None takes its `units`.
    secondary
        Whether a row counts for the classes in its background as well.
    """
    counts: Counter[str] = Counter()
    for trainee in trainees:
        n = trainee.units if rows is None else rows[trainee.number]
        if trainee.label:
            counts[trainee.label] += n
        if secondary:
            for label in set(trainee.secondary) - {trainee.label}:
                counts[label] += n
    return counts


def balance(
    trainees: Sequence[Trainee],
    *,
    below: int = 0,
    to: int | None = None,
    max_repeats: int = 5,
    cap: int | None = None,
    secondary: bool = False,
    seed: int = 0,
    ranks: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """Choose how many rows of each recording train.

    A class of n < `below` rows gets min(`to`, n * `max_repeats`), one of more than `cap` gets
    `cap`. All rows of a recording come once before any comes twice. Who comes first: one
    recording of each recordist after another, of each the best rated.

    Parameters
    ----------
    below, to
        `to` is `below` where it is None. 0 repeats nothing.
    cap
        None cuts nothing short.
    secondary
        Whether rows in whose background a class is heard count for `below`.
    seed
        Decides between equals.
    ranks
        Places of recordings in an order of their own, by which `cap` chooses; those without one come last.

    Returns
    -------
    Rows by the recording's number

    Raises
    ------
    UsageError
        If a setting is out of range.
    """
    target = below if to is None else to
    check_targets(below=below, to=target, max_repeats=max_repeats, cap=cap)
    counts = counts_of(trainees, secondary=secondary)
    classes: dict[str, list[Trainee]] = defaultdict(list)
    for trainee in trainees:
        if trainee.label:
            classes[trainee.label].append(trainee)
    rows = {trainee.number: trainee.units for trainee in trainees}
    for label, members in classes.items():
        own = sum(trainee.units for trainee in members)
        if own > 0 and counts[label] < below:
            # Rows with the class in their background count for the target, but belong to another class:
            # the class's own rows make up the difference.
            wanted = min(target, counts[label] * max_repeats) - (counts[label] - own)
            rows |= _shared(members, min(wanted, own * max_repeats), seed)
        elif cap is not None and own > cap:
            rows |= _shared(members, cap, seed, ranks)
    return rows


def check_targets(*, below: int, to: int, max_repeats: int, cap: int | None) -> None:
    """Make sure that `balance` can use these settings.

    Raises
    ------
    UsageError
        As `balance`.
    """
    if below < 0 or max_repeats < 1:
        raise UsageError(
            f"--below is {below} and --max-repeats {max_repeats}",
            hint="for example --below 20 --max-repeats 5",
        )
    if to < below:
        raise UsageError(
            f"--target {to} is less than --below {below}", hint="leave --target out, or raise it"
        )
    if cap is not None and cap < max(to, 1):
        raise UsageError(f"--cap {cap} is less than what rare classes get, {to}", hint="raise --cap")


def capped(trainees: Sequence[Trainee], cap: int) -> dict[str, list[Trainee]]:
    """List the recordings of each class that has more rows than a cap, by class."""
    sizes = counts_of(trainees)
    found: dict[str, list[Trainee]] = defaultdict(list)
    for trainee in trainees:
        if trainee.label and sizes[trainee.label] > cap:
            found[trainee.label].append(trainee)
    return found


def _shared(
    members: Sequence[Trainee], wanted: int, seed: int, ranks: Mapping[int, int] | None = None
) -> dict[int, int]:
    """Share this many rows out among the recordings of a class."""
    each, rest = divmod(wanted, sum(trainee.units for trainee in members))
    rows = {trainee.number: each * trainee.units for trainee in members}
    turn = preferred(members, seed) if rest else []
    if ranks is not None:
        turn.sort(key=lambda trainee: ranks.get(trainee.number, len(ranks)))
    taken = 0
    while rest:
        # Turn after turn, every recording that has another row gives one.
        turn = [trainee for trainee in turn if trainee.units > taken]
        for trainee in turn[:rest]:
            rows[trainee.number] += 1
        rest -= min(rest, len(turn))
        taken += 1
    return rows


def preferred(members: Sequence[Trainee], seed: int) -> list[Trainee]:
    """Order recordings by worth: each recordist's best, then each one's second best, and so on."""
    by_recordist: dict[object, list[Trainee]] = defaultdict(list)
    for trainee in sorted(members, key=lambda one: _worth(one, seed)):
        # Of an unknown recordist each recording counts as somebody else's.
        by_recordist[trainee.recordist or trainee.number].append(trainee)
    ranked = (
        (place, _worth(trainee, seed), trainee)
        for own in by_recordist.values()
        for place, trainee in enumerate(own)
    )
    return [trainee for _, _, trainee in sorted(ranked, key=lambda one: one[:2])]


def _worth(trainee: Trainee, seed: int) -> tuple[float, int, int]:
    draw = drawn(seed, trainee.number) if trainee.draw is None else trainee.draw
    return -rated(trainee.rating), draw, trainee.number


def drawn(seed: int, key: object) -> int:
    """Draw a number for a recording: by a key that is the same wherever and whenever it was imported.

    Examples
    --------
    >>> drawn(1, "owl") == drawn(1, "owl"), drawn(1, "owl") == drawn(2, "owl")
    (True, False)
    """
    # A hash and no generator: what others are there changes nothing between two recordings.
    return crc32(f"{seed}:{key}".encode())


def rated(rating: float | None) -> float:
    """Rating of a recording, with a default."""
    return UNRATED if rating is None else rating


def class_weights(
    counts: Mapping[str, int],
    weighting: Weighting,
    *,
    beta: float = BETA,
    over: Mapping[str, int] | None = None,
) -> dict[str, float]:
    """Weigh the rows of each class.

    Parameters
    ----------
    counts
        Rows of each class.
    weighting
        ``sqrt`` is (n/N)^-0.5, ``inverse`` is N/n, ``effective`` (1 - beta) / (1 - beta^n).
    beta : 0 < beta < 1
        Only for ``effective``.
    over
        Rows that get the weight of each class, where `counts` has others as well, such as those with the
        class in their background; None for `counts`.

    Returns
    -------
    By class, with a mean of 1 over all rows that get one

    Raises
    ------
    UsageError
        If there is no such weighting, or beta is out of range.
    """
    check_weighting(weighting, beta)
    total = sum(counts.values())
    raw = {}
    for label, n in counts.items():
        if n and weighting == "sqrt":
            raw[label] = math.sqrt(total / n)
        elif n and weighting == "inverse":
            raw[label] = total / n
        elif n:
            # 1 - beta^n, exact also where beta is very near 1.
            raw[label] = (1 - beta) / -math.expm1(n * math.log(beta))
    own = counts if over is None else over
    mean = sum(own.get(label, 0) * weight for label, weight in raw.items()) / (sum(own.values()) or 1) or 1.0
    return {label: weight / mean for label, weight in raw.items()}


def check_weighting(weighting: str | None, beta: float) -> None:
    """Make sure that `class_weights` can use these settings, or `None` for equal weights.

    Raises
    ------
    UsageError
        As `class_weights`.
    """
    if weighting is not None and weighting not in WEIGHTINGS:
        raise UsageError(f"unknown weighting '{weighting}'", hint=f"there are: {', '.join(WEIGHTINGS)}")
    if not 0 < beta < 1:
        raise UsageError(f"--beta is {beta}", hint="give a number between 0 and 1, such as 0.999")


def row_weights(
    trainees: Sequence[Trainee],
    rows: Mapping[int, int],
    by_class: Mapping[str, float],
    *,
    ratings: bool = False,
) -> array[float]:
    """Weigh the rows of each recording: by its class, and by its rating where that counts.

    Parameters
    ----------
    rows
        How many each recording has.
    by_class
        What `class_weights` gives; a class that is missing weighs 1.
    ratings
        Whether to multiply by `rating_weight`. Weights then have a mean of 1 over all rows again, as a
        trainer's learning rate goes by it.

    Returns
    -------
    In the order of the trainees
    """
    weights = array("d", (by_class.get(each.label, 1.0) for each in trainees))
    if not ratings:
        return weights
    rated = array("d", map(mul, weights, (rating_weight(each.rating) for each in trainees)))
    often = [rows[each.number] for each in trainees]
    count = sum(often)
    mean = sum(map(mul, often, rated)) / count if count else 1.0
    return array("d", (weight / mean for weight in rated))


def rating_weight(rating: float | None) -> float:
    """Weigh a recording by its rating: (r + 1) / 6, so that the best counts 1 and the worst 1/6.

    Examples
    --------
    >>> rating_weight(5), round(rating_weight(None), 3)
    (1.0, 0.792)
    """
    return (rated(rating) + 1) / 6
