"""The points of a map: one for each window of sound, where it lies, and which colour it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import verdicts
from curate.catalogue.store import Store
from curate.catalogue.views import map_facets
from curate.decisions.review_priority import doubt
from curate.errors import UsageError
from curate.lookup import suggestion
from curate.model import Verdict

#: Places are whole numbers from 0 to this, in both directions alike.
EDGE = 65535

#: What has no word for a facet.
NOTHING = "none"

#: Names of the colours of verdicts and of doubt, in the order of their numbers.
_VERDICTS = (NOTHING, "kept", "cut", "renamed", "dropped")
_DOUBTS = (NOTHING, "little", "some", "much")

#: From which doubt on it is some, and much.
_SOME, _MUCH = 0.34, 0.67


@dataclass(frozen=True, slots=True)
class MapPoints:
    """Windows on a plane.

    Parameters
    ----------
    recording, onset, offset : shape=(n,)
        Number of the recording, and where in it the window lies, in seconds.
    place : shape=(n, 2), 0 to 65535
        To the right, and upwards.
    """

    recording: NDArray[np.int64]
    onset: NDArray[np.float64]
    offset: NDArray[np.float64]
    place: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.recording)

    @property
    def identity(self) -> str:
        """Tells one set of points from another: a selection is by their order."""
        parts = (self.recording, self.onset, self.place)
        return sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16]


def placed(xy: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Scale places to 0 to 65535, both directions alike, in the middle of the square."""
    if not len(xy):
        return np.zeros((0, 2), np.uint16)
    low, high = xy.min(axis=0), xy.max(axis=0)
    width = max(1e-9, float((high - low).max()))
    scaled = 0.5 + (xy - (low + high) / 2) / width
    whole: NDArray[np.uint16] = np.clip(np.rint(scaled * EDGE), 0, EDGE).astype(np.uint16)
    return whole


@dataclass(frozen=True, slots=True)
class Colouring:
    """Which colour each point has.

    Parameters
    ----------
    names
        Of the colours, in the order of their numbers.
    counts
        Points of each.
    colour : shape=(n,)
        Number of its colour.
    in_order
        Whether the colours go from less to more.
    """

    names: list[str]
    counts: list[int]
    colour: NDArray[np.uint16]
    in_order: bool = False


def colouring(store: Store, points: MapPoints, name: str) -> Colouring:
    """Colour points by a facet.

    Parameters
    ----------
    name
        A key of `map_facets.FACETS`, ``verdict`` or ``doubt``.

    Raises
    ------
    UsageError
        If there is no such facet.
    """
    if name in map_facets.FACETS:
        return _by_words(points, map_facets.facet(store, name))
    if name == "verdict":
        return _counted(_VERDICTS, _verdict_colours(store, points), in_order=False)
    if name == "doubt":
        return _counted(_DOUBTS, _doubt_colours(store, points), in_order=True)
    raise UsageError(f"unknown colours of a map: '{name}'", hint=suggestion(name, COLOURS))


#: What a map can be coloured by, in the order of its list.
COLOURS: Sequence[str] = ("class", "archive", "fold", "recorder", "verdict", "doubt")


def _by_words(points: MapPoints, words: Mapping[int, str]) -> Colouring:
    """Colour by a word of the recording; the most frequent one comes first, and none last."""
    numbers, inverse, many = np.unique(points.recording, return_inverse=True, return_counts=True)
    named = [words.get(number, "") for number in numbers.tolist()]
    total: Counter[str] = Counter()
    for word, count in zip(named, many.tolist(), strict=True):
        total[word] += count
    order = sorted(total, key=lambda word: (not word, -total[word], word))
    place = {word: min(at, EDGE) for at, word in enumerate(order)}
    colour = np.array([place[word] for word in named], np.uint16)
    return Colouring([word or NOTHING for word in order], [total[word] for word in order], colour[inverse])


def _counted(names: Sequence[str], colour: NDArray[np.uint16], *, in_order: bool) -> Colouring:
    return Colouring(list(names), np.bincount(colour, minlength=len(names)).tolist(), colour, in_order)


def _verdict_colours(store: Store, points: MapPoints) -> NDArray[np.uint16]:
    colour = np.zeros(len(points), np.uint16)
    rows = _Rows(points)
    for number, said in verdicts.by_recording(store):
        own = rows.of(number)
        for verdict in said:
            word = _WORDS.get(verdict.judgement)
            if word is not None:
                colour[own[_meant(points, own, verdict)]] = _VERDICTS.index(word)
    return colour


#: What a judgement makes of a point; the later verdict counts, as in the ledger.
_WORDS = {"keep": "kept", "cut": "cut", "relabel": "renamed", "also": "renamed", "drop": "dropped"}


def _meant(points: MapPoints, own: NDArray[np.intp], verdict: Verdict) -> NDArray[np.bool_]:
    """Say which windows of a recording a verdict is about: those that it reaches into."""
    if verdict.judgement in {"relabel", "also", "drop"}:
        return np.ones(len(own), np.bool_)
    inside: NDArray[np.bool_] = (points.onset[own] < verdict.offset) & (points.offset[own] > verdict.onset)
    return inside


def _doubt_colours(store: Store, points: MapPoints) -> NDArray[np.uint16]:
    worst = np.zeros(len(points), np.float32)
    rows = _Rows(points)
    for number, onset, offset, score in map_facets.doubts(store):
        own = rows.of(number)
        own = own[(points.onset[own] < offset) & (points.offset[own] > onset)]
        worst[own] = np.maximum(worst[own], doubt(score))
    colour: NDArray[np.uint16] = np.digitize(worst, (1e-6, _SOME, _MUCH)).astype(np.uint16)
    return colour


class _Rows:
    """Finds the points of a recording."""

    def __init__(self, points: MapPoints) -> None:
        self._order = np.argsort(points.recording, kind="stable")
        self._sorted = points.recording[self._order]

    def of(self, recording: int) -> NDArray[np.intp]:
        low, high = np.searchsorted(self._sorted, (recording, recording + 1))
        found: NDArray[np.intp] = self._order[low:high]
        return found
