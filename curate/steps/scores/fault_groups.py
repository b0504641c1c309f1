"""Groups of faults: recordings of one origin that differ from their classes in the same way.

What is wrong with a recorder moves its recordings of all classes in one direction. So each recording is taken
relative to its class, and compared with its neighbours of other classes. Do more of them come from the same
recorder, recordist or archive than chance and their classes explain?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.catalogue.recorders import RecordingOrigin
from curate.formatting import count
from curate.scores.beyond_chance import neighbourhoods
from curate.scores.likeness_groups import nearest
from curate.scores.standing import directions, numbered, standing
from curate.steps.scores.cluster_summary import CommonOrigin, FaultGroup

#: What is far beyond chance, corrected for all tries.
_CHANCE = 1e-3

#: Fewer recordings are no group.
_LEAST = 5

#: Groups that share more than this of their recordings are one.
_SAME = 0.5

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
}


def fault_groups(
    vectors: NDArray[np.float32],
    labels: Sequence[str],
    origins: Sequence[RecordingOrigin],
    names: Sequence[str],
    *,
    advance: Callable[[float], None] = lambda _: None,
) -> tuple[list[FaultGroup], dict[int, str]]:
    """Find groups of faults, the least likely by chance first.

    Parameters
    ----------
    vectors : shape=(n, dimension)
    labels, origins, names
        Class, origin and id of each recording.

    Returns
    -------
    The groups, and the name of the group of each row that is in one.
    """
    every, known = numbered(labels)
    moved = directions(vectors, every)
    rows = np.flatnonzero(moved.any(axis=1))
    classes = every[rows]
    near = nearest(moved[rows], advance=advance).places
    # Recordings of one class may share an animal. Those of other classes share how they were recorded.
    counts = classes[near] != classes[:, np.newaxis]
    # Without a label, or with one class in all, there are no other classes: then all neighbours count.
    counts |= (np.array(known)[classes] == "")[:, np.newaxis] | (len(set(classes.tolist())) == 1)
    found: list[_Found] = []
    for kind, each in KINDS.items():
        values, words = numbered([each.of(origins[row]) for row in rows.tolist()])
        # Bonferroni: each recording is tried for each kind of origin.
        likely = neighbourhoods(classes, near, counts, values) * len(rows) * len(KINDS)
        likely[np.array(words)[values] == ""] = 1.0
        for value in np.unique(values[likely <= _CHANCE]).tolist():
            own = values == value
            core = own & (likely <= _CHANCE)
            inside = core.copy()
            inside[near[core]] = True
            inside &= own
            if inside.sum() >= _LEAST:
                share = CommonOrigin(
                    kind, words[value], int(inside.sum()), int(own.sum()), float(likely[core].min())
                )
                found.append(_Found(set(rows[inside].tolist()), [share]))
    return _told(_merged(found), vectors, every, names)


@dataclass(slots=True)
class _Found:
    """Rows of a group, and what they share."""

    rows: set[int]
    shares: list[CommonOrigin]


def _merged(found: Sequence[_Found]) -> list[_Found]:
    """Join groups that are mostly the same recordings: a recorder and its sample rate, say."""
    order = list(KINDS)
    made: list[_Found] = []
    for each in sorted(found, key=lambda one: (one.shares[0].probability, order.index(one.shares[0].kind))):
        for earlier in made:
            if len(earlier.rows & each.rows) >= _SAME * len(earlier.rows | each.rows):
                earlier.shares += each.shares
                break
        else:
            made.append(each)
    return made


def _told(
    found: Sequence[_Found], vectors: NDArray[np.float32], classes: NDArray[np.intp], names: Sequence[str]
) -> tuple[list[FaultGroup], dict[int, str]]:
    """Put groups into words; one that does not stand apart from its classes is none."""
    made: list[FaultGroup] = []
    of_row: dict[int, str] = {}
    for each in found:
        members = np.array(sorted(each.rows))
        apart = np.zeros(len(vectors), bool)
        apart[members] = True
        stands = standing(vectors, classes, apart)[members]
        middle = float(np.median(stands[~np.isnan(stands)])) if not np.isnan(stands).all() else 0.0
        if middle < _APART:
            continue
        name = f"fault group {len(made) + 1}"
        for row in members.tolist():
            # A recording of several groups has the name of the one that is least likely by chance.
            of_row.setdefault(row, name)
        number = len(set(classes[members].tolist()))
        made.append(
            FaultGroup(
                name,
                len(members),
                each.shares,
                [names[row] for row in members],
                number,
                round(middle, 4),
                _sentence(each.shares[0], number),
                KINDS[each.shares[0].kind].next_step,
            )
        )
    return made, of_row


def _sentence(share: CommonOrigin, classes: int) -> str:
    kind = KINDS[share.kind]
    their = f"their {classes:,} classes" if classes > 1 else "their class"
    which = kind.words.format(share.value)
    return f"{count(share.members, 'recording')} {which} differ from {their}: {kind.question}"
