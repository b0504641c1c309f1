"""Recordings of a test set, and those of the dataset that share a sound with them.

What they sound like is kept, so that whatever comes in later is compared with them, too, wherever
they are by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curate.catalogue.listings import Rows
from curate.catalogue.store import Store, among


@dataclass(frozen=True, slots=True)
class Outsider:
    """A recording of another dataset, table or folder, the `place`.

    An empty `track` means that it is left to scan.
    """

    place: str
    name: str
    recording_id: str
    sha256: str
    duration: float
    track: bytes | None


def all_of(store: Store) -> list[Outsider]:
    """List all outsiders, place by place."""
    sql = "SELECT place, name, recording_id, sha256, duration, track FROM outsiders ORDER BY place, id"
    return [Outsider(*row) for row in store.rows(sql)]


def replace(store: Store, members: Iterable[Outsider], places: Iterable[str]) -> None:
    """Keep the outsiders of some places again."""
    store.many("DELETE FROM outsiders WHERE place = ?", [(place,) for place in places])
    store.many(
        "INSERT INTO outsiders (place, name, recording_id, sha256, duration, track) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (each.place, each.name, each.recording_id, each.sha256, each.duration, each.track)
            for each in members
        ],
    )


def put_leaks(store: Store, leaks: Iterable[tuple[object, ...]]) -> None:
    """Write again what leaks: the recording, its ordinal, place, name, kind, ends in both, score.

    What an earlier version of curate found stays: nobody knows any more what it compared with.
    """
    store.run("DELETE FROM leaks WHERE place <> ''")
    store.many(
        "INSERT INTO leaks (recording, ordinal, place, name, kind, onset, offset, "
        "other_onset, other_offset, score) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        leaks,
    )


def leaking(store: Store) -> list[int]:
    """List the recordings that leak anywhere."""
    return [number for (number,) in store.rows("SELECT DISTINCT recording FROM leaks ORDER BY recording")]


def leaks(store: Store, members: Sequence[int] | None = None, *, place: str | None = None) -> Rows:
    """List recording, name of the outsider, kind, ends in both, score.

    Parameters
    ----------
    members, place
        Of these recordings, into this place; None for all.
    """
    some, values = among("recording", members)
    sql = f"""
        SELECT recording, name, kind, onset, offset, other_onset, other_offset, score FROM leaks
        WHERE {some} AND (:place IS NULL OR place = :place) ORDER BY recording, ordinal
    """
    return store.rows(sql, {**values, "place": place})


def places(store: Store) -> Rows:
    """List each place with how many recordings it has, how many were heard, and how many leak into it."""
    sql = """
        SELECT place, count(*), sum(track IS NOT NULL),
               (SELECT count(DISTINCT recording) FROM leaks WHERE place = o.place)
        FROM outsiders o GROUP BY place ORDER BY place
    """
    return store.rows(sql)


def are_unheard(store: Store) -> bool:
    """Whether any outsider is known by bytes and id alone."""
    return store.one("SELECT 1 FROM outsiders WHERE track IS NULL LIMIT 1") is not None


def forget(store: Store) -> None:
    """Forget all outsiders, and what leaks."""
    for table in ("leaks", "outsiders"):
        store.run(f"DELETE FROM {table}")
