"""Verdicts in the catalogue: what people decided, who and when. Verdicts are only added.

A verdict that is undone is withdrawn, not removed. Of two that overlap the later one counts
(see `decisions.verdicts`): by the clock, since those of another dataset get their numbers when they are
taken. Running a detector again touches none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from curate.catalogue.store import Store, among
from curate.model import Verdict

_COLUMNS = "onset, offset, judgement, reviewer, at, label, seen, id, coalesce(other, 0)"


def add(store: Store, recording: int, verdict: Verdict) -> int:
    """Note a verdict, and return its number."""
    return store.run(
        "INSERT INTO verdicts (recording, onset, offset, judgement, reviewer, at, label, seen, other) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            recording,
            verdict.onset,
            verdict.offset,
            verdict.judgement,
            verdict.reviewer,
            verdict.at,
            verdict.label,
            verdict.seen,
            verdict.other or None,
        ),
    )


def moment(store: Store, reviewers: Iterable[str], recordings: Iterable[int]) -> str:
    """Say what time an act is noted at: now, or just after all that it must come after.

    A clock may be set back, or a verdict may come from a machine whose clock is ahead. The later word counts
    all the same.

    Parameters
    ----------
    reviewers
        Whose act it is: it comes after their others, so that an undo finds it as the last one.
    recordings
        What it is about: it comes after all that was said of these.
    """
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    sql = """
        SELECT max(at) FROM verdicts WHERE at >= ?1 AND (reviewer IN (SELECT value FROM json_each(?2))
        OR recording IN (SELECT value FROM json_each(?3)) OR other IN (SELECT value FROM json_each(?3)))
    """
    latest = store.value(sql, (now, json.dumps(list(reviewers)), json.dumps(list(recordings))))
    if latest is None:
        return now
    after = datetime.fromisoformat(latest) + timedelta(microseconds=1)
    return after.isoformat(timespec="microseconds")


def withdraw(store: Store, number: int, *, at: str) -> int | None:
    """Undo a verdict, and return its recording, `None` if it is unknown or undone."""
    row = store.one("SELECT recording FROM verdicts WHERE id = ? AND withdrawn IS NULL", (number,))
    if row is None:
        return None
    store.run("UPDATE verdicts SET withdrawn = ? WHERE id = ?", (at, number))
    return int(row[0])


def give_again(store: Store, *, withdrawn: str) -> list[int]:
    """Let the verdicts stand again that were withdrawn at one moment, and return their recordings."""
    found = [
        int(row[0]) for row in store.rows("SELECT recording FROM verdicts WHERE withdrawn = ?", (withdrawn,))
    ]
    store.run("UPDATE verdicts SET withdrawn = NULL WHERE withdrawn = ?", (withdrawn,))
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict as it is listed. `withdrawn` says when it was undone, `None` while it stands.

    `other` is the id of the other recording of a pair, else empty.
    """

    number: int
    recording: int
    recording_id: str
    onset: float
    offset: float
    judgement: str
    label: str
    reviewer: str
    at: str
    withdrawn: str | None
    other: str


_SAID = """
    SELECT v.id, v.recording, r.archive || ':' || r.archive_id, v.onset, v.offset, v.judgement, v.label,
           v.reviewer, v.at, v.withdrawn, coalesce(o.archive || ':' || o.archive_id, '')
    FROM verdicts v JOIN recordings r ON r.id = v.recording LEFT JOIN recordings o ON o.id = v.other
"""


def said(store: Store, number: int) -> Said | None:
    """Look a verdict up by its number, standing or undone, or `None` if missing."""
    row = store.one(f"{_SAID} WHERE v.id = ?", (number,))
    return None if row is None else Said(*row)


def last_of(store: Store, reviewer: str) -> list[Said]:
    """List the standing verdicts of a reviewer's latest act: those noted in one moment."""
    sql = f"""{_SAID}
        WHERE v.withdrawn IS NULL AND v.reviewer = :who AND v.at =
            (SELECT at FROM verdicts WHERE withdrawn IS NULL AND reviewer = :who ORDER BY at DESC LIMIT 1)
        ORDER BY v.id
    """
    return [Said(*row) for row in store.rows(sql, {"who": reviewer})]


def has_given(store: Store, reviewer: str) -> bool:
    """Whether a reviewer ever gave a verdict, also one that was withdrawn."""
    return bool(store.value("SELECT EXISTS (SELECT 1 FROM verdicts WHERE reviewer = ?)", (reviewer,)))


def on_pairs(store: Store, recordings: Sequence[int] | None = None) -> Iterator[tuple[int, int, str]]:
    """Stream two recordings and a judgement of every standing verdict on a pair, the earliest first.

    Parameters
    ----------
    recordings
        Only pairs of which one is among these; None for all.
    """
    some = (
        "AND (recording IN (SELECT value FROM json_each(?1)) OR other IN (SELECT value FROM json_each(?1)))"
    )
    sql = f"""
        SELECT recording, other, judgement FROM verdicts
        WHERE withdrawn IS NULL AND other IS NOT NULL {"" if recordings is None else some} ORDER BY at, id
    """
    return store.rows(sql, () if recordings is None else (json.dumps(list(recordings)),))


def compared(store: Store) -> dict[int, int]:
    """Group the recordings of verdicts on pairs, also withdrawn ones: each with the first of its group."""
    first: dict[int, int] = {}

    def first_of(number: int) -> int:
        while first.get(number, number) != number:
            number = first[number]
        return number

    for one, other in store.rows("SELECT recording, other FROM verdicts WHERE other IS NOT NULL"):
        low, high = sorted((first_of(one), first_of(other)))
        first[high] = low
        first.setdefault(low, low)
    return {number: first_of(number) for number in first}


def of_recording(store: Store, recording: int) -> list[Verdict]:
    """List the standing verdicts on one recording, the earliest first."""
    sql = f"SELECT {_COLUMNS} FROM verdicts WHERE recording = ? AND withdrawn IS NULL ORDER BY at, id"
    return [Verdict(*row) for row in store.rows(sql, (recording,))]


Labels = tuple[str, tuple[str, ...]]  # the class, empty where there is none, and others in the background


def given_labels(store: Store, recording: int) -> Labels:
    """Read what a recording was called before people were heard."""
    return _labels(store, "given_labels", recording) or _labels(store, "labels", recording) or ("", ())


def put_labels(store: Store, recording: int, now: Labels) -> None:
    """Call a recording by other labels. Those that it was given are kept as well, to be had back."""
    if now == (_labels(store, "labels", recording) or ("", ())):
        return
    given = given_labels(store, recording)
    rows = [(recording, *each) for each in _rows(now)]
    _write(store, "labels", recording, rows)
    # What had no label is kept as an empty one, by which it is known.
    kept = [(recording, *each) for each in _rows(given) or [(0, "", "primary")]]
    _write(store, "given_labels", recording, kept if given != now else [])


def _labels(store: Store, table: str, recording: int) -> Labels | None:
    rows = list(
        store.rows(f"SELECT label, role FROM {table} WHERE recording = ? ORDER BY ordinal", (recording,))
    )
    primary = next((label for label, role in rows if role == "primary"), "")
    return (primary, tuple(label for label, role in rows if role == "secondary")) if rows else None


def _rows(labels: Labels) -> list[tuple[int, str, str]]:
    primary, secondary = labels
    named = [(primary, "primary")] if primary else []
    named += [(label, "secondary") for label in secondary]
    return [(ordinal, *each) for ordinal, each in enumerate(named)]


def _write(store: Store, table: str, recording: int, rows: list[tuple[int, int, str, str]]) -> None:
    store.run(f"DELETE FROM {table} WHERE recording = ?", (recording,))
    store.many(f"INSERT INTO {table} (recording, ordinal, label, role) VALUES (?, ?, ?, ?)", rows)


def by_recording(store: Store, members: Sequence[int] | None = None) -> Iterator[tuple[int, list[Verdict]]]:
    """Stream the standing verdicts, one list per recording that has any, the earliest first.

    Parameters
    ----------
    members
        Only on these recordings; None for all.
    """
    some, values = among("recording", members)
    rows = store.rows(
        f"SELECT recording, {_COLUMNS} FROM verdicts WHERE withdrawn IS NULL AND {some} "
        "ORDER BY recording, at, id",
        values,
    )
    for recording, group in groupby(rows, key=lambda row: int(row[0])):
        yield recording, [Verdict(*row[1:]) for row in group]


def judged(store: Store) -> set[int]:
    """Find the recordings that have a standing verdict."""
    return {row[0] for row in store.rows("SELECT DISTINCT recording FROM verdicts WHERE withdrawn IS NULL")}
