"""What the layers of quality know, in blocks of recordings, ready to be decided about by columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from curate.catalogue import cuts, damage, layers
from curate.catalogue.store import Store
from curate.decisions.quality import LAYERS, Trim
from curate.detectors.detect_file import default_settings
from curate.steps.common import interval_columns as columns
from curate.steps.common.cutting.trim_columns import MarkedSpans, TrimBlock
from curate.steps.common.detect import detector_class
from curate.steps.common.interval_columns import Flags, Floats, Ints, Spans

#: Layers whose findings are left to the function on one recording.
_RARE = "dropout"


@dataclass(frozen=True, slots=True)
class HeardLayers:
    """The numbers of the layers, by name, with the digest of their usual look."""

    numbers: dict[str, int]
    digests: dict[int, str]
    holes: int | None

    @classmethod
    def of(cls, store: Store) -> HeardLayers | None:
        """Look the layers up. None unless there are all."""
        numbers, digests = {}, {}
        for name in LAYERS:
            kind = detector_class(name)
            number = layers.find_number(store, kind.name)
            if number is None:
                return None
            numbers[name] = number
            digests[number] = layers.digest(kind.version, default_settings(name))
        return cls(numbers, digests, layers.find_number(store, damage.LAYER))


@dataclass(frozen=True, slots=True)
class UsualBlock:
    """Recordings that columns decide about.

    Parameters
    ----------
    is_usual
        Which of all recordings of the block they are.
    places
        Of those in which anything was found: the place of each row of `block` among all recordings.
    """

    is_usual: Flags
    places: Ints
    block: TrimBlock

    @classmethod
    def read(
        cls,
        store: Store,
        numbers: Ints,
        ends: Sequence[tuple[int, int]],
        heard: HeardLayers,
        trim: Trim,
        *,
        others: Sequence[str],
    ) -> UsualBlock:
        """Read what is known of recordings whose numbers rise.

        Parameters
        ----------
        ends
            First and last numbers of the ranges that hold these recordings and no other.
        others
            Steps whose cuts take nothing.
        """
        rare = [each for each in (heard.numbers[_RARE], heard.holes) if each is not None]
        usual = [
            each
            for first, last in ends
            for each in layers.usual(store, heard=heard.digests, rare=rare, first=first, last=last)
        ]
        duration = np.zeros(len(numbers))
        is_usual = np.zeros(len(numbers), dtype=bool)
        of, seconds = _columns(usual, 2)
        at = _places(numbers, of)
        is_usual[at], duration[at] = True, seconds
        telling = {heard.numbers[name]: name for name in ("silence", "clipping", "buzz", "hum")}
        found = _Segments.read(store, list(telling), numbers, ends, shares=heard.numbers["clipping"])
        is_usual[found.odd_places()] = False
        taken = [cut for each in ends for cut in cuts.sound_between(store, *each, but=others)]
        row, onset, offset, drops = _columns(taken, 4)
        is_dropped = np.zeros(len(numbers), dtype=bool)
        is_dropped[_places(numbers, row)[np.array(drops, dtype=bool)]] = True
        has_some = np.zeros(len(numbers), dtype=bool)
        has_some[found.place] = True
        has_some &= is_usual & ~is_dropped  # what goes already is not trimmed
        activity = layers.spans_among(store, heard.numbers["activity"], numbers[has_some].tolist())
        active = _spans(numbers, *_columns(activity, 3))
        odd = active.row[_is_odd(active.row, active.onset, active.offset)]
        is_usual[odd] = has_some[odd] = False
        places = np.flatnonzero(has_some)
        row_of = np.cumsum(has_some) - 1

        def inside(spans: Spans) -> Spans:
            some = spans.where(has_some[spans.row])
            return some._replace(row=row_of[some.row])

        clipped = found.where(
            (found.layer == heard.numbers["clipping"]) & (found.share >= trim.clipping_share)
        )
        clipped = clipped.where(has_some[clipped.place])
        noise = {
            (label, name): inside(found.where((found.layer == number) & (found.label == label)).spans)
            for number, name in telling.items()
            if name in ("buzz", "hum")
            for label in np.unique(found.label[found.layer == number]).tolist()
        }
        block = TrimBlock(
            duration[places],
            inside(found.where(found.layer == heard.numbers["silence"]).spans),
            inside(active),
            MarkedSpans(inside(clipped.spans), clipped.score),
            noise,
            columns.union(columns.together(inside(_spans(numbers, row, onset, offset)))),
        )
        return cls(is_usual, places, block)


@dataclass(frozen=True, slots=True)
class _Segments:
    """Segments of several layers in a block: by recording, then by layer."""

    place: Ints
    layer: Ints
    onset: Floats
    offset: Floats
    label: Any
    score: Floats
    share: Floats

    @classmethod
    def read(
        cls,
        store: Store,
        wanted: Sequence[int],
        numbers: Ints,
        ends: Sequence[tuple[int, int]],
        *,
        shares: int,
    ) -> _Segments:
        cells = [
            segment for each in ends for segment in layers.marked_between(store, wanted, *each, shares=shares)
        ]
        of, layer, onset, offset, label, score, share = _columns(cells, 7)
        # What was not measured is no share at all, as `trim_cuts` takes it.
        return cls(
            _places(numbers, of),
            np.array(layer, dtype=np.int64),
            np.array(onset, dtype=float),
            np.array(offset, dtype=float),
            np.array(label, dtype=np.str_),
            np.array(score, dtype=float),
            np.nan_to_num(np.array(share, dtype=float)),
        )

    @property
    def spans(self) -> Spans:
        return Spans(self.place, self.onset, self.offset)

    def where(self, chosen: Flags) -> _Segments:
        return _Segments(
            self.place[chosen],
            self.layer[chosen],
            self.onset[chosen],
            self.offset[chosen],
            self.label[chosen],
            self.score[chosen],
            self.share[chosen],
        )

    def odd_places(self) -> Ints:
        """Give the places of recordings whose segments of one layer are not disjoint and in order."""
        most = int(self.layer.max(initial=0)) + 1
        return self.place[_is_odd(self.place * most + self.layer, self.onset, self.offset)]


def _is_odd(row: Ints, onset: Floats, offset: Floats) -> Flags:
    """Tell which segments have no length, or begin before the last one of their row ends."""
    odd = offset <= onset
    odd[1:] |= (row[1:] == row[:-1]) & (onset[1:] < offset[:-1])
    return odd


def _columns(cells: Sequence[tuple[Any, ...]], count: int) -> Sequence[Sequence[Any]]:
    return list(zip(*cells, strict=True)) if cells else [()] * count


def _places(numbers: Ints, of: Sequence[int]) -> Ints:
    return np.searchsorted(numbers, np.array(of, dtype=np.int64)).astype(np.int64)


def _spans(numbers: Ints, of: Sequence[int], onset: Sequence[float], offset: Sequence[float]) -> Spans:
    return Spans(_places(numbers, of), np.array(onset, dtype=float), np.array(offset, dtype=float))
