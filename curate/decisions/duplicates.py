"""What to do about recordings that hold the same sound: which one stays, and why the others go.

Two recordings that are the same from end to end are one too many: the best stays. Recordings
that only share a part, such as two pieces of one tape, all stay, but belong together for
`curate split`. Nothing goes but for a recording that stays and holds the same sound itself: of
a chain of windows, each nearly the next, the first and the last are not the same. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from curate.errors import UsageError
from curate.intervals import Interval, clip, length
from curate.intervals import overlaps as shared_by
from curate.license_words import freedom
from curate.model import is_lossless

Kind = Literal["bytes", "id", "metadata", "person", "samples", "sound"]
LabelChoice = Literal["merge", "review"]
LABEL_CHOICES: tuple[LabelChoice, ...] = ("merge", "review")

#: Numbers in names, which are compared as numbers up to so many digits.
_NUMBER, _DIGITS = re.compile("[0-9]+"), 32

#: Rating of a recording that has none: the middle of the scale.
_UNRATED = 2.5

#: Recordings that stay of one sound, up to which each is compared with the next copy.
_FEW = 50


@dataclass(frozen=True, slots=True)
class Copy:
    """What choosing between copies needs to know of one recording.

    Parameters
    ----------
    number
        Number in the catalogue.
    name
        Its id, for people.
    bytes
        Size of the file; with `duration` it gives the bit rate.
    known
        How much is known of its origin: date, place and site count one each.
    verdicts, annotations
        What people said of its sound and its class, and what they marked in it.
    kept : seconds
        What other steps keep of it: disjoint. None for all, and nothing in one that goes in any case. Yet two
        recordings may be known to be the same by such a third one alone.
    """

    number: int
    name: str = ""
    label: str = ""
    secondary: tuple[str, ...] = ()
    duration: float = 0.0
    sr: int = 0
    codec: str = ""
    bytes: int = 0
    license: str = ""
    rating: float | None = None
    known: int = 0
    verdicts: int = 0
    annotations: int = 0
    kept: tuple[Interval, ...] | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """A stretch that two recordings have in common, in seconds of each, or evidence that they are the same.

    Parameters
    ----------
    kind
        ``bytes`` and ``samples`` are the same from end to end, and so says a ``person``; ``sound`` was
        heard, ``metadata`` only says that recordist, date, time and place are equal, and ``id`` that the
        archive's id is.
    score
        How sure: see `curate.matching.align`. None where it is certain.
    """

    one: int
    other: int
    kind: Kind
    onset: float
    offset: float
    other_onset: float
    other_offset: float
    score: float | None = None


@dataclass(slots=True)
class Resolution:
    """What becomes of the recordings.

    Parameters
    ----------
    dropped
        Of each recording that goes, the number of the one that stays for it.
    clusters
        Of each recording that belongs with others, the smallest number among them.
    labels
        Of recordings that stay, classes that only their copies had.
    review
        Of recordings with copies of another class, what those are called: nothing is dropped there.
    """

    dropped: dict[int, int] = field(default_factory=dict)
    clusters: dict[int, int] = field(default_factory=dict)
    labels: dict[int, tuple[str, ...]] = field(default_factory=dict)
    review: dict[int, tuple[str, ...]] = field(default_factory=dict)


def resolve(
    copies: Mapping[int, Copy],
    overlaps: Iterable[Overlap],
    *,
    same: float = 0.8,
    labels: LabelChoice = "merge",
    gone: Collection[int] = (),
    apart: Collection[tuple[int, int]] = (),
) -> Resolution:
    """Decide which recordings stay.

    Parameters
    ----------
    copies
        All recordings by their number; those that an overlap names must be there.
    same : 0 to 1
        Two recordings are the same if at least this share of the longer one is in common, or of what is kept
        of it; else they are parts of one tape.
    labels
        What to do with the same sound under two classes: ``merge`` keeps one recording with both,
        ``review`` keeps all for a person to decide.
    gone
        Recordings that go in any case: none of them stays for another one.
    apart
        Pairs, the smaller number first, that are not the same whatever speaks for it: neither goes for
        the other.

    Raises
    ------
    UsageError
        If an option is out of range.
    """
    check_choices(same, labels)
    common: dict[tuple[int, int], float] = defaultdict(float)
    kept: dict[tuple[int, int], float] = defaultdict(float)
    certain: dict[tuple[int, int], float] = {}
    together: list[tuple[int, int]] = []
    for overlap in _with_those_beside(list(overlaps), copies, apart):
        pair = _pair(overlap)
        if pair in apart:
            continue
        together.append(pair)
        if overlap.kind in {"bytes", "person", "samples"}:
            certain[pair] = max(copies[number].duration for number in pair)
        elif overlap.kind == "sound":
            common[pair] += overlap.offset - overlap.onset
            if any(copies[number].kept is not None for number in pair):
                kept[pair] += _kept_of_both(copies, overlap)
    alike = _Alike(copies, {**common, **certain}, kept, same, frozenset(apart))
    pairs = sorted(pair for pair in common.keys() | certain if pair in certain or alike(*pair))
    resolution = Resolution(clusters=_joined(together))
    for members in _members(_joined(pairs)).values():
        there = [copies[number] for number in members if number not in gone and copies[number].kept != ()]
        _decide(there, alike, resolution, labels)
    return resolution


def _with_those_beside(
    overlaps: Sequence[Overlap], copies: Mapping[int, Copy], apart: Collection[tuple[int, int]]
) -> Iterator[Overlap]:
    """Give the evidence, and what is told of one of equal recordings again for the others, where it matters.

    It does where a person keeps equal ones apart, or other steps keep unequal parts.
    """
    equal = [found for found in overlaps if found.kind in {"bytes", "samples"}]
    sets = _members(_joined((found.one, found.other) for found in equal))
    set_of = {number: members for members in sets.values() for number in members}
    instead: dict[int, set[int]] = defaultdict(set)
    for found in equal:
        if _pair(found) in apart:
            instead[found.one].add(found.other)
            instead[found.other].add(found.one)
    for found in overlaps:
        yield found
        ones, others = (set_of.get(number, [number]) for number in (found.one, found.other))
        if found.kind != "sound" or _pair(found) in apart:
            ones, others = [*instead[found.one] - {found.other}], [*instead[found.other] - {found.one}]
            yield from (replace(found, one=one) for one in ones)
            yield from (replace(found, other=other) for other in others)
        elif any(copies[number].kept is not None or instead[number] for number in (*ones, *others)):
            pairs = ((one, other) for one in ones for other in others)
            yield from (
                replace(found, one=one, other=other)
                for one, other in pairs
                if (one, other) != (found.one, found.other)
            )


def _stretches(copy: Copy) -> Sequence[Interval]:
    return [(0.0, copy.duration)] if copy.kept is None else copy.kept


def _kept(copy: Copy) -> float:
    return length(_stretches(copy))


def _kept_of_both(copies: Mapping[int, Copy], found: Overlap) -> float:
    """Give the seconds of a stretch in common that are kept in both recordings."""
    later = found.onset - found.other_onset
    one = clip(_stretches(copies[found.one]), found.onset, found.offset)
    other = [(onset + later, offset + later) for onset, offset in _stretches(copies[found.other])]
    return sum(length(spans) for spans in shared_by(one, other))


def _pair(found: Overlap) -> tuple[int, int]:
    return min(found.one, found.other), max(found.one, found.other)


class _Alike:
    """Whether two recordings are the same, by the seconds that pairs of them have in common."""

    def __init__(
        self,
        copies: Mapping[int, Copy],
        common: Mapping[tuple[int, int], float],
        kept: Mapping[tuple[int, int], float],
        same: float,
        apart: Collection[tuple[int, int]],
    ) -> None:
        self._copies = copies
        self._kept = kept
        self._same = same
        self._apart = apart
        self._common: dict[int, dict[int, float]] = defaultdict(dict)
        for (one, other), seconds in common.items():
            self._common[one][other] = self._common[other][one] = seconds

    def __call__(self, one: int, other: int) -> bool:
        pair = min(one, other), max(one, other)
        if pair in self._apart:
            return False
        if self._kept.get(pair, 0.0) >= self._same * max(_kept(self._copies[number]) for number in pair) > 0:
            return True
        longer = max(self._copies[number].duration for number in (one, other))
        few, many = sorted((self._common[one], self._common[other]), key=len)
        # What each shares with a third one they share, too, as far as the third has no room for both beside
        # each other: not every pair is told, and faint ones are missed.
        through = (few[third] + many[third] - self._copies[third].duration for third in few if third in many)
        return max(self._common[one].get(other, 0.0), *through, 0.0) >= self._same * longer

    def first(self, number: int, stay: Collection[int]) -> int:
        """Find the first of those that stay that a recording is the same as; itself if there is none."""
        if len(stay) > _FEW:  # of a long tape: only the neighbours can be meant
            near = self._common[number]
            reach = {*near, *(far for third in near for far in self._common[third])}
            stay = [each for each in stay if each in reach]
        return next((each for each in stay if self(number, each)), number)


def check_choices(same: float, labels: str) -> None:
    """Make sure that `resolve` can use these settings.

    Raises
    ------
    UsageError
        As `resolve`.
    """
    if not 0 < same <= 1:
        raise UsageError(f"--min-overlap is {same}", hint="give a share between 0 and 1, such as 0.8")
    if labels not in LABEL_CHOICES:
        raise UsageError(
            f"unknown choice '{labels}' for labels", hint=f"there are: {', '.join(LABEL_CHOICES)}"
        )


def _decide(members: Sequence[Copy], alike: _Alike, resolution: Resolution, labels: LabelChoice) -> None:
    if len(members) < 2:  # noqa: PLR2004
        return
    classes = {copy.label for copy in members if copy.label}
    if len(classes) > 1 and labels == "review":
        for copy in members:
            resolution.review[copy.number] = tuple(sorted(classes - {copy.label}))
        return
    stay: dict[int, list[Copy]] = {}
    for copy in sorted(members, key=rank):
        best = alike.first(copy.number, stay)
        stay.setdefault(best, []).append(copy)
        if best != copy.number:
            resolution.dropped[copy.number] = best
    for number, same in stay.items():
        known = {same[0].label, *same[0].secondary}
        more = {label for copy in same[1:] for label in (copy.label, *copy.secondary) if label} - known
        if more:
            resolution.labels[number] = tuple(sorted(more))


def rank(copy: Copy) -> tuple[object, ...]:
    """Order copies of one sound, the best first.

    A licence that allows more, a class over none, a higher rate, nothing lost in coding or a
    higher bit rate, more of the sound, more that people said of it, more that is known of its origin,
    a better rating, and at last the id that sorts first: which one stays hangs on no order of import.
    """
    lossless = is_lossless(copy.codec.lower())
    return (
        freedom(copy.license),
        not copy.label,
        -copy.sr,
        not lossless,
        0 if lossless or not copy.duration else -copy.bytes / copy.duration,
        -copy.duration,
        -(copy.verdicts + copy.annotations),
        -copy.known,
        -(copy.rating or _UNRATED),
        _by_numbers(copy.name),
        copy.name,
        copy.number,
    )


def _by_numbers(name: str) -> str:
    """Order names by the numbers in them, so that the second piece of a tape stands before the tenth."""
    return _NUMBER.sub(lambda found: found[0].zfill(_DIGITS), name)


def _joined(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Smallest number of its cluster, of each number in a pair."""
    parents: dict[int, int] = {}

    def root(number: int) -> int:
        parents.setdefault(number, number)
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parents[high] = low
    return {number: root(number) for number in sorted(parents)}


def _members(clusters: Mapping[int, int]) -> dict[int, list[int]]:
    members: dict[int, list[int]] = defaultdict(list)
    for number, first in clusters.items():
        members[first].append(number)
    return members
