"""What `curate cluster` tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from curate.formatting import Displayed
from curate.scores.likeness_groups import Trial


@dataclass(slots=True)
class LikenessGroup:
    """Recordings, or windows, that sound alike.

    Parameters
    ----------
    members
        How many there are.
    stability : 0 to 1
        How well it comes together again when a fifth of all is left out.
    labels
        The classes of its members, the most frequent first, with how many are of each.
    example
        The recording that is its firmest member.
    """

    name: str
    members: int
    stability: float
    labels: dict[str, int]
    example: str


@dataclass(slots=True)
class ClassGroups:
    """How the recordings of a class divide. `size` is 0 where they are too few for groups."""

    label: str
    recordings: int
    groups: int
    grouped: int
    size: int
    outliers: int


@dataclass(slots=True)
class Outlier:
    """A recording that is unlike its class.

    Parameters
    ----------
    distance
        Modified z-score of its distance to the nearest of its class.
    mixture : 0 to 1
        Entropy of its neighbours' classes.
    near
        The most frequent class of its neighbours.
    """

    recording_id: str
    path: str
    label: str
    distance: float
    mixture: float
    near: str


@dataclass(slots=True)
class CommonOrigin:
    """A value that a group holds far more often than its classes explain.

    Parameters
    ----------
    kind
        What it is of: ``recorder``, ``sample rate``.
    members, recordings
        Recordings with it in the group, and in the dataset.
    probability
        Of this many or more by chance, corrected for all that was tried.
    """

    kind: str
    value: str
    members: int
    recordings: int
    probability: float


@dataclass(slots=True)
class MeasuredDifference:
    """How a measured number differs from those of the same classes.

    Parameters
    ----------
    fact
        What is measured: ``level``, ``clipping``, ``sample rate``, ``band`` or ``hum``.
    difference
        From the medians of the classes: in dB, as a share of the samples, or in octaves.
    words
        The same for people, such as ``30 dB softer``.
    """

    fact: str
    difference: float
    words: str


@dataclass(slots=True)
class FaultGroup:
    """Recordings that differ from their classes in the same way.

    Parameters
    ----------
    members
        How many there are.
    probability
        Of so many or more by chance, corrected for all that was tried.
    shares
        Where they come from: what they have in common, the least likely first. Empty for a fault that is
        measured without a common origin.
    recordings
        Ids of the members that share any of it.
    classes
        Of how many classes these are.
    standing : 0 to 1
        What share of the others of their class lies closer to its middle than these, for the median one.
    what
        All of it in a sentence.
    next_step
        What to do about it.
    differences
        What is measured of them. Empty where their vectors alone differ.
    """

    name: str
    members: int
    probability: float
    shares: list[CommonOrigin]
    recordings: list[str]
    classes: int
    standing: float
    what: str
    next_step: str
    differences: list[MeasuredDifference] = field(default_factory=list)


@dataclass(slots=True)
class MeasuredOutlier:
    """A recording that is far from its class by what is measured of it, such as its level."""

    recording_id: str
    path: str
    label: str
    differs: str


@dataclass(slots=True)
class NearTwins:
    """Two recordings that sound nearly the same. Neither evidence nor a person has decided yet.

    Parameters
    ----------
    cosine
        Of their vectors, 0.97 or more.
    """

    recording_id: str
    label: str
    other: str
    other_label: str
    cosine: float


@dataclass(slots=True)
class ClusterSummary(Displayed):
    """What was found.

    Parameters
    ----------
    unit
        What the groups are of: ``recordings`` or ``windows``.
    compared
        How many of these were compared.
    missing, silent, broken
        Ids of recordings without vectors of this model, of those without any sound, and of those whose
        vectors are no numbers.
    dropped
        Recordings of which nothing is kept: they are left out.
    size, trials
        The smallest group that was admitted, 0 where there are too few for groups; and all that were tried.
    groups, grouped
        Over all classes, the largest first; and how many recordings or windows are in one.
    small_classes
        Classes of too few recordings to say what is usual in them. `in_small_classes` are in these.
    outliers
        The most unlike first. `outlying` is how many there are.
    far_off, measured_outliers
        How many recordings are far from their class by what is measured of them, and those that differ most.
    unmeasured
        How many recordings each detector has yet to look at, before their levels can be compared.
    near_twins, twins
        How many pairs sound nearly the same, and the nearest of them.
    path
        The table that was written.
    """

    model: str
    unit: str
    compared: int = 0
    missing: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    dropped: int = 0
    size: int = 0
    trials: list[Trial] = field(default_factory=list)
    groups: list[LikenessGroup] = field(default_factory=list)
    grouped: int = 0
    classes: list[ClassGroups] = field(default_factory=list)
    small_classes: int = 0
    in_small_classes: int = 0
    outliers: list[Outlier] = field(default_factory=list)
    outlying: int = 0
    faults: list[FaultGroup] = field(default_factory=list)
    far_off: int = 0
    measured_outliers: list[MeasuredOutlier] = field(default_factory=list)
    unmeasured: dict[str, int] = field(default_factory=dict)
    near_twins: int = 0
    twins: list[NearTwins] = field(default_factory=list)
    path: str = ""
    elapsed_s: float = 0.0
