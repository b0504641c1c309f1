"""Verdicts in the catalogue: what persons decided, who and when; nothing is ever overwritten.

A verdict that is undone is withdrawn, not removed. Of two that overlap the later one counts
(see `decisions.verdicts`). Running a detector again touches none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from curate.catalogue.store import Store
from curate.model import Verdict

_COLUMNS = "onset, offset, judgement, reviewer, at, label, seen, id"


def add(store: Store, recording: int, verdict: Verdict) -> int:
    """Note a verdict; returns its number."""
    return store.run(
        "INSERT INTO verdicts (recording, onset, offset, judgement, reviewer, at, label, seen) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            recording,
            verdict.onset,
            verdict.offset,
            verdict.judgement,
            verdict.reviewer,
            verdict.at,
            verdict.label,
            verdict.seen,
        ),
    )


def withdraw(store: Store, number: int, *, at: str) -> int | None:
    """Undo a verdict; returns its recording, None if none of this number stands."""
    row = store.one("SELECT recording FROM verdicts WHERE id = ? AND withdrawn IS NULL", (number,))
    if row is None:
        return None
    store.run("UPDATE verdicts SET withdrawn = ? WHERE id = ?", (at, number))
    return int(row[0])


def of_recording(store: Store, recording: int) -> list[Verdict]:
    """List the standing verdicts on one recording, the earliest first."""
    sql = f"SELECT {_COLUMNS} FROM verdicts WHERE recording = ? AND withdrawn IS NULL ORDER BY id"
    return [Verdict(*row) for row in store.rows(sql, (recording,))]


def by_recording(store: Store) -> Iterator[tuple[int, list[Verdict]]]:
    """Stream the standing verdicts, one list per recording that has any, the earliest first."""
    rows = store.rows(
        f"SELECT recording, {_COLUMNS} FROM verdicts WHERE withdrawn IS NULL ORDER BY recording, id"
    )
    for recording, group in groupby(rows, key=lambda row: int(row[0])):
        yield recording, [Verdict(*row[1:]) for row in group]
