"""Why recordings end as they do, for blocks of them: the words and reasons of `decisions.retention`.

That function is the definition. The tests compare both on random ledgers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curate.catalogue.cuts import ACTION_CODES
from curate.decisions.retention import TOO_SHORT, words_for
from curate.model import Action, Seconds
from curate.steps.common import interval_columns as columns
from curate.steps.common.interval_columns import Flags, Floats, Spans
from curate.steps.common.retention_columns import Ledger, RetentionColumns

#: Seconds by reason, of the rows that have any.
Shares = dict[int, dict[str, Seconds]]


class ReasonColumns(NamedTuple):
    """What becomes of a block of recordings: `recording`, `lost` and `muted` of `Retention`, by row."""

    recording: list[str]
    lost: Shares
    muted: Shares


def reason_columns(ends: RetentionColumns, ledger: Ledger, duration: Floats, failed: Flags) -> ReasonColumns:
    """Tell why recordings end as they do.

    Parameters
    ----------
    ends, ledger
        Of these recordings.
    duration : seconds
        0 where a recording cannot be decoded.
    failed
        Whether it cannot.
    """
    has_sound = duration > 0
    is_odd = np.zeros(len(duration), dtype=bool)
    is_odd[list(ends.odd)] = True
    is_dropped = has_sound & ends.is_dropped
    is_short = has_sound & ends.is_too_short & ~is_odd
    has_shares = has_sound & ~is_dropped & ~is_short & ~is_odd
    nothing = np.zeros(0)
    lost, taken = _shares(
        ledger, "excise", has_shares, duration, Spans(nothing.astype(int), nothing, nothing)
    )
    muted, _ = _shares(ledger, "mute", has_shares, duration, taken)
    words = np.full(len(duration), "kept whole", dtype=object)
    words[ledger.row] = "kept, flagged"
    words[list(muted)] = "kept, something muted"
    words[list(lost)] = "kept, something cut"
    words[~has_sound] = "holds no sound"
    words[failed] = "cannot be decoded"
    for row in np.flatnonzero(has_shares & ~ends.goes_out).tolist():
        lost[row] = {**lost.get(row, {}), **muted.pop(row, {})}
        words[row] = f"nothing left: {next(iter(lost[row]))}"
    whole = dict.fromkeys(np.flatnonzero(is_short).tolist(), TOO_SHORT) | _dropped(ledger, is_dropped)
    for row, why in whole.items():
        words[row], lost[row] = why, {why: float(duration[row])}
    for row, end in ends.odd.items():
        words[row], lost[row], muted[row] = end.recording, dict(end.lost), dict(end.muted)
    return ReasonColumns(words.tolist(), lost, muted)


def _dropped(ledger: Ledger, is_dropped: Flags) -> dict[int, str]:
    """Say of rows that are dropped why, by the first cut that does so."""
    at = np.flatnonzero((ledger.action == ACTION_CODES["drop"]) & is_dropped[ledger.row])[::-1]
    whys = (words_for("drop", ledger.reasons[why]) for why in ledger.why[at].tolist())
    return dict(zip(ledger.row[at].tolist(), whys, strict=True))


def _shares(
    ledger: Ledger, action: Action, wanted: Flags, duration: Floats, taken: Spans
) -> tuple[Shares, Spans]:
    """Give what an action takes of some rows next to what is taken already; and all of that.

    The first reason of each row counts before its second, and so on.
    """
    at = np.flatnonzero((ledger.action == ACTION_CODES[action]) & wanted[ledger.row])
    spans = Spans(ledger.row[at], ledger.onset[at], ledger.offset[at])
    rows, many = len(duration), max(1, len(ledger.reasons))
    kinds, first, kind = np.unique(spans.row * many + ledger.why[at], return_index=True, return_inverse=True)
    row, why = kinds // many, kinds % many
    # Kinds stand by row: the rank of each among those of its row is its place behind the first of them.
    order = np.lexsort((first, row))
    rank = np.empty(len(kinds), dtype=np.int64)
    rank[order] = np.arange(len(kinds)) - np.searchsorted(row, row)
    shares: dict[int, dict[str, Seconds]] = {}
    before = columns.lengths(taken, rows)
    for place in range(int(rank.max(initial=-1)) + 1):
        own = columns.clip(spans.where(rank[kind] == place), np.zeros(rows), duration)
        taken = columns.union(columns.together(taken, own))
        after = columns.lengths(taken, rows)
        here = np.flatnonzero((rank == place) & (after[row] > before[row]))
        seconds = (after - before)[row[here]].tolist()
        for each, reason, more in zip(row[here].tolist(), why[here].tolist(), seconds, strict=True):
            shares.setdefault(each, {})[words_for(action, ledger.reasons[reason])] = more
        before = after
    return shares, taken
