"""Worthless sound by columns: what `decisions.quality.trim_cuts` decides, for blocks of recordings.

That function is the definition. The tests compare both on random ledgers. Recordings with dropouts or holes
are rare, and go by the function itself. So does every recording under rules that `is_plain` leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import Any, NamedTuple

import numpy as np

from curate.decisions.quality import HARMLESS, SLACK, UNDER, Trim
from curate.steps.common import interval_columns as columns
from curate.steps.common.cutting.cut_columns import Told, ToldCuts
from curate.steps.common.interval_columns import Flags, Floats, Ints, Spans


def is_plain(trim: Trim) -> bool:
    """Whether `decide` knows these rules."""
    return (
        trim.action in ("excise", "mute")
        and trim.damage == "flag"
        and not trim.first_seconds
        and not trim.only_active
    )


class MarkedSpans(NamedTuple):
    """Segments of one kind: where, and a number each, NaN if missing."""

    spans: Spans
    value: Floats


@dataclass(frozen=True, slots=True)
class TrimBlock:
    """What is known of recordings, a row each.

    Parameters
    ----------
    duration : seconds
    silence, activity
        In order and disjoint.
    clipping
        What is clipped enough to tell, with scores. In order and disjoint.
    noise
        By label and layer, what may drown a recording. In order and disjoint.
    taken
        What other steps cut, joined.
    """

    duration: Floats
    silence: Spans
    activity: Spans
    clipping: MarkedSpans
    noise: dict[tuple[str, str], Spans]
    taken: Spans

    @property
    def rows(self) -> int:
        """Number of recordings."""
        return len(self.duration)

    def decide(self, trim: Trim) -> ToldCuts:
        """Decide what to cut, under plain rules."""
        zeros = np.zeros(self.rows)
        active = columns.union(self.activity)
        dropped = self._worthless() if trim.silence else np.zeros(self.rows, dtype=bool)
        made = self._spared(trim, active, ~dropped) if trim.silence else _none()
        has_taken = self.taken.counts(self.rows) > 0
        gone = columns.union(columns.together(self.taken, made))
        left = columns.complement(gone, zeros, self.duration)
        left = left.where(~dropped[left.row])
        found = [_Found(made, (trim.action, "silence", "trim/silence", ""))]
        for words, rows in (
            ("silence from end to end", np.flatnonzero(dropped & ~has_taken)),
            ("silence next to a cut", np.flatnonzero(dropped & has_taken)),
        ):
            whole = Spans(rows.astype(np.int64), np.zeros(len(rows)), self.duration[rows])
            found.append(_Found(whole, ("drop", words, "trim/silence", "")))
        spans, score = self.clipping
        parts = columns.overlaps(spans, left)
        clipped = Spans(spans.row[parts.row], parts.onset, parts.offset)
        found.append(_Found(clipped, ("flag", "clipping", "trim/clipping", ""), score[parts.row]))
        found += self._drowned(trim, active, left)
        return _in_order(found)

    def _worthless(self) -> Flags:
        """Tell which rows hold nothing but silence, as `trim_cuts` does."""
        outside = _outside(self.activity, self.taken)
        is_heard = np.zeros(self.rows, dtype=bool)
        is_heard[outside.row] = True
        quiet = columns.lengths(columns.union(columns.together(self.silence, self.taken)), self.rows)
        return (self.silence.counts(self.rows) > 0) & ~is_heard & (quiet >= self.duration - SLACK)

    def _spared(self, trim: Trim, active: Spans, open_rows: Flags) -> Spans:
        """Cut silence, but leave so much of it that enough is left."""
        quiet = _outside(columns.union(self.silence), active)
        quiet = quiet.where(quiet.offset - quiet.onset >= trim.min_silence)
        edge = trim.keep_edges
        done: list[Spans] = []
        while True:
            quiet = quiet.where(open_rows[quiet.row])
            if not len(quiet.row):
                return columns.together(*done) if done else _none()
            made = self._cuts(quiet, active, edge)
            both = columns.union(columns.together(self.taken, made))
            left = self.duration - columns.lengths(both, self.rows)
            is_done = (left >= trim.min_keep) | (made.counts(self.rows) == 0) | (edge > self.duration)
            done.append(made.where(is_done[made.row]))
            open_rows = open_rows & ~is_done
            edge = max(2 * edge, 0.1)

    def _cuts(self, quiet: Spans, active: Spans, edge: float) -> Spans:
        """Cut stretches in which nothing is heard, but for their edges next to sound."""
        low = np.where(quiet.onset > 0, quiet.onset + edge, quiet.onset)
        high = np.where(quiet.offset < self.duration[quiet.row], quiet.offset - edge, quiet.offset)
        row, onset, offset = _outside(Spans(quiet.row, low, high).where(low < high), self.taken)
        made = Spans(row, np.rint(onset * 1e6) / 1e6, np.rint(offset * 1e6) / 1e6)
        return self._up_to_taken(made.where(made.onset < made.offset), active, edge)

    def _up_to_taken(self, made: Spans, active: Spans, edge: float) -> Spans:
        """Cut the edge of a silence as well where the sound that it was left for is cut."""
        gone = columns.union(columns.together(self.taken, made))
        if not len(made.row):
            return made
        at = columns.overlapping(made, gone)[0]  # each lies in one
        ends = np.zeros(len(gone.row), dtype=bool)
        ends[at[made.offset == gone.offset[at]]] = True
        low, high = gone.offset[:-1], gone.onset[1:]
        is_splinter = (gone.row[1:] == gone.row[:-1]) & (high - low < edge)
        between = Spans(gone.row[:-1], low, high).where(is_splinter)
        first, last = columns.overlapping(between, active)
        is_splinter[np.flatnonzero(is_splinter)[first < last]] = False
        before = np.append(False, is_splinter & ~ends[:-1])
        behind = np.append(is_splinter & ends[:-1], False)
        onset, offset = made.onset.copy(), made.offset.copy()
        grows = before[at] & (made.onset == gone.onset[at])
        onset[grows] = gone.offset[at[grows] - 1]
        grows = behind[at] & (made.offset == gone.offset[at])
        offset[grows] = gone.onset[at[grows] + 1]
        return Spans(made.row, onset, offset)

    def _drowned(self, trim: Trim, active: Spans, left: Spans) -> list[_Found]:
        """Flag noise of rows in which there is too much of it."""
        most = trim.max_buzz * columns.lengths(left, self.rows)
        found = []
        for (label, layer), spans in sorted(self.noise.items()):
            if label in HARMLESS:
                continue
            parts = columns.overlaps(spans, left)
            heard = Spans(spans.row[parts.row], parts.onset, parts.offset)
            heard = columns.union(_outside(heard, active) if label in UNDER else heard)
            is_drowned = columns.lengths(heard, self.rows) > most
            found.append(_Found(heard.where(is_drowned[heard.row]), ("flag", label, f"trim/{layer}", "")))
        return found


class _Found(NamedTuple):
    """Stretches of which the same is said, with scores where they have any."""

    spans: Spans
    told: Told
    score: Floats | None = None


class CountedTrims(NamedTuple):
    """What there is to count of recordings, once they are decided about. Times in seconds.

    Parameters
    ----------
    failed, waiting
        That a detector could not hear, and that wait for one.
    flagged, dropped
        With a flag, and those that go.
    cut, muted, lost
        Length of what is cut and muted, and of what goes with the dropped ones.
    reasons
        By reason and action, in how many recordings, and how long.
    """

    recordings: int
    failed: int
    waiting: int
    flagged: int
    dropped: int
    cut: float
    muted: float
    lost: float
    reasons: dict[tuple[str, str], tuple[int, float]]

    @classmethod
    def none(cls) -> CountedTrims:
        """Count no recording."""
        return cls(0, 0, 0, 0, 0, 0.0, 0.0, 0.0, {})

    @classmethod
    def of(cls, kept: Sequence[Any]) -> CountedTrims:
        """Read what `kept` gave."""
        *counts, reasons = kept
        return cls._make((*counts, {(why, action): (*numbers,) for why, action, *numbers in reasons}))

    @property
    def kept(self) -> list[Any]:
        """Give what a catalogue keeps."""
        return [*self[:-1], [[*kind, *numbers] for kind, numbers in self.reasons.items()]]

    def plus(self, more: CountedTrims) -> CountedTrims:
        """Add what is counted of other recordings."""
        reasons = dict(self.reasons)
        for kind, (recordings, seconds) in more.reasons.items():
            before = reasons.get(kind, (0, 0.0))
            reasons[kind] = before[0] + recordings, before[1] + seconds
        return CountedTrims._make((*map(add, self[:-1], more[:-1]), reasons))


def trims_counted(made: ToldCuts, part: Ints, recordings: Sequence[int]) -> list[CountedTrims]:
    """Count what is decided of recordings, none of which failed or waits, part by part.

    Parameters
    ----------
    part
        In which part each row is.
    recordings
        How many each part has, with those of which nothing is decided.
    """
    row, seconds = made.spans.row, made.spans.offset - made.spans.onset
    size = len(recordings)

    def sums(some: Flags) -> tuple[list[int], list[float]]:
        rows = np.bincount(part[np.unique(row[some])], minlength=size)
        return rows.tolist(), np.bincount(part[row[some]], seconds[some], size).tolist()

    reasons: list[dict[tuple[str, str], tuple[int, float]]] = [{} for _ in recordings]
    for kind in dict.fromkeys((reason, does) for does, reason, *_ in made.told):
        alike = [(reason, does) == kind for does, reason, *_ in made.told]
        for of_part, number, length in zip(
            reasons, *sums(np.array(alike, dtype=bool)[made.code]), strict=True
        ):
            if number:
                of_part[kind] = number, length
    action = np.array([each[0] for each in made.told])[made.code]
    (flagged, _), (_, cut), (_, muted), (dropped, lost) = (
        sums(action == each) for each in ("flag", "excise", "mute", "drop")
    )
    nobody = [0] * size
    columns_of = (recordings, nobody, nobody, flagged, dropped, cut, muted, lost, reasons)
    return list(map(CountedTrims._make, zip(*columns_of, strict=True)))


def _in_order(found: Sequence[_Found]) -> ToldCuts:
    """Put all that is decided in order: by onset, then by reason."""
    sizes = [len(each.spans.row) for each in found]
    row, onset, offset = (np.concatenate(column) for column in zip(*(f.spans for f in found), strict=True))
    code = np.repeat(np.arange(len(found)), sizes)
    score = np.concatenate(
        [
            np.full(n, np.nan) if each.score is None else each.score
            for n, each in zip(sizes, found, strict=True)
        ]
    )
    told = [each.told for each in found]
    reasons = {reason: place for place, reason in enumerate(sorted({each[1] for each in told}))}
    rank = np.array([reasons[reason] for _, reason, *_ in told], dtype=np.int64)[code]
    order = np.lexsort((code, rank, onset, row))
    return ToldCuts(Spans(row[order], onset[order], offset[order]), score[order], code[order], told)


def _outside(spans: Spans, others: Spans) -> Spans:
    """List what of each interval lies in none of the others, which are joined."""
    parts = columns.complement(columns.overlaps(spans, others), spans.onset, spans.offset)
    return Spans(spans.row[parts.row], parts.onset, parts.offset)


def _none() -> Spans:
    return Spans(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
