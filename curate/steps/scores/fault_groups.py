"""Groups of faults: recordings that differ from their classes in the same way.

What is wrong with a recorder moves its recordings of all classes in one direction. So each recording is taken
relative to its class, and compared with its neighbours of other classes. Do more of them come from the same
recorder, recordist or archive than chance and their classes explain?

What is measured of recordings tells the faults that vectors leave out, such as another gain. There, too, each
is taken relative to its class. Far ones may share an origin, or be more than chance explains without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curate.catalogue.recorders import RecordingOrigin
from curate.formatting import count
from curate.scores.batch_effects import LEAST_OF_BATCH, batch_effects, chance_of_strays, differences, strays
from curate.scores.beyond_chance import neighbourhoods
from curate.scores.likeness_groups import nearest
from curate.scores.standing import directions, numbered, standing
from curate.steps.scores.cluster_summary import CommonOrigin, FaultGroup, MeasuredDifference
from curate.steps.scores.measured_facts import FACTS

#: What is far beyond chance, corrected for all tries.
_CHANCE = 1e-3

#: Groups that share more than this of their recordings are one.
_SAME = 0.5

#: A group with this share of its recordings in another is a part of it, unless it differs so much more.
_PART, _MORE = 0.9, 1.5

#: The median member must lie farther from the middle of its class than this share of the others.
_APART = 0.5

#: Decimals of a degree that make a place: about a kilometre.
_PLACE = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of origin.

    Parameters
    ----------
    of
        Its value of a recording. Empty where it is not known.
    words
        How recordings with a value are called.
    question, next_step
        What may be wrong, and what to do.
    """

    of: Callable[[RecordingOrigin], str]
    words: str
    question: str
    next_step: str


def _place(origin: RecordingOrigin) -> str:
    if origin.latitude is not None and origin.longitude is not None:
        return f"{origin.latitude:.{_PLACE}f}, {origin.longitude:.{_PLACE}f}"
    return origin.site


#: What recordings may share, the most telling first.
KINDS: dict[str, Kind] = {
    "recorder": Kind(
        lambda origin: " ".join(filter(None, (origin.device, origin.serial))),
        "of recorder {}",
        "another sample rate or gain?",
        "compare its settings with those of the other recorders",
    ),
    "gain": Kind(
        lambda origin: origin.gain,
        "at gain {}",
        "too loud or too soft?",
        "look at clipping and level: curate scan, then curate trim",
    ),
    "sample rate": Kind(
        lambda origin: f"{origin.sr:,} Hz",
        "at {}",
        "resampled, or is the rate in the header wrong?",
        "open one and look at its highest frequencies",
    ),
    "codec": Kind(
        lambda origin: origin.codec,
        "in {}",
        "lossy audio among lossless?",
        "look at the band that the coder removed: curate scan --detector bandwidth",
    ),
    "recordist": Kind(
        lambda origin: origin.recordist,
        "by {}",
        "another microphone, filter or sample rate?",
        "compare a few with others of their classes by ear",
    ),
    "archive": Kind(
        lambda origin: origin.archive,
        "from {}",
        "converted otherwise?",
        "compare the rates and codecs of this archive: curate show recordings",
    ),
    "place": Kind(
        _place,
        "at {}",
        "a sound of the place, or one recorder there?",
        "listen to the background",
    ),
    "channels": Kind(
        lambda origin: count(origin.channels, "channel") if origin.channels else "",
        "with {}",
        "mixed down, or one channel dead?",
        "listen to each channel",
    ),
    "day": Kind(
        lambda origin: origin.day,
        "of {}",
        "the weather, or a setting of that day?",
        "listen to the background",
    ),
}


def fault_groups(
    vectors: NDArray[np.float32],
    labels: Sequence[str],
    origins: Sequence[RecordingOrigin],
    names: Sequence[str],
    facts: Mapping[str, NDArray[np.float64]] | None = None,
    *,
    advance: Callable[[float], None] = lambda _: None,
) -> tuple[list[FaultGroup], dict[int, str]]:
    """Find groups of faults, the least likely by chance first.

    Parameters
    ----------
    vectors : shape=(n, dimension)
    labels, origins, names
        Class, origin and id of each recording.
    facts
        What is measured, by its name in `FACTS`, shape=(n,); NaN where not known.

    Returns
    -------
    The groups, and the name of the group of each row that is in one.
    """
    every, known = numbered(labels)
    values = {kind: numbered([each.of(origin) for origin in origins]) for kind, each in KINDS.items()}
    found = [
        *_by_vectors(vectors, every, np.array(known) == "", values, advance),
        *_by_facts(every, values, facts or {}),
    ]
    return _told(_merged(found), vectors, every, names)


#: The number of the value of each recording, and the values.
_Values = Mapping[str, tuple[NDArray[np.intp], list[str]]]


@dataclass(slots=True)
class _Found:
    """Rows of a group, what they share, and what was measured of them."""

    rows: set[int]
    probability: float
    shares: list[CommonOrigin] = field(default_factory=list)
    differences: list[MeasuredDifference] = field(default_factory=list)


def _by_vectors(
    vectors: NDArray[np.float32],
    every: NDArray[np.intp],
    unnamed: NDArray[np.bool_],
    origins: _Values,
    advance: Callable[[float], None],
) -> Iterator[_Found]:
    """Find recordings whose vectors differ from their classes as others of their origin do."""
    moved = directions(vectors, every)
    rows = np.flatnonzero(moved.any(axis=1))
    classes = every[rows]
    near = nearest(moved[rows], advance=advance).places
    # Recordings of one class may share an animal. Those of other classes share how they were recorded.
    counts = classes[near] != classes[:, np.newaxis]
    # Without a label, or with one class in all, there are no other classes: then all neighbours count.
    counts |= unnamed[classes][:, np.newaxis] | (len(set(classes.tolist())) == 1)
    for kind, (numbers, words) in origins.items():
        values = numbers[rows]
        # Bonferroni: each recording is tried for each kind of origin.
        likely = neighbourhoods(classes, near, counts, values) * len(rows) * len(KINDS)
        likely[np.array(words)[values] == ""] = 1.0
        for value in np.unique(values[likely <= _CHANCE]).tolist():
            own = values == value
            core = own & (likely <= _CHANCE)
            inside = core.copy()
            inside[near[core]] = True
            inside &= own
            if inside.sum() >= LEAST_OF_BATCH:
                probability = float(likely[core].min())
                share = CommonOrigin(kind, words[value], int(inside.sum()), int(own.sum()), probability)
                group = _Found(set(rows[inside].tolist()), probability, [share])
                # Neighbours find small shifts, too: what stays among its class is no fault.
                if _apart(group, vectors, every) >= _APART:
                    yield group


def _by_facts(
    classes: NDArray[np.intp], origins: _Values, facts: Mapping[str, NDArray[np.float64]]
) -> Iterator[_Found]:
    """Find recordings with facts far from their classes: of one origin, or more than by chance."""
    # Bonferroni: both sides of each fact are tried, for each value of each origin, and for all together.
    sizes = [np.bincount(numbers) for numbers, _ in origins.values()]
    of_origins = 2 * len(FACTS) * sum(int((each >= LEAST_OF_BATCH).sum()) for each in sizes)
    of_all = 2 * sum(fact.alone for fact in FACTS.values())
    for name, values in facts.items():
        fact = FACTS[name]
        explained: set[int] = set()
        for kind, (numbers, words) in origins.items():
            if kind == fact.said_by:
                continue
            batches = np.where(np.array(words)[numbers] == "", -1, numbers)
            for effect in batch_effects(values, classes, batches, fact.scale):
                probability = min(1.0, effect.probability * of_origins)
                if probability <= _CHANCE:
                    rows = set(effect.rows.tolist())
                    explained |= rows
                    value = words[effect.batch]
                    everywhere = int((numbers == effect.batch).sum())
                    share = CommonOrigin(kind, value, len(rows), everywhere, probability)
                    yield _Found(rows, probability, [share], [_difference(name, effect.difference)])
        if not fact.alone:
            continue
        off = differences(values, classes)
        for far in strays(off, fact.scale):
            rest = [row for row in far.tolist() if row not in explained]
            probability = min(1.0, chance_of_strays(len(rest), off) * of_all)
            if len(rest) >= LEAST_OF_BATCH and probability <= _CHANCE:
                yield _Found(set(rest), probability, [], [_difference(name, float(np.median(off[rest])))])


def _merged(found: Sequence[_Found]) -> list[_Found]:
    """Join groups that are mostly the same recordings: a recorder and its sample rate, say."""
    order = list(KINDS)
    made: list[_Found] = []

    def rank(one: _Found) -> tuple[float, int]:
        return one.probability, order.index(one.shares[0].kind) if one.shares else len(order)

    for each in sorted(found, key=rank):
        for earlier in made:
            if len(earlier.rows & each.rows) >= _SAME * len(earlier.rows | each.rows):
                had = {(share.kind, share.value) for share in earlier.shares}
                earlier.shares += [share for share in each.shares if (share.kind, share.value) not in had]
                known = {one.fact for one in earlier.differences}
                earlier.differences += [one for one in each.differences if one.fact not in known]
                break
            if _explains(earlier, each):
                break
        else:
            made.append(each)
    return made


def _explains(larger: _Found, each: _Found) -> bool:
    """Whether a group is a part of a larger one that differs as much: a recorder of a soft archive, say."""
    of_larger = {one.fact: one.difference for one in larger.differences}
    return (
        len(larger.rows & each.rows) >= _PART * len(each.rows)
        and bool(each.differences)
        and all(
            of_larger.get(one.fact, 0.0) * one.difference > 0
            and abs(one.difference) <= _MORE * abs(of_larger[one.fact])
            for one in each.differences
        )
    )


def _apart(group: _Found, vectors: NDArray[np.float32], classes: NDArray[np.intp]) -> float:
    """Say how the median member stands to its class by its vector; 0 where the class is too small."""
    members = np.array(sorted(group.rows))
    apart = np.zeros(len(vectors), bool)
    apart[members] = True
    stands = standing(vectors, classes, apart)[members]
    return 0.0 if np.isnan(stands).all() else float(np.nanmedian(stands))


def _told(
    found: Sequence[_Found], vectors: NDArray[np.float32], classes: NDArray[np.intp], names: Sequence[str]
) -> tuple[list[FaultGroup], dict[int, str]]:
    """Name groups and put them into words."""
    made: list[FaultGroup] = []
    of_row: dict[int, str] = {}
    for each in found:
        members = sorted(each.rows)
        name = f"fault group {len(made) + 1}"
        for row in members:
            # A recording of several groups has the name of the one that is least likely by chance.
            of_row.setdefault(row, name)
        number = len(set(classes[members].tolist()))
        asked = FACTS[each.differences[0].fact] if each.differences else KINDS[each.shares[0].kind]
        made.append(
            FaultGroup(
                name,
                len(members),
                each.probability,
                each.shares,
                [names[row] for row in members],
                number,
                round(_apart(each, vectors, classes), 4),
                _sentence(each, number),
                asked.next_step,
                each.differences,
            )
        )
    return made, of_row


def _difference(fact: str, difference: float) -> MeasuredDifference:
    return MeasuredDifference(fact, round(difference, 4), FACTS[fact].words(difference))


def _sentence(found: _Found, classes: int) -> str:
    their = f"their {classes:,} classes" if classes > 1 else "their class"
    which, question = "without a common origin", ""
    if found.shares:
        kind = KINDS[found.shares[0].kind]
        which, question = kind.words.format(found.shares[0].value), kind.question
    how = ""
    if found.differences:
        how = f" ({', '.join(each.words for each in found.differences)})"
        question = FACTS[found.differences[0].fact].question
    return f"{count(len(found.rows), 'recording')} {which} differ from {their}{how}: {question}"
