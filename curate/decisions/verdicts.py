"""A person's word beats a machine's: what verdicts do to cuts.

Pure. Verdicts are heard in the order in which they were given; where two overlap, the later
one counts. What is kept is taken out of every machine's cuts, what is cut becomes a cut of the
person's own, and neither is asked about again. Verdicts on labels cut nothing: they change what the
recording is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from curate import intervals
from curate.intervals import Interval
from curate.model import Action, Cut, Segment, Verdict

#: The step under which a person's own cuts stand in the ledger.
STEP = "review"

#: The judgements on labels.
LABELS = ("relabel", "also")

#: The judgements on a pair of recordings.
PAIRS = ("same", "different")

#: The judgements on what a search found; they change nothing but the search.
SEARCHED = ("like", "unlike")

#: Parts of a candidate shorter than this (seconds) are not worth a verdict of their own.
LEAST = 0.005

#: What is left of a machine's cut beside a kept stretch, and is shorter (seconds), was its margin.
MARGIN = 0.5


@dataclass(frozen=True, slots=True)
class Ruling:
    """What all verdicts on one recording come to.

    Parameters
    ----------
    kept : seconds
        Stretches that no machine may touch.
    cuts
        A person's own.
    keeps_all
        Whether all of the recording is kept.
    """

    kept: tuple[Interval, ...] = ()
    cuts: tuple[Cut, ...] = ()
    keeps_all: bool = False


def rule(verdicts: Sequence[Verdict], *, duration: float) -> Ruling:
    """Settle the verdicts on one recording.

    Parameters
    ----------
    verdicts
        Standing ones, the earliest first.
    duration : seconds
        Length of the raw recording.
    """
    if not verdicts:  # as on most recordings
        return Ruling()
    kept: list[Interval] = []
    cut: list[tuple[Interval, Verdict]] = []
    dropped: Verdict | None = None
    for verdict in verdicts:
        if verdict.judgement in (*LABELS, *PAIRS, *SEARCHED):
            continue
        if verdict.judgement == "drop":
            dropped = verdict
            continue
        span = [(verdict.onset, verdict.offset)]
        # A later keep takes a drop back. A later cut leaves it: less of nothing is nothing.
        dropped = None if verdict.judgement == "keep" else dropped
        cut = [(part, of) for whole, of in cut for part in _without([whole], span)]
        kept = _without(kept, span)
        if verdict.judgement == "keep":
            kept = intervals.union([*kept, *span])
        else:
            cut.append((span[0], verdict))
    if dropped is not None:
        return Ruling(cuts=(_cut(0.0, duration, "drop", dropped),))
    own = [
        _cut(onset, offset, "excise", of)
        for span, of in cut
        for onset, offset in intervals.clip([span], 0.0, duration)
    ]
    left = tuple(intervals.clip(kept, 0.0, duration))
    return Ruling(left, tuple(sorted(own, key=lambda each: each.onset)), left == ((0.0, duration),))


def spare(cuts: Sequence[Cut], ruling: Ruling, found: Sequence[Segment] | None = None) -> list[Cut]:
    """Take what people decided out of a machine's cuts.

    What is kept is not cut; where somebody kept or cut, nothing is left to be asked, so flags go, too. A
    recording of which any is kept is not dropped.

    Parameters
    ----------
    found
        What the cuts were made for, if it is known. A rest of a cut that holds none of it was its margin, of
        whatever length, and goes.
    """
    if not ruling.kept and not ruling.cuts:
        return list(cuts)
    decided = intervals.union([*ruling.kept, *((own.onset, own.offset) for own in ruling.cuts)])
    core = None if found is None else _without([(each.onset, each.offset) for each in found], ruling.kept)
    return [
        replace(cut, onset=onset, offset=offset)
        for cut in cuts
        if cut.action != "drop" or not ruling.kept
        for onset, offset in _without(
            [(cut.onset, cut.offset)], decided if cut.action == "flag" else ruling.kept
        )
        if (onset, offset) == (cut.onset, cut.offset)
        or (
            offset - onset >= MARGIN
            and (core is None or intervals.total(intervals.clip(core, onset, offset)))
        )
    ]


def unrefused(found: Sequence[Segment], ruling: Ruling) -> list[Segment]:
    """Leave out what a detector found where people kept all of it: nothing of the kind is there.

    Examples
    --------
    >>> voice = Segment(2.0, 3.0, "speech", 0.9)
    >>> unrefused([voice], Ruling(kept=((1.5, 3.0),))), len(unrefused([voice], Ruling(kept=((2.5, 3.0),))))
    ([], 1)
    """
    if not ruling.kept:
        return list(found)
    left = ((each, _without([(each.onset, each.offset)], ruling.kept)) for each in found)
    return [each for each, parts in left if intervals.total(parts) >= min(LEAST, each.duration)]


def called(
    primary: str, secondary: Sequence[str], verdicts: Sequence[Verdict]
) -> tuple[str, tuple[str, ...]]:
    """Say what a recording is called once people were heard: its class, and others in the background.

    Of two who relabel it the later one counts; what is also heard adds up.

    Parameters
    ----------
    primary, secondary
        What the archive says; `primary` is empty where it says nothing.
    verdicts
        Standing ones, the earliest first.
    """
    if not any(verdict.judgement in LABELS for verdict in verdicts):
        return primary, tuple(secondary)
    also = list(secondary)
    for verdict in verdicts:
        if verdict.judgement == "relabel":
            primary = verdict.label
        elif verdict.judgement == "also":
            also.append(verdict.label)
    return primary, tuple(dict.fromkeys(label for label in also if label != primary))


def narrowed(verdict: Verdict, asked: Interval | None, *, duration: float) -> list[Verdict]:
    """Say in verdicts what a person decided: what a narrowed border leaves out of a candidate is kept.

    Parameters
    ----------
    asked : seconds
        The candidate that was asked about; None where the person marked another stretch.
    duration : seconds
        Length of the raw recording, beyond which no verdict reaches.
    """
    onset, offset = max(0.0, verdict.onset), min(duration, verdict.offset)
    if verdict.judgement == "drop":
        onset, offset = 0.0, duration
    base = replace(verdict, onset=onset, offset=offset)
    if verdict.judgement != "cut" or asked is None:
        return [base]
    beside = ((asked[0], min(onset, asked[1])), (max(offset, asked[0]), min(duration, asked[1])))
    kept = [
        replace(base, onset=low, offset=high, judgement="keep", label="")
        for low, high in beside
        if high - low >= LEAST
    ]
    return [*kept, base]


def _without(spans: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    if not others:
        return list(spans)
    return [
        part
        for onset, offset in spans
        for part in intervals.complement(others, onset, offset)
        if part[0] < part[1]
    ]


def _cut(onset: float, offset: float, action: Action, verdict: Verdict) -> Cut:
    reason = f"{verdict.label or 'cut'}, says {verdict.reviewer}"
    return Cut(onset, offset, action, reason, None, f"{STEP}/{verdict.reviewer}")
