"""What the layer of voices knows, in blocks of recordings, ready to be decided about by columns.

A block is narrow ranges of recordings, as `catalogue.ranges` has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from operator import add
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from curate.catalogue import layers, listings, ranges
from curate.catalogue.store import Store
from curate.decisions.voices import announced
from curate.steps.common.cutting.voice_columns import Block, CutColumns, ScoredSpans, VoiceColumns
from curate.steps.common.detect import detector_class, is_outdated
from curate.steps.common.interval_columns import Flags, Ints, Spans


class CountedVoices(NamedTuple):
    """What there is to count of recordings of an archive, once they are decided about. Times in seconds.

    Parameters
    ----------
    failed, looked_at
        As `LayerState` has them.
    waiting
        Of the rest, those whose latest look was with other settings, or that wait for one.
    with_speech, speech
        How many hold a voice, and how long those are.
    removed, muted, in_review
        As `decisions.retention.of_voices` tells them apart.
    to_review, flagged, dropped
        How many have something to review, have voices that stay since too little would be left, and go.
    """

    archive: str
    recordings: int = 0
    failed: int = 0
    waiting: int = 0
    looked_at: int = 0
    with_speech: int = 0
    speech: float = 0.0
    removed: float = 0.0
    muted: float = 0.0
    in_review: float = 0.0
    to_review: int = 0
    flagged: int = 0
    dropped: int = 0

    def plus(self, more: CountedVoices) -> CountedVoices:
        """Add what is counted of other recordings of the archive."""
        return CountedVoices(self.archive, *map(add, self[1:], more[1:]))


class RecordingKind(NamedTuple):
    """What many recordings have in common: what they are called, and what the layer knows of them.

    Parameters
    ----------
    failed, current, outdated
        As `LayerState` has them.
    looked_at
        Whether the detector of today listened to them, with whatever settings.
    """

    archive: str
    label: str
    given_label: str
    failed: bool
    current: bool
    looked_at: bool
    outdated: bool


@dataclass(frozen=True, slots=True)
class HeardBlock:
    """A block of recordings.

    Parameters
    ----------
    numbers
        Of all of them, in the order of import.
    ranges
        The narrow ranges in which they lie.
    kinds
        The place of each in the list of kinds.
    places
        The place in `numbers` of each row of `block`: of each recording that has segments there.
    left
        Recordings that are left to the functions on one recording.
    """

    numbers: Ints
    ranges: list[int]
    kinds: npt.NDArray[np.int32]
    places: Ints
    block: Block
    left: list[int]

    @property
    def range_of(self) -> Ints:
        """Give the narrow range of each recording."""
        return (self.numbers - 1) // ranges.NARROW

    def has_voice(self, voices: VoiceColumns) -> Flags:
        """Tell of each row whether there is a voice."""
        return np.bincount(voices.sure.spans.row, minlength=self.block.rows) > 0

    def counts(
        self, voices: VoiceColumns, made: CutColumns, kinds: Sequence[RecordingKind], chosen: Flags
    ) -> Iterator[tuple[int, CountedVoices]]:
        """Count the `chosen` ones of all recordings, archive by archive in each range."""
        archives = {each: place for place, each in enumerate(dict.fromkeys(kind.archive for kind in kinds))}
        of = np.array([archives[kind.archive] for kind in kinds], dtype=np.int64)[self.kinds]
        of += np.searchsorted(self.ranges, self.range_of) * len(archives)
        failed, current, looked_at = np.array([kind[3:6] for kind in kinds], dtype=bool)[self.kinds].T
        plain = (chosen, chosen & failed, chosen & ~failed & ~current, chosen & looked_at)
        rows = self.block.rows
        is_counted = (chosen & looked_at)[self.places]
        row = made.spans.row
        has_flag, is_cut = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
        is_cut[row[~made.is_doubt]] = True
        has_flag[row[~made.is_doubt]] = made.action == "flag"
        removed, muted, in_review = made.ends(rows)
        of_rows = (
            self.has_voice(voices),
            voices.seconds(rows),
            removed,
            muted,
            in_review,
            in_review > 0,
            has_flag | (is_cut & made.spared),
            is_cut & made.dropped,
        )
        size = len(archives) * len(self.ranges)
        sums = [np.bincount(of[each], minlength=size).tolist() for each in plain]
        of_row = of[self.places][is_counted]
        for each in of_rows:
            found = np.bincount(of_row, weights=each[is_counted], minlength=size)
            sums.append((found.astype(np.int64) if each.dtype == bool else found).tolist())
        for place, (range_, archive) in enumerate(product(self.ranges, archives)):
            if sums[0][place]:
                yield range_, CountedVoices(archive, *(column[place] for column in sums))


class Hearing:
    """Reads what a layer of voices knows, block by block.

    Parameters
    ----------
    layer, settings
        Name of the layer, and what its detector is asked for.
    """

    def __init__(self, store: Store, layer: str, settings: Mapping[str, Any]) -> None:
        self._store = store
        self._detector = detector_class(layer)
        self._layer = layers.find_number(store, self._detector.name)
        self._digest = layers.digest(self._detector.version, settings)
        self._kinds: dict[tuple[Any, ...], int] = {}

    @property
    def kinds(self) -> list[RecordingKind]:
        """The kinds of all recordings that were read until now."""
        return [_kind(each) for each in self._kinds]

    def read(self, places: Sequence[int]) -> HeardBlock | None:
        """Read the recordings of narrow ranges, with the segments of the layer. None where there are none.

        They take about 100 bytes for each recording.
        """
        spans, name, version = ranges.spans(places), self._detector.name, self._detector.version
        found = [
            cells
            for ends in spans
            for cells in listings.covered_between(
                self._store, name, *ends, version=version, digest=self._digest
            )
        ]
        if not found:
            return None
        of, archive, label, given, remarks, status, duration, coverage, current, has_track = zip(
            *found, strict=True
        )
        numbers = np.array(of, dtype=np.int64)
        outdated = [
            is_outdated(ok, current=new, has_track=old)
            for old, ok, new in zip(has_track, coverage, current, strict=True)
        ]
        alike = zip(archive, label, given, status, coverage, current, outdated, strict=True)
        kinds = self._kinds
        codes = np.array([kinds.setdefault(each, len(kinds)) for each in alike], dtype=np.int32)
        # Segments of other settings must be found anew in the track; those of other versions say nothing.
        left = {each for each, ok, new in zip(of, coverage, current, strict=True) if not new and ok == "ok"}
        has_coverage = np.array([each is not None for each in coverage], dtype=bool)
        number = -1 if self._layer is None else self._layer
        segments = [each for ends in spans for each in layers.scores_between(self._store, number, *ends)]
        usable = has_coverage & ~np.isin(numbers, list(left))
        block, rows = _block(numbers, usable, duration, remarks, segments)
        if not (plain := block.is_plain()).all():
            odd = rows[~plain]
            left |= set(numbers[odd].tolist())
            usable[odd] = False
            block, rows = _block(numbers, usable, duration, remarks, segments)
        return HeardBlock(numbers, list(places), codes, rows, block, sorted(left))


def _kind(cells: Sequence[Any]) -> RecordingKind:
    archive, label, given_label, status, coverage, current, outdated = cells
    failed = status == "failed" or coverage == "failed"
    looked_at = status == coverage == "ok" and not outdated
    return RecordingKind(archive, label, given_label, failed, bool(current), looked_at, outdated)


def _block(
    numbers: Ints,
    usable: Flags,
    duration: Sequence[float | None],
    remarks: Sequence[str | None],
    segments: Sequence[tuple[int, float, float, Any]],
) -> tuple[Block, Ints]:
    """Put recordings that have segments into rows; those of other recordings are left out."""
    of, onset, offset, score = zip(*segments, strict=True) if segments else ((), (), (), ())
    place = np.searchsorted(numbers, np.array(of, dtype=np.int64)).astype(np.int64)
    is_wanted = usable[place]
    has_some = np.zeros(len(numbers), dtype=bool)
    has_some[place[is_wanted]] = True
    places = np.flatnonzero(has_some)
    row = (np.cumsum(has_some) - 1)[place[is_wanted]]
    spans = Spans(row, np.array(onset, dtype=float)[is_wanted], np.array(offset, dtype=float)[is_wanted])
    at = places.tolist()
    block = Block(
        np.array([duration[each] or 0.0 for each in at], dtype=float),
        np.array([announced(remarks[each]) for each in at], dtype=bool),
        np.zeros(len(at), dtype=bool),
        ScoredSpans(spans, np.array(score, dtype=float)[is_wanted]),
    )
    return block, places
