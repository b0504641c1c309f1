"""What becomes of recordings by columns: what `decisions.retention` says of one, for blocks of them.

That function is the definition. The tests compare both on random ledgers. Recordings of which a cut leaves a
splinter are rare, and go by the function itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from curate.catalogue import cuts
from curate.catalogue.store import Store
from curate.decisions.retention import OF_VOICES, SHORTEST, TOO_SHORT, Retention, TakenOut, retention
from curate.intervals import Interval
from curate.model import Cut
from curate.steps.common import interval_columns as columns
from curate.steps.common.interval_columns import Flags, Floats, Ints, Spans

#: Numbers that a range of recordings may have for each one that is asked for.
_SPARSE = 4


@dataclass(frozen=True, slots=True)
class RetentionColumns:
    """What becomes of a block of recordings, a row each. Times in seconds.

    Parameters
    ----------
    numbers
        Of the recordings, rising.
    goes_out, is_dropped, is_too_short
        As `Retention` has them.
    lost, muted
        Sums over the reasons of `Retention`.
    rest
        What is too short to be used.
    kept
        What is kept, muted or not.
    onset, offset
        First and last second of what is kept, as `Retention.extent`.
    stretches
        What of it can be heard.
    excised, both
        As `decisions.retention.TakenOut` has them, without splinters.
    odd
        The rows of which a cut leaves a splinter, as the function has them.
    """

    numbers: Ints
    goes_out: Flags
    is_dropped: Flags
    is_too_short: Flags
    lost: Floats
    muted: Floats
    rest: Floats
    kept: Floats
    onset: Floats
    offset: Floats
    stretches: Spans
    excised: Spans
    both: Spans
    odd: dict[int, Retention]

    def taken(self, duration: Floats) -> dict[int, TakenOut | None]:
        """Tell what is done to the sound, by number. None where nothing goes out; missing where all does."""
        both = _by_row(self.both.where(self.goes_out[self.both.row]))
        is_muted = not all(map(np.array_equal, self.excised, self.both))
        excised = _by_row(self.excised) if is_muted else both
        found: dict[int, TakenOut | None] = {
            row: TakenOut(excised.get(row, ()), spans) for row, spans in both.items()
        }
        for row, end in self.odd.items():
            found[row] = end.taken(float(duration[row]))
        found |= dict.fromkeys(np.flatnonzero(~self.goes_out).tolist())
        numbers = self.numbers.tolist()
        return {numbers[row]: each for row, each in found.items()}


class VoiceEnds(NamedTuple):
    """Seconds of voices of each row, as `decisions.retention.VoicesEnd`."""

    removed: Floats
    muted: Floats
    in_review: Floats


def retention_columns(
    store: Store,
    numbers: Ints,
    duration: Floats,
    sr: Floats,
    ledger: Ledger | None = None,
    *,
    but: str = "",
) -> RetentionColumns:
    """Tell which part of each recording goes where.

    Parameters
    ----------
    numbers
        Of the recordings, rising.
    duration : seconds
        0 where a recording cannot be decoded.
    sr : Hz
    ledger
        Of these recordings; None to read it.
    but
        A step whose cuts do not count.
    """
    ledger = Ledger.read(store, numbers, but=but, told=False) if ledger is None else ledger
    taken = _Taken.of(ledger, duration)
    rows = len(numbers)
    rest = columns.complement(taken.both, np.zeros(rows), duration)
    is_long = _are_long(rest.onset, rest.offset, sr[rest.row])
    has_splinter, has_sound = np.zeros(rows, dtype=bool), duration > 0
    has_splinter[rest.row[~is_long]] = True
    is_dropped = ledger.has("drop", rows)
    is_short = has_sound & ~is_dropped & ~_are_long(np.zeros(rows), duration, sr)
    goes_out = np.zeros(rows, dtype=bool)
    goes_out[rest.row] = True
    goes_out &= ~is_dropped & ~is_short
    excised, withheld = columns.lengths(taken.excised, rows), columns.lengths(taken.both, rows)
    is_whole_lost = has_sound & (is_dropped | is_short)
    onset, offset = _extents(columns.complement(taken.excised, np.zeros(rows), duration), rows)
    found = RetentionColumns(
        numbers,
        goes_out,
        is_dropped,
        is_short,
        lost=np.where(is_whole_lost, duration, np.where(goes_out, excised, withheld)),
        muted=np.where(goes_out, withheld - excised, 0.0),
        rest=np.where(is_short, duration, 0.0),
        kept=np.where(goes_out, duration - excised, 0.0),
        onset=onset,
        offset=offset,
        stretches=rest.where(goes_out[rest.row]),
        excised=taken.excised,
        both=taken.both,
        odd={},
    )
    odd = np.flatnonzero(has_splinter & ~is_whole_lost)
    if not len(odd):
        return found
    made = dict(cuts.by_others(store, but, members=numbers[odd].tolist()))
    return _with_splinters(found, odd, made, duration, sr)


def _by_row(spans: Spans) -> dict[int, list[Interval]]:
    """Give the stretches of each row that has any."""
    cells = list(zip(spans.onset.tolist(), spans.offset.tolist(), strict=True))
    rows, first = np.unique(spans.row, return_index=True)
    ends = zip(rows.tolist(), first.tolist(), [*first[1:].tolist(), len(cells)], strict=False)
    return {row: cells[low:high] for row, low, high in ends}


def _extents(kept: Spans, rows: int) -> tuple[Floats, Floats]:
    """Give the first and the last second of the stretches of each row, 0 where it has none."""
    onset, offset = np.zeros(rows), np.zeros(rows)
    # NumPy keeps the last of several values for one place: backwards that is the first onset.
    onset[kept.row[::-1]] = kept.onset[::-1]
    offset[kept.row] = kept.offset
    return onset, offset


def _are_long(onset: Floats, offset: Floats, sr: Floats) -> Flags:
    """Tell of stretches what `decisions.retention.is_long` tells of one."""
    frames = np.rint(offset * sr) - np.rint(onset * sr)
    return np.asarray(frames >= np.maximum(1.0, SHORTEST * sr))


def _with_splinters(
    found: RetentionColumns, odd: Ints, made: Mapping[int, Sequence[Cut]], duration: Floats, sr: Floats
) -> RetentionColumns:
    """Let the function say what becomes of some rows."""
    spans: list[tuple[int, float, float]] = []
    for row in odd.tolist():
        end = retention("ok", float(duration[row]), int(sr[row]), made[int(found.numbers[row])])
        found.odd[row] = end
        found.goes_out[row], found.is_too_short[row] = end.goes_out, end.is_too_short
        found.lost[row], found.muted[row] = sum(end.lost.values()), sum(end.muted.values())
        found.rest[row], found.kept[row] = end.lost.get(TOO_SHORT, 0.0), end.kept
        if end.goes_out:
            found.onset[row], found.offset[row] = end.extent(float(duration[row]))
        spans += [(row, *stretch) for stretch in end.stretches]
    is_odd = np.zeros(len(found.numbers), dtype=bool)
    is_odd[odd] = True
    row, onset, offset = zip(*spans, strict=True) if spans else ((), (), ())
    more = Spans(np.array(row, dtype=np.int64), np.array(onset, dtype=float), np.array(offset, dtype=float))
    others = found.stretches.where(~is_odd[found.stretches.row])
    return replace(found, stretches=columns.together(others, more))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The cuts of a block, in the order of the ledger. `why` are places in `reasons`."""

    row: Ints
    onset: Floats
    offset: Floats
    action: Ints
    of_voices: Flags
    why: Ints
    reasons: list[str]

    @classmethod
    def read(cls, store: Store, numbers: Ints, *, but: str = "", told: bool = True) -> Ledger:
        """Read the cuts of recordings whose numbers rise, with flags, producers and reasons or without."""
        if not len(numbers):
            return cls.of([], numbers)
        first, last = int(numbers[0]), int(numbers[-1])
        # Few recordings of a wide range are looked up one by one: the cuts between them may be millions.
        is_sparse = last - first > _SPARSE * len(numbers)
        members = numbers.tolist() if is_sparse else None
        return cls.of(cuts.spans_between(store, first, last, but=but, told=told, members=members), numbers)

    @classmethod
    def of(cls, cells: Sequence[tuple[int, float, float, int, str, str]], numbers: Ints) -> Ledger:
        """Take cuts as `cuts.spans_between` lists them, of recordings whose numbers rise."""
        of, onset, offset, action, producer, reason = zip(*cells, strict=True) if cells else ((),) * 6
        found = np.array(of, dtype=np.int64)
        row = np.searchsorted(numbers, found).astype(np.int64)
        # The range may hold cuts of recordings outside the block, such as some without sound.
        known = row < len(numbers)
        known[known] = numbers[row[known]] == found[known]
        # Few words stand in many rows, so each is looked at once.
        of_voices = {each: each.partition("/")[0] in OF_VOICES for each in set(producer)}
        places = {each: place for place, each in enumerate(dict.fromkeys(reason))}
        return cls(
            row[known],
            np.array(onset, dtype=float)[known],
            np.array(offset, dtype=float)[known],
            np.array(action, dtype=np.int64)[known],
            np.array([of_voices[each] for each in producer], dtype=bool)[known],
            np.array([places[each] for each in reason], dtype=np.int64)[known],
            list(places),
        )

    def has(self, action: str, rows: int) -> Flags:
        """Tell of each row whether it has a cut of this kind."""
        return np.bincount(self.row[self.action == cuts.ACTION_CODES[action]], minlength=rows) > 0

    def spans(self, *actions: str, of_voices: bool = False) -> Spans:
        """Give the stretches of some actions, in order and joined. Of all steps, or those about voices."""
        chosen = np.isin(self.action, [cuts.ACTION_CODES[action] for action in actions])
        chosen = chosen & self.of_voices if of_voices else chosen
        plain = Spans(self.row, self.onset, self.offset).where(chosen)
        return columns.union(columns.together(plain))

    def voices(self, rows: int) -> VoiceEnds:
        """Tell by row what becomes of voices, as `decisions.retention.of_voices`."""
        before = np.zeros(rows)
        taken = self.spans()
        seconds = []
        # Each second counts once, for the strongest that is done to it.
        for actions in (("excise", "drop"), ("mute",), ("flag",)):
            taken = columns.union(columns.together(taken, self.spans(*actions, of_voices=True)))
            after = columns.lengths(taken, rows)
            seconds.append(after - before)
            before = after
        return VoiceEnds(*seconds)


class _Taken(NamedTuple):
    """What is cut out of each row, and what is cut out or muted: inside of it, and joined."""

    excised: Spans
    both: Spans

    @classmethod
    def of(cls, ledger: Ledger, duration: Floats) -> _Taken:
        excised, both = (
            columns.clip(ledger.spans(*actions), np.zeros(len(duration)), duration)
            for actions in (("excise",), ("excise", "mute"))
        )
        return cls(excised, both)
