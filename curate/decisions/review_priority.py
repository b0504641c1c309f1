"""Which stretch a person should hear first: the one whose verdict is worth most.

Pure. A verdict is worth the doubt it ends, times the seconds it is about, times the rarity of
their class. Candidates that lie close together are one question, asked once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import NamedTuple

from curate.intervals import total

#: Candidates less than this apart (seconds) are heard as one: a narrator draws breath.
NEAR = 1.0

#: Doubt that is always left, so that of two sure things the longer one comes first.
LEAST_DOUBT = 0.02


class Candidate(NamedTuple):
    """A stretch of a recording that somebody should look at: plain, for there may be millions.

    Parameters
    ----------
    onset, offset : seconds in the raw recording
    score : 0 to 1, None where unknown
    layer
        What found it; empty where nobody did.
    why
        The reason for asking; the score is added to it.
    worth
        What a verdict is worth, where that is known; None is doubt times seconds times rarity.
    """

    recording: int
    onset: float
    offset: float
    score: float | None
    layer: str
    why: str
    worth: float | None = None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One question to a reviewer.

    Parameters
    ----------
    recording
        Its number in the catalogue.
    onset, offset : seconds in the raw recording
    layer
        What found it; empty where nobody did.
    why
        The reason for asking, in words.
    score : 0 to 1
        The most doubtful one of what was found, None where there is none.
    worth
        What a verdict is worth; the queue is ordered by it.
    """

    recording: int
    onset: float
    offset: float
    layer: str
    why: str
    score: float | None = None
    worth: float = 0.0

    @property
    def key(self) -> str:
        """Name of the question: the same after a restart, as long as the stretch is."""
        return f"{self.recording}-{round(self.onset * 1000)}-{round(self.offset * 1000)}"


def doubt(score: float | None) -> float:
    """Say how unsure a score between 0 and 1 is. A missing score is full doubt.

    Examples
    --------
    >>> doubt(0.5), doubt(None), doubt(1.0)
    (1.0, 1.0, 0.02)
    """
    return 1.0 if score is None else max(LEAST_DOUBT, 1.0 - abs(2.0 * score - 1.0))


def worth(score: float | None, seconds: float, alike: int) -> float:
    """Say what hearing a stretch is worth: doubt times seconds times rarity.

    Parameters
    ----------
    alike
        Recordings of the same class.

    Examples
    --------
    >>> worth(0.5, 6.0, 3), worth(1.0, 6.0, 3)
    (2.0, 0.04)
    """
    return doubt(score) * seconds / max(1, alike)


def order(candidates: Iterable[Candidate], labels: Mapping[int, str], *, limit: int) -> list[ReviewItem]:
    """Make a queue of candidates, the most worth first.

    Parameters
    ----------
    candidates
        Grouped by recording, in order of time within it.
    labels
        Class of every recording: rare ones count more.
    limit
        This many items at most.
    """
    common = Counter(labels.values())
    ranked = (
        (
            -_worth(near, common[labels.get(near[0].recording, "")]),
            near[0].recording,
            near[0].onset,
            near,
        )
        for near in _questions(candidates)
    )
    return [_item(near, -worth) for worth, _, _, near in nsmallest(limit, ranked)]


def _questions(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    near: list[Candidate] = []
    end = 0.0
    for candidate in candidates:
        if near and (candidate.recording != near[0].recording or candidate.onset - end >= NEAR):
            yield near
            near = []
        end = max(end, candidate.offset) if near else candidate.offset
        near.append(candidate)
    if near:
        yield near


def _worth(near: list[Candidate], alike: int) -> float:
    """Say what a verdict is worth: what is known of that, else `worth`."""
    known = [each.worth for each in near if each.worth is not None]
    if known:
        return max(known)
    if len(near) == 1:
        seconds, unsure = near[0].offset - near[0].onset, doubt(near[0].score)
    else:
        seconds = total((each.onset, each.offset) for each in near)
        unsure = max(doubt(each.score) for each in near)
    return unsure * seconds / max(1, alike)


def _item(near: list[Candidate], worth: float) -> ReviewItem:
    unsure = max(near, key=lambda each: doubt(each.score))
    why = unsure.why if unsure.score is None else f"{unsure.why} {unsure.score:.2f}"
    offset = max(each.offset for each in near)
    return ReviewItem(unsure.recording, near[0].onset, offset, unsure.layer, why, unsure.score, worth)
